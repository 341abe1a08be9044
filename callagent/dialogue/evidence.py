"""What a call has looked up, as facts that a sentence can be held against."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal, NamedTuple, TypeAlias

from callagent.dialogue import claim_words, scope_words
from callagent.dialogue.amounts import Figure, figures_in
from callagent.dialogue.plain_words import wording_of

Kind: TypeAlias = Literal["price", "stock", "specification", "warranty", "date", "figure", "text"]

_PRICES: Final = frozenset(
    {
        *("price", "prices", "total", "subtotal", "rate", "amount", "cost", "mrp", "charge", "fee", "gst", "tax"),
        *("saving", "lowest", "highest", "above"),
    }
)
_PRICED: Final = {"lowest": "cheapest", "highest": "dearest"}
"""The price of a range, and the field that names the item it is of."""
_MOST_DIGITS: Final = 15
_STOCKS: Final = frozenset({"stock", "available", "left"})
_WARRANTIES: Final = frozenset({"warranty", "covered", "guarantee"})


class Fact(NamedTuple):
    """Something that a look-up returned."""

    kind: Kind
    value: str
    """A plain decimal; with its unit for a specification ("16 amp"); an ISO date; the words of a text."""
    about: str = ""
    """The item that was looked up, as the catalogue names it; empty when it was about none."""
    field: str = ""
    """What the look-up calls it: "unit price"; empty for what staff wrote."""
    topics: tuple[str, ...] = ()
    """Of `scope_words.TOPICS` those that it belongs to: a delivery's charge is no item's price."""
    quantity: str = ""
    """How many pieces a price is for; empty when for one, or for any."""
    beside: tuple[str, ...] = ()
    """The words before and behind a figure in a text, which is not told without one of them: "shop twelve"."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """The items that callers and model may name: a price of one says nothing about another."""

    names: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    """Words to the item's name."""
    longest: int = 0
    """Words in the longest of them."""
    brands: Mapping[str, str] = field(default_factory=dict)
    """What makers are called, in any language, to the words of their names in the tables."""

    @classmethod
    def of(
        cls, items: Iterable[tuple[str, Iterable[str]]], brands: Iterable[tuple[str, Iterable[str]]] = ()
    ) -> "Subjects":
        """From each item's name and aliases, and likewise from each maker's."""
        names = {
            tuple(words): name
            for name, aliases in items
            for phrase in (name, *aliases)
            if (words := wording_of(phrase))
        }
        makers = {
            " ".join(words): " ".join(wording_of(brand) or ())
            for brand, said in brands
            for phrase in (brand, *said)
            if (words := wording_of(phrase))
        }
        return cls(names, max(map(len, names), default=0), makers)

    def only(self, text: str) -> str:
        """The one item that a text names; empty for none or several."""
        named = self.among(wording_of(text) or [])
        return next(iter(named)) if len(named) == 1 else ""

    def among(self, words: Sequence[str]) -> frozenset[str]:
        """The items that are named; of overlapping names the longest."""
        return frozenset(name for _, _, name in self._named(words))

    def begun_at_the_end_of(self, words: Sequence[str]) -> bool:
        """Whether the last of these words may be the beginning of an item's name."""
        ends = [tuple(words[-length:]) for length in range(1, min(self.longest, len(words) + 1))]
        return any(name[: len(end)] == end for name in self.names for end in ends)

    def beside(self, words: Sequence[str]) -> Sequence[str]:
        """The words that are no part of an item's name."""
        inside = {place for begin, end, _ in self._named(words) for place in range(begin, end)}
        return [word for place, word in enumerate(words) if place not in inside]

    def brands_in(self, words: Sequence[str]) -> Iterator[str]:
        """The makers that are named, in the words of the tables."""
        text = f" {' '.join(words)} "
        return (name for said, name in self.brands.items() if f" {said} " in text)

    def _named(self, words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
        """Where each name begins and ends, and whose it is."""
        begin = 0
        while begin < len(words):
            for length in range(min(self.longest, len(words) - begin), 0, -1):
                phrase = tuple(words[begin : begin + length])
                name = self.names.get(phrase) or self.names.get((*phrase[:-1], phrase[-1].removesuffix("s")))
                if name is not None:
                    yield begin, begin + length, name
                    begin += length - 1
                    break
            begin += 1


def facts_of(
    arguments: Mapping[str, str],
    values: Mapping[str, str],
    subjects: Subjects | None = None,
    *,
    source: str = "",
    by_model: bool = False,
) -> frozenset[Fact]:
    """The facts in a look-up that found something: numbers that were asked for, and all that came back.

    Where the model asked (`by_model`), only what came back: it must not prove a thing by asking for it. Neither must a
    caller: of the arguments, only one that is a bare number counts, and as no more than a number. `source` is what was
    asked: "delivery".
    """
    subjects = subjects or Subjects()
    item = subjects.only(values.get("name", "")) or subjects.only(" ".join(arguments.values()))
    about = scope_words.topics_in(" ".join((source, *arguments)))
    facts: set[Fact] = set()
    for name, text in values.items():
        named = subjects.only(values.get(_PRICED.get(name, ""), "")) or item
        quantity = values.get("next quantity" if name.startswith("next ") else "quantity", "")
        for fact in _facts_in(name, text.strip()):
            topics = {*fact.topics, *(about if fact.kind in ("price", "date", "specification") else ())}
            if fact.kind == "date" and "order" in topics:
                topics |= {"delivery"}
            many = _plain_number(quantity) if fact.kind == "price" else ""
            facts.add(
                fact._replace(
                    about=named, field=name, topics=tuple(sorted(topics)), quantity="" if many == "1" else many
                )
            )
    if not by_model:
        numbers = ((name, _plain_number(text)) for name, text in arguments.items())
        facts |= {Fact("figure", number, item, name) for name, number in numbers if number}
    return frozenset(facts)


def facts_in_instructions(text: str) -> frozenset[Fact]:
    """The telephone numbers that staff wrote into the model's instructions: it is meant to tell them."""
    words = wording_of(text) or []
    return frozenset(
        Fact("figure", plain(figure.value))
        for figure in figures_in(words)
        if figure.value is not None and figure.value >= 1_000_000 and words[figure.begin][0].isdigit()
    )


def _facts_in(name: str, text: str) -> Iterator[Fact]:
    words = wording_of(name) or []
    topics = tuple(scope_words.topics_in(" ".join(words)))
    if _is_date(text):
        yield Fact("date", text, topics=topics)
        return
    if _WARRANTIES.intersection(words) and text:
        yield Fact("warranty", text.casefold())
    number = _plain_number(text)
    if not number:
        yield from _facts_in_text(text, topics)
        return
    unit = next(
        (claim_words.UNITS[word] for word in words if word in claim_words.UNITS and claim_words.UNITS[word] != "piece"),
        "",
    )
    if unit:  # a rate in percent is no sum of money
        yield Fact("specification", f"{number} {unit}", topics=topics)
    elif _PRICES.intersection(words):
        yield Fact("price", number, topics=topics)
    else:
        yield Fact("stock" if _STOCKS.intersection(words) else "figure", number)


def _facts_in_text(text: str, topics: tuple[str, ...]) -> Iterator[Fact]:
    words = wording_of(text) or []
    if words:
        yield Fact("text", " ".join(words))
    topics = (*topics, *scope_words.topics_in(" ".join(words)))
    for figure in figures_in(words):
        if figure.value is None or not _is_sayable(figure.value):
            continue
        value, unit = plain(figure.value), unit_after(words, figure)
        if unit:
            yield Fact("specification", f"{value} {unit}", topics=topics)
        else:
            yield Fact("figure", value, beside=tuple(neighbours(words, figure)))


def _plain_number(text: str) -> str:
    """A bare number the one way to write it; empty for anything else."""
    try:
        number = Decimal(text.strip())
    except ArithmeticError:
        return ""
    return plain(number) if _is_sayable(number) else ""


def _is_sayable(number: Decimal) -> bool:
    """Whether somebody could say it: "1e999999999" is a number too."""
    return number.is_finite() and (not number or abs(number.adjusted()) <= _MOST_DIGITS)


def neighbours(words: Sequence[str], figure: Figure) -> Sequence[str]:
    """The word before a figure, and the one behind it."""
    return [*words[max(0, figure.begin - 1) : figure.begin], *words[figure.end : figure.end + 1]]


def unit_after(words: Sequence[str], figure: Figure) -> str:
    """The unit that a figure counts; empty for none."""
    square = False
    for word in words[figure.end : figure.end + 3]:
        if word in claim_words.UNITS:
            return f"square {claim_words.UNITS[word]}" if square else claim_words.UNITS[word]
        square = square or word in ("sq", "square")
        if word not in claim_words.BETWEEN:
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
