"""Which steps of a flow its tests have been to."""

from collections.abc import Iterable
from dataclasses import dataclass

from callagent.dialogue.flow import Flow
from callagent.workshop.transcripts import Outcome


@dataclass(frozen=True, slots=True)
class MissedStep:
    """A step that no test does."""

    flow: str
    step: int
    """Counted from 1."""
    word: str
    """Its action."""
    line: int
    """In the flow's file ..."""
    file: str
    """... which is this one."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a flow was done."""

    done: int
    steps: int
    missed: tuple[MissedStep, ...]

    @property
    def percent(self) -> float:
        """Of all steps; 100 for a flow without any."""
        return 100.0 * self.done / self.steps if self.steps else 100.0


def coverage_of(flow: Flow, outcomes: Iterable[Outcome]) -> Coverage:
    """What the tests reached, passed or not."""
    reached = frozenset().union(*(outcome.steps for outcome in outcomes))
    steps = [(name, number, step) for name, steps in flow.flows.items() for number, step in enumerate(steps, 1)]
    missed = tuple(
        MissedStep(name, number, step.action.word, step.line, flow.homes.get(name, ""))
        for name, number, step in steps
        if (name, number) not in reached
    )
    return Coverage(len(steps) - len(missed), len(steps), missed)
