"""What customers have ordered: the table ``orders``.

An order is told only to who knows its number and calls from a telephone that was left with it, or can say that
telephone's number. A wrong number of the order and a wrong telephone give the same answer.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from callagent.content.table import Row, TableFile
from callagent.knowledge import cells

NEEDED = ("order_number", "phone", "status", "expected")
_HIDDEN = ("order_number", "phone")
_NUMBER = re.compile(r"[0-9]{1,20}")
_PHONE_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Order:
    """An order."""

    phones: tuple[str, ...] = field(repr=False)
    """The telephones whose callers may hear of it, ten digits each."""
    facts: Mapping[str, str] = field(repr=False)

    def belongs_to(self, phone: str) -> bool:
        """Whether that telephone was left with it, however the number is written."""
        digits = ten_digits(phone)
        return bool(digits) and digits in self.phones


class Orders:
    """The orders, found by their numbers."""

    def __init__(self, orders: Mapping[str, Order], gives: tuple[str, ...] = ()) -> None:
        self._orders = orders
        self.gives = gives
        """Facts that every order has; one may be empty."""

    def find(self, number: str, phone: str) -> Mapping[str, str] | None:
        """All that can be told about an order to the caller with that telephone."""
        order = self._orders.get(number.strip())
        return order.facts if order is not None and order.belongs_to(phone) else None


def ten_digits(phone: str) -> str:
    """An Indian telephone's number without country code, zero and spaces; empty when it is none."""
    digits = "".join(char for char in phone if char in "0123456789")
    for prefix in ("0091", "91", "0"):
        if digits.startswith(prefix) and len(digits) == _PHONE_DIGITS + len(prefix):
            digits = digits[len(prefix) :]
    return digits if len(digits) == _PHONE_DIGITS else ""


def read_orders(table: TableFile) -> Orders:
    """The orders in the good rows of a table; what is wrong with the others is kept in it."""
    if table.broken:
        return Orders({})
    table.unique("order_number")
    for row in table.rows:
        _check(row, table)
    columns = [column for column in table.columns if column not in _HIDDEN]
    orders = {
        row.cells["order_number"]: Order(
            tuple(ten_digits(phone) for phone in cells.listed(row.cells["phone"])),
            {cells.said(column): row.cells[column] for column in columns},
        )
        for row in table.good_rows()
    }
    return Orders(orders, tuple(cells.said(column) for column in columns))


def _check(row: Row, table: TableFile) -> None:
    number, phones = row.cells["order_number"], cells.listed(row.cells["phone"])
    if number and not _NUMBER.fullmatch(number):
        table.add(row.line, f"The order number '{number}' is not only digits.", "Callers key it in: use 0 to 9.")
    if not phones or not all(map(ten_digits, phones)):
        what = "'phone' is not one or more telephone numbers."
        table.add(row.line, what, "Write ten digits, with | between two: only these callers hear of the order.")
    cells.filled(row, "status", table, "Write it as it is to be said, such as packed.")
    cells.day(row, "expected", table)
