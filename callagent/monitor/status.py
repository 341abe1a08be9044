"""The state of a running server as data: for `callagent status`, for `/metrics`, and in plain words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from callagent.events import STAGES, StageName
from callagent.monitor.live_call import LiveCall
from callagent.monitor.monitor import Monitor
from callagent.monitor.process import Cost
from callagent.monitor.quality import Trouble
from callagent.monitor.scores import Figure, spread
from callagent.monitor.wording import ANSWERS, REMEDIES, shortcoming_in_words
from callagent.resilience.roster import Roster

BUSY: Final = 0.85
"""Share of a core from which on calls begin to wait for each other."""
LATE_S: Final = 0.1
"""An event loop that is later than this is heard."""


@dataclass(frozen=True, slots=True)
class ProviderStatus:
    """One provider of one stage."""

    stage: StageName
    provider: str
    version: str
    place: int
    """Counted from 1: when it is asked, as things are now."""
    breaker: str
    """ "closed", "open" or "half-open"."""
    opens_in_s: float
    """Until it is tried again, where it is left alone."""
    demoted: bool
    figures: Mapping[str, float]
    """Of the last ten minutes, by measure; p50_s and p95_s in seconds, shares from 0 to 1."""
    answers: int
    errors: int
    fallbacks: int


@dataclass(frozen=True, slots=True)
class CallStatus:
    """One call that goes on."""

    number: int
    seconds: float
    carrier: str
    language: str
    does: str
    turns: int
    response_ms: float | None
    """Of the last answer."""
    barge_ins: int
    no_matches: int
    failures: int
    providers: Mapping[str, str]
    worker: int = 0
    """Which process it is in; 0 for the only one."""


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """One of several processes that serve calls."""

    worker: int
    pid: int
    state: str
    """ "well", "no answer", or why it takes no calls, such as "starting"; one that does not answer shows only zeros."""
    calls: int
    cpu: float
    """Share of one core."""
    memory: int
    """Bytes that are resident."""
    loop_lag_peak_ms: float
    restarts: int
    """How often another one had to take its place."""


@dataclass(frozen=True, slots=True)
class Status:
    """Everything; no word and no number of a caller."""

    providers: tuple[ProviderStatus, ...]
    stages: Mapping[str, Mapping[str, float]]
    """By part of the response: median_ms and p95_ms of the last ten minutes, and how many turns."""
    calls: tuple[CallStatus, ...]
    calls_total: int
    process: Cost
    loop_lag_peak_ms: float
    models: Mapping[str, int]
    """Bytes of the models that are loaded in this process, by name, as far as their owners say."""
    failures: Mapping[str, int]
    restarts: Mapping[str, int]
    limits: Mapping[str, int]
    recommendations: tuple[str, ...]
    workers: tuple[WorkerStatus, ...] = ()
    """Where several processes serve calls; all else is of them together then."""
    calls_lost: int = 0
    """Those that ended because their worker did."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """Calls that ended by carrier and estimated MOS, such as "sip/4.3", where the carrier tells."""
    waiting: Mapping[str, int] = field(default_factory=dict)
    """Calls that are over, by what they wait for: "record" in the database, "bucket"; as far as processes know."""

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


class Reporter:
    """Tells how a server does; `models` names what is loaded, in bytes, and `zone` is the shop's."""

    def __init__(
        self, monitor: Monitor, roster: Roster, zone: tzinfo, models: Callable[[], Mapping[str, int]] = dict
    ) -> None:
        self._monitor = monitor
        self._roster = roster
        self._zone = zone
        self._models = models

    def status(self, now_s: float, wall: datetime) -> Status:
        """As things are at this monotonic and wall time."""
        monitor = self._monitor
        providers = tuple(self._providers(now_s))
        return Status(
            providers=providers,
            stages={part: part_of(window.values(now_s)) for part, window in monitor.parts.items()},
            calls=tuple(_call(call, now_s) for call in monitor.calls.values()),
            calls_total=monitor.totals.calls,
            process=monitor.process.cost,
            loop_lag_peak_ms=round(monitor.lag_peak_s() * 1000, 1),
            models=self._models(),
            failures=dict(monitor.totals.failures),
            restarts=dict(monitor.totals.restarts),
            limits=dict(monitor.totals.limits),
            recommendations=tuple(self._recommendations(providers, now_s, wall)),
            lines=dict(monitor.totals.lines),
        )

    def samples(self, now_s: float) -> dict[str, dict[str, Any]]:
        """The values that the figures of a status are made of, for whoever puts several together."""
        monitor = self._monitor
        members = [(stage, one.name) for stage, lineup in self._roster.lineups.items() for one in lineup.members]
        return {
            "parts": {part: window.values(now_s) for part, window in monitor.parts.items()},
            "providers": {"/".join(key): monitor.quality.scores.values(key, now_s) for key in members},
        }

    def _providers(self, now_s: float) -> list[ProviderStatus]:
        found = []
        totals = self._monitor.totals
        lineups = self._roster.lineups
        for stage, lineup in ((stage, lineups[stage]) for stage in STAGES if stage in lineups):
            asked = [member.name for member in lineup.order("")]
            for member in lineup.members:
                key = stage, member.name
                figures = self._monitor.quality.scores.of(key, now_s).figures
                found.append(
                    ProviderStatus(
                        stage=stage,
                        provider=member.name,
                        version=member.provider.info.version,
                        place=asked.index(member.name) + 1 if member.name in asked else 0,
                        breaker=member.breaker.state,
                        opens_in_s=round(member.breaker.opens_in_s, 1),
                        demoted=self._roster.is_demoted(*key),
                        figures={measure: figure.value for measure, figure in figures.items()},
                        answers=totals.answers[key],
                        errors=totals.errors[key],
                        fallbacks=totals.fallbacks[key],
                    )
                )
        return found

    def _recommendations(self, providers: tuple[ProviderStatus, ...], now_s: float, wall: datetime) -> list[str]:
        said = [self._advice(trouble, now_s, wall) for trouble in self._monitor.quality.troubles]
        for one in providers:
            if one.breaker == "open":
                instead = next(iter(self._roster.stand_ins(one.stage, one.provider)), "")
                said.append(
                    f"{_title(one.provider)} keeps failing and is left alone for {one.opens_in_s:.0f} s"
                    f"{_who(one.stage, instead)}. {REMEDIES['errors']}"
                )
        lag_s, cpu = self._monitor.lag_peak_s(), self._monitor.process.cost.cpu
        if cpu > BUSY:
            said.append(f"The process takes {cpu * 100:.0f} % of a core: give it fewer calls, or another server.")
        elif lag_s > LATE_S:
            said.append(f"The event loop was late by {lag_s * 1000:.0f} ms: something keeps this machine busy.")
        return said

    def _advice(self, trouble: Trouble, now_s: float, wall: datetime) -> str:
        since = (wall - timedelta(seconds=now_s - trouble.since_s)).astimezone(self._zone)
        what = " and ".join(map(shortcoming_in_words, trouble.shortcomings))
        who = _who(trouble.stage, trouble.instead)
        if not trouble.instead:
            who = f"; there is nobody better: name another one in CALLAGENT_{trouble.stage.upper()}"
        elif trouble.demoted_until_s is None:
            who = f"; {trouble.instead} would do better: put it first in CALLAGENT_{trouble.stage.upper()}"
        remedy = REMEDIES[trouble.shortcomings[0].measure]
        return f"{_title(trouble.provider)} {what} since {since:%H:%M}{who}. {remedy}"


def _who(stage: StageName, instead: str) -> str:
    return f"; {instead} {ANSWERS[stage]}" if instead else ""


def _title(name: str) -> str:
    return name[:1].upper() + name[1:]


def part_of(values: Sequence[float]) -> dict[str, float]:
    """The figures of a part of the response, from its milliseconds."""
    figures: Mapping[str, Figure] = spread(values)
    if not figures:
        return {"turns": 0}
    return {"median_ms": figures["p50_s"].value, "p95_ms": figures["p95_s"].value, "turns": len(values)}


def _call(call: LiveCall, now_s: float) -> CallStatus:
    return CallStatus(
        number=call.number,
        seconds=round(now_s - call.began_s, 1),
        carrier=call.carrier,
        language=call.language,
        does=call.does,
        turns=call.turns,
        response_ms=call.latest.response_ms if call.latest else None,
        barge_ins=call.barge_ins,
        no_matches=call.no_matches,
        failures=call.failures,
        providers=dict(call.providers),
    )
