"""`callagent bench --until-late`: what it shows, and when it fails."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from support.bench_results import result, spread

from callagent.cli import main
from callagent.commands import until_late
from callagent.simulator.bench import BenchResult


@pytest.fixture(autouse=True)
def carried(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """So many calls are carried by the server that is not there, at `seconds` a step."""
    given = {"most": 60.0, "seconds": 0.0}

    @asynccontextmanager
    async def our_server(*_: object) -> AsyncIterator[None]:
        yield None

    async def measure(
        _carrier: object, _server: object, _utterances: object, calls: int, seconds: float
    ) -> BenchResult:
        given["seconds"] = seconds
        changed: dict[str, Any] = {} if calls <= given["most"] else {"late_ms": spread(0, 35)}
        return result(calls, cores=calls * 0.01, **changed)

    monkeypatch.setattr(until_late, "our_server", our_server)
    monkeypatch.setattr(until_late, "measure", measure)
    return given


def test_the_table_shows_each_step(carried: dict[str, float], capsys: pytest.CaptureFixture[str]) -> None:
    """Up to the first that did not go well, and one half-way back; each as long as said, after all calls are up."""
    assert main(["bench", "--until-late", "--seconds", "5"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]

    assert [line.split()[:2] for line in lines if " 800 900 " in line] == [
        ["10", "good"], ["25", "good"], ["50", "good"], ["75", "late"], ["62", "late"],
    ]  # fmt: skip
    assert carried["seconds"] == pytest.approx(5 + 6.2)
    assert any(line.startswith("50 calls at the same time were the most") for line in lines)


def test_a_server_that_carries_nobody_fails(carried: dict[str, float], capsys: pytest.CaptureFixture[str]) -> None:
    """Then there is no number to tell."""
    carried["most"] = 0

    assert main(["bench", "--until-late", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["last_good"] == 0
    assert carried["seconds"] == pytest.approx(15 + 0.5)
