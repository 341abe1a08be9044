"""Phrases with alternatives, gaps and classes, all found in one walk over a sentence.

The notation of the data files: `a/b` is either, `(a)` may be missing, `..` is up to four words of any kind, `<name>`
is a class: a group of words, or a stretch of the sentence such as an item or a number.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

MAX_GAP = 4
_GAP = ".."
SPANS = ("<item>", "<number>", "<code>", "<count>", "<day>")
"""Classes that are stretches of the sentence and no group of words."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A way to read a stretch of the sentence."""

    symbol: str
    """A word, or a class in angle brackets."""
    end: int
    """The place of the word after it."""
    likeness: float = 1.0


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase that was found."""

    name: str
    weight: float
    begin: int
    end: int
    size: int
    """How many words and classes it names."""


@dataclass(slots=True)
class _Node:
    children: "dict[str, _Node]" = field(default_factory=dict)
    gap: "_Node | None" = None
    ends: dict[str, float] = field(default_factory=dict)


class Patterns:
    """Phrases with names, ready to be found."""

    def __init__(self) -> None:
        self._root = _Node()
        self.words: set[str] = set()
        """Every word that stands in a phrase."""

    def add(self, name: str, phrase: str, weight: float, *, prefix: str = "") -> None:
        """Learn a phrase; `prefix` goes before the names of its classes that are groups of one language."""
        frontier = [self._root]
        for piece in phrase.split():
            if piece == _GAP:
                frontier = [self._gap(node) for node in frontier]
                continue
            optional = piece.startswith("(")
            reached = []
            for symbol in piece.strip("()").split("/"):
                named = f"<{prefix}{symbol[1:]}" if symbol.startswith("<") and symbol not in SPANS else symbol
                if not symbol.startswith("<"):
                    self.words.add(symbol)
                reached += [node.children.setdefault(named, _Node()) for node in frontier]
            frontier = [*frontier, *reached] if optional else reached
        for node in frontier:
            if node is not self._root:
                node.ends[name] = max(weight, node.ends.get(name, 0.0))

    @staticmethod
    def _gap(node: _Node) -> _Node:
        if node.gap is None:
            node.gap = _Node()
        return node.gap

    def find(self, edges: Sequence[Sequence[Edge]]) -> Iterator[Match]:
        """All phrases in a sentence, given what may be read at each of its places."""
        for begin in range(len(edges)):
            yield from self._walk(self._root, begin, begin, 1.0, 0, edges)

    def _walk(
        self, node: _Node, begin: int, at: int, likeness: float, size: int, edges: Sequence[Sequence[Edge]]
    ) -> Iterator[Match]:
        for name, weight in node.ends.items():
            yield Match(name, weight * likeness, begin, at, size)
        if at >= len(edges):
            return
        for edge in edges[at]:
            child = node.children.get(edge.symbol)
            if child is not None:
                yield from self._walk(child, begin, edge.end, likeness * edge.likeness, size + 1, edges)
        if node.gap is not None:
            for skipped in range(MAX_GAP + 1):
                if at + skipped < len(edges):
                    yield from self._after_gap(node.gap, begin, at + skipped, likeness, size, edges)

    def _after_gap(
        self, node: _Node, begin: int, at: int, likeness: float, size: int, edges: Sequence[Sequence[Edge]]
    ) -> Iterator[Match]:
        for edge in edges[at]:
            child = node.children.get(edge.symbol)
            if child is not None:
                yield from self._walk(child, begin, edge.end, likeness * edge.likeness, size + 1, edges)


def classes_of(groups: Mapping[str, Iterable[str]], prefix: str) -> dict[str, tuple[str, ...]]:
    """The classes that each word belongs to, by word."""
    found: dict[str, tuple[str, ...]] = {}
    for name, words in groups.items():
        for word in words:
            found[word] = (*found.get(word, ()), f"<{prefix}{name}>")
    return found
