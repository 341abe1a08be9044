"""Where the shop is, and where it delivers to: the tables ``locations`` and ``delivery``."""

import re
from collections.abc import Mapping
from datetime import date, timedelta

from callagent.content.table import Row, TableFile
from callagent.knowledge import cells

LOCATION_COLUMNS = ("name", "address", "pin_code")
DELIVERY_COLUMNS = ("pin_code", "area", "days", "charge")
_PIN = re.compile(r"[1-9][0-9]{5}")
_PIN_START = re.compile(r"[1-9][0-9]{1,4}\*|[1-9][0-9]{5}")


class Locations:
    """The shop's branches; the first is the main one."""

    def __init__(self, branches: tuple[Mapping[str, str], ...], gives: tuple[str, ...]) -> None:
        self._branches = branches
        self.gives = gives

    def main(self) -> Mapping[str, str] | None:
        """The main branch."""
        return next(iter(self._branches), None)

    def nearest(self, pin_code: str) -> Mapping[str, str] | None:
        """The branch whose PIN code begins most like another: PIN codes go by region. None for what is no PIN code."""
        pin = as_pin(pin_code)
        if not pin:
            return None
        return max(self._branches, key=lambda branch: _shared(branch["pin code"], pin), default=None)


class Delivery:
    """The areas that are delivered to."""

    def __init__(self, areas: Mapping[str, Mapping[str, str]], gives: tuple[str, ...]) -> None:
        self._areas = areas
        self.gives = (*gives, "expected")

    def find(self, pin_code: str, on: date) -> Mapping[str, str] | None:
        """The terms for a PIN code when ordered on a day; None when nothing is delivered there."""
        pin = as_pin(pin_code)
        for length in range(len(pin), 1, -1):
            area = self._areas.get(pin if length == len(pin) else pin[:length] + "*")
            if area is not None:
                return {**area, "expected": (on + timedelta(days=int(area["days"]))).isoformat()}
        return None


def _shared(one: str, other: str) -> int:
    """How many figures two PIN codes begin with in common."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b), len(one))


def as_pin(text: str) -> str:
    """A PIN code without spaces; empty for what is none."""
    pin = "".join(text.split())
    return pin if _PIN.fullmatch(pin) else ""


def read_locations(table: TableFile) -> Locations:
    """The branches in the good rows of a table; what is wrong with the others is kept in it."""
    if table.broken:
        return Locations((), ())
    table.unique("name")
    for row in table.rows:
        cells.filled(row, "address", table, "Write it as it is to be said.")
        if not _PIN.fullmatch(row.cells["pin_code"]):
            _no_pin(row, table)
    return Locations(tuple(map(_facts, table.good_rows())), tuple(map(cells.said, table.columns)))


def read_delivery(table: TableFile) -> Delivery:
    """The areas in the good rows of a table; what is wrong with the others is kept in it."""
    if table.broken:
        return Delivery({}, ())
    table.unique("pin_code")
    for row in table.rows:
        if row.cells["pin_code"] and not _PIN_START.fullmatch(row.cells["pin_code"]):
            _no_pin(row, table)
        cells.filled(row, "area", table, "Write what the area is called.")
        days = cells.count(row, "days", table)
        if days is not None and days > 365:
            table.add(row.line, f"The days '{days}' are more than a year.", "Write how many days it takes.")
        for column in ("charge", "free_above"):
            if row.cells.get(column) or column == "charge":
                cells.price(row, column, table)
    areas = {row.cells["pin_code"]: _facts(row) for row in table.good_rows()}
    return Delivery(areas, tuple(cells.said(column) for column in table.columns if column != "pin_code"))


def _no_pin(row: Row, table: TableFile) -> None:
    what = f"'{row.cells['pin_code']}' is no PIN code."
    table.add(row.line, what, "Write six digits; where areas may be wide, also a beginning such as 1100*.")


def _facts(row: Row) -> Mapping[str, str]:
    return {cells.said(column): cell for column, cell in row.cells.items()}
