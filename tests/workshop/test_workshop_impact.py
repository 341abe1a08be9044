"""What a change affects."""

from support.tea_shop import ASKS_A_PRICE, CATALOGUE, FLOW, PROMPTS, TeaShop

from callagent.workshop.checking import check
from callagent.workshop.exits import Exit, exits_of, name_of
from callagent.workshop.impact import Impact, TestEffect, impact
from callagent.workshop.rehearsal import Stage
from callagent.workshop.seconds import spoken_lines
from callagent.workshop.shops import read_shop
from callagent.workshop.transcript_files import read_transcripts

GOODBYE = """
- test: goodbye
  call: [{keys: 9}, {ends: bye}]
"""


async def change(tea: TeaShop, *, flow: str = FLOW, prompts: str = PROMPTS, catalogue: str = CATALOGUE) -> Impact:
    """What it affects to change the tea shop so; its tests ask a price and say goodbye."""
    before = TeaShop(tea.root / "before")
    before.write()
    tea.write(flow=flow, prompts=prompts, catalogue=catalogue)
    stage = tea.stage()
    transcripts = read_transcripts([tea.write_test(ASKS_A_PRICE + GOODBYE)], stage.flow)
    return await impact(Stage(read_shop(before.folders)), stage, transcripts)


async def test_the_same_files_differ_in_nothing(tea: TeaShop) -> None:
    """Comments and empty lines are no difference."""
    effect = await change(tea, flow=FLOW.replace("flows:", "# the flows\n\nflows:"))

    assert effect.nothing
    assert effect.tests == ()


async def test_a_changed_line_affects_who_says_it(tea: TeaShop) -> None:
    """The flow that says it, and the test in which it is said."""
    effect = await change(tea, prompts=PROMPTS.replace("Which tea?", "Which tea would you like?"))

    assert (effect.lines, effect.leading_there) == (("en: product",), ("price",))
    assert effect.further == ("hello",)
    assert (effect.flows, effect.settings, effect.tables) == ((), (), ())
    assert effect.tests == (TestEffect("a price", passed=True, passed_before=True),)


async def test_a_changed_flow_affects_who_leads_there(tea: TeaShop) -> None:
    """The test that goes there tells whether it still passes."""
    effect = await change(tea, flow=FLOW.replace("    - say: price_is\n", "    - say: no_prices\n"))

    assert (effect.flows, effect.leading_there) == (("price",), ("hello",))
    assert effect.tests == (TestEffect("a price", passed=False, passed_before=True),)


async def test_flows_that_come_and_go(tea: TeaShop) -> None:
    """A flow that is new is a change, and so is what leads there."""
    flow = FLOW.replace("down: no price", "down: sorry") + "  sorry:\n    - end: bye\n"
    effect = await change(tea, flow=flow)

    assert (effect.flows, effect.leading_there) == (("price", "sorry"), ("hello",))


async def test_settings_and_tables(tea: TeaShop) -> None:
    """What holds for the whole call, and the shop's data, are named; a test that tells another story is affected."""
    flow = FLOW.replace("Sun: closed", "Sun: 9:00 to 12:00")
    effect = await change(tea, flow=flow, catalogue=CATALOGUE.replace("120.00", "125.00"))

    assert (effect.settings, effect.tables) == (("hours",), ("catalogue.csv",))
    assert [test.name for test in effect.tests] == ["a price"]


def test_a_check_shows_the_offending_line(tea: TeaShop) -> None:
    """With place, the text as it stands, what is wrong and what would be right."""
    tea.write(flow=FLOW.replace("say: price_is", "say: price_iz"))
    checked = check(tea.folders)
    [remark] = [remark for remark in checked.remarks if remark.problem.severity == "error"]

    assert (checked.shop, checked.spoken, checked.count("error"), checked.count("warning")) == (None, (), 1, 1)
    assert (remark.problem.severity, remark.text) == ("error", "- say: price_iz")
    assert (remark.problem.file, remark.problem.line) == ("flows/tea/flow.yaml", 27)
    assert remark.problem.remedy == "Did you mean 'price_is'?"


def test_a_file_that_is_missing_has_no_line_to_show(tea: TeaShop) -> None:
    """The mistake stands alone."""
    (tea.folders.prompts / "en.yaml").unlink()

    assert {remark.text for remark in check(tea.folders).remarks} == {""}


def test_spoken_seconds(tea: TeaShop) -> None:
    """Longer is longer, a value takes its time, and the longest wording is told."""
    long = PROMPTS.replace("product: Which tea?", "product: {text: Which tea?, keypad: Please say the name of a tea.}")
    tea.write(prompts=long)
    lines = {line.line: line for line in spoken_lines(tea.stage().flow)}

    assert (lines["product"].first_s, lines["product"].longest_s) == (0.7, 2.1)
    assert lines["price_is"].first_s == 2.6


def test_every_way_out_of_a_step_is_known(tea: TeaShop) -> None:
    """Choices with their keys, and what happens when a look-up fails."""
    flows = tea.stage().flow.flows
    menu, lookup, end = flows["hello"][1].action, flows["price"][1].action, flows["price"][4].action

    assert [name_of(action) for action in (menu, lookup, end)] == ["what", "catalogue", "bye"]
    assert list(exits_of(menu)) == [Exit("price", "price", "1"), Exit("goodbye", "bye", "9", ends=True)]
    assert list(exits_of(lookup)) == [
        Exit("not found", "no price", aside=True), Exit("down", "no price", aside=True),
    ]  # fmt: skip
    assert list(exits_of(end)) == [Exit("", "bye", ends=True)]
