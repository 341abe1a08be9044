"""What customers have ordered: ``orders.csv``."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from callagent.content.findings import FileFindings
from callagent.content.table import Row, TableFile, read_table

NEEDED = ("order_number", "status", "expected")
_NUMBER = re.compile(r"\d{1,20}")


class Orders:
    """The orders, found by their numbers."""

    def __init__(self, orders: Mapping[str, Mapping[str, str]], gives: Iterable[str] = ()) -> None:
        self._orders = orders
        self.gives = tuple(gives)
        """Facts that every order has; one may be empty."""

    def find(self, number: str) -> Mapping[str, str] | None:
        """All that can be told about an order."""
        return self._orders.get(number.strip())


def read_orders(path: Path, findings: FileFindings) -> Orders:
    """Read the table; all that is wrong with it goes to `findings`."""
    table = read_table(path, NEEDED, findings)
    if any(column not in table.columns for column in NEEDED):
        return Orders({})
    table.unique("order_number")
    for row in table.rows:
        _check(row, table)
    gives = tuple(column for column in table.columns if column != "order_number")
    orders = {
        row.cells["order_number"]: {column.replace("_", " "): row.cells[column] for column in gives}
        for row in table.rows
    }
    return Orders(orders, (column.replace("_", " ") for column in gives))


def _check(row: Row, table: TableFile) -> None:
    number, status, expected = (row.cells[column] for column in NEEDED)
    if number and not _NUMBER.fullmatch(number):
        table.add(row.line, f"The order number '{number}' is not only digits.", "Callers key it in: use 0 to 9.")
    if not status:
        table.add(row.line, "'status' is empty.", "Write it as it is to be said, such as packed.")
    if expected and not _is_date(expected):
        table.add(row.line, f"'{expected}' is no date.", "Write it as 2026-11-24, or leave it empty.")


def _is_date(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False
