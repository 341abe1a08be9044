"""What the shop sells: the table ``catalogue``."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from callagent.content.table import Row, TableFile
from callagent.knowledge import cells

NEEDED = ("code", "name", "aliases", "price", "unit", "stock")
_CONVERSION = re.compile(r"1 (\w+) = (\d{1,6}) (\w+)")
_ALIASES = "aliases_"


@dataclass(frozen=True, slots=True)
class Item:
    """Something the shop sells."""

    name: str
    """As it is said to callers, such as "ceiling fan"."""
    aliases: tuple[str, ...] = ()
    """What else callers call it, in English."""
    code: str = ""
    price: Decimal = Decimal(0)
    """Rupees, all taxes included."""
    unit: str = ""
    """What the price is for: "piece", "metre", "coil"."""
    stock: int = 0
    """Units on the shelf."""
    more: Mapping[str, str] = field(default_factory=dict)
    """Any further columns of the table."""
    aliases_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What callers call it in other languages, by language ("hi", "hinglish"); the first is how it is said to them."""

    def names(self) -> tuple[str, ...]:
        """All that it is called, in all languages."""
        return (self.name, *self.aliases, *(name for names in self.aliases_in.values() for name in names))

    def said(self, language: str) -> str:
        """Its name in a language; the English one where there is no other."""
        return next(iter(self.aliases_in.get(language, ())), self.name)

    def facts(self) -> Mapping[str, str]:
        """All that can be told about it, as text."""
        return {
            **self.more,
            "name": self.name,
            **{f"name {language}": self.said(language) for language in self.aliases_in},
            "code": self.code,
            "price": f"{self.price:f}",
            "unit": self.unit,
            "stock": str(self.stock),
        }

    def units(self) -> tuple[str, ...]:
        """What it may be counted in: its own unit, and those of its conversion."""
        conversion = self.conversion()
        return (self.unit,) if conversion is None else (self.unit, conversion[0], conversion[2])

    def conversion(self) -> tuple[str, int, str] | None:
        """A big unit, how many small ones are in it, and the small one: ("coil", 90, "metre")."""
        match = _CONVERSION.fullmatch(self.more.get("conversion", ""))
        return None if match is None else (match[1], int(match[2]), match[3])


Doubtful: TypeAlias = Callable[[str, str], bool]
"""Whether a cell of a column may be an item's that was left out: what refers to it is then no mistake of its own."""

NO_DOUBT: Doubtful = lambda _column, _cell: False  # noqa: E731  # a value, beside its type


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The items, and the facts that each of them has."""

    items: tuple[Item, ...]
    gives: tuple[str, ...] = ()
    doubtful: Doubtful = field(default=NO_DOUBT, repr=False, compare=False)


def read_catalogue(table: TableFile) -> Catalogue:
    """The items in the good rows of a table; what is wrong with the others is kept in it."""
    if table.broken:
        return Catalogue((), doubtful=lambda _column, _cell: True)
    table.unique("code")
    _check_names(table)
    found = {row.line: _item(row, table) for row in table.rows}
    items = tuple(item for row in table.good_rows() if (item := found[row.line]) is not None)
    if not items and not table.bad_lines:
        table.fail(0, "There is no item in it.", "Add one, even if only one is sold.")
    names = (f"name {column.removeprefix(_ALIASES)}" for column in table.columns if column.startswith(_ALIASES))
    gives = ("name", *names, "code", "price", "unit", "stock", *map(cells.said, _further(table)))
    return Catalogue(items, gives, lambda column, cell: cell in table.mentions(column))


def _further(table: TableFile) -> Iterator[str]:
    return (column for column in table.columns if column not in NEEDED and not column.startswith(_ALIASES))


def _item(row: Row, table: TableFile) -> Item | None:
    price, stock = cells.price(row, "price", table), cells.count(row, "stock", table)
    unit = cells.filled(row, "unit", table, "Write what the price is for, such as piece or metre.")
    _check_further(row, table)
    if price is None or stock is None:
        return None
    return Item(
        name=row.cells["name"],
        aliases=cells.listed(row.cells["aliases"]),
        code=row.cells["code"],
        price=price,
        unit=unit,
        stock=stock,
        more={cells.said(column): row.cells[column] for column in _further(table)},
        aliases_in={
            column.removeprefix(_ALIASES): cells.listed(row.cells[column])
            for column in table.columns
            if column.startswith(_ALIASES)
        },
    )


def _check_further(row: Row, table: TableFile) -> None:
    """The columns that a table need not have, but that are computed with."""
    for column, highest in (("warranty_months", 600), ("gst_percent", 100)):
        number = cells.count(row, column, table, empty=0)
        if number is not None and number > highest:
            table.add(row.line, f"The {cells.said(column)} '{number}' is too high.", f"At most {highest} is possible.")
    conversion = row.cells.get("conversion", "")
    match = _CONVERSION.fullmatch(conversion)
    if conversion and (match is None or row.cells["unit"] not in (match[1], match[3]) or int(match[2]) == 0):
        remedy = f"Write '1 coil = 90 metre', with '{row.cells['unit']}' as one of the units."
        table.add(row.line, f"The conversion '{conversion}' is not clear.", remedy)


def _check_names(table: TableFile) -> None:
    """Nobody can tell which item is meant by a name that two have."""
    seen: dict[str, Row] = {}
    columns = ("name", "aliases", *(column for column in table.columns if column.startswith(_ALIASES)))
    for row in table.rows:
        if not row.cells["name"]:
            table.add(row.line, "'name' is empty.", "Write what callers call it.")
        for name in _names(row, columns):
            first = seen.setdefault(key_of(name), row)
            if first is not row:
                what = f"'{name}' is also a name of '{first.cells['name']}' in line {first.line}."
                table.add(row.line, what, "Keep it for one of them.")


def _names(row: Row, columns: Iterable[str]) -> Iterator[str]:
    for column in columns:
        if column == "name":
            yield from filter(None, [row.cells[column]])
        else:
            yield from cells.listed(row.cells[column])


def key_of(name: str) -> str:
    """A name whatever its case and spacing."""
    return " ".join(name.casefold().split())
