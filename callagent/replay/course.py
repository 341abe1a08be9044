"""A recording as a sequence of exchanges: what the caller did, and all that the dialogue then decided.

A recording of the first format, and one that was imported, has no evidence of the dialogue: what the caller said and
keyed is taken from the other events then, and what the agent did is what it was heard to say.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Final

from callagent.events import (
    AgentSaid,
    AnswerTaken,
    CallEnded,
    CallStarted,
    CommandsChosen,
    DigitPressed,
    Event,
    NoInput,
    NoMatch,
    PartDrawn,
    StepEntered,
    TranscriptReceived,
    TurnEnded,
)
from callagent.evidence import DialogueAdvanced, ModelReplied, ShopAnswered

NOTES: Final = (StepEntered, AnswerTaken, NoInput, NoMatch, PartDrawn)
"""Events that say how the dialogue came to a decision."""
OWN: Final = ("LookedUp", "ModelUnderstood", "ModelFailed")
"""Inputs that answer what the dialogue itself asked for: they begin no exchange."""


NEEDED: Final = frozenset(
    one.__name__
    for one in (
        *NOTES,
        *(CallEnded, CallStarted, CommandsChosen, DialogueAdvanced, ModelReplied, ShopAnswered),
    )
)
"""Names of the events that a course is made of, where the dialogue's decisions are in the recording."""
HEARD: Final = NEEDED | {one.__name__ for one in (AgentSaid, DigitPressed, TranscriptReceived, TurnEnded)}
"""Likewise, where they are not."""


@dataclass(frozen=True, slots=True)
class Step:
    """One input and the decision about it."""

    advanced: DialogueAdvanced
    notes: tuple[Event, ...] = ()

    @property
    def kind(self) -> str:
        """Of the input."""
        return str(self.advanced.given["kind"])

    @property
    def actions(self) -> tuple[Mapping[str, Any], ...]:
        """What the dialogue wanted done, as records."""
        return self.advanced.actions


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the caller did, and what was decided until it was their turn again."""

    steps: tuple[Step, ...]

    @property
    def turn(self) -> int:
        """The caller's turn, as the call counted it."""
        return self.steps[0].advanced.turn

    @property
    def actions(self) -> tuple[Mapping[str, Any], ...]:
        """All that was done."""
        return tuple(chain.from_iterable(step.advanced.actions for step in self.steps))

    @property
    def last(self) -> Mapping[str, Any]:
        """What the call waits for at the end of it."""
        return self.steps[-1].actions[-1] if self.steps[-1].actions else {"kind": "nothing"}

    @property
    def heard(self) -> str:
        """What the caller did, for a person to read."""
        given = self.steps[0].advanced.given
        match given["kind"]:
            case "CallerSaid":
                return str(given["text"])
            case "CallerKeyed":
                keys = str(given["keys"])
                return f"[{' '.join(keys) if keys.isascii() else keys}]"  # what was redacted is no key
            case "ModelUnderstood":
                return str(given["said"]["text"])
            case other:
                return _IN_WORDS.get(other, other)


_IN_WORDS: Final[Mapping[str, str]] = {
    "CallBegan": "(call)",
    "CallerSilent": "(silence)",
    "CallerUnheard": "(not transcribed)",
    "NothingWorks": "(nothing works)",
    "ModelFailed": "(model failed)",
    "Recorded": "(message)",
    "Transferred": "(nobody)",
}


@dataclass(frozen=True, slots=True)
class Course:
    """A call, as far as the dialogue goes."""

    started: CallStarted
    exchanges: tuple[Exchange, ...]
    disposition: str
    """How it ended; empty for a call whose end is not there."""
    shop: tuple[ShopAnswered, ...] = ()
    """All that was looked up."""
    model: bool = False
    """Whether a language model took part."""
    whole: bool = True
    """Whether the dialogue's decisions are in the recording, or only what was heard of them."""
    drawn: Mapping[str, str] = field(default_factory=dict)
    """Parts of experiments."""
    latency: Mapping[int, float] = field(default_factory=dict)
    """Response latency by turn, in milliseconds; empty where nobody is to compare it."""


@dataclass(slots=True)
class Replayed:
    """What came of a replay."""

    course: Course
    """As far as it went."""
    diverged_at: int | None = None
    """The exchange, counted from 0, after which the conversation stood elsewhere; None where nobody looked, or none."""
    missing: list[str] = field(default_factory=list)
    """What was asked for and is not in the recording, in words."""


def course_of(events: Sequence[Event]) -> Course:
    """What a recording holds of the dialogue. `events` begin with CallStarted."""
    started = events[0]
    if not isinstance(started, CallStarted):
        raise ValueError("a call's events begin with CallStarted")  # noqa: TRY004  # of the data, not of the program
    steps = tuple(_steps(events))
    whole = bool(steps)
    return Course(
        started=started,
        exchanges=tuple(exchanges_of(steps if whole else _heard_steps(started, events))),
        disposition=next((one.disposition for one in reversed(events) if isinstance(one, CallEnded)), ""),
        shop=tuple(one for one in events if isinstance(one, ShopAnswered)),
        model=any(isinstance(one, ModelReplied | CommandsChosen) for one in events),
        whole=whole,
        drawn={one.experiment: one.part for one in events if isinstance(one, PartDrawn)},
    )


def exchanges_of(steps: Iterable[Step]) -> Iterator[Exchange]:
    """Steps by what the caller did."""
    together: list[Step] = []
    for step in steps:
        if together and step.kind not in OWN:
            yield Exchange(tuple(together))
            together = []
        together.append(step)
    if together:
        yield Exchange(tuple(together))


def _steps(events: Iterable[Event]) -> Iterator[Step]:
    advanced: DialogueAdvanced | None = None
    notes: list[Event] = []
    for event in events:
        if isinstance(event, DialogueAdvanced):
            if advanced is not None:
                yield Step(advanced, tuple(notes))
            advanced, notes = event, []
        elif isinstance(event, NOTES):
            notes.append(event)
    if advanced is not None:
        yield Step(advanced, tuple(notes))


def _heard_steps(started: CallStarted, events: Sequence[Event]) -> Iterator[Step]:
    """The same of what can be heard: the caller's words and keys, and the lines that the agent said."""
    began = {"kind": "CallBegan", "now": started.started, "caller": "", "seed": 0, "known": {}}
    begun = {**began, "outbound": started.outbound, "machine": False, "drawn": {}}
    advanced = DialogueAdvanced(at_s=0.0, turn=0, given=begun, now=started.started, actions=())
    said: list[Mapping[str, Any]] = []
    keys = ""
    for event in events:
        given: Mapping[str, Any] | None = None
        match event:
            case DigitPressed(digit=digit):
                keys += digit
            case TurnEnded(by="keys"):
                given, keys = {"kind": "CallerKeyed", "keys": keys}, ""
            case TurnEnded(by="silence"):
                given = {"kind": "CallerSilent"}
            case TranscriptReceived(text=text, confidence=confidence):
                given = {"kind": "CallerSaid", "text": text, "confidence": confidence, "language": ""}
            case AgentSaid(line=line, text=text) if line:
                said.append({"kind": "Say", "line": line, "text": text})
            case _:
                pass
        if given is not None:
            yield Step(replace(advanced, actions=tuple(said)))
            turn = getattr(event, "turn", 0)
            advanced = DialogueAdvanced(at_s=event.at_s, turn=turn, given=given, now=started.started, actions=())
            said = []
    yield Step(replace(advanced, actions=tuple(said)))
