"""The shops that ship: their tables are whole, and every name in them can be looked up."""

import csv
from pathlib import Path

import pytest
from support.shop_folder import NOW, ask

from callagent.knowledge.shop import Shop, open_shop

ROOT = Path(__file__).parents[2]
SHOPS = ("electrical", "medical")
LEAST = {"electrical": 300, "medical": 60}


@pytest.fixture(scope="module", params=SHOPS)
def name(request: pytest.FixtureRequest) -> str:
    """A shop."""
    return str(request.param)


@pytest.fixture(scope="module")
def shop(name: str) -> Shop:
    """Its data."""
    return open_shop(ROOT / "flows" / name)


def test_whole(name: str, shop: Shop) -> None:
    """A shop sells enough, in all languages, and answers everything that can be asked."""
    assert len(shop.items()) >= LEAST[name]
    assert not [item.name for item in shop.items() if len(item.aliases_in) < 2 or not all(item.aliases_in.values())]
    assert not [item.name for item in shop.items() if any(char.isdigit() for name in item.names() for char in name)]
    assert {
        *("catalogue", "stock", "quote", "warranty", "warranty terms", "alternatives", "recommendations"),
        *("price range", "order", "order by phone", "delivery", "location", "nearest location", "faq"),
    } == set(shop.sources)


def test_scripts(shop: Shop) -> None:
    """Hindi stands in Devanagari, English and Hinglish in Latin letters."""
    for item in shop.items():
        assert all(name.isascii() for name in (item.name, *item.aliases, *item.aliases_in["hinglish"]))
        assert not any(char.isascii() and char.isalpha() for name in item.aliases_in["hi"] for char in name)


async def test_every_name_is_found(shop: Shop) -> None:
    """Each name of each item, in every language, leads to that item; and every source answers for it."""
    for item in shop.items():
        for name in item.names():
            answer = await shop.look_up("catalogue", {"product": name}, ("name", "unit"), NOW)
            assert answer.values == {"name": item.name, "unit": item.unit}, name
        for source in ("quote", "warranty", "warranty terms", "stock"):
            asked = {"product": item.name, "quantity": "3", "bought on": "2026-01-10"}
            assert (await shop.look_up(source, asked, shop.sources[source].gives, NOW)).status == "found", item.name


def test_larger_quantities_cost_no_more_each(shop: Shop) -> None:
    """No break makes a thing dearer."""
    for item in shop.items():
        prices = [
            float(ask(shop, "quote", {"product": item.name, "quantity": str(count)}).values["unit price"])
            for count in (1, 5, 10, 20, 50, 100, 1000)
        ]
        assert prices == sorted(prices, reverse=True), item.name


def test_every_frequent_question_is_answered(name: str, shop: Shop) -> None:
    """Every question of the table, as it stands there, has its own answer."""
    with (ROOT / "flows" / name / "faq.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for column in ("questions", "questions_hi", "questions_hinglish"):
                for question in row[column].split("|"):
                    assert ask(shop, "faq", {"question": question}).values.get("topic") == row["topic"], question


def test_makers_are_in_no_python(shop: Shop) -> None:
    """The program knows no product, maker or order of a shop."""
    program = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "callagent").rglob("*.py"))
    for item in shop.items():
        assert item.more["brand"] not in program
        assert item.code not in program
