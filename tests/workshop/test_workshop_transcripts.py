"""Transcript tests: what they can say, when they fail, and what they show then."""

import pytest
from support.tea_shop import ASKS_A_PRICE, TeaShop

from callagent.errors import ContentError
from callagent.workshop.coverage import MissedStep, coverage_of
from callagent.workshop.transcript_files import read_transcripts


async def test_a_call_as_it_is_written_passes(tea: TeaShop) -> None:
    """The steps and lines that it went through are known."""
    outcome = await tea.play(ASKS_A_PRICE)

    assert outcome.problem == ""
    assert outcome.lines == {"what", "product", "price_is", "bye"}
    assert outcome.steps == {("hello", 2), *(("price", step) for step in (1, 2, 4, 5))}


@pytest.mark.parametrize(
    ("call", "problem", "marked"),
    [
        (
            "[{caller: price}, {agent: what}]",
            "'agent: what' is not so: the agent says product.",
            ["agent product: Which tea?", "test wants agent: what"],
        ),
        (
            "[{keys: 1}, {agent: product}, {agent: product}]",
            "'agent: product' is not so: the agent says nothing more in this turn.",
            ["test wants agent: product"],
        ),
        (
            "[{agent: [what, product]}]",
            "'agent: [what, product]' is not so: the turn is [what].",
            ["agent what: A price, or goodbye?", "test wants agent: [what, product]"],
        ),
        (
            "[{caller: price}, {caller: assam}, {agent not: price_is}]",
            "'agent not: price_is' is not so: it is said.",
            ["agent price_is: The black tea is eighty rupees.", "test wants agent not: price_is"],
        ),
        (
            "[{agent says: which coffee}]",
            "'agent says: which coffee' is not so: nothing of this turn has these words.",
            ["agent what: A price, or goodbye?", "test wants agent says: which coffee"],
        ),
        (
            "[{ends: bye}]",
            "'ends: bye' is not so: the agent waits for the caller.",
            ["test wants ends: bye"],
        ),
        (
            "[{keys: 9}, {ends: goodbye}]",
            "'ends: goodbye' is not so: the call has ended with 'bye'.",
            ["agent (ends: bye)", "test wants ends: goodbye"],
        ),
        (
            "[{keys: 9}, {caller: hello}]",
            "The caller's turn does not come: the call has ended with 'bye'.",
            ["test wants caller: hello"],
        ),
    ],
)
async def test_the_line_that_differs_is_marked(tea: TeaShop, call: str, problem: str, marked: list[str]) -> None:
    """A failure says file and line, what was wanted, what came instead, and marks the place in the conversation."""
    outcome = await tea.play(f"- test: wrong\n  call: {call}\n")

    assert outcome.problem == f"flows/tea/tests/calls.yaml:2: {problem}"
    assert [f"{told.who} {told.what}" for told in outcome.story if told.differs] == marked


async def test_a_failing_test_stops_where_it_fails(tea: TeaShop) -> None:
    """What comes after the difference means nothing any more."""
    outcome = await tea.play("- test: wrong\n  call: [{agent: product}, {keys: 9}]\n")

    assert [told.who for told in outcome.story] == ["agent", "test"]


@pytest.mark.parametrize(
    ("given", "call"),
    [
        ("{lookups: {catalogue: down}}", "[{keys: 1}, {caller: assam}, {agent: [no_prices, bye]}]"),
        ("{lookups: {catalogue: not found}}", "[{keys: 1}, {caller: assam}, {agent: [no_prices, bye]}]"),
        ("{lookups: {catalogue: {price: 5, stock: 1}}}", "[{keys: 1}, {caller: assam}, {agent says: five rupees}]"),
        ("{items: {black tea: {stock: 0}}}", "[{keys: 1}, {caller: assam}, {agent: [none_left, price_is, bye]}]"),
        ("{items: {black tea: [kadak chai]}}", "[{keys: 1}, {caller: kadak chai}, {agent says: eighty rupees}]"),
        ("{items: {ginger tea: }}", "[{keys: 1}, {caller: ginger tea}, {agent: no_prices}]"),
        ("{items: {ginger tea: {price: 9, stock: 1}}}", "[{keys: 1}, {caller: ginger tea}, {agent says: nine rupees}]"),
        ("{clock: Sunday 11:00}", "[{agent: [closed_now, what]}]"),
        ("{clock: 2026-11-20 20:30}", "[{agent: [closed_now, what]}]"),
        ('{clock: "20:29"}', '[{agent: [what]}, {given: {clock: "20:31"}}, {keys: "*"}, {agent: [what]}]'),
        ("{caller: withheld, language: en}", "[{agent: what}]"),
        ("{}", "[{caller: price, confidence: 0.1}, {agent: what}, caller silent, {agent: what}]"),
        ("{}", "[caller silent, caller silent, {agent: [bye]}, {ends: bye}]"),
    ],
)
async def test_the_world_is_as_given(tea: TeaShop, given: str, call: str) -> None:
    """Clock, caller, items and trouble with look-ups are what the test says; all else is the shop's own."""
    outcome = await tea.play(f"- test: a world\n  given: {given}\n  call: {call}\n")

    assert outcome.problem == ""


@pytest.mark.parametrize(
    ("text", "line", "what", "remedy"),
    [
        ("- test: a\n  call:\n    - agent: prodct\n", 3, "'prodct' is not a line of the prompts.", "'product'"),
        ("- test: a\n  cal: []\n  call: []\n", 2, "'cal' is not a word of a test.", "'call'"),
        ("- test: a\n", 1, "The test has no call.", "'call:'"),
        ("- test: a\n  call:\n    - caller silnt\n", 3, "'caller silnt' is not something", "'caller silent'"),
        ("- test: a\n  call:\n    - agnt: what\n", 3, "'agnt' is not a word of a call.", "'agent'"),
        ("- test: a\n  call:\n    - {agent: what, keys: 1}\n", 3, "'keys' has no place here.", "an entry of its own"),
        ("- test: a\n  call:\n    - keys: one\n", 3, "'one' are no keys.", "0 to 9"),
        ("- test: a\n  call:\n    - {caller: a, confidence: 2}\n", 3, "'2' is no confidence.", "0 to 1"),
        ("- test: a\n  given: {clock: 25:99}\n  call: []\n", 2, "'25:99' is no time.", "21:30"),
        ("- test: a\n  given: {clock: Someday 9:00}\n  call: []\n", 2, "'Someday 9:00' is no time.", "Sunday"),
        ("- test: a\n  given: {caller: me}\n  call: []\n", 2, "'me' is no caller.", "known"),
        ("- test: a\n  given: {language: hi}\n  call: []\n", 2, "'hi' is not a language of this flow.", "en"),
        ("- test: a\n  given: {lookups: {catalogue: dwn}}\n  call: []\n", 2, "'dwn' is not what a look-up", "'down'"),
        ("- test: a\n  given: {clok: 1}\n  call: []\n", 2, "'clok' is not a word of 'given'.", "'clock'"),
        ("test: a\n", 1, "The file must hold a list of tests.", "- test"),
        ("- test: a\n  call: [}\n", 2, "This line cannot be understood", "brackets"),
    ],
)
async def test_a_mistake_in_a_test_is_reported(tea: TeaShop, text: str, line: int, what: str, remedy: str) -> None:
    """File, line, the offending text and what would be right, as for any other file of the shop."""
    stage = tea.stage()
    with pytest.raises(ContentError) as caught:
        read_transcripts([tea.write_test(text)], stage.flow)
    [problem] = caught.value.problems

    assert (problem.file, problem.line) == ("flows/tea/tests/calls.yaml", line)
    assert problem.what.startswith(what)
    assert remedy in problem.remedy


async def test_coverage_names_the_steps_that_no_test_does(tea: TeaShop) -> None:
    """Each with its place in the flow's file."""
    coverage = coverage_of(tea.stage().flow, [await tea.play(ASKS_A_PRICE)])

    assert (coverage.done, coverage.steps) == (5, 9)
    assert coverage.percent == pytest.approx(55.6, abs=0.1)
    assert coverage.missed == (
        MissedStep("hello", 1, "say", 13, "flows/tea/flow.yaml"),
        MissedStep("price", 3, "say", 26, "flows/tea/flow.yaml"),
        MissedStep("no price", 1, "say", 30, "flows/tea/flow.yaml"),
        MissedStep("no price", 2, "end", 31, "flows/tea/flow.yaml"),
    )
