"""The engine: what it does about every input, wherever the conversation stands."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callagent.clock import IST
from callagent.dialogue.actions import (
    Action,
    CallBegan,
    CallerKeyed,
    CallerSaid,
    CallerSilent,
    Converse,
    Decision,
    Entered,
    HangUp,
    Input,
    Kind,
    Listen,
    LookedUp,
    LookUp,
    Missed,
    Remember,
    Say,
    Understood,
)
from callagent.dialogue.engine import Engine
from callagent.dialogue.flow import Flow
from callagent.dialogue.state import State

if TYPE_CHECKING:
    from dialogue.conftest import Desk

FRIDAY = datetime(2026, 11, 20, 11, 0, tzinfo=IST)
SUNDAY = FRIDAY + timedelta(days=2)


class Conversation:
    """One call with a flow: give an input, look at what is done about it."""

    def __init__(self, flow: Flow, now: datetime = FRIDAY, caller: str = "") -> None:
        self.engine = Engine(flow)
        self.now = now
        self.last: Decision[State] = self.engine.begin(CallBegan(now, caller))

    def __call__(self, *inputs: Input) -> tuple[str | Action, ...]:
        """Give the inputs; what is done about the last: texts for speech, the action itself for all else."""
        for one in inputs:
            self.last = self.engine.advance(self.last.state, one, self.now)
        return self.did

    @property
    def did(self) -> tuple[str | Action, ...]:
        """What is done now, besides remembering."""
        acted = (action for action in self.last.actions if not isinstance(action, Remember))
        return tuple(action.text if isinstance(action, Say) else action for action in acted)

    @property
    def said(self) -> tuple[str, ...]:
        """What is said now."""
        return tuple(text for text in self.did if isinstance(text, str))

    @property
    def listen(self) -> Listen:
        """How the caller is listened to."""
        action = self.last.actions[-1]
        assert isinstance(action, Listen)
        return action


INSTEAD = Say("cannot_say", "I would have to look.", fixed=True, mood="calm")
KIND = Converse("Be kind.", INSTEAD, may_open=("offers",), turns_left=2)
KIND_AT_LAST = replace(KIND, turns_left=1)

MENU = """
    - menu: pick
      remember as: drink
      choices:
        tea: {press: 1}
        coffee: {press: 2, do: brew}
        nothing: {press: 3, end: bye}
    - {when: drink is tea, say: hello}
    - end: bye
  brew:
    - say: brewing
"""


@pytest.fixture
def menu(desk: "Desk") -> Flow:
    """A menu with every kind of choice."""
    return desk.load(flow=desk.FLOW + "  main:" + MENU, prompts="  brewing: I put the kettle on.\n")


def test_call_begins(menu: Flow) -> None:
    """A call begins with the start's first question, and listens with all that may be said there."""
    call = Conversation(menu)

    assert call.did == (
        "Tea or coffee?",
        Listen(
            Kind.CHOICE,
            "en",
            ("tea", "coffee", "nothing", "repeat", "operator", "a person"),
            ("please", "i want"),
        ),
    )
    assert call.last.notes == (Entered("main", 1, "menu"),)


def test_fixed_speech(menu: Flow) -> None:
    """Speech without values is marked as worth keeping."""
    call = Conversation(menu)

    assert call.last.actions[0] == Say("pick", "Tea or coffee?", fixed=True)


def test_choice_by_voice(menu: Flow) -> None:
    """A choice is found among polite words, kept under its name, and steers the steps after it."""
    call = Conversation(menu)

    assert call(CallerSaid("I want the TEA, please!")) == ("Hello there.", "Goodbye.", HangUp("bye"))
    assert call.last.notes[0] == Understood("drink", "tea", "voice")


def test_choice_by_key(menu: Flow) -> None:
    """A key chooses as a word does; a choice with `do` comes back to the next step."""
    call = Conversation(menu)

    assert call(CallerKeyed("2")) == ("I put the kettle on.", "Goodbye.", HangUp("bye"))
    assert call.last.notes == (
        Understood("drink", "coffee", "keys"),
        Entered("brew", 1, "say"),
        Entered("main", 3, "end"),
    )


def test_choice_that_ends(menu: Flow) -> None:
    """A choice with `end` says its line and hangs up with the line's name."""
    call = Conversation(menu)

    assert call(CallerSaid("nothing")) == ("Goodbye.", HangUp("bye"))


def test_ended_call_stays_ended(menu: Flow) -> None:
    """After the end, whatever comes is answered by hanging up, silently."""
    call = Conversation(menu)

    assert call(CallerSaid("nothing"), CallerSaid("tea")) == (HangUp("bye"),)
    assert call(LookedUp("found")) == (HangUp("bye"),)


def test_not_understood_ladder(menu: Flow) -> None:
    """What fits nothing climbs the ladder: again, with an example, and away."""
    call = Conversation(menu)

    assert call(CallerSaid("milk"))[0] == "Once more. Tea or coffee?"
    assert call.last.notes[-1] == Missed("no match", "pick", 1)
    assert call(CallerSaid(""))[0] == "Once more. Tea or coffee? Just say tea."
    assert call(CallerKeyed("7")) == ("Goodbye.", HangUp("bye"))
    assert call.last.notes == (Missed("no match", "pick", 3), Entered("operator", 1, "end"))


def test_silence_ladder(menu: Flow) -> None:
    """Silence has its own ladder, counted apart from misunderstanding."""
    call = Conversation(menu)

    assert call(CallerSilent())[0] == "Once more. Tea or coffee?"
    assert call(CallerSaid("milk"))[0] == "Once more. Tea or coffee?"
    assert call(CallerSilent())[0] == "Press one or two."
    assert call(CallerSilent()) == ("Goodbye.", HangUp("bye"))


def test_low_confidence(menu: Flow) -> None:
    """Words that the recogniser itself doubts are not understood, at whatever the threshold is set to."""
    call = Conversation(menu)
    trusting = Engine(menu, lowest_confidence=0.1)

    call(CallerSaid("tea", confidence=0.29))
    trusted = trusting.advance(trusting.begin(CallBegan(FRIDAY)).state, CallerSaid("tea", confidence=0.29), FRIDAY)

    assert call.last.notes == (Missed("no match", "pick", 1),)
    assert trusted.notes[0] == Understood("drink", "tea", "voice")


def test_confidence_that_is_no_number(menu: Flow) -> None:
    """A confidence of NaN is no confidence."""
    call = Conversation(menu)

    call(CallerSaid("tea", confidence=float("nan")))

    assert call.last.notes == (Missed("no match", "pick", 1),)


def test_say_again(menu: Flow) -> None:
    """`say again` says all that was said last, and does not count as a stumble."""
    call = Conversation(menu)

    assert call(CallerSaid("repeat please"))[0] == "Tea or coffee?"
    assert call.last.notes == (Understood("anytime", "repeat", "voice"),)
    assert call(CallerKeyed("*"))[0] == "Tea or coffee?"
    assert call.last.state.stumbles == 0


def test_command_that_leaves(menu: Flow) -> None:
    """A command with `go to` leaves the question for good."""
    call = Conversation(menu)

    assert call(CallerSaid("give me a person")) == ("Goodbye.", HangUp("bye"))


def test_command_that_comes_back(desk: "Desk") -> None:
    """After a command with `do`, the question is asked again."""
    flow = desk.FLOW.replace("{press: 0, go to: operator}", "{press: 0, do: aside}")
    call = Conversation(
        desk.load(
            flow=flow + "  aside:\n    - say: hello\n  main:\n    - ask: sure\n      type: yes or no\n    - end: bye\n"
        )
    )

    assert call(CallerKeyed("0"))[:2] == ("Hello there.", "Are you sure?")
    assert call(CallerSaid("yes")) == ("Goodbye.", HangUp("bye"))


def test_look_up_that_comes_late(menu: Flow) -> None:
    """An answer from the data that nobody waits for changes nothing."""
    call = Conversation(menu)
    before = call.last.state

    assert call(LookedUp("found", {"price": "1"})) == (call.listen,)
    assert call.last.state == before


ASKS = """
- ask: code
  type: digits 4 to 6
  private: yes
- ask: sure
  type: yes or no
- ask: taste
  type: choice
  choices: {sweet: {press: 1}, plain: }
- {when: sure is yes and taste is not sweet, say: hello}
- end: bye
"""


@pytest.fixture
def asks(desk: "Desk") -> Flow:
    """A question of each sort."""
    return desk.load(ASKS, prompts="  taste: Sweet or plain?\n")


def test_digits(asks: Flow) -> None:
    """A number may be said or keyed; the call is told how long it may be, and gives more time for it."""
    call = Conversation(asks)

    assert call.listen.digits == (4, 6)
    assert call.listen.phrases == ("repeat", "operator", "a person")
    assert call.listen.silence_s == 8.0
    assert call(CallerSaid("it is one two double three"))[0] == "Are you sure?"


@pytest.mark.parametrize("keys", ["0", "*", "123", "1234567", "12*4", ""])
def test_digits_that_do_not_fit(asks: Flow, keys: str) -> None:
    """While a number is keyed in no key is a command, and a wrong length is not understood."""
    call = Conversation(asks)

    call(CallerKeyed(keys))

    assert call.last.notes == (Missed("no match", "code", 1),)


def test_command_instead_of_digits(asks: Flow) -> None:
    """Commands may be said where a number is asked for."""
    call = Conversation(asks)

    assert call(CallerSaid("operator")) == ("Goodbye.", HangUp("bye"))


def test_private_answer(asks: Flow) -> None:
    """A private answer is marked for hiding, and is not in the notes."""
    call = Conversation(asks)
    listened_privately = call.listen.private

    call(CallerKeyed("2580"))

    assert listened_privately
    assert call.last.turn_private
    assert call.last.notes[0] == Understood("code", "", "keys")
    assert ("code", "2580") in call.last.state.slots


def test_silence_is_not_private(asks: Flow) -> None:
    """Where nothing was said nothing need be hidden."""
    call = Conversation(asks)

    call(CallerSilent())

    assert not call.last.turn_private


def test_yes_or_no(asks: Flow) -> None:
    """Yes and no are said or keyed, and both at once are neither."""
    call = Conversation(asks)
    call(CallerKeyed("2580"))

    assert call.listen.phrases[:4] == ("yes", "yes please", "no", "nope")
    assert call(CallerSaid("yes, no"))[0] == "Are you sure?"
    assert call.last.notes == (Missed("no match", "sure", 1),)
    assert call(CallerKeyed("1"))[0] == "Sweet or plain?"
    assert call(CallerSaid("plain"))[0] == "Hello there."


LOOKUP = """
    - ask: product
      type: catalogue item
    - lookup: catalogue
      with: [product]
      gives: [price, stock]
      not found: strange
      down: no data
    - {when: stock is at least 1, say: costs}
    - {when: stock is less than 1, say: sold_out}
  strange:
    - say: unknown
    - end: bye
  no data:
    - say: broken
    - end: bye
"""

LINES = """\
  costs: The {product} is {price as rupees}. We have {stock}.
  sold_out: No {product} today.
  unknown: I do not know {product}.
  broken: I cannot see {price} now. Sorry.
"""


@pytest.fixture
def prices(desk: "Desk") -> Flow:
    """A price, looked up."""
    return desk.load(flow=desk.FLOW + "  main:" + LOOKUP, prompts=LINES)


def test_look_up(prices: Flow) -> None:
    """An item is found by its alias; its facts are looked up and said in words; then the flow begins anew."""
    call = Conversation(prices)

    assert call(CallerSaid("a fan")) == (LookUp("catalogue", {"product": "ceiling fan"}, ("price", "stock")),)
    assert call(LookedUp("found", {"price": "1249.50", "stock": "3"}))[:2] == (
        "The ceiling fan is one thousand two hundred and forty-nine rupees and fifty paise. We have three.",
        "Which product?",
    )
    assert not call.last.actions[0].fixed  # type: ignore[union-attr]  # the assertion above saw that it is a Say


def test_item_with_a_number_in_its_name(prices: Flow) -> None:
    """An item called "sixteen amp socket" is found as "16A sockets" too."""
    call = Conversation(prices)

    call(CallerSaid("two 16 amp sockets"))

    assert call.last.notes[0] == Understood("product", "sixteen amp socket", "voice")


def test_steps_follow_the_facts(prices: Flow) -> None:
    """What was looked up decides which lines are said."""
    call = Conversation(prices)

    assert call(CallerSaid("fan"), LookedUp("found", {"price": "1", "stock": "0"}))[0] == "No ceiling fan today."


def test_nothing_found(prices: Flow) -> None:
    """What the data does not know has its own flow."""
    call = Conversation(prices)

    assert call(CallerSaid("fan"), LookedUp("not found"))[0] == "I do not know ceiling fan."


@pytest.mark.parametrize("answer", [LookedUp("down"), LookedUp("found", {"price": "1"})])
def test_data_is_down(prices: Flow, answer: LookedUp) -> None:
    """Data that is down, or tells half, has its own flow; a sentence with an unknown value is left out."""
    call = Conversation(prices)

    assert call(CallerSaid("fan"), answer) == ("Sorry.", "Goodbye.", HangUp("bye"))


def test_caller_speaks_during_a_look_up(prices: Flow) -> None:
    """Words that come while the data is asked do not disturb the asking."""
    call = Conversation(prices)
    asked = call(CallerSaid("fan"))

    assert call(CallerSaid("hello?")) == asked
    assert call(CallerSilent()) == asked


def test_question_asked_anew(prices: Flow) -> None:
    """Coming to a question again forgets its answer, and asking the data again forgets what it told."""
    call = Conversation(prices)

    call(CallerSaid("fan"), LookedUp("found", {"price": "1", "stock": "0"}))
    assert "product" not in dict(call.last.state.slots)
    call(CallerSaid("socket"))

    assert dict(call.last.state.slots) == {"language": "en", "product": "sixteen amp socket"}


def test_look_up_with_a_withheld_number(desk: "Desk") -> None:
    """A look-up by the caller's number finds nothing when the number is withheld, and asks when it is known."""
    facts = desk.facts()
    source = type(facts.sources["catalogue"])(needs=("caller number",), gives=("price",))
    steps = "- lookup: customer\n  with: [caller number]\n  gives: [price]\n  down: operator\n- end: bye"
    flow = desk.load(steps, facts=type(facts)(sources={"customer": source}))

    assert Conversation(flow).did == ("Goodbye.", HangUp("bye"))
    assert Conversation(flow, caller="+919800000001").did == (
        LookUp("customer", {"caller number": "+919800000001"}, ("price",)),
    )


TALK = """
    - menu: pick
      choices: {tea: {end: bye}}
      anything else: chat
  chat:
    - talk: helper
      may open: [offers]
      at most: 2 turns
    - say: hello
  offers:
    - say: cheap
    - end: bye
"""


@pytest.fixture
def talk(desk: "Desk") -> Flow:
    """A menu from which other words lead to the model."""
    return desk.load(
        flow=desk.FLOW + "  main:" + TALK,
        prompts="  cheap: Tea is cheap today.\n  cannot_say: I would have to look.\ntalk:\n  helper: Be kind.\n",
    )


def test_anything_else(talk: Flow) -> None:
    """Words that fit no choice are talked about with the model; the caller may say anything then."""
    call = Conversation(talk)

    did = call(CallerSaid("do you sell milk"))

    assert did == (KIND, call.listen)
    assert call.listen.kind == Kind.FREE
    assert call.listen.phrases == ("offers", "repeat", "operator", "a person")


def test_only_politeness(talk: Flow) -> None:
    """Polite words alone are nothing to talk about."""
    call = Conversation(talk)

    call(CallerSaid("please, i want"))

    assert call.last.notes == (Missed("no match", "pick", 1),)


def test_talk_ends_after_its_turns(talk: Flow) -> None:
    """After as many turns as allowed the flow goes on with the next step."""
    call = Conversation(talk)

    assert call(CallerSaid("milk"), CallerSaid("fresh milk"))[0] == KIND_AT_LAST
    assert call(CallerSaid("and bread"))[:2] == ("Hello there.", "Tea or coffee?")


def test_a_talk_may_want_the_larger_model(desk: "Desk") -> None:
    """Only where the flow says so."""
    flow = desk.load(
        flow=desk.FLOW + "  main:" + TALK.replace("at most: 2 turns", "at most: 2 turns\n      model: larger"),
        prompts="  cheap: Tea is cheap today.\n  cannot_say: I would have to look.\ntalk:\n  helper: Be kind.\n",
    )
    call = Conversation(flow)

    assert call(CallerSaid("milk"), CallerSaid("fresh milk"))[0] == replace(KIND_AT_LAST, larger=True)


def test_talk_opens_a_flow(talk: Flow) -> None:
    """Saying the words of a flow that may be opened leaves the talk for it."""
    call = Conversation(talk)

    assert call(CallerSaid("milk"), CallerSaid("have you any offers"))[0] == "Tea is cheap today."
    assert call.last.notes[0] == Understood("helper", "offers", "voice")


def test_commands_in_a_talk(talk: Flow) -> None:
    """Commands work in a talk, by voice and by key; only the model can repeat what it said."""
    call = Conversation(talk)

    assert call(CallerSaid("milk"), CallerSaid("repeat"))[0] == KIND_AT_LAST
    assert call(CallerSaid("operator")) == ("Goodbye.", HangUp("bye"))
    assert Conversation(talk)(CallerSaid("milk"), CallerKeyed("0")) == ("Goodbye.", HangUp("bye"))


@pytest.mark.parametrize("stumble", [CallerSilent(), CallerSaid(""), CallerSaid("x", confidence=0), CallerKeyed("5")])
def test_talk_that_stumbles(talk: Flow, stumble: Input) -> None:
    """Silence, noise and stray keys end a talk: the next step goes on."""
    call = Conversation(talk)

    assert call(CallerSaid("milk"), stumble)[:2] == ("Hello there.", "Tea or coffee?")
    assert call.last.state.stumbles == 1


def test_late_look_up_in_a_talk(talk: Flow) -> None:
    """A late answer from the data does not make the model speak."""
    call = Conversation(talk)
    call(CallerSaid("milk"))

    assert call(LookedUp("down")) == (call.listen,)


ROUND = """
    - ask: sure
      type: yes or no
    - {when: sure is yes, go to: main}
    - end: bye
"""


def test_stumbles_of_the_whole_call(desk: "Desk") -> None:
    """Stumbles at many questions add up: at the limit the last rung is taken at once."""
    call = Conversation(desk.load(flow=desk.FLOW + "  main:" + ROUND))

    for _ in range(4):
        call(CallerSaid("milk"), CallerSaid("yes"))
    did = call(CallerSaid("milk"))

    assert did == ("Goodbye.", HangUp("bye"))


@pytest.mark.parametrize(
    ("at_last", "did"), [("", (HangUp("stuck"),)), ("  at last: hello\n", ("Hello there.", HangUp("hello")))]
)
def test_call_that_gets_nowhere(desk: "Desk", at_last: str, did: tuple[str | Action, ...]) -> None:
    """At twice the limit the call ends, even where the last rung only leads round."""
    flow = desk.FLOW.replace("go to operator", "go to main").replace("end bye", "go to main")
    flow = flow.replace("  in one call: 5\n", f"  in one call: 5\n{at_last}")
    call = Conversation(desk.load(flow=flow + "  main:" + ROUND))

    for _ in range(9):
        assert call(CallerSilent())[-1] == call.listen

    assert call(CallerSilent()) == did


def test_loop_that_only_guards_make(desk: "Desk") -> None:
    """A loop that cannot be seen in the file is stopped while it runs."""
    steps = "- {when: shop is open, go to: main}\n- end: bye"

    assert Conversation(desk.load(steps)).did == (HangUp("loop"),)
    assert Conversation(desk.load(steps), SUNDAY).did == ("Goodbye.", HangUp("bye"))


def test_flows_that_never_return(desk: "Desk") -> None:
    """A flow that does itself at every turn does not grow without end."""
    call = Conversation(desk.load("- ask: sure\n  type: yes or no\n- {when: sure is yes, do: main}\n- end: bye"))

    for _ in range(100):
        call(CallerSaid("yes"))

    assert len(call.last.state.stack) == 32
    assert call(CallerSaid("no")) == ("Goodbye.", HangUp("bye"))


def test_opening_hours_at_the_time_of_asking(desk: "Desk") -> None:
    """Whether the shop is open is asked of the time of each input, not of the call's beginning."""
    flow = desk.load("- ask: sure\n  type: yes or no\n- {when: shop is closed, say: hello}\n- end: bye")
    engine = Engine(flow)
    began = engine.begin(CallBegan(FRIDAY))

    late = engine.advance(began.state, CallerSaid("yes"), FRIDAY + timedelta(hours=10))
    early = engine.advance(began.state, CallerSaid("yes"), FRIDAY)

    assert [len(late.actions), len(early.actions)] == [3, 2]


def test_uninterruptible_line(desk: "Desk") -> None:
    """A line may forbid interruption."""
    flow = desk.load("- say: law\n- end: bye", prompts="  law: {text: This is the law., interruptible: no}\n")

    assert Conversation(flow).last.actions[0] == Say("law", "This is the law.", fixed=True, interruptible=False)


def test_language_is_a_slot(desk: "Desk") -> None:
    """A menu may set the language, and a `when` may ask for it."""
    flow = desk.load(
        "- menu: pick\n  remember as: language\n  choices: {en: {press: 1}}\n"
        "- {when: language is en, say: hello}\n- end: bye"
    )
    call = Conversation(flow)

    assert call(CallerKeyed("1"))[0] == "Hello there."
    assert call.last.state.language == "en"


def test_state_survives_json(prices: Flow) -> None:
    """A state can be written down and taken up again."""
    call = Conversation(prices)
    call(CallerSaid("fan"), LookedUp("found", {"price": "1", "stock": "1"}))

    written = json.dumps(call.last.state.as_record())

    assert State.from_record(json.loads(written)) == call.last.state


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.builds(CallerSaid, st.text(max_size=60), st.floats(allow_nan=True)),
            st.builds(
                CallerSaid, st.sampled_from(["tea", "operator", "yes", "repeat", "fan", "1234", "offers", "milk"])
            ),
            st.builds(CallerKeyed, st.text(max_size=8)),
            st.builds(CallerKeyed, st.text("0123456789*#", max_size=8)),
            st.just(CallerSilent()),
            st.builds(LookedUp, st.sampled_from(["found", "not found", "down"]), st.just({"price": "5", "stock": "1"})),
        ),
        max_size=12,
    )
)
def test_whatever_a_caller_does(asks: Flow, talk: Flow, prices: Flow, inputs: list[Input]) -> None:
    """No caller makes the engine raise, and every decision ends with an action that waits."""
    for flow in (asks, talk, prices):
        call = Conversation(flow)
        for one in inputs:
            call(one)
            speech, waiting = call.last.actions[:-1], call.last.actions[-1]

            assert isinstance(waiting, Listen | LookUp | HangUp)
            assert all(isinstance(action, Say | Converse) for action in speech)


@pytest.mark.parametrize(
    "text", ["", " ", "\x00\x1b[31m", "😀" * 500, "word " * 10_000, "\ud800", "9" * 10_000, "{price}"]
)
def test_odd_words(asks: Flow, menu: Flow, text: str) -> None:
    """Emptiness, control characters, emoji and speeches are simply not understood."""
    for flow in (asks, menu):
        call = Conversation(flow)

        call(CallerSaid(text))

        assert isinstance(call.last.notes[0], Missed)
