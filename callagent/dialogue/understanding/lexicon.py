"""The words that this package brings along: its data files, read once and strictly."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from callagent.content.document import Listing, Node, Table, Text, read_document
from callagent.content.findings import FileFindings, Findings
from callagent.dialogue.understanding.tokens import words_in

DATA = Path(__file__).parent / "data"
INTENTS = (
    *("price", "stock", "specification", "warranty", "bulk order", "order status", "timings", "location", "delivery"),
    *("installation", "complaint", "return", "human", "greeting", "thanks", "goodbye", "affirm", "deny"),
)
"""All that a caller may want."""
STRENGTHS = {"sure": 0.92, "likely": 0.68, "hint": 0.35}
"""How far one phrase is believed."""

Words = frozenset[str]
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LanguageWords:
    """One language's file."""

    name: str
    groups: Mapping[str, tuple[str, ...]]
    phrases: tuple[tuple[str, str, float], ...]
    """Intent, phrase in the files' notation, and how far it is believed."""
    advice: tuple[str, ...]
    """Phrases that ask for an opinion."""
    refusals: Mapping[str, tuple[str, ...]]
    fillers: Words
    function_words: Words
    weak_words: Words
    shared_words: Words
    ordinary: Words


@dataclass(frozen=True, slots=True)
class NumberWords:
    """What is said besides number words where figures are said one by one."""

    repeats: Mapping[str, int]
    digits: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EntityWords:
    """How measures, units, colours and days are said: phrase to value, by table."""

    tables: Mapping[str, Mapping[Phrase, str]]
    lists: Mapping[str, Words]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything in the data files."""

    languages: tuple[LanguageWords, ...]
    numbers: NumberWords
    entities: EntityWords
    determiners: Words
    """Small words that go before a thing's name."""
    loans: Mapping[str, tuple[str, ...]]
    """English words by how Hindi writes them."""


@cache
def lexicon() -> Lexicon:
    """The package's own words; raises ContentError when a data file is wrong."""
    findings = Findings()
    files = {name: _File(name, findings) for name in ("english", "hindi", "numbers", "entities", "loans")}
    read = Lexicon(
        languages=(_language("english", files["english"]), _language("hindi", files["hindi"])),
        numbers=_numbers(files["numbers"]),
        entities=_entities(files["entities"]),
        determiners=frozenset().union(*(files[name].words("determiners") for name in ("english", "hindi"))),
        loans=_reversed_many(files["loans"].lists("words")),
    )
    findings.raise_any()
    return read


class _File:
    """A data file, section by section."""

    def __init__(self, name: str, findings: Findings) -> None:
        path = DATA / f"{name}.yaml"
        self.findings: FileFindings = findings.of(path)
        self.root = read_document(path, self.findings) or Table((), 0)

    def lists(self, section: str) -> dict[str, tuple[str, ...]]:
        """A section of 'name: [phrase, ...]'."""
        return self.lists_of(self.root.get(section))

    def lists_of(self, node: Node | None) -> dict[str, tuple[str, ...]]:
        """The lists under a node, by name."""
        if not isinstance(node, Table):
            self.findings.add(node.line if node else 0, "A section of lists is missing here.", "See the other file.")
            return {}
        return {key.value: self.texts(value) for key, value in node.entries}

    def texts(self, node: Node | None) -> tuple[str, ...]:
        """The texts of a list, lists inside it included."""
        if isinstance(node, Text):
            return (node.value,) if node.value else ()
        if isinstance(node, Listing):
            return tuple(text for item in node.items for text in self.texts(item))
        self.findings.add(node.line if node else 0, "A list is missing here.", "Write '[one, two]'.")
        return ()

    def words(self, section: str) -> Words:
        """A section that is one list, as a set; empty when it is not there."""
        node = self.root.get(section)
        return frozenset(self.texts(node)) if node is not None else frozenset()


def _language(name: str, file: _File) -> LanguageWords:
    intents = file.root.get("intents")
    phrases: list[tuple[str, str, float]] = []
    for key, strengths in intents.entries if isinstance(intents, Table) else ():
        if key.value not in INTENTS:
            file.findings.unknown(key.line, key.value, "an intent", INTENTS)
        for strength, texts in file.lists_of(strengths).items():
            if strength not in STRENGTHS:
                file.findings.unknown(strengths.line, strength, "a strength", STRENGTHS)
            phrases.extend((key.value, text, STRENGTHS.get(strength, 0.0)) for text in texts)
    return LanguageWords(
        name=name,
        groups=file.lists("groups"),
        phrases=tuple(phrases),
        advice=file.texts(file.root.get("advice")),
        refusals=file.lists("refusals"),
        fillers=file.words("fillers"),
        function_words=file.words("function words"),
        weak_words=file.words("weak words"),
        shared_words=file.words("shared words"),
        ordinary=file.words("ordinary"),
    )


def _numbers(file: _File) -> NumberWords:
    return NumberWords(
        repeats={word: int(value) for word, value in _reversed(file.lists("repeats")).items()},
        digits=_reversed(file.lists("digits")),
    )


def _entities(file: _File) -> EntityWords:
    tables: dict[str, dict[Phrase, str]] = {}
    lists: dict[str, Words] = {}
    for key, node in file.root.entries:
        if isinstance(node, Table):
            tables[key.value] = {tuple(words_in(p)): v for p, v in _reversed(file.lists_of(node)).items()}
            for value in file.lists_of(node):
                tables[key.value].setdefault(tuple(words_in(value)), value)
        else:
            lists[key.value] = frozenset(file.texts(node))
    return EntityWords(tables, lists)


def _reversed(lists: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {text: value for value, texts in lists.items() for text in texts}


def _reversed_many(lists: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for value, texts in lists.items():
        for text in texts:
            found[text] = (*found.get(text, ()), value)
    return found
