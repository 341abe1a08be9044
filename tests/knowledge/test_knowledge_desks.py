"""Warranty, orders, places, frequent questions and recommendations, as flows look them up."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.shop_folder import ShopFolder

from callagent.clock import IST
from callagent.knowledge.orders import ten_digits
from callagent.knowledge.warranty import covered_until

WARRANTY = """\
brand,category,how_to_claim,how_to_claim_hi,service_centre
,,Bring it to the shop.,दुकान पर लाइए।,
Alfa,,Call the maker.,कंपनी को फोन कीजिए।,Alfa Care
Alfa,plug,Throw it away.,फेंक दीजिए।,
"""
ORDERS = """\
order_number,phone,status,expected
4512,98000 00001|98000 00002,packed,2026-11-24
4513,98000 00003,delivered,
"""
DELIVERY = """\
pin_code,area,days,charge,free_above
110006,Old town,0,0.00,
1100*,The city,2,80.00,3000.00
11*,The region,5,200.00,
"""
LOCATIONS = "name,address,pin_code,phone\nmain,shop one,110006,98000 00001\nwest,shop two,110075,98000 00002\n"
FAQ = """\
topic,questions,questions_hinglish,answer,answer_hi,answer_hinglish
return,can i return it|return policy,wapas ho jaayega,Within a week.,एक हफ्ते में।,Ek hafte mein.
parking,is there parking|where do i park,parking hai kya,Behind the shop.,दुकान के पीछे।,
order,can i order on the phone,,Yes.,,
"""


@pytest.fixture
def shop(folder: ShopFolder) -> ShopFolder:
    """The shop with all of its tables."""
    for name, text in (
        ("warranty", WARRANTY),
        ("orders", ORDERS),
        ("delivery", DELIVERY),
        ("locations", LOCATIONS),
        ("faq", FAQ),
        ("categories", "category,words,goes_with\nlamp,lights,plug\nplug,plugs,\n"),
    ):
        folder.write(name, text)
    return folder


@pytest.mark.parametrize(
    ("product", "bought", "today", "covered", "until"),
    [
        ("big lamp", "2024-11-20", (2026, 11, 20), "yes", "2026-11-20"),
        ("big lamp", "2024-11-19", (2026, 11, 20), "no", "2026-11-19"),
        ("big lamp", "2026-11-20", (2026, 11, 20), "yes", "2028-11-20"),
        ("small lamp", "2024-02-29", (2025, 2, 28), "yes", "2025-02-28"),
        ("ten amp plug", "2026-08-31", (2026, 11, 20), "yes", "2027-02-28"),
        ("garden lamp", "2026-11-19", (2026, 11, 20), "no", ""),
        ("red rope", "2026-11-19", (2026, 11, 20), "no", ""),
    ],
)
def test_warranty(
    shop: ShopFolder, product: str, bought: str, today: tuple[int, int, int], covered: str, until: str
) -> None:
    """The last day of the warranty is covered; the day after is not; what has none never is."""
    values = shop.ask("warranty", {"product": product, "bought on": bought}, datetime(*today, 9, 0, tzinfo=IST)).values

    assert (values["covered"], values["covered until"]) == (covered, until)


@pytest.mark.parametrize("bought", ["2026-11-21", "last week", "", "2026-02-30"])
def test_warranty_of_no_day(shop: ShopFolder, bought: str) -> None:
    """What was bought tomorrow, or on no day, has no answer."""
    assert shop.ask("warranty", {"product": "big lamp", "bought on": bought}).status == "not found"


@given(bought=st.dates(date(1990, 1, 1), date(2090, 1, 1)), months=st.integers(1, 600))
def test_warranty_ends_on_the_same_day_of_the_month(bought: date, months: int) -> None:
    """So many months later, on the same day of the month or on its last."""
    until = covered_until(bought, months)

    assert until is not None
    assert (until.year * 12 + until.month) - (bought.year * 12 + bought.month) == months
    assert until.day == bought.day or (until.day < bought.day and until.day >= 28)


@pytest.mark.parametrize(
    ("product", "how", "centre"),
    [("big lamp", "Call the maker.", "Alfa Care"), ("ten amp plug", "Bring it to the shop.", "")],
)
def test_how_to_claim(shop: ShopFolder, product: str, how: str, centre: str) -> None:
    """The terms of the maker go before those for everything."""
    values = shop.ask("warranty terms", {"product": product}).values

    assert (values["how to claim"], values["service centre"]) == (how, centre)


@pytest.mark.parametrize(
    ("number", "phone", "status"),
    [
        ("4512", "+919800000001", "packed"),
        (" 4512 ", "09800000002", "packed"),
        ("4513", "98000 00003", "delivered"),
        ("4513", "+919800000001", ""),
        ("4512", "", ""),
        ("4512", "800000001", ""),
        ("4512", "+19800000001", ""),
        ("4599", "+919800000001", ""),
        ("4512", "98000 00001|98000 00002", ""),
    ],
)
@pytest.mark.parametrize(("source", "phone_name"), [("order", "caller number"), ("order by phone", "phone number")])
def test_orders(shop: ShopFolder, source: str, phone_name: str, number: str, phone: str, status: str) -> None:
    """An order is told to its own telephone only; to any other it is as if there were none."""
    answer = shop.ask(source, {"order number": number, phone_name: phone})

    assert answer.values.get("status", "") == status
    assert "phone" not in answer.values


def test_orders_need_a_telephone(shop: ShopFolder) -> None:
    """The order's number alone is not enough to ask, and no telephone ever is among what is told."""
    sources = shop.open().sources

    assert sources["order"].needs == ("order number", "caller number")
    assert sources["order"].gives == sources["order by phone"].gives == ("status", "expected")


@pytest.mark.parametrize(
    ("phone", "digits"),
    [
        *(("+91 98000-00001", "9800000001"), ("00919800000001", "9800000001"), ("09800000001", "9800000001")),
        *(("9123456789", "9123456789"), ("919123456789", "9123456789"), ("98000", ""), ("", ""), ("९८००००००००", "")),
    ],
)
def test_ten_digits(phone: str, digits: str) -> None:
    """A telephone's number is the same with and without its country code."""
    assert ten_digits(phone) == digits


@pytest.mark.parametrize(
    ("pin", "area", "expected"),
    [
        ("110006", "Old town", "2026-11-20"),
        ("110 007", "The city", "2026-11-22"),
        ("112233", "The region", "2026-11-25"),
    ],
)
def test_delivery(shop: ShopFolder, pin: str, area: str, expected: str) -> None:
    """The closest area of a PIN code counts; the day is counted from today."""
    values = shop.ask("delivery", {"pin code": pin}).values

    assert (values["area"], values["expected"]) == (area, expected)


@pytest.mark.parametrize("pin", ["560001", "11000", "011000", "1100*", "", "११०००६"])
def test_no_delivery(shop: ShopFolder, pin: str) -> None:
    """Elsewhere, and to what is no PIN code, nothing is delivered."""
    assert shop.ask("delivery", {"pin code": pin}).status == "not found"


def test_locations(shop: ShopFolder) -> None:
    """The first branch is the main one; the nearest is the one in the most similar postal region."""
    assert shop.ask("location", {}).values["name"] == "main"
    assert shop.ask("nearest location", {"pin code": "110077"}).values["name"] == "west"
    assert shop.ask("nearest location", {"pin code": "here"}).status == "not found"


@pytest.mark.parametrize(
    ("question", "language", "answer"),
    [
        ("can I return it?", "en", "Within a week."),
        ("what is your return policy please", "en", "Within a week."),
        ("kya yeh wapas ho jaayega", "hinglish", "Ek hafte mein."),
        ("wapas ho jayega", "hi", "एक हफ्ते में।"),
        ("parking hai", "hinglish", "Behind the shop."),
        ("where is my order", "en", ""),
        ("what is the weather", "en", ""),
        ("", "en", ""),
    ],
)
def test_faq(shop: ShopFolder, question: str, language: str, answer: str) -> None:
    """A question like a known one has its answer, in English where the language has none; another has no answer."""
    assert shop.ask("faq", {"question": question, "language": language}).values.get("answer", "") == answer


def test_alternatives(shop: ShopFolder) -> None:
    """Instead of what is sold out: the same kind, in stock, most alike, and not far dearer."""
    values = shop.ask("alternatives", {"product": "small lamp"}).values

    assert (values["name"], values["price"], values["others"]) == ("big lamp", "1000.00", "garden lamp")
    assert shop.ask("alternatives", {"product": "ten amp plug"}).status == "not found"


def test_recommendations(shop: ShopFolder) -> None:
    """What goes with it: named by the item itself, else the fitting one of a category that goes with its own."""
    assert shop.ask("recommendations", {"product": "big lamp"}).values["name"] == "ten amp plug"
    assert shop.ask("recommendations", {"product": "garden lamp"}).values["name"] == "ten amp plug"
    assert shop.ask("recommendations", {"product": "red rope"}).status == "not found"
