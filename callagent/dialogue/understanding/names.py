"""The goods in a sentence: by name, alias or a part of it, misheard or misspelt, told apart by brand and measure."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from callagent.dialogue.understanding.cells import Cell, joined_letters, name_cells, said_letters, words_of_name
from callagent.dialogue.understanding.lexicon import lexicon
from callagent.dialogue.understanding.measures import Found, colours, measures
from callagent.dialogue.understanding.numbers import numbers_in
from callagent.dialogue.understanding.ratings import Ratings
from callagent.dialogue.understanding.sizes import AMBIGUOUS, MOST_CANDIDATES, Sizes
from callagent.dialogue.understanding.sound import Guess, Speller, sound_of
from callagent.dialogue.understanding.tokens import tokens_of

_WHOLE, _UNBRANDED, _CORE, _HEAD = 1.0, 0.97, 0.9, 0.6
_LONE_GUESS = 0.87
"""A misspelt word that stands alone must be at least so near."""
_JOINED = 0.97
_UNSAID = 0.02
"""How much a name loses for a colour that the caller did not say."""


@dataclass(frozen=True, slots=True)
class ItemNames:
    """A thing that the shop sells, as far as callers' words go."""

    name: str
    aliases: Sequence[str] = ()
    """In all languages."""
    brand: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Such as rating, size and colour: what tells it from its like."""


@dataclass(slots=True)
class _Node:
    children: "dict[str, _Node]" = field(default_factory=dict)
    items: dict[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A way to read a stretch of cells as one word of a name."""

    word: str
    end: int
    likeness: float
    firm: bool
    """Whether this alone is a reason to believe in the item."""


@dataclass(frozen=True, slots=True)
class _Hit:
    begin: int
    end: int
    covered: int
    score: float
    node: _Node


class Goods:
    """All items, ready to be found in a sentence."""

    def __init__(self, items: Sequence[ItemNames], brands: Iterable[str], protected: frozenset[str]) -> None:
        self._items = items
        self._protected = protected
        self._root = _Node()
        self._facts: list[dict[str, str]] = []
        self._coloured: set[int] = set()
        self._called: dict[frozenset[str], set[int]] = {}
        self.ratings = Ratings()
        """Of the goods, as they are said without a unit."""
        self._by_figures: dict[str, Counter[str]] = {}
        self._brands: dict[tuple[str, ...], str] = {}
        self.acronyms: set[str] = set()
        for brand in sorted({*brands, *(item.brand for item in items if item.brand)}):
            self._brands[tuple(name_cells(brand))] = brand
        words: set[str] = set()
        self._hidden = {word for brand in self._brands for word in brand}
        for number, item in enumerate(items):
            words |= self._learn(number, item)
        words.discard("")
        self.by_size = Sizes((item.name, facts.get("size", "")) for item, facts in zip(items, self._facts, strict=True))
        """The wires by their size."""
        self.sizes = {figures: sizes.most_common(1)[0][0] for figures, sizes in self._by_figures.items()}
        """The sizes of the goods by their number."""
        self._spoken = {
            sound_of(said): word
            for word in sorted(self.acronyms)
            for said in (said_letters(word[0]) + word[1:], said_letters(word))
        }
        self.words = frozenset(words)
        self._speller = Speller(words)
        sounds = frozenset(sound_of(word) for word in protected if len(word) > 3 and len(sound_of(word)) > 2)
        self._protected_sounds = sounds - {sound_of(word) for word in words}
        self._brand_speller = Speller({word for brand in self._brands for word in brand})

    def _learn(self, number: int, item: ItemNames) -> set[str]:
        facts = dict(_measured(item.name))
        for kind, value in item.attributes.items():
            facts[kind] = dict(_measured(value)).get(kind, value)
        self._facts.append({kind: value.casefold() for kind, value in facts.items()})
        figures = facts.get("size", "").split(" ")[0]
        if figures[:1].isdigit():
            self._by_figures.setdefault(figures, Counter())[facts["size"]] += 1
        if any(kind == "colour" for kind, _ in _measured(item.name)):
            self._coloured.add(number)
        words: set[str] = set()
        heads = set()
        for phrase in (item.name, *item.aliases):
            apart = tokens_of(phrase)
            tokens = joined_letters(apart, None)
            cells = words_of_name(tokens)
            self.acronyms.update(
                _acronyms(phrase, cells, {token.text for token in tokens} - {token.text for token in apart})
            )
            words.update(cells)
            self._add(cells, number, _WHOLE)
            self._called.setdefault(frozenset(cells), set()).add(number)
            bare = [word for word in cells if word not in self._hidden]
            if len(bare) < len(cells):
                self._add(bare, number, _UNBRANDED)
            core = [word for at, word in enumerate(bare) if not _is_measure(bare, at)]
            while core and core[0] in _links():
                core = core[1:]
            self._add(core, number, _CORE)
            self.ratings.learn(core, facts.get("rating", ""))
            if core and core[-1].isalpha():
                heads.add(core[-1])
            if len(cells) == 2 and all(word.isalpha() for word in cells):
                words.add("".join(cells))
                self._add(["".join(cells)], number, _UNBRANDED)
        for head in heads:
            self._add([head], number, _HEAD)
        return words

    def _add(self, words: Sequence[str], number: int, tier: float) -> None:
        node = self._root
        for word in words:
            node = node.children.setdefault(word, _Node())
        if words:
            node.items[number] = max(tier, node.items.get(number, 0.0))

    def brands_in(self, cells: Sequence[Cell]) -> Iterator[Found]:
        """The brands of a sentence."""
        longest = max(map(len, self._brands), default=0)
        at = 0
        while at < len(cells):
            for length in range(min(longest, len(cells) - at), 0, -1):
                found = self._brand(cells[at : at + length])
                if found is not None:
                    yield Found("brand", found[0], cells[at].begin, cells[at + length - 1].end, found[1])
                    at += length - 1
                    break
            at += 1

    def _brand(self, cells: Sequence[Cell]) -> tuple[str, float] | None:
        plain = tuple(cell.words[0] for cell in cells)
        if plain in self._brands:
            return self._brands[plain], 1.0
        words, likeness = [], 1.0
        for cell in cells:
            guesses = self._brand_speller.guesses(cell.words[0], native=cell.token.native)
            if not guesses or cell.words[0] in self._protected or cell.words[0] in self.words:
                return None
            words.append(guesses[0].word)
            likeness = min(likeness, guesses[0].likeness)
        brand = self._brands.get(tuple(words))
        return (brand, likeness) if brand is not None and likeness >= 0.8 else None

    def items_in(self, cells: Sequence[Cell], told: Sequence[Found]) -> list[Found]:
        """The items of a sentence, from left to right; `told` are the brands and measures in it."""
        readings = [self._readings(cells, at) for at in range(len(cells))]
        hits = [hit for begin in range(len(cells)) for hit in self._walk(cells, readings, begin)]
        hits.sort(key=lambda hit: (-hit.covered * hit.score, hit.begin - hit.end, hit.begin))
        counted = [range(each.begin, each.end) for each in told if each.kind == "quantity"]
        taken = {
            at for at, cell in enumerate(cells) if any(cell.begin in span and cell.end - 1 in span for span in counted)
        }
        found = []
        for hit in hits:
            if taken.isdisjoint(range(hit.begin, hit.end)):
                taken.update(range(hit.begin, hit.end))
                found.append(hit)
        chosen = [
            self._choose(cells, hit, told, alone=len(found) == 1) for hit in sorted(found, key=lambda hit: hit.begin)
        ]
        return [each for each in chosen if each is not None]

    def _readings(self, cells: Sequence[Cell], at: int) -> list[_Reading]:
        cell = cells[at]
        readings: dict[str, _Reading] = {}
        for word in (*cell.words, *map(_straight, cell.words)):
            if word in self.words:
                likeness = 1.0 if word in cell.words else _JOINED
                readings.setdefault(word, _Reading(word, at + 1, likeness, firm=not cell.exact))
        if cell.exact:
            return list(readings.values())
        text = cell.words[0]
        protected = not self._protected.isdisjoint(cell.words) or (
            len(text) > 3 and sound_of(text) in self._protected_sounds
        )
        guesses: tuple[Guess, ...] = self._speller.guesses(text, native=cell.token.native)
        if cell.token.native:
            guesses = (*guesses, *self._speller.of_frame(text))
        spoken = self._spoken.get(sound_of(text))
        if spoken is not None and len(text) > 3:
            guesses = (Guess(spoken, 0.95), *guesses)
        for guess in guesses:
            if protected and guess.likeness < 0.95:
                continue
            near = guess.likeness >= _LONE_GUESS and len(sound_of(text)) > 2
            firm = (near and not protected) or guess.likeness >= 0.99
            readings.setdefault(guess.word, _Reading(guess.word, at + 1, guess.likeness, firm=firm))
        if at + 1 < len(cells) and not cells[at + 1].exact:
            pair = text + cells[at + 1].words[0]
            if pair in self.words:
                readings.setdefault(pair, _Reading(pair, at + 2, _JOINED, firm=True))
        return list(readings.values())

    def _walk(self, cells: Sequence[Cell], readings: Sequence[list[_Reading]], begin: int) -> Iterator[_Hit]:
        stack = [(self._root, begin, 0, 1.0, False, begin)]
        while stack:
            node, at, covered, likeness, firm, last = stack.pop()
            if (
                node.items
                and firm
                and not (max(node.items.values()) <= _HEAD and not self._is_name(cells, begin, last, likeness))
            ):
                yield _Hit(begin, last, covered, likeness * max(node.items.values()), node)
            if at >= len(cells):
                continue
            for reading in readings[at]:
                child = node.children.get(reading.word)
                if child is not None:
                    width = reading.end - at
                    near = min(likeness, reading.likeness)
                    stack.append((child, reading.end, covered + width, near, firm or reading.firm, reading.end))
            if covered and last == at and cells[at].words[0] in _links():
                stack.append((node, at + 1, covered, likeness * 0.98, firm, last))

    def _is_name(self, cells: Sequence[Cell], begin: int, end: int, likeness: float) -> bool:
        """Whether the last word of some names may stand for them: not when it is an ordinary word, or misheard."""
        text = cells[begin].words[0]
        return end - begin > 1 or (text not in self._protected and (likeness >= 0.99 or len(sound_of(text)) > 3))

    def _choose(self, cells: Sequence[Cell], hit: _Hit, told: Sequence[Found], *, alone: bool) -> Found | None:
        begin, end = cells[hit.begin].begin, cells[hit.end - 1].end
        near = told if alone else [each for each in told if -1 <= begin - each.end <= 1 or -1 <= each.begin - end <= 1]
        scored = [(tier, number) for number, tier in hit.node.items.items()]
        fitting = [(tier + self._agreement(number, near), tier, number) for tier, number in scored]
        best = max(each[0] for each in fitting)
        winners = [number for score, _, number in fitting if score >= best - 0.005]
        tier = max(tier for score, tier, _ in fitting if score >= best - 0.005)
        said = {word for cell in cells[hit.begin : hit.end] for word in cell.words[:1]}
        said.update(word for each in near for word in _cells_of_measure(each))
        exactly = self._called.get(frozenset(said), set()).intersection(winners)
        if len(exactly) == 1:  # its own name, in whatever order
            winners = list(exactly)
        names = list(dict.fromkeys(self._items[number].name for number in sorted(winners)))
        likeness = hit.score / max(hit.node.items.values())
        if len(names) > 1:
            return Found("product", names[0], begin, end, AMBIGUOUS * likeness, tuple(names[:MOST_CANDIDATES]))
        narrowed = best > tier + _UNSAID
        return Found("product", names[0], begin, end, likeness * (1.0 if narrowed else max(tier, 0.7)))

    def _agreement(self, number: int, told: Sequence[Found]) -> float:
        """How far an item fits what was said of it: conflicts weigh more than what its name is."""
        facts, score = self._facts[number], 0.0
        if number in self._coloured and all(each.kind != "colour" for each in told):
            score -= _UNSAID
        for each in told:
            known = self._items[number].brand if each.kind == "brand" else facts.get(each.kind, "")
            if not known:
                continue
            same = known.casefold() == each.value.casefold()
            alike = each.kind == "size" and known.split(" ")[0] == each.value.split(" ")[0]
            score += 0.5 if same or alike else -0.5
        return score


def _straight(word: str) -> str:
    """What a Hindi thing is called by itself: "pankhe ka rate" is the rate of a "pankha"."""
    return f"{word[:-1]}a" if word.endswith("e") else word


def _links() -> frozenset[str]:
    """Words that may stand between two words of a name."""
    return frozenset(
        {"ka", "ki", "ke", "wala", "wali", "wale", "vala", "vali", "vale", "of", "the", "for", "with", "rated"}
    )


def _is_measure(words: Sequence[str], at: int) -> bool:
    word = words[at]
    figures = word[:1].isdigit() and at + 1 < len(words) and words[at + 1].startswith("~")
    return word.startswith("~") or figures or (word,) in lexicon().entities.tables["colours"]


def _cells_of_measure(found: Found) -> Iterator[str]:
    """A rating or a size as words of a name."""
    figures, _, unit = found.value.partition(" ")
    if found.kind in {"rating", "size"}:
        yield figures
        yield f"~{unit}"


def _measured(name: str) -> Iterator[tuple[str, str]]:
    """What an item's own name says about its measures."""
    tokens = joined_letters(tokens_of(name), None)
    for found in (*measures(tokens, numbers_in(tokens), {}), *colours(tokens)):
        if found.kind in {"rating", "size", "colour"}:
            yield found.kind, found.value


def _acronyms(phrase: str, cells: Sequence[str], spelt: Collection[str]) -> Iterator[str]:
    """Words that may be heard letter by letter: spelt apart, in capitals, or without a vowel."""
    capitals = {word.casefold() for word in phrase.split() if word.isupper() and word.isalpha()}
    for word in cells:
        bare = word.isascii() and word.isalpha() and not set(word) & set("aeiouy")
        if 2 <= len(word) <= 5 and (word in spelt or word in capitals or bare):
            yield word
