"""The pacing of the agent's mouth: what to send when, and what the caller has heard of it.

Utterances wait in a queue and go out in chunks of 20 ms, just so far ahead of the caller's ear that the line never
runs dry, and no further, since everything sent ahead must be called back when the caller barges in. While the line has
enough, two chunks go together: a message costs more than what is in it. Pure: time comes in as an argument, chunks and
marks go out as data.

::

    playout.begin("a1", text);  playout.append("a1", pcm, words) ...;  playout.finish("a1")
    every 20 ms:
        for send in playout.due(now_s):   leg.play(send.pcm), then leg.mark(send.mark)
        for heard in playout.take_completed(now_s):  it was heard to its end
    a mark came back:   playout.mark_played(name, now_s)
    a barge-in:         leg.clear();  cuts = playout.clear(now_s)
    perhaps one:        leg.clear();  leg.play(playout.pause(now_s));  then playout.resume(), or clear as above
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from callagent.errors import MediaError
from callagent.media.audio import BYTES_PER_SAMPLE, CHUNK_BYTES, CHUNK_SAMPLES, SAMPLE_RATE, samples
from callagent.media.line_clock import LineClock
from callagent.media.words import TimedWord, words_heard

PAIR: Final = 2
"""Chunks that go to the carrier together."""
MARK_EVERY: Final = samples(0.2)
"""Samples between two marks."""
FADE: Final = samples(0.008)
"""Samples over which a voice that pauses dies away, and comes back: less is a click, more is heard as late."""
END_MARK: Final = "end"
"""How the name begins of the mark after an utterance's last chunk: what is silent after it is no gap in a sentence."""


@dataclass(frozen=True, slots=True)
class Send:
    """What is to go to the carrier now: audio, and after it a mark."""

    utterance: str
    pcm: bytes
    """20 or 40 ms, or empty when only the mark is due."""
    position: int
    """Monotonic time, in samples, at which its first sample leaves the carrier."""
    mark: str = ""
    """Name of the mark that follows; empty for none."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How much of an utterance was heard when it ended or was cut."""

    utterance: str
    words: str
    """Its text, or whole words from its beginning; empty when none was."""
    position: int
    """Samples of it that were heard."""


@dataclass(slots=True)
class _Utterance:
    name: str
    text: str
    pcm: bytearray = field(default_factory=bytearray)
    words: list[TimedWord] = field(default_factory=list)
    finished: bool = False
    broken: bool = False
    """Finished before all of its text was there."""
    sent: int = 0
    """Bytes of `pcm` given to the carrier."""
    origin: int | None = None
    """Where its first sample lies on the line; None before the first is sent, and after a pause before the next is."""
    fades_in: bool = False
    """Whether the next sample follows a pause."""
    marked: bool = False
    """Whether the mark after its last chunk is out."""

    @property
    def length(self) -> int:
        return len(self.pcm) // BYTES_PER_SAMPLE

    @property
    def all_sent(self) -> bool:
        return self.finished and self.sent >= len(self.pcm)

    def position(self, line: int) -> int:
        """Samples heard when the line has been heard as far as `line`."""
        sent = self.sent // BYTES_PER_SAMPLE
        return sent if self.origin is None else max(0, min(line - self.origin, sent))

    def rewind(self, line: int) -> None:
        """Forget what was sent beyond where the line has played."""
        self.sent = self.position(line) * BYTES_PER_SAMPLE
        self.origin = None
        self.fades_in = self.sent > 0
        self.marked = self.marked and self.all_sent

    @property
    def chunks(self) -> int:
        """How many chunks could be sent now; only the last of an utterance may be shorter than 20 ms."""
        left = len(self.pcm) - self.sent
        return -(-left // CHUNK_BYTES) if self.finished else left // CHUNK_BYTES

    def take(self, chunks: int) -> bytes:
        """What comes after what was sent, whole chunks, the last filled up with silence; it counts as sent."""
        chunk = bytes(self.pcm[self.sent : self.sent + chunks * CHUNK_BYTES])
        self.sent += len(chunk)
        chunk = chunk.ljust(chunks * CHUNK_BYTES, b"\0")
        if self.fades_in:
            self.fades_in = False
            return _faded(chunk, rising=True)
        return chunk

    def heard(self, line: int) -> Heard:
        """What was heard of it by then."""
        position = self.position(line)
        whole = self.finished and not self.broken
        words = self.text
        if not whole or position < self.length:
            words = words_heard(self.text, self.pcm, position, self.words, whole=whole)
        return Heard(self.name, words, position)


class Playout:
    """The agent's side of one call."""

    def __init__(self, ahead_ms: int = 100) -> None:
        if ahead_ms * SAMPLE_RATE < CHUNK_SAMPLES * 1000:
            raise ValueError(f"ahead_ms is {ahead_ms}: at least one chunk of 20 ms must be on its way; try 100.")
        self._ahead = samples(ahead_ms / 1000)
        self._line = LineClock()
        self._queue: deque[_Utterance] = deque()
        self._completed: list[Heard] = []
        self._marks = 0
        self._last_mark = 0
        """Where on the line the last mark is."""
        self.paused = False
        """Whether nothing is handed out, until `resume`."""

    @property
    def idle(self) -> bool:
        """Whether nothing is waiting, on its way, or still to be heard, as of the last call."""
        return not self._queue

    def heard(self, now_s: float) -> tuple[Heard, ...]:
        """What has been heard by now of what is not complete, in order."""
        line = self._line.heard(samples(now_s))
        return tuple(utterance.heard(line) for utterance in self._queue)

    @property
    def at_the_last(self) -> bool:
        """Whether no more than one utterance is left to be heard."""
        return len(self._queue) <= 1

    @property
    def awaits_marks(self) -> bool:
        """Whether the carrier has not yet confirmed all that it was asked to; a hang-up may wait for it a little."""
        return self._line.awaits_marks

    def ahead_s(self, now_s: float) -> float:
        """Seconds of audio that are with the carrier and not yet played."""
        return (self._line.sent - self._line.played(samples(now_s))) / SAMPLE_RATE

    def begin(self, utterance: str, text: str) -> None:
        """Queue an utterance; its audio follows. Raises ValueError for a name that is in the queue already."""
        if self._find(utterance) is not None:
            raise ValueError(f"utterance {utterance!r} is already queued; names are used once")
        self._queue.append(_Utterance(utterance, text))

    def append(self, utterance: str, pcm: bytes, words: Sequence[TimedWord] = ()) -> None:
        """More audio of an utterance, of any length; ignored when it was cut meanwhile.

        The times of `words` count from the utterance's first sample. Raises MediaError for half a sample.
        """
        if len(pcm) % BYTES_PER_SAMPLE:
            raise MediaError(f"PCM of {len(pcm)} bytes ends in half a sample; pass on whole samples only.")
        found = self._find(utterance)
        if found is not None:
            found.pcm += pcm
            found.words.extend(words)

    def finish(self, utterance: str, *, broken: bool = False) -> None:
        """No more audio of it will come; ignored when it was cut meanwhile.

        `broken` says that the audio ends before the text does: only the words that fit into it count as heard.
        """
        found = self._find(utterance)
        if found is not None:
            found.finished = True
            found.broken = broken

    def due(self, now_s: float) -> list[Send]:
        """What to send now, in order."""
        sends: list[Send] = []
        if not self._queue:
            return sends
        now = samples(now_s)
        self._settle(now)
        if self.paused:
            return sends
        while (utterance := self._next()) is not None:
            if utterance.sent >= len(utterance.pcm):
                # The end was told only after the last audio had gone out.
                position = now + self._line.sent - self._line.played(now)
                sends.append(Send(utterance.name, b"", position, self._mark(utterance, now)))
                continue
            chunks = self._fitting(utterance, self._line.sent - self._line.played(now))
            if not chunks:
                break
            sends.append(self._send(utterance, chunks, now))
        return sends

    def take_completed(self, now_s: float) -> list[Heard]:
        """Utterances heard to their end since the last time, in order."""
        if self._queue:
            self._settle(samples(now_s))
        completed, self._completed = self._completed, []
        return completed

    def mark_played(self, name: str, now_s: float) -> bool:
        """A mark came back; False for a name that is not waited for, as after a `clear`."""
        return self._line.mark_played(name, samples(now_s))

    def pause(self, now_s: float) -> bytes:
        """Take back all that was sent and not played; the carrier must be told to clear at the same time.

        Returns the 20 ms to send after that: the voice dying away, from the very sample where it stopped; empty when
        there is nothing to be heard. Audio may be added in a pause.
        """
        now = samples(now_s)
        self._settle(now)
        played = self._line.played(now)
        speaking = next((one for one in self._queue if one.position(played) * BYTES_PER_SAMPLE < one.sent), None)
        for utterance in self._queue:
            utterance.rewind(played)
        self._line.reset()
        self._last_mark = 0
        self.paused = True
        if speaking is None:
            return b""
        following = bytes(speaking.pcm[speaking.sent : speaking.sent + FADE * BYTES_PER_SAMPLE])
        return _faded(following, rising=False).ljust(CHUNK_BYTES, b"\0")

    def resume(self) -> None:
        """Go on from the very sample where the voice stopped."""
        self.paused = False

    def clear(self, now_s: float) -> tuple[Heard, ...]:
        """Drop everything, sent or not, and tell what was heard of each utterance that was not complete.

        The carrier must be told to clear at the same time.
        """
        heard = self._line.heard(samples(now_s))
        cuts = tuple(utterance.heard(heard) for utterance in self._queue)
        self._line.reset()
        self._last_mark = 0
        self._queue.clear()
        self.paused = False
        return cuts

    def _find(self, name: str) -> _Utterance | None:
        return next((utterance for utterance in self._queue if utterance.name == name), None)

    def _next(self) -> _Utterance | None:
        """The utterance that something can be sent of now: the first with anything left."""
        for utterance in self._queue:
            if utterance.all_sent:
                if utterance.pcm and not utterance.marked:
                    return utterance
                continue
            return utterance if utterance.chunks else None
        return None

    def _fitting(self, utterance: _Utterance, ahead: int) -> int:
        """How many chunks to send when so much is with the carrier; none while there is time to wait for a pair.

        The first goes alone: its mark tells the line's delay as soon as can be.
        """
        room = (self._ahead - ahead) // CHUNK_SAMPLES
        together = min(PAIR, utterance.chunks) if ahead else 1
        if room >= together:
            return together
        return min(room, 1) if ahead < self._ahead // 2 else 0

    def _send(self, utterance: _Utterance, chunks: int, now: int) -> Send:
        first = self._line.dry(now)
        if utterance.origin is None:
            utterance.origin = self._line.sent - utterance.sent // BYTES_PER_SAMPLE
        pcm = utterance.take(chunks)
        position = self._line.send(chunks * CHUNK_SAMPLES, now)
        due = first or utterance.all_sent or self._line.sent - self._last_mark >= MARK_EVERY
        mark = self._mark(utterance, now) if due else ""
        return Send(utterance.name, pcm, position, mark)

    def _mark(self, utterance: _Utterance, now: int) -> str:
        self._marks += 1
        name = f"{END_MARK if utterance.all_sent else 'm'}{self._marks}"
        self._line.mark(name, now)
        self._last_mark = self._line.sent
        utterance.marked = utterance.all_sent
        return name

    def _settle(self, now: int) -> None:
        """Take from the queue what was heard to its end."""
        heard = self._line.heard(now)
        while self._queue and self._queue[0].all_sent and self._queue[0].position(heard) >= self._queue[0].length:
            self._completed.append(self._queue.popleft().heard(heard))


def _faded(pcm: bytes, *, rising: bool) -> bytes:
    """The first `FADE` samples of it coming out of silence, or going into it."""
    audio = np.frombuffer(pcm, "<i2").astype(np.float32)
    length = min(FADE, len(audio))
    ramp = np.arange(1, length + 1, dtype=np.float32) / (length + 1)
    audio[:length] *= ramp if rising else ramp[::-1]
    return audio.astype("<i2").tobytes()
