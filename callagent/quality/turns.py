"""A call's events by turns: what the caller said, what was decided about it, and what was said and heard of that."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from callagent.call.latency import TurnLatency, turn_latencies
from callagent.events import (
    ActionDropped,
    AgentSaid,
    AnswerTaken,
    BargedIn,
    CallTransferred,
    CommandsChosen,
    ConsentGiven,
    DigitPressed,
    Event,
    FactsLookedUp,
    MessageLeft,
    NoInput,
    NoMatch,
    SentenceReplaced,
    StepEntered,
    TextFailed,
    TextSent,
    TranscriptReceived,
    TransferFailed,
    TurnEnded,
)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of the agent's."""

    until_s: float
    """When it left the air."""
    text: str
    heard: str
    line: str


@dataclass(slots=True)
class CallerTurn:
    """A turn of the caller's and what came of it; turn 0 is how the call began."""

    turn: int
    at_s: float
    """When the caller's turn was over."""
    by: str = ""
    """ "voice", "keys" or "silence"; empty for the beginning."""
    caller: str = ""
    confidence: float | None = None
    keys: str = ""
    interrupts: bool = False
    """Whether the caller took the floor with it."""
    decided: list[str] = field(default_factory=list)
    """Answers taken, flows entered, look-ups and what else was done."""
    agent: list[Said] = field(default_factory=list)
    latency: TurnLatency | None = None

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


def turns_of(events: Sequence[Event]) -> tuple[CallerTurn, ...]:
    """All turns of a call in order."""
    turns = {0: CallerTurn(0, 0.0)}
    now = turns[0]
    keys, flow, interrupts = "", "", False
    for event in events:
        match event:
            case TurnEnded():
                now = turns.setdefault(event.turn, CallerTurn(event.turn, event.at_s))
                now.by, now.interrupts, interrupts = event.by, interrupts, False
                if event.by == "keys":
                    now.keys, keys = keys, ""
            case TranscriptReceived():
                now = turns.setdefault(event.turn, CallerTurn(event.turn, event.at_s, "voice"))
                now.caller, now.confidence = event.text, event.confidence
            case DigitPressed():
                keys += event.digit
            case BargedIn():
                interrupts = True
            case AgentSaid():
                said = Said(event.at_s, event.text, event.heard, event.line)
                turns.setdefault(event.turn, CallerTurn(event.turn, event.at_s)).agent.append(said)
            case StepEntered() if event.flow != flow:
                flow = event.flow
                now.decided.append(f"→ {flow}")
            case _:
                now.decided.extend(decisions(event))
    for latency in turn_latencies(events):
        turns[latency.turn].latency = latency
    return tuple(turns[turn] for turn in sorted(turns))


def decisions(event: Event) -> Iterator[str]:
    """What an event tells of what the dialogue decided or had done."""
    told = _DECISIONS.get(type(event))
    if told is not None:
        yield told(event).strip()


_DECISIONS: Final[Mapping[type[Event], Callable[[Any], str]]] = {
    AnswerTaken: lambda one: f"{one.slot}: {one.value}" + (" (keys)" if one.by == "keys" else ""),
    NoInput: lambda one: f"silence, {one.count}.",
    NoMatch: lambda one: f"no match, {one.count}.",
    FactsLookedUp: lambda one: f"{one.source}: {one.status}" + (" (asked by the model)" if one.by == "model" else ""),
    CommandsChosen: lambda one: f"model: {'; '.join(one.commands) or 'nothing'}",
    SentenceReplaced: lambda one: f"not said: {one.reason}",
    CallTransferred: lambda one: f"rings {', then '.join(one.people)}",
    TransferFailed: lambda one: f"cannot ring {', '.join(one.people)}: {one.reason}",
    TextSent: lambda one: f"text {one.name} to {one.to}",
    TextFailed: lambda one: f"text {one.name} failed: {one.reason}",
    MessageLeft: lambda one: f"message of {one.seconds:.0f} s",
    ConsentGiven: lambda one: f"{one.to}: {'allowed' if one.allowed else 'declined'}",
    ActionDropped: lambda one: f"could not: {one.action} {one.name}",
}
