"""Where each message of caller's audio belongs: gaps, repeats and jumps in the carrier's own timestamps."""

from typing import Final

from callagent.media.audio import CHUNK_SAMPLES, SAMPLE_RATE, Chunk
from callagent.telephony.leg import LegCounters

LONGEST_JUMP: Final = 10 * SAMPLE_RATE
"""Samples; a larger one is a broken clock, not a gap: positions go on as if nothing had happened."""


class Timeline:
    """Turns timestamps into sample positions that never go back; counts what was lost or came late."""

    def __init__(self, counters: LegCounters) -> None:
        self._counters = counters
        self._expected = 0
        self._offset: int | None = None

    def place(self, timestamp_ms: int, pcm: bytes) -> Chunk | None:
        """The chunk at its position, or None for one that came too late to be heard."""
        stamped = timestamp_ms * SAMPLE_RATE // 1000
        if self._offset is None:
            self._offset = stamped
        position = stamped - self._offset
        ahead = position - self._expected
        if ahead < -CHUNK_SAMPLES and ahead >= -LONGEST_JUMP:
            self._counters.late_chunks += 1
            return None
        if ahead > LONGEST_JUMP or ahead < -LONGEST_JUMP:
            # Count from here on the carrier's new clock.
            self._offset = stamped - self._expected
            ahead = 0
        if ahead > CHUNK_SAMPLES:
            self._counters.lost_chunks += round(ahead / CHUNK_SAMPLES)
            self._expected = position
        chunk = Chunk(pcm, self._expected)
        self._expected = chunk.end
        return chunk
