"""What the caller wants: phrases of the data files, weighed against each other."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from callagent.dialogue.spoken.lexicon import number_words
from callagent.dialogue.understanding.lexicon import INTENTS, STRENGTHS, Lexicon
from callagent.dialogue.understanding.meaning import Ranked
from callagent.dialogue.understanding.measures import Found, forms_of
from callagent.dialogue.understanding.patterns import Edge, Match, Patterns, classes_of
from callagent.dialogue.understanding.sound import Speller, singular, sound_of
from callagent.dialogue.understanding.tokens import Token, words_in

SOCIAL = ("goodbye", "deny", "thanks", "greeting", "affirm")
"""What goes with any other wish; the earlier one tells more than the later."""
_LEAST = 0.4
"""Less is not worth mentioning."""
_BUSINESS = 0.5
"""A wish so sure outweighs politeness."""
_IN_A_NAME = 0.5
"""What a word still says when it is part of a thing's name, as "power" in "power socket"."""
_FUZZY_LEAST = 0.82
_TOPICS = frozenset(INTENTS) - {"price", "stock", *SOCIAL}
_YIELDS: Mapping[str, frozenset[str]] = {
    "price": _TOPICS,
    "stock": _TOPICS | {"price"},
    "specification": frozenset(
        {"warranty", "bulk order", "delivery", "complaint", "return", "order status", "installation"}
    ),
    "delivery": frozenset({"installation", "order status", "bulk order", "complaint", "return", "human"}),
    "location": frozenset({"order status", "warranty", "delivery", "timings"}),
    "order status": frozenset({"complaint", "return"}),
    "timings": frozenset({"order status", "delivery", "return", "installation", "complaint"}),
    "complaint": frozenset({"return", "warranty"}),
    "bulk order": frozenset({"complaint", "return", "order status"}),
    "installation": frozenset({"complaint"}),
}
"""Of two wishes that are both clear, the general one yields to the particular: "delivery kitne ki hai"."""
_CLEAR, _YIELDING = 0.85, 0.9
_SPANS: Mapping[str, str] = {"product": "<item>", "quantity": "<count>", "date": "<day>", "order number": "<code>"}


class Intents:
    """The phrases of all languages, and the shop's own."""

    def __init__(self, lexicon: Lexicon, own: Mapping[str, Sequence[str]], goods_words: frozenset[str]) -> None:
        self._patterns, self._refusals, self._advice = Patterns(), Patterns(), Patterns()
        self._classes: dict[str, tuple[str, ...]] = {}
        self._goods_words = goods_words
        self.fillers = frozenset[str]().union(*(words.fillers for words in lexicon.languages))
        self._until = frozenset(word for words in lexicon.languages for word in words.refusals.get("until", ()))
        self._plain = frozenset[str]().union(
            *(words.ordinary | words.function_words | words.fillers for words in lexicon.languages)
        )
        self._plain |= number_words()
        for words in lexicon.languages:
            prefix = f"{words.name}."
            for word, classes in classes_of(words.groups, prefix).items():
                self._classes[word] = (*self._classes.get(word, ()), *classes)
            for intent, phrase, weight in words.phrases:
                self._patterns.add(intent, phrase, weight, prefix=prefix)
            for phrase in words.advice:
                self._advice.add("advice", phrase, 1.0, prefix=prefix)
            for side in ("before", "after"):
                for phrase in words.refusals.get(side, ()):
                    self._refusals.add(side, phrase, 1.0, prefix=prefix)
        for intent, phrases in own.items():
            for phrase in phrases:
                self._patterns.add(intent, " ".join(words_in(phrase)), STRENGTHS["sure"])
        english = next(words for words in lexicon.languages if words.name == "english")
        mine = Patterns()
        for _, phrase, _ in english.phrases:
            mine.add("", phrase, 1.0)
        self._english = english.function_words | english.ordinary | mine.words
        self._elsewhere = lexicon.entities.lists["elsewhere"]
        self._determiners = lexicon.determiners
        self._speller = Speller(self._patterns.words | self._advice.words | self._classes.keys())
        self.known = self._speller.known | self._plain
        """Every word of the phrases and of everyday speech."""
        self._read = lru_cache(maxsize=8_192)(self._reading)

    @property
    def words(self) -> frozenset[str]:
        """Every word that stands in a phrase."""
        return self._speller.known

    def edges(self, tokens: Sequence[Token], found: Sequence[Found]) -> list[list[Edge]]:
        """What may be read at each place of a sentence."""
        edges = [
            [Edge(symbol, at + 1, likeness) for symbol, likeness in self._read(forms_of(token), token.native)]
            for at, token in enumerate(tokens)
        ]
        for each in found:
            if each.kind == "product" and each.end - each.begin > 1:
                for at in range(each.begin, each.end):
                    edges[at] = [Edge(edge.symbol, edge.end, edge.likeness * _IN_A_NAME) for edge in edges[at]]
        described = {each.end: each.begin for each in found if each.kind in {"colour", "brand", "rating", "size"}}
        for each in found:
            symbol = _SPANS.get(each.kind)
            if symbol is None:
                continue
            edges[each.begin].append(Edge(symbol, each.end))
            begin = each.begin
            while each.kind == "product" and begin > 0:
                begin = described.get(begin, begin - 1 if tokens[begin - 1].text in self._determiners else begin)
                if Edge(symbol, each.end) in edges[begin]:
                    break
                edges[begin].append(Edge(symbol, each.end))
            if each.kind in {"order number", "quantity", "pin code", "phone number"}:
                edges[each.begin].append(Edge("<number>", each.end))
        return edges

    def _reading(self, forms: tuple[str, ...], native: bool) -> tuple[tuple[str, float], ...]:
        """The words and classes that one word may be."""
        likeness = self._likeness(forms, native=native)
        symbols = dict(likeness)
        for word, near in likeness.items():
            for name in self._classes.get(word, ()):
                symbols[name] = max(near, symbols.get(name, 0.0))
        if forms[0][:1].isdigit():
            symbols["<number>"] = 1.0
        return tuple(symbols.items())

    def _likeness(self, forms: tuple[str, ...], *, native: bool) -> dict[str, float]:
        """The words that one word may be, and how near each is."""
        likeness: dict[str, float] = {}
        for form in forms:
            likeness.setdefault(form, 1.0)
            likeness.setdefault(singular(form), 0.99)
        text = forms[0]
        near: list[tuple[str, float]] = []
        if self._speller.known.isdisjoint(forms) and not self._is_other(text):
            guesses = self._speller.guesses(text, native=native)
            near += [(guess.word, guess.likeness) for guess in guesses if guess.likeness >= _FUZZY_LEAST]
        if self._english.isdisjoint(forms):
            near += [(mate, 0.97) for form in self._speller.known & set(forms) for mate in self._speller.mates(form)]
        for word, degree in near:
            if any(_alike(form, word) for form in forms):
                likeness.setdefault(word, degree)
        return likeness

    def _is_other(self, word: str) -> bool:
        return word in self._goods_words or word in self._plain

    def ranked(
        self, tokens: Sequence[Token], edges: Sequence[Sequence[Edge]], refused: Sequence[range]
    ) -> list[Ranked]:
        """The caller's wishes, the likeliest first."""
        matches = [
            match
            for match in self._patterns.find(edges)
            if not any(set(range(match.begin, match.end)) <= set(scope) for scope in refused)
        ]
        long = [match for match in matches if match.size > 1]
        kept = [match for match in matches if not any(_outdoes(other, match) for other in long)]
        scores: dict[str, float] = {}
        covered: dict[str, int] = {}
        for intent in INTENTS:
            mine = [self._weighed(match, tokens) for match in kept if match.name == intent]
            scores[intent], covered[intent] = _together(mine)
        ranked = _weighed_up(scores, covered, tokens)
        if not self._elsewhere.isdisjoint(form for token in tokens for form in forms_of(token)):
            at_home = any(edge.symbol == "<item>" for place in edges for edge in place)
            ranked = {name: score * (1.0 if at_home else 0.4) for name, score in ranked.items()}
        order = sorted(ranked, key=lambda name: (-ranked[name], -covered[name], INTENTS.index(name)))
        return [Ranked(name, round(min(ranked[name], 0.99), 3)) for name in order if ranked[name] >= _LEAST]

    def refused(self, tokens: Sequence[Token], edges: Sequence[Sequence[Edge]], found: Sequence[Found]) -> list[range]:
        """The stretches that the caller does not want."""
        scopes = []
        matches = list(self._refusals.find(edges))
        products = [each for each in found if each.kind == "product"]
        for match in matches:
            if any(_outdoes_same(other, match) for other in matches):
                continue
            if match.name == "before":
                scopes += self._after(tokens, match, products)
            else:
                scopes += _before(tokens, match, products)
        return scopes

    def asks_advice(self, edges: Sequence[Sequence[Edge]]) -> bool:
        """Whether an opinion is asked for: "which fan is the quietest", "copper lu ya aluminium"."""
        return any(match.weight >= _FUZZY_LEAST for match in self._advice.find(edges))

    def _after(self, tokens: Sequence[Token], match: Match, products: Sequence[Found]) -> list[range]:
        """What "I don't want ..." refuses: the next words, until another clause begins."""
        if match.size == 1 or tokens[match.begin].text == "not":
            return [range(each.begin, each.end) for each in products if match.end <= each.begin <= match.end]
        end = match.end
        while end < len(tokens) and end < match.end + 5:
            if end > match.end and (
                tokens[end].after_break or tokens[end].text in self._until or tokens[end].text == "i"
            ):
                break
            end += 1
        return [range(match.end, end)] if end > match.end else []

    def _weighed(self, match: Match, tokens: Sequence[Token]) -> Match:
        """Single words of courtesy count where courtesy stands: at the beginning, or alone."""
        weight = match.weight
        if match.name == "greeting" and match.begin > 2:
            weight *= 0.3
        elif match.name in {"affirm", "deny"} and match.size == 1 and match.begin > 1 and len(tokens) > 3:
            weight *= 0.4
        return Match(match.name, weight, match.begin, match.end, match.size)


def _alike(word: str, other: str) -> bool:
    """Whether words of like sound look alike as well; short ones are too many to go by sound alone."""
    return fuzz.ratio(word, other) >= (60 if len(sound_of(word)) > 3 else 75)


def _before(tokens: Sequence[Token], match: Match, products: Sequence[Found]) -> list[range]:
    """What "... nahi chahiye" refuses: the words before it, back to the beginning of its clause."""
    if match.size == 1:
        later = any(each.begin >= match.end for each in products)
        around = tokens[match.begin - 1].text if match.begin else ""
        hits = [each for each in products if 0 <= match.begin - each.end <= 1]
        return (
            [range(each.begin, each.end) for each in hits]
            if later and around not in {"ya", "ki", "kyun", "hai"}
            else []
        )
    begin = match.begin
    while begin > 0 and begin > match.begin - 5 and not tokens[begin].after_break:
        if (
            tokens[begin - 1].text in {"chahiye", "chahie", "lekin", "aur", "magar", "par", "but"}
            and begin < match.begin
        ):
            break
        begin -= 1
    return [range(begin, match.begin)] if begin < match.begin else []


def _outdoes(other: Match, match: Match) -> bool:
    """Whether a longer phrase of another wish holds this one: "order status" holds "order"."""
    if other.name == match.name or other.size <= match.size:
        return False
    if other.end - other.begin > other.size and match.weight > _BUSINESS:
        return False  # with words skipped, it does not really hold them
    wider = other.begin <= match.begin and match.end <= other.end
    return wider and other.weight >= 0.85 * match.weight


def _outdoes_same(other: Match, match: Match) -> bool:
    return other.size > match.size and other.begin <= match.begin and match.end <= other.end


def _together(matches: Sequence[Match]) -> tuple[float, int]:
    """All evidence for one wish, each word counted once, and how many words speak for it."""
    doubt, taken = 1.0, set[int]()
    for match in sorted(matches, key=lambda each: (-each.weight, -each.size)):
        places = set(range(match.begin, match.end))
        if taken.isdisjoint(places):
            doubt *= 1 - min(match.weight, 0.97)
            taken |= places
    return 1 - doubt, len(taken)


def _weighed_up(scores: Mapping[str, float], covered: Mapping[str, int], tokens: Sequence[Token]) -> dict[str, float]:
    """The scores after courtesy has stepped back behind business, and behind weightier courtesy."""
    result = dict(scores)
    for name, others in _YIELDS.items():
        if any(scores[other] >= _CLEAR for other in others):
            result[name] *= _YIELDING
    business = max((score for name, score in scores.items() if name not in SOCIAL), default=0.0)
    for place, name in enumerate(SOCIAL):
        uncovered = len(tokens) - covered[name]
        if business >= _BUSINESS:
            result[name] *= 0.45
        elif uncovered > 2:
            result[name] *= 0.75 if uncovered < 4 else 0.5
        if any(scores[other] >= 0.6 for other in SOCIAL[:place]):
            result[name] *= 0.6
    return result
