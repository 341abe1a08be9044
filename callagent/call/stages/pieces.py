"""A model's words, cut into what is spoken in one go: whole sentences, or the beginning of one that may go ahead."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipecat.utils.string import match_endofsentence

from callagent.content.clauses import FIRST_WORDS, LATER_WORDS, clause_end
from callagent.content.markup import Markup


@dataclass(frozen=True, slots=True)
class Piece:
    """What is spoken in one go."""

    text: str
    before: str = ""
    """What of its sentence was given out ahead of it."""
    whole: bool = True
    """Whether its sentence ends with it."""

    @property
    def sentence(self) -> str:
        """The sentence as far as it is known."""
        return f"{self.before} {self.text}".strip()


class Pieces:
    """Of one answer. `may_lead` is asked about beginnings: whether they may be spoken before the rest is known."""

    def __init__(self, may_lead: Callable[[str], bool]) -> None:
        self._may_lead = may_lead
        self._markup = Markup()
        self._rest = ""
        self._before = ""
        """What of the sentence has gone ahead."""
        self._waits = False
        """Whether the rest of the sentence must not go ahead."""
        self._least_words = FIRST_WORDS

    def add(self, written: str) -> Iterator[Piece]:
        """More of the answer; what of it can be spoken now."""
        self._rest += self._markup.add(written)
        yield from self._ready()

    def _ready(self) -> Iterator[Piece]:
        while end := match_endofsentence(self._rest):
            yield self._cut(end, whole=True)
        while not self._waits and (end := clause_end(self._rest, self._least_words)):
            if self._may_lead(Piece(self._rest[:end].strip(), self._before).sentence):
                yield self._cut(end, whole=False)
            else:
                self._waits = True

    @property
    def waiting(self) -> int:
        """Characters that have not been given out."""
        return len(self._rest) + self._markup.held

    def end(self) -> Iterator[Piece]:
        """The answer is complete: what is left of it."""
        if late := self._markup.end():
            self._rest += late
            yield from self._ready()
        if self._rest.strip():
            yield self._cut(len(self._rest), whole=True)

    def _cut(self, end: int, *, whole: bool) -> Piece:
        piece = Piece(self._rest[:end].strip(), self._before, whole)
        self._rest = self._rest[end:]
        self._before = "" if whole else piece.sentence
        self._waits = self._waits and not whole
        self._least_words = LATER_WORDS
        return piece
