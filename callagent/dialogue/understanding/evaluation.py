"""How well an interpreter does on labelled sentences."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from callagent.dialogue.understanding.meaning import Interpretation


class Understands(Protocol):
    """What is evaluated."""

    def interpret(self, text: str) -> Interpretation:
        """What the caller means."""
        ...


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence and what it means."""

    text: str
    language: str
    intents: tuple[str, ...]
    """All that is wanted, in any order; ("none",) when nothing is."""
    entities: tuple[tuple[str, str], ...] = ()
    """Kinds and values, in any order."""


@dataclass(slots=True)
class Tally:
    """Counts over some cases."""

    cases: int = 0
    intents_right: int = 0
    languages_right: int = 0
    entities_right: int = 0
    entities_expected: int = 0
    entities_found: int = 0

    @property
    def intent_accuracy(self) -> float:
        """The share of cases whose wish was found: all of them when there are several."""
        return self.intents_right / self.cases if self.cases else 1.0

    @property
    def language_accuracy(self) -> float:
        """The share of cases whose language was found."""
        return self.languages_right / self.cases if self.cases else 1.0

    @property
    def entity_f1(self) -> float:
        """The harmonic mean of precision and recall over all entities, kind and value both right."""
        total = self.entities_expected + self.entities_found
        return 2 * self.entities_right / total if total else 1.0


@dataclass(frozen=True, slots=True)
class Mistake:
    """A case that came out otherwise."""

    case: Case
    got: Interpretation
    what: tuple[str, ...]
    """Which of "intent", "language" and "entities" are wrong."""


@dataclass(slots=True)
class Report:
    """The outcome of an evaluation."""

    overall: Tally = field(default_factory=Tally)
    by_language: dict[str, Tally] = field(default_factory=dict)
    confusions: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often one intent was taken for another: (expected, got)."""
    mistakes: list[Mistake] = field(default_factory=list)


def evaluate(cases: Iterable[Case], interpreter: Understands) -> Report:
    """Interpret all cases and count. Of several wishes the likeliest must be one of them, and all must be ranked."""
    report = Report()
    for case in cases:
        got = interpreter.interpret(case.text)
        wrong = _wrong(case, got)
        expected, found = Counter(case.entities), _named(case, got)
        for tally in (report.overall, report.by_language.setdefault(case.language, Tally())):
            tally.cases += 1
            tally.intents_right += "intent" not in wrong
            tally.languages_right += "language" not in wrong
            tally.entities_right += (expected & found).total()
            tally.entities_expected += expected.total()
            tally.entities_found += found.total()
        if "intent" in wrong:
            report.confusions[case.intents[0], got.intent] += 1
        if wrong:
            report.mistakes.append(Mistake(case, got, wrong))
    return report


def _wrong(case: Case, got: Interpretation) -> tuple[str, ...]:
    ranked = {each.name for each in got.intents} or {got.intent}
    expected = Counter(case.entities)
    right: Mapping[str, bool] = {
        "intent": got.intent in case.intents and (case.intents == ("none",) or set(case.intents) <= ranked),
        "language": got.language == case.language,
        "entities": expected == _named(case, got),
    }
    return tuple(what for what, is_right in right.items() if not is_right)


def _named(case: Case, got: Interpretation) -> Counter[tuple[str, str]]:
    """What was found; of several items that it may be, the one that is expected."""
    found: Counter[tuple[str, str]] = Counter()
    for each in got.entities:
        fitting = (value for value in each.candidates if (each.kind, value) in case.entities)
        found[each.kind, next(fitting, each.value)] += 1
    return found
