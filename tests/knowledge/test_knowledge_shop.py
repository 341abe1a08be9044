"""The shop's facts: what they answer, and what is wrong with the tables they come from."""

from decimal import Decimal
from pathlib import Path

import pytest

from callagent.errors import ContentError, Problem
from callagent.knowledge.catalogue import Item
from callagent.knowledge.shop import Answer, Shop, Source, open_shop

CATALOGUE = """\
code,name,aliases,price,unit,stock,warranty_months
A1,ceiling fan,fan|Bedroom Fan,1849.50,piece,24,24
A2,copper wire,,22,metre,0,
"""
ORDERS = """\
order_number,phone,status,expected
4512,98000 00001,packed,2026-11-24
4513,98000 00001|98000 00002,delivered,
"""
MINE = "+919800000001"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def opened(folder: Path, catalogue: str = CATALOGUE, orders: str | None = ORDERS) -> Shop:
    """A shop with these tables."""
    (folder / "catalogue.csv").write_text(catalogue, encoding="utf-8")
    if orders is not None:
        (folder / "orders.csv").write_text(orders, encoding="utf-8")
    return open_shop(folder)


def problems(folder: Path, catalogue: str = CATALOGUE, orders: str | None = ORDERS) -> list[tuple[str, int, str]]:
    """What is wrong with these tables, by file and line."""
    with pytest.raises(ContentError) as caught:
        opened(folder, catalogue, orders)
    return [(problem.file, problem.line, problem.what) for problem in caught.value.problems]


def test_items(tmp_path: Path) -> None:
    """Items have their names, their exact price and whatever further columns there are."""
    assert opened(tmp_path).items() == (
        Item(
            name="ceiling fan",
            aliases=("fan", "Bedroom Fan"),
            code="A1",
            price=Decimal("1849.50"),
            unit="piece",
            stock=24,
            more={"warranty months": "24"},
        ),
        Item("copper wire", (), "A2", Decimal(22), "metre", 0, {"warranty months": ""}),
    )


def test_sources(tmp_path: Path) -> None:
    """The shop says what can be looked up; without an order table there are no orders."""
    sources = opened(tmp_path).sources
    assert sources["catalogue"] == Source(
        "catalogue",
        ("product",),
        ("name", "code", "price", "unit", "stock", "warranty months", "counted"),
        ("quantity", "unit"),
    )
    assert sources["order"] == Source("order", ("order number", "caller number"), ("status", "expected"))
    (tmp_path / "orders.csv").unlink()
    assert "order" not in opened(tmp_path, orders=None).sources


@pytest.mark.parametrize(
    ("source", "arguments", "gives", "answer"),
    [
        (
            "catalogue",
            {"product": "ceiling fan"},
            ("price", "stock"),
            Answer("found", {"price": "1849.50", "stock": "24"}),
        ),
        ("catalogue", {"product": " bedroom  FAN "}, ("unit",), Answer("found", {"unit": "piece"})),
        ("catalogue", {"product": "copper wire"}, ("warranty months",), Answer("found", {"warranty months": ""})),
        ("catalogue", {"product": "moon"}, ("price",), Answer("not found")),
        ("order", {"order number": "4512", "caller number": MINE}, ("status",), Answer("found", {"status": "packed"})),
        ("order", {"order number": "1", "caller number": MINE}, ("status",), Answer("not found")),
        ("order", {}, ("status",), Answer("down")),
        ("catalogue", {"product": "ceiling fan"}, ("colour",), Answer("down")),
        ("weather", {}, (), Answer("down")),
    ],
)
async def test_look_up(
    tmp_path: Path, source: str, arguments: dict[str, str], gives: tuple[str, ...], answer: Answer
) -> None:
    """A look-up finds, does not find, or is down; it never raises."""
    assert await opened(tmp_path).look_up(source, arguments, gives) == answer


async def test_failure_is_logged_without_data(caplog: pytest.LogCaptureFixture) -> None:
    """A failed look-up is logged by the class of its error only."""
    await Shop().look_up("order", {"order number": "4512"}, ("status",))

    assert [record.getMessage() for record in caplog.records] == ["look-up failed: source=order error=KeyError"]


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("price", "prize", 1, "The column 'price' is missing."),
        ("warranty_months", "stock", 1, "The column 'stock' is there twice."),
        ("warranty_months", "", 1, "A column has no name."),
        ("1849.50", "1,849.50", 2, "8 cells where 7 belong."),
        ("1849.50", '"1,849.50"', 2, "The price '1,849.50' is no amount of rupees."),
        ("1849.50", "", 2, "The price '' is no amount of rupees."),
        ("1849.50", "-5", 2, "The price '-5' is no amount of rupees."),
        ("1849.50", "NaN", 2, "The price 'NaN' is no amount of rupees."),
        ("piece,24", "piece,-1", 2, "The stock '-1' is no count."),
        ("piece,24", "piece,many", 2, "The stock 'many' is no count."),
        ("piece", "", 2, "'unit' is empty."),
        ("A2", "a1", 3, "code 'a1' stands in line 2 already."),
        ("A2", "", 3, "'code' is empty."),
        ("copper wire", "", 3, "'name' is empty."),
        ("copper wire", "Fan", 3, "'Fan' is also a name of 'ceiling fan' in line 2."),
        ("A2", '"A2', 3, "This is no table: unexpected end of data."),
        (CATALOGUE, "", 1, "The table is empty."),
        (CATALOGUE, CATALOGUE.splitlines()[0] + "\n", 0, "There is no item in it."),
    ],
)
def test_mistake_in_the_catalogue(tmp_path: Path, old: str, new: str, line: int, what: str) -> None:
    """A mistake in the catalogue is told with its file and line."""
    assert ("catalogue.csv", line, what) in problems(tmp_path, catalogue=CATALOGUE.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("expected", "when", 1, "The column 'expected' is missing."),
        ("4513", "4512", 3, "order_number '4512' stands in line 2 already."),
        ("98000 00001,packed", ",packed", 2, "'phone' is not one or more telephone numbers."),
        ("98000 00001,packed", "98000,packed", 2, "'phone' is not one or more telephone numbers."),
        ("4513", "A-13", 3, "The order number 'A-13' is not only digits."),
        ("packed", "", 2, "'status' is empty."),
        ("2026-11-24", "tomorrow", 2, "'tomorrow' is no date."),
        ("2026-11-24", "2026-11-31", 2, "'2026-11-31' is no date."),
    ],
)
def test_mistake_in_the_orders(tmp_path: Path, old: str, new: str, line: int, what: str) -> None:
    """A mistake in the orders is told with its file and line."""
    assert ("orders.csv", line, what) in problems(tmp_path, orders=ORDERS.replace(old, new, 1))


def test_mistakes_of_both_tables(tmp_path: Path) -> None:
    """The mistakes of all tables come together."""
    found = problems(tmp_path, CATALOGUE.replace("1849.50", "x"), ORDERS.replace("packed", ""))

    assert [(file, line) for file, line, _ in found] == [("catalogue.csv", 2), ("orders.csv", 2)]


def test_right_word_is_offered(tmp_path: Path) -> None:
    """A misspelt column is recognized."""
    with pytest.raises(ContentError) as caught:
        opened(tmp_path, CATALOGUE.replace("price", "prize"))

    assert Problem("catalogue.csv", 1, "The column 'price' is missing.", "Is 'prize' meant?") in caught.value.problems


def test_line_of_a_row_after_a_long_cell(tmp_path: Path) -> None:
    """A quoted cell over several lines does not shift the lines of what follows."""
    catalogue = CATALOGUE.replace("piece,24,24", 'piece,24,"two\nlines"').replace("metre,0", "metre,x")
    catalogue = catalogue.replace("warranty_months", "notes")

    assert problems(tmp_path, catalogue) == [("catalogue.csv", 4, "The stock 'x' is no count.")]


def test_byte_order_mark_and_blank_lines(tmp_path: Path) -> None:
    """A table saved by a spreadsheet is read as any other, and blank lines do not matter."""
    (tmp_path / "catalogue.csv").write_bytes(
        b"\xef\xbb\xbf" + CATALOGUE.replace("\n", "\r\n").replace("A2", "\r\n,,,,,,\r\nA2").encode()
    )

    assert len(open_shop(tmp_path).items()) == 2


def test_wrong_encoding(tmp_path: Path) -> None:
    """A table in another encoding is told with the line of the first wrong character."""
    (tmp_path / "catalogue.csv").write_bytes(CATALOGUE.replace("copper", "caf\xe9").encode("latin-1"))

    with pytest.raises(ContentError, match=r"catalogue\.csv:3: .* not UTF-8.*Windows-1252.*Save .*'CSV UTF-8'"):
        open_shop(tmp_path)


def test_missing_and_oversized_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop needs a catalogue, of a size that a shop can have; a file elsewhere is told by its whole path."""
    with pytest.raises(ContentError, match=r"^catalogue\.csv: Cannot be read: No such file or directory\."):
        open_shop(tmp_path)
    (tmp_path / "catalogue.csv").write_bytes(b"x" * (8 * 1024 * 1024 + 1))
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")

    with pytest.raises(ContentError, match=f"^{tmp_path}/catalogue.csv: The file has 8192 KB"):
        open_shop(tmp_path)
