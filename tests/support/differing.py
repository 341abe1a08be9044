"""Where the events of two runs of a call differ, and which of them may.

A recording in real time does not hold all of a call, so its replay has a little otherwise:

- how long callagent's own work took between two events, but for the dialogue's decisions;
- the order of what happens within a few milliseconds: events of the same moment are compared as if they had none;
- which was first of two things within a millisecond: an answer begun early and again has another turn's number;
- when the carrier confirmed each mark, but for the first of an answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Final

from callagent.events import (
    BreakerChanged,
    CallStarted,
    Event,
    LineMeasured,
    MediaCounted,
    ProviderConnected,
    ProviderDemoted,
    ProviderRestored,
    RecordingCut,
)
from callagent.evidence import DialogueAdvanced, LineTimed, UtteranceTranscribed

TOLERANCE_S: Final = 0.1
"""What a call that was recorded in real time may be off by. On virtual time it is 0."""

MAY_DIFFER: Final[Mapping[type[Event], str]] = {
    LineTimed: "a replay has no jitter of its own, and stumbles where the recording did",
    MediaCounted: "how busy the process was, and what the line lost, is not of the call's making",
    LineMeasured: "there is no line to be measured",
    RecordingCut: "no disk takes part",
    ProviderConnected: "nobody is connected to, and lines are opened ahead of what they are for",
    BreakerChanged: "breakers are of a whole process, not of one call",
    ProviderDemoted: "likewise",
    ProviderRestored: "likewise",
}
"""Events that are not compared, and why."""

FIELDS_MAY_DIFFER: Final[Mapping[type[Event], Mapping[str, str]]] = {
    CallStarted: {
        "started": "the time of day, told to the millisecond",
        "flow_version": "today's, which is what is tried",
    },
    DialogueAdvanced: {
        "now": "the time of day",
        "given": "of a call's beginning it holds the time of day",
        "took_s": "how fast the machine is",
    },
    UtteranceTranscribed: {"audio_s": "a chunk more or less, where the line stumbled"},
}
"""Of events that are compared: fields that are not, and why."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One event of either run that is not in the other."""

    before: Event | None
    after: Event | None
    field: str = ""
    """In which they differ where both are there; empty where one is missing."""

    def __str__(self) -> str:
        both = self.before or self.after
        name = type(both).__name__
        at_s = both.at_s if both else 0.0
        if self.before is None or self.after is None:
            return f"{at_s:.3f} s: {name} is only in the {'second' if self.before is None else 'first'}"
        was, now = getattr(self.before, self.field), getattr(self.after, self.field)
        return f"{at_s:.3f} s: {name}.{self.field} was {was!r} and is {now!r}"


def differing(before: Sequence[Event], after: Sequence[Event], tolerance_s: float = 0.0) -> tuple[Difference, ...]:
    """Where two runs differ; nothing for a replay that is the call.

    With a tolerance of 0 all fields of all events count, the evidence included, and their order. With one, events of
    `MAY_DIFFER` are left out, and times may be off by so much; so may the order of events that are as near.
    """
    if not tolerance_s:
        return tuple(_exactly(before, after))
    return tuple(_nearly(_compared(before), _compared(after), tolerance_s))


def _exactly(before: Sequence[Event], after: Sequence[Event]) -> Iterable[Difference]:
    for index in range(max(len(before), len(after))):
        one = before[index] if index < len(before) else None
        other = after[index] if index < len(after) else None
        if one is None or other is None or type(one) is not type(other):
            yield Difference(one, None)
            yield Difference(None, other)
            return
        yield from (Difference(one, other, name) for name in _fields(one) if not _same(one, other, name, 0.0))


def _compared(events: Sequence[Event]) -> list[Event]:
    """Those that count; turns are numbered anew, as one that is begun twice has two numbers."""
    kept = [event for event in events if type(event) not in MAY_DIFFER]
    turns = sorted({_turn(event) for event in kept} - {None})
    number = {turn: place for place, turn in enumerate(turns)}
    return [event if _turn(event) is None else _numbered(event, number[_turn(event)]) for event in kept]


def _turn(event: Event) -> Any:
    return getattr(event, "turn", None)


def _numbered(event: Any, turn: int) -> Event:
    numbered: Event = replace(event, turn=turn)
    return numbered


def _nearly(before: list[Event], after: list[Event], tolerance_s: float) -> Iterable[Difference]:
    """Each event with the first of its kind that is left and not too late, as if all of a moment came at once."""
    left = list(after)
    for one in before:
        same = [other for other in left if type(other) is type(one)]
        other = next((each for each in same if not _fields_off(one, each, tolerance_s)), same[0] if same else None)
        if other is None:
            yield Difference(one, None)
            continue
        left.remove(other)
        yield from (Difference(one, other, name) for name in _fields_off(one, other, tolerance_s))
    yield from (Difference(None, other) for other in left)


def _fields_off(one: Event, other: Event, tolerance_s: float) -> list[str]:
    may = FIELDS_MAY_DIFFER.get(type(one), {})
    return [name for name in _fields(one) if name not in may and not _same(one, other, name, tolerance_s)]


def _fields(event: Event) -> list[str]:
    return [field.name for field in fields(event)]


def _same(one: Event, other: Event, name: str, tolerance_s: float) -> bool:
    return _alike(getattr(one, name), getattr(other, name), tolerance_s)


def _alike(one: Any, other: Any, tolerance_s: float) -> bool:
    if isinstance(one, float) and isinstance(other, float | int):
        return abs(one - other) <= tolerance_s + 1e-9 if tolerance_s else one == other
    if is_dataclass(one) and not isinstance(one, type):
        return type(one) is type(other) and all(
            _alike(getattr(one, field.name), getattr(other, field.name), tolerance_s) for field in fields(one)
        )
    if isinstance(one, Mapping):
        return (
            isinstance(other, Mapping)
            and one.keys() == other.keys()
            and all(_alike(one[key], other[key], tolerance_s) for key in one)
        )
    if isinstance(one, list | tuple):
        return (
            isinstance(other, list | tuple)
            and len(one) == len(other)
            and all(_alike(mine, theirs, tolerance_s) for mine, theirs in zip(one, other, strict=True))
        )
    return bool(one == other)
