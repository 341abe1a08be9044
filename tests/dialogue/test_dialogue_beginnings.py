"""What of a line with values is the same for all callers, and what may be said again to others."""

import pytest
from support.phone_call import MORNING, ROOT

from callagent.clock import ManualClock
from callagent.dialogue.actions import CallBegan, CallerKeyed, CallerSaid, LookedUp, LookUp, Say
from callagent.dialogue.privacy import told_everybody
from callagent.dialogue.wording import parse_template
from callagent.flow_dialogue import FlowDialogue
from callagent.knowledge.shop import open_shop

TABLE = {"price": "1450", "unit": "piece", "stock": "5", "counted": "no"}


@pytest.mark.parametrize(
    ("line", "opening", "lead"),
    [
        ("Thank you. We call {number}.", "Thank you.", "Thank you."),
        ("Thank you. I am sorry, your {item} is old.", "Thank you.", "Thank you. I am sorry,"),
        ("I am sorry, your {item} is old. Good bye.", "", "I am sorry,"),
        ("Well, the {item} is old.", "", ""),
        ("Order {number} is packed, at last.", "", ""),
        ("{answer} The place is {place}.", "", ""),
        ("माफ़ कीजिए, {item} नहीं है।", "", "माफ़ कीजिए,"),
        ("We are open.", "", ""),
    ],
)
def test_how_a_line_begins(line: str, opening: str, lead: str) -> None:
    """Whole sentences before any value, and two words or more up to a comma; a fixed line is kept as a whole."""
    assert parse_template(line, lambda *_: None).beginnings == (opening, lead)


@pytest.fixture(scope="module")
def dialogue() -> FlowDialogue:
    """The electrical shop's."""
    shop = open_shop(ROOT / "flows" / "electrical", clock=ManualClock(MORNING))
    return FlowDialogue(ROOT / "flows" / "electrical", ROOT / "prompts" / "electrical", shop)


def test_what_the_tables_tell_of_an_item_is_for_everybody(dialogue: FlowDialogue) -> None:
    """Orders, numbers that callers say, and what is looked up by them are not."""
    told = told_everybody(dialogue.flow)

    assert {"product", "price", "stock"} <= told
    assert not {"order number", "status", "expected", "pin code", "callback number", "caller number"} & told


def test_a_price_is_for_everybody(dialogue: FlowDialogue) -> None:
    """As the engine says it."""
    asked = dialogue.advance(dialogue.begin(CallBegan(MORNING)).state, CallerKeyed("1"), MORNING)
    decision = dialogue.advance(asked.state, CallerSaid("ceiling fan"), MORNING)
    while isinstance(decision.actions[-1], LookUp):
        decision = dialogue.advance(decision.state, LookedUp("found", TABLE), MORNING)
    [price] = [say for say in decision.actions if isinstance(say, Say) and not say.fixed]

    assert price.told_everybody


def test_beginnings_are_worth_keeping(dialogue: FlowDialogue) -> None:
    """Those of all lines, once each; parts of sentences only for a voice that can be spliced."""
    whole = dialogue.flow.beginnings("en", clauses=False)
    parts = dialogue.flow.beginnings("en", clauses=True)

    assert "Thank you." in whole
    assert "I am sorry," in parts
    assert not any(text.endswith(",") for text in whole)
