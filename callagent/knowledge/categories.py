"""Kinds of things, and what callers call a whole kind: the table ``categories``."""

from collections.abc import Mapping
from dataclasses import dataclass

from callagent.content.table import TableFile
from callagent.knowledge import cells

NEEDED = ("category", "words")


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of things, such as "wire"."""

    name: str
    words: tuple[str, ...] = ()
    """What callers call it, in all languages; they name no single item."""
    goes_with: tuple[str, ...] = ()
    """Categories that are bought together with it, likeliest first."""


def read_categories(table: TableFile | None, used: Mapping[str, int]) -> Mapping[str, Category]:
    """The categories by name: those of the table, and those `used` in the catalogue's lines that it does not tell."""
    found: dict[str, Category] = {}
    if table is not None and not table.broken:
        table.unique("category")
        for row in table.rows:
            _check(row.cells["category"], row.line, used, table)
            for other in cells.listed(row.cells.get("goes_with", "")):
                _check(other, row.line, used, table)
        for row in table.good_rows():
            languages = (column for column in table.columns if column == "words" or column.startswith("words_"))
            found[row.cells["category"]] = Category(
                row.cells["category"],
                tuple(word for column in languages for word in cells.listed(row.cells[column])),
                cells.listed(row.cells.get("goes_with", "")),
            )
    return {**{name: Category(name) for name in used if name}, **found}


def _check(name: str, line: int, used: Mapping[str, int], table: TableFile) -> None:
    if name and name not in used:
        table.add(line, f"No item is of the category '{name}'.", "Is it spelt as in the catalogue?")
