"""What the fallback chains cost: measured as it is said, shown, and judged by the limits."""

import json

import pytest

from callagent import overhead
from callagent.cli import main
from callagent.commands import compare
from callagent.events import STAGES
from callagent.overhead import Overhead, StageCost


def result(added_ms: float = 0.1, added_percent: float = 0.5) -> Overhead:
    """A comparison with these figures."""
    return Overhead({stage: StageCost(0.05, 0.05 + added_ms, added_ms) for stage in STAGES}, 25, 2.0, added_percent)


def test_both_sides_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real comparison, as short as can be: every stage takes some work, and a chain takes more of it."""
    monkeypatch.setattr(overhead, "ROUNDS", 3)
    done: list[float] = []
    measured = overhead.measure(4, 20.0, done.append)

    assert list(measured.stages) == ["stt", "llm", "tts"]
    assert all(0 < cost.direct_ms < 50 for cost in measured.stages.values())
    # Some of it may get lost in noise, so the limits themselves are no test's.
    assert measured.stages["stt"].added_ms > 0
    assert measured.stages["llm"].added_ms > 0
    assert measured.direct_percent > 0
    assert done == sorted(done)
    assert done[-1] == 1.0


@pytest.mark.parametrize(
    ("added_ms", "added_percent", "is_kept"),
    [(0.2, 1.0, True), (0.21, 1.0, False), (0.2, 1.01, False)],
)
def test_the_limits_decide(added_ms: float, added_percent: float, is_kept: bool) -> None:
    """Up to 0.2 ms for each call of a stage, and 1 % of a core for all."""
    assert result(added_ms, added_percent).is_kept is is_kept


def test_the_command_shows_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With the limits beside the figures."""
    monkeypatch.setattr(compare, "measure", lambda *_: result())

    assert main(["bench", "--compare-direct"]) == 0
    shown = capsys.readouterr().out
    assert "0.100" in shown
    assert "0.50 % more (limit 1 %)" in " ".join(shown.split())


def test_the_command_fails_beyond_a_limit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """And says by how much, as JSON."""
    monkeypatch.setattr(compare, "measure", lambda *_: result(added_ms=0.7))

    assert main(["bench", "--compare-direct", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["stages"]["llm"]["added_ms"] == 0.7
    assert told["limits"] == {"added_ms": 0.2, "added_percent": 1.0}
    assert told["kept"] is False
