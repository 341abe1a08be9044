"""How many calls a server carries: more and more of them, until what callers hear comes late."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from callagent.simulator.bench import BenchResult
from callagent.simulator.bench_table import HONEST_CLIENT_MS

CALLS: Final = (10, 25, 50, 75, 100, 125, 150, 200, 250, 300, 400)
"""At the same time, step by step."""
LATE_MS: Final = 20.0
"""Limit for the 99th percentile of the lateness of the agent's audio: one frame of the line."""


class Verdict(StrEnum):
    """What a step showed."""

    GOOD = "good"
    LATE = "late"
    FAILED = "failed"
    CLIENT = "client"
    """Something was late or failed, but the measuring client was late itself: that says nothing about the server."""


@dataclass(frozen=True, slots=True)
class Step:
    """So many calls at the same time."""

    result: BenchResult

    @property
    def calls(self) -> int:
        """How many."""
        return self.result.calls

    @property
    def verdict(self) -> Verdict:
        """How that went."""
        result = self.result
        if not result.failures and result.turns and result.late_ms.p99 <= LATE_MS:
            return Verdict.GOOD
        if result.client_late_ms.p99 > HONEST_CLIENT_MS:
            return Verdict.CLIENT
        return Verdict.FAILED if result.failures or not result.turns else Verdict.LATE


@dataclass(frozen=True, slots=True)
class Climb:
    """All steps, in the order in which they were taken."""

    steps: tuple[Step, ...]

    @property
    def last_good(self) -> int:
        """The most calls that went well; 0 when none did."""
        return max((step.calls for step in self.steps if step.verdict is Verdict.GOOD), default=0)

    @property
    def limit(self) -> Step | None:
        """The fewest calls beyond that which did not go well; None when all that was tried went well."""
        beyond = [step for step in self.steps if step.verdict is not Verdict.GOOD]
        return min(beyond, key=lambda step: step.calls, default=None)

    def in_words(self) -> str:
        """What was found."""
        if self.limit is None:
            return f"No limit found: {self.last_good} calls at the same time, the most that were tried, went well."
        why = {
            Verdict.LATE: f"the agent's audio was later than {LATE_MS:.0f} ms at its 99th percentile",
            Verdict.FAILED: "something failed",
            Verdict.CLIENT: "the measuring client was late itself, so this limit is the client's and not the server's",
            Verdict.GOOD: "",
        }
        return (
            f"{self.last_good} calls at the same time were the most that went well; with {self.limit.calls} "
            f"{why[self.limit.verdict]}."
        )

    def as_dict(self) -> dict[str, Any]:
        """Everything, for a JSON file."""
        return {
            "last_good": self.last_good,
            "in_words": self.in_words(),
            "late_limit_ms": LATE_MS,
            "steps": [{"verdict": step.verdict, **step.result.as_dict()} for step in self.steps],
        }


async def until_late(measure: Callable[[int], Awaitable[BenchResult]], calls: Sequence[int] = CALLS) -> Climb:
    """Measure with more and more calls until a step does not go well; then once half-way to the last that did."""
    steps: list[Step] = []
    good = 0
    for number in calls:
        steps.append(Step(await measure(number)))
        if steps[-1].verdict is not Verdict.GOOD:
            half_way = (good + number) // 2
            if half_way > good:
                steps.append(Step(await measure(half_way)))
            break
        good = number
    return Climb(tuple(steps))
