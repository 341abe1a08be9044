"""Rolling scores: what the last minutes of all calls say of each provider. Time is an argument."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from callagent.events import StageName
from callagent.monitor.thresholds import MEASURES, Thresholds

KEPT: Final = 200
"""Values of each measure."""
WINDOW_S: Final = 600.0
"""How long a value counts."""
ENOUGH: Final = 20
"""So many values are needed before a measure is judged; with fewer, one bad turn would do."""
FIRST_S: Final = "first_s"

Key: TypeAlias = tuple[StageName, str]
"""A stage, and one of its providers."""


class Window:
    """The latest values of one measure."""

    def __init__(self) -> None:
        self._values: deque[tuple[float, float]] = deque(maxlen=KEPT)

    def note(self, value: float, now_s: float) -> None:
        """One more."""
        self._values.append((now_s, value))

    def values(self, now_s: float) -> list[float]:
        """Those that still count."""
        while self._values and now_s - self._values[0][0] > WINDOW_S:
            self._values.popleft()
        return [value for _, value in self._values]


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure of the last minutes."""

    value: float
    samples: int


@dataclass(frozen=True, slots=True)
class Shortcoming:
    """A measure that is worse than its threshold."""

    measure: str
    value: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Score:
    """How one provider has been doing."""

    stage: StageName
    provider: str
    figures: Mapping[str, Figure] = field(default_factory=dict)
    """By measure: those of `Thresholds`, and "p50_s". A measure without values is missing."""

    def shortcomings(self, thresholds: Thresholds, enough: int = ENOUGH) -> tuple[Shortcoming, ...]:
        """Where it falls short, as far as `enough` values say."""
        found = []
        for measure in MEASURES:
            figure, threshold = self.figures.get(measure), getattr(thresholds, measure)
            if figure is None or threshold is None or figure.samples < enough:
                continue
            if figure.value < threshold if measure == "confidence" else figure.value > threshold:
                found.append(Shortcoming(measure, figure.value, threshold))
        return tuple(found)


class Scores:
    """Of all providers."""

    def __init__(self) -> None:
        self._windows: dict[Key, dict[str, Window]] = {}

    @property
    def keys(self) -> tuple[Key, ...]:
        """Whoever did anything since it was last forgotten."""
        return tuple(self._windows)

    def note(self, key: Key, measure: str, value: float, now_s: float) -> None:
        """One value: seconds for "first_s", 0 or 1 for a share, 0 to 1 for "confidence"."""
        self._windows.setdefault(key, {}).setdefault(measure, Window()).note(value, now_s)

    def forget(self, key: Key) -> None:
        """What was is no guide any more."""
        self._windows.pop(key, None)

    def of(self, key: Key, now_s: float) -> Score:
        """How a provider has been doing."""
        return Score(*key, figures_of(self.values(key, now_s)))

    def values(self, key: Key, now_s: float) -> dict[str, list[float]]:
        """What its figures are made of, by measure."""
        return {measure: window.values(now_s) for measure, window in self._windows.get(key, {}).items()}


def figures_of(values: Mapping[str, Sequence[float]]) -> dict[str, Figure]:
    """The figures of some values by measure."""
    figures: dict[str, Figure] = {}
    for measure, some in values.items():
        if measure == FIRST_S:
            figures |= spread(some)
        elif some:
            figures[measure] = Figure(round(sum(some) / len(some), 4), len(some))
    return figures


def spread(values: Sequence[float]) -> dict[str, Figure]:
    """Of some seconds "p50_s" and "p95_s", by nearest rank."""
    in_order = sorted(values)
    number = len(in_order)
    return {
        f"p{share}_s": Figure(round(in_order[(number * share - 1) // 100], 4), number) for share in (50, 95) if number
    }
