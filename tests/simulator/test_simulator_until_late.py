"""How many calls a server carries."""

import json
from typing import Any

import pytest
from support.bench_results import result, spread

from callagent.simulator.bench import BenchResult
from callagent.simulator.until_late import Climb, Step, Verdict, until_late
from callagent.simulator.virtual_time import run

LATE: dict[str, Any] = {"late_ms": spread(0, 21)}


def climb(good: int, calls: tuple[int, ...] = (10, 25, 50, 75), **beyond: Any) -> Climb:
    """Against a server that carries `good` calls, and is `beyond` with more."""

    async def measure(number: int) -> BenchResult:
        return result(number, **(beyond or LATE if number > good else {}))

    return run(until_late(measure, calls))


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, Verdict.GOOD),
        ({"late_ms": spread(0, 20)}, Verdict.GOOD),
        (LATE, Verdict.LATE),
        ({"failures": {"silence": 1}}, Verdict.FAILED),
        ({"turns": 0}, Verdict.FAILED),
        ({**LATE, "client_late_ms": spread(1, 11)}, Verdict.CLIENT),
        ({"failures": {"silence": 1}, "client_late_ms": spread(1, 11)}, Verdict.CLIENT),
        ({"client_late_ms": spread(1, 11)}, Verdict.GOOD),
    ],
)
def test_a_step_is_judged(changed: dict[str, Any], verdict: Verdict) -> None:
    """By what callers heard; what a late client saw is held against the client."""
    assert Step(result(**changed)).verdict is verdict


def test_the_climb_ends_half_way_back() -> None:
    """After the first step that did not go well, once between it and the last one that did."""
    low, high = climb(30), climb(40)

    assert [step.calls for step in low.steps] == [10, 25, 50, 37]
    assert (low.last_good, low.limit and low.limit.calls) == (25, 37)
    assert (high.last_good, high.limit and high.limit.calls) == (37, 50)
    assert "37 calls at the same time were the most that went well; with 50" in high.in_words()


def test_a_server_without_a_limit() -> None:
    """All that was tried went well: no limit is made up."""
    found = climb(100)

    assert found.last_good == 75
    assert found.limit is None
    assert "No limit found" in found.in_words()


def test_a_server_that_carries_nobody() -> None:
    """Half of the first step is tried too."""
    found = climb(0, failures={"not answered": 9})

    assert [step.calls for step in found.steps] == [10, 5]
    assert found.last_good == 0
    assert "something failed" in found.in_words()


def test_a_late_client_is_named() -> None:
    """The limit is then not said to be the server's."""
    found = climb(50, **LATE, client_late_ms=spread(1, 30))

    assert "so this limit is the client's and not the server's" in found.in_words()
    assert json.loads(json.dumps(found.as_dict()))["steps"][-1]["verdict"] == "client"
