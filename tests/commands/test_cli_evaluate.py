"""`callagent flows evaluate`, as staff run it."""

import json
from pathlib import Path

import pytest
from support.tea_shop import TeaShop

from callagent.cli import main
from callagent.workshop.evaluating import evaluate_file, sets_of
from callagent.workshop.shops import find_shops

ROOT = Path(__file__).parent.parent.parent
SENTENCES = """\
en:
  price:
    - what does the copper kettle cost => product=copper kettle
    - what is the rate of the flat mug => product=tall mug
  location:
    - where is your shop
hinglish:
  price:
    - copper kettle kitne ki hai bhaiya => product=copper kettle
"""
GOODS = """\
goods:
  - copper kettle | kettle
  - flat mug
  - tall mug
"""


@pytest.fixture
def sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Labelled sentences in the folder where the command is run; one label is wrong."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "sentences.yaml"
    path.write_text(SENTENCES, encoding="utf-8")
    return path


@pytest.fixture
def goods(sentences: Path) -> Path:
    """The goods beside them."""
    path = sentences.with_name("goods.yaml")
    path.write_text(GOODS, encoding="utf-8")
    return path


@pytest.mark.usefixtures("goods")
def test_the_figures_of_each_language(sentences: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each language, and one for all."""
    assert main(["flows", "evaluate", str(sentences)]) == 0
    rows = {line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines() if line.endswith("%")}

    assert rows == {
        "en": ["3", "100.0%", "50.0%", "100.0%"],
        "hinglish": ["1", "100.0%", "100.0%", "100.0%"],
        "all": ["4", "100.0%", "66.7%", "100.0%"],
    }


@pytest.mark.usefixtures("goods")
@pytest.mark.parametrize(("least", "status"), [("entities=60", 0), ("entities=70", 1), ("language=100", 0)])
def test_a_set_may_fall_short(sentences: Path, least: str, status: int) -> None:
    """The status tells a script."""
    assert main(["flows", "evaluate", str(sentences), "--at-least", "intent=100", "--at-least", least]) == status


@pytest.mark.usefixtures("goods")
def test_as_json(sentences: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All of it, with the sentences that came out otherwise."""
    assert main(["flows", "evaluate", str(sentences), "--json", "--at-least", "entities=92"]) == 1
    result = json.loads(capsys.readouterr().out)

    assert result["short"] == [{"file": "sentences.yaml", "measure": "entities", "at_least": 0.92}]
    [one] = result["sets"]
    assert one["languages"]["all"] == {"sentences": 4, "intent": 1.0, "entities": 0.6667, "language": 1.0}
    assert [(mistake["text"], mistake["what"]) for mistake in one["mistakes"]] == [
        ("what is the rate of the flat mug", ["entities"])
    ]


def test_a_shop_s_own_catalogue(sentences: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --shop, and without goods beside the file, what the shop sells is meant."""
    TeaShop(tmp_path).write()

    assert main(["flows", "evaluate", str(sentences), "--shop", "tea", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sets"][0]["goods"] > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.yaml"], "There is no file nothing.yaml."),
        (["--shop", "tea"], "There are no labelled sentences"),
        (["sentences.yaml", "--shop", "coffee"], "There is no shop 'coffee'"),
    ],
)
def test_nothing_to_evaluate(
    sentences: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Told with a remedy, and the status of a mistake."""
    TeaShop(sentences.parent).write()

    assert main(["flows", "evaluate", *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("least", ["intent", "intent=high", "intent=101", "speed=5", "intent=nan"])
def test_a_threshold_that_cannot_be(least: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Told what may be written."""
    with pytest.raises(SystemExit):
        main(["flows", "evaluate", "--at-least", least])

    assert "write intent=95" in capsys.readouterr().err


def test_the_shops_bring_their_sentences_along() -> None:
    """Found in each shop's folder, apart from its transcript tests and from what calls depend on."""
    shops = find_shops(ROOT / "flows", ROOT / "prompts")
    found = {(folders.name, path.name) for folders in shops for path in sets_of(folders)}

    assert found == {
        ("electrical", "fresh.yaml"),
        ("electrical", "held_out.yaml"),
        ("electrical", "tune.yaml"),
        ("electrical", "unseen_1.yaml"),
        ("electrical", "unseen_2.yaml"),
        ("medical", "medical.yaml"),
    }
    assert not any("understanding" in path.parts for folders in shops for path in folders.files())


def test_the_time_that_a_sentence_takes(goods: Path, sentences: Path) -> None:
    """By the given clock: in order, and within a share of the sentences."""
    del goods
    seconds = iter([0.0, 0.004, 1.0, 1.001, 2.0, 2.002, 3.0, 3.003])
    result = evaluate_file(sentences, clock=lambda: next(seconds))

    assert [round(one) for one in result.took_ms] == [1, 2, 3, 4]
    assert (round(result.at_share(0.5)), round(result.at_share(0.95))) == (3, 4)
