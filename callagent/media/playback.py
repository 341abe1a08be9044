"""What a carrier does with the audio it is sent: a buffer that plays 20 ms at a time.

Twilio queues the payloads of `media` messages in order, sends a `mark` back when everything before it has been
played, and on `clear` throws away the audio and sends all pending marks back at once (Media Streams, WebSocket
messages). The loopback leg behaves alike, so both use this buffer. It is pure: time comes in as an argument.

It also counts how well it was fed. A buffer that runs dry after the last chunk of an utterance, as its mark tells, is
in a *pause* between two sentences; one that runs dry anywhere else, and is fed again, had a *gap* in a sentence. From a
sender that never marks an end, every short silence counts as a gap.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from callagent.media.audio import CHUNK_MS
from callagent.media.playout import END_MARK

LONGEST_PAUSE_MS = 1000
"""More silence than this after an utterance is the end of an answer: the caller is expected to speak."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the listener heard in one tick."""

    audio: bytes
    """Exactly one chunk, filled up with silence."""
    marks: tuple[str, ...]
    """Marks whose audio had been played out when this chunk began."""
    played: bool
    """False when the buffer was dry and all of the chunk is silence."""


@dataclass(frozen=True, slots=True)
class PlaybackCounts:
    """How well the buffer was fed."""

    gap_ms: tuple[float, ...]
    """Milliseconds of silence in each gap: the buffer ran dry inside an utterance."""
    pause_ms: tuple[float, ...]
    """Milliseconds of silence between utterances that soon followed each other."""
    late_ms: tuple[float, ...]
    """For each payload that came too late inside an utterance: by how much."""
    in_time: int
    """Payloads that came while there was still something to play."""
    ahead_peak_ms: float
    """Most audio that was ever waiting."""
    queued_bytes: int
    """All audio that was ever handed over."""
    cleared_bytes: int
    """Audio that was thrown away by `clear`."""
    clears: int


class PlaybackBuffer:
    """Audio waiting to be heard, with marks in between.

    `chunk_bytes` is what one tick of 20 ms plays and `silence` the one byte that sounds like nothing in the coding
    at hand: 160 and 0xff for µ-law, 320 and 0 for PCM.
    """

    def __init__(self, chunk_bytes: int = 160, silence: bytes = b"\xff") -> None:
        self._chunk_bytes = chunk_bytes
        self._silence = silence * chunk_bytes
        self._waiting = bytearray()
        self._queued = 0
        self._marks: deque[tuple[int, str]] = deque()
        self._utterance_ends: int | None = None
        """How much had been queued when the last utterance was marked as complete; None before any was."""
        self._dry = _DrySpell()
        self._tally = _Tally()

    def queue(self, payload: bytes, at_s: float) -> None:
        """Put audio of any length behind what is waiting; `at_s` is when it came."""
        if not payload:
            return
        if self._dry.after_audio:
            if self._waiting:
                self._tally.in_time += 1
            else:
                self._resume(at_s)
        self._dry = _DrySpell(after_audio=True)
        self._waiting += payload
        self._queued += len(payload)
        self._tally.ahead_peak = max(self._tally.ahead_peak, len(self._waiting))

    def mark(self, name: str) -> None:
        """Ask to be told when everything queued so far has been played."""
        self._marks.append((self._queued, name))
        if name.startswith(END_MARK):
            self._utterance_ends = self._queued

    def clear(self) -> tuple[str, ...]:
        """Throw away what is waiting; returns the pending marks, oldest first."""
        self._tally.clears += 1
        self._tally.cleared += len(self._waiting)
        self._waiting.clear()
        self._dry = _DrySpell()
        pending = tuple(name for _, name in self._marks)
        self._marks.clear()
        return pending

    def tick(self, at_s: float) -> Heard:
        """Play the 20 ms that begin at `at_s`."""
        played_out = self._played_out()
        audio = bytes(self._waiting[: self._chunk_bytes])
        del self._waiting[: self._chunk_bytes]
        missing = self._chunk_bytes - len(audio)
        if missing and self._dry.after_audio:
            self._run_dry(missing, at_s)
        return Heard(audio + self._silence[:missing], played_out, bool(audio))

    @property
    def counts(self) -> PlaybackCounts:
        """How it went so far."""
        tally = self._tally
        return PlaybackCounts(
            gap_ms=tuple(tally.gap_ms),
            pause_ms=tuple(tally.pause_ms),
            late_ms=tuple(tally.late_ms),
            in_time=tally.in_time,
            ahead_peak_ms=self._ms(tally.ahead_peak),
            queued_bytes=self._queued,
            cleared_bytes=tally.cleared,
            clears=tally.clears,
        )

    def _played_out(self) -> tuple[str, ...]:
        played = self._queued - len(self._waiting)
        names: list[str] = []
        while self._marks and self._marks[0][0] <= played:
            names.append(self._marks.popleft()[1])
        return tuple(names)

    def _run_dry(self, missing: int, at_s: float) -> None:
        dry = self._dry
        if dry.began_at_s is None:
            dry.began_at_s = at_s + (self._chunk_bytes - missing) / self._chunk_bytes * CHUNK_MS / 1000
        dry.silent_bytes += missing

    def _resume(self, at_s: float) -> None:
        """Audio came after the last had been played: too late if the buffer was already silent within a sentence."""
        dry = self._dry
        if dry.began_at_s is None:
            self._tally.in_time += 1
            return
        silent_ms = self._ms(dry.silent_bytes)
        soon = silent_ms < LONGEST_PAUSE_MS
        if self._utterance_ends == self._queued:
            if soon:
                self._tally.pause_ms.append(silent_ms)
        elif soon or self._utterance_ends is not None:
            self._tally.gap_ms.append(silent_ms)
            self._tally.late_ms.append(max(0.0, (at_s - dry.began_at_s) * 1000))

    def _ms(self, count: int) -> float:
        return count / self._chunk_bytes * CHUNK_MS


@dataclass(slots=True)
class _DrySpell:
    after_audio: bool = False
    began_at_s: float | None = None
    silent_bytes: int = 0


class _Tally:
    def __init__(self) -> None:
        self.gap_ms: list[float] = []
        self.pause_ms: list[float] = []
        self.late_ms: list[float] = []
        self.in_time = 0
        self.ahead_peak = 0
        self.cleared = 0
        self.clears = 0


def merged(counts: Sequence[PlaybackCounts]) -> PlaybackCounts:
    """The counts of several calls as if they were one; the peak is the highest of them."""
    return PlaybackCounts(
        gap_ms=tuple(ms for each in counts for ms in each.gap_ms),
        pause_ms=tuple(ms for each in counts for ms in each.pause_ms),
        late_ms=tuple(ms for each in counts for ms in each.late_ms),
        in_time=sum(each.in_time for each in counts),
        ahead_peak_ms=max((each.ahead_peak_ms for each in counts), default=0.0),
        queued_bytes=sum(each.queued_bytes for each in counts),
        cleared_bytes=sum(each.cleared_bytes for each in counts),
        clears=sum(each.clears for each in counts),
    )
