"""Kinds of things, and what callers call a whole kind: the table ``categories``."""

from collections.abc import Mapping
from dataclasses import dataclass

from callagent.content.table import TableFile
from callagent.knowledge import cells
from callagent.knowledge.catalogue import NO_DOUBT, Doubtful

NEEDED = ("category", "words")


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of things, such as "wire"."""

    name: str
    words: tuple[str, ...] = ()
    """What callers call it, in all languages; they name no single item."""
    goes_with: tuple[str, ...] = ()
    """Categories that are bought together with it, likeliest first."""


def read_categories(
    table: TableFile | None, used: Mapping[str, int], doubtful: Doubtful = NO_DOUBT
) -> Mapping[str, Category]:
    """The categories by name: those of the table, and those `used` in the catalogue's lines that it does not tell."""
    found: dict[str, Category] = {}
    if table is not None and not table.broken:
        table.unique("category")
        for row in table.rows:
            for name in (row.cells["category"], *cells.listed(row.cells.get("goes_with", ""))):
                if name and name not in used and not doubtful("category", name):
                    what = f"No item is of the category '{name}'."
                    table.add(row.line, what, "Is it spelt as in the catalogue?")
        for row in table.good_rows():
            languages = (column for column in table.columns if column == "words" or column.startswith("words_"))
            found[row.cells["category"]] = Category(
                row.cells["category"],
                tuple(word for column in languages for word in cells.listed(row.cells[column])),
                cells.listed(row.cells.get("goes_with", "")),
            )
    return {**{name: Category(name) for name in used if name}, **found}
