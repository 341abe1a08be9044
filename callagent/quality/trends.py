"""How the calls of a period went: by day, flow version, language and part of an experiment."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from callagent.call.latency import spread, turn_latencies
from callagent.events import (
    CallStarted,
    Event,
    NoInput,
    NoMatch,
    PartDrawn,
    ProviderFailed,
    ProviderFellBack,
    TranscriptReceived,
    TurnEnded,
)
from callagent.quality.scores import CallScore, score_of

COMPLETED: Final = ("done", "machine")


@dataclass(frozen=True, slots=True)
class Misheard:
    """Something that a caller said where it fitted nothing."""

    step: str
    language: str
    words: str


@dataclass(frozen=True, slots=True)
class CallFigures:
    """What the trends need of one call; its events can be let go."""

    name: str
    began: datetime
    flow: str
    version: str
    language: str
    parts: tuple[str, ...]
    """Parts of experiments, as "greeting: short"."""
    score: CallScore
    responses_ms: tuple[float, ...]
    errors: int
    """Failures of providers and of callagent's own."""
    no_matches: Mapping[str, int]
    """By step."""
    no_inputs: Mapping[str, int]
    fallbacks: Mapping[str, int]
    """By the provider that failed, as "stt: deepgram"."""
    misheard: tuple[Misheard, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Figures of some calls together."""

    name: str
    calls: int
    completion: float
    """Part of the calls, 0 to 1, as all shares here."""
    transfers_wanted: float
    transfers_unwanted: float
    repairs: float
    """For each call, as barge-ins and errors."""
    barge_ins: float
    errors: float
    score: float
    median_ms: float | None
    p95_ms: float | None


@dataclass(frozen=True, slots=True)
class Trends:
    """A period."""

    calls: tuple[CallFigures, ...]
    whole: Group
    days: tuple[tuple[date, Group], ...]
    """Every day from the first call to the last; a day without calls has none."""
    versions: tuple[Group, ...]
    """Oldest first."""
    parts: tuple[Group, ...]
    languages: tuple[Group, ...]
    no_matches: tuple[tuple[str, int], ...]
    """Steps, worst first."""
    no_inputs: tuple[tuple[str, int], ...]
    fallbacks: tuple[tuple[str, int], ...]
    distribution: tuple[int, ...] = field(default=())
    """Calls by score: 0 to 9, 10 to 19 and so on; 100 is in the last."""

    def worst(self, number: int) -> tuple[CallFigures, ...]:
        """The calls with the lowest scores, of those that lost any points."""
        lacking = (call for call in self.calls if call.score.score < 100)
        return tuple(sorted(lacking, key=lambda call: (call.score.score, call.name))[:number])


def figures_of(name: str, events: Sequence[Event]) -> CallFigures:
    """The figures of one call. Raises ValueError when its events do not begin with `CallStarted`."""
    started = events[0] if events else None
    if not isinstance(started, CallStarted):
        raise ValueError("a call's events begin with CallStarted")  # noqa: TRY004
    score = score_of(events)
    failed = sum(isinstance(event, ProviderFailed) for event in events)
    fallbacks = (f"{event.stage}: {event.failed}" for event in events if isinstance(event, ProviderFellBack))
    return CallFigures(
        name=name,
        began=datetime.fromisoformat(started.started),
        flow=started.flow,
        version=started.flow_version,
        language=started.language,
        parts=tuple(f"{event.experiment}: {event.part}" for event in events if isinstance(event, PartDrawn)),
        score=score,
        responses_ms=tuple(one.response_ms for one in turn_latencies(events) if one.by != "silence"),
        errors=failed + score.failures,
        no_matches=Counter(event.step for event in events if isinstance(event, NoMatch)),
        no_inputs=Counter(event.step for event in events if isinstance(event, NoInput)),
        fallbacks=Counter(fallbacks),
        misheard=tuple(_misheard(events, started.language)),
    )


def _misheard(events: Sequence[Event], language: str) -> Iterable[Misheard]:
    words = ""
    for event in events:
        if isinstance(event, TurnEnded):
            words = ""
        elif isinstance(event, TranscriptReceived):
            words = event.text
        elif isinstance(event, NoMatch) and words:
            yield Misheard(event.step, language, words)


def trends_of(calls: Iterable[CallFigures]) -> Trends:
    """The trends of some calls, in any order."""
    in_order = tuple(sorted(calls, key=lambda call: (call.began.timestamp(), call.name)))
    distribution = Counter(min(call.score.score // 10, 9) for call in in_order)
    return Trends(
        calls=in_order,
        whole=group("all", in_order),
        days=tuple(_days(in_order)),
        versions=_grouped(in_order, lambda call: (f"{call.flow}@{call.version}",)),
        parts=tuple(sorted(_grouped(in_order, lambda call: call.parts), key=lambda one: one.name)),
        languages=_grouped(in_order, lambda call: (call.language,)),
        no_matches=_most(call.no_matches for call in in_order),
        no_inputs=_most(call.no_inputs for call in in_order),
        fallbacks=_most(call.fallbacks for call in in_order),
        distribution=tuple(distribution[number] for number in range(10)),
    )


def group(name: str, calls: Sequence[CallFigures]) -> Group:
    """The figures of some calls together; all nought where there are none."""
    number = len(calls)
    scores = [call.score for call in calls]
    response = spread(value for call in calls for value in call.responses_ms)

    def mean(values: Iterable[float]) -> float:
        return round(sum(values) / number, 4) if number else 0.0

    return Group(
        name=name,
        calls=number,
        completion=mean(score.task in COMPLETED or _handed_over_as_asked(score) for score in scores),
        transfers_wanted=mean(score.transfers_wanted > 0 for score in scores),
        transfers_unwanted=mean(score.transfers_unwanted > 0 for score in scores),
        repairs=mean(score.repairs for score in scores),
        barge_ins=mean(score.barge_ins for score in scores),
        errors=mean(call.errors for call in calls),
        score=mean(score.score for score in scores),
        median_ms=response.median_ms if response else None,
        p95_ms=response.p95_ms if response else None,
    )


def _handed_over_as_asked(score: CallScore) -> bool:
    return score.task == "transferred" and not score.transfers_unwanted


def _grouped(calls: Iterable[CallFigures], names: Callable[[CallFigures], Iterable[str]]) -> tuple[Group, ...]:
    """By name, in the order of the first call of each."""
    groups: defaultdict[str, list[CallFigures]] = defaultdict(list)
    for call in calls:
        for name in names(call):
            groups[name].append(call)
    return tuple(group(name, some) for name, some in groups.items())


def _days(calls: Sequence[CallFigures]) -> Iterable[tuple[date, Group]]:
    by_day: defaultdict[date, list[CallFigures]] = defaultdict(list)
    for call in calls:
        by_day[call.began.date()].append(call)
    if by_day:
        for number in range(min(by_day).toordinal(), max(by_day).toordinal() + 1):
            day = date.fromordinal(number)
            yield day, group(day.isoformat(), by_day.get(day, []))


def _most(counts: Iterable[Mapping[str, int]]) -> tuple[tuple[str, int], ...]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return tuple(sorted(total.items(), key=lambda item: (-item[1], item[0])))
