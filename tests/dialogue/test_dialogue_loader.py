"""Whatever is wrong in staff's files is found, at its line, with the right word."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callagent.dialogue.loader import load_flow
from callagent.errors import Problem

if TYPE_CHECKING:
    from dialogue.conftest import Desk

FLOW_FILE, PROMPTS_FILE = "shop/flow.yaml", "prompts/en.yaml"


STEP_MISTAKES = [
    # steps, line counted from the first step, what, remedy
    ("- go to: operater", 0, "'operater' is not a flow.", "Did you mean 'operator'?"),
    ("- say: helo\n- end: bye", 0, "'helo' is not a line of prompts/en.yaml.", "Did you mean 'hello'?"),
    ("- sai: hello\n- end: bye", 0, "'sai' is no action.", "Did you mean 'say'?"),
    ("- say: hello\n  end: bye", 1, "Two actions in one step: 'say' and 'end'.", "Make two steps of them."),
    (
        "- say: hello\n  wen: shop is open\n- end: bye",
        1,
        "'wen' is not a word of the action 'say'.",
        "Did you mean 'when'?",
    ),
    ("- say: [hello]\n- end: bye", 0, "'say' must be one value, not a list or pairs.", ""),
    (
        "- end: bye\n- say: hello",
        1,
        "Nothing comes here: the step before is 'end'.",
        "Move it up, or give the step before a 'when'.",
    ),
    ("- end: bye\n  when: shop is shut\n- end: bye", 1, "'shut' is not a value of 'shop'.", "Known: closed, open."),
    (
        "- end: bye\n  when: weather is fine\n- end: bye",
        1,
        "'weather' is not something that is asked or looked up.",
        "Known: caller number, language, shop.",
    ),
    (
        "- ask: code\n  type: digits 8 to 4\n- end: bye",
        1,
        "'digits 8 to 4' cannot be.",
        "Write the smaller number first, of 1 to 20.",
    ),
    (
        "- ask: code\n  type: digit 4\n- end: bye",
        1,
        "'digit 4' is not a type of answer.",
        "Did you mean 'digits 4 to 8'?",
    ),
    ("- ask: code\n- end: bye", 0, "the action 'ask' has no 'type'.", "Add 'type: ...'."),
    (
        "- ask: code\n  type: digits 4\n  private: maybe\n- end: bye",
        2,
        "'maybe' is neither yes nor no.",
        "Write 'private: yes' or 'no'.",
    ),
    (
        "- ask: sure\n  type: yes or no\n  choices: {a: {}}\n- end: bye",
        1,
        "'yes or no' has no choices.",
        "Write 'type: choice'.",
    ),
    (
        "- ask: sure\n  type: yes or no\n- end: bye\n  when: sure is yeah\n- end: bye",
        3,
        "'yeah' is not a value of 'sure'.",
        "Known: no, yes.",
    ),
    (
        "- menu: pick\n  choices: {tea: {press: 1}, coffee: {press: 1}}\n- end: bye",
        1,
        "Key 1 is both 'tea' and 'coffee'.",
        "Give every choice its own key.",
    ),
    ("- menu: pick\n  choices: {tea: {press: 12}}\n- end: bye", 1, "'12' is no key.", 'Keys are 0 to 9, "*" and "#".'),
    (
        "- menu: pick\n  choices: {tea: {press: 0}}\n- end: bye",
        0,
        "Key 0 means both 'tea' and 'operator' here.",
        "Keep it for one of them.",
    ),
    ("- menu: pick\n  choices: {}\n- end: bye", 1, "There is nothing to choose.", "Add a choice."),
    (
        "- menu: pick\n  choices: {tea: {go to: main, end: bye}}",
        1,
        "Both 'go to' and 'end': only one can be.",
        "Keep one of them.",
    ),
    (
        "- menu: pick\n  choices:\n    a person: {press: 1}\n- end: bye",
        0,
        "'a person' (en) means both 'a person' and 'operator' here.",
        "Keep it for one of them.",
    ),
    (
        "- menu: pick\n  remember as: shop\n  choices: {tea: {}}\n- end: bye",
        0,
        "'shop' has a meaning of its own.",
        "Choose another name.",
    ),
    (
        "- menu: pick\n  remember as: language\n  choices: {fr: {}}\n- end: bye",
        0,
        "'fr' is not a language here.",
        "Known: en.",
    ),
    (
        "- lookup: katalog\n  down: operator\n- end: bye",
        0,
        "'katalog' is not something to look up.",
        "Did you mean 'catalogue'?",
    ),
    (
        "- ask: product\n  type: catalogue item\n- lookup: catalogue\n  with: [product]\n- end: bye",
        2,
        "the action 'lookup' has no 'down'.",
        "Add 'down: ...'.",
    ),
    (
        "- lookup: catalogue\n  with: [product]\n  gives: [prize]\n  down: operator",
        2,
        "'prize' is not something that 'catalogue' gives.",
        "Did you mean 'price'?",
    ),
    ("- lookup: catalogue\n  down: operator\n- end: bye", 0, "'catalogue' needs 'product'.", "Add 'with: [product]'."),
    (
        "- lookup: catalogue\n  with: [product]\n  down: operator\n- end: bye",
        1,
        "'product' is not something that is asked or looked up.",
        "Known: caller number, language.",
    ),
    ("- talk: helper\n  at most: 6 turns\n- end: bye", 0, "'helper' is not under 'talk' in prompts/en.yaml.", ""),
    (
        "- talk: helper\n  at most: 6 turns\n  model: big\n- end: bye",
        2,
        "'big' is no model.",
        "Write 'fast' or 'larger'.",
    ),
    ("- talk: helper\n  at most: many\n- end: bye", 1, "'many' is no limit.", "Write '6 turns'; 1 to 50."),
    (
        "- say: hello",
        0,
        "From here the flow runs in a circle and never listens.",
        "Ask something on the way, or end the call.",
    ),
    (
        "- do: main",
        0,
        "From here the flow runs in a circle and never listens.",
        "Ask something on the way, or end the call.",
    ),
    ("- hello", 0, "A step must hold 'word: value' pairs.", ""),
    ("- say: hello\n  say: bye", 1, "'say' stands here a second time; it is already in line {0}.", "Keep one of them."),
]


@pytest.mark.parametrize(("steps", "offset", "what", "remedy"), STEP_MISTAKES)
def test_mistake_in_a_step(desk: "Desk", steps: str, offset: int, what: str, remedy: str) -> None:
    """A mistake in a step is told with its line and the way out."""
    problems = desk.problems(steps)

    assert Problem(FLOW_FILE, desk.MAIN_LINE + offset, what.format(desk.MAIN_LINE), remedy) in problems


TOP_MISTAKES = [
    # text to replace, with what, line, what is wrong
    ("shop: Test Shop\n", "", 1, "a flow file has no 'shop'."),
    ("languages: [en]", "languages: []", 1, "No language is given."),
    ("languages: [en]", "languages: [en, EN!]", 2, "'EN!' is no language."),
    ("start: main", "start: mane", 12, "'mane' is not a flow."),
    ("start: main\n", "", 1, "a flow file has no 'start'."),
    ("when finished: main", "when finnished: main", 13, "'when finnished' is not a word of a flow file."),
    ("10:00 to 20:30", "ten to eight", 3, "'ten' is no time of day."),
    ("10:00 to 20:30", "20:30 to 10:00", 3, "It closes (10:00) before it opens (20:30)."),
    ("10:00 to 20:30", "sometimes", 3, "'sometimes' is no opening time."),
    ("Mon-Sat", "Mun-Sat", 3, "'Mun-Sat' is no day."),
    ("Sun: closed", "Sat: closed", 3, "'Sat' has hours already."),
    ("2026-11-24", "24 November", 3, "'24 November' is no date."),
    ("[2026-11-24]", "{diwali: b}", 3, "'b' is no date."),
    ("[2026-11-24]", "{diwali: {on: 2026-11-24}}", 3, "'holidays' must be dates."),
    ("do: say again", "do: say agin", 6, "'say agin' is not a flow."),
    ('{press: "*", do: say again}', '{press: "*"}', 6, "'repeat' does nothing."),
    ('press: "*"', "press: 0", 7, "Key 0 has a command already."),
    ("[ask again, ask with keypad, end bye]", "[ask agen, end bye]", 9, "'ask agen' is not a way to ask again."),
    (
        "[ask again, ask with keypad, end bye]",
        "[ask again]",
        9,
        "The last of 'silence' asks once more, so it never ends.",
    ),
    ("[ask again, ask with keypad, end bye]", "[end bye, end bye]", 9, "Nothing comes after 'end bye'."),
    (
        "  silence: [ask again, ask with keypad, end bye]\n",
        "",
        9,
        "'when stuck' does not say what to do about 'silence'.",
    ),
    ("in one call: 5", "in one call: lots", 11, "'lots' is no number of stumbles."),
    (
        "hours: {Mon-Sat: 10:00 to 20:30, Sun: closed, holidays: [2026-11-24]}",
        "hours: ../h.csv",
        3,
        "'../h.csv' is no table beside this file.",
    ),
    ("    - end: bye\n", "    []\n", 16, "A flow needs a step."),
    ("    - end: bye\n", "    end: bye\n", 16, "A flow must be a list of steps."),
]


@pytest.mark.parametrize(("old", "new", "line", "what"), TOP_MISTAKES)
def test_mistake_at_the_top(desk: "Desk", old: str, new: str, line: int, what: str) -> None:
    """A mistake above the flows is told with its line."""
    problems = desk.problems(flow=desk.FLOW.replace(old, new, 1) + "  main:\n    - end: bye\n")

    assert (line, what) in {(problem.line, problem.what) for problem in problems if problem.file == FLOW_FILE}


PROMPT_MISTAKES = [
    ("  odd: It costs {prise}.\n", 8, "'{prise}' is not a value anybody sets."),
    ("  odd: It costs {price as dollars}.\n", 8, "A value cannot be said as 'dollars'."),
    ("  odd: It costs {price.\n", 8, "A brace stands alone."),
    ("  odd: {txt: Hello.}\n", 8, "'txt' is not a word of the line 'odd'."),
    ("  odd: {again: Hello.}\n", 8, "the line 'odd' has no 'text'."),
    ("  odd: [Hello.]\n", 8, "'odd' must hold 'word: value' pairs."),
    ("  odd: ''\n", 8, "'odd' is empty."),
    ("talk: nothing\n", 8, "'talk' must hold 'word: value' pairs."),
]


@pytest.mark.parametrize(("prompts", "line", "what"), PROMPT_MISTAKES)
def test_mistake_in_the_prompts(desk: "Desk", prompts: str, line: int, what: str) -> None:
    """A mistake in what callers hear is told with its line."""
    problems = desk.problems(prompts=prompts)

    assert (PROMPTS_FILE, line, what) in {(problem.file, problem.line, problem.what) for problem in problems}


def test_misspelt_word_list(desk: "Desk") -> None:
    """Words for a choice that does not exist are a mistake, as nobody would ever be understood by them."""
    problems = desk.problems(prompts="lines:\n  bye: Bye.\nwords:\n  operater: [manager]\n")

    assert problems == (
        Problem(
            PROMPTS_FILE,
            4,
            "'operater' is not a choice, a command or a flow to open.",
            "Did you mean 'operator'?",
        ),
    )


def test_words_without_a_word(desk: "Desk") -> None:
    """A list of words that holds only signs is a mistake, and so is a table instead of a list."""
    problems = desk.problems(prompts="lines:\n  bye: Bye.\nwords:\n  operator: ['!?']\n  repeat: {a: b}\n")

    assert [(problem.line, problem.what) for problem in problems] == [
        (4, "'!?' has no word in it."),
        (5, "'repeat' must be a list."),
    ]


def test_yes_or_no_needs_words(desk: "Desk") -> None:
    """A question for yes or no needs the words that callers say it with."""
    problems = desk.problems(
        "- ask: sure\n  type: yes or no\n- end: bye",
        prompts="lines:\n  bye: Bye.\n  sure: Sure?\nwords:\n  yes: [yes]\n",
    )

    assert [Problem(PROMPTS_FILE, 0, "Nobody says how callers say no.", "Add 'no: [...]' under 'words'.")] == [
        *problems
    ]


def test_private_value_is_not_said(desk: "Desk") -> None:
    """A line may not say what the caller was promised to be kept hidden."""
    problems = desk.problems(
        "- ask: code\n  type: digits 4\n  private: yes\n- end: bye", prompts="  odd: Your code is {code}.\n"
    )

    assert [problem.what for problem in problems] == ["'{code}' is private, so it must not be said."]


def test_shop_without_hours(desk: "Desk") -> None:
    """A flow that asks whether the shop is open, or says its hours, must know them."""
    without = "".join(line for line in desk.FLOW.splitlines(keepends=True) if not line.startswith(("hours", "phone")))

    problems = desk.problems(
        flow=without + "  main:\n    - {when: shop is open, end: bye}\n    - end: bye\n",
        prompts="  when: We are open {hours}. Call {phone}.\n",
    )

    assert {
        "Nobody says when the shop is open.",
        "The flow file gives no 'hours'.",
        "The flow file gives no 'phone'.",
    } == {problem.what for problem in problems}


def test_language_without_prompts(desk: "Desk") -> None:
    """A language that has no prompts file is told once."""
    problems = desk.problems(flow=desk.FLOW.replace("[en]", "[en, hi]") + "  main:\n    - end: bye\n")

    assert [(problem.file, problem.line, problem.what) for problem in problems] == [
        ("prompts/hi.yaml", 0, "Cannot be read: No such file or directory."),
    ]


def test_all_mistakes_at_once(desk: "Desk") -> None:
    """Mistakes of all files come together, sorted by place."""
    problems = desk.problems("- say: helo\n- go to: nowhere", prompts="  odd: It costs {prise}.\n")

    assert [f"{problem.file}:{problem.line}" for problem in problems] == [
        "prompts/en.yaml:8",
        "shop/flow.yaml:18",
        "shop/flow.yaml:19",
    ]


def test_catalogue_question_needs_items(desk: "Desk") -> None:
    """A question for a product of a shop without products is a mistake."""
    problems = desk.problems(
        "- ask: product\n  type: catalogue item\n- end: bye", facts=replace(desk.facts(), catalogue=())
    )

    assert [problem.what for problem in problems] == ["The shop has no catalogue items."]


def test_prompts_that_cannot_be_read_are_one_mistake(desk: "Desk") -> None:
    """Not one for each thing that would have stood in them; the flow's own are told as well."""
    problems = desk.problems("- sai: hello\n- end: bye", prompts="lines:\n  bye: Good: bye\n")

    assert [(problem.file, problem.line) for problem in problems] == [
        (PROMPTS_FILE, 2),
        (FLOW_FILE, desk.MAIN_LINE),
    ]


def test_files_outside_the_working_folder(desk: "Desk", monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not below the working folder is told with its whole path."""
    (desk.folder / "elsewhere").mkdir()
    monkeypatch.chdir(desk.folder / "elsewhere")

    problems = desk.problems("- go to: nowhere")

    assert str(desk.folder / "shop" / "flow.yaml") == problems[0].file


def test_version_is_of_the_content(desk: "Desk") -> None:
    """The version changes with any file, and not with line endings or by loading again."""
    first = desk.load("- end: bye").version
    again = desk.load("- end: bye").version
    other_flow = desk.load("- say: hello\n- end: bye").version
    other_prompts = desk.load("- end: bye", prompts="  more: Hello.\n").version
    windows = desk.folder / "prompts" / "en.yaml"
    windows.write_bytes(windows.read_bytes().replace(b"\n", b"\r\n"))

    assert first == again
    assert len(first) == 12
    assert len({first, other_flow, other_prompts}) == 3
    assert other_prompts == _reloaded(desk)


def test_version_is_the_same_wherever_the_folders_are(desk: "Desk") -> None:
    """Of a draft that is named by its path as well."""
    first = desk.load("- end: bye").version

    assert load_flow(Path("shop"), desk.folder / "prompts", desk.facts()).version == first
    assert load_flow(desk.folder / "shop", Path("prompts"), desk.facts()).version == first


def test_version_is_of_the_tables_too(desk: "Desk") -> None:
    """A price that changes makes another version; a transcript test and an editor's backup do not."""
    first = desk.load().version
    shop = desk.folder / "shop"
    (shop / "catalogue.csv").write_text("price\n1849\n", encoding="utf-8")
    dear = desk.load().version
    (shop / "catalogue.csv").write_text("price\n18\n", encoding="utf-8")
    cheap = desk.load().version
    (shop / "tests").mkdir()
    (shop / "tests" / "buys.yaml").write_text("a: b", encoding="utf-8")
    (shop / ".catalogue.csv.swp").write_text("x", encoding="utf-8")

    assert len({first, dear, cheap}) == 3
    assert desk.load().version == cheap


def test_an_included_pipe_is_no_file(desk: "Desk") -> None:
    """Nobody writes to it, and nobody waits for that."""
    (desk.folder / "shop").mkdir()
    os.mkfifo(desk.folder / "shop" / "more.yaml")
    (problem,) = desk.problems(flow="include: [more.yaml]\n" + desk.FLOW + "  main:\n    - end: bye\n")

    assert problem.what == "This is a device or a pipe."


@pytest.mark.parametrize("target", ["../../more.yaml", "/dev/zero", "/etc/passwd"])
def test_an_included_link_out_of_the_folder(desk: "Desk", target: str) -> None:
    """What belongs to others or never ends is not read."""
    (desk.folder / "shop").mkdir()
    (desk.folder / "shop" / "more.yaml").symlink_to(target)
    (problem,) = desk.problems(flow="include: [more.yaml]\n" + desk.FLOW + "  main:\n    - end: bye\n")

    assert (problem.file, problem.what) == ("shop/more.yaml", "This is a link that leads out of its folder.")


def _reloaded(desk: "Desk") -> str:
    return load_flow(Path("shop"), Path("prompts"), desk.facts()).version


def test_fixed_lines(desk: "Desk") -> None:
    """Every text that is the same for all callers is listed once, with the shop's own facts filled in."""
    flow = desk.load(
        "- ask: product\n  type: catalogue item\n- end: bye",
        prompts="  when: We are open {hours}. Call {phone}.\n  told: It is a {product}.\n",
    )

    fixed = flow.fixed_lines("en")

    assert (
        "We are open Monday to Saturday, from ten a m to half past eight p m, and closed on Sunday. "
        "Call zero one one, four five five five, zero one two three."
    ) in fixed
    assert {"Tea or coffee?", "Once more. Tea or coffee?", "Once more. Tea or coffee? Just say tea."} <= set(fixed)
    assert not [text for text in fixed if "It is a" in text]
    assert len(set(fixed)) == len(fixed)


def test_instructions_know_the_shop(desk: "Desk") -> None:
    """The model is told the shop's name; other braces are left alone."""
    flow = desk.load(
        "- talk: helper\n  at most: 2 turns\n- end: bye",
        prompts="  cannot_say: I would have to look.\ntalk:\n  helper: You work for {shop}. Use {x}.\n",
    )

    assert flow.prompts["en"].talk["helper"] == "You work for Test Shop. Use {x}."


def test_hours_in_a_file(desk: "Desk") -> None:
    """Opening hours may stand in a table beside the flow, and its mistakes are told with its name."""
    text = "".join(
        "hours: hours.csv\n" if line.startswith("hours") else line for line in desk.FLOW.splitlines(keepends=True)
    )
    (desk.folder / "shop").mkdir()
    (desk.folder / "shop" / "hours.csv").write_text("day,opens,closes\nMon,9:30,25:00\n", encoding="utf-8")

    problems = desk.problems(flow=text + "  main:\n    - end: bye\n")

    assert (Problem("shop/hours.csv", 2, "'25:00' is no time of day.", "Write it as 9:30 or 20:30."),) == problems


def test_slot_filled_in_two_places(desk: "Desk") -> None:
    """A slot that two menus fill may have the values of either, and no others."""
    steps = (
        "- menu: pick\n  remember as: drink\n  choices: {tea: }\n"
        "- menu: pick\n  remember as: drink\n  choices: {coffee: }\n"
        "- when: drink is %s\n  say: hello\n- end: bye"
    )

    assert desk.load(steps % "tea").flows["main"]
    assert [problem.what for problem in desk.problems(steps % "milk")] == ["'milk' is not a value of 'drink'."]


def test_key_of_a_command_at_a_yes_or_no_question(desk: "Desk") -> None:
    """Keys 1 and 2 mean yes and no, so a command may not have them where such a question is."""
    flow = (
        desk.FLOW.replace("press: 0", "press: 1") + "  main:\n    - ask: sure\n      type: yes or no\n    - end: bye\n"
    )

    assert [problem.what for problem in desk.problems(flow=flow)] == ["Key 1 means both 'yes' and 'operator' here."]


def test_unreadable_flow(desk: "Desk") -> None:
    """A flow file that is no YAML is told, alone."""
    problems = desk.problems(flow="shop: [\n")

    assert [problem.file for problem in problems] == [FLOW_FILE]


def test_loop_through_a_look_up(desk: "Desk") -> None:
    """A look-up whose failure leads back to it would go round while the data is down."""
    steps = "- lookup: clock\n  down: main\n  not found: operator\n- end: bye"
    facts = desk.facts()
    clock = type(facts.sources["catalogue"])(needs=(), gives=())

    problems = desk.problems(steps, facts=replace(facts, sources={"clock": clock}))

    assert [(problem.line, problem.what) for problem in problems] == [
        (desk.MAIN_LINE, "From here the flow runs in a circle and never listens.")
    ]


def test_a_look_up_without_its_table_names_the_file(desk: "Desk") -> None:
    """Whoever forgot the table is told which."""
    facts = replace(desk.facts(), absent={"order": "orders.csv"})
    problems = desk.problems("- lookup: order\n  gives: [status]\n  down: main\n- end: bye", facts=facts)

    assert any("there is no orders.csv beside this file" in problem.what for problem in problems)
