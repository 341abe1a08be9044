"""The contents of cells, read strictly: each reader gives None, and a mistake in the table, for what it cannot read."""

import re
from datetime import date
from decimal import Decimal

from callagent.content.table import Row, TableFile

_PRICE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
_COUNT = re.compile(r"[0-9]{1,9}")


def price(row: Row, column: str, table: TableFile) -> Decimal | None:
    """Rupees, with at most two decimals; a charge may be 0, a price may not."""
    cell = row.cells[column]
    if _PRICE.fullmatch(cell):
        if column == "price" and not Decimal(cell):
            table.add(row.line, "The price is 0.", "Write what it costs, or take the line out.")
            return None
        return Decimal(cell)
    what = "price" if column == "price" else f"'{column}'"
    table.add(row.line, f"The {what} '{cell}' is no amount of rupees.", "Write it plainly, such as 1249.50.")
    return None


def count(row: Row, column: str, table: TableFile, empty: int | None = None) -> int | None:
    """A whole number from 0; `empty` is what an empty cell stands for, if it may be empty."""
    cell = row.cells.get(column, "")
    if not cell and empty is not None:
        return empty
    if _COUNT.fullmatch(cell):
        return int(cell)
    table.add(row.line, f"The {column.replace('_', ' ')} '{cell}' is no count.", "Write 0, 1, 2 and so on.")
    return None


def day(row: Row, column: str, table: TableFile) -> date | None:
    """A date; an empty cell is None without being a mistake."""
    cell = row.cells.get(column, "")
    found = as_date(cell)
    if cell and found is None:
        table.add(row.line, f"'{cell}' is no date.", "Write it as 2026-11-24, or leave it empty.")
    return found


def filled(row: Row, column: str, table: TableFile, remedy: str) -> str:
    """A text that must not be empty."""
    if not row.cells[column]:
        table.add(row.line, f"'{column}' is empty.", remedy)
    return row.cells[column]


def as_date(text: str) -> date | None:
    """The date written as 2026-11-24; None for anything else."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def listed(cell: str) -> tuple[str, ...]:
    """The texts of a cell that holds several, with | between."""
    return tuple(part.strip() for part in cell.split("|") if part.strip())


def said(column: str) -> str:
    """A column's name as flows use it."""
    return column.replace("_", " ")
