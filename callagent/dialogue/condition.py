"""The `when` of a step: comparisons joined by and/or. Data, never evaluated as code."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias, cast

Operator: TypeAlias = Literal["is", "is not", "is at least", "is at most", "is more than", "is less than"]

_COMPARISON = re.compile(
    r"(?P<subject>.+?)\s+is(?:\s+(?P<how>not|at least|at most|more than|less than))?\s+(?P<value>.+)"
)
_FOREIGN = re.compile(r"(greater|bigger|larger|smaller|fewer|lower|higher|above|below|over|under|equals?|[<>=!])(\W|$)")
_LEFT_OVER = re.compile(r"(^|\s)(and|or)(\s|$)")
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,6})?")
_GRAMMAR = "Write 'X is Y', 'is not', 'is at least', 'is at most', 'is more than' or 'is less than', joined by and/or."


@dataclass(frozen=True, slots=True)
class Comparison:
    """One value held against another."""

    subject: str
    operator: Operator
    value: str

    def holds(self, values: Mapping[str, str]) -> bool:
        """Whether it is so; about a value that is not known nothing is so, not even "is not"."""
        actual = values.get(self.subject)
        if actual is None:
            return False
        left, right = _number(actual), _number(self.value)
        if self.operator in ("is", "is not"):
            same = left == right if left is not None and right is not None else _fold(actual) == _fold(self.value)
            return same == (self.operator == "is")
        if left is None or right is None:
            return False
        return {
            "is at least": left >= right,
            "is at most": left <= right,
            "is more than": left > right,
            "is less than": left < right,
        }[self.operator]


@dataclass(frozen=True, slots=True)
class Condition:
    """Any of several sets of comparisons that all hold: "and" binds tighter than "or"."""

    alternatives: tuple[tuple[Comparison, ...], ...]

    def holds(self, values: Mapping[str, str]) -> bool:
        """Whether it is so."""
        return any(all(comparison.holds(values) for comparison in every) for every in self.alternatives)


def parse_condition(text: str, complain: Callable[[str, str], None]) -> Condition | None:
    """Read a condition; `complain(what, remedy)` is called for every part that is none, and None returned."""
    parts = [re.split(r"\s+and\s+", every) for every in re.split(r"\s+or\s+", text.strip())]
    alternatives = tuple(tuple(_comparison(part, complain) for part in every) for every in parts)
    if any(comparison is None for every in alternatives for comparison in every):
        return None
    return Condition(cast("tuple[tuple[Comparison, ...], ...]", alternatives))


def _comparison(text: str, complain: Callable[[str, str], None]) -> Comparison | None:
    match = _COMPARISON.fullmatch(text.strip())
    if match is None or _FOREIGN.match(match["value"]) or _LEFT_OVER.search(text):
        complain(f"'{text}' is no condition.", _GRAMMAR)
        return None
    operator = cast("Operator", f"is {match['how']}" if match["how"] else "is")
    if operator not in ("is", "is not") and _number(match["value"]) is None:
        complain(f"'{match['value']}' is no number, so nothing can be '{operator[3:]}' it.", "Write a plain number.")
        return None
    return Comparison(match["subject"], operator, match["value"])


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())
