"""What a caller may say now, as a finite-state grammar.

::

    ──► START ─filler─► BEFORE ─filler─► READY        SAID ─filler─► END
          └───────────────┴─────────────►─┤            ▲ └──────────►─┘
                                          ├── a phrase ┤
                                          └── D0 ─digit─► D1 ─digit─► D2 ... from `fewest` on

"double four" and "triple zero" walk two and three states along the digits. A weight is what a step costs beside others
out of the same state; the numbers were found by measuring, and are no chances.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count

from callagent.stt.spoken import spoken_words
from callagent.stt.transcriber import Hints

START, BEFORE, READY, SAID, END = range(5)
DIGITS = {
    "zero": "0",
    "oh": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
}
HINDI_DIGITS = {
    "shunya": "0",
    "ek": "1",
    "do": "2",
    "teen": "3",
    "chaar": "4",
    "paanch": "5",
    "chhah": "6",
    "chhe": "6",
    "saat": "7",
    "aath": "8",
    "nau": "9",
}
REPEATS = {"double": 2, "triple": 3}
DIGIT_WEIGHT = 1e-7
"""A digit must earn its place, or breath between two digits becomes a third."""
REPEAT_WEIGHT = 1e-8
FILLER_WEIGHT = 1e-7
"""As a digit: a filler must earn its place against breath and noise."""
LAST_FILLER_WEIGHT = 1e-18
"""Few phrases are followed by one, but every phrase by a breath, which is like a short word."""
HINDI_LANGUAGES = ("hi", "hinglish")
HINDI_MARK = "~"
"""Behind a Hindi word whose letters are also an English word ("do")."""


@dataclass(frozen=True, slots=True)
class Step:
    """One arrow of the grammar; without a word it is taken in silence."""

    source: int
    target: int
    weight: float
    word: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What heard words mean."""

    text: str
    begin: int
    """Where among the words the phrase begins: before it are fillers."""
    end: int
    """And after its last one."""


@dataclass(frozen=True)
class Grammar:
    """What can be heard, and how to read it back."""

    hints: Hints

    @cached_property
    def phrases(self) -> dict[tuple[str, ...], str]:
        """Words as spoken to the phrase as hinted; the first of two that sound alike."""
        return _spoken(self.hints.phrases)

    @cached_property
    def fillers(self) -> dict[tuple[str, ...], str]:
        """Words as spoken to the filler as hinted."""
        return _spoken(self.hints.fillers)

    @cached_property
    def digits(self) -> dict[str, str]:
        """Every word for a digit to its figure; empty when no number is expected."""
        if self.hints.digits is None:
            return {}
        if not self.hindi:
            return DIGITS
        # Nobody says "oh" among Hindi digits, and a soft "do" sounds like it.
        english = {word: figure for word, figure in DIGITS.items() if word != "oh"}
        return english | {word + HINDI_MARK: figure for word, figure in HINDI_DIGITS.items()}

    @property
    def hindi(self) -> bool:
        """Whether the caller is expected to talk Hindi, or English with it."""
        return self.hints.language.lower().split("-")[0] in HINDI_LANGUAGES

    @property
    def words(self) -> frozenset[str]:
        """Every word that needs a pronunciation."""
        numbers = {*self.digits, *REPEATS} if self.digits else set()
        return frozenset(numbers.union(*self.phrases, *self.fillers))

    def steps(self, sayable: frozenset[str]) -> tuple[Step, ...]:
        """The arrows, over the words that have a pronunciation; empty when nothing at all can be said.

        A phrase with a word that is not `sayable` is left out.
        """
        states = count(END + 1)
        phrases = [words for words in self.phrases if sayable.issuperset(words)]
        share = 1 / (len(phrases) + bool(self.digits)) if phrases or self.digits else 0.0
        arrows = list(_shared(READY, SAID, phrases, share, states))
        if self.digits and self.hints.digits is not None:
            arrows += self._number(*self.hints.digits, share, states)
        if not arrows:
            return ()
        # No more of them: a free string of short words fits nearly anything that anybody can say.
        places = (
            (START, BEFORE, FILLER_WEIGHT),
            (BEFORE, READY, FILLER_WEIGHT),
            (SAID, END, LAST_FILLER_WEIGHT),
        )
        for source, target, weight in places:
            arrows.append(Step(source, target, 1.0))
            fillers = [words for words in self.fillers if sayable.issuperset(words)]
            arrows += _shared(source, target, fillers, weight, states)
        return tuple(arrows)

    def read(self, heard: tuple[str, ...]) -> "Reading | None":
        """Heard words as a transcript: phrases and fillers as hinted, digits as one figure.

        None when the words are not a whole sentence of this grammar, as when the caller broke off.
        """
        for begin, before in self._filler_runs(heard):
            for end in range(len(heard), begin, -1):
                meant = self.phrases.get(heard[begin:end]) or self._figures(heard[begin:end])
                after = next(
                    (texts for size, texts in self._filler_runs(heard[end:]) if size == len(heard) - end), None
                )
                if meant and after is not None:
                    return Reading(" ".join((*before, meant, *after)), begin, end)
        return None

    def _filler_runs(self, words: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Every way in which `words` may begin with fillers, none of them first: how many words, and their texts."""
        yield 0, ()
        for filler, text in self.fillers.items():
            if words[: len(filler)] == filler:
                for size, texts in self._filler_runs(words[len(filler) :]):
                    yield len(filler) + size, (text, *texts)

    def _figures(self, words: tuple[str, ...]) -> str:
        """Spoken digits as figures; empty when `words` are anything else, or too few or too many."""
        figures, times = "", 1
        for word in words:
            if word in REPEATS and times == 1 and self.digits:
                times = REPEATS[word]
            elif word in self.digits:
                figures, times = figures + self.digits[word] * times, 1
            else:
                return ""
        fewest, most = self.hints.digits or (1, 0)
        return figures if times == 1 and fewest <= len(figures) <= most else ""

    def _number(self, fewest: int, most: int, share: float, states: "count[int]") -> Iterator[Step]:
        places = [next(states) for _ in range(most + 1)]
        yield Step(READY, places[0], share)
        for place in range(most):
            for word in self.digits:
                yield Step(places[place], places[place + 1], DIGIT_WEIGHT, word)
            for repeat, times in REPEATS.items():
                if place + times <= most:
                    once = next(states)
                    yield Step(places[place], once, REPEAT_WEIGHT, repeat)
                    for word in self.digits:
                        yield Step(once, places[place + times], DIGIT_WEIGHT, word)
        for place in range(max(fewest, 1), most + 1):
            yield Step(places[place], SAID, 1.0)


def _spoken(phrases: tuple[str, ...]) -> dict[tuple[str, ...], str]:
    table: dict[tuple[str, ...], str] = {}
    for phrase in phrases:
        words = spoken_words(phrase)
        if words:
            table.setdefault(words, phrase)
    return table


@dataclass
class _Node:
    """A place in a tree of phrases."""

    following: "dict[str, _Node]" = field(default_factory=dict)
    last: bool = False
    """Whether a phrase ends here."""


def _shared(
    source: int, target: int, phrases: Sequence[tuple[str, ...]], weight: float, states: "count[int]"
) -> Iterator[Step]:
    """Arrows for many phrases, each of which costs `weight` once.

    How they begin and how they end is shared, which halves the work of two thousand ways to name a product.
    """
    root = _Node()
    for words in phrases:
        node = root
        for word in words:
            node = node.following.setdefault(word, _Node())
        node.last = True
    known: dict[tuple[bool, tuple[tuple[str, int], ...]], int] = {(True, ()): target}
    found: list[Step] = []

    def state_of(node: _Node) -> int:
        onward = tuple((word, state_of(after)) for word, after in sorted(node.following.items()))
        key = node.last, onward
        if key not in known:
            known[key] = next(states)
            found.extend(Step(known[key], after, 1.0, word) for word, after in onward)
            if node.last:
                found.append(Step(known[key], target, 1.0))
        return known[key]

    found += [Step(source, state_of(node), weight, word) for word, node in sorted(root.following.items())]
    return iter(found)
