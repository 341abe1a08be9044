"""Begins to answer what a caller said before it is sure that this was all; keeps the answer, or throws it away."""

from dataclasses import replace
from typing import Final

from callagent.call.caller_turn import CallerTurn
from callagent.call.early import EarlyStart, Pending
from callagent.call.frames import EarlyInputFrame, InputFrame
from callagent.call.question import Question
from callagent.call.sound import Sound
from callagent.call.stage_keeper import StageKeeper
from callagent.call.turn_end import TurnEnd
from callagent.clock import Clock
from callagent.dialogue.actions import CallerSaid
from callagent.events import TranscriptReceived

QUIET_S: Final = 0.06
"""Silence after which what was said by then may be all."""


class EarlyAnswer:
    """One per call; at most one answer at a time."""

    def __init__(
        self,
        clock: Clock,
        turn: CallerTurn,
        turn_end: TurnEnd,
        question: Question,
        sound: Sound,
        stages: StageKeeper,
        pending: Pending,
    ) -> None:
        self._clock = clock
        self._turn = turn
        self._turn_end = turn_end
        self._question = question
        self._sound = sound
        self._stages = stages
        self._pending = pending

    @property
    def under_way(self) -> bool:
        """Whether there is one."""
        return self._pending.start is not None

    def consider(self) -> None:
        """Begin to answer what was said so far, where that may be all; drop an answer to other words."""
        turn, now_s = self._turn, self._clock.now_s()
        if self._pending.start is not None:
            if turn.said.words == self._pending.start.words:
                return
            self.forget()
        if self._question.private or turn.transcript is None or self._sound.ear.quiet_s(now_s) < QUIET_S:
            return
        if not self._turn_end.may_be_over(turn) or self._stages.dialogue.state is None:
            return
        said = CallerSaid(turn.transcript.text, turn.transcript.confidence)
        self._pending.start = EarlyStart(turn.number, turn.said.words, said.confidence)
        self._pending.journal.put_off()
        self._sound.mouth.pause(now_s)
        self._stages.send(EarlyInputFrame(turn.number, said))

    def is_to(self, said: InputFrame) -> bool:
        """Whether an answer to just these words was begun, and not only asked for."""
        given, start = said.given, self._pending.start
        # A stage that has not come to it yet would not know what there is to keep.
        if start is None or not self._stages.dialogue.answers_early:
            return False
        if said.heard is None or not isinstance(given, CallerSaid):
            return False
        return start.answers(self._question.so_far(given.text).words, given.confidence)

    def keep(self, heard: TranscriptReceived) -> None:
        """That was all: the answer is heard, and has its effects."""
        start, self._pending.start = self._pending.start, None
        if start is None:
            return
        heard = replace(heard, at_s=self._pending.journal.at_s(), turn=start.turn)
        self._pending.journal.keep(self._stages.dialogue.keep(heard))
        start.keep()
        self._sound.mouth.resume(self._clock.now_s())

    def forget(self) -> None:
        """The caller goes on, or has said something else: nothing of the answer ever was."""
        start, self._pending.start = self._pending.start, None
        if start is None:
            return
        start.forget()
        self._stages.dialogue.undo()
        self._pending.journal.forget()
        self._turn.renumber()
        self._sound.mouth.stop(self._clock.now_s())
        self._stages.interrupt()
