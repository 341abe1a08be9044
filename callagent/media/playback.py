"""What a carrier does with the audio it is sent: a buffer that plays 20 ms at a time.

Twilio queues the payloads of `media` messages in order, sends a `mark` back when everything before it has been
played, and on `clear` throws away the audio and sends all pending marks back at once (Media Streams, WebSocket
messages). The loopback leg behaves alike, so both use this buffer. It is pure: time comes in as an argument.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from callagent.media.audio import CHUNK_MS

PAUSE_MS = 400
"""A buffer that is dry for longer than this is at the end of an utterance, not in a gap."""


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

    gaps: int
    """Times the buffer ran dry inside an utterance."""
    gap_ms: tuple[float, ...]
    """Milliseconds of silence in each gap."""
    late_ms: tuple[float, ...]
    """For each payload that came too late inside an utterance: by how much."""
    in_time: int
    """Payloads inside an utterance that came while there was still something to play."""
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
        self._dry = _DrySpell()
        self._tally = _Tally()

    def queue(self, payload: bytes, at_s: float) -> None:
        """Put audio of any length behind what is waiting; `at_s` is when it came."""
        if not payload:
            return
        if self._dry.inside_utterance:
            if self._waiting:
                self._tally.in_time += 1
            else:
                self._resume(at_s)
        self._dry = _DrySpell(inside_utterance=True)
        self._waiting += payload
        self._queued += len(payload)
        self._tally.ahead_peak = max(self._tally.ahead_peak, len(self._waiting))

    def mark(self, name: str) -> None:
        """Ask to be told when everything queued so far has been played."""
        self._marks.append((self._queued, name))

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
        if missing and self._dry.inside_utterance:
            self._run_dry(missing, at_s)
        return Heard(audio + self._silence[:missing], played_out, bool(audio))

    @property
    def waiting_ms(self) -> float:
        """Milliseconds of audio that are yet to be played."""
        return self._ms(len(self._waiting))

    @property
    def counts(self) -> PlaybackCounts:
        """How it went so far."""
        tally = self._tally
        return PlaybackCounts(
            gaps=len(tally.gap_ms),
            gap_ms=tuple(tally.gap_ms),
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
        if self._ms(dry.silent_bytes) >= PAUSE_MS:
            self._dry = _DrySpell()

    def _resume(self, at_s: float) -> None:
        """Audio came after the last had been played: too late if the buffer has already been silent."""
        dry = self._dry
        if dry.began_at_s is None:
            self._tally.in_time += 1
            return
        self._tally.gap_ms.append(self._ms(dry.silent_bytes))
        self._tally.late_ms.append(max(0.0, (at_s - dry.began_at_s) * 1000))

    def _ms(self, count: int) -> float:
        return count / self._chunk_bytes * CHUNK_MS


@dataclass(slots=True)
class _DrySpell:
    inside_utterance: bool = False
    began_at_s: float | None = None
    silent_bytes: int = 0


class _Tally:
    def __init__(self) -> None:
        self.gap_ms: list[float] = []
        self.late_ms: list[float] = []
        self.in_time = 0
        self.ahead_peak = 0
        self.cleared = 0
        self.clears = 0


def merged(counts: Sequence[PlaybackCounts]) -> PlaybackCounts:
    """The counts of several calls as if they were one; the peak is the highest of them."""
    return PlaybackCounts(
        gaps=sum(each.gaps for each in counts),
        gap_ms=tuple(ms for each in counts for ms in each.gap_ms),
        late_ms=tuple(ms for each in counts for ms in each.late_ms),
        in_time=sum(each.in_time for each in counts),
        ahead_peak_ms=max((each.ahead_peak_ms for each in counts), default=0.0),
        queued_bytes=sum(each.queued_bytes for each in counts),
        cleared_bytes=sum(each.cleared_bytes for each in counts),
        clears=sum(each.clears for each in counts),
    )
