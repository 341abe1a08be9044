"""Shops and labelled sentences for the tests of understanding, from their files."""

from pathlib import Path

from callagent.content.findings import Findings
from callagent.dialogue.document import Listing, Text, read_document
from callagent.dialogue.understanding import Case, ItemNames, read_cases

FOLDER = Path(__file__).parent.parent / "understanding"


def items_of(shop: str) -> list[ItemNames]:
    """The goods of one of the shops."""
    findings = Findings()
    root = read_document(FOLDER / "shops.yaml", findings.of(FOLDER / "shops.yaml"))
    findings.raise_any()
    goods = root.get(shop) if root is not None else None
    assert isinstance(goods, Listing)
    return [_item(node.value) for node in goods.items if isinstance(node, Text)]


def cases_of(file: str) -> list[Case]:
    """The labelled sentences of a file."""
    return read_cases(FOLDER / file)


def _item(text: str) -> ItemNames:
    names, _, labels = text.partition("=>")
    name, *aliases = map(str.strip, names.split("|"))
    facts = dict(label.strip().split("=") for label in labels.split(";") if label.strip())
    return ItemNames(name, tuple(aliases), facts.pop("brand", ""), facts)
