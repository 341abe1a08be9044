"""Audio packets that come early, late, twice, in disorder or never, made into 20 ms of sound every 20 ms.

The buffer plays along the sender's timestamps, sample by sample, so any packet length will do. How long a packet has to
spare when it comes is its *slack*; the delay of the buffer is the slack of the fastest packets, and it need only be so
long that the slowest of the last four seconds have some left:

* A packet that comes too late lengthens the delay at once: the sound stands still (concealed) for as long. If nothing
  newer was played meanwhile, the late packet itself is still heard, so that no word is lost to a stall.
* Where all packets have time to spare, one silent chunk is left out now and then. This also makes up for a sender whose
  clock is fast; one whose clock is slow has packets too late sooner or later, which is the case above.
* A packet that never comes is concealed and changes nothing else.
* When for 100 ms all packets are too late, or the first is after a silence, the delay is found anew.
* More than 120 ms are never kept: what is beyond is cut out, even of speech.

Pure: time comes in as an argument.
"""

from bisect import insort
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from callagent.media.audio import BYTES_PER_SAMPLE, CHUNK_BYTES, CHUNK_MS, CHUNK_SAMPLES, SAMPLE_RATE, SILENCE, samples
from callagent.media.concealment import FADED, Concealer
from callagent.media.rtp import sequence_step, timestamp_step
from callagent.media.slack import REMEMBERED_S, Slack

FIRST_DELAY: Final = samples(0.04)
"""Samples for which the first packet waits, before anything is known of the line."""
LONGEST_DELAY: Final = samples(0.12)
"""Samples that a packet waits at most."""
SPARE: Final = samples(0.01)
"""Samples that the slowest packets keep to spare."""
JUMP: Final = SAMPLE_RATE
"""Samples; a packet that is further off than that is on another clock, not early or late."""
BEHIND_S: Final = 0.1
"""When for so long nothing but late packets came, the line's delay has changed."""
MOST_PACKETS: Final = 200
"""Packets that wait at most: more than ever fit in 120 ms are no telephone's."""
MOST_MISSING: Final = 6
"""Packets for whose loss room is left where the clock jumps."""
SHRINK_EVERY_S: Final = 0.5
SILENCE_SOUGHT_EVERY_S: Final = 0.1
SILENT_PEAK: Final = 330
"""Highest sample, -40 dBFS, of a chunk that may be left out."""
_REMEMBERED: Final = 256
"""Packets among which one that comes twice is noticed; a power of two."""


@dataclass(slots=True)
class JitterCounts:
    """What the buffer did, in packets or samples."""

    late: int = 0
    """Packets that came after their time, and were dropped."""
    duplicates: int = 0
    """Packets that had come before."""
    concealed: int = 0
    """Samples filled in; of a long silence only what was audible of the filling."""
    stretched: int = 0
    """Samples by which the delay was lengthened."""
    skipped: int = 0
    """Samples left out to shorten the delay."""
    restarts: int = 0
    """Times the sender's clock jumped, another source took over, or the line's delay changed for good."""


class _Packet(NamedTuple):
    begin: int
    end: int
    pcm: bytes


class JitterBuffer:
    """One stream of audio; positions within count samples on the sender's clock, across all wraps and jumps."""

    def __init__(self) -> None:
        self.counts = JitterCounts()
        self._concealer = Concealer()
        self._packets: list[_Packet] = []
        """In order, waiting."""
        self._seen: list[int] = [-1] * _REMEMBERED
        self._newest: _Newest | None = None
        self._foreign = False
        """Whether the next packet is on a clock of its own."""
        self._next = 0
        """The sample that the next tick begins with, unless the sound stands still."""
        self._next_at_s = 0.0
        self._hold = 0
        """Samples for which the sound is yet to stand still."""
        self._played_to = 0
        """End of the last real audio that was played."""
        self._quiet_from = self._quiet_to = 0
        """A stretch in which the sender sends no audio, but the events of a key."""
        self._late_since_s: float | None = None
        self._slack = Slack()
        self._shrink_after_s = 0.0

    @property
    def waiting(self) -> int:
        """Samples in the buffer beyond the next to be played."""
        return max(0, self._packets[-1].end - self._next) if self._packets else 0

    @property
    def delay_s(self) -> float:
        """Seconds that the fastest packets of late waited before they were played."""
        return max(0, self._slack.highest - self._offset()) / SAMPLE_RATE if self._slack.known else 0.0

    def put(self, sequence: int, timestamp: int, pcm: bytes, arrival_s: float) -> None:
        """A packet came: its RTP sequence number and timestamp, its audio, and when, by the clock of `take`."""
        slot = sequence & _REMEMBERED - 1
        if self._seen[slot] == sequence and not self._foreign:
            self.counts.duplicates += 1
            return
        length = len(pcm) // BYTES_PER_SAMPLE
        arrived = round(arrival_s * SAMPLE_RATE)
        begin = self._place(sequence, timestamp, length, arrival_s)
        self._seen[slot] = sequence
        if begin < self._next and not self._catch(begin, arrival_s):
            self.counts.late += 1
            return
        self._late_since_s = None
        # As early as the beginning of the tick in which it is played.
        early = begin - arrived - (begin - self._next) % CHUNK_SAMPLES
        self._slack.note(early, arrival_s)
        packet = _Packet(begin, begin + length, pcm)
        if self._packets and begin < self._packets[-1].begin:
            insort(self._packets, packet)
        else:
            self._packets.append(packet)
        if len(self._packets) > MOST_PACKETS:
            del self._packets[0]
        beyond = early - self._offset() - LONGEST_DELAY
        if beyond > 0:
            self._skip(-(-beyond // CHUNK_SAMPLES) * CHUNK_SAMPLES)

    def quiet(self, timestamp: int, duration: int) -> None:
        """The sender sends no audio for `duration` samples from `timestamp`: nothing there is missing."""
        if self._newest is not None:
            begin = self._newest.begin + timestamp_step(timestamp, self._newest.timestamp)
            if begin != self._quiet_from:
                self._quiet_from, self._quiet_to = begin, begin
            self._quiet_to = max(self._quiet_to, begin + duration)

    def change_source(self) -> None:
        """The next packet has sequence number and timestamp of another source."""
        self._foreign = True

    def take(self, at_s: float) -> bytes | None:
        """The 20 ms due at `at_s`, the tick's own time, not when it was noticed; None before the first packet."""
        if self._newest is None:
            return None
        self._next_at_s = at_s + CHUNK_MS / 1000
        if self._hold:
            held = min(self._hold, CHUNK_SAMPLES)
            self._hold -= held
            self.counts.stretched += held
            # The sound stands still as the delay grows: the same moment of the sender is due at the next tick.
            filled = self._concealer.conceal(held)
            return filled if held == CHUNK_SAMPLES else filled + self._played(CHUNK_SAMPLES - held)
        pcm = self._played(CHUNK_SAMPLES)
        if at_s >= self._shrink_after_s and self._has_time_to_spare():
            silent = _is_silent(pcm)
            self._shrink_after_s = at_s + (SHRINK_EVERY_S if silent else SILENCE_SOUGHT_EVERY_S)
            if silent:
                self.counts.skipped += CHUNK_SAMPLES
                return self._played(CHUNK_SAMPLES)
        return pcm

    # --- the sender's clock -------------------------------------------------------------------------------------------

    def _place(self, sequence: int, timestamp: int, length: int, arrival_s: float) -> int:
        """Where a packet begins, on the sender's clock as we count it."""
        newest = self._newest
        if newest is None:
            self._next_at_s = arrival_s
            self._shrink_after_s = arrival_s + REMEMBERED_S
            self._hold = FIRST_DELAY
            self._newest = _Newest(sequence, timestamp, 0, length)
            return 0
        begin = newest.begin + timestamp_step(timestamp, newest.timestamp)
        slack = begin - round(arrival_s * SAMPLE_RATE) - self._offset()
        if self._foreign or not -JUMP <= slack <= JUMP:
            begin = self._restart(newest, sequence)
        if begin >= newest.begin or self._foreign:
            self._newest = _Newest(sequence, timestamp, begin, length)
            self._foreign = False
        return begin

    def _restart(self, newest: "_Newest", sequence: int) -> int:
        """Go on without a break on another clock: behind the newest packet, or as for a first one if it was played."""
        self.counts.restarts += 1
        self._quiet_from = self._quiet_to = 0
        missing = 0 if self._foreign else max(0, sequence_step(sequence, newest.sequence) - 1)
        self._foreign = True
        self._seen = [-1] * _REMEMBERED
        begin = newest.begin + newest.length * (1 + min(missing, MOST_MISSING))
        if begin < self._next + CHUNK_SAMPLES:
            begin = self._next + FIRST_DELAY
        self._slack.forget()
        return begin

    def _offset(self) -> int:
        """How the sender's positions and our clock belong together, in samples; less is a longer delay."""
        return self._next - round(self._next_at_s * SAMPLE_RATE) - self._hold

    # --- a delay that fits --------------------------------------------------------------------------------------------

    def _catch(self, begin: int, arrival_s: float) -> bool:
        """Lengthen the delay for a packet that is late; whether it can still be played itself."""
        behind = self._next - begin
        in_time = self._played_to <= begin
        growth = behind if in_time else -(-behind // CHUNK_SAMPLES) * CHUNK_SAMPLES
        fastest = self._slack.highest - self._offset() if self._slack.known else 0
        if fastest + growth <= LONGEST_DELAY:
            self._shrink_after_s = arrival_s + REMEMBERED_S
            if in_time:
                self.counts.stretched += growth
                self._next = begin
                return True
            self._hold = max(self._hold, growth)
            return False
        if self._late_since_s is None:
            self._late_since_s = arrival_s
        silent = in_time and self._next - self._played_to > LONGEST_DELAY
        if not silent and arrival_s - self._late_since_s < BEHIND_S:
            return False
        self.counts.restarts += 1
        self._slack.forget()
        self._packets.clear()
        self._next = begin
        self._hold = CHUNK_SAMPLES
        return True

    def _has_time_to_spare(self) -> bool:
        """Whether all packets of late came a chunk and more before their time."""
        return self._slack.known and self._slack.lowest - self._offset() - CHUNK_SAMPLES >= SPARE

    def _skip(self, count: int) -> None:
        self.counts.skipped += count
        self._next += count
        self._concealer.skipped()

    # --- sound --------------------------------------------------------------------------------------------------------

    def _played(self, count: int) -> bytes:
        """The next `count` samples, whatever is missing filled in."""
        if self._packets:
            first = self._packets[0]
            if first.begin == self._next and len(first.pcm) == CHUNK_BYTES and count == CHUNK_SAMPLES:
                del self._packets[0]
                self._next = self._played_to = first.end
                return self._concealer.heard(first.pcm)
        pieces = []
        ends = self._next + count
        while self._next < ends:
            pieces.append(self._piece(ends))
        return b"".join(pieces)

    def _piece(self, ends: int) -> bytes:
        """As much as can be had in one go: a part of a packet, or of a gap."""
        begin = self._next
        while self._packets and self._packets[0].end <= begin:
            del self._packets[0]
        until = ends
        if self._packets:
            first = self._packets[0]
            if first.begin <= begin:
                self._next = self._played_to = min(ends, first.end)
                at, to = (begin - first.begin) * BYTES_PER_SAMPLE, (self._next - first.begin) * BYTES_PER_SAMPLE
                return self._concealer.heard(first.pcm[at:to])
            until = min(ends, first.begin)
        if self._quiet_from <= begin < self._quiet_to:
            self._next = min(until, self._quiet_to)
            return self._concealer.heard(bytes((self._next - begin) * BYTES_PER_SAMPLE))
        self._next = until
        if begin - self._played_to < FADED:
            self.counts.concealed += until - begin
        return self._concealer.conceal(until - begin)


def _is_silent(pcm: bytes) -> bool:
    """Whether a chunk is not worth hearing."""
    if pcm == SILENCE:
        return True
    wave = np.frombuffer(pcm, "<i2")
    return int(wave.min()) >= -SILENT_PEAK and int(wave.max()) <= SILENT_PEAK


class _Newest(NamedTuple):
    """The packet furthest on."""

    sequence: int
    timestamp: int
    begin: int
    length: int
