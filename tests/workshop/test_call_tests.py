"""A recorded call as a test of its flow."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.staged_call import call
from support.tea_shop import FLOW, PROMPTS, TeaShop

from callagent.dialogue.actions import (
    AskModel,
    CallerKeyed,
    CallerSaid,
    CallerSilent,
    CallerUnheard,
    ModelUnderstood,
    NothingWorks,
)
from callagent.dialogue.commands import ModelCommand
from callagent.errors import ContentError, RecordingError
from callagent.events import CallStarted, Event
from callagent.evidence import DialogueAdvanced
from callagent.workshop.appending import append_test
from callagent.workshop.call_tests import CallTest, call_test, tried
from callagent.workshop.rehearsal import Stage
from callagent.workshop.stand_ins import StandIns
from callagent.workshop.transcript_files import read_transcripts
from callagent.workshop.transcripts import Outcome, play
from callagent.workshop.writing import write_transcript

PRIVATE = FLOW.replace(
    "        goodbye: {press: 9, end: bye}",
    "        order: {press: 2, go to: order}\n        goodbye: {press: 9, end: bye}",
).replace(
    "  no price:\n",
    "  order:\n    - ask: order number\n      type: digits 5\n      private: yes\n    - end: bye\n  no price:\n",
)
PRIVATE_PROMPTS = PROMPTS + "  order number: Which order?\n"


async def made(stage: Stage, events: Sequence[Event], **options: Any) -> tuple[CallTest, Outcome]:
    """The test of a call, and what comes of it."""
    return await tried(stage, call_test(events, "a call", stage.flow, **options))


async def test_a_call_becomes_a_test_that_passes(tea: TeaShop) -> None:
    """Words with their confidence, keys and silence; lines, look-ups, the clock, and that nobody was remembered."""
    stage = tea.stage()

    test, outcome = await made(stage, await call(stage, CallerKeyed("1"), CallerSilent(), CallerSaid("sencha", 0.93)))

    assert outcome.passed, outcome.problem
    assert not test.remarks
    assert write_transcript(test.transcript) == (
        "- test: a call\n"
        "  given: {clock: 2026-11-22 11:20, lookups: {catalogue: {price: 120.00, stock: 7}}, memory: no}\n"
        "  call:\n"
        "    - agent: [closed_now, what]\n"
        "    - keys: 1\n"
        "    - agent: [product]\n"
        "    - caller silent\n"
        "    - agent: [product]\n"
        "    - {caller: sencha, confidence: 0.93}\n"
        "    - agent: [price_is, bye]\n"
        "    - ends: bye\n"
    )


async def test_it_holds_when_the_shops_tables_change(tea: TeaShop) -> None:
    """The shelf is empty today; the call of yesterday is the same."""
    events = await call(tea.stage(), CallerSaid("price"), CallerSaid("sencha"))
    tea.write(catalogue="code,name,aliases,price,unit,stock\nT-1,green tea,sencha,120.00,packet,0\n")

    _, outcome = await made(tea.stage(), events)

    assert outcome.passed, outcome.problem


async def test_a_flow_that_decides_otherwise_is_told_with_the_place(tea: TeaShop) -> None:
    """The same test says what differs."""
    events = await call(tea.stage(), CallerSaid("price"), CallerSaid("sencha"))
    tea.write(flow=FLOW.replace("    - say: price_is\n", ""))

    _, outcome = await made(tea.stage(), events)

    assert "agent: [price_is, bye]" in outcome.problem


async def test_neither_number_nor_private_answer_is_in_it(tea: TeaShop) -> None:
    """A private number is another one as long, the same wherever it stands, and so the test passes."""
    tea.write(flow=PRIVATE, prompts=PRIVATE_PROMPTS)
    stage = tea.stage()
    said = CallerSaid("double four five one two", 0.9)
    events = await call(stage, CallerSaid("order"), CallerSilent(), said, private=True)
    keyed = await call(stage, CallerKeyed("2"), CallerKeyed("44512"), private=True)

    test, outcome = await made(stage, events)
    other, played = await made(stage, keyed)

    assert outcome.passed, outcome.problem
    assert played.passed, played.problem
    for written in (write_transcript(test.transcript), write_transcript(other.transcript)):
        assert "44512" not in written
        assert "double four" not in written
        assert "9812345678" not in written


def test_a_private_answer_is_hidden_wherever_it_stands() -> None:
    """As a word of its own: a short one is in too many."""
    stand_ins = StandIns()
    stand_ins.note(["44512", "2", "Asha Rao"])

    hidden = stand_ins.hide("Order 44512 of Asha Rao: 2 fans at 1244512.00")

    assert hidden == f"Order {stand_ins.of_keys('44512')} of {stand_ins.of_words('Asha Rao')}: 2 fans at 1244512.00"
    assert "44512 " not in hidden
    assert stand_ins.of_words("double four five one two") == stand_ins.of_keys("44512")
    assert stand_ins.of_keys("44512#") == stand_ins.of_keys("44512") + "#"


async def test_tokens_of_a_recording_become_what_can_be_read(tea: TeaShop) -> None:
    """Whoever knows them puts a stand-in in their place; they are not taken for words of the caller."""
    tea.write(flow=PRIVATE, prompts=PRIVATE_PROMPTS)
    stage = tea.stage()
    events = await call(stage, CallerSaid("order"), CallerSaid("44512"), private=True)
    hidden = [
        replace(one, given={**one.given, "text": "⟦private 1: digits 5⟧"})
        if isinstance(one, DialogueAdvanced) and one.private
        else one
        for one in events
    ]

    test, outcome = await made(stage, hidden, restore=lambda text: text.replace("⟦private 1: digits 5⟧", "70123"))

    assert outcome.passed, outcome.problem
    assert "caller: 70123" in write_transcript(test.transcript)


async def test_a_turn_that_nobody_could_transcribe_is_in_the_test(tea: TeaShop) -> None:
    """Speech recognition was down: the flow goes on by keypad, and so does the test."""
    stage = tea.stage()

    test, outcome = await made(stage, await call(stage, CallerUnheard(), CallerKeyed("1")))

    assert outcome.passed, outcome.problem
    assert "    - caller unheard\n" in write_transcript(test.transcript)


async def test_what_no_test_can_have_ends_it(tea: TeaShop) -> None:
    """Nothing worked any more from some turn on: up to there it is a test, and that is told."""
    stage = tea.stage()
    events = await call(stage, CallerSaid("price"), NothingWorks())

    test, outcome = await made(stage, events)

    assert outcome.passed
    assert test.turns == 1
    assert test.remarks == (
        "The test ends before turn 2 of the caller: neither speech recognition nor the voice worked there.",
    )


@pytest.mark.parametrize(("chose", "turns"), [("price", 2), ("goodbye", 0)])
async def test_a_turn_that_a_model_decided_is_left_to_the_rules(tea: TeaShop, chose: str, turns: int) -> None:
    """Where they lead to the same it is in the test; where they do not, the test ends before it."""
    stage = tea.stage()
    [started, began, asked, *rest, ended] = await call(stage, CallerSaid("price"), CallerSaid("sencha"))
    said = CallerSaid("price")
    understood = ModelUnderstood((ModelCommand("choose", chose, ""),), said)
    assert isinstance(asked, DialogueAdvanced)
    after = asked if chose == "price" else replace(asked, actions=({"kind": "HangUp", "disposition": "bye"},))
    wondered = replace(asked, actions=({"kind": AskModel.__name__, "step": "what"},))
    chosen = replace(after, given={"kind": "ModelUnderstood", "commands": [["choose", chose, ""]], "said": {}})
    assert understood.commands
    events = [started, began, wondered, chosen, *(rest if chose == "price" else ()), ended]

    test, outcome = await made(stage, events)

    assert outcome.passed, outcome.problem
    assert test.turns == turns
    assert test.transcript.given.model
    assert bool(test.remarks) == (chose != "price")


async def test_a_caller_who_goes_on_before_the_model_has_told_said_one_thing(tea: TeaShop) -> None:
    """The words that were left are in those that came."""
    stage = tea.stage()
    events = await call(stage, CallerSaid("price"))
    asked = events[2]
    assert isinstance(asked, DialogueAdvanced)
    wondered = replace(asked, given={**asked.given, "text": "pri"}, actions=({"kind": "AskModel", "step": "what"},))

    test, outcome = await made(stage, [*events[:2], wondered, *events[2:]])

    assert outcome.passed, outcome.problem
    assert test.turns == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"given": {"kind": "CallBegan", "machine": True}}, "a machine answered"),
        ({"state": {"stack": []}}, "goes on from another"),
        ({"given": {"kind": "CallBegan"}}, "cannot be read"),
        ({"actions": ({},)}, "cannot be read"),
    ],
)
async def test_a_call_of_which_there_can_be_none_is_told(tea: TeaShop, change: dict[str, Any], why: str) -> None:
    """With the reason."""
    stage = tea.stage()
    events = await call(stage, CallerSaid("price"))
    assert isinstance(events[1], DialogueAdvanced)

    with pytest.raises(RecordingError, match=why):
        call_test([events[0], replace(events[1], **change), *events[2:]], "a call", stage.flow)
    with pytest.raises(RecordingError, match="imported"):
        call_test([events[0], events[-1]], "a call", stage.flow)
    assert isinstance(events[0], CallStarted)
    with pytest.raises(RecordingError, match="does not speak today"):
        call_test([replace(events[0], language="ta"), *events[1:]], "a call", stage.flow)


@pytest.mark.parametrize(
    "words", ["a\u202eb: {c}", "#1\n- test: x", "yes", "", "null", "'\"\\", "नमस्ते 🙏", "\ud800 x\x00"]
)
async def test_whatever_a_caller_says_can_be_read_again(tea: TeaShop, words: str) -> None:
    """The words of a caller are no YAML, whatever they look like."""
    stage = tea.stage()
    events = await call(stage, CallerSaid("price"))
    said = events[2]
    assert isinstance(said, DialogueAdvanced)
    test = call_test([*events[:2], replace(said, given={**said.given, "text": words})], "a call", stage.flow)
    path = tea.folders.tests / "calls.yaml"

    append_test(path, test.transcript, stage.flow)

    [transcript] = read_transcripts([path], stage.flow)
    assert [replace(one, line=0) for one in transcript.call] == list(test.transcript.call)


# --- the file ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "before",
    [
        "",
        "# nothing yet\n",
        "# ours\n- test: one   # the first\n  call: [{agent: what}]",
        "  - test: one\n    call:\n      - agent: what\n",
        "- test: one\r\n  call:\r\n  - agent: what\r\n",
    ],
)
async def test_what_stands_in_a_file_stays(tea: TeaShop, before: str) -> None:
    """Comments, indentation and line ends; the new test comes after it."""
    stage = tea.stage()
    test, _ = await made(stage, await call(stage, CallerSaid("price")))
    path = tea.folders.tests / "calls.yaml"
    path.write_bytes(before.encode())

    append_test(path, test.transcript, stage.flow)

    text = path.read_bytes().decode()
    assert text.startswith(before)
    assert ("\r\n" in before) == ("\r\n" in text)
    transcripts = read_transcripts([path], stage.flow)
    assert [one.name for one in transcripts] == [*(["one"] if "one" in before else []), "a call"]
    assert (await play(stage, transcripts[-1])).passed


@pytest.mark.parametrize(
    ("before", "problem"),
    [
        ("- test: a call\n  call:\n  - agent: what\n", r"calls.yaml:1: there is a test 'a call' already.*--name"),
        ("[{test: one, call: [{agent: what}]}]\n", "nothing can be added"),
        ("- test: one\n  call:\n  - agent: what\n...\n", "nothing can be added"),
        ("- test: one\n  call:\n  - agent: whut\n", "whut"),
    ],
)
async def test_a_file_that_cannot_take_it_is_as_it_was(tea: TeaShop, before: str, problem: str) -> None:
    """No name twice, and nothing is spoilt."""
    stage = tea.stage()
    test, _ = await made(stage, await call(stage, CallerSaid("price")))
    path = tea.write_test(before)

    with pytest.raises((RecordingError, ContentError), match=problem):
        append_test(path, test.transcript, stage.flow)

    assert path.read_text() == before
    assert sorted(one.name for one in path.parent.iterdir()) == ["calls.yaml"]


async def test_a_name_in_another_file_of_the_shop_counts(tea: TeaShop, tmp_path: Path) -> None:
    """Two tests of a shop are never called the same."""
    stage = tea.stage()
    test, _ = await made(stage, await call(stage, CallerSaid("price")))
    other = tea.write_test("- test: a call\n  call:\n  - agent: what\n", "shop.yaml")

    with pytest.raises(RecordingError, match=r"shop.yaml:1"):
        append_test(tmp_path / "calls.yaml", test.transcript, stage.flow, [other])
