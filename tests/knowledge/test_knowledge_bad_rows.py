"""Tables as they really come: every bad row is told, and the rest is used only where that was asked for."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.shop_folder import CATALOGUE, ShopFolder, ask

from callagent.errors import ContentError

TABLE = "catalogue.csv"
PRICES = "code,unit,from_quantity,price,valid_from,valid_to"


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("1000.00", "", 2, "The price '' is no amount of rupees."),
        ("1000.00", "1000.005", 2, "The price '1000.005' is no amount of rupees."),
        ("1000.00", "₹1000", 2, "The price '₹1000' is no amount of rupees."),
        ("1000.00", "0", 2, "The price is 0."),
        ("1000.00", "१०००", 2, "The price '१०००' is no amount of rupees."),
        ("piece,,4", "piece,,-4", 2, "The stock '-4' is no count."),
        ("F2", "f1", 3, "code 'f1' stands in line 2 already."),
        ("desk lamp", "LAMP", 3, "'LAMP' is also a name of 'big lamp' in line 2."),
        ("chhota lamp", "bada lamp", 3, "'bada lamp' is also a name of 'big lamp' in line 2."),
        ("big lamp", "=HYPERLINK(A1)", 2, "'name' holds a formula: '=HYPERLINK(A1)'."),
        ("Alfa", "@SUM(A1)", 2, "'brand' holds a formula: '@SUM(A1)'."),
        ("Alfa", "+1+cmd", 2, "'brand' holds a formula: '+1+cmd'."),
        ("Alfa", "-2+3", 2, "'brand' holds a formula: '-2+3'."),
        ("Alfa", "Al\x07fa", 2, "'brand' holds the control character U+0007."),
        ("Alfa", "Al\u202efa", 2, "'brand' holds the control character U+202E."),
        ("18,24,P1", "18,ten,P1", 2, "The warranty months 'ten' is no count."),
        ("18,24,P1", "18,700,P1", 2, "The warranty months '700' is too high."),
        ("18,24,P1", "118,24,P1", 2, "The gst percent '118' is too high."),
        ("1 coil = 90 metre", "1 coil = 0 metre", 7, "The conversion '1 coil = 0 metre' is not clear."),
        ("1 coil = 90 metre", "1 box = 90 metre", 7, "The conversion '1 box = 90 metre' is not clear."),
        ("1 coil = 90 metre", "ninety", 7, "The conversion 'ninety' is not clear."),
        ("F2,small lamp", "F2,small, lamp", 3, "19 cells where 18 belong."),
    ],
)
def test_bad_row(folder: ShopFolder, old: str, new: str, line: int, what: str) -> None:
    """A bad row is told with file and line; where bad rows are tolerated, it alone is left out."""
    folder.change("catalogue", old, new)

    assert folder.problems() == [(TABLE, line, what)]
    shop = folder.open(tolerate_bad_rows=True)
    assert [(problem.file, problem.line, problem.what) for problem in shop.problems] == [(TABLE, line, what)]
    assert len(shop.items()) == len(CATALOGUE.splitlines()) - 2
    assert CATALOGUE.splitlines()[line - 1].split(",")[0] not in {item.code for item in shop.items()}


def test_phone_numbers_are_no_formulas(folder: ShopFolder) -> None:
    """A number with its country code stays what it is."""
    folder.write("orders", "order_number,phone,status,expected\n4512,+91 98000-00001,packed,\n")

    answer = folder.ask("order", {"order number": "4512", "caller number": "+919800000001"})
    assert answer.values["status"] == "packed"


def test_invisible_joiners_of_hindi_are_allowed(folder: ShopFolder) -> None:
    """A zero-width joiner is a part of how Devanagari is written."""
    folder.change("catalogue", "बड़ा लैंप", "बड़ा लै\u200dंप")

    assert folder.open().problems == ()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (CATALOGUE.encode("utf-16"), "This file is not UTF-8: it looks like UTF-16 ('Unicode text')."),
        (CATALOGUE.encode("utf-16-le"), "This file is not UTF-8: it looks like UTF-16 ('Unicode text')."),
        (
            CATALOGUE.split("bada")[0].encode("ascii", "ignore") + "lampe d\xe9co".encode("cp1252"),
            "A character here is not UTF-8: the file looks like Windows-1252 (plain 'CSV' or 'ANSI').",
        ),
        (CATALOGUE.replace("price", "cost", 1).encode(), "The column 'price' is missing."),
        (b'code,name\n"A', "This is no table: unexpected end of data."),
        (b"", "The table is empty."),
    ],
)
def test_table_that_is_wrong_as_a_whole(folder: ShopFolder, content: bytes, what: str) -> None:
    """What leaving out rows does not mend is never tolerated."""
    (folder.path / TABLE).write_bytes(content)

    assert what in {problem for _, _, problem in folder.problems(tolerate_bad_rows=True)}


@pytest.mark.parametrize(
    ("table", "head", "row", "what"),
    [
        ("prices", PRICES, "X9,,1,5,,", "No item has the code 'X9'."),
        ("prices", PRICES, "F1,pices,2,5,,", "'pices' is no unit in which anything is sold."),
        ("prices", PRICES, "F1,,0,5,,", "'from_quantity' is 0."),
        ("prices", PRICES, "F1,,x,5,,", "The from quantity 'x' is no count."),
        ("prices", PRICES, "F1,,1,five,,", "The price 'five' is no amount of rupees."),
        ("prices", PRICES, "F1,,1,5,soon,", "'soon' is no date."),
        (
            *("prices", PRICES, "F1,,1,5,2026-11-20,2026-11-19"),
            "It ends (2026-11-19) before it begins (2026-11-20).",
        ),
        ("warranty", "brand,category,how_to_claim", "Gamma,,call", "No item is of the brand 'Gamma'."),
        ("warranty", "brand,category,how_to_claim", ",moon,call", "No item is of the category 'moon'."),
        ("warranty", "brand,category,how_to_claim", "Alfa,,", "'how_to_claim' is empty."),
        ("categories", "category,words", "moon,moons", "No item is of the category 'moon'."),
        ("delivery", "pin_code,area,days,charge", "11006,here,1,5", "'11006' is no PIN code."),
        ("delivery", "pin_code,area,days,charge", "110006,,1,5", "'area' is empty."),
        ("delivery", "pin_code,area,days,charge", "110006,here,soon,5", "The days 'soon' is no count."),
        ("delivery", "pin_code,area,days,charge", "110006,here,900,5", "The days '900' are more than a year."),
        ("delivery", "pin_code,area,days,charge", "110006,here,1,", "The 'charge' '' is no amount of rupees."),
        ("locations", "name,address,pin_code", "main,,110006", "'address' is empty."),
        ("locations", "name,address,pin_code", "main,here,0", "'0' is no PIN code."),
        (
            "orders",
            "order_number,phone,status,expected",
            "४५१२७,9800000001,packed,",
            "The order number '४५१२७' is not only digits.",
        ),
        ("faq", "topic,questions,answer", "return,,yes", "'questions' is empty."),
        ("faq", "topic,questions,answer", "return,can i,", "'answer' is empty."),
        ("synonyms", "word,means", ",lamp", "'word' is empty."),
    ],
)  # fmt: skip
def test_bad_row_in_another_table(folder: ShopFolder, table: str, head: str, row: str, what: str) -> None:
    """Every table is read as strictly, and tolerated as well."""
    folder.write(table, f"{head}\n{row}\n")

    assert (f"{table}.csv", 2, what) in folder.problems()
    assert folder.open(tolerate_bad_rows=True).problems


def test_same_price_twice(folder: ShopFolder) -> None:
    """Two prices for the same thing, from the same quantity and day on, are one too many."""
    row = "F1,,5,900,2026-11-01,\n"
    folder.write("prices", f"code,unit,from_quantity,price,valid_from,valid_to\n{row}{row}")

    assert folder.problems() == [("prices.csv", 3, "Line 2 has the same item, unit, quantity and first day.")]


def test_remedies(folder: ShopFolder) -> None:
    """A unit that nothing is sold in is told with the one that is meant."""
    folder.write("prices", f"{PRICES}\nF1,pices,10,5,,\n")

    with pytest.raises(ContentError, match=r"^prices\.csv:2: 'pices' .* Did you mean 'piece'\?"):
        folder.open()


@pytest.mark.parametrize(
    ("rows", "warned"),
    [
        (("F1,,10,1100.00,,",), {2: "From 10 on 'F1' costs 1100.00 a piece, more than from 1 on (1000.00)."}),
        (("F1,,10,900,,", "F1,,20,950,,"), {3: "From 20 on 'F1' costs 950 a piece, more than from 10 on (900)."}),
        (("F1,,20,950,,", "F1,,10,900,,"), {2: "From 20 on 'F1' costs 950 a piece, more than from 10 on (900)."}),
        (("F1,,1,1200,,", "F1,,10,1100,,"), {}),
        (("F1,,1,800,2026-11-01,", "F1,,10,900,,"), {}),
        (("W1,metre,1,11,,", "W1,metre,50,12,,"), {3: "From 50 on 'W1' costs 12 a metre, more than from 1 on (11)."}),
    ],
)
def test_more_costs_more(folder: ShopFolder, rows: tuple[str, ...], warned: dict[int, str]) -> None:
    """A price for many that is above the one for fewer is doubted, and counts."""
    folder.write("prices", "\n".join((PRICES, *rows)) + "\n")

    told = folder.open().problems
    assert {one.line: one.what for one in told} == warned
    assert {one.severity for one in told} <= {"warning"}


def test_first_cause_of_a_row(folder: ShopFolder) -> None:
    """A row is told once, however much follows from its mistake: neither again, nor in tables that refer to it."""
    folder.write("prices", f"{PRICES}\nF3,,10,5,,\nF3,,20,4,,\n")
    folder.write("categories", "category,words,goes_with\nplug,plugs,lamp\n")
    folder.write("warranty", "brand,category,how_to_claim\nBeta,plug,call\n")
    folder.change("catalogue", "F3,garden lamp", "F3,=garden lamp")
    folder.change("catalogue", "1500.00,piece,,7", ",,,-7")
    folder.change("catalogue", "big plug,", "big plug,,")

    with pytest.raises(ContentError) as caught:
        folder.open()
    assert [str(problem) for problem in caught.value.problems] == [
        (
            "catalogue.csv:4: 'name' holds a formula: '=garden lamp'. Write the value itself; "
            "no text starts with = + - @. And 3 more in this row."
        ),
        'catalogue.csv:6: 19 cells where 18 belong. A comma too few or too many? A text with a comma needs quotes (").',
    ]


def test_one_error_for_a_file_in_another_encoding(folder: ShopFolder) -> None:
    """What refers to a catalogue that cannot be read is no mistake as well."""
    folder.write("prices", f"{PRICES}\nF1,,10,5,,\nF2,coil,20,4,,\n")
    folder.write("warranty", "brand,category,how_to_claim\nAlfa,lamp,call\n")
    (folder.path / TABLE).write_bytes(CATALOGUE.encode("utf-16"))

    assert [(file, line) for file, line, _ in folder.problems()] == [(TABLE, 1)]


def database(path: Path, script: str) -> None:
    """Make a SQLite file."""
    with closing(sqlite3.connect(path / "shop.sqlite")) as connection:
        connection.executescript(script)


def test_tables_in_a_database(folder: ShopFolder) -> None:
    """The catalogue may stand in a SQLite file, beside tables that stay CSV files."""
    (folder.path / TABLE).unlink()
    folder.write("prices", "code,unit,from_quantity,price,valid_from,valid_to\nA1,,10,90,,\n")
    database(
        folder.path,
        "CREATE TABLE catalogue (code TEXT, name TEXT, aliases TEXT, price NUMERIC, unit TEXT, stock INTEGER);"
        "INSERT INTO catalogue VALUES ('A1', 'big lamp', 'lamp|light', 100.5, 'piece', 3), "
        "('A2', 'rope', NULL, 9, 'metre', 0);",
    )

    assert folder.ask("catalogue", {"product": "light"}).values["price"] == "100.5"
    assert folder.ask("quote", {"product": "light", "quantity": "10"}).values["total"] == "900"


def test_bad_rows_in_a_database(folder: ShopFolder) -> None:
    """What a database does not forbid is told as for any table."""
    (folder.path / TABLE).unlink()
    database(
        folder.path,
        "CREATE TABLE catalogue (code, name, aliases, price, unit, stock);"
        "INSERT INTO catalogue VALUES ('A1', 'lamp', '', 0.1, 'piece', 3), ('A1', '=1', '', -5, 'piece', x'00');",
    )

    assert [(line, what) for _, line, what in folder.problems()] == [
        (3, "'name' holds a formula: '=1'."),
    ]


def test_table_in_both_places(folder: ShopFolder) -> None:
    """Which of two catalogues counts is not guessed."""
    database(folder.path, "CREATE TABLE catalogue (code, name, aliases, price, unit, stock);")

    assert ("shop.sqlite/catalogue", 0, "The table is in catalogue.csv as well.") in folder.problems()


def test_broken_database(folder: ShopFolder) -> None:
    """A file that is no database is told as such."""
    (folder.path / "shop.sqlite").write_bytes(b"no database" * 100)

    with pytest.raises(ContentError, match=r"^shop\.sqlite: This is no SQLite file"):
        folder.open()


def test_database_that_is_not_opened(folder: ShopFolder, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A pipe would be waited for, and a link may lead to what is not the shop's."""
    path = folder.path / "shop.sqlite"
    os.mkfifo(path)
    assert folder.problems() == [("shop.sqlite", 0, "This is no file.")]

    path.unlink()
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    database(elsewhere, "CREATE TABLE orders (order_number, phone, status, expected);")
    path.symlink_to(elsewhere / "shop.sqlite")
    assert folder.problems() == [("shop.sqlite", 0, "This is a link that leads out of its folder.")]


def test_left_out_rows_are_logged_without_their_contents(folder: ShopFolder, caplog: pytest.LogCaptureFixture) -> None:
    """The log says which rows are left out, and nothing of what stands in them."""
    folder.write("orders", "order_number,phone,status,expected\n4512,98000 0000,packed,\n")
    shop = folder.open(tolerate_bad_rows=True)

    assert [record.getMessage() for record in caplog.records] == ["row left out: orders.csv:2"]
    assert ask(shop, "order", {"order number": "4512", "caller number": "9800000001"}).status == "not found"
