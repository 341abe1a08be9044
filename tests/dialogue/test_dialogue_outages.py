"""A conversation while a whole stage is down: by keypad, by the flow alone, or with a person."""

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from dialogue.conftest import PROMPTS

from callagent.clock import IST
from callagent.dialogue.actions import (
    CallBegan,
    CallerKeyed,
    CallerSaid,
    CallerUnheard,
    Consent,
    Converse,
    Decision,
    HangUp,
    Input,
    Listen,
    ModelFailed,
    NothingWorks,
    Record,
    Say,
    Transfer,
    Transferred,
)
from callagent.dialogue.engine import Engine, State
from callagent.dialogue.standing import NAMES, SAID_BY_CARRIER, standing_lines
from callagent.dialogue.way_out import way_to_a_person

if TYPE_CHECKING:
    from dialogue.conftest import Desk

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=IST)
PERSON = "people: {owner: {phone: +919800000002, ring: 20 seconds}}\n"
FLOWS = """\
  operator:
    - transfer: [owner]
      nobody: message
  message:
    - record: leave_it
      at most: 30 seconds
      send to: [owner]
    - end: bye
"""
NO_PERSON = "  operator:\n    - end: bye\n"
LINES = "  leave_it: Leave a message after the tone, it is recorded.\n  cannot_say: I cannot say.\n"
UNHEARD = CallerUnheard()


class Talk:
    """A conversation with a flow, and what came of each input."""

    def __init__(self, desk: "Desk", steps: str, *, flows: str = FLOWS, has_model: bool = False) -> None:
        whole = desk.FLOW.replace(NO_PERSON, flows).replace("anytime:", PERSON + "anytime:")
        flow = desk.load(
            flow=whole + "  main:\n" + "".join(f"    {line}\n" for line in steps.splitlines()),
            prompts=PROMPTS.replace("words:\n", LINES + "words:\n") + "talk:\n  helper: Help.\n",
        )
        self._engine = Engine(flow, has_model=has_model)
        self.decision: Decision[State] = self._engine.begin(CallBegan(NOON))

    def give(self, given: Input) -> "Talk":
        """Tell the engine."""
        self.decision = self._engine.advance(self.decision.state, given, NOON)
        return self

    @property
    def said(self) -> list[str]:
        """The texts of the last decision."""
        return [action.text for action in self.decision.actions if isinstance(action, Say)]

    @property
    def waits_for(self) -> type:
        """Its last action."""
        return type(self.decision.actions[-1])


MENU = """\
- menu: pick
  choices:
    tea: {press: 1}
    coffee: {press: 2}
- ask: code
  type: digits 4
- end: bye"""
CANNOT_HEAR = "I am sorry, I cannot hear you well. Please use the keypad of your phone."


def test_an_unheard_caller_is_asked_for_keys_and_told_why_once(desk: "Desk") -> None:
    """The question follows in its wording for the keypad; the next question is asked for keys at once."""
    talk = Talk(desk, MENU)
    first = talk.give(UNHEARD).said
    second = talk.give(UNHEARD).said
    third = talk.give(CallerKeyed("1")).said

    assert first == [CANNOT_HEAR, "Press one or two."]
    assert second == ["Press one or two."]
    assert third == ["What is the code?"]


def test_words_count_again_as_soon_as_somebody_hears_them(desk: "Desk") -> None:
    """The next question is asked as ever, and the reason for the keypad is not told a second time."""
    talk = Talk(desk, "- menu: pick\n  choices: {tea: {press: 1}}\n" * 2 + "- end: bye")
    talk.give(UNHEARD)
    heard = talk.give(CallerSaid("tea")).said
    again = talk.give(UNHEARD).said

    assert heard == ["Tea or coffee?"]
    assert again == ["Press one or two."]


def test_a_question_without_keys_is_gone_round(desk: "Desk") -> None:
    """Nobody can hear which product it is: a person is rung, and a message taken where nobody picks up."""
    talk = Talk(desk, "- ask: product\n  type: catalogue item\n- end: bye")

    assert talk.give(UNHEARD).said == [CANNOT_HEAR]
    assert talk.waits_for is Transfer


def test_a_question_without_keys_that_comes_later_is_not_even_asked(desk: "Desk") -> None:
    """It would be a question that the caller cannot answer."""
    talk = Talk(desk, "- menu: pick\n  choices: {tea: {press: 1}}\n- ask: product\n  type: catalogue item\n- end: bye")

    assert talk.give(UNHEARD).give(CallerKeyed("1")).said == []
    assert talk.waits_for is Transfer


def test_without_a_person_the_call_ends_politely(desk: "Desk") -> None:
    """A flow that has neither people nor messages says goodbye, and does not leave the caller in a circle."""
    talk = Talk(desk, "- ask: product\n  type: catalogue item\n- end: bye", flows=NO_PERSON)

    assert talk.give(UNHEARD).said[1:] == ["Please call us again a little later. Goodbye."]
    assert talk.decision.actions[-1] == HangUp("out of order")


def test_a_caller_who_keys_nothing_is_not_asked_for_ever(desk: "Desk") -> None:
    """As often as words that are not understood are asked for again; then a person is rung."""
    talk = Talk(desk, MENU).give(UNHEARD).give(UNHEARD)

    assert talk.waits_for is Listen
    assert talk.give(UNHEARD).waits_for is Transfer


def test_what_may_have_been_a_refusal_is_one(desk: "Desk") -> None:
    """Nobody is recorded, or remembered, on the strength of words that nobody understood."""
    talk = Talk(desk, "- consent: sure\n- end: bye")

    assert Consent("sure", allowed=False) in talk.give(UNHEARD).decision.actions


def test_a_talk_whose_models_failed_goes_on_with_the_next_step(desk: "Desk") -> None:
    """The caller does not have to find out that nobody answers."""
    talk = Talk(
        desk,
        "- talk: helper\n  may open: [main]\n  at most: 3 turns\n- ask: code\n  type: digits 4\n- end: bye",
        has_model=True,
    )

    assert any(isinstance(action, Converse) for action in talk.decision.actions)
    assert talk.give(ModelFailed()).said == ["What is the code?"]


def test_where_nothing_works_it_is_said_once_and_somebody_is_rung(desk: "Desk") -> None:
    """Told once more, the conversation stays where it was brought: with the message that is being recorded."""
    talk = Talk(desk, MENU).give(NothingWorks())

    assert talk.said == ["I am sorry, something is not working on our side just now."]
    assert talk.waits_for is Transfer
    assert talk.give(Transferred("nobody")).give(NothingWorks()).waits_for is Record


def test_nobody_to_be_rung_leaves_a_message(desk: "Desk") -> None:
    """A flow that only records is found too."""
    flows = "  operator:\n    - go to: message\n" + FLOWS.partition("  message:\n")[2].join(("  message:\n", ""))
    talk = Talk(desk, MENU, flows=flows)

    assert talk.give(NothingWorks()).waits_for is Record


def test_the_shops_way_to_a_person_is_where_the_misunderstood_are_sent(desk: "Desk") -> None:
    """The last rung of the ladder comes before any other flow that rings somebody."""
    early = "  early bird:\n    - transfer: [owner]\n      nobody: message\n"
    flow = desk.load(
        flow=desk.FLOW.replace("anytime:", PERSON + "anytime:").replace(NO_PERSON, early + FLOWS)
        + "  main:\n    - end: bye\n",
        prompts=LINES,
    )

    assert way_to_a_person(flow) == "operator"


@pytest.mark.parametrize("language", ["en", "hi", "hinglish", "ta"])
def test_every_shop_has_the_standing_lines(language: str) -> None:
    """In its language, or in English, and without a value in them: their audio can be made beforehand."""
    lines = standing_lines(language)

    assert set(lines) == {*NAMES, *SAID_BY_CARRIER}
    assert all(line.wordings["text"].fixed for line in lines.values())


def test_a_standing_line_with_a_value_is_refused(desk: "Desk") -> None:
    """Its audio could not be made before the call that needs it."""
    problems = desk.problems(prompts="  one_moment: One moment, {code}.\n")

    assert any(problem.what.startswith("'one_moment' holds a value") for problem in problems)


def test_staff_may_word_a_standing_line_themselves(desk: "Desk") -> None:
    """What stands in the prompts is what is said."""
    flow = desk.load(prompts="  use_keypad: Keys, please.\n")

    assert ("use_keypad", "Keys, please.") in flow.fixed_wordings("en")
