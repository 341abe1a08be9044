"""What a person who is rung hears of the call: what it is about and nothing else, and no caller's tricks."""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from dialogue.worked_example.shop_on_the_phone import Phone

from callagent.clock import IST
from callagent.dialogue.actions import CallBegan, CallerSaid, Input, Listen, LookedUp, LookUp, Transfer
from callagent.dialogue.engine import Engine
from callagent.dialogue.whispering import LONGEST, LONGEST_VALUE
from callagent.flow_dialogue import FlowDialogue
from callagent.knowledge.shop import open_shop

if TYPE_CHECKING:
    from dialogue.conftest import Desk

ROOT = Path(__file__).parent.parent.parent
FRIDAY = datetime(2026, 11, 20, 11, 0, tzinfo=IST)


@cache
def shipped(shop: str) -> FlowDialogue:
    """A shop as it ships."""
    return FlowDialogue(ROOT / "flows" / shop, ROOT / "prompts" / shop, open_shop(ROOT / "flows" / shop))


def whispered(*turns: str, shop: str = "electrical", known: dict[str, str] | None = None) -> str:
    """What the person hears to whom a caller comes who says this; look-ups find what is wanted."""
    dialogue = shipped(shop)
    decision = dialogue.begin(CallBegan(FRIDAY, "+919800000001", known=known or {}))
    waiting = list(turns)
    while not isinstance(wanted := decision.actions[-1], Transfer):
        if isinstance(wanted, LookUp):
            given: Input = LookedUp("found", dict.fromkeys(wanted.gives, "5"))
        else:
            assert isinstance(wanted, Listen)
            given = CallerSaid(waiting.pop(0))
        decision = dialogue.advance(decision.state, given, FRIDAY)
    assert not waiting
    return wanted.whisper


@pytest.mark.parametrize("shop", ["electrical", "medical"])
def test_a_caller_who_said_nothing_but_operator(shop: str) -> None:
    """There is nothing to tell, and nothing is made up."""
    assert whispered("operator", shop=shop) == "A caller from the shop's line."


@pytest.mark.parametrize(
    ("turns", "told"),
    [
        (("price", "ceiling fan"), "They asked about price. It is about ceiling fan."),
        (("price of a ceiling fan",), "They asked about price. It is about ceiling fan."),
        (("when do you open",), "They asked about opening hours."),
        (("order status", "45127"), "They asked about order status. The order number is four five one two seven."),
        (
            ("price", "ceiling fan", "order status", "45127"),
            "They asked about order status. The order number is four five one two seven.",
        ),
    ],
)
def test_what_the_caller_wanted_last_is_told(turns: tuple[str, ...], told: str) -> None:
    """With what they answered about it, though the flow has done with it; what they wanted before is not."""
    assert whispered(*turns, "operator") == f"A caller from the shop's line. {told}"


def test_a_complaint_is_about_nothing_that_was_asked_before() -> None:
    """A price that was asked for says nothing of what is complained about."""
    assert whispered("price", "ceiling fan", "i have a complaint") == "A caller with a complaint."


def test_a_caller_who_is_known_has_a_name() -> None:
    """As they told it in another call."""
    told = whispered("operator", known={"caller": "known", "caller's name": "Asha"})

    assert told == "A caller from the shop's line. The name is Asha."


def test_what_others_have_written_is_kept_to_words() -> None:
    """A name that is remembered as a caller gave it, or a value of the shop's computer."""
    known = {"caller": "known", "caller's name": '<say-as interpret-as="x">Asha</say-as>;`rm`' + " Rao" * 50}
    told = whispered("operator", known=known)

    assert told.startswith("A caller from the shop's line. The name is say-as interpret-as x Asha /say-as rm Rao")
    assert len(told) <= len("A caller from the shop's line. The name is .") + LONGEST_VALUE


def test_the_whisper_is_in_the_callers_language() -> None:
    """And so tells which it is."""
    told = whispered("दाम बताइए", "सीलिंग फैन", "काउंटर", known={"caller": "known", "language": "hi"})

    assert told == "दुकान की लाइन से एक ग्राहक। दाम के बारे में पूछा। बात सीलिंग फैन की है।"


TELLS = """\
  main:
    - ask: trouble
      type: free text
    - ask: code
      type: digits 4 to 8
      private: yes
    - transfer: [owner]
      whisper: tell
      nobody: operator
"""
LINES = """\
  trouble: What is wrong?
  tell: "A caller. They asked about {caller's wish}. They say {trouble}."
"""


def told_of(desk: "Desk", trouble: str) -> str:
    """The whisper about a caller with that trouble."""
    flow = desk.FLOW.replace("anytime:", "people: {owner: {phone: +919800000002}}\nanytime:") + TELLS
    phone = Phone(Engine(desk.load(flow=flow, prompts=LINES)))
    phone(CallerSaid(trouble), CallerSaid("4512"))
    [wanted] = [action for action in phone.actions if isinstance(action, Transfer)]
    return wanted.whisper


def test_the_callers_words_stay_words(desk: "Desk") -> None:
    """No markup, no addresses, no orders to a voice; scripts keep their marks."""
    told = told_of(desk, '<break time="9s"/> my <b>पंखा</b> {price} & https://x.example | $(reboot)')

    assert told == "A caller. They say break time 9 s my b पंखा b price https x example reboot."


def test_nobody_is_held_up_by_a_long_story(desk: "Desk") -> None:
    """Some words of it are enough."""
    told = told_of(desk, "it hums " * 100)

    assert told.startswith("A caller. They say it hums it hums")
    assert len(told) <= len("A caller. They say .") + LONGEST_VALUE < LONGEST


def test_a_wish_is_told_to_people_only(desk: "Desk") -> None:
    """In a line that callers hear nobody sets it: the mistake is shown."""
    problems = desk.problems("- say: mine\n- end: bye", prompts='  mine: "You want {caller\'s wish}."\n')

    assert [one.what for one in problems] == ["'{caller's wish}' is not a value anybody sets."]
