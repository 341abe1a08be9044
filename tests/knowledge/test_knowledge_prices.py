"""What things cost: breaks, dated lists, units, sums and what of them is tax."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.shop_folder import NOW, ShopFolder

from callagent.clock import IST
from callagent.knowledge.catalogue import Item
from callagent.knowledge.prices import Prices, gst_within

PRICES = """\
code,unit,from_quantity,price,valid_from,valid_to
F1,,5,950,,
F1,,20,900.50,,
F1,,1,800,2026-12-01,2026-12-10
F1,,10,780,2026-12-01,2026-12-10
F1,,1,1100,2027-01-01,
W1,metre,1,11.50,,
W1,coil,5,850,,
W2,coil,1,1000,,
"""


@pytest.fixture
def shop(folder: ShopFolder) -> ShopFolder:
    """The shop with prices."""
    folder.write("prices", PRICES)
    return folder


def quoted(shop: ShopFolder, product: str, quantity: int, unit: str = "", when: datetime = NOW) -> tuple[str, ...]:
    """Quantity, unit, price of one, and total."""
    values = shop.ask("quote", {"product": product, "quantity": str(quantity), "unit": unit}, when).values
    return tuple(values[name] for name in ("quantity", "unit", "unit price", "total")) if values else ()


@pytest.mark.parametrize(
    ("quantity", "price", "total"),
    [
        (1, "1000.00", "1000"),
        (4, "1000.00", "4000"),
        (5, "950", "4750"),
        (19, "950", "18050"),
        (20, "900.50", "18010"),
        (21, "900.50", "18911"),
    ],
)
def test_breaks(shop: ShopFolder, quantity: int, price: str, total: str) -> None:
    """From a quantity on, each costs less; half a rupee is rounded up."""
    assert quoted(shop, "big lamp", quantity) == (str(quantity), "piece", price, total)


@pytest.mark.parametrize(
    ("day", "quantity", "price"),
    [
        ((2026, 11, 30), 1, "1000.00"),
        ((2026, 12, 1), 1, "800"),
        ((2026, 12, 10), 10, "780"),
        ((2026, 12, 10), 20, "780"),
        ((2026, 12, 11), 20, "900.50"),
        ((2027, 1, 1), 1, "1100"),
        ((2027, 1, 1), 20, "1100"),
    ],
)
def test_dated_lists(shop: ShopFolder, day: tuple[int, int, int], quantity: int, price: str) -> None:
    """The newest list that is valid on the day counts, with its own breaks."""
    assert quoted(shop, "big lamp", quantity, when=datetime(*day, 23, 59, tzinfo=IST))[2] == price


@pytest.mark.parametrize(
    ("product", "quantity", "unit", "quote"),
    [
        ("red rope", 1, "", ("1", "coil", "900.00", "900")),
        ("red rope", 150, "metre", ("150", "metre", "11.50", "1725")),
        ("red rope", 7, "meters", ("7", "metre", "11.50", "81")),
        ("red rope", 5, "coils", ("5", "coil", "850", "4250")),
        ("blue rope", 3, "metre", ("3", "metre", "12.25", "37")),
        ("blue rope", 2, "coil", ("2", "coil", "1000", "2000")),
        ("blue rope", 2, "कॉइल", ("2", "coil", "1000", "2000")),
        ("big lamp", 2, "metre", ()),
        ("red rope", 2, "piece", ("2", "coil", "900.00", "1800")),
    ],
)
def test_units(shop: ShopFolder, product: str, quantity: int, unit: str, quote: tuple[str, ...]) -> None:
    """A thing is sold in the units that have a price, whatever the caller calls them."""
    assert quoted(shop, product, quantity, unit) == quote


def test_units_that_are_not_sold(folder: ShopFolder) -> None:
    """Loose metres of what is sold in coils are whole coils; coils of what is sold loose are so many metres."""
    assert quoted(folder, "red rope", 91, "metre") == ("2", "coil", "900.00", "1800")
    assert quoted(folder, "blue rope", 2, "coil") == ("180", "metre", "12.25", "2205")


@pytest.mark.parametrize(
    ("quantity", "told"),
    [("", ("900.00", "coil", "no")), ("7 metre", ("11.50", "metre", "yes")), ("5", ("850", "coil", "yes"))],
)
def test_the_price_of_so_many(shop: ShopFolder, quantity: str, told: tuple[str, ...]) -> None:
    """A quantity may name its unit; the price is then the one of that unit, and from so many on."""
    values = shop.ask("catalogue", {"product": "red rope", "quantity": quantity}).values
    assert (values["price"], values["unit"], values["counted"]) == told


def test_quote_in_full(shop: ShopFolder) -> None:
    """A quote tells what of it is tax, what is saved, the next break, and whether so many are there."""
    assert shop.ask("quote", {"product": "big lamp", "quantity": "5"}).values == {
        "quantity": "5",
        "unit": "piece",
        "sold": "5 piece",
        "unit price": "950",
        "total": "4750",
        "gst": "724.58",
        "saving": "250.00",
        "next quantity": "20",
        "next price": "900.50",
        "enough": "no",
        "stock": "4",
    }


def test_quote_without_a_known_tax(shop: ShopFolder) -> None:
    """Where no rate is known, no tax is told."""
    assert shop.ask("quote", {"product": "blue rope", "quantity": "5"}).values["gst"] == ""


@pytest.mark.parametrize("quantity", ["0", "-1", "two", "1.5", "99999999", "²", "1e3"])
def test_quantity_that_is_none(shop: ShopFolder, quantity: str) -> None:
    """What is no sensible count has no price."""
    assert shop.ask("quote", {"product": "big lamp", "quantity": quantity}).status == "not found"


def test_enough_in_another_unit(shop: ShopFolder) -> None:
    """Metres are enough when the coils on the shelf hold as many."""
    asked = {"product": "red rope", "unit": "metre"}

    assert shop.ask("stock", {**asked, "quantity": "270"}).values["enough"] == "yes"
    assert shop.ask("stock", {**asked, "quantity": "271"}).values["enough"] == "no"
    assert shop.ask("stock", {"product": "blue rope", "unit": "coil", "quantity": "3"}).values["enough"] == "no"


def test_price_of_the_day(shop: ShopFolder) -> None:
    """The catalogue's answer holds the price of the day it is asked on."""
    december = datetime(2026, 12, 5, 11, 0, tzinfo=IST)

    assert shop.ask("catalogue", {"product": "big lamp"}).values["price"] == "1000.00"
    assert shop.ask("catalogue", {"product": "big lamp"}, december).values["price"] == "800"
    assert shop.ask("catalogue", {"product": "red rope", "unit": "metre"}).values["price"] == "11.50"


def test_price_range(shop: ShopFolder) -> None:
    """The range of a whole kind of things, called by any of its names."""
    assert shop.ask("price range", {"category": "lamps"}).values == {
        "category": "lamp",
        "lowest": "900.00",
        "highest": "9000.00",
        "cheapest": "small lamp",
        "dearest": "golden lamp",
        "unit": "piece",
        "count": "4",
    }
    assert shop.ask("price range", {"category": "moon"}).status == "not found"


@given(quantity=st.integers(1, 100_000), paise=st.integers(1, 10_000_000), rate=st.integers(0, 28))
def test_sums_are_exact(quantity: int, paise: int, rate: int) -> None:
    """A total is within half a rupee of the exact sum, and its tax is what makes the rest the net price."""
    item = Item("lamp", price=Decimal(paise) / 100, unit="piece", more={"gst percent": str(rate)})
    quote = Prices().quote(item, NOW.date(), quantity)

    assert quote is not None
    assert abs(quote.total - item.price * quantity) <= Decimal("0.5")
    assert quote.gst == gst_within(quote.total, Decimal(rate))
    assert abs((quote.total - quote.gst) * (100 + rate) / 100 - quote.total) <= Decimal("0.01")
