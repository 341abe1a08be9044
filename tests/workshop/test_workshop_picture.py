"""A flow drawn: cards, arrows, Mermaid and SVG."""

import json
import xml.etree.ElementTree as ET

import pytest
from support.phone_call import ROOT
from support.tea_shop import FLOW, TeaShop

from callagent.workshop.picture import TOPICS, Card, Picture, Row, mermaid, picture_of
from callagent.workshop.shops import find_shops, read_shop
from callagent.workshop.svg import Placed, draw, place

SVG = "{http://www.w3.org/2000/svg}"


def test_each_flow_is_a_card_and_each_step_a_row(tea: TeaShop) -> None:
    """With keys, conditions, what happens when a look-up fails, and where the call ends."""
    cards = {card.name: card for card in picture_of(tea.stage().flow).cards}

    assert list(cards) == ["anytime", "when stuck", "hello", "price", "no price"]
    assert cards["hello"] == Card(
        "hello",
        (
            Row("say closed_now", when="shop is closed"),
            Row("menu what"),
            Row("price", "choice", "1", to="price"),
            Row("goodbye: end bye", "choice", "9"),
        ),
        begins=True,
        when_finished=True,
    )
    assert cards["price"].rows == (
        Row("ask product"),
        Row("lookup catalogue"),
        Row("not found", "aside", to="no price"),
        Row("down", "aside", to="no price"),
        Row("say none_left", when="stock is 0"),
        Row("say price_is"),
        Row("end bye", "end"),
    )
    assert cards["anytime"].rows == (Row("repeat", "choice", "*"),)
    assert cards["when stuck"].rows[0] == Row("silence, 2 times: end bye", "aside")


def test_side_questions_are_drawn(tea: TeaShop) -> None:
    """What callers may ask at any time stands on a card of its own, and is marked where it leads."""
    tea.write(
        flow=FLOW.replace(
            "when stuck:\n", "topics: {price: price, stock: price}\nwhen stuck:\n  new topic: answer and come back\n"
        )
    )
    picture = picture_of(tea.stage().flow)
    cards = {card.name: card for card in picture.cards}
    texts = ["".join(element.itertext()) for element in ET.fromstring(draw(picture)).iter(f"{SVG}text")]

    assert cards[TOPICS].rows == (Row("price, stock", "choice", to="price", comes_back=True),)
    assert [name for name, card in cards.items() if card.asked_anywhere] == ["price"]
    assert "◆ price" in texts
    assert any("price, stock  ⇄ price" in text for text in texts)
    assert '  f2 <-->|"price, stock"| f4' in mermaid(picture).splitlines()


def test_mermaid_text(tea: TeaShop) -> None:
    """A flowchart with the same cards and arrows."""
    lines = mermaid(picture_of(tea.stage().flow)).splitlines()

    assert lines[3] == "flowchart LR"
    assert '  f3 -.->|"down"| f4' in lines
    assert '  f2 -->|"1"| f3' in lines
    assert '  call(("call")) --> f2' in lines
    assert '  done(["when finished"]) -.-> f2' in lines
    assert any("[1] price<br/>[9] goodbye: end bye" in line for line in lines)


def test_what_staff_write_is_no_markup() -> None:
    """Angle brackets, quotes and ampersands stand in the picture as they were written."""
    odd = '<b onload="x">&'
    picture = Picture(odd, (Card(odd, (Row(odd, "choice", when=odd),), begins=True),))
    texts = [text for element in ET.fromstring(draw(picture)).iter(f"{SVG}text") for text in element.itertext()]

    assert odd in texts
    assert "<b onload" not in mermaid(picture).replace(f"title: {json.dumps(odd)}", "")


@pytest.mark.parametrize("shop", [folders.name for folders in find_shops(ROOT / "flows", ROOT / "prompts")])
def test_nothing_in_a_picture_lies_on_anything_else(shop: str) -> None:
    """Cards do not overlap, and every arrow drawn leads to a later column."""
    [folders] = find_shops(ROOT / "flows", ROOT / "prompts", [shop])
    picture = picture_of(read_shop(folders).flow)
    placed = list(place(picture).values())

    assert len(placed) == len(picture.cards)
    assert [
        (one.card.name, other.card.name)
        for number, one in enumerate(placed)
        for other in placed[number + 1 :]
        if overlap(one, other)
    ] == []
    assert all(one.y > 40 for one in placed)


def overlap(one: Placed, other: Placed) -> bool:
    """Whether two cards cover each other."""
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    above = one.y + one.height <= other.y or other.y + other.height <= one.y
    return not (beside or above)


def test_an_arrow_on_is_drawn_and_an_arrow_back_is_named(tea: TeaShop) -> None:
    """A line for each way that leads on; the name of the place where a line would cross everything."""
    tea.write(flow=FLOW.replace("    - say: no_prices\n    - end: bye\n", "    - say: no_prices\n    - go to: hello\n"))
    root = ET.fromstring(draw(picture_of(tea.stage().flow)))
    lines = [element for element in root.iter(f"{SVG}path") if element.get("class", "").startswith("arrow")]
    texts = ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]

    assert len(lines) == 3
    assert any("go to hello" in text and "↩" in text for text in texts)


def test_a_flow_that_nothing_leads_to_is_drawn_all_the_same() -> None:
    """Pictures help most where something is wrong."""
    picture = Picture("odd", (Card("start", (Row("end bye", "end"),), begins=True), Card("lost", (Row("say hello"),))))

    assert {name: one.column for name, one in place(picture).items()} == {"start": 0, "lost": 1}
