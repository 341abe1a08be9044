"""What is kept of a call to be found again: its summary in one row, and the words of both sides."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeAlias

from callagent.call.summary import CRASHED
from callagent.events import AgentSaid, CallStarted, ConsentGiven, Event, TranscriptReceived

LARGEST: Final = 1e9
"""Figure of a call that is believed."""
Overdue: TypeAlias = Literal["summary", "transcript", "audio"]
"""What is let go of calls, each in its time; with the first goes all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call."""

    id: str
    """Name of its folder."""
    call_id: str
    """The carrier's name for it."""
    started: datetime
    """In UTC."""
    duration_s: float = 0.0
    carrier: str = ""
    caller: str = ""
    """Masked."""
    caller_key: str = ""
    """`CallStarted.caller_key`; empty for a withheld number, and for calls of before there were keys."""
    outbound: bool = False
    flow: str = ""
    flow_version: str = ""
    language: str = ""
    disposition: str = ""
    ended_by: str = ""
    turns: int = 0
    """Of the caller's, that were answered."""
    response_median_ms: float | None = None
    """None, as the next, where no turn was answered."""
    response_p95_ms: float | None = None
    barge_ins: int = 0
    pauses: int = 0
    no_inputs: int = 0
    no_matches: int = 0
    take_overs: int = 0
    errors: int = 0
    """Of providers, and faults of our own."""
    failures: str = ""
    """The latter, a line each."""
    recording_incomplete: bool = False
    crashed: bool = False
    has_sound: bool = False
    """Whether the folder has the call's sound."""
    consent: Literal["", "yes", "no"] = ""
    """To being recorded; empty where it was not asked for."""
    score: float | None = None
    """How well the call went; who gives it says on which scale."""
    scorecard: Any = None
    """What a person filled in, as JSON data."""
    notes: str = ""
    held: bool = False
    """Kept whatever its age, for the law."""
    words: str = ""
    """What was said, redacted: a line for each sentence, "caller: ..." or "agent: ..."."""

    def as_json(self) -> dict[str, Any]:
        """Ready for JSON; `record_from_json` reads it back."""
        return {**asdict(self), "started": self.started.astimezone(UTC).isoformat()}


FIELDS: Final = frozenset(field.name for field in fields(CallRecord))


def record_from_json(data: Mapping[str, Any]) -> CallRecord:
    """Of another version as well: what this one does not know is left out. Raises ValueError or TypeError."""
    known = {name: value for name, value in data.items() if name in FIELDS}
    return CallRecord(**{**known, "started": _moment(data.get("started"))})


def record_of(
    summary: Mapping[str, Any],
    events: Iterable[Event],
    *,
    name: str,
    has_sound: bool = False,
) -> CallRecord:
    """The record of the call in folder `name`, from its summary and its events.

    Of the events it takes the caller's key, the words and the consent, and holds no more of them. Raises ValueError for
    a summary that is none.
    """
    caller_key, words, consent = _of_events(events)
    try:
        response = summary["latency"].get("response", {})
        failures = tuple(summary.get("failures", ()))
        return CallRecord(
            id=name,
            call_id=str(summary["call_id"]),
            started=_moment(summary["started"]),
            duration_s=_figure(summary["duration_s"]),
            carrier=str(summary["carrier"]),
            caller=str(summary["caller"]),
            caller_key=caller_key,
            flow=str(summary["flow"]),
            flow_version=str(summary["flow_version"]),
            language=str(summary["language"]),
            disposition=str(summary["disposition"]),
            ended_by=str(summary["ended_by"]),
            turns=len(summary.get("turns", ())),
            barge_ins=len(summary.get("barge_ins", ())),
            pauses=int(_figure(summary.get("pauses", 0))),
            no_inputs=int(_figure(summary.get("no_inputs", 0))),
            no_matches=int(_figure(summary.get("no_matches", 0))),
            take_overs=len(summary.get("take_overs", ())),
            outbound=bool(summary.get("outbound")),
            response_median_ms=_figure(response["median_ms"]) if response else None,
            response_p95_ms=_figure(response["p95_ms"]) if response else None,
            errors=sum(int(_figure(one["errors"])) for one in summary.get("providers", ())) + len(failures),
            failures="\n".join(failures),
            recording_incomplete=bool(summary.get("recording_incomplete")),
            crashed=bool(summary.get("crashed")) or summary["disposition"] == CRASHED,
            has_sound=has_sound,
            consent=consent,
            words=words,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"the summary is none: {type(error).__name__} {error}") from None


def _figure(told: Any) -> float:
    """Raises TypeError for none, and ValueError for one that no column takes."""
    if not 0 <= told <= LARGEST:
        raise ValueError(f"{told} is no figure of a call")
    return float(told)


def _moment(text: object) -> datetime:
    moment = datetime.fromisoformat(str(text))
    if not 1970 <= moment.year < 9999:
        raise ValueError(f"{moment.year} is no year of a call")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _of_events(events: Iterable[Event]) -> tuple[str, str, Literal["", "yes", "no"]]:
    caller_key = ""
    lines: list[str] = []
    consent: Literal["", "yes", "no"] = ""
    for event in events:
        match event:
            case CallStarted():
                caller_key = event.caller_key
            case TranscriptReceived(text=text) if text:
                lines.append(f"caller: {_one_line(text)}")
            case AgentSaid(heard=text) if text:
                lines.append(f"agent: {_one_line(text)}")
            case ConsentGiven(to="recording", allowed=allowed):
                consent = "yes" if allowed else "no"
            case _:
                pass
    return caller_key, "\n".join(lines), consent


def _one_line(text: str) -> str:
    return " ".join(text.split())
