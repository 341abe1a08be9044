"""What a call has looked up, as facts that a sentence can be held against."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final, Literal, NamedTuple, TypeAlias

from callagent.dialogue import claims
from callagent.dialogue.amounts import Figure, figures_in
from callagent.dialogue.plain_words import wording_of

Kind: TypeAlias = Literal["price", "stock", "specification", "warranty", "date", "figure", "text"]

_PRICES: Final = frozenset(
    {"price", "prices", "total", "subtotal", "rate", "amount", "cost", "mrp", "charge", "gst", "tax"}
)
_STOCKS: Final = frozenset({"stock", "available", "left"})
_WARRANTIES: Final = frozenset({"warranty", "covered", "guarantee"})


class Fact(NamedTuple):
    """Something that a look-up returned."""

    kind: Kind
    value: str
    """A plain decimal; with its unit for a specification ("16 amp"); an ISO date; the words of a text."""
    about: str = ""
    """The item that was looked up, as the catalogue names it; empty when it was about none."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """The items that callers and model may name: a price of one says nothing about another."""

    names: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    """Words to the item's name."""
    longest: int = 0
    """Words in the longest of them."""

    @classmethod
    def of(cls, items: Iterable[tuple[str, Iterable[str]]]) -> "Subjects":
        """From each item's name and aliases."""
        names = {
            tuple(words): name
            for name, aliases in items
            for phrase in (name, *aliases)
            if (words := wording_of(phrase))
        }
        return cls(names, max(map(len, names), default=0))

    def among(self, words: Sequence[str]) -> frozenset[str]:
        """The items that are named; of overlapping names the longest."""
        found: set[str] = set()
        begin = 0
        while begin < len(words):
            for length in range(min(self.longest, len(words) - begin), 0, -1):
                phrase = tuple(words[begin : begin + length])
                name = self.names.get(phrase) or self.names.get((*phrase[:-1], phrase[-1].removesuffix("s")))
                if name is not None:
                    found.add(name)
                    begin += length - 1
                    break
            begin += 1
        return frozenset(found)


def facts_of(
    arguments: Mapping[str, str],
    values: Mapping[str, str],
    subjects: Subjects | None = None,
    *,
    by_model: bool = False,
) -> frozenset[Fact]:
    """The facts in a look-up that found something: figures that were asked for, and all that came back.

    Where the model asked (`by_model`), only what came back: it must not prove a thing by asking for it. Neither must a
    caller: the words of a question are no promise of the shop's.
    """
    about = (subjects or Subjects()).among([word for text in arguments.values() for word in wording_of(text) or []])
    named = next(iter(about)) if len(about) == 1 else ""
    told = (fact for name, text in values.items() for fact in _facts_in(name, text.strip()))
    asked = (fact for name, text in arguments.items() for fact in _facts_in(name, text.strip()) if fact[0] != "text")
    return frozenset(Fact(kind, value, named) for kind, value in (*told, *(() if by_model else asked)))


def facts_in_instructions(text: str) -> frozenset[Fact]:
    """The telephone numbers that staff wrote into the model's instructions: it is meant to tell them."""
    words = wording_of(text) or []
    return frozenset(
        Fact("figure", plain(figure.value))
        for figure in figures_in(words)
        if figure.value is not None and figure.value >= 1_000_000 and words[figure.begin][0].isdigit()
    )


def _facts_in(name: str, text: str) -> Iterator[tuple[Kind, str]]:
    words = set(name.casefold().replace("_", " ").split())
    if _is_date(text):
        yield "date", text
        return
    if words & _WARRANTIES and text:
        yield "warranty", text.casefold()
    try:
        number = Decimal(text)
    except InvalidOperation:
        yield from _facts_in_text(text)
        return
    if not number.is_finite():
        return
    unit = next((claims.UNITS[word] for word in words if word in claims.UNITS and claims.UNITS[word] != "piece"), "")
    if words & _PRICES:
        yield "price", plain(number)
    elif words & _STOCKS:
        yield "stock", plain(number)
    elif unit:
        yield "specification", f"{plain(number)} {unit}"
    else:
        yield "figure", plain(number)


def _facts_in_text(text: str) -> Iterator[tuple[Kind, str]]:
    words = wording_of(text) or []
    if words:
        yield "text", " ".join(words)
    for figure in figures_in(words):
        if figure.value is None:
            continue
        unit = unit_after(words, figure)
        yield ("specification", f"{plain(figure.value)} {unit}") if unit else ("figure", plain(figure.value))


def unit_after(words: Sequence[str], figure: Figure) -> str:
    """The unit that a figure counts; empty for none."""
    square = False
    for word in words[figure.end : figure.end + 3]:
        if word in claims.UNITS:
            return f"square {claims.UNITS[word]}" if square else claims.UNITS[word]
        square = square or word in ("sq", "square")
        if word not in claims.BETWEEN:
            return ""
    return ""


def plain(value: Decimal) -> str:
    """The one way to write a number: 1249.5, not 1249.50."""
    return format(value.normalize(), "f")


def _is_date(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False
