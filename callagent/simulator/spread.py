"""Many measured values in a few numbers."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles by the nearest rank: each is a value that was really measured. All 0 when nothing was."""

    count: int
    p50: float
    p95: float
    p99: float
    highest: float

    @classmethod
    def of(cls, values: Iterable[float], zeros: int = 0) -> "Spread":
        """Of `values` and as many zeros besides, which need not be listed."""
        ordered = sorted(values)
        count = len(ordered) + zeros

        def rank(part: float) -> float:
            at = max(1, ceil(part * count)) - 1 - zeros
            return ordered[at] if at >= 0 and ordered else 0.0

        return cls(count, rank(0.5), rank(0.95), rank(0.99), ordered[-1] if ordered else 0.0)
