"""The commands for staff, as they run them."""

import io
import json
import os
from pathlib import Path

import pytest
from support.tea_shop import ASKS_A_PRICE, FLOW, TeaShop

from callagent.cli import main
from callagent.commands import console


@pytest.fixture
def tea(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TeaShop:
    """A shop in the folder where the commands are run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CALLAGENT_SHOP", "tea")
    shop = TeaShop(tmp_path)
    shop.write()
    shop.write_test(ASKS_A_PRICE)
    return shop


def test_check_of_a_right_shop(tea: TeaShop, capsys: pytest.CaptureFixture[str]) -> None:
    """No mistake; how long each line takes to say."""
    assert main(["flows", "check", "tea"]) == 0
    output = capsys.readouterr().out

    assert "tea: 0 errors, 0 warnings" in output
    assert "price_is" in output


def test_check_of_a_wrong_shop(tea: TeaShop, capsys: pytest.CaptureFixture[str]) -> None:
    """Place, offending text, what is wrong and what would be right, and a status that a script can use."""
    tea.write(flow=FLOW.replace("say: price_is", "say: price_iz"))

    assert main(["flows", "check", "tea"]) == 1
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("error")]
    assert "flows/tea/flow.yaml:27" in line
    assert "- say: price_iz" in line
    assert "Did you mean 'price_is'?" in line


def test_check_in_a_narrow_terminal(
    tea: TeaShop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong stands below its place, and no word is broken."""
    monkeypatch.setattr(console, "WIDTH_PIPED", 80)
    tea.write(flow=FLOW.replace("say: price_is", "say: price_iz"))

    assert main(["flows", "check", "tea"]) == 1
    shown = [line.strip() for line in capsys.readouterr().out.splitlines()]
    place = shown.index("error   flows/tea/flow.yaml:27")
    assert shown[place + 1] == "- say: price_iz"
    assert shown[place + 2] == "'price_iz' is not a line of prompts/tea/en.yaml. Did you mean"
    assert shown[place + 3] == "'price_is'?"


def test_check_as_json(tea: TeaShop, capsys: pytest.CaptureFixture[str]) -> None:
    """One object with all of it."""
    tea.write(flow=FLOW.replace("say: price_is", "say: price_iz"))

    assert main(["flows", "check", "tea", "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    assert result["errors"] == 1
    assert [remark for remark in result["shops"][0]["remarks"] if remark["severity"] == "error"] == [
        {
            "severity": "error",
            "text": "- say: price_iz",
            "file": "flows/tea/flow.yaml",
            "line": 27,
            "what": "'price_iz' is not a line of prompts/tea/en.yaml.",
            "remedy": "Did you mean 'price_is'?",
        }
    ]


def test_check_tells_all_mistakes_at_once(tea: TeaShop, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong row of a table hides no mistake in the flow; of a long line the beginning is shown."""
    tea.write(flow=FLOW.replace("say: price_is", "say: price_iz"))
    catalogue = Path("flows/tea/catalogue.csv")
    text = catalogue.read_text(encoding="utf-8").replace(
        "T-1,green tea,sencha,120.00", f"T-1,green tea,{'sencha' * 20},"
    )
    catalogue.write_text(text, encoding="utf-8")

    assert main(["flows", "check", "tea"]) == 1
    output = capsys.readouterr().out.splitlines()
    assert "tea: 2 errors, 1 warning" in output
    first, second = (line for line in output if line.startswith("error"))
    assert "flows/tea/catalogue.csv:2" in first
    assert "flows/tea/flow.yaml:27" in second
    assert "sencha" * 12 not in "".join(output)


@pytest.mark.parametrize("file", ["flows/tea/catalogue.csv", "flows/tea/flow.yaml", "prompts/tea/en.yaml"])
def test_check_of_a_file_in_another_encoding(tea: TeaShop, file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One error that says how to save it, whatever refers to what stands in it; nothing unreadable is shown."""
    path = Path(file)
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))

    assert main(["flows", "check", "tea", "--json"]) == 1
    [remark] = json.loads(capsys.readouterr().out)["shops"][0]["remarks"]
    assert (remark["file"], remark["line"], remark["text"]) == (file, 1, "")
    assert remark["what"].startswith("This file is not UTF-8: it looks like UTF-16")
    assert "UTF-8" in remark["remedy"]


def test_check_waits_for_no_pipe(tea: TeaShop, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no file is told, and not read for its offending line."""
    os.mkfifo("flows/tea/services.yaml")

    assert main(["flows", "check", "tea"]) == 1
    assert "This is a device or a pipe." in capsys.readouterr().out


def test_check_against_another_version(tea: TeaShop, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It tells which flows, prompts and tests a change affects."""
    TeaShop(tmp_path / "yesterday").write()
    tea.write(flow=FLOW.replace("    - say: price_is\n", "    - say: no_prices\n"))
    assert main(["flows", "check", "tea", "--against", "yesterday"]) == 0
    shown = capsys.readouterr().out
    assert main(["flows", "check", "tea", "--against", "yesterday", "--json"]) == 0
    effect = json.loads(capsys.readouterr().out)["shops"][0]["impact"]

    assert "a price: fails (with the other version it passes)" in shown
    assert (effect["flows"], effect["leading_there"]) == (["price"], ["hello"])
    assert effect["tests"] == [{"name": "a price", "passed": False, "passed_before": True}]


def test_check_against_the_same_version(tea: TeaShop, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing differs, and that is said."""
    assert main(["flows", "check", "tea", "--against", "."]) == 0
    assert "Nothing differs." in capsys.readouterr().out


def test_check_of_a_shop_that_is_not_there(tea: TeaShop, capsys: pytest.CaptureFixture[str]) -> None:
    """The shops that there are are named."""
    assert main(["flows", "check", "coffee"]) == 2
    assert "There is no shop 'coffee' in flows/; known are: tea." in capsys.readouterr().err


def test_check_of_all_shops(tea: TeaShop, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A shop that is half made is reported, and the others are checked all the same."""
    (tmp_path / "flows" / "coffee").mkdir()

    assert main(["flows", "check"]) == 1
    output = capsys.readouterr().out
    assert "flows/coffee/catalogue.csv" in output
    assert "tea: 0 errors" in output


def test_tests_that_pass(tea: TeaShop, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its milliseconds, and the steps that none of them does."""
    assert main(["flows", "test", "tea"]) == 0
    output = capsys.readouterr().out

    assert "1 of 1 tests passed." in output
    assert "Steps: 5 of 9 (56 %)." in output
    assert "no test does flows/tea/flow.yaml:30: no price, say" in output


def test_a_test_that_fails(tea: TeaShop, capsys: pytest.CaptureFixture[str]) -> None:
    """The conversation is shown, with the place marked where it parts from the test."""
    tea.write_test("- test: wrong\n  call:\n    - keys: 1\n    - agent: what\n")

    assert main(["flows", "test", "tea"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "flows/tea/tests/calls.yaml:4: 'agent: what' is not so: the agent says product." in lines[2]
    assert [line.split() for line in lines if line.startswith(" >")] == [
        [">", "agent", "product:", "Which", "tea?"],
        [">", "test", "wants", "agent:", "what"],
    ]


def test_tests_as_json(tea: TeaShop, capsys: pytest.CaptureFixture[str]) -> None:
    """One object with every test, its story and the coverage."""
    assert main(["flows", "test", "tea", "--json"]) == 0
    [shop] = json.loads(capsys.readouterr().out)["shops"]

    assert (shop["tests"][0]["test"], shop["tests"][0]["passed"]) == ("a price", True)
    assert shop["tests"][0]["ms"] > 0
    assert shop["coverage"]["percent"] == 55.6


def test_a_mistake_in_a_test_is_no_failure_of_it(tea: TeaShop, capsys: pytest.CaptureFixture[str]) -> None:
    """It is reported as a mistake in any other file."""
    tea.write_test("- test: wrong\n  call:\n    - agent: wht\n")

    assert main(["flows", "test", "tea"]) == 2
    assert "calls.yaml:3: 'wht' is not a line of the prompts. Did you mean 'what'?" in capsys.readouterr().err


def test_try_from_a_pipe(tea: TeaShop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is piped in is what the caller does; a call that was saved passes as a test."""
    monkeypatch.setattr(
        "sys.stdin", io.StringIO("price\n/stock sencha 0\n/stock green tea 0\nsencha\n/save None left!\n")
    )
    assert main(["flows", "try"]) == 0
    output = capsys.readouterr().out
    assert main(["flows", "test", "tea"]) == 0

    assert "none_left: None is left." in output
    assert "'sencha 0' is no item and count." in output
    assert "kept as flows/tea/tests/none_left.yaml" in output
    assert "2 of 2 tests passed." in capsys.readouterr().out


def test_try_as_json(tea: TeaShop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of JSON for each line that came in."""
    monkeypatch.setattr("sys.stdin", io.StringIO("/keys 9\n/nonsense\n/save\n/save a\n/save a\n/quit\nprice\n"))
    assert main(["flows", "try", "tea", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert lines[0] == {"told": [{"who": "agent", "what": "what: A price, or goodbye?"}], "over": False, "problem": ""}
    assert lines[1]["over"]
    assert [line["problem"].split(" ")[0] for line in lines[2:]] == ["/nonsense", "A", "", "flows/tea/tests/a.yaml"]


@pytest.mark.parametrize(("name", "begins"), [("tea.svg", "<svg"), ("tea.mmd", '---\ntitle: "tea, version ')])
def test_draw(tea: TeaShop, tmp_path: Path, name: str, begins: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The file's ending says what is drawn."""
    assert main(["flows", "draw", "tea", "--out", name]) == 0
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)
    assert capsys.readouterr().out == f"{name}: 5 cards, 3 arrows\n"


def test_draw_as_json(tea: TeaShop, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Cards and rows, and no file that nobody asked for."""
    assert main(["flows", "draw", "--json"]) == 0
    cards = json.loads(capsys.readouterr().out)["cards"]

    assert [card["name"] for card in cards] == ["anytime", "when stuck", "hello", "price", "no price"]
    assert not list(tmp_path.glob("*.svg"))


@pytest.mark.parametrize(
    ("out", "why"),
    [("tea.png", "neither an SVG nor Mermaid: name it tea.svg or tea.mmd"), ("no/tea.svg", "cannot be written")],
)
def test_a_picture_that_cannot_be_drawn(tea: TeaShop, out: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Why, and what would be right."""
    assert main(["flows", "draw", "tea", "--out", out]) == 2
    assert why in capsys.readouterr().err
