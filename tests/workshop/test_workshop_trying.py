"""Talking to the flow by text."""

import pytest
from support.tea_shop import TeaShop

from callagent.workshop.transcript_files import read_transcripts
from callagent.workshop.transcripts import play
from callagent.workshop.trying import Trial, TryError
from callagent.workshop.writing import write_transcript


async def typed(tea: TeaShop, *lines: str) -> tuple[Trial, list[str]]:
    """A trial in which these lines are typed, and what the last of them came to."""
    trial = Trial(tea.stage())
    told = await trial.begin()
    for line in lines:
        told = await trial.type(line)
    return trial, [f"{one.who} {one.what}" for one in told]


async def test_the_agent_speaks_first(tea: TeaShop) -> None:
    """A trial begins as a call does."""
    assert (await typed(tea))[1] == ["agent what: A price, or goodbye?"]


async def test_what_is_typed_is_said(tea: TeaShop) -> None:
    """One sees what the flow made of it, what was looked up, and what is said."""
    trial, told = await typed(tea, "price", "sencha")

    assert told == [
        "caller sencha",
        "flow product: green tea, by voice",
        "look-up catalogue (product green tea): found, price 120.00, stock 7",
        "agent price_is: The green tea is one hundred and twenty rupees.",
        "agent bye: Goodbye.",
        "agent (ends: bye)",
    ]
    assert trial.over


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("/keys 1", "/stock green tea 0", "sencha"), "agent none_left: None is left."),
        (("/keys 1", "/down catalogue", "sencha"), "agent no_prices: I cannot see the prices."),
        (("/keys 1", "/gone catalogue", "sencha"), "agent no_prices: I cannot see the prices."),
        (("/down catalogue", "/up catalogue", "price", "assam"), "agent price_is: The black tea is eighty rupees."),
        (("/clock Sunday 11:00",), "agent closed_now: We are closed."),
        (("/silence",), "flow no input at what, 1."),
        (("/confidence 0.2", "price"), "flow no match at what, 1."),
        (("/confidence 0.2", "/confidence 1", "price"), "agent product: Which tea?"),
        (("price", "/undo"), "agent what: A price, or goodbye?"),
        (("price", "/again"), "agent what: A price, or goodbye?"),
        (("price", "/caller withheld"), "agent what: A price, or goodbye?"),
        (("price", "/language en"), "agent what: A price, or goodbye?"),
        (("price", "/outbound"), "agent what: A price, or goodbye?"),
        (("price", "/where"), "flow at price 1"),
        (("/help",), "flow what the caller says, or"),
    ],
)
async def test_controls(tea: TeaShop, lines: tuple[str, ...], said: str) -> None:
    """Each control does what it says."""
    assert said in (await typed(tea, *lines))[1]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/clok 9:00", "Did you mean 'clock'?"),
        ("/quti", "Did you mean 'quit'?"),
        ("/clock nine", "'nine' is no time"),
        ("/stock gren tea 0", "Did you mean 'green tea'?"),
        ("/stock green tea many", "is no item and count"),
        ("/down catalog", "Did you mean 'catalogue'?"),
        ("/keys one", "'one' are no keys"),
        ("/keys", "'' are no keys"),
        ("/confidence nan", "'nan' is no confidence"),
        ("/caller me", "'me' is no caller"),
        ("/language tlh", "does not speak 'tlh'"),
        ("/outbound maybe", "is neither yes nor no"),
        ("/undo", "nothing to take back"),
    ],
)
async def test_what_cannot_be_done_is_told(tea: TeaShop, line: str, why: str) -> None:
    """The reason is told, and the call stands where it stood."""
    trial = Trial(tea.stage())
    await trial.begin()
    with pytest.raises(TryError, match=r".") as caught:
        await trial.type(line)

    assert why in str(caught.value)
    assert (await trial.type("price"))[-1].what == "product: Which tea?"


async def test_after_the_end_nothing_is_said_until_it_is_taken_back(tea: TeaShop) -> None:
    """A call that is over can be gone back into."""
    trial, _ = await typed(tea, "/keys 9")
    with pytest.raises(TryError, match="over"):
        await trial.type("price")
    await trial.type("/undo")

    assert (await trial.type("price"))[-1].what == "product: Which tea?"


async def test_undo_takes_the_world_back_too(tea: TeaShop) -> None:
    """What was changed for a turn goes with the turn."""
    _, told = await typed(tea, "/keys 1", "/down catalogue", "sencha", "/undo", "sencha")

    assert "agent price_is: The green tea is one hundred and twenty rupees." in told


@pytest.mark.parametrize("text", ["", "💡🔌", "'; DROP TABLE items; --", "word " * 10_000, "\x00\x07\x1b[2J"])
async def test_absurd_words_are_only_not_understood(tea: TeaShop, text: str) -> None:
    """Whatever is typed, the flow asks again."""
    _, told = await typed(tea, text)

    assert told == [] or told[-1] == "agent what: A price, or goodbye?"


async def test_a_trial_is_kept_as_a_test_that_passes(tea: TeaShop) -> None:
    """With every turn, the world before and between, and how the call ended."""
    trial, _ = await typed(
        tea, "/clock Sunday 9:30", "/caller withheld", "/outbound yes", "/silence", "/confidence 0.75", "price",
        "/down catalogue", "/stock green tea 0", "/up catalogue", 'the "sencha": please',
    )  # fmt: skip
    text = write_transcript(trial.transcript("none left: on a Sunday"))
    stage = tea.stage()
    [transcript] = read_transcripts([tea.write_test(text)], stage.flow)
    outcome = await play(stage, transcript)

    assert outcome.problem == ""
    assert text == (
        '- test: "none left: on a Sunday"\n'
        "  given: {caller: withheld, clock: 2026-11-22 09:30, outbound: yes}\n"
        "  call:\n"
        "    - agent: [closed_now, what]\n"
        "    - caller silent\n"
        "    - agent: [what]\n"
        "    - {caller: price, confidence: 0.75}\n"
        "    - agent: [product]\n"
        "    - given: {items: {green tea: {stock: 0}}}\n"
        '    - {caller: "the \\"sencha\\": please", confidence: 0.75}\n'
        "    - agent: [none_left, price_is, bye]\n"
        "    - ends: bye\n"
    )
