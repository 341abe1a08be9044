"""From what callers call a thing to the thing itself: names, other words for them, slips, and several at once."""

import pytest
from support.shop_folder import ShopFolder, ask

from callagent.knowledge.shop import Answer, Shop

CATEGORIES = """\
category,words,words_hi,words_hinglish,goes_with
rope,ropes|cord,रस्सी,rassi,
lamp,lights,लैंप,laimp,plug
"""
SYNONYMS = "word,means\nlaltain,lamp\nbig wala,big\nलालटेन,lamp\nglow stick,lamp\n"


@pytest.fixture
def shop(folder: ShopFolder) -> Shop:
    """A shop with words for whole categories, and words of its trade."""
    folder.write("categories", CATEGORIES)
    folder.write("synonyms", SYNONYMS)
    return folder.open()


def found(shop: Shop, product: str) -> str | tuple[str, ...]:
    """The name of the item that is meant, or of those that may be; empty when none is."""
    answer = ask(shop, "catalogue", {"product": product})
    return answer.values["name"] if answer.status == "found" else answer.candidates


@pytest.mark.parametrize(
    ("product", "name"),
    [
        ("big lamp", "big lamp"),
        ("  BIG   Lamp ", "big lamp"),
        ("lamp", "big lamp"),
        ("chhota lamp", "small lamp"),
        ("छोटा लैंप", "small lamp"),
        ("10A plug", "ten amp plug"),
        ("10 amp plugs", "ten amp plug"),
        ("plug ten ampere", "ten amp plug"),
        ("दस एम्पियर प्लग", "ten amp plug"),
        ("mujhe das ampere ka plug chahiye", "ten amp plug"),
        ("laal rasi", "red rope"),
        ("golden laltain", "golden lamp"),
        ("golden lalten", "golden lamp"),
        ("gardan lamp please", "garden lamp"),
        ("the gardn lamp", "garden lamp"),
    ],
)
def test_one_is_meant(shop: Shop, product: str, name: str) -> None:
    """Names of all languages, other forms of them, synonyms and slips lead to the item."""
    assert found(shop, product) == name


@pytest.mark.parametrize(
    ("product", "names"),
    [
        ("cord", ("red rope", "blue rope")),
        ("rassi", ("red rope", "blue rope")),
        ("रस्सी", ("red rope", "blue rope")),
        ("lights", ("big lamp", "garden lamp", "golden lamp", "small lamp")),
    ],
)
def test_several_are_meant(shop: Shop, product: str, names: tuple[str, ...]) -> None:
    """A word for several things gives their names to choose from, those in stock first."""
    assert found(shop, product) == names


@pytest.mark.parametrize("source", ["stock", "quote", "warranty", "warranty terms", "alternatives", "recommendations"])
def test_several_for_whatever_is_asked(shop: Shop, source: str) -> None:
    """Whatever is asked about a product, several are told as such; each of them is then found."""
    asked = {"product": "cord", "quantity": "1", "bought on": "2026-01-01"}
    answer = ask(shop, source, asked)

    assert answer == Answer("several", candidates=("red rope", "blue rope"))
    assert all(ask(shop, source, {**asked, "product": name}).status != "several" for name in answer.candidates)


@pytest.mark.parametrize(
    "product",
    ["", " ", "moon", "99", "🙂", "'; DROP TABLE items; --", "\0\x07", "x" * 100_000, "word " * 10_000],
)
def test_none_is_meant(shop: Shop, product: str) -> None:
    """What is no product is not found, however absurd it is."""
    assert found(shop, product) == ()


def test_model_of_meanings(folder: ShopFolder) -> None:
    """A model may give further words for what is searched."""
    shop = folder.open(meanings=lambda terms: ["garden"] if "outdoor" in terms else [])

    assert found(shop, "outdoor lamp") == "garden lamp"
    assert found(folder.open(), "outdoor lamp") != "garden lamp"


def test_words_are_the_shops_data(folder: ShopFolder) -> None:
    """Without its table of synonyms the shop does not know its trade's words."""
    assert found(folder.open(), "golden laltain") != "golden lamp"


def test_same_words_for_two_items(folder: ShopFolder) -> None:
    """Names that differ only in the order of their words are told apart by asking."""
    folder.change("catalogue", "garden lamp,", "lamp small one,")
    folder.change("catalogue", "desk lamp", "one small lamp")

    assert set(found(folder.open(), "small one lamp")) == {"small lamp", "lamp small one"}
