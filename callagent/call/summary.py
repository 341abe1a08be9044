"""The summary of a call: a pure fold over its events.

It holds nothing that is not in the events, so a summary made at hang-up, one recomputed from `events.jsonl` and one
from a replay agree to the byte. No words of the caller are in it, and only a masked number: it is logged.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from callagent.call.latency import TurnLatency, spreads, turn_latencies
from callagent.events import (
    AgentResumed,
    BargedIn,
    CallEnded,
    CallStarted,
    Event,
    LineMeasured,
    MachineDetected,
    MediaCounted,
    NoInput,
    NoMatch,
    ProviderConnected,
    ProviderFailed,
    ProviderFellBack,
    ProviderUsed,
    RecordingCut,
    StageBack,
    StageDown,
    StageFailed,
)
from callagent.media.rtp_quality import LineQuality

CRASHED: Final = "crashed"
"""Disposition of a call whose process died in it."""


@dataclass(frozen=True, slots=True)
class BargeIn:
    """The caller took the floor."""

    at_s: float
    by: str
    latency_ms: float
    """The caller's first sound until the agent's silence, as far as callagent can tell."""


@dataclass(frozen=True, slots=True)
class ProviderRecord:
    """What a provider did in this call."""

    stage: str
    provider: str
    version: str
    uses: int
    errors: int
    fallbacks: int
    """How often another had to take over."""
    requests: int = 0
    """Over the network."""
    connections_opened: int = 0
    """Requests that had to wait for a connection; all others found one open."""


@dataclass(frozen=True, slots=True)
class TakeOver:
    """A provider did the work of another one that had failed."""

    at_s: float
    stage: str
    failed: str
    took_over: str
    after_ms: float
    """From the failure, or from the end of the caller's turn where that was later, to the first of the other's work."""


@dataclass(frozen=True, slots=True)
class Outage:
    """All providers of a stage failed."""

    stage: str
    from_s: float
    until_s: float | None
    """None for one that lasted to the end of the call."""
    instead: str
    """What the call went on with."""


@dataclass(frozen=True, slots=True)
class CallSummary:
    """One call, answer to hang-up."""

    call_id: str
    carrier: str
    caller: str
    called: str
    flow: str
    flow_version: str
    language: str
    started: str
    """Wall time, ISO 8601."""
    duration_s: float
    disposition: str
    ended_by: str
    turns: tuple[TurnLatency, ...]
    latency: dict[str, dict[str, float]]
    """median_ms, p95_ms and max_ms of "response" and of each of its parts."""
    barge_ins: tuple[BargeIn, ...]
    pauses: int
    """How often the agent paused for a sound of the caller's and then went on."""
    providers: tuple[ProviderRecord, ...]
    take_overs: tuple[TakeOver, ...]
    outages: tuple[Outage, ...]
    no_inputs: int
    no_matches: int
    failures: tuple[str, ...]
    """Faults of our own, as "stage: error class"."""
    recording_incomplete: bool
    """Whether the recording or the events lack something that was to be kept."""
    audio_in_s: float
    audio_out_s: float
    lost_chunks: int
    late_chunks: int
    malformed: int
    loop_lag_peak_ms: float
    outbound: bool = False
    """Whether the agent rang the caller."""
    machine: bool = False
    """Whether a machine that takes messages answered."""
    line: LineQuality | None = None
    """How well the line carried the sound; None where the carrier tells nothing."""
    crashed: bool = False
    """Whether the process died in the call; its end was made up afterwards from what had been recorded."""

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; the same events give the same bytes. Without `line` where nothing is known of it.

        And without `crashed` where nothing did.
        """
        told = asdict(self)
        if self.line is None:
            del told["line"]
        if not self.crashed:
            del told["crashed"]
        return told


def summarize(events: Sequence[Event]) -> CallSummary:
    """Fold a whole call. The first event must be `CallStarted`, the last `CallEnded`; else ValueError."""
    started, ended = (events[0], events[-1]) if events else (None, None)
    if not isinstance(started, CallStarted) or not isinstance(ended, CallEnded):
        raise ValueError("a call's events begin with CallStarted and end with CallEnded")  # noqa: TRY004
    counted = next((event for event in reversed(events) if isinstance(event, MediaCounted)), None)
    turns = turn_latencies(events)
    return CallSummary(
        call_id=started.call_id,
        carrier=started.carrier,
        caller=started.caller,
        called=started.called,
        flow=started.flow,
        flow_version=started.flow_version,
        language=started.language,
        started=started.started,
        duration_s=round(ended.at_s, 3),
        disposition=ended.disposition,
        ended_by=ended.ended_by,
        turns=turns,
        latency=spreads(turns),
        barge_ins=tuple(
            BargeIn(round(event.at_s, 3), event.by, round(event.latency_s * 1000, 1))
            for event in events
            if isinstance(event, BargedIn)
        ),
        pauses=sum(isinstance(event, AgentResumed) for event in events),
        providers=_providers(events),
        take_overs=tuple(
            TakeOver(round(one.at_s, 3), one.stage, one.failed, one.took_over, round(one.after_s * 1000, 1))
            for one in events
            if isinstance(one, ProviderFellBack)
        ),
        outages=tuple(_outages(events)),
        no_inputs=sum(isinstance(event, NoInput) for event in events),
        no_matches=sum(isinstance(event, NoMatch) for event in events),
        failures=tuple(f"{event.stage}: {event.error}" for event in events if isinstance(event, StageFailed)),
        recording_incomplete=any(isinstance(event, RecordingCut) for event in events),
        audio_in_s=counted.audio_in_s if counted else 0.0,
        audio_out_s=counted.audio_out_s if counted else 0.0,
        lost_chunks=counted.lost_chunks if counted else 0,
        late_chunks=counted.late_chunks if counted else 0,
        malformed=counted.malformed if counted else 0,
        loop_lag_peak_ms=round(counted.loop_lag_peak_s * 1000, 1) if counted else 0.0,
        outbound=started.outbound,
        machine=any(isinstance(event, MachineDetected) for event in events),
        line=_line(events),
        crashed=(ended.disposition, ended.ended_by) == (CRASHED, "server"),
    )


def _line(events: Sequence[Event]) -> LineQuality | None:
    measured = next((event for event in reversed(events) if isinstance(event, LineMeasured)), None)
    if measured is None:
        return None
    return LineQuality(**{one.name: getattr(measured, one.name) for one in fields(LineQuality)})


def _outages(events: Sequence[Event]) -> Iterator[Outage]:
    """Each from where it began to where a provider of its stage did its work again."""
    for number, event in enumerate(events):
        if isinstance(event, StageDown):
            back = (one.at_s for one in events[number:] if isinstance(one, StageBack) and one.stage == event.stage)
            until_s = next(back, None)
            yield Outage(
                event.stage, round(event.at_s, 3), None if until_s is None else round(until_s, 3), event.instead
            )


def _providers(events: Sequence[Event]) -> tuple[ProviderRecord, ...]:
    """Each provider that was used or failed, in the order of the stages and of first use."""
    versions: dict[tuple[str, str], str] = {}
    counts: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    for event in events:
        match event:
            case ProviderUsed(stage=stage, provider=provider, version=version):
                versions[stage, provider] = version
                counts[stage, provider][0] += 1
            case ProviderFailed(stage=stage, provider=provider):
                counts[stage, provider][1] += 1
            case ProviderFellBack(stage=stage, failed=failed):
                counts[stage, failed][2] += 1
            case ProviderConnected(stage=stage, provider=provider, ready=ready):
                counts[stage, provider][3] += 1
                counts[stage, provider][4] += not ready
            case _:
                pass
    order = {"stt": 0, "llm": 1, "tts": 2}
    return tuple(
        ProviderRecord(stage, provider, versions.get((stage, provider), ""), *counts[stage, provider])
        for stage, provider in sorted(counts, key=lambda key: order[key[0]])
    )
