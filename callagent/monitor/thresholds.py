"""What is expected of a provider: below it, the provider is demoted before it fails."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final, Literal, TypeAlias

from callagent.events import StageName

Measure: TypeAlias = Literal["p95_s", "errors", "empty", "confidence", "no_match", "flawed", "barge_ins"]
"""By what a provider is judged."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of one stage. None: not looked at. Shares are from 0 to 1; all are the most that may be, but `confidence`."""

    p95_s: float | None = None
    """Seconds until the first useful output, of nineteen turns out of twenty."""
    errors: float | None = None
    """Share of its turns in which it failed."""
    empty: float | None = None
    """Share of the turns in which somebody spoke and it heard nothing."""
    confidence: float | None = None
    """Its own, on average; at least so much."""
    no_match: float | None = None
    """Share of what it heard that fitted nothing that was asked."""
    flawed: float | None = None
    """Share of its sentences that were hardly audible, clipped, or had holes."""
    barge_ins: float | None = None
    """Share of its answers that were cut by a caller who had cut the one before as well."""


DEFAULTS: Final[Mapping[StageName, Thresholds]] = {
    "stt": Thresholds(p95_s=1.2, errors=0.2, empty=0.4, confidence=0.3, no_match=0.6),
    "llm": Thresholds(p95_s=1.8, errors=0.2),
    "tts": Thresholds(p95_s=1.0, errors=0.2, flawed=0.2, barge_ins=0.7),
}
MEASURES: Final = tuple(field.name for field in fields(Thresholds))


def thresholds_with(given: Mapping[StageName, Mapping[Measure, float]]) -> dict[StageName, Thresholds]:
    """The defaults with what the configuration gives by stage and measure; a negative number switches one off."""
    return {
        stage: replace(
            usual, **{str(name): None if value < 0 else value for name, value in given.get(stage, {}).items()}
        )
        for stage, usual in DEFAULTS.items()
    }
