"""What the shop sells: ``catalogue.csv``."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from callagent.content.findings import FileFindings
from callagent.content.table import Row, TableFile, read_table

NEEDED = ("code", "name", "aliases", "price", "unit", "stock")
_PRICE = re.compile(r"\d{1,9}(\.\d{1,2})?")
_COUNT = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True)
class Item:
    """Something the shop sells."""

    name: str
    """As it is said to callers, such as "ceiling fan"."""
    aliases: tuple[str, ...] = ()
    """What else callers call it."""
    code: str = ""
    price: Decimal = Decimal(0)
    """Rupees."""
    unit: str = ""
    """What the price is for: "piece", "metre", "coil"."""
    stock: int = 0
    """Units on the shelf."""
    more: Mapping[str, str] = field(default_factory=dict)
    """Any further columns of the table."""

    def facts(self) -> Mapping[str, str]:
        """All that can be told about it, as text."""
        return {
            **self.more,
            "code": self.code,
            "price": f"{self.price:f}",
            "unit": self.unit,
            "stock": str(self.stock),
        }


class Catalogue:
    """The items, found by any of their names."""

    def __init__(self, items: Iterable[Item], gives: Iterable[str] = ()) -> None:
        self.items = tuple(items)
        self.gives = tuple(gives)
        """Facts that every item has."""
        self._by_name = {_key(name): item for item in self.items for name in (item.name, *item.aliases)}

    def find(self, name: str) -> Item | None:
        """The item of that name or alias, whatever the case and spacing."""
        return self._by_name.get(_key(name))


def read_catalogue(path: Path, findings: FileFindings) -> Catalogue:
    """Read the table; all that is wrong with it goes to `findings`."""
    table = read_table(path, NEEDED, findings)
    if any(column not in table.columns for column in NEEDED):
        return Catalogue(())
    table.unique("code")
    _check_names(table)
    items = [_item(row, table) for row in table.rows]
    if not items and not findings.found:
        table.add(0, "There is no item in it.", "Add one, even if only one is sold.")
    gives = (*(column for column in NEEDED if column not in ("name", "aliases")), *_further(table))
    return Catalogue(items, (_said(column) for column in gives))


def _further(table: TableFile) -> Iterator[str]:
    return (column for column in table.columns if column not in NEEDED)


def _item(row: Row, table: TableFile) -> Item:
    cells = row.cells
    if not _PRICE.fullmatch(cells["price"]):
        what = f"The price '{cells['price']}' is no amount of rupees."
        table.add(row.line, what, "Write it plainly, such as 1249.50.")
    if not _COUNT.fullmatch(cells["stock"]):
        table.add(row.line, f"The stock '{cells['stock']}' is no count.", "Write 0, 1, 2 and so on.")
    if not cells["unit"]:
        table.add(row.line, "'unit' is empty.", "Write what the price is for, such as piece or metre.")
    return Item(
        name=cells["name"],
        aliases=_aliases(cells["aliases"]),
        code=cells["code"],
        price=Decimal(cells["price"]) if _PRICE.fullmatch(cells["price"]) else Decimal(0),
        unit=cells["unit"],
        stock=int(cells["stock"]) if _COUNT.fullmatch(cells["stock"]) else 0,
        more={_said(column): cells[column] for column in _further(table)},
    )


def _check_names(table: TableFile) -> None:
    """Nobody can tell which item is meant by a name that two have."""
    seen: dict[str, Row] = {}
    for row in table.rows:
        if not row.cells["name"]:
            table.add(row.line, "'name' is empty.", "Write what callers call it.")
        for name in (row.cells["name"], *_aliases(row.cells["aliases"])):
            first = seen.setdefault(_key(name), row)
            if name and first is not row:
                what = f"'{name}' is also a name of '{first.cells['name']}' in line {first.line}."
                table.add(row.line, what, "Keep it for one of them.")


def _aliases(cell: str) -> tuple[str, ...]:
    return tuple(alias.strip() for alias in cell.split("|") if alias.strip())


def _key(name: str) -> str:
    return " ".join(name.casefold().split())


def _said(column: str) -> str:
    """A column's name as flows use it."""
    return column.replace("_", " ")
