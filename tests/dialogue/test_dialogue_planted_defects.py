"""Defects planted in the worked example: each is found, in its file, at its line, and none reaches a call."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

import pytest
from dialogue.worked_example.shop_on_the_phone import FOLDER, Goods

from callagent.clock import IST
from callagent.dialogue.loader import check_flow
from callagent.dialogue.sounds import sound_alike
from callagent.errors import Problem

NOW = datetime(2026, 11, 20, 11, 0, tzinfo=IST)
FLOW, HINGLISH, HINDI, ENGLISH = "shop/flow.yaml", "prompts/hinglish.yaml", "prompts/hi.yaml", "prompts/en.yaml"


class Defect(NamedTuple):
    """What is changed, and what is to be found."""

    file: str
    old: str
    new: str
    what: str
    near: str = ""
    """Text in whose line it is found; empty for that of the change, "-" for the file as a whole."""
    found_in: str = ""
    """File in which it is found, where that is another."""
    severity: Literal["error", "warning"] = "error"


def warned(file: str, old: str, new: str, what: str, near: str = "", found_in: str = "") -> Defect:
    """A defect that only warns."""
    return Defect(file, old, new, what, near, found_in, "warning")


DEFECTS = [
    # names
    Defect(FLOW, "go to: after hours}\n    - go to", "go to: after hour}\n    - go to", "'after hour' is not a flow."),
    Defect(FLOW, "say: our_hours", "say: our_hour", "'our_hour' is not a line of prompts/hinglish.yaml."),
    Defect(FLOW, "start: greeting", "start: greting", "'greting' is not a flow."),
    Defect(FLOW, "transfer: [counter, owner]", "transfer: [conter, owner]", "'conter' is not one of the people."),
    Defect(FLOW, "send to: [owner]", "send to: [ownr]", "'ownr' is not one of the people."),
    Defect(FLOW, "sms: quote_details", "sms: quote_detail", "'quote_detail' is not under 'texts' in prompts/en.yaml."),
    Defect(FLOW, "talk: helper", "talk: helpr", "'helpr' is not under 'talk' in prompts/en.yaml."),
    Defect(FLOW, "knows: [catalogue,", "knows: [katalogue,", "'katalogue' is not something to look up."),
    Defect(FLOW, "lookup: quote", "lookup: quotes", "'quotes' is not something to look up."),
    Defect(FLOW, "gives: [total]", "gives: [totl]", "'totl' is not something that 'quote' gives."),
    Defect(FLOW, "with: [product, quantity]", "with: [product]", "'quote' needs 'quantity'.", "lookup: quote"),
    Defect(FLOW, "whisper: call_summary", "whisper: call_sumary", "'call_sumary' is not a line of prompts/en.yaml."),
    Defect(
        FLOW,
        "suggest: caller number",
        "suggest: callr number",
        "'callr number' is not something that is asked or looked up.",
    ),
    # words
    Defect(FLOW, "several: ask which", "several: ask whch", "'ask whch' is not a value of 'several'."),
    Defect(FLOW, "confirm: when unsure", "confirm: when unshure", "'when unshure' is not a value of 'confirm'."),
    Defect(FLOW, "check: not in the future", "check: not in future", "'not in future' is not a value of 'check'."),
    Defect(FLOW, "unsure: confirm", "unsure: confrm", "'confrm' is not a way to deal with 'unsure'."),
    Defect(FLOW, "do: speak slower", "do: speak slow", "'speak slow' is not a flow."),
    Defect(FLOW, "type: phone number", "type: phone numbr", "'phone numbr' is not a type of answer."),
    Defect(FLOW, "number 1 to 5000", "number 5000 to 1", "'number 5000 to 1' cannot be."),
    Defect(FLOW, "at most: 60 seconds", "at most: a minute", "'a minute' is no time."),
    Defect(FLOW, "ring: 20 seconds", "ring: 20 secs", "'20 secs' is no time."),
    Defect(FLOW, "phone: +919800000002", "phone: owner's", "'owner's' is no telephone number."),
    Defect(
        FLOW,
        "phone: +919800000002",
        "phone: +9198000",
        "'+9198000' is no telephone number: 5 digits where a number has 10 behind +91.",
    ),
    Defect(
        FLOW,
        "phone: +919800000002",
        "phone: 98000 0000",
        "'98000 0000' is no telephone number: 9 digits where a number has 10 behind +91.",
    ),
    Defect(
        FLOW,
        "phone: +919800000002",
        "phone: +44123",
        "'+44123' is no telephone number.",
    ),
    Defect(
        FLOW,
        "phone: +919800000002",
        "phone: +4420712",
        "'+4420712' is no telephone number: it begins with the country code, and has 8 to 15 digits.",
    ),
    Defect(FLOW, "short: 50,", "short: half,", "'half' is no part of callers."),
    Defect(FLOW, "{short: 50, long: 50}", "{short: 50}", "'greeting' has nothing to compare."),
    Defect(FLOW, "greeting is short", "greeting is shrt", "'shrt' is not a value of 'greeting'."),
    Defect(FLOW, "caller is new", "caller is knew", "'knew' is not a value of 'caller'."),
    Defect(FLOW, "stock is at least 1", "stock >= 1", "'stock >= 1' is no condition."),
    Defect(FLOW, "private: yes", "private: ja", "'ja' is neither yes nor no."),
    Defect(
        FLOW, "type: phone number", "type: pin code", "A caller's number is no answer to 'pin code'.", "suggest: caller"
    ),
    Defect(FLOW, "type: date", "type: name", "Only a date can be 'not in the future'.", "check: not in"),
    Defect(
        FLOW,
        "type: date",
        "type: date\n      answer: shouted",
        "'shouted' is not a value of 'answer'.",
        "answer: shouted",
    ),
    Defect(FLOW, "confirm: when unsure", "answer: keyed", "'catalogue item' cannot be keyed.", "answer: keyed"),
    Defect(FLOW, "{phone: +919800000002, ring: 20 seconds}", "+919800000002", "'owner' must hold 'word: value' pairs."),
    Defect(FLOW, "  owner: {phone", "  caller: {phone", "'caller' has a meaning of its own."),
    Defect(
        FLOW, "new topic: answer and come back", "new topic: ignore", "'ignore' is not a way to deal with 'new topic'."
    ),
    # what is missing
    Defect(FLOW, "      nobody: take message\n", "", "the action 'transfer' has no 'nobody'.", "transfer: [counter"),
    Defect(
        FLOW,
        "not found: human\n      down: take message\n    - say: quote_total",
        "not found: human\n    - say: quote_total",
        "the action 'lookup' has no 'down'.",
        "lookup: quote",
    ),
    Defect(
        ENGLISH,
        "  did_you_say: Did you say {answer}?\n",
        "",
        "The line 'did_you_say' is missing, which the flow needs.",
        "-",
    ),
    Defect(
        ENGLISH,
        "  cannot_say: I would have to look that up.\n",
        "",
        "The line 'cannot_say' is missing, which is said in place of what the model must not say.",
        "-",
    ),
    Defect(FLOW, "check: not in the future", "if not told: skip", "'skip' is not a value of 'if not told'."),
    Defect(
        FLOW,
        "start: greeting",
        "rows with mistakes: keep\nstart: greeting",
        "'keep' is not a way to deal with 'rows with mistakes'.",
    ),
    Defect(HINDI, "{options}", "कुछ", "'which_one' does not say {options}."),
    Defect(ENGLISH, '  "yes": ["yes", yes please, correct, right]\n', "", "Nobody says how callers say yes.", "-"),
    Defect(
        HINDI,
        "  goodbye: {text: धन्यवाद। नमस्ते।, mood: casual}\n",
        "",
        "'goodbye' is not a line of prompts/hi.yaml.",
        "end: goodbye",
        FLOW,
    ),
    Defect(ENGLISH, "We are open {hours}.", "You said {answer}.", "'{answer}' is not a value anybody sets."),
    # keys and words that clash
    Defect(
        FLOW,
        "timings: {press: 5",
        "timings: {press: 4",
        "Key 4 is both 'order status' and 'timings'.",
        "timings: {press",
    ),
    Defect(
        FLOW,
        "timings: {press: 5",
        "timings: {press: 0",
        "Key 0 means both 'timings' and 'operator' here.",
        "menu: main_menu",
    ),
    Defect(
        HINGLISH,
        "[guarantee]",
        "[guarantee, rate]",
        "'rate' (hinglish) means both 'price' and 'warranty' here.",
        "menu: main_menu",
        FLOW,
    ),
    warned(
        ENGLISH,
        "[guarantee]",
        "[prize]",
        "'price' and 'prize' (en) sound alike, and mean 'price' and 'warranty'.",
        "menu: main_menu",
        FLOW,
    ),
    # law and privacy
    Defect(ENGLISH, "Your order is", "Order {order number} is", "'{order number}' is private, so it must not be said."),
    Defect(HINDI, '"{shop}: आपका', '"{order number}: आपका', "'{order number}' is private, so it must not be said."),
    Defect(
        FLOW,
        "private: yes ",
        "confirm: always\n      private: yes ",
        "A private answer is not read back, so it cannot be confirmed.",
        "confirm: always\n      private",
    ),
    Defect(
        FLOW,
        "- consent: recording",
        "- {when: caller is new, consent: recording}",
        "The caller is recorded, and never asked.",
        "- record: message",
        "",
        "warning",
    ),
    Defect(
        FLOW,
        "- {when: greeting is short,",
        "- {when: caller is known, go to: human}\n    - {when: greeting is short,",
        "A way comes here past every 'consent'.",
        "- record: message",
    ),
    # ways
    Defect(
        FLOW,
        "    - go to: main menu\n  language",
        "    - go to: main menu\n    - say: our_hours\n  language",
        "Nothing comes here: the step before is 'go to'.",
        "    - say: our_hours\n  language",
    ),
    warned(
        FLOW,
        "flows:\n",
        "flows:\n  old offers:\n    - say: our_hours\n",
        "Nothing leads to the flow 'old offers'.",
        "old offers:",
    ),
    warned(
        FLOW,
        "      anything else: shop talk\n",
        "      anything else: shop talk\n    - say: our_hours\n",
        "Nothing comes here: every way from the step before leads elsewhere.",
        "    - say: our_hours\n  timings",
    ),
    Defect(
        FLOW,
        "    - say: our_hours\n",
        "    - go to: timings\n",
        "From here the flow runs in a circle and never listens.",
    ),
    warned(
        FLOW,
        "    - transfer: [counter, owner]\n",
        "    - {when: shop is open, go to: after hours}\n    - go to: take message\n"
        "  nowhere:\n    - transfer: [counter, owner]\n",
        "From here no way leads to a person.",
        "menu: main_menu",
    ),
    # languages
    Defect(
        HINDI,
        "{price as rupees} का है। {stock} पीस",
        "{price as rupees} का है। बहुत पीस",
        "'price_in_stock' does not say the same values here as in hinglish: {stock}.",
    ),
    Defect(
        ENGLISH,
        "total {total as rupees}.",
        "total on request.",
        "The text 'quote_details' does not hold the same values here as in hinglish.",
    ),
    warned(HINDI, ", keypad: गिनती दबाइए।", "", "'quantity' has no 'keypad' here, and has one in hinglish."),
    warned(HINDI, "  slower: [धीरे]\n", "", "There are no words for 'slower' here, as there are in hinglish.", "-"),
    warned(
        HINDI,
        "  slower: [धीरे]\n",
        "  slower: [धीरे]\n  interruptions: [Bas, रुको]\n  backchannels: [हूँ, bas]\n",
        "'bas' is under 'interruptions' of hi as well: the agent stops at it.",
        "backchannels: [हूँ, bas]",
    ),
    warned(
        FLOW,
        "timings: {press: 5",
        "holidays: {press: 7, go to: timings}\n        timings: {press: 5",
        "There are no words for 'holidays': callers can only press its key, or say its English name.",
        "-",
        HINDI,
    ),
    warned(HINDI, "दुकान अभी बंद है।", "Dukaan band hai.", "'we_are_closed' is not in Devanagari."),
    warned(
        ENGLISH,
        "The shop is closed now.",
        "The shop is closed now. " * 9,
        "'we_are_closed' takes about 15 seconds to say.",
    ),
    warned(ENGLISH, "  goodbye:", "  good_bye: Bye.\n  goodbye:", "Nothing says the line 'good_bye'."),
    Defect(ENGLISH, "mood: casual", "mood: jolly", "'jolly' is not a mood."),
    # time
    Defect(
        FLOW,
        "start: greeting",
        "overrides: [{shop is: closed, until: Monday}]\nstart: greeting",
        "'Monday' is no date and time.",
    ),
    Defect(
        FLOW,
        "start: greeting",
        "overrides: [{shop is: shut, until: 2026-12-01 10:00}]\nstart: greeting",
        "'shut' is not a value of 'shop'.",
    ),
    Defect(
        FLOW,
        "start: greeting",
        "overrides: [{say: goodbye, until: 2026-12-01 10:00}]\nstart: greeting",
        "'say' and 'instead of' belong together.",
    ),
    Defect(
        FLOW,
        "start: greeting",
        "overrides: [{until: 2026-12-01 10:00}]\nstart: greeting",
        "This override changes nothing.",
    ),
    Defect(FLOW, "start: greeting", "overrides: [{shop is: open}]\nstart: greeting", "an override has no 'until'."),
    Defect(
        FLOW,
        "start: greeting",
        "overrides: [{shop is: open, from: 2026-12-02 10:00, until: 2026-12-01 10:00}]\nstart: greeting",
        "It is over before it begins.",
    ),
    warned(
        FLOW,
        "start: greeting",
        "overrides: [{shop is: closed, until: 2026-11-20 11:00}]\nstart: greeting",
        "This override ended 2026-11-20 11:00.",
    ),
    warned(FLOW, "long: 50}", "long: 50, until: 2026-11-19}", "The experiment 'greeting' ended 2026-11-19."),
    Defect(FLOW, "holidays: [2026-10-20,", "holidays: [2026-10-32,", "'2026-10-32' is no date."),
    # YAML
    Defect(
        FLOW,
        "start: greeting",
        "start: greeting\nstart: human",
        "'start' stands here a second time; it is already in line {line}.",
        "start: human",
    ),
    Defect(FLOW, "    - say: order_is", "    - sya: order_is", "'sya' is no action."),
    Defect(FLOW, "remember as: language", "remembr as: language", "'remembr as' is not a word of the action 'menu'."),
    # several files
    Defect(
        FLOW,
        "start: greeting",
        "include: [more.yaml]\nstart: greeting",
        "Cannot be read: No such file or directory.",
        "-",
        "shop/more.yaml",
    ),
    Defect(
        FLOW,
        "start: greeting",
        "include: [../more.yaml]\nstart: greeting",
        "'../more.yaml' is no file beside this one.",
    ),
    Defect(
        FLOW,
        "start: greeting",
        "include: [flow.yaml]\nstart: greeting",
        "'flow.yaml' is included already, or includes this file.",
    ),
]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the worked example, in the folder from which the program was started."""
    shutil.copytree(FOLDER / "shop", tmp_path / "shop")
    shutil.copytree(FOLDER / "prompts", tmp_path / "prompts")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def line_of(text: str, found: str) -> int:
    """Line in which a text is found, counted from 1."""
    assert found in text
    return text[: text.index(found)].count("\n") + 1


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.what)
def test_defect(shop: Path, defect: Defect) -> None:
    """The defect is found where it is, and an error keeps the flow from every call."""
    path = shop / defect.file
    text = path.read_text(encoding="utf-8")
    assert text.count(defect.old) >= 1
    text = text.replace(defect.old, defect.new, 1)
    before = line_of(path.read_text(encoding="utf-8"), defect.old)
    path.write_text(text, encoding="utf-8")

    flow, problems = check_flow(shop / "shop", shop / "prompts", Goods(), now=NOW)

    found_in = defect.found_in or defect.file
    where = (shop / found_in).read_text(encoding="utf-8") if (shop / found_in).exists() else ""
    line = 0 if defect.near == "-" else line_of(where, defect.near) if defect.near else before
    what = defect.what.replace("{line}", str(before))
    found = [(one.file, one.line, one.what, one.severity) for one in problems]
    assert (found_in, line, what, defect.severity) in found
    assert (flow is None) == (defect.severity == "error")


def test_findings_of_an_included_file_carry_its_name(shop: Path) -> None:
    """What is wrong in an included file is told with that file, and a flow of the same name with both."""
    flow = shop / "shop" / "flow.yaml"
    flow.write_text(flow.read_text(encoding="utf-8") + "include: [more.yaml]\n", encoding="utf-8")
    (shop / "shop" / "more.yaml").write_text(
        "include: [more.yaml]\nflows:\n  human:\n    - say: nothing\n  more:\n    - say: nothing\n", encoding="utf-8"
    )

    _, problems = check_flow(shop / "shop", shop / "prompts", Goods(), now=NOW)

    more = [(one.line, one.what) for one in problems if one.file == "shop/more.yaml" and one.severity == "error"]
    line = line_of(flow.read_text(encoding="utf-8"), "  human:")
    assert more == [
        (1, "'more.yaml' is included already, or includes this file."),
        (3, f"There is a flow 'human' already, in shop/flow.yaml:{line}."),
        *(
            (number, f"'nothing' is not a line of prompts/{name}.yaml.")
            for number in (4, 6)
            for name in ("en", "hi", "hinglish")
        ),
    ]


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ("price", "prize", True),
        ("fifteen", "fifty", True),
        ("table fan", "cable fan", False),
        ("table fan", "tabel fan", True),
        ("daam", "dam", True),
        ("दाम", "dam", True),
        ("thirteen amp", "thirty amp", True),
        ("red", "road", False),
        ("tea", "coffee", False),
        ("a", "b", False),
        ("", "", False),
    ],
)
def test_sounding_alike(first: str, second: str, alike: bool) -> None:
    """Words are compared as a telephone carries them, across scripts."""
    assert sound_alike(first, second) == alike


def test_problems_are_shown_with_their_place() -> None:
    """A warning reads as an error does."""
    assert str(Problem("a.yaml", 3, "Odd.", "Mend it.", "warning")) == "a.yaml:3: Odd. Mend it."
