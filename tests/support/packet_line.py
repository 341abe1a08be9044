"""A line that delays, loses and disorders packets by fixed patterns, and what came through it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from callagent.media.audio import CHUNK_SAMPLES
from callagent.media.jitter_buffer import JitterBuffer

CELL = 80
"""Samples, 10 ms: what is told apart of what is heard."""
TICK_PHASE_S = 0.0071
"""Between a packet's time and the next tick."""


def sound(number: int, cells: int = 2) -> bytes:
    """The noise that only packet `number` carries; loud enough never to be taken for silence."""
    return np.random.default_rng(number).integers(-9000, 9000, cells * CELL).astype("<i2").tobytes()


@dataclass(frozen=True, slots=True)
class Sent:
    """One packet and when it comes."""

    number: int
    arrival_s: float
    timestamp: int
    pcm: bytes

    @property
    def sequence(self) -> int:
        """Of 16 bits, about to wrap."""
        return 65500 + self.number & 0xFFFF


def stream(
    packets: int,
    delay_ms: Callable[[int], float] = lambda _: 0.0,
    lost: Callable[[int], bool] = lambda _: False,
    *,
    ptime_ms: int = 20,
    drift: float = 0.0,
    pcm: Callable[[int], bytes] | None = None,
) -> list[Sent]:
    """Packets in the order in which they come; `drift` is how much slower the sender's clock goes."""
    size, cells = 8 * ptime_ms, ptime_ms // 10
    made = [
        Sent(
            number,
            100 + (number * ptime_ms * (1 + drift) + delay_ms(number)) / 1000,
            (1 << 32) - 4000 + number * size & 0xFFFFFFFF,
            sound(number, cells) if pcm is None else pcm(number),
        )
        for number in range(packets)
        if not lost(number)
    ]
    return sorted(made, key=lambda packet: packet.arrival_s)


@dataclass(slots=True)
class Played:
    """What a buffer made of a stream."""

    buffer: JitterBuffer
    pcm: bytearray = field(default_factory=bytearray)
    delays_ms: list[float] = field(default_factory=list)
    """After each tick."""
    waiting_ms: float = 0.0
    """Most that ever waited."""

    def cells(self, sent: Sequence[Sent]) -> list[tuple[int, int] | None]:
        """For every 10 ms that were heard, packet and part of it that they are; None for what was filled in."""
        size = CELL * 2
        known = {
            packet.pcm[at : at + size]: (packet.number, at // size)
            for packet in sent
            for at in range(0, len(packet.pcm), size)
        }
        return [known.get(bytes(self.pcm[at : at + size])) for at in range(0, len(self.pcm), size)]

    def gaps_ms(self, sent: Sequence[Sent], ptime_ms: int = 20) -> list[int]:
        """How long each stretch of filling is beyond what was lost in it; blending in is part of it."""
        gaps, last = [], 0
        for filled, stretch in groupby(self.cells(sent), lambda cell: cell is None):
            cells = list(stretch)
            if filled:
                gaps.append(10 * len(cells))
                continue
            first = cells[0]
            assert first is not None
            if gaps:
                gaps[-1] -= max(0, first[0] - last - 1) * ptime_ms
            assert cells[-1] is not None
            last = cells[-1][0]
        return gaps


def play(sent: Sequence[Sent], buffer: JitterBuffer | None = None, *, keep: bool = True) -> Played:
    """Let a stream through a buffer, with a tick every 20 ms until the last packet has been played."""
    played = Played(buffer or JitterBuffer())
    waiting = iter(sent)
    coming = next(waiting, None)
    tick, at_s = 0, 0.0
    begins_s = sent[0].arrival_s + TICK_PHASE_S
    while coming is not None or played.buffer.waiting:
        at_s = begins_s + tick * 0.02
        while coming is not None and coming.arrival_s <= at_s:
            played.buffer.put(coming.sequence, coming.timestamp, coming.pcm, coming.arrival_s)
            played.waiting_ms = max(played.waiting_ms, played.buffer.waiting / 8)
            coming = next(waiting, None)
        pcm = played.buffer.take(at_s)
        assert pcm is not None
        assert len(pcm) == 2 * CHUNK_SAMPLES
        if keep:
            played.pcm += pcm
        played.delays_ms.append(played.buffer.delay_s * 1000)
        tick += 1
    return played
