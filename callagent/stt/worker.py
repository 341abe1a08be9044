"""One recognition worker: a process that decodes the turns of many calls, a little of each in turn.

Started by `workers` as ``python -m callagent.stt.worker <model folder>``; ends when its standard input does, so it
never outlives the process that started it. What it has to say goes through its standard output, as `messages`.
"""

import os
import select
import signal
import sys
from collections import OrderedDict, deque
from collections.abc import Callable
from pathlib import Path

from callagent.stt.decoder import Recognizer, Utterance, prepare
from callagent.stt.messages import NO_TURN, Kind, Message, MessageReader, pack_heard, unpack_hints
from callagent.stt.transcriber import Hints

_READ_SIZE = 1 << 16


class OpenTurns:
    """The turns that a worker has in hand; `send` brings an answer to whoever started the worker."""

    def __init__(self, recognizer: Recognizer, send: Callable[[Message], None]) -> None:
        self._recognizer = recognizer
        self._send = send
        self._turns: OrderedDict[int, Utterance] = OrderedDict()
        self._expected: deque[Hints] = deque()

    def take(self, message: Message) -> None:
        """Act on a message; one about a turn that is gone already is of no interest."""
        if message.kind is Kind.OPEN:
            self._guarded(message.turn, lambda: self._open(message))
            return
        if message.kind is Kind.PREPARE:
            self._expected.append(unpack_hints(message.payload))
            return
        utterance = self._turns.get(message.turn)
        if utterance is None:
            return
        if message.kind is Kind.AUDIO:
            self._guarded(message.turn, lambda: utterance.feed(message.payload))
        elif message.kind is Kind.END:
            utterance.finish()
            self._answer(message.turn, utterance)
        elif message.kind is Kind.DROP:
            self._close(message.turn)

    def work(self) -> bool:
        """Decode one step of the turn that has waited longest; says whether there was anything to do.

        Without one, a grammar is compiled that a turn may have later.
        """
        turn = next((turn for turn, utterance in self._turns.items() if utterance.ready), None)
        if turn is None:
            return self._prepare()
        utterance = self._turns[turn]
        self._turns.move_to_end(turn)
        self._guarded(turn, utterance.step)
        self._answer(turn, utterance)
        return True

    def _prepare(self) -> bool:
        if not self._expected:
            return False
        self._guarded(NO_TURN, lambda: self._recognizer.prepare(self._expected.popleft()))
        return True

    def _open(self, message: Message) -> None:
        self._turns[message.turn] = self._recognizer.begin(unpack_hints(message.payload))

    def _answer(self, turn: int, utterance: Utterance) -> None:
        if turn in self._turns and utterance.done:
            self._guarded(turn, lambda: self._tell(turn, utterance))

    def _tell(self, turn: int, utterance: Utterance) -> None:
        heard = utterance.result()
        self._close(turn)
        self._send(Message(Kind.HEARD, turn, pack_heard(heard.text, heard.confidence)))

    def _close(self, turn: int) -> None:
        utterance = self._turns.pop(turn, None)
        if utterance is not None:
            self._recognizer.end(utterance)

    def _guarded(self, turn: int, action: Callable[[], None]) -> None:
        # The decoder reports trouble as RuntimeError; one turn's must not end the others. Its decoders are not kept.
        try:
            action()
        except (RuntimeError, ValueError, KeyError) as error:
            self._turns.pop(turn, None)
            self._send(Message(Kind.FAILED, turn, type(error).__name__.encode()))


def run(turns: OpenTurns, source: int) -> None:
    """Read messages from the file descriptor `source` and decode, until it is closed."""
    reader = MessageReader()
    busy = False
    while True:
        readable, _, _ = select.select([source], [], [], 0 if busy else None)
        if readable:
            data = os.read(source, _READ_SIZE)
            if not data:
                return
            for message in reader.feed(data):
                turns.take(message)
        busy = turns.work()


def main() -> None:
    """The worker process."""
    # Ctrl-C reaches the whole process group; only the parent decides when calls end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whatever a native library prints must not land among the messages.
    answers = os.dup(1)
    os.dup2(2, 1)

    def send(message: Message) -> None:
        data = message.encode()
        while data:
            data = data[os.write(answers, data) :]

    turns = OpenTurns(prepare(Path(sys.argv[1])), send)
    try:
        send(Message(Kind.READY))
        run(turns, 0)
    except BrokenPipeError:
        # Nobody is there to be answered.
        return


if __name__ == "__main__":
    main()
