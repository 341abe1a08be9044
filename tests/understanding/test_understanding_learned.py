"""The learned scorer of wishes: what it looks at, how it learns, and how it gets along with the rules."""

from pathlib import Path

import numpy as np
import pytest

from callagent.dialogue.understanding import Case, Interpreter, ItemNames, Ranked
from callagent.dialogue.understanding.learned import NAMES, Scorer, scorer
from callagent.workshop.learning import learn, sets_to_learn

FAN = ItemNames("ceiling fan", ("pankha",))
LAMP = ItemNames("table lamp", ("lamp",))


@pytest.fixture(scope="module")
def interpreter() -> Interpreter:
    """A small shop."""
    return Interpreter([FAN, LAMP])


def weighing(**weights: float) -> Scorer:
    """A scorer of features that each speak for the wish of their name."""
    table = np.zeros((len(weights), len(NAMES)))
    for row, (name, weight) in enumerate(weights.items()):
        table[row, NAMES.index(name)] = weight
    return Scorer({name: row for row, name in enumerate(weights)}, table, np.zeros(len(NAMES)))


def test_one_name_of_the_goods_is_as_good_as_another(interpreter: Interpreter) -> None:
    """Goods stand as a class, so that what was learnt in one shop holds in the next."""
    assert interpreter.features("pankha kitne ka hai") == interpreter.features("lamp kitne ka hai")


def test_small_counts_differ_from_large_ones(interpreter: Interpreter) -> None:
    """Two fans are for a home, two hundred are not."""
    few, many = interpreter.features("2 ceiling fans"), interpreter.features("200 ceiling fans")

    assert ("count:few" in few, "count:many" in many) == (True, True)
    assert "count:many" not in few


def test_shares_are_shares() -> None:
    """They sum up to one, whatever is known of the sentence."""
    shipped = scorer()

    for features in ({"u:kitna", "c:^rat"}, {"never heard of"}, set[str]()):
        assert sum(shipped.shares(features).values()) == pytest.approx(1.0)


def test_nothing_wanted() -> None:
    """Where no wish is the likeliest reading, the rules' guesses do not count."""
    assert weighing(none=5).ranked({"none"}, [Ranked("price", 0.9)]) == []


def test_rules_lend_their_certainty() -> None:
    """The likeliest wish gains by agreeing with the rules, and what else they heard comes after it."""
    heard = [Ranked("price", 0.92), Ranked("delivery", 0.5)]
    alone = weighing(price=3).ranked({"price"}, [])
    together = weighing(price=3).ranked({"price"}, heard)

    assert [one.name for one in alone] == ["price"]
    assert [one.name for one in together] == ["price", "delivery"]
    assert together[0].confidence > alone[0].confidence > together[1].confidence


def test_learning(interpreter: Interpreter, tmp_path: Path) -> None:
    """What was learnt twice from the same sentences is the same, and it holds after writing and reading."""
    texts = {"price": "fan kitne ka hai", "complaint": "fan kharab ho gaya", "none": "kal barish hui"}
    cases = [Case(text, "hinglish", (name,)) for name, text in texts.items()] * 2
    first, second = learn(cases, interpreter), learn(cases, interpreter)
    first.save(tmp_path / "weights.npz")
    kept = scorer(tmp_path / "weights.npz")

    assert np.array_equal(first.weights, second.weights)
    for name, text in texts.items():
        shares = kept.shares(interpreter.features(text))
        assert max(shares, key=lambda one: shares[one]) == name


def test_the_unseen_are_not_learnt_from(tmp_path: Path) -> None:
    """Sets named unseen, and the goods, are left out; folders below are read."""
    for name in ("goods.yaml", "tune.yaml", "unseen_1.yaml", "learn/more.yaml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("", encoding="utf-8")

    assert [path.name for path in sets_to_learn(tmp_path)] == ["more.yaml", "tune.yaml"]
