"""How well callers are understood: labelled sentences, held against the goods that they speak of."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from callagent.dialogue.shop_words import item_names, own_words
from callagent.dialogue.understanding import (
    Interpretation,
    Interpreter,
    Report,
    Tally,
    evaluate,
    read_cases,
    read_goods,
)
from callagent.workshop.shops import Folders, OpenShop

SETS_FOLDER: Final = "understanding"
"""Below a shop's tests: its labelled sentences."""
GOODS_FILE: Final = "goods.yaml"
"""Beside labelled sentences: the goods that they speak of, in place of a shop's catalogue."""

MEASURES: Final = ("intent", "entities", "language")


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The outcome of one set."""

    file: Path
    goods: int
    """How many things could have been meant."""
    report: Report
    took_ms: Sequence[float]
    """Of each sentence, shortest first."""

    def at_share(self, share: float) -> float:
        """Milliseconds within which that share (0 to 1) of the sentences was understood."""
        last = len(self.took_ms) - 1
        return self.took_ms[min(last, int(share * len(self.took_ms)))] if self.took_ms else 0.0

    def below(self, least: dict[str, float]) -> list[str]:
        """The measures in which the set as a whole falls short of `least` (0 to 1 by measure)."""
        reached = measured(self.report.overall)
        return [name for name, share in least.items() if reached[name] < share]


def measured(tally: Tally) -> dict[str, float]:
    """The share of right ones by measure; of entities, F1."""
    shares = (tally.intent_accuracy, tally.entity_f1, tally.language_accuracy)
    return dict(zip(MEASURES, shares, strict=True))


def sets_of(folders: Folders) -> list[Path]:
    """The labelled sentences that a shop brings along."""
    return sorted(path for path in (folders.tests / SETS_FOLDER).glob("*.yaml") if path.name != GOODS_FILE)


def evaluate_file(file: Path, shop: OpenShop | None = None, clock: Callable[[], float] = perf_counter) -> Evaluated:
    """Have a shop understand the sentences of a file; without a shop, the goods beside the file are what is sold.

    `clock` tells seconds. Raises ContentError for mistakes in the files.
    """
    cases = read_cases(file)
    goods = read_goods(file.parent / GOODS_FILE) if shop is None else item_names(shop.flow.items)
    interpreter = Interpreter(goods, words=own_words(shop.flow) if shop else None)
    interpreter.interpret(" ".join(case.text for case in cases[:1]))  # what is made once is no caller's time
    timed = _Timed(interpreter, clock)
    report = evaluate(cases, timed)
    return Evaluated(file, len(goods), report, sorted(timed.took_ms))


def has_goods(file: Path) -> bool:
    """Whether the goods that a file's sentences speak of stand beside it."""
    return (file.parent / GOODS_FILE).is_file()


def worst(results: Iterable[Evaluated], least: dict[str, float]) -> list[tuple[Path, str]]:
    """All that falls short: file and measure."""
    return [(one.file, name) for one in results for name in one.below(least)]


class _Timed:
    """An interpreter with a stop watch."""

    def __init__(self, interpreter: Interpreter, clock: Callable[[], float]) -> None:
        self._interpreter = interpreter
        self._clock = clock
        self.took_ms: list[float] = []

    def interpret(self, text: str) -> Interpretation:
        began = self._clock()
        found = self._interpreter.interpret(text)
        self.took_ms.append((self._clock() - began) * 1000)
        return found
