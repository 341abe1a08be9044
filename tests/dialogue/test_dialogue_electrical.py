"""The shop that ships: whole calls, from greeting to goodbye."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callagent.clock import IST
from callagent.dialogue.actions import (
    CallBegan,
    CallerKeyed,
    CallerSaid,
    CallerSilent,
    Converse,
    HangUp,
    Input,
    Kind,
    Listen,
    LookedUp,
    LookUp,
    Say,
    Transfer,
    Transferred,
)
from callagent.dialogue.engine import Engine
from callagent.dialogue.loader import load_flow
from callagent.dialogue.privacy import privacy_of
from callagent.dialogue.run import Run
from callagent.knowledge.shop import Shop, open_shop

ROOT = Path(__file__).parents[2]
FRIDAY = datetime(2026, 11, 20, 11, 0, tzinfo=IST)
SUNDAY = FRIDAY + timedelta(days=2)
CALLER = "+919800000001"


@pytest.fixture(scope="module")
def shop() -> Shop:
    """The shop's data."""
    return open_shop(ROOT / "flows" / "electrical")


@pytest.fixture(scope="module")
def engine(shop: Shop) -> Engine:
    """The shop's conversation."""
    return Engine(load_flow(ROOT / "flows" / "electrical", ROOT / "prompts" / "electrical", shop))


def call(engine: Engine, shop: Shop, *inputs: Input, now: datetime = FRIDAY, down: bool = False) -> list[str]:
    """A call in which the caller does `inputs`: all that is said, "~" where the model speaks, and how it ends."""
    heard = []
    decision = engine.begin(CallBegan(now, CALLER))
    waiting = list(inputs)
    while True:
        heard += [action.line for action in decision.actions if isinstance(action, Say)]
        heard += ["~" for action in decision.actions if isinstance(action, Converse)]
        last = decision.actions[-1]
        if isinstance(last, LookUp):
            answer = asyncio.run(shop.look_up(last.source, last.arguments, last.gives))
            given: Input = LookedUp("down") if down else LookedUp(answer.status, answer.values)
        elif isinstance(last, Transfer):
            given = Transferred("answered")
        elif isinstance(last, HangUp):
            return [*heard, f"({last.disposition})"]
        elif waiting:
            given = waiting.pop(0)
        else:
            return heard
        decision = engine.advance(decision.state, given, now)


def test_price_then_order_then_hours(engine: Engine, shop: Shop) -> None:
    """A caller asks a product's price in one sentence, an order's status and the opening hours, and says goodbye."""
    heard = call(
        engine,
        shop,
        CallerSaid("what is the price of a ceiling fan"),
        CallerSaid("order status"),
        CallerKeyed("45127"),
        CallerSaid("no"),
        CallerSaid("opening hours"),
        CallerSaid("no thanks"),
    )

    assert heard == [
        *("welcome", "main_menu", "price_in_stock", "more_help"),
        *("order number", "order_is", "text_order", "more_help"),
        *("our_hours", "open_now", "more_help", "goodbye", "(goodbye)"),
    ]


def test_price_is_said_in_full(engine: Engine, shop: Shop) -> None:
    """The price is said in words, with enough after it to interrupt."""
    assert shop.sources["catalogue"].needs == ("product",)
    decision = engine.begin(CallBegan(FRIDAY))
    for given in (CallerSaid("price"), CallerSaid("ceiling fan")):
        decision = engine.advance(decision.state, given, FRIDAY)
    found = LookedUp("found", {"price": "1849.00", "unit": "piece", "stock": "24", "counted": "no"})
    decision = engine.advance(decision.state, found, FRIDAY)
    said = decision.actions[0]

    assert isinstance(said, Say)
    assert said.text.startswith(
        "The ceiling fan costs one thousand eight hundred and forty-nine rupees per piece, with all taxes included."
    )
    assert len(said.text) > 150


@pytest.mark.parametrize(
    ("product", "line"),
    [("ceiling fan", "price_in_stock"), ("geyser", "price_in_stock"), ("room heater", "alternative_is")],
)
def test_stock_decides(engine: Engine, shop: Shop, product: str, line: str) -> None:
    """In place of what is out of stock something like it is named."""
    assert call(engine, shop, CallerSaid("price"), CallerSaid(product))[-2:] == [line, "more_help"]


@pytest.mark.parametrize(
    ("number", "lines"),
    [
        ("four five one two seven", ["order_is", "text_order"]),
        ("45120", ["order_is", "text_order"]),
        ("99999", ["no_such_order", "other telephone"]),
    ],
)
def test_orders(engine: Engine, shop: Shop, number: str, lines: list[str]) -> None:
    """An order's number may be said; of one that is not known, another telephone is asked for."""
    assert call(engine, shop, CallerSaid("order status"), CallerSaid(number))[-2:] == lines


@pytest.mark.parametrize(
    ("inputs", "line"),
    [((CallerKeyed("1"), CallerSaid("fan")), "no_prices"), ((CallerKeyed("2"), CallerKeyed("45127")), "no_orders")],
)
def test_data_is_down(engine: Engine, shop: Shop, inputs: tuple[Input, ...], line: str) -> None:
    """When the data does not answer, nothing is guessed."""
    assert call(engine, shop, *inputs, down=True)[-2:] == [line, "more_help"]


def test_operator(engine: Engine, shop: Shop) -> None:
    """Asking for a person rings the shop's people while it is open; when it is not, a message may be left."""
    assert call(engine, shop, CallerSaid("operator"))[-2:] == ["connecting", "(transferred)"]
    assert call(engine, shop, CallerKeyed("0"), now=SUNDAY) == [
        *("welcome", "closed_now", "main_menu", "counter_closed", "leave_word")
    ]


def test_silent_caller(engine: Engine, shop: Shop) -> None:
    """A line on which nobody speaks is hung up politely."""
    heard = call(engine, shop, CallerSilent(), CallerSilent(), CallerSilent())

    assert heard == ["welcome", "main_menu", "main_menu", "main_menu", "no_answer", "(no_answer)"]


def test_caller_who_is_not_understood(engine: Engine, shop: Shop) -> None:
    """Noise leads to a person after three questions."""
    heard = call(engine, shop, CallerSaid("price"), *[CallerSaid("")] * 4)

    assert heard[-5:] == ["product", "product", "product", "connecting", "(transferred)"]


def test_helper(engine: Engine, shop: Shop) -> None:
    """Other words are talked about with the model, from which the price is one word away."""
    heard = call(
        engine, shop, CallerSaid("which fan is quiet"), CallerSaid("for a bedroom"), CallerSaid("how much is it")
    )

    assert heard == ["welcome", "main_menu", "~", "~", "product"]


def test_instructions_hold_no_figures(engine: Engine) -> None:
    """The model is told the shop's name, and no number that a customer may act on but the counter's."""
    instructions = engine.flow.prompts["en"].talk["helper"]

    assert "Sharma Electricals" in instructions
    assert not any(char.isdigit() or char == "{" for char in instructions)


def test_size_of_the_catalogue(shop: Shop) -> None:
    """The shop sells enough for a real choice."""
    assert len(shop.items()) >= 40


def test_every_item_can_be_asked_for(engine: Engine, shop: Shop) -> None:
    """Every name and alias, said alone, means its own item."""
    decision = engine.advance(engine.begin(CallBegan(FRIDAY)).state, CallerSaid("price"), FRIDAY)
    listen = decision.actions[-1]
    assert isinstance(listen, Listen)
    assert listen.kind == Kind.ITEM
    for item in shop.items():
        for name in (item.name, *item.aliases):
            asked = engine.advance(decision.state, CallerSaid(f"the {name} please"), FRIDAY).actions[-1]

            given, wanted = {"product": item.name, "quantity": ""}, ("price", "unit", "stock", "counted")
            assert asked == LookUp("catalogue", given, wanted)
            assert name.lower() in listen.phrases


def test_every_fixed_line_is_speakable(engine: Engine) -> None:
    """No fixed line has a digit, a brace or an abbreviation that a synthesizer could read in its own way."""
    lines = engine.flow.fixed_lines("en")

    assert len(lines) > 20
    assert not [line for line in lines if any(char in "0123456789{}_&/%" for char in line)]


@pytest.mark.parametrize(("hour", "state"), [(4, "closed"), (5, "open")])
def test_the_hours_are_the_shops_own(hour: int, state: str) -> None:
    """10:30 in Kolkata is 5:00 in UTC, which is what the machine's clock may tell."""
    shop = open_shop(ROOT / "flows" / "electrical")
    flow = load_flow(ROOT / "flows" / "electrical", ROOT / "prompts" / "electrical", shop)
    now = datetime(2026, 11, 20, hour, 0, tzinfo=UTC)

    state_now = Engine(flow).begin(CallBegan(now)).state
    assert Run(flow, privacy_of(flow), state_now, now).facts()["shop"] == state
