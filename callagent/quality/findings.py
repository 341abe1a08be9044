"""What a call's events tell of how it went: facts, before anybody judges them."""

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from callagent.events import (
    AgentSaid,
    AgentStarted,
    AnswerTaken,
    BargedIn,
    CallEnded,
    CallTransferred,
    Event,
    FactsLookedUp,
    LimitReached,
    MachineDetected,
    MessageLeft,
    NoInput,
    NoMatch,
    StageBack,
    StageDown,
    StepEntered,
    TextSent,
    TranscriptReceived,
    TransferFailed,
    TurnEnded,
)

Task: TypeAlias = Literal["done", "transferred", "left", "given up", "broken off", "machine", "not over", "imported"]
"""How a call ended, for the caller.

Done: somebody said goodbye after an answer. Left: the caller hung up before one. Given up: the flow ended the call
after silence or misunderstandings. Broken off: the line, a limit or the server ended it.
Imported: another system had it.
"""
Sent: TypeAlias = Literal["asked", "misunderstandings", "outage"]
"""Why a caller was handed over."""

ASKS_BACK: Final = frozenset({"did_you_say", "which_one", "your_number"})
"""Lines with which the agent asks whether it has understood."""
BROKEN: Final = frozenset({"failed", "crashed", "nobody there", "longest call", "server stopped"})
"""Dispositions that no flow gives."""
SATISFACTION: Final = "satisfaction"
"""The question of a flow for what the caller thinks of the call: nobody has to answer it."""
CUT_IN_S: Final = 1.0
"""Who takes the floor so soon after the agent began had not finished: the agent cut in."""


def task_of(events: Sequence[Event]) -> Task:
    """How the call ended."""
    ended = events[-1]
    if not isinstance(ended, CallEnded):
        return "not over"
    if any(isinstance(event, MachineDetected) for event in events):
        return "machine"
    if ended.disposition.startswith(("transferred", "handed over")):
        return "transferred"
    limited = any(isinstance(event, LimitReached) for event in events)
    if ended.ended_by in ("line", "server") or ended.disposition in BROKEN or limited:
        return "broken off"
    last = events[_last_turn(events, len(events)) :]
    stumbled = any(is_stumble(event) for event in last)
    if ended.ended_by == "agent":
        return "given up" if stumbled else "done"
    return "left" if stumbled or not _got_something(events) else "done"


def is_stumble(event: Event, kind: type[NoInput] | type[NoMatch] | None = None) -> bool:
    """Whether the caller was silent or not understood where an answer was needed; `kind`: only the one or the other."""
    return isinstance(event, kind or NoInput | NoMatch) and event.step != SATISFACTION


def _got_something(events: Sequence[Event]) -> bool:
    """Whether anything that the caller said or keyed came to something that they then heard."""
    got = False
    for event in events:
        match event:
            case FactsLookedUp(status="found" | "several") | AnswerTaken() | TextSent():
                got = True
            case MessageLeft() if event.seconds > 0:
                return True
            case AgentSaid() if got and event.heard:
                return True
            case _:
                pass
    return False


def transfers_of(events: Sequence[Event]) -> tuple[tuple[float, Sent], ...]:
    """Each time that the caller was handed over, or should have been: when, and why."""
    found = []
    for number, event in enumerate(events):
        if isinstance(event, CallTransferred) or (isinstance(event, TransferFailed) and not _rung(events, number)):
            found.append((round(event.at_s, 3), _why(events, number)))
    return tuple(found)


def _rung(events: Sequence[Event], number: int) -> bool:
    """Whether what failed had been told as begun."""
    turn = _last_turn(events, number)
    return any(isinstance(event, CallTransferred) for event in events[turn:number])


def _why(events: Sequence[Event], number: int) -> Sent:
    """The turn in which the flow was entered that hands over tells why it was."""
    entry = _entry(events, number)
    turn = _last_turn(events, entry)
    now = events[turn:entry]
    if any(is_stumble(event) for event in now):
        return "misunderstandings"
    down = (
        isinstance(event, StageDown) or (isinstance(event, FactsLookedUp) and event.status == "down") for event in now
    )
    if any(down):
        return "outage"
    ended = events[turn] if turn < len(events) else None
    keyed = isinstance(ended, TurnEnded) and ended.by == "keys"
    return "outage" if _is_down(events[:entry], "stt") and not keyed else "asked"


def _entry(events: Sequence[Event], number: int) -> int:
    """Where the flow was entered whose step hands over."""
    steps = [(at, event) for at, event in enumerate(events[:number]) if isinstance(event, StepEntered)]
    last = next((one for one in reversed(steps) if one[1].action == "transfer"), None)
    if last is None:
        return number
    entry, step = last[0], last[1].step
    for at, event in reversed([one for one in steps if one[0] < entry]):
        if event.flow == last[1].flow:
            if event.step >= step:
                break
            entry, step = at, event.step
    return entry


def _last_turn(events: Sequence[Event], before: int) -> int:
    """Where the last turn of the caller's ended; 0 when there was none."""
    return next((at for at in range(before - 1, -1, -1) if isinstance(events[at], TurnEnded)), 0)


def _is_down(events: Sequence[Event], stage: str) -> bool:
    for event in reversed(events):
        if isinstance(event, StageDown | StageBack) and event.stage == stage:
            return isinstance(event, StageDown)
    return False


def asked_back(events: Sequence[Event]) -> int:
    """How often the agent asked whether it had understood."""
    return sum(isinstance(event, AgentSaid) and event.line in ASKS_BACK for event in events)


def cut_ins(events: Sequence[Event]) -> int:
    """How often the caller took the floor right after the agent had begun."""
    began_s, found = None, 0
    for event in events:
        if isinstance(event, AgentStarted):
            began_s = event.at_s
        elif isinstance(event, BargedIn) and began_s is not None:
            found += event.at_s - event.latency_s - began_s < CUT_IN_S
            began_s = None
    return found


def unanswered(events: Sequence[Event]) -> tuple[float, ...]:
    """When the caller said something that nothing came of before the call ended, or that no table could answer."""
    found = [event.at_s for event in events if isinstance(event, FactsLookedUp) and event.status == "down"]
    spoke_s: float | None = None
    for event in events:
        match event:
            case TranscriptReceived() if event.text:
                spoke_s = event.at_s
            case TurnEnded(by="keys"):
                spoke_s = event.at_s
            case AgentStarted() | AgentSaid() | CallTransferred():
                spoke_s = None
            case CallEnded(ended_by="agent"):
                spoke_s = None
            case _:
                pass
    if spoke_s is not None and isinstance(events[-1], CallEnded):
        found.append(spoke_s)
    return tuple(round(at_s, 1) for at_s in sorted(found))
