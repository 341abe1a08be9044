"""A leg inside the process: no carrier, no network, the same behaviour.

The far end is a telephone for a simulated caller; it is a simulator's `Line` by its shape. Audio is PCM all the way.
Playback buffer, marks and clear behave as Twilio's do (media.playback). Ticks are 20 ms apart on the event loop's own
clock, so on a loop with virtual time a whole call takes as long as its work takes.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field

from callagent.media.audio import CHUNK_BYTES, CHUNK_MS, Chunk
from callagent.media.playback import PlaybackBuffer
from callagent.telephony.leg import (
    AudioReceived,
    DigitReceived,
    HoldChanged,
    LegCounters,
    LegEnd,
    LegEnded,
    LegInfo,
    LegSignal,
    MarkPlayed,
    Whisper,
)

KEYS = frozenset("0123456789*#ABCD")
MOST_UNREAD = 250
"""Signals that wait for their reader, 5 s of sound; what the caller says beyond that is lost."""
NOBODY = LegInfo(call_id="loopback", carrier="loopback", caller="", called="")


def loopback(
    info: LegInfo = NOBODY, marks_after_s: Callable[[], float] = float
) -> tuple["LoopbackLeg", "LoopbackLine"]:
    """A leg for a call and the telephone at its other end; `marks_after_s` tells how late marks come back now."""
    wire = _Wire(marks_after_s)
    return LoopbackLeg(info, wire), LoopbackLine(wire)


class LoopbackLeg:
    """The `Leg` of an in-process call."""

    def __init__(self, info: LegInfo, wire: "_Wire") -> None:
        self._info = info
        self._wire = wire
        self.texts: list[tuple[str, str]] = []
        """Number and text of the messages that were sent."""
        self.rung: list[str] = []
        """Numbers to which the call was handed over."""

    @property
    def info(self) -> LegInfo:
        """Who is on the line."""
        return self._info

    @property
    def counters(self) -> LegCounters:
        """What nobody read in time."""
        return self._wire.counters

    @property
    def quality(self) -> None:
        """Not told by this carrier."""
        return

    async def signals(self) -> AsyncGenerator[LegSignal, None]:
        """Everything from the far end, in order; ends after `LegEnded`. One reader only."""
        while True:
            signal = await self._wire.signals.get()
            yield signal
            if isinstance(signal, LegEnded):
                return

    def play(self, pcm: bytes) -> None:
        """Send 20 or 40 ms towards the far end; swallowed when the call is over."""
        if not self._wire.over:
            self._wire.playback.queue(pcm, asyncio.get_running_loop().time())

    def mark(self, name: str) -> None:
        """Ask for `MarkPlayed(name)` when all that was played so far has been heard."""
        if not self._wire.over:
            self._wire.playback.mark(name)

    def clear(self) -> None:
        """Throw away what has not been heard; pending marks come back at once."""
        if not self._wire.over:
            self._wire.tell(*map(MarkPlayed, self._wire.playback.clear()))

    async def send_text(self, to: str, text: str) -> None:
        """Keep it in `texts`."""
        self.texts.append((to, text))

    async def transfer(self, numbers: Sequence[tuple[str, float]], whisper: Whisper) -> None:  # noqa: ARG002
        """Keep the numbers in `rung`; the far end hears no more."""
        self.rung.extend(number for number, _ in numbers)
        self._wire.end(LegEnd.HANDED_OVER)

    async def hang_up(self) -> None:
        """End the call; the far end hears no more."""
        self._wire.end(LegEnd.AGENT_HUNG_UP)


class LoopbackLine:
    """The telephone at the far end of a `LoopbackLeg`."""

    def __init__(self, wire: "_Wire") -> None:
        self._wire = wire
        self._next_s: float | None = None
        self._position = 0

    def hold(self, *, held: bool) -> None:
        """Put the call on hold, or take it up again."""
        self._wire.tell(HoldChanged(held))

    @property
    def gaps(self) -> int:
        """Times the agent's voice broke off inside a sentence because its audio came too late."""
        return len(self._wire.playback.counts.gap_ms)

    async def exchange(self, spoken: bytes) -> bytes | None:
        """Say 20 ms of PCM and hear 20 ms; waits for the next tick. None when the far end has hung up."""
        if len(spoken) != CHUNK_BYTES:
            raise ValueError(f"20 ms are {CHUNK_BYTES} bytes of PCM, not {len(spoken)}")
        loop = asyncio.get_running_loop()
        at_s = loop.time() if self._next_s is None else self._next_s
        await asyncio.sleep(max(0.0, at_s - loop.time()))
        if self._wire.over:
            return None
        # The tick's own time, not the time it was noticed: lateness must not add up.
        self._next_s = at_s + CHUNK_MS / 1000
        return self.bring(Chunk(spoken, self._position), at_s)

    def bring(self, chunk: Chunk, at_s: float) -> bytes:
        """Say 20 ms that lie anywhere on the line, and hear 20 ms, now; `at_s` is when that was due."""
        heard = self._wire.playback.tick(at_s)
        self._wire.played(heard.marks)
        self._wire.hear(chunk)
        self._position = chunk.end
        return heard.audio

    @property
    def over(self) -> bool:
        """Whether somebody has hung up."""
        return self._wire.over

    def press(self, digit: str) -> None:
        """Press one key: 0-9 * # A-D. ValueError for anything else."""
        if digit not in KEYS:
            raise ValueError(f"{digit!r} is no key of a telephone; there are 0-9 * # A-D")
        self._wire.tell(DigitReceived(digit))

    async def hang_up(self) -> None:
        """End the call as the caller does."""
        self._wire.end(LegEnd.CALLER_HUNG_UP)

    def lose(self) -> None:
        """End the call as a broken connection does."""
        self._wire.end(LegEnd.LINE_LOST)


@dataclass(slots=True)
class _Wire:
    marks_after_s: Callable[[], float] = float
    playback: PlaybackBuffer = field(default_factory=lambda: PlaybackBuffer(CHUNK_BYTES, b"\0"))
    signals: asyncio.Queue[LegSignal] = field(default_factory=asyncio.Queue)
    counters: LegCounters = field(default_factory=LegCounters)
    over: bool = False

    def played(self, marks: tuple[str, ...]) -> None:
        """Let the leg know of marks, as late as this line tells of them."""
        after_s = self.marks_after_s() if marks else 0.0
        if after_s:
            asyncio.get_running_loop().call_later(after_s, self.tell, *map(MarkPlayed, marks))
        else:
            self.tell(*map(MarkPlayed, marks))

    def hear(self, chunk: Chunk) -> None:
        """Let the leg have what the caller said, as long as somebody reads it."""
        if self.signals.qsize() < MOST_UNREAD:
            self.tell(AudioReceived(chunk))
        else:
            self.counters.lost_chunks += 1

    def tell(self, *signals: LegSignal) -> None:
        """Let the leg know, as long as there is a call."""
        if not self.over:
            for signal in signals:
                self.signals.put_nowait(signal)

    def end(self, reason: LegEnd) -> None:
        """Only the first reason counts."""
        self.tell(LegEnded(reason))
        self.over = True
