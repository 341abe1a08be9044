"""What things cost: the catalogue's prices, and the table ``prices`` with quantity breaks and dated lists.

Which row counts is decided in two steps. Of the price lists that are valid on the day and have a row for the item, unit
and quantity, the newest counts: the one with the latest `valid_from`. A list without dates is older than any dated one,
and the catalogue's own price is its row "from 1". Within that list the row with the highest `from_quantity` counts.
So a festival list replaces the everyday one, breaks included, as long as it lasts.

Rounding: prices have at most two decimals and quantities are whole, so a sum is exact; the total is rounded to the
whole rupee, half up. Prices include GST: what of a total is GST is total × rate / (100 + rate), rounded half up to the
paisa.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from callagent.content.findings import nearest
from callagent.content.table import Row, TableFile
from callagent.knowledge import cells
from callagent.knowledge.catalogue import NO_DOUBT, Doubtful, Item

NEEDED = ("code", "unit", "from_quantity", "price", "valid_from", "valid_to")
_PAISA, _RUPEE = Decimal("0.01"), Decimal(1)
_NOTHING = Decimal("0.00")
_ALWAYS = date.min


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit costs, from a quantity on, on some days."""

    amount: Decimal
    """Rupees for one unit, GST included."""
    from_quantity: int = 1
    valid_from: date = _ALWAYS
    valid_to: date = date.max

    def valid(self, on: date) -> bool:
        """Whether it counts on that day; both its days do."""
        return self.valid_from <= on <= self.valid_to


@dataclass(frozen=True, slots=True)
class Quote:
    """What a quantity costs."""

    quantity: int
    unit: str
    """Of `quantity`; another than asked for when the item is not sold in that."""
    unit_price: Decimal
    total: Decimal
    """Rounded to the rupee."""
    gst: Decimal | None
    """What of the total is GST; None when the rate is not known."""
    saving: Decimal
    """Against buying them one by one."""
    next_break: tuple[int, Decimal] | None
    """The next quantity from which one costs less, and what it costs then."""


class Prices:
    """All prices of a shop."""

    def __init__(self, listed: Mapping[tuple[str, str], Iterable[Price]] | None = None) -> None:
        """`listed` holds prices by code and unit, besides the catalogue's own."""
        self._listed = {key: tuple(prices) for key, prices in (listed or {}).items()}

    def price(self, item: Item, on: date, quantity: int = 1, unit: str = "") -> Price | None:
        """What one of so many costs; None when it is not sold in that unit, or not so few."""
        fitting = [price for price in self._of(item, unit or item.unit, on) if price.from_quantity <= quantity]
        return max(fitting, key=lambda price: (price.valid_from, price.from_quantity), default=None)

    def quote(self, item: Item, on: date, quantity: int, unit: str = "") -> Quote | None:
        """What a quantity costs; in whole packs where the unit is not sold loose. None when it cannot be told."""
        sold = self._as_sold(item, on, quantity, unit or item.unit)
        if sold is None:
            return None
        count, sold_unit = sold
        price, single = self.price(item, on, count, sold_unit), self.price(item, on, 1, sold_unit)
        if price is None:
            return None
        total = (price.amount * count).quantize(_RUPEE, ROUND_HALF_UP)
        rate = item.more.get("gst percent", "")
        return Quote(
            quantity=count,
            unit=sold_unit,
            unit_price=price.amount,
            total=total,
            gst=gst_within(total, Decimal(rate)) if rate else None,
            saving=max(_NOTHING, (single.amount - price.amount) * count) if single else _NOTHING,
            next_break=self._next_break(item, on, count, sold_unit, price),
        )

    def units(self, item: Item) -> tuple[str, ...]:
        """The units in which an item is sold, the catalogue's first."""
        return (item.unit, *(unit for code, unit in self._listed if code == item.code and unit != item.unit))

    def _of(self, item: Item, unit: str, on: date) -> list[Price]:
        own = [Price(item.price)] if unit == item.unit else []
        return [*own, *(price for price in self._listed.get((item.code, unit), ()) if price.valid(on))]

    def _as_sold(self, item: Item, on: date, quantity: int, unit: str) -> tuple[int, str] | None:
        if self.price(item, on, quantity, unit) is not None:
            return quantity, unit
        conversion = item.conversion()
        if quantity < 1:
            return None
        if conversion is not None:
            big, size, small = conversion
            if unit == small and item.unit == big:
                return -(-quantity // size), big
            if unit == big and item.unit == small:
                return quantity * size, small
        # "two pieces" says no more than the count alone, of what is not sold by the piece.
        return (quantity, item.unit) if unit == "piece" and self.price(item, on, quantity) is not None else None

    def _next_break(self, item: Item, on: date, quantity: int, unit: str, now: Price) -> tuple[int, Decimal] | None:
        later = [
            price
            for price in self._of(item, unit, on)
            if price.valid_from == now.valid_from and price.from_quantity > quantity and price.amount < now.amount
        ]
        nearest = min(later, key=lambda price: price.from_quantity, default=None)
        return None if nearest is None else (nearest.from_quantity, nearest.amount)


def gst_within(total: Decimal, percent: Decimal) -> Decimal:
    """What of a total that includes GST is GST, rounded half up to the paisa."""
    return (total * percent / (100 + percent)).quantize(_PAISA, ROUND_HALF_UP)


def read_prices(table: TableFile, codes: Mapping[str, Item], doubtful: Doubtful = NO_DOUBT) -> Prices:
    """The prices in the good rows of a table; what is wrong with the others is kept in it."""
    listed: dict[tuple[str, str], list[Price]] = defaultdict(list)
    if table.broken:
        return Prices()
    units = {unit for item in codes.values() for unit in item.units()}
    first_lines: dict[tuple[str, str, int, date], int] = {}
    for row in table.rows:
        price = _price(row, table)
        code, wanted = row.cells["code"], row.cells["unit"]
        item = codes.get(code)
        if item is None and not doubtful("code", code):
            table.add(row.line, f"No item has the code '{code}'.", "Is it spelt as in the catalogue?")
        elif wanted and wanted not in units and not doubtful("unit", wanted):
            remedy = f"{nearest(wanted, units)} A new one stands in the catalogue first, as its unit or conversion."
            table.add(row.line, f"'{wanted}' is no unit in which anything is sold.", remedy)
        elif price is not None and item is not None:
            place = (code, wanted or item.unit, price.from_quantity, price.valid_from)
            if first_lines.setdefault(place, row.line) != row.line:
                what = f"Line {first_lines[place]} has the same item, unit, quantity and first day."
                table.add(row.line, what, "Take one out.")
            else:
                listed[code, place[1]].append(price)
    _doubt_dearer(table, listed, codes, first_lines)
    return Prices(listed)


def _doubt_dearer(
    table: TableFile,
    listed: Mapping[tuple[str, str], list[Price]],
    codes: Mapping[str, Item],
    lines: Mapping[tuple[str, str, int, date], int],
) -> None:
    """Warn of a price for many that is higher than the one for fewer on the same list: most likely a slip."""
    for (code, unit), prices in listed.items():
        own = Price(codes[code].price) if unit == codes[code].unit else None
        for price in prices:
            fewer = [one for one in prices if one.valid_from == price.valid_from and one is not price]
            if (
                own is not None
                and price.valid_from == _ALWAYS
                and all(one.from_quantity > 1 for one in prices if one.valid_from == _ALWAYS)
            ):
                fewer.append(own)
            before = max(
                (one for one in fewer if one.from_quantity < price.from_quantity),
                key=lambda one: one.from_quantity,
                default=None,
            )
            if before is not None and price.amount > before.amount:
                what = (
                    f"From {price.from_quantity} on '{code}' costs {price.amount} a {unit}, "
                    f"more than from {before.from_quantity} on ({before.amount})."
                )
                line = lines[code, unit, price.from_quantity, price.valid_from]
                table.warn(line, what, "Is a digit wrong? Who buys more pays less for one.")


def _price(row: Row, table: TableFile) -> Price | None:
    amount, quantity = cells.price(row, "price", table), cells.count(row, "from_quantity", table, empty=1)
    first, last = cells.day(row, "valid_from", table), cells.day(row, "valid_to", table)
    if quantity == 0:
        table.add(row.line, "'from_quantity' is 0.", "The least that can be bought is 1.")
    if first and last and last < first:
        table.add(row.line, f"It ends ({last}) before it begins ({first}).", "Change the two days.")
    if amount is None or quantity is None or row.line in table.bad_lines:
        return None
    return Price(amount, quantity, first or _ALWAYS, last or date.max)
