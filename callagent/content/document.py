"""A YAML file as a tree of texts, each with its line.

YAML guesses types: ``9:30`` becomes 570 for one parser, ``no`` becomes false, ``+919800000001`` loses its plus. So no
scalar is given a type here: every one is the text that stands in the file, and whoever knows what it should be reads
it as that. Files come from people: size, depth and aliases are bounded, keys may not occur twice, tags are refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from yaml import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    YAMLError,
)

from callagent.content.findings import FileFindings
from callagent.content.text import first_invisible, read_text
from callagent.content.yaml_words import in_plain_words

MAX_DEPTH = 12
MAX_ALIASES = 32
MAX_NODES = 20_000


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar, as written."""

    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A YAML sequence."""

    items: tuple["Node", ...]
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """A YAML mapping, in the order of the file."""

    entries: tuple[tuple[Text, "Node"], ...]
    line: int

    def get(self, name: str) -> "Node | None":
        """What stands under a key; None when it is not there."""
        return next((node for key, node in self.entries if key.value == name), None)


Node: TypeAlias = Text | Listing | Table


class _UnusableError(Exception):
    """The file breaks a bound or a rule after which reading on makes no sense."""

    def __init__(self, line: int, what: str, remedy: str) -> None:
        self.line, self.what, self.remedy = line, what, remedy
        super().__init__(what)


def read_tree(path: Path, findings: FileFindings) -> Node | None:
    """What a YAML file holds, an empty text when there is nothing; None after adding a finding."""
    text = read_text(path, findings)
    return None if text is None else parse_tree(text, findings)


def parse_tree(text: str, findings: FileFindings) -> Node | None:
    """As `read_tree`, of what a file holds."""
    try:
        return _Reader(text, findings).read() or Text("", 1)
    except _UnusableError as error:
        findings.add(error.line, error.what, error.remedy)
        return None
    except (YAMLError, ValueError, OverflowError) as error:  # the last two of a "\U99999999"
        findings.add(*in_plain_words(error, text))
        return None


def read_document(path: Path, findings: FileFindings) -> Table | None:
    """The mapping at the top of a YAML file; None after adding a finding when there is none."""
    root = read_tree(path, findings)
    if root is not None and not isinstance(root, Table):
        findings.add(1, "The file must hold 'word: value' pairs.", "Start a line with a word and a colon.")
        return None
    return root


def _parse(text: str) -> Iterator[Any]:
    """The parser's events. libyaml is twenty times as fast, and the other one says better what is wrong."""
    try:
        return iter(list(yaml.parse(text, Loader=yaml.CSafeLoader)))
    except YAMLError:
        return yaml.parse(text, Loader=yaml.SafeLoader)


class _Reader:
    """Builds the tree from the parser's events, without ever giving a scalar a type."""

    def __init__(self, text: str, findings: FileFindings) -> None:
        self._events = _parse(text)
        self._findings = findings
        self._anchors: dict[str, tuple[Node, int, int]] = {}
        """Values to be used again, with the number of values in each and its levels."""
        self._deepest = 0
        self._aliases = 0
        self._nodes = 0

    def read(self) -> Node | None:
        """The one document of the file; None when it is empty."""
        root: Node | None = None
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    raise _UnusableError(_line(event), "A second document starts here.", "Take out the '---'.")
                root = self._node(next(self._events), 1)
        return root

    def _node(self, event: Any, depth: int) -> Node:
        self._reach(depth, event)
        if isinstance(event, AliasEvent):
            return self._alias(event, depth)
        if event.tag is not None:
            raise _UnusableError(_line(event), f"The tag '{event.tag}' is not allowed.", "Write the plain value.")
        before, self._deepest, deepest = self._nodes, depth, self._deepest
        self._count(1, event)
        node = self._build(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, self._nodes - before, self._deepest - depth)
        self._deepest = max(deepest, self._deepest)
        return node

    def _reach(self, depth: int, event: Any) -> None:
        if depth > MAX_DEPTH:
            raise _UnusableError(_line(event), "Too many levels inside each other.", f"At most {MAX_DEPTH} make sense.")
        self._deepest = max(self._deepest, depth)

    def _build(self, event: Any, depth: int) -> Node:
        if isinstance(event, ScalarEvent):
            self._check_shown(event)
            return Text(event.value, _line(event))
        if isinstance(event, SequenceStartEvent):
            return Listing(tuple(self._items(depth)), _line(event))
        if not isinstance(event, MappingStartEvent):
            raise _UnusableError(_line(event), "This is not a value.", "Write a word, a list or 'word: value' pairs.")
        return Table(tuple(self._entries(depth)), _line(event))

    def _check_shown(self, event: Any) -> None:
        """Nobody can see what stands there, so nobody would notice what it does."""
        bad = first_invisible(event.value.replace("\t", " "))
        if bad is not None:
            what = f"Here stands the control character U+{ord(bad):04X}."
            raise _UnusableError(_line(event), what, "Type the text anew.")

    def _items(self, depth: int) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                return
            yield self._node(event, depth + 1)

    def _entries(self, depth: int) -> Iterator[tuple[Text, Node]]:
        seen: dict[str, int] = {}
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                return
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Text):
                raise _UnusableError(key.line, "A list cannot stand before a colon.", "Write a single word there.")
            if key.value in seen:
                what = f"'{key.value}' stands here a second time; it is already in line {seen[key.value]}."
                self._findings.add(key.line, what, "Keep one of them.")
                continue
            seen[key.value] = key.line
            empty = isinstance(value, Text) and not value.value  # the parser places it at the next thing that comes
            yield key, Text("", key.line) if empty else value

    def _alias(self, event: Any, depth: int) -> Node:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise _UnusableError(_line(event), "Too many '*' references.", f"At most {MAX_ALIASES} are allowed.")
        if event.anchor not in self._anchors:
            raise _UnusableError(
                _line(event), f"'*{event.anchor}' refers to nothing.", 'Quote a text that starts with "*".'
            )
        node, size, levels = self._anchors[event.anchor]
        self._count(size, event)
        self._reach(depth + levels, event)
        return node

    def _count(self, nodes: int, event: Any) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise _UnusableError(_line(event), "Too many values in one file.", f"At most {MAX_NODES} are allowed.")


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
