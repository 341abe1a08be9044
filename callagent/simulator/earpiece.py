"""What a telephone makes of the RTP that comes: 20 ms of sound at every tick, after a fixed delay.

A caller hears every packet that comes too late, so they are counted. It shares nothing with the buffer of callagent's
own leg, which is what it measures. Pure: time is an argument.
"""

from bisect import insort
from collections import deque
from typing import Final

from callagent.media.audio import CHUNK_MS, CHUNK_SAMPLES, SAMPLE_RATE, samples
from callagent.media.g711 import ULAW_SILENCE, ulaw_decode
from callagent.media.playback import LONGEST_PAUSE_MS, PlaybackCounts
from callagent.media.rtp import RtpPacket, timestamp_step

HELD_BACK_MS: Final = 40
"""For how long the first packet waits."""
SPARE_TICKS: Final = 50
"""Ticks in a row that more waited than need be before the telephone waits shorter, at the next silence."""
MOST_LATE: Final = 5
"""Packets in a row that are too late before the telephone waits longer."""
JUMP: Final = 10 * SAMPLE_RATE
"""Samples; a packet that is further off belongs to another clock."""
_QUIET: Final = bytes([ULAW_SILENCE])


class Earpiece:
    """One call's. Positions count the sender's samples from its first packet on."""

    def __init__(self, held_back_ms: float = HELD_BACK_MS) -> None:
        self._held_back_s = held_back_ms / 1000
        self._source: int | None = None
        self._newest = (0, 0)
        """Timestamp and position of the packet that is furthest on."""
        self._begins_s = 0.0
        """When the first packet is to be played."""
        self._next = 0
        self._next_s: float | None = None
        """When the next tick is due to be played; None before the first."""
        self._waiting: list[tuple[int, bool, bytes]] = []
        """Position, marker and µ-law of packets, in order."""
        self._late_in_a_row = 0
        self._spare = 0
        """Ticks in a row that more waited than need be."""
        self._tally = _Tally()

    @property
    def gaps(self) -> int:
        """Times that sound was missing between packets."""
        return len(self._tally.gap_ms)

    @property
    def counts(self) -> PlaybackCounts:
        """How it went so far, as at a carrier that plays from a buffer.

        Nothing on this wire tells where a sentence ends. Missing packets are a gap; silence that was sent, of up to a
        second between two sounds, is a pause.
        """
        tally = self._tally
        return PlaybackCounts(
            gap_ms=tuple(tally.gap_ms),
            pause_ms=tuple(tally.pause_ms),
            late_ms=tuple(tally.late_ms),
            in_time=tally.in_time,
            ahead_peak_ms=tally.ahead_peak * 1000 / SAMPLE_RATE,
            queued_bytes=tally.heard,
            cleared_bytes=0,
            clears=0,
        )

    def put(self, packet: RtpPacket, at_s: float) -> None:
        """A packet of µ-law came."""
        begin = self._place(packet, at_s)
        tally = self._tally
        tally.heard += len(packet.payload)
        if begin < self._next and self._next_s is not None:
            due_s = self._next_s + (begin - self._next) / SAMPLE_RATE
            tally.late_ms.append(max(0.0, (at_s - due_s) * 1000))
            self._late_in_a_row += 1
            if self._late_in_a_row < MOST_LATE:
                return
            self._next = begin - samples(self._held_back_s)
        else:
            tally.in_time += 1
        self._late_in_a_row = 0
        insort(self._waiting, (begin, packet.marker, packet.payload))
        tally.ahead_peak = max(tally.ahead_peak, begin + len(packet.payload) - self._next)

    def take(self, at_s: float) -> bytes | None:
        """The 20 ms of PCM that begin at `at_s`; None when nothing came of which they could be."""
        if self._source is None or at_s < self._begins_s:
            return None
        self._next_s = at_s + CHUNK_MS / 1000
        self._shorten()
        end = self._next + CHUNK_SAMPLES
        if self._waiting and self._waiting[0][0] == self._next and len(self._waiting[0][2]) == CHUNK_SAMPLES:
            _, marker, coded = self._waiting.pop(0)
            self._next = end
            self._tally.fed(coded, 0, marker=marker)
            return ulaw_decode(coded)
        coded, missing, marker = self._pieces(end)
        self._next = end
        self._tally.fed(coded, missing, marker=marker)
        if missing == CHUNK_SAMPLES:
            return None
        return ulaw_decode(coded)

    def _shorten(self) -> None:
        """Leave a silent packet out where all have come early for a while: the line was slow only for a time."""
        end = self._waiting[-1][0] + len(self._waiting[-1][2]) if self._waiting else self._next
        self._spare = self._spare + 1 if end - self._next > samples(self._held_back_s) + 2 * CHUNK_SAMPLES else 0
        if self._spare > SPARE_TICKS and self._waiting[0][0] == self._next:
            coded = self._waiting[0][2]
            if coded == _QUIET * len(coded):
                self._next += len(self._waiting.pop(0)[2])
                self._spare = 0

    def _pieces(self, end: int) -> tuple[bytes, int, bool]:
        """µ-law up to a position, how many samples of it there are none of, and whether speech begins in it."""
        coded = bytearray(_QUIET * CHUNK_SAMPLES)
        missing, marked = CHUNK_SAMPLES, False
        begin = end - CHUNK_SAMPLES
        while self._waiting and self._waiting[0][0] < end:
            at, marker, payload = self._waiting.pop(0)
            part = payload[max(0, begin - at) : end - at]
            start = max(0, at - begin)
            coded[start : start + len(part)] = part
            missing -= len(part)
            marked = marked or marker
            if at + len(payload) > end:
                insort(self._waiting, (end, False, payload[end - at :]))
                break
        return bytes(coded), max(0, missing), marked

    def _place(self, packet: RtpPacket, at_s: float) -> int:
        """Where a packet begins."""
        timestamp, position = self._newest
        step = timestamp_step(packet.timestamp, timestamp)
        if self._source != packet.ssrc or abs(position + step - self._next) > JUMP:
            if self._source is None:
                self._begins_s = at_s + self._held_back_s
            # What waits of another source is played first.
            begin = max([self._next, *(at + len(coded) for at, _, coded in self._waiting)])
            self._source, self._newest = packet.ssrc, (packet.timestamp, begin)
            return begin
        if step > 0:
            self._newest = (packet.timestamp, position + step)
        return position + step


class _Tally:
    def __init__(self) -> None:
        self.gap_ms: list[float] = []
        self.pause_ms: list[float] = []
        self.late_ms: deque[float] = deque(maxlen=100_000)
        self.in_time = 0
        self.heard = 0
        self.ahead_peak = 0
        self._missing = 0
        """Samples that were not there before this tick."""
        self._quiet_ms: float | None = None
        """How long the silence since the last sound is; None before the first."""

    def fed(self, coded: bytes, missing: int, *, marker: bool) -> None:
        """20 ms were played, so many samples of them from nothing; `marker` says that the sender had paused."""
        if missing < CHUNK_SAMPLES:
            if self._missing and not marker:
                self.gap_ms.append(self._missing * 1000 / SAMPLE_RATE)
            self._missing = 0
        self._missing += missing
        if missing:
            return  # whether the sender was silent then, nobody knows
        if coded.count(_QUIET) == len(coded):
            self._quiet_ms = None if self._quiet_ms is None else self._quiet_ms + CHUNK_MS
            return
        if self._quiet_ms and self._quiet_ms < LONGEST_PAUSE_MS:
            self.pause_ms.append(self._quiet_ms)
        self._quiet_ms = 0.0
