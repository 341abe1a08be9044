"""A caller's turn, understood without a model: its language, what is wanted, and what it is about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from callagent.dialogue.spoken.lexicon import number_words
from callagent.dialogue.understanding.cells import cells_of, joined_letters
from callagent.dialogue.understanding.codes import codes
from callagent.dialogue.understanding.features import features_of
from callagent.dialogue.understanding.intents import Intents
from callagent.dialogue.understanding.language import language_of
from callagent.dialogue.understanding.learned import scorer
from callagent.dialogue.understanding.lexicon import INTENTS, lexicon
from callagent.dialogue.understanding.meaning import Entity, Interpretation, Ranked
from callagent.dialogue.understanding.measures import Found, colours, dates, letter_sizes, measures, table, unit_after
from callagent.dialogue.understanding.names import Goods, ItemNames
from callagent.dialogue.understanding.numbers import Number, numbers_in
from callagent.dialogue.understanding.patterns import Edge
from callagent.dialogue.understanding.tokens import Token, tokens_of

_WISHING = frozenset(
    {"chahiye", "chahie", "chaiye", "lena", "dena", "bhej", "bhejo", "de", "mangwana", "mangta", "please", "lagenge"}
)
_HAPPENING = frozenset({"ho", "hua", "hui", "hue"})
_ARTICLES = frozenset({"ek", "one", "a", "an"})
_OF_GOODS = frozenset({"specification", "stock", "bulk order"})
"""Wishes whose sentences may ask for an opinion instead of a fact."""


class Interpreter:
    """Understands turns about one shop; building it takes a moment, asking it does not."""

    def __init__(
        self,
        items: Sequence[ItemNames],
        *,
        brands: Iterable[str] = (),
        words: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Learn the shop: its goods, further brands, and its own phrases by intent.

        Raises:
            ValueError: `words` names an intent that does not exist.
        """
        own = dict(words or {})
        if unknown := own.keys() - set(INTENTS):
            raise ValueError(f"No such intent: {', '.join(sorted(unknown))}; there are {', '.join(INTENTS)}.")
        read = lexicon()
        protected = frozenset[str]().union(
            *(each.function_words | each.ordinary | each.weak_words | each.fillers for each in read.languages)
        )
        numbers = number_words()
        units = frozenset(
            word for name in ("units", "sizes") for phrase in read.entities.tables[name] for word in phrase
        )
        ratings = frozenset(word for phrase in read.entities.tables["ratings"] for word in phrase)
        phrases = frozenset(word for each in read.languages for _, phrase, _ in each.phrases for word in phrase.split())
        colours_said = frozenset(word for phrase in read.entities.tables["colours"] for word in phrase)
        self._goods = Goods(items, brands, protected | numbers | phrases | units | colours_said)
        self._spelt = self._goods.acronyms | {unit for unit in units | ratings if 1 < len(unit) < 5}
        self._intents = Intents(read, own, self._goods.words)
        self._scorer = scorer()

    def interpret(self, text: str, *, language_hint: str = "") -> Interpretation:
        """What the caller means, whatever the text; `language_hint` counts when the words tell nothing."""
        tokens = tokens_of(text)
        language, switched = language_of(tokens, language_hint)
        tokens = joined_letters(tokens, self._spelt)
        found = self._found(tokens, language)
        edges = self._intents.edges(tokens, found)
        ruled, refused, features = self._ruled(tokens, found, edges)
        intents = self._scorer.ranked(features, ruled)
        wanted: list[Entity] = []
        unwanted: list[Entity] = []
        for each in found:
            is_refused = any(each.begin in scope for scope in refused)
            (unwanted if is_refused else wanted).append(_entity(each, tokens, text))
        advice = bool(intents) and intents[0].name in _OF_GOODS and self._intents.asks_advice(edges)
        return Interpretation(language, switched, tuple(intents), tuple(wanted), tuple(unwanted), advice)

    def features(self, text: str) -> set[str]:
        """What a scorer of wishes learns from."""
        tokens = tokens_of(text)
        language, _ = language_of(tokens)
        tokens = joined_letters(tokens, self._spelt)
        found = self._found(tokens, language)
        return self._ruled(tokens, found, self._intents.edges(tokens, found))[2]

    def _ruled(
        self, tokens: Sequence[Token], found: Sequence[Found], edges: Sequence[Sequence[Edge]]
    ) -> tuple[Sequence[Ranked], Sequence[range], set[str]]:
        """What the rules make of a sentence, the stretches that are not wanted, and all that can be said of it."""
        refused = self._intents.refused(tokens, edges, found)
        ruled = self._intents.ranked(tokens, edges, refused)
        return ruled, refused, features_of(tokens, found, edges, ruled, self._intents.known)

    def _found(self, tokens: Sequence[Token], language: str) -> list[Found]:
        """All entities, from left to right."""
        numbers = [each for each in numbers_in(tokens) if not (language == "en" and _is_do(tokens, each))]
        coded = list(codes(tokens))
        dated = list(dates(tokens, numbers))
        taken = {place for each in (*coded, *dated) for place in range(each.begin, each.end)}
        numbers = [number for number in numbers if taken.isdisjoint(range(number.begin, number.end))]
        cells = cells_of(tokens, numbers)
        told = [*measures(tokens, numbers, self._goods.sizes), *letter_sizes(tokens)]
        told += [each for each in colours(tokens) if taken.isdisjoint(range(each.begin, each.end))]
        told += self._goods.brands_in(cells)
        told += [each for each in self._goods.ratings.bare_in(cells) if not _is_counted(tokens, each)]
        products = [each for each in self._goods.items_in(cells, told) if taken.isdisjoint(range(each.begin, each.end))]
        products = [each for each in products if not _is_done(tokens, each, products)]
        told = [each for each in told if each.kind != "quantity" or not _is_inside(each, products)]
        products = self._goods.by_size.instead_of(products, told)
        counted = list(_counts(tokens, numbers, products, told))
        return sorted(_once((*coded, *dated, *told, *products, *counted)), key=lambda each: (each.begin, each.end))


def _is_do(tokens: Sequence[Token], number: Number) -> bool:
    """Whether it is the word "do" alone, which is no number in English."""
    return number.end == number.begin + 1 and tokens[number.begin].text == "do"


def _is_counted(tokens: Sequence[Token], number: Found) -> bool:
    """Whether a unit behind a number tells what it counts."""
    return number.end < len(tokens) and table("units").at(tokens, number.end) is not None


def _is_inside(each: Found, products: Iterable[Found]) -> bool:
    return any(product.begin <= each.begin and each.end <= product.end for product in products)


def _is_done(tokens: Sequence[Token], product: Found, products: Sequence[Found]) -> bool:
    """Whether a word says what happens to a thing named before it: "bulb fuse ho gaya"."""
    happens = product.end < len(tokens) and tokens[product.end].text in _HAPPENING
    return happens and product.end == product.begin + 1 and any(each.end <= product.begin for each in products)


def _counts(
    tokens: Sequence[Token], numbers: Sequence[Number], products: Sequence[Found], told: Sequence[Found]
) -> Iterable[Found]:
    """Numbers that count items without a unit: "five fans", "switch pachas chahiye"."""
    used = {place for each in (*told, *products) for place in range(each.begin, each.end)}
    for number in numbers:
        if number.begin in used or number.value != int(number.value) or number.value < 1:
            continue
        if unit_after(tokens, number) is not None or (
            tokens[number.begin].text in _ARTICLES and number.end - number.begin == 1
        ):
            continue
        at = number.end
        while (
            step := next((each.end for each in told if each.begin == at and each.kind != "quantity"), None)
        ) is not None:
            at = step
        before = any(each.begin in {at, number.end} for each in products)
        ending = number.end == len(tokens) or tokens[number.end].text in _WISHING
        after = ending and tokens[number.begin].text != "do" and any(each.end == number.begin for each in products)
        if before or after:
            yield Found("quantity", number.text, number.begin, number.end)


def _once(found: Iterable[Found]) -> list[Found]:
    """Each thing once; what lies in something longer of its kind goes."""
    kept: list[Found] = []
    for each in sorted(found, key=lambda each: (each.begin - each.end, each.begin)):
        same = (other for other in kept if other.kind == each.kind)
        if not any(other.value == each.value or (other.begin < each.end and each.begin < other.end) for other in same):
            kept.append(each)
    return kept


def _entity(found: Found, tokens: Sequence[Token], text: str) -> Entity:
    begin, end = tokens[found.begin].begin, tokens[found.end - 1].end
    return replace(
        Entity(found.kind, found.value, text[begin:end], begin, end),
        confidence=round(found.confidence, 3),
        candidates=found.candidates,
    )
