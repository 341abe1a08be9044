"""One server against another: how figures of several rounds are judged."""

import json
from typing import Any

import pytest
from support.bench_results import NOTHING, result, spread

from callagent.dialogue.guard import Guard
from callagent.simulator.against import (
    BARGE_IN_FLOOR_MS,
    RESPONSE_FLOOR_MS,
    SIP_AGAINST_TWILIO,
    Comparison,
    Line,
    floor_in_words,
)
from callagent.simulator.bench_talk import ANSWERS, QUESTIONS

SMART: dict[str, Any] = {
    "cores": 0.44,
    "memory_mb": 550.0,
    "response_ms": spread(1500, 1600),
    "barge_in_ms": spread(380, 420),
}
TIMEOUT: dict[str, Any] = {
    "cores": 0.33,
    "memory_mb": 110.0,
    "response_ms": spread(1800, 1900),
    "barge_in_ms": spread(380, 420),
}


def comparison(**changed: Any) -> Comparison:
    """Of one round, in which ours keeps all limits but for what is `changed`."""
    ours: dict[str, Any] = {"cores": 0.09, "response_ms": spread(900, 1000), **changed}
    return Comparison({"ours": [result(**ours)], "smart": [result(**SMART)], "timeout": [result(**TIMEOUT)]})


def line(of: Comparison, key: str) -> Line:
    """The line of one figure."""
    return next(one for one in of.lines if one.measure.key == key)


def test_a_ratio_is_to_the_better_stock_bot() -> None:
    """Better in this figure: of latency it is another one than of processor time."""
    made = comparison()

    assert line(made, "response_p50_ms").ratio == pytest.approx(900 / 1500)
    assert line(made, "core_percent").ratio == pytest.approx(0.9 / 3.3)
    assert made.is_kept


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("response_p50_ms", {"response_ms": spread(976, 1000)}),
        ("response_p95_ms", {"response_ms": spread(900, 1041)}),
        ("barge_in_p50_ms", {"barge_in_ms": spread(121, 150)}),
        ("barge_in_p95_ms", {"barge_in_ms": spread(100, 201)}),
        ("core_percent", {"cores": 0.1}),
        ("memory_mb", {"memory_mb": 5.1}),
        ("failures", {"failures": {"silence": 1}}),
    ],
)
def test_each_limit_counts(key: str, changed: dict[str, Any]) -> None:
    """A little beyond one of them, and the comparison fails because of that one."""
    made = comparison(**changed)

    assert [one.measure.key for one in made.lines if not one.is_kept] == [key]
    assert not made.is_kept


def test_what_was_not_measured_keeps_no_limit() -> None:
    """Calls too short for a barge-in prove nothing about barge-ins; a stock bot that never answered, nothing either."""
    short = comparison(barge_in_ms=NOTHING)
    dead = result(response_ms=NOTHING, server=None)
    alone = Comparison({"ours": [result()], "smart": [dead], "timeout": [dead]})

    assert not line(short, "barge_in_p50_ms").is_kept
    assert line(alone, "response_p50_ms").ratio is None
    assert not line(alone, "response_p50_ms").is_kept
    assert not line(alone, "core_percent").is_kept


def test_rounds_are_put_together() -> None:
    """Latencies by the median, so that one noisy round does not decide; counts by their sum."""
    ours = [result(response_ms=spread(ms), talked_over=1) for ms in (700, 5000, 800)]
    made = Comparison({"ours": ours, "smart": [result(**SMART)], "timeout": [result(client_late_ms=spread(12))]})

    assert line(made, "response_p50_ms").figures["ours"] == 800
    assert line(made, "talked_over").figures["ours"] == 3
    assert made.client_late_ms == 12


def test_a_stock_bot_that_failed_is_no_measure() -> None:
    """Its figures stand in the table, but the comparison is not called fair."""
    failed = result(**SMART, failures={"silence": 1})

    assert comparison().is_fair
    assert not Comparison({"ours": [result()], "smart": [failed], "timeout": [result()]}).is_fair


@pytest.mark.parametrize(
    ("cores", "changed", "beyond"),
    [(0.12, {}, []), (0.121, {}, ["core_percent"]), (0.1, {"failures": {"silence": 1}}, ["failures"])],
)
def test_a_call_over_sip_may_cost_little_more_than_one_over_twilio(
    cores: float, changed: dict[str, Any], beyond: list[str]
) -> None:
    """A fifth of the processor, and no failure; all else is only told, however much worse it is."""
    over_sip = result(cores=cores, response_ms=spread(5000), memory_mb=90.0, **changed)
    made = Comparison({"sip": [over_sip], "twilio": [result(cores=0.1)]}, SIP_AGAINST_TWILIO)

    assert [one.measure.key for one in made.lines if not one.is_kept] == beyond
    assert made.is_kept is not bool(beyond)
    assert line(made, "response_p50_ms").ratio == pytest.approx(5000 / 800)
    assert made.is_fair


def test_the_json_holds_all() -> None:
    """Figures, ratios, limits, the floor and every round."""
    told = json.loads(json.dumps(comparison().as_dict()))

    assert told["kept"] is True
    assert told["lines"]["response_p50_ms"] == {
        "ours": 900, "smart": 1500, "timeout": 1800, "ratio": 0.6, "limit": 0.65, "limit_is_relative": True,
        "kept": True,
    }  # fmt: skip
    assert told["floor_ms"]["response"]["first token"] == 200
    assert [round_["calls"] for round_ in told["rounds"]["smart"]] == [10]


def test_the_floor_is_told_with_its_figures() -> None:
    """So that nobody reads a latency against zero."""
    words = floor_in_words()

    assert sum(RESPONSE_FLOOR_MS.values()) == 490
    assert sum(BARGE_IN_FLOOR_MS.values()) == 72
    assert all(figure in words for figure in ("450 ms", "490 ms", "180 to 320 ms", "72 ms"))


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("answer", ANSWERS)
def test_the_answers_are_spoken_as_they_are(answer: str, question: str) -> None:
    """The guard lets each sentence pass, whatever was asked: otherwise both sides would not say the same."""
    guard = Guard((), asked=question)

    assert [guard.objection(f"{sentence.rstrip('.')}.") for sentence in answer.split(". ")] == [None, None]
