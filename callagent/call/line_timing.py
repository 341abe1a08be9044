"""When the line brought its sound and the clock ticked, put down for whoever wants to have the call again."""

from itertools import pairwise
from typing import Final

from callagent.call.journal import Journal
from callagent.evidence import LineTimed
from callagent.media.audio import SAMPLE_RATE, Chunk

UNITS_PER_S: Final = 10_000
MOST: Final = 250
"""Chunks, and ticks, in one event: 5 s."""
_UNITS_PER_SAMPLE: Final = UNITS_PER_S / SAMPLE_RATE


class LineTiming:
    """That of one call."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._zero = 0
        self._position = 0
        self._end = 0
        """Of the sound so far."""
        self._came: list[int] = []
        self._gaps: list[int] = []
        self._beats: list[int] = []
        """Since the call began."""

    def begin(self, now_s: float) -> None:
        """Position 0 is now."""
        self._zero = self._units(now_s)

    def heard(self, chunk: Chunk, now_s: float) -> None:
        """A chunk came, in its place."""
        if not self._came:
            self._position = self._end = chunk.position
        if chunk.position != self._end:
            self._gaps += len(self._came), chunk.position - self._end
        self._end = chunk.end
        self._came.append(self._units(now_s) - self._zero - round(chunk.position * _UNITS_PER_SAMPLE))

    def ticked(self, now_s: float) -> None:
        """The clock did."""
        self._beats.append(self._units(now_s))
        if len(self._beats) >= MOST:
            self._tell()

    def close(self) -> None:
        """The call is over."""
        if self._beats or self._came:
            self._tell()

    def _units(self, now_s: float) -> int:
        return round(self._journal.at_s(now_s) * UNITS_PER_S)

    def _tell(self) -> None:
        beats = self._beats
        self._journal.write(
            LineTimed(
                at_s=self._journal.at_s(),
                zero=self._zero,
                position=self._position,
                came=tuple(self._came),
                gaps=tuple(self._gaps),
                first_beat=beats[0] if beats else 0,
                beats=tuple(after - before for before, after in pairwise(beats)),
            )
        )
        self._came, self._gaps, self._beats = [], [], []
