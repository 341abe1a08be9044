"""What a figure in a sentence is of: the charge of a delivery, the price of an item, the price of ten of them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from callagent.dialogue import claim_words, claims, scope_words
from callagent.dialogue.amounts import Figure, figures_in
from callagent.dialogue.evidence import Fact, Subjects, neighbours, unit_after

_JOINTS: Final = frozenset({"and", "but", "aur", "lekin", "|", "और", "लेकिन"})
_TIMES: Final = frozenset({"hour", "day", "week", "month", "year", "minute"})
_NOT_AN_ITEMS: Final = frozenset({"delivery", "tax", "saving", "above"})
"""Beside these a price is not simply that of an item."""


class Scope:
    """Tells whether a fact fits the place where a sentence states it."""

    def __init__(self, words: Sequence[str], subjects: Subjects, asked: Sequence[str]) -> None:
        """`asked` are the caller's words: they say what an answer is of that does not say it itself."""
        self._words = words
        self._subjects = subjects
        self._asked = asked
        self._figures = figures_in(words)
        self._topics = _narrowed(scope_words.topics_in(" ".join(words)))

    def of_sentence(self, fact: Fact) -> bool:
        """Whether the sentence as a whole may be about what this is of."""
        said = self._topics or _narrowed(scope_words.topics_in(" ".join(self._asked)))
        return not (fact.topics and fact.field) or bool(said & set(fact.topics))

    def of_figure(self, fact: Fact, figure: Figure) -> bool:
        """Whether the figure may be this fact."""
        if fact.beside:
            return bool(set(fact.beside) & set(neighbours(self._words, figure)))
        if not fact.field:
            return True
        if fact.kind == "price":
            return self._is_price(fact, figure)
        return fact.kind != "specification" or self._is_measure(fact, figure)

    def _is_price(self, fact: Fact, figure: Figure) -> bool:
        clause, said = self._around(figure)
        if not fact.topics:
            return not said & _NOT_AN_ITEMS and self._is_for(fact.quantity, figure)
        if "above" in fact.topics:
            return "above" in said
        return bool(said & set(fact.topics)) if said or self._subjects.among(clause) else self.of_sentence(fact)

    def _is_measure(self, fact: Fact, figure: Figure) -> bool:
        timed = fact.value.rpartition(" ")[2] in _TIMES
        if not fact.topics or not (timed or "tax" in fact.topics):
            return not (timed and self._topics)
        _, said = self._around(figure)
        return bool(said & set(fact.topics)) if said else self.of_sentence(fact)

    def _around(self, figure: Figure) -> tuple[Sequence[str], frozenset[str]]:
        """The clause of a figure, and its topics."""
        clause = self._clause(figure)
        return clause, _narrowed(scope_words.topics_in(" ".join(clause)))

    def counts_for_price(self, figure: Figure) -> bool:
        """Whether a figure says for how many a price is: "for ten pieces"."""
        if figure.value is None or not claim_words.MONEY.intersection(self._words):
            return False
        before, behind = self._words[max(0, figure.begin - 1) : figure.begin], self._words[figure.end : figure.end + 3]
        return bool({"for", "on", "take", "buy"} & set(before) or {"liye", "lene", "lenge", "लिए", "लेने"} & set(behind))

    def counts_stock(self, figure: Figure) -> bool:
        """Whether the words around a figure speak of stock, and of no price."""
        clause = f" {' '.join(self._clause(figure))} "
        return scope_words.STOCK_TOPIC.search(clause) is not None and not scope_words.PRICE_TOPIC.search(clause)

    def _clause(self, figure: Figure) -> Sequence[str]:
        """The words around a figure up to the next "and"."""
        joints = _joints(self._words, self._figures)
        begin = max((place + 1 for place in joints if place < figure.begin), default=0)
        end = min((place for place in joints if place >= figure.end), default=len(self._words))
        return self._words[begin:end]

    def _is_stock(self, figure: Figure, price: Figure) -> bool:
        """Whether a figure beside a price, but not of it, says what there is: "and we have 24 in stock"."""
        return self.counts_stock(figure) and self._clause(figure) != self._clause(price)

    def _is_for(self, quantity: str, price: Figure) -> bool:
        """Whether the sentence, or else the question, speaks of as many pieces as the price is for."""
        counted = {
            one.value
            for one in self._figures
            if one.begin != price.begin
            and unit_after(self._words, one) in ("", "piece")
            and not claim_words.MONEY.intersection(neighbours(self._words, one))
            and not (one.weak and one.value not in (1, 2))
            and not self._is_stock(one, price)
        }
        together = scope_words.TOGETHER.search(f" {' '.join(self._words)} ") is not None
        if not quantity:
            each = scope_words.EACH.search(f" {' '.join(self._words)} ") is not None
            return not together and (each or counted <= {Decimal(1)})
        if counted:
            return Decimal(quantity) in counted
        return {figure.value for figure in figures_in(self._asked)} == {Decimal(quantity)}


def clauses(words: Sequence[str], subjects: Subjects) -> Sequence[tuple[str, Sequence[str]]]:
    """A sentence about several items in parts that are about one each: the item, and the words.

    Empty when it has no such parts, or when one of them only names its item: what is said of the next may be meant of
    both.
    """
    found: list[tuple[str, list[str]]] = []
    begin = 0
    for end in (*_joints(words, figures_in(words)), len(words)):
        part = list(words[begin:end])
        begin = end + 1
        named = subjects.among(part)
        if len(named) > 1 or (not named and not found):
            return ()
        if named:
            found.append((next(iter(named)), part))
        else:
            found[-1][1].extend(("|", *part))
    return found if all(_says_something(part) for _, part in found) else ()


def _says_something(part: Sequence[str]) -> bool:
    return bool(
        claim_words.MONEY.intersection(part)
        or claims.STOCK_CLAIM.search(f" {' '.join(part)} ")
        or any(unit_after(part, figure) for figure in figures_in(part))
    )


def _joints(words: Sequence[str], figures: Sequence[Figure]) -> Sequence[int]:
    """The places of the words that join clauses: no "and" within a figure."""
    inside = {place for one in figures for place in range(one.begin, one.end)}
    return [place for place, word in enumerate(words) if word in _JOINTS and place not in inside]


def _narrowed(topics: frozenset[str]) -> frozenset[str]:
    """An order's delivery is the order's."""
    return topics - {"delivery"} if "order" in topics else topics
