"""Labelled sentences in a file: by language and wish, and after "=>" the entities.

hinglish:
price:
- fan ka rate kya hai => product=ceiling fan
price + stock:
- tester hai kya aur kitne ka => product=line tester; quantity=1

The goods that the sentences speak of may stand in a file of their own, each with its aliases and facts:

goods:
- line tester | tester | टेस्टर
- nine watt bulb | bulb => brand=Prakash; rating=9 W
"""

from collections.abc import Iterator
from pathlib import Path

from callagent.content.document import Listing, Table, Text, read_document
from callagent.content.findings import FileFindings, Findings
from callagent.dialogue.understanding.evaluation import Case
from callagent.dialogue.understanding.lexicon import INTENTS
from callagent.dialogue.understanding.meaning import NONE
from callagent.dialogue.understanding.names import ItemNames

LANGUAGES = ("en", "hi", "hinglish")


def read_cases(path: Path) -> list[Case]:
    """The cases of a file; raises ContentError with every mistake in it."""
    findings = Findings()
    file = findings.of(path)
    root = read_document(path, file)
    cases = list(_cases(root, file)) if root is not None else []
    findings.raise_any()
    return cases


def read_goods(path: Path) -> list[ItemNames]:
    """The goods of a file; raises ContentError with every mistake in it."""
    findings = Findings()
    file = findings.of(path)
    root = read_document(path, file)
    listed = root.get("goods") if root is not None else None
    if root is not None and not isinstance(listed, Listing):
        file.add(root.line, "The goods are missing here.", "Write 'goods:' and a list of names below it.")
    nodes = listed.items if isinstance(listed, Listing) else ()
    goods = [_item(node, file) for node in nodes if isinstance(node, Text)]
    findings.raise_any()
    return goods


def _item(node: Text, file: FileFindings) -> ItemNames:
    names, _, labels = node.value.partition("=>")
    name, *aliases = map(str.strip, names.split("|"))
    facts = dict(_labels(labels, node.line, file))
    return ItemNames(name, tuple(aliases), facts.pop("brand", ""), facts)


def _cases(root: Table, file: FileFindings) -> Iterator[Case]:
    for language, wishes in root.entries:
        if language.value not in LANGUAGES:
            file.unknown(language.line, language.value, "a language", LANGUAGES)
        if not isinstance(wishes, Table):
            file.add(wishes.line, "Wishes are missing here.", "Write 'price: [sentence, ...]'.")
            continue
        for names, texts in wishes.entries:
            intents = tuple(names.value.split(" + "))
            for name in intents:
                if name not in (*INTENTS, NONE):
                    file.unknown(names.line, name, "an intent", (*INTENTS, NONE))
            for node in texts.items if isinstance(texts, Listing) else ():
                if not isinstance(node, Text):
                    file.add(node.line, "This is not a sentence.", "Write it in quotes.")
                    continue
                text, _, labels = node.value.partition("=>")
                yield Case(text.strip(), language.value, intents, tuple(_labels(labels, node.line, file)))


def _labels(text: str, line: int, file: FileFindings) -> Iterator[tuple[str, str]]:
    for label in filter(None, map(str.strip, text.split(";"))):
        kind, found, value = label.partition("=")
        if not found:
            file.add(line, f"'{label}' is no entity.", "Write 'kind=value', such as 'product=line tester'.")
        yield kind, value
