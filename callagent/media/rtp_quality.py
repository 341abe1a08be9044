"""How well one stream arrives: loss, jitter and round trip of RFC 3550, and how a person would judge it.

Loss and reports follow appendices A.1 and A.3, jitter A.8, round trip section 6.4.1; the judgement is the E-model of
ITU-T G.107 as far as loss and delay tell, with G.113's values for G.711 with concealment.
"""

import math
from dataclasses import dataclass
from typing import Final

from callagent.media.audio import SAMPLE_RATE
from callagent.media.rtcp import ReportBlock
from callagent.media.rtp import sequence_step, timestamp_step

MOST_DROPOUT: Final = 3000
MOST_DISORDER: Final = 100
"""Packets by which a sequence number may be ahead or behind; another one begins the count anew (A.1)."""
UNIMPAIRED: Final = 93.2
"""Rating of a perfect line of telephone quality (G.107, all else at its default)."""
LOSS_ROBUSTNESS: Final = 25.1
"""Bpl of G.711 with its Appendix I (G.113, table I.4)."""
NTP_FRACTION: Final = 1 << 16
"""Parts of a second in the middle 32 bits of an NTP time."""
LONGEST_ROUND_TRIP_S: Final = 60.0
"""A longer one is a peer's mistake."""


class ReceptionStats:
    """Counts one source's packets as RFC 3550 wants them reported."""

    def __init__(self, ssrc: int) -> None:
        self.ssrc = ssrc
        self.received = 0
        """Packets, doubled ones included."""
        self.jitter = 0.0
        """Samples, smoothed over about 16 packets."""
        self._base: int | None = None
        self._highest = 0
        """With the count of wraps above the 16 bits."""
        self._off_track = -1
        """The number that would follow a stray's."""
        self._restarts = False
        self._transit: tuple[int, float] | None = None
        """Timestamp and arrival of the last packet."""
        self._at_last_report = (0, 0)
        """Expected and received."""

    @property
    def expected(self) -> int:
        """Packets that were sent as far as their numbers tell."""
        return 0 if self._base is None else self._highest - self._base + 1

    @property
    def lost(self) -> int:
        """Packets; negative where more were doubled than lost."""
        return self.expected - self.received

    @property
    def loss(self) -> float:
        """Part of all packets that never came, 0 to 1."""
        return max(0.0, self.lost / self.expected) if self.expected else 0.0

    @property
    def jitter_ms(self) -> float:
        """As `jitter`, in milliseconds."""
        return self.jitter * 1000 / SAMPLE_RATE

    def note(self, sequence: int, timestamp: int, arrival_s: float, *, timed: bool = True) -> None:
        """A packet came; `timed` is False for one whose timestamp does not tell when it was sent, as with events."""
        if self._base is None:
            self._base = self._highest = sequence
        if self._restarts:
            self._restarts = False
            self._begin_anew(sequence)
        step = sequence_step(sequence, self._highest & 0xFFFF)
        if not -MOST_DISORDER < step < MOST_DROPOUT:
            if sequence != self._off_track:
                # One alone is a stray; two in a row are a sender who began anew.
                self._off_track = sequence + 1 & 0xFFFF
                return
            self._begin_anew(sequence)
            step = 0  # the first of the two was left out
        self.received += 1
        self._highest += max(0, step)
        if timed:
            self._follow(timestamp, arrival_s)

    def block(self, last_report: int, delay: int) -> ReportBlock:
        """The report on this source; `last_report` and `delay` as RTCP has them. Each call begins a new interval."""
        expected, received = self.expected - self._at_last_report[0], self.received - self._at_last_report[1]
        self._at_last_report = (self.expected, self.received)
        fraction = min(255, (expected - received << 8) // expected) if 0 < expected > received else 0
        return ReportBlock(self.ssrc, fraction, self.lost, self._highest, int(self.jitter), last_report, delay)

    def change_source(self, ssrc: int) -> None:
        """Another source took over; what was counted stays."""
        self.ssrc = ssrc
        self._restarts = True

    def _begin_anew(self, sequence: int) -> None:
        """Keep what was counted, as if the new numbers went on from the old."""
        expected = self.expected
        self._highest = (self._highest | 0xFFFF) + 1 + sequence
        self._base = self._highest - expected
        self._transit = None
        self._off_track = -1

    def _follow(self, timestamp: int, arrival_s: float) -> None:
        if self._transit is not None:
            before, before_s = self._transit
            apart = abs((arrival_s - before_s) * SAMPLE_RATE - timestamp_step(timestamp, before))
            if apart < 10 * SAMPLE_RATE:  # else its clock jumped
                self.jitter += (apart - self.jitter) / 16
        self._transit = (timestamp, arrival_s)


def round_trip_s(block: ReportBlock, now: int) -> float | None:
    """Seconds there and back, from a peer's report on us; `now` is the middle 32 bits of our NTP time at its arrival.

    None where the report does not tell, or tells nonsense.
    """
    if not block.last_report:
        return None
    taken = ((now - block.last_report - block.delay + 0x80000000 & 0xFFFFFFFF) - 0x80000000) / NTP_FRACTION
    return taken if 0 <= taken <= LONGEST_ROUND_TRIP_S else None


def rating(loss: float, delay_s: float, burstiness: float = 1.0) -> float:
    """R of the E-model, 0 to 93.2, for a part of packets lost and the delay from mouth to ear.

    `burstiness` is how much longer the runs of loss are than random ones.
    """
    percent = 100 * min(1.0, max(0.0, loss))
    equipment = 95 * percent / (percent / burstiness + LOSS_ROBUSTNESS)
    return max(0.0, UNIMPAIRED - _delay_impairment(delay_s * 1000) - equipment)


def mos(rated: float) -> float:
    """Mean opinion score, 1 to 4.5, of a rating (G.107, annex B)."""
    rated = min(100.0, max(0.0, rated))
    return max(1.0, 1 + 0.035 * rated + rated * (rated - 60) * (100 - rated) * 7e-6)


def _delay_impairment(delay_ms: float) -> float:
    """Idd of G.107 (3-27): what absolute delay costs without any echo."""
    if delay_ms <= 100:
        return 0.0
    x = math.log2(delay_ms / 100)
    impairment = 25 * ((1 + x**6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2)
    return float(impairment)


@dataclass(frozen=True, slots=True)
class LineQuality:
    """One call's line as a summary tells it."""

    packets: int
    """Received."""
    loss: float
    """Part of what was sent that never came or came too late, 0 to 1."""
    jitter_ms: float
    round_trip_ms: float | None
    """None while no report told."""
    mos: float
    """Estimate, 1 to 4.5."""
    far_loss: float | None
    """The same of our own audio at the peer, by its last report; None without one."""


def line_quality(
    stats: ReceptionStats, late: int, delay_s: float, round_trip: float | None, far_loss: float | None
) -> LineQuality:
    """All of it together; `late` packets came for nothing, and `delay_s` is that of the jitter buffer."""
    loss = min(1.0, max(0, stats.lost + late) / stats.expected) if stats.expected else 0.0
    judged = mos(rating(loss, (round_trip or 0.0) / 2 + delay_s))
    trip_ms = None if round_trip is None else round(round_trip * 1000, 1)
    missed = None if far_loss is None else round(far_loss, 4)
    return LineQuality(stats.received, round(loss, 4), round(stats.jitter_ms, 1), trip_ms, round(judged, 2), missed)
