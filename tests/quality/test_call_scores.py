"""The score of a call, and its reasons."""

from dataclasses import replace

import pytest
from support.told_call import good_call, goodbye, greeting, said, spoken, started, took

from callagent.events import (
    AgentSaid,
    AgentStarted,
    BargedIn,
    CallEnded,
    CallTransferred,
    Event,
    FactsLookedUp,
    MachineDetected,
    NoInput,
    NoMatch,
    StageDown,
    StageFailed,
    StepEntered,
    TransferFailed,
    TurnEnded,
)
from callagent.quality.scores import CallScore, score_of

TRANSFERRED = CallEnded(at_s=30.0, disposition="transferred to counter", ended_by="agent")
HUNG_UP = CallEnded(at_s=30.0, disposition="caller hung up", ended_by="caller")


def no_match(at_s: float, count: int = 1) -> NoMatch:
    """What the caller said fitted nothing."""
    return NoMatch(at_s=at_s, step="main_menu", count=count)


def step(at_s: float, flow: str, number: int, action: str) -> StepEntered:
    """The dialogue went on."""
    return StepEntered(at_s=at_s, flow=flow, step=number, action=action)


def test_an_imported_call_has_no_score_of_ours() -> None:
    """However it ended and whatever was slow: another system had it."""
    begins = replace(started(), carrier="import", flow_version="")
    ended = CallEnded(at_s=12.0, disposition="imported", ended_by="line")
    found = score_of((begins, *greeting(), *said(1, 6.0, "mumble", no_match(6.3), takes_s=5.0), ended))

    assert found.task == "imported"
    assert [str(one) for one in found.reasons] == ["was imported: how good our flow was in it, nobody can tell"]


def looked_up(at_s: float, status: str) -> FactsLookedUp:
    """The shop's data was asked."""
    return FactsLookedUp(at_s=at_s, source="catalogue", status=status, took_s=0.1)  # type: ignore[arg-type]


def reasons(score: CallScore) -> list[str]:
    """As they are shown."""
    return [str(reason) for reason in score.reasons]


def test_a_call_in_which_all_is_well_has_a_hundred() -> None:
    """And no reason for less."""
    score = score_of(good_call())

    assert (score.score, score.reasons, score.task) == (100, (), "done")
    assert (score.median_ms, score.p95_ms) == (500.0, 500.0)


def test_who_asks_for_a_person_and_gets_one_is_served() -> None:
    """The flow that hands over was entered for what the caller said."""
    into = step(6.3, "operator", 1, "say"), step(6.35, "operator", 2, "transfer")
    rings = CallTransferred(at_s=9.0, people=("counter",))
    score = score_of((started(), *greeting(), *said(1, 6.0, "a person", *into), rings, TRANSFERRED))

    assert (score.task, score.transfers_wanted, score.transfers_unwanted, score.score) == ("transferred", 1, 0, 100)


def test_who_is_sent_to_a_person_after_misunderstandings_is_not() -> None:
    """It costs points, and the reason says after how many."""
    into = no_match(14.3, 3), step(14.31, "operator", 1, "say"), step(14.35, "operator", 2, "transfer")
    score = score_of(
        (
            started(),
            *greeting(),
            *said(1, 6.0, "mumble", no_match(6.3)),
            *said(2, 10.0, "mumble", no_match(10.3, 2)),
            *said(3, 14.0, "mumble", *into),
            CallTransferred(at_s=18.0, people=("counter",)),
            TRANSFERRED,
        )
    )

    assert score.transfers_unwanted == 1
    assert reasons(score) == [
        "-20: was sent to a person after misunderstandings or silence (3 in all)",
        "-12: 3 misunderstandings",
    ]
    assert score.score == 68


def test_questions_on_the_way_to_a_person_do_not_hide_why() -> None:
    """What counts is the turn in which the flow was entered that hands over, not the last one."""
    into = no_match(6.3), step(6.31, "operator", 1, "ask")
    last = step(10.31, "reason", 1, "say"), step(10.35, "operator", 2, "transfer")
    events = (
        started(),
        *greeting(),
        *said(1, 6.0, "mumble", *into),
        *said(2, 10.0, "about a fan", took(10.3, "about", "fan"), *last),
        CallTransferred(at_s=13.0, people=("counter",)),
        TRANSFERRED,
    )

    assert score_of(events).transfers_unwanted == 1


@pytest.mark.parametrize(
    "trouble",
    [looked_up(6.3, "down"), StageDown(at_s=6.3, stage="stt", instead="keypad")],
    ids=["tables", "recogniser"],
)
def test_who_is_sent_to_a_person_by_an_outage_is_told_apart(trouble: Event) -> None:
    """Whether the shop's data or a provider failed."""
    into = trouble, step(6.35, "operator", 1, "transfer")
    score = score_of(
        (
            started(),
            *greeting(),
            *said(1, 6.0, "price", *into),
            CallTransferred(at_s=8.9, people=("counter",)),
            TRANSFERRED,
        )
    )

    assert "-20: was sent to a person because something did not work" in reasons(score)


def test_a_person_who_could_not_be_rung_counts_once() -> None:
    """Told as rung and then as failed."""
    into = step(6.35, "operator", 1, "transfer")
    people = ("counter",)
    rung = CallTransferred(at_s=8.8, people=people), TransferFailed(at_s=8.9, people=people, reason="busy")
    score = score_of((started(), *greeting(), *said(1, 6.0, "a person", into), *rung, goodbye(12.0)))

    assert (score.transfers_wanted, score.transfers_unwanted) == (1, 0)


@pytest.mark.parametrize(
    ("events", "task"),
    [
        ((started(), *greeting(), HUNG_UP), "left"),
        ((started(), *greeting(), *said(1, 6.0, "price", took(6.3)), HUNG_UP), "done"),
        ((started(), *greeting(), *said(1, 6.0, "x", no_match(6.3)), HUNG_UP), "left"),
        ((started(), *greeting(), *said(1, 6.0, "x", no_match(6.3)), goodbye(12.0)), "given up"),
        ((started(), *greeting(), CallEnded(at_s=4.0, disposition="line lost", ended_by="line")), "broken off"),
        ((started(), *greeting(), CallEnded(at_s=4.0, disposition="crashed", ended_by="server")), "broken off"),
        ((started(), *greeting(), CallEnded(at_s=4.0, disposition="nobody there", ended_by="agent")), "broken off"),
        ((started(), MachineDetected(at_s=2.0, by="beep", spoken_s=2.0), goodbye(4.0)), "machine"),
        ((started(), *greeting()), "not over"),
    ],
)
def test_how_a_call_ended(events: tuple[Event, ...], task: str) -> None:
    """By who ended it and what came of the last turn."""
    assert score_of(events).task == task


def test_what_the_caller_said_last_must_be_answered() -> None:
    """Else the reason says when it was asked."""
    score = score_of(
        (started(), *greeting(), *said(1, 6.0, "price", took(6.3)), *said(2, 12.0, "and stock?", answer=""), HUNG_UP)
    )

    assert score.unanswered == (12.3,)
    assert "-10: not answered: what was asked at 12.3 s" in reasons(score)


def test_a_table_that_is_down_leaves_a_question_open() -> None:
    """Although something was said about it."""
    score = score_of((started(), *greeting(), *said(1, 6.0, "price", looked_up(6.3, "down")), goodbye(12.0)))

    assert score.unanswered == (6.3,)


def test_slow_answers_cost_points() -> None:
    """Those in the middle and the slowest, each against its limit."""
    score = score_of((started(), *greeting(), *said(1, 6.0, "price", took(6.3), takes_s=3.5), goodbye(12.0)))

    assert reasons(score) == [
        "-12: the slowest answers took 3500 ms (limit 1500)",
        "-5: answers took 3500 ms in the middle (limit 1000)",
    ]


@pytest.mark.parametrize(("after_s", "cut_ins"), [(0.4, 1), (1.5, 0)])
def test_an_interruption_right_after_the_agent_began_is_a_cut_in(after_s: float, cut_ins: int) -> None:
    """The caller had not finished; later the caller just knows already."""
    barge_in = BargedIn(at_s=6.5 + after_s + 0.1, by="voice", latency_s=0.1)
    turn = said(1, 6.0, "the price of", answer="")
    agent = AgentStarted(at_s=6.5, turn=1), barge_in, AgentSaid(at_s=8.0, turn=1, text="W", heard="", line="")
    score = score_of((started(), *greeting(), *turn, *agent, *said(2, 9.0, "a fan", took(9.3)), goodbye(14.0)))

    assert (score.barge_ins, score.cut_ins) == (1, cut_ins)


def test_moods_count_once() -> None:
    """Anger takes, thanks give back a little."""
    score = score_of((*good_call("this is useless and stupid")[:-1], goodbye(20.0)))

    assert reasons(score) == ["-10: angry words, 2 times"]
    assert score_of(good_call("thank you")).score == 100


@pytest.mark.parametrize(("answer", "score"), [("1", 80), ("3", 100), ("5", 100), ("no", 85), ("purple", 100)])
def test_the_callers_own_answer_counts(answer: str, score: int) -> None:
    """Where the flow asked for it."""
    asked = said(3, 16.0, answer, took(16.3, "satisfaction", answer))
    events = (*good_call()[:-1], *asked, goodbye(20.0))

    assert score_of(events).satisfaction == answer
    assert score_of(events).score == score


def test_nobody_has_to_answer_that_question() -> None:
    """Silence there is no repair, and the call was not given up."""
    silent = TurnEnded(at_s=18.0, turn=3, stopped_at_s=18.0, by="silence")
    events = (*good_call()[:-1], silent, NoInput(at_s=18.1, step="satisfaction", count=1), goodbye(22.0))

    assert score_of(events).task == "done"
    assert score_of(events).score == 100


def test_repairs_are_told_apart() -> None:
    """Silence, misunderstandings, and questions whether it was understood."""
    silent = TurnEnded(at_s=9.0, turn=2, stopped_at_s=9.0, by="silence"), NoInput(at_s=9.1, step="product", count=1)
    asks = AgentSaid(at_s=16.0, turn=3, text="Did you say fan?", heard="Did you say fan?", line="did_you_say")
    events = (
        started(),
        *greeting(),
        *said(1, 5.0, "x", no_match(5.3)),
        *silent,
        *spoken(2, 9.2, "Which product?"),
        *said(3, 14.0, "fan", took(14.3)),
        asks,
        goodbye(20.0),
    )
    score = score_of(events)

    assert (score.no_matches, score.no_inputs, score.asked_back, score.repairs) == (1, 1, 1, 3)
    assert score.score == 100 - 4 - 3 - 1


def test_no_call_is_below_nought() -> None:
    """However much goes wrong."""
    faults = [StageFailed(at_s=6.4, stage="speak", error="X")] * 9
    down = [StageDown(at_s=6.3, stage=stage, instead="flow") for stage in ("stt", "llm", "tts")]
    bad = [no_match(6.3, count) for count in range(9)]
    turn = said(1, 6.0, "useless", *down, *bad, *faults, looked_up(6.4, "down"), takes_s=9.0)
    end = CallEnded(at_s=30.0, disposition="line lost", ended_by="line")

    assert score_of((started(), *greeting(), *turn, end)).score == 0
