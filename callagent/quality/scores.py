"""The score of one call, from its events alone: a number from 0 to 100, and why.

It begins at 100, and every reason takes something away, or gives a little. No model judges: the same events give the
same score, and each point can be looked up in the call.

It knows how the call ended, who asked to be handed over and who was sent, what had to be asked again, how long the
caller waited, who interrupted whom, which questions nothing came of, what failed, and a few words of thanks or anger.
It cannot know whether what was said was right, whether the transcript is what the caller said, whether the caller is
content although no word tells, or why somebody hung up: for that a person listens and fills in the scorecard.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from callagent.call.latency import spreads, turn_latencies
from callagent.events import (
    AgentResumed,
    AnswerTaken,
    BargedIn,
    CallStarted,
    Event,
    NoInput,
    NoMatch,
    ProviderFellBack,
    StageDown,
    StageFailed,
    TranscriptReceived,
)
from callagent.quality.findings import (
    SATISFACTION,
    Sent,
    Task,
    asked_back,
    cut_ins,
    is_stumble,
    task_of,
    transfers_of,
    unanswered,
)
from callagent.quality.mood import anger_in, thanks_in
from callagent.recording.folder import IMPORTED

MEDIAN_LIMIT_MS: Final = 1000.0
P95_LIMIT_MS: Final = 1500.0
VERY_LATE_MS: Final = 3000.0
"""From this p95 on callers think that nobody is there."""

TASKS: Final[dict[Task, tuple[int, str]]] = {
    "done": (0, ""),
    "machine": (0, ""),
    "transferred": (0, ""),
    "imported": (0, "was imported: how good our flow was in it, nobody can tell"),
    "not over": (0, "is not over, or was broken off with its process"),
    "left": (-25, "the caller hung up before anything was answered"),
    "given up": (-35, "the flow gave up after silence or misunderstandings"),
    "broken off": (-40, "was broken off by the line, a limit or the server"),
}
"""What the end of a call costs, and its sentence."""
SENT: Final[dict[Sent, str]] = {
    "misunderstandings": "was sent to a person after misunderstandings or silence",
    "outage": "was sent to a person because something did not work",
}
OPINIONS: Final = {"1": -20, "2": -10, "5": 5, "no": -15, "yes": 5}
"""What the answer to the flow's question of satisfaction counts: a number from 1 to 5, or yes or no."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What a score is made of."""

    points: int
    why: str

    def __str__(self) -> str:
        return f"{self.points:+d}: {self.why}" if self.points else self.why


@dataclass(frozen=True, slots=True)
class CallScore:
    """How good a call was, as far as its events tell."""

    score: int
    """0 to 100."""
    reasons: tuple[Reason, ...]
    """Gravest first."""
    task: Task
    transfers_wanted: int
    transfers_unwanted: int
    no_inputs: int
    no_matches: int
    asked_back: int
    median_ms: float | None
    """Response latency; None where no turn was answered."""
    p95_ms: float | None
    barge_ins: int
    cut_ins: int
    """Barge-ins right after the agent began: it had cut in."""
    pauses: int
    unanswered: tuple[float, ...]
    """Seconds at which something was asked that nothing came of."""
    thanks: int
    anger: int
    outages: int
    """Stages of which no provider worked."""
    take_overs: int
    """How often another provider had to do the work."""
    failures: int
    """Faults of our own."""
    satisfaction: str
    """What the caller answered to the flow's question for it; empty without one."""

    @property
    def value(self) -> float | None:
        """The score as a figure of the call; None for one that was imported."""
        return None if self.task == "imported" else float(self.score)

    @property
    def repairs(self) -> int:
        """Silence, misunderstandings and questions whether it was understood, together."""
        return self.no_inputs + self.no_matches + self.asked_back

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


def score_of(events: Sequence[Event]) -> CallScore:
    """The score of a call; of one that goes on, what it would be if it ended now."""
    response = spreads(turn_latencies(events)).get("response")
    transfers = transfers_of(events)
    said = [event.text for event in events if isinstance(event, TranscriptReceived)]
    opinions = [event.value for event in events if isinstance(event, AnswerTaken) and event.slot == SATISFACTION]
    found = CallScore(
        score=0,
        reasons=(),
        task="imported" if _is_imported(events) else task_of(events),
        transfers_wanted=sum(why == "asked" for _, why in transfers),
        transfers_unwanted=sum(why != "asked" for _, why in transfers),
        no_inputs=sum(is_stumble(event, NoInput) for event in events),
        no_matches=sum(is_stumble(event, NoMatch) for event in events),
        asked_back=asked_back(events),
        median_ms=response["median_ms"] if response else None,
        p95_ms=response["p95_ms"] if response else None,
        barge_ins=_number(events, BargedIn),
        cut_ins=cut_ins(events),
        pauses=_number(events, AgentResumed),
        unanswered=unanswered(events),
        thanks=sum(map(thanks_in, said)),
        anger=sum(map(anger_in, said)),
        outages=len({event.stage for event in events if isinstance(event, StageDown)}),
        take_overs=_number(events, ProviderFellBack),
        failures=_number(events, StageFailed),
        satisfaction=opinions[-1] if opinions else "",
    )
    reasons = tuple(sorted(_reasons(found, [why for _, why in transfers]), key=lambda reason: reason.points))
    score = max(0, min(100, 100 + sum(reason.points for reason in reasons)))
    return replace(found, score=score, reasons=reasons)


def _is_imported(events: Sequence[Event]) -> bool:
    return any(isinstance(event, CallStarted) and event.carrier == IMPORTED for event in events[:1])


def _number(events: Sequence[Event], kind: type[Event]) -> int:
    return sum(isinstance(event, kind) for event in events)


def _reasons(found: CallScore, sent: Sequence[Sent]) -> Iterator[Reason]:
    points, why = TASKS[found.task]
    if why:
        yield Reason(points, why)
    if found.task == "imported":
        return
    for cause in dict.fromkeys(sent):
        if cause != "asked":
            after = f" ({found.no_inputs + found.no_matches} in all)" if cause == "misunderstandings" else ""
            yield Reason(-20, SENT[cause] + after)
    yield from _repairs(found)
    yield from _waiting(found)
    yield from _talk(found)
    if found.outages:
        yield Reason(-8 * found.outages, f"{_times(found.outages, 'stage')} had no provider that worked")
    if found.failures:
        yield Reason(-5 * min(found.failures, 3), f"{_times(found.failures, 'fault')} of callagent's own")


def _repairs(found: CallScore) -> Iterator[Reason]:
    if found.no_matches:
        yield Reason(-4 * min(found.no_matches, 5), f"{_times(found.no_matches, 'misunderstanding')}")
    if found.no_inputs:
        yield Reason(-3 * min(found.no_inputs, 5), f"{_times(found.no_inputs, 'silence')} where something was asked")
    if found.asked_back:
        yield Reason(-1 * min(found.asked_back, 5), f"asked back {_times(found.asked_back, 'time')}")


def _waiting(found: CallScore) -> Iterator[Reason]:
    if found.p95_ms is not None and found.p95_ms > P95_LIMIT_MS:
        points = -12 if found.p95_ms > VERY_LATE_MS else -6
        yield Reason(points, f"the slowest answers took {found.p95_ms:.0f} ms (limit {P95_LIMIT_MS:.0f})")
    if found.median_ms is not None and found.median_ms > MEDIAN_LIMIT_MS:
        yield Reason(-5, f"answers took {found.median_ms:.0f} ms in the middle (limit {MEDIAN_LIMIT_MS:.0f})")


def _talk(found: CallScore) -> Iterator[Reason]:
    if found.unanswered:
        at = ", ".join(f"{at_s:.1f} s" for at_s in found.unanswered[:3])
        yield Reason(-10 * min(len(found.unanswered), 2), f"not answered: what was asked at {at}")
    if found.cut_ins:
        yield Reason(-3 * min(found.cut_ins, 3), f"cut in on the caller {_times(found.cut_ins, 'time')}")
    if found.anger:
        yield Reason(-10, f"angry words, {_times(found.anger, 'time')}")
    if found.thanks:
        yield Reason(2, f"words of thanks, {_times(found.thanks, 'time')}")
    if found.satisfaction in OPINIONS:
        yield Reason(OPINIONS[found.satisfaction], f"the caller's own answer: {found.satisfaction}")


def _times(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
