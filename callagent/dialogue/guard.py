"""The guard: what the language model wants to say is held against what this call has looked up, sentence by sentence.

A figure, price, stock, measure, date or promise that no look-up of this call returned is not said. The guard is
one-sided on purpose: what it cannot place it objects to, and the caller hears the shop's own line instead. A sentence
that claims nothing passes: "Namaste, how can I help you?".

A number passes only as what it was looked up as: twelve in stock does not let "twelve rupees" pass; and, where the
shop's items are known, only for the item that it was looked up for.
"""

import re
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from callagent.dialogue import claim_words, claims, promises, scope_words
from callagent.dialogue.amounts import Figure, figures_in
from callagent.dialogue.days import Days
from callagent.dialogue.evidence import Fact, Subjects, plain, unit_after
from callagent.dialogue.plain_words import wording_of
from callagent.dialogue.scope import Scope, clauses

Reason: TypeAlias = Literal["price", "stock", "specification", "date", "promise", "figure", "unreadable"]
"""What a sentence claims that nobody looked up; "unreadable" for one that cannot be checked."""

_BINDING: Final = (promises.NOT_ITS_PLACE, promises.AFTER_SALES, promises.STATUS)
"""Claims that only the shop's own words prove."""
_PROMISED: Final = frozenset({"saving", "above"})
"""Topics of figures that sound like a gift."""
LONGEST: Final = 600
"""Characters of a sentence that is worth reading: nobody says more in one breath."""


class Guard:
    """Checks the sentences of one reply, each as soon as it is complete."""

    def __init__(
        self,
        facts: Collection[Fact],
        today: date | None = None,
        subjects: Subjects | None = None,
        asked: str = "",
    ) -> None:
        """`today` is the shop's date: without it no "tomorrow" passes. `asked` are the caller's words."""
        self._facts = tuple(facts)
        self._today = today
        self._subjects = subjects or Subjects()
        self._asked = wording_of(asked[:LONGEST]) or []
        self._topic = self._subjects.among(self._asked)
        """The items that were named last, by the caller or in this reply: "it" is one of them."""

    def learn(self, facts: Collection[Fact]) -> None:
        """What was looked up since."""
        self._facts = tuple({*self._facts, *facts})

    def objection(self, sentence: str) -> Reason | None:
        """Why a sentence must not be said; None when it may. Never raises, and takes well under a millisecond."""
        words = wording_of(sentence) if len(sentence) <= LONGEST else None
        if words is None:
            return "unreadable"
        named = self._subjects.among(words)
        self._topic = named or self._topic
        text = claims.SMALL_TALK.sub(" | ", claims.PRONOUN.sub(r" \1 \2 | ", f" {' '.join(words)} "))
        if promises.REFUSES.fullmatch(text.rstrip()):
            return None
        asks = sentence.rstrip().endswith("?")
        parts = clauses(text.split(), self._subjects) if len(named) > 1 else ()
        if not parts:
            return self._objection_to(text, self._topic, asks=asks)
        found = (self._objection_to(f" {' '.join(part)} ", frozenset({item}), asks=asks) for item, part in parts)
        return next(filter(None, found), None)

    def _objection_to(self, text: str, topic: frozenset[str], *, asks: bool) -> Reason | None:
        known = self._known(topic)
        return _Reading(text, known, self._today, self._subjects, self._asked, asks=asks).objection()

    def _known(self, topic: frozenset[str]) -> frozenset[Fact]:
        """The facts that a sentence about this topic can be about; about two items at once nothing is known."""
        if len(topic) > 1:
            return frozenset()
        return frozenset(fact for fact in self._facts if self._concerns(fact, topic))

    def _concerns(self, fact: Fact, topic: frozenset[str]) -> bool:
        if not topic or fact.about:
            return not topic or fact.about in topic
        whose = fact.kind in ("stock", "warranty") or (fact.kind == "price" and not fact.topics)
        return not whose or not fact.field


def objection(
    sentence: str, facts: Collection[Fact], today: date | None = None, subjects: Subjects | None = None
) -> Reason | None:
    """As `Guard.objection`, for a reply of one sentence."""
    return Guard(facts, today, subjects).objection(sentence)


class _Reading:
    """One sentence while it is checked."""

    def __init__(
        self,
        text: str,
        facts: frozenset[Fact],
        today: date | None,
        subjects: Subjects,
        asked: Sequence[str],
        *,
        asks: bool,
    ) -> None:
        self.text = text
        self.words = text.split()
        self.known = facts
        self.facts = {(fact.kind, fact.value) for fact in facts}
        self.scope = Scope(self.words, subjects, asked)
        self.subjects = subjects
        self.asks = asks
        self.today = today
        self.offers_to_look = asks and promises.ASKS.fullmatch(text.rstrip()) is not None
        self.dated: frozenset[int] = frozenset()
        """Words that are part of a date that was looked up."""
        self.verified: set[Reason] = set()
        """What of it was looked up."""
        self.topics: set[str] = set()
        """What the figures in it that were looked up are of."""

    def objection(self) -> Reason | None:
        return self._date() or self._figures() or self._claims()

    def _date(self) -> Reason | None:
        claimed = Days.of(self.text, self.words)
        if claimed is None:
            return None
        if not any(self.scope.of_sentence(fact) and claimed.are_of(fact, self.today) for fact in self.known):
            return "date"
        self.dated = claimed.places
        self.verified.add("date")
        return None

    # --- figures ----------------------------------------------------------------------------------------------------

    def _figures(self) -> Reason | None:
        figures = [figure for figure in figures_in(self.words) if not self._is_idle(figure)]
        paid: set[int] = set()
        for number, figure in enumerate(figures):
            if figure.begin in self.dated or number in paid:
                continue
            kind, value = self._claimed(figure)
            if kind == "price" and number + 1 < len(figures) and self._is_paise(figures[number + 1]):
                paid.add(number + 1)
                paise = figures[number + 1].value
                value = "" if figure.value is None or paise is None else plain(figure.value + paise / 100)
            proof = None if figure.value is None else self._proof(kind, value, figure)
            if proof is None or (self._is_inexact(figure) and "above" not in proof.topics):
                return kind
            if kind == "price" and self._is_difference(figure) and "saving" not in proof.topics:
                return kind
            self.verified.add(kind)
            self.topics |= set(proof.topics)
        if self._money_alone(figures):
            return "price"
        return None

    def _is_idle(self, figure: Figure) -> bool:
        """Whether it is a weak number word that counts nothing: "one is cooler", "bataiye do"."""
        last = figure.end >= len(self.words)
        if not figure.weak or (last and (not figure.begin or self.words[figure.begin] not in ("do", "so"))):
            return False
        topics = scope_words.PRICE_TOPIC.search(self.text) or scope_words.STOCK_TOPIC.search(self.text)
        return not (topics or unit_after(self.words, figure) or self._by_money(figure))

    def _claimed(self, figure: Figure) -> tuple[Reason, str]:
        """What a figure is given out as, and its value as a fact of that kind would hold it."""
        value = "" if figure.value is None else plain(figure.value)
        unit = unit_after(self.words, figure)
        if self._by_money(figure):
            return "price", value
        if self.scope.counts_for_price(figure):
            return "figure", value
        if unit == "piece":
            return "stock", value
        if unit:
            return "specification", f"{value} {unit}"
        if scope_words.PRICE_TOPIC.search(self.text) and not self.scope.counts_stock(figure):
            return "price", value
        return ("stock" if scope_words.STOCK_TOPIC.search(self.text) else "figure"), value

    def _by_money(self, figure: Figure) -> bool:
        before = self.words[max(0, figure.begin - 1) : figure.begin]
        return bool(claim_words.MONEY & {*before, *self.words[figure.end : figure.end + 1]})

    def _is_paise(self, figure: Figure) -> bool:
        return bool(claim_words.PAISE & set(self.words[figure.end : figure.end + 1]))

    def _is_inexact(self, figure: Figure) -> bool:
        """Whether words beside it make it another number: "about", "more than", "se kam"."""
        begin, end = max(0, figure.begin - 3), figure.end + 4
        around = f" {' '.join(self.words[begin : figure.begin])} | {' '.join(self.words[figure.end : end])} "
        return claims.INEXACT.search(around) is not None

    def _is_difference(self, figure: Figure) -> bool:
        """Whether a sum lies between two prices: "200 rupees less than", "200 रुपये ज़्यादा"."""
        around = [*self.words[figure.end : figure.end + 4], "|", *self.words[max(0, figure.begin - 3) : figure.begin]]
        return claims.DIFFERENCE.search(f" {' '.join(around)} ") is not None

    def _proof(self, kind: Reason, value: str, figure: Figure) -> Fact | None:
        """The fact that a figure is, where it stands; None when it is none."""
        wanted = {(kind, value)}
        amount, _, unit = value.partition(" ")
        if unit == "year":
            wanted.add(("specification", f"{plain(Decimal(amount) * 12)} month"))
        if kind == "stock" and not scope_words.STOCK_TOPIC.search(self.text):
            wanted.add(("figure", value))
        facts = (fact for fact in self.known if (fact.kind, fact.value) in wanted)
        return next((fact for fact in facts if self.scope.of_figure(fact, figure)), None)

    def _money_alone(self, figures: Sequence[Figure]) -> bool:
        """Whether money is spoken of and no figure belongs to it."""
        beside = {number for figure in figures for number in (figure.begin - 1, figure.end)}
        return any(word in claim_words.MONEY and number not in beside for number, word in enumerate(self.words))

    # --- claims without a figure ------------------------------------------------------------------------------------

    def _claims(self) -> Reason | None:
        text = self.text
        if self.offers_to_look and not (promises.PROMISE.search(text) or promises.NOT_ITS_PLACE.search(text)):
            return None
        if self._promises() or any(map(self._unproved, _BINDING)):
            return "promise"
        priced = claims.PLAIN_PRICE.sub(" ", text) if "price" in self.verified else text
        if claims.PRICE_CLAIM.search(scope_words.TOPICS["tax"].sub(" ", priced) if "tax" in self.topics else priced):
            return "price"
        if self._unproved(claims.LOOSE_STOCK) or (claims.STOCK_CLAIM.search(text) and not self._stock_holds()):
            return "stock"
        if self._made_otherwise() or (self._unproved(claims.WARRANTY_CLAIM) and not self._warranted()):
            return "specification"
        return "date" if self._unproved(claims.DATE_CLAIM) else None

    def _unproved(self, claim: re.Pattern[str], without: Sequence[re.Pattern[str]] = ()) -> bool:
        """Whether something is claimed in words that no text that was looked up has; some words are no claim."""
        said = self.text
        for words in without:
            said = words.sub(" ", said)
        claimed = [(found.groupdict().get("what") or found.group()).strip() for found in claim.finditer(said)]
        texts = self._texts()
        return any(not any(f" {words} " in text for text in texts) for words in claimed)

    def _made_otherwise(self) -> bool:
        """Whether a quality, a colour or a maker is claimed that nobody looked up."""
        if any(map(self._unproved, (claims.SPECIFICATION_CLAIM, claims.MAKE_CLAIM, claims.BRAND_CLAIM))):
            return True
        return not self.asks and (self._of_another_colour() or self._of_another_brand())

    def _of_another_colour(self) -> bool:
        """Whether a colour is said, in whichever language, that nothing was looked up in."""
        told = {colour for text in self._texts() for word in text.split() if (colour := claim_words.COLOURS.get(word))}
        said = self.subjects.beside(self.words)
        colours = {colour for word in said if (colour := claim_words.COLOURS.get(word)) and colour != word}
        return bool(colours - told)

    def _of_another_brand(self) -> bool:
        return any(
            not any(f" {brand} " in text for text in self._texts()) for brand in self.subjects.brands_in(self.words)
        )

    def _texts(self) -> Sequence[str]:
        return [f" {value} " for kind, value in self.facts if kind == "text"]

    def _promises(self) -> bool:
        if not self._unproved(promises.PROMISE, without=[scope_words.TOPICS[name] for name in self.topics & _PROMISED]):
            return False
        dated = "date" in self.verified and promises.DELIVERY.search(self.text)
        return not dated or promises.BINDING.search(self.text) is not None

    def _stock_holds(self) -> bool:
        stocks = [Decimal(value) for kind, value in self.facts if kind == "stock"]
        if claims.NOT_THERE.search(self.text):
            return bool(stocks) and all(stock <= 0 for stock in stocks)
        return bool(stocks) and all(stock > 0 for stock in stocks)

    def _warranted(self) -> bool:
        warranties = {value not in ("no", "0") for kind, value in self.facts if kind == "warranty"}
        beyond = {"lifetime", "extended", "unlimited"} & set(self.words)
        return warranties == {claims.NOT_THERE.search(self.text) is None} and not beyond
