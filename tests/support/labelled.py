"""Goods and labelled sentences for the tests of understanding: those that the shops bring along."""

from pathlib import Path

from callagent.dialogue.understanding import Case, ItemNames, read_cases, read_goods

FLOWS = Path(__file__).parent.parent.parent / "flows"
MEDICAL = "medical.yaml"


def items_of(shop: str) -> list[ItemNames]:
    """The goods that a shop's sentences speak of."""
    return read_goods(FLOWS / shop / "tests" / "understanding" / "goods.yaml")


def cases_of(file: str) -> list[Case]:
    """The labelled sentences of a file."""
    shop = "medical" if file == MEDICAL else "electrical"
    return read_cases(FLOWS / shop / "tests" / "understanding" / file)
