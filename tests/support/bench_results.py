"""Made-up results of a bench."""

from dataclasses import replace
from typing import Any

from callagent.simulator.bench import BenchResult, ServerUse
from callagent.simulator.spread import Spread

NOTHING = Spread.of([])


def spread(p50: float, p95: float = 0.0) -> Spread:
    """Ten values with these percentiles."""
    return Spread(10, p50, p95 or p50, p95 or p50, p95 or p50)


def result(calls: int = 10, cores: float = 0.3, memory_mb: float = 4.0, **changed: Any) -> BenchResult:
    """A bench in which all went well, but for what is `changed`; `memory_mb` is what all calls took."""
    made = BenchResult(
        calls=calls, seconds=30, placed=calls, turns=50, failures={}, hung_up=0, greeting_ms=spread(40),
        response_ms=spread(800, 900), barge_in_ms=spread(100, 150), late_ms=spread(0), gap_ms=NOTHING,
        pause_ms=NOTHING, ahead_peak_ms=80.0, talked_over=0, client_late_ms=spread(1),
        server=ServerUse(cores, 100.0, 100.0 + memory_mb, 4.0),
    )  # fmt: skip
    return replace(made, **changed)
