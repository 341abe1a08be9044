"""Who repairs what, and for how long: the months in the catalogue, and the table ``warranty``."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from callagent.content.table import TableFile
from callagent.knowledge import cells
from callagent.knowledge.catalogue import NO_DOUBT, Doubtful, Item

NEEDED = ("brand", "category", "how_to_claim")
_RULE = ("brand", "category")


@dataclass(frozen=True, slots=True)
class Terms:
    """How warranty is claimed for a brand's things of a category; either may be empty, for all."""

    brand: str
    category: str
    facts: Mapping[str, str]

    def fits(self, item: Item) -> bool:
        """Whether they are the terms for that item."""
        return self.brand in ("", item.more.get("brand")) and self.category in ("", item.more.get("category"))


class Warranties:
    """The warranty terms of a shop."""

    def __init__(self, terms: Sequence[Terms] = (), gives: Sequence[str] = ()) -> None:
        self._terms = sorted(terms, key=lambda one: (one.brand == "", one.category == ""))
        self.gives = tuple(gives)
        """Facts that all terms have; one may be empty."""

    def facts(self, item: Item) -> Mapping[str, str]:
        """How to claim: the terms of the item's brand before those for all; all empty when there are none."""
        found = next((terms.facts for terms in self._terms if terms.fits(item)), {})
        return {name: found.get(name, "") for name in self.gives}


def covered_until(bought_on: date, months: int) -> date | None:
    """The last day of a warranty; None without one. One that ended on a day the month lacks ends on its last."""
    if months <= 0:
        return None
    years, month = divmod(bought_on.month - 1 + months, 12)
    year = bought_on.year + years
    if year > date.max.year:
        return None
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(bought_on.day, last))


def months_of(item: Item) -> int:
    """How long an item's warranty is; 0 when it has none."""
    return int(item.more.get("warranty months") or 0)


def read_warranties(
    table: TableFile,
    brands: Mapping[str, object],
    categories: Mapping[str, object],
    doubtful: Doubtful = NO_DOUBT,
) -> Warranties:
    """The terms in the good rows of a table; what is wrong with the others is kept in it."""
    if table.broken:
        return Warranties()
    seen: dict[tuple[str, str], int] = {}
    for row in table.rows:
        brand, category = row.cells["brand"], row.cells["category"]
        cells.filled(row, "how_to_claim", table, "Write what the customer has to do.")
        if brand and brand not in brands and not doubtful("brand", brand):
            table.add(row.line, f"No item is of the brand '{brand}'.", "Is it spelt as in the catalogue?")
        if category and category not in categories and not doubtful("category", category):
            table.add(row.line, f"No item is of the category '{category}'.", "Is it spelt as in the catalogue?")
        if seen.setdefault((brand, category), row.line) != row.line:
            table.add(row.line, f"Line {seen[brand, category]} is for the same things.", "Take one out.")
    columns = [column for column in table.columns if column not in _RULE]
    terms = [
        Terms(
            row.cells["brand"],
            row.cells["category"],
            {cells.said(column): row.cells[column] for column in columns},
        )
        for row in table.good_rows()
    ]
    return Warranties(terms, [cells.said(column) for column in columns])
