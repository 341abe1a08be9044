"""What a shop's flow needs besides questions: an FAQ, messages, consent, and the tables' words in every language."""

from typing import TYPE_CHECKING

import pytest
from dialogue.conftest import ASource, SomeFacts
from dialogue.worked_example.shop_on_the_phone import FRIDAY, Phone

from callagent.dialogue.actions import (
    CallBegan,
    CallerSaid,
    LookedUp,
    LookUp,
    Missed,
    Recorded,
    Say,
    SendText,
    Understood,
)
from callagent.dialogue.engine import Engine, State
from callagent.dialogue.flow import Flow
from callagent.dialogue.loader import leaves_out_bad_rows

if TYPE_CHECKING:
    from dialogue.conftest import Desk

FAQ_FLOW = """\
  main:
    - menu: pick
      choices: {tea: {end: bye}}
      anything else: question
  question:
    - ask: question
      type: free text
    - lookup: faq
      with: [question, language]
      gives: [answer]
      not found: chat
      down: chat
    - say: faq_answer
    - go to: main
  chat:
    - talk: helper
      at most: 2 turns
    - end: bye
"""
FAQ_LINES = """\
  question: What would you like to know?
  faq_answer: "{answer}"
  cannot_say: I would have to look.
talk:
  helper: Be kind.
"""
FAQ = SomeFacts(sources={"faq": ASource(("question",), ("answer",), ("language",))})


@pytest.fixture
def faq(desk: "Desk") -> Flow:
    """A menu whose other words go to an FAQ, and from there to a model."""
    return desk.load(flow=desk.FLOW + FAQ_FLOW, prompts=FAQ_LINES, facts=FAQ)


def asking(flow: Flow, answer: LookedUp, *, has_model: bool = False) -> Phone:
    """A caller at the menu; the FAQ says the same to everything."""
    phone = Phone(Engine(flow, has_model=has_model))
    phone.answers["faq"] = answer
    return phone


def test_words_that_fit_nothing_are_a_question(faq: Flow) -> None:
    """They are handed on as they were said, and the FAQ's answer makes them understood."""
    phone = asking(faq, LookedUp("found", {"answer": "Behind the house."}))

    assert phone(CallerSaid("where do I park")) == ["faq_answer", "pick"]
    assert phone.looked_up == [LookUp("faq", {"question": "where do I park", "language": "en"}, ("answer",))]
    assert Understood("pick", "anything else", "voice") in phone.notes


def test_without_answer_and_model_the_ladder_goes_on(faq: Flow) -> None:
    """What neither knows was not understood: each time counts, until the last rung."""
    phone = asking(faq, LookedUp("not found"))
    heard = []
    for count in (1, 2):
        heard.append(phone(CallerSaid("who won the match")))
        assert phone.notes[-1] == Missed("no match", "pick", count)

    assert heard == [["pick"], ["pick"]]
    assert phone(CallerSaid("who won the match")) == ["bye", "(bye)"]


def test_without_answer_the_model_talks(faq: Flow) -> None:
    """Where there is one, it gets what the FAQ does not know."""
    phone = asking(faq, LookedUp("down"), has_model=True)

    assert phone(CallerSaid("who won the match")) == ["~"]


def test_a_menu_that_is_being_tried_survives_json(faq: Flow) -> None:
    """A state in the middle of it is the same after it was stored."""
    engine = Engine(faq, has_model=False)
    phone = asking(faq, LookedUp("not found"))
    waiting = engine.advance(phone.state, CallerSaid("who won the match"), phone.now).state

    assert waiting.missed_at
    assert State.from_record(waiting.as_record()) == waiting


def test_a_model_needs_words_in_its_place(desk: "Desk") -> None:
    """Without `cannot_say` a caller would hear nothing where the guard stops the model."""
    [problem] = desk.problems("- talk: helper\n  at most: 2 turns\n- end: bye", prompts="talk:\n  helper: Be kind.\n")

    assert (problem.file, problem.what.split(",")[0]) == ("prompts/en.yaml", "The line 'cannot_say' is missing")


RECORDING = """
- record: message
  at most: 60 seconds
- {when: message is no, say: nothing}
- {when: message is yes, say: thanks}
- end: bye
"""
MESSAGES = "  message: After the tone I will record you.\n  nothing: Nothing was said.\n  thanks: Thank you.\n"


@pytest.mark.parametrize(("seconds", "line"), [(0.0, "nothing"), (3.0, "thanks")])
def test_a_message_is_known_by_its_line(desk: "Desk", seconds: float, line: str) -> None:
    """`when` may ask whether anything was said."""
    engine = Engine(desk.load(RECORDING, prompts=MESSAGES))
    decision = engine.advance(engine.begin(CallBegan(FRIDAY)).state, Recorded(seconds), FRIDAY)

    assert [action.line for action in decision.actions if isinstance(action, Say)] == [line, "bye"]


def test_a_line_that_says_it_records_asks_for_consent(desk: "Desk") -> None:
    """Whoever speaks after such a line has agreed; without the word, the check warns."""
    silent = MESSAGES.replace("After the tone I will record you.", "Please speak.")

    assert not recorded_unasked(desk.load(RECORDING, prompts=MESSAGES))
    assert recorded_unasked(desk.load(RECORDING, prompts=silent))


def recorded_unasked(flow: Flow) -> bool:
    """Whether the check warns of it."""
    return any(problem.what == "The caller is recorded, and never asked." for problem in flow.warnings)


def test_nobody_is_asked_twice_for_consent(desk: "Desk") -> None:
    """The second time that a call comes to it, the answer counts that was given."""
    steps = """
    - consent: remembering
    - ask: code
      type: digits 4
    - consent: remembering
    - {when: remembering is no, say: hello}
    - end: bye
    """
    phone = Phone(Engine(desk.load(steps, prompts="  remembering: I will remember you.\n")))

    assert phone(CallerSaid("no")) == ["code"]
    assert phone(CallerSaid("one two three four")) == ["hello", "bye", "(bye)"]


def test_nobody_is_asked_for_what_is_not_done(desk: "Desk") -> None:
    """Where callers are not remembered, or this one's number is withheld, the question is passed over."""
    steps = "- consent: remembering\n- end: bye"
    engine = Engine(desk.load(steps, prompts="  remembering: I will remember you.\n"))
    began = [
        engine.begin(CallBegan(FRIDAY, caller, known=known)).actions[0]
        for caller, known in (("+919800000001", {"caller": "new"}), ("+919800000001", {}), ("", {"caller": "new"}))
    ]

    assert [say.line for say in began if isinstance(say, Say)] == ["remembering", "bye", "bye"]


PLACE = SomeFacts(sources={"place": ASource((), ("address", "address en", "status"))})


def test_tables_speak_the_callers_language(desk: "Desk") -> None:
    """A column for the language is taken before the plain one; other words are said as the prompts say."""
    steps = "- lookup: place\n  gives: [address, status]\n  down: operator\n- say: told\n- end: bye"
    prompts = '  told: "{address}. {status}."\nvalues: {shut: closed for good}\n'
    engine = Engine(desk.load(steps, prompts=prompts, facts=PLACE))
    began = engine.begin(CallBegan(FRIDAY))
    values = {"address": "yahaan", "address en": "here", "status": "shut"}
    told = engine.advance(began.state, LookedUp("found", values), FRIDAY).actions[0]

    assert began.actions[-1] == LookUp("place", {}, ("address", "status", "address en"))
    assert isinstance(told, Say)
    assert told.text == "here. closed for good."


def test_texts_are_written_in_the_callers_words(desk: "Desk") -> None:
    """What the prompts say of a value counts in texts, too; dates are written as India writes them."""
    steps = """
    - lookup: place
      gives: [status, since]
      down: operator
    - sms: news
    - end: bye
    """
    facts = SomeFacts(sources={"place": ASource((), ("status", "since"))})
    prompts = 'values: {shut: closed for good}\ntexts: {news: "{shop}: {status} since {since as date}."}\n'
    engine = Engine(desk.load(steps, prompts=prompts, facts=facts))
    began = engine.begin(CallBegan(FRIDAY, "+919800000001")).state
    decision = engine.advance(began, LookedUp("found", {"status": "shut", "since": "2026-11-02"}), FRIDAY)

    assert decision.actions[0] == SendText("news", "Test Shop: closed for good since 02-11-2026.", "caller")


def test_a_translation_may_be_missing(desk: "Desk") -> None:
    """What a look-up does not have in a language is said as it has it."""
    steps = "- lookup: place\n  gives: [address]\n  down: operator\n- say: told\n- end: bye"
    engine = Engine(desk.load(steps, prompts='  told: "{address}."\n', facts=PLACE))
    decision = engine.advance(engine.begin(CallBegan(FRIDAY)).state, LookedUp("found", {"address": "yahaan"}), FRIDAY)

    assert next(action.text for action in decision.actions if isinstance(action, Say)) == "yahaan."


@pytest.mark.parametrize(("line", "wanted"), [("rows with mistakes: leave out\n", True), ("", False)])
def test_bad_rows_are_left_out_where_the_flow_says_so(desk: "Desk", line: str, wanted: bool) -> None:
    """It is known before the tables are read; any other value is a mistake of the flow."""
    desk.load(flow=desk.FLOW + "  main:\n    - end: bye\n" + line)

    assert leaves_out_bad_rows(desk.folder / "shop") is wanted


def test_bad_rows_can_only_be_left_out(desk: "Desk") -> None:
    """There is one way to deal with them, which staff write out to see it."""
    [problem] = desk.problems(flow=desk.FLOW + "  main:\n    - end: bye\nrows with mistakes: keep\n")

    assert problem.what == "'keep' is not a way to deal with 'rows with mistakes'."
    assert not leaves_out_bad_rows(desk.folder / "shop")
