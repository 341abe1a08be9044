"""Private answers: kept by nobody, and shown to no model, however the caller tells them."""

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from dialogue.conftest import ASource, SomeFacts

from callagent.clock import IST
from callagent.dialogue.actions import CallBegan, CallerSaid, Converse, Decision, Understood
from callagent.dialogue.engine import Engine, State

if TYPE_CHECKING:
    from dialogue.conftest import Desk

NOW = datetime(2026, 11, 20, 11, 0, tzinfo=IST)
BANK = """\
- ask: pin
  type: digits 4
  private: yes
- ask: amount
  type: number 1 to 9999
- ask: sure
  type: yes or no
- end: bye
"""
CHAT = """\
- menu: pick
  choices: {tea: {press: 1, do: bank}, coffee: {press: 2, end: bye}}
  anything else: chat
- end: bye
"""
MORE = """\
  chat:
    - talk: chat
      at most: 5 turns
    - end: bye
  bank:
    - ask: pin
      type: digits 4
      private: yes
"""
LINES = "  pin: Your pin?\n  amount: How much?\n  cannot_say: I cannot say.\n"
TALK = "talk:\n  chat: Be kind.\n"


def heard(engine: Engine, *texts: str) -> Decision[State]:
    """What the last of the caller's words comes to."""
    decision = engine.begin(CallBegan(NOW))
    for text in texts:
        decision = engine.advance(decision.state, CallerSaid(text), NOW)
    return decision


@pytest.fixture
def bank(desk: "Desk") -> Engine:
    """It asks for a pin, then for an amount."""
    return Engine(desk.load(BANK, prompts=LINES))


@pytest.fixture
def chat(desk: "Desk") -> Engine:
    """A menu where anything else is for the model; one of its choices asks for a pin."""
    steps = "  main:\n" + "".join(f"    {line}\n" for line in CHAT.splitlines()) + MORE
    return Engine(desk.load(flow=desk.FLOW + steps, prompts=LINES + TALK))


def test_a_call_with_a_private_answer_is_not_kept(bank: Engine) -> None:
    """Until it was given the call could be taken up."""
    assert bank.can_resume(heard(bank).state)

    told = heard(bank, "four three two one").state
    assert "4321" in repr(told)
    assert not bank.can_resume(told)


def test_a_private_answer_that_comes_early_is_not_kept(desk: "Desk") -> None:
    """It waits for its question, and the call is not taken up."""
    engine = Engine(desk.load("- ask: product\n  type: catalogue item\n" + BANK, prompts=LINES))

    assert not engine.can_resume(heard(engine, "a fan and the pin four three two one").state)


def test_a_private_answer_told_again_is_hidden(bank: Engine) -> None:
    """Whatever it was taken for at the next question."""
    decision = heard(bank, "4321", "as i said my pin is 4321")

    assert decision.turn_private
    assert "4321" not in [note.value for note in decision.notes if isinstance(note, Understood)]
    assert not heard(bank, "4321", "500").turn_private


def test_what_may_be_private_is_hidden_from_a_talk(chat: Engine) -> None:
    """On the way into it, and within it."""
    into = heard(chat, "my pin is 4321 and i would like a chat")
    within = heard(chat, "i would like a chat about the weather", "my pin is four three two one")
    harmless = heard(chat, "i would like a chat about the weather")

    assert [any(isinstance(one, Converse) for one in step.actions) for step in (into, within, harmless)] == [True] * 3
    assert [step.turn_private for step in (into, within, harmless)] == [True, True, False]


def test_what_fits_nothing_may_be_private(desk: "Desk") -> None:
    """A talk later in the call would read it."""
    engine = Engine(
        desk.load(
            "- ask: sure\n  type: yes or no\n" + BANK.replace("- ask: sure\n  type: yes or no\n", ""), prompts=LINES
        )
    )

    assert heard(engine, "my pin is 4321").turn_private
    assert not heard(engine, "my what").turn_private


def test_nobody_remembers_a_private_answer(desk: "Desk") -> None:
    """Under another name it would be kept from call to call."""
    steps = "- ask: pin\n  type: digits 4\n  private: yes\n  remember as: name\n- end: bye"
    (problem,) = desk.problems(steps, prompts=LINES)

    assert problem.what == "A private answer is kept by nobody, so it cannot be remembered as 'name'."


def test_a_talk_does_not_tell_of_customers_by_their_numbers_alone(desk: "Desk") -> None:
    """Whoever knows somebody's number could ask; not so with an order's number too, or by the number that calls."""
    needs = {
        "order": ("order number", "caller number"),
        "order by phone": ("order number", "phone number"),
        "orders of": ("phone number",),
    }
    facts = SomeFacts(sources={name: ASource(needed, ("status",)) for name, needed in needs.items()})
    steps = "- talk: chat\n  knows: [order, order by phone, orders of]\n  at most: 5 turns\n- end: bye"
    [problem] = desk.problems(steps, prompts=LINES + TALK, facts=facts)

    assert problem.what == "In this talk 'orders of' tells anybody of whoever's telephone number they say."
