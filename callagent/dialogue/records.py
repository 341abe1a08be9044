"""What goes into the dialogue engine and comes out of it, as plain JSON data, and the inputs back from it.

For a recording, from which the same inputs are given again. Of an action a record holds what the caller hears of it or
what is done; not what the flow file tells anyway, such as a model's instructions or all that may be said at a question.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from callagent.dialogue.actions import (
    Action,
    AskModel,
    CallBegan,
    CallerKeyed,
    CallerSaid,
    CallerSilent,
    CallerUnheard,
    Consent,
    Converse,
    HangUp,
    Input,
    Listen,
    LookedUp,
    LookUp,
    ModelFailed,
    ModelUnderstood,
    NothingWorks,
    Record,
    Recorded,
    Remember,
    Say,
    SendText,
    Transfer,
    Transferred,
)
from callagent.dialogue.commands import ModelCommand
from callagent.dialogue.interpretation import Interpretation

Fields = dict[str, Any]


def input_record(given: CallBegan | Input) -> Fields:
    """An input as data; `kind` is its class."""
    return {"kind": type(given).__name__, **_FROM_INPUT[type(given)](given)}


def input_of(record: Mapping[str, Any]) -> CallBegan | Input:
    """The input that a record was made of. Raises KeyError, TypeError or ValueError for any other data."""
    return _TO_INPUT[record["kind"]](record)


def action_record(action: Action) -> Fields:
    """What is done, as data; `kind` is its class."""
    return {"kind": type(action).__name__, **_FROM_ACTION[type(action)](action)}


def interpretation_record(found: Interpretation) -> Fields:
    """What a sentence was taken to say, as data."""
    return {
        "language": found.language,
        "switched": found.switched,
        "intents": [[one.name, one.confidence] for one in found.intents],
        "entities": [
            {
                "kind": one.kind,
                "value": one.value,
                "text": one.text,
                "confidence": one.confidence,
                "candidates": list(one.candidates),
            }
            for one in found.entities
        ],
        "asks_advice": found.asks_advice,
    }


def interpretation_of(record: Mapping[str, Any]) -> Interpretation:
    """The interpretation that a record was made of. Raises KeyError, TypeError or ValueError for any other data."""
    return _Interpretation(
        language=record["language"],
        switched=record["switched"],
        intents=tuple(_Ranked(name, confidence) for name, confidence in record["intents"]),
        entities=tuple(_Entity(**{**one, "candidates": tuple(one["candidates"])}) for one in record["entities"]),
        asks_advice=record["asks_advice"],
    )


@dataclass(frozen=True, slots=True)
class _Ranked:
    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class _Entity:
    kind: str
    value: str
    text: str
    confidence: float
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Interpretation:
    language: str
    switched: bool
    intents: tuple[_Ranked, ...]
    entities: tuple[_Entity, ...]
    asks_advice: bool


def _nothing(_: object) -> Fields:
    return {}


def _said(given: CallerSaid) -> Fields:
    return {"text": given.text, "confidence": given.confidence, "language": given.language}


def _said_of(record: Mapping[str, Any]) -> CallerSaid:
    return CallerSaid(record["text"], record["confidence"], record["language"])


_FROM_INPUT: Final[Mapping[type, Callable[[Any], Fields]]] = {
    CallBegan: lambda one: {
        "now": one.now.isoformat(),
        "caller": one.caller,
        "seed": one.seed,
        "known": dict(one.known),
        "outbound": one.outbound,
        "machine": one.machine,
        "drawn": dict(one.drawn),
    },
    CallerSaid: _said,
    CallerKeyed: lambda one: {"keys": one.keys},
    CallerSilent: _nothing,
    CallerUnheard: _nothing,
    ModelFailed: _nothing,
    NothingWorks: _nothing,
    LookedUp: lambda one: {"status": one.status, "values": dict(one.values), "candidates": list(one.candidates)},
    Transferred: lambda one: {"status": one.status},
    Recorded: lambda one: {"seconds": one.seconds},
    ModelUnderstood: lambda one: {
        "commands": [[command.kind, command.name, command.value] for command in one.commands],
        "said": _said(one.said),
    },
}

_TO_INPUT: Final[Mapping[str, Callable[[Mapping[str, Any]], CallBegan | Input]]] = {
    "CallBegan": lambda one: CallBegan(
        datetime.fromisoformat(one["now"]),
        one["caller"],
        one["seed"],
        one["known"],
        one["outbound"],
        one["machine"],
        one["drawn"],
    ),
    "CallerSaid": _said_of,
    "CallerKeyed": lambda one: CallerKeyed(one["keys"]),
    "CallerSilent": lambda _: CallerSilent(),
    "CallerUnheard": lambda _: CallerUnheard(),
    "ModelFailed": lambda _: ModelFailed(),
    "NothingWorks": lambda _: NothingWorks(),
    "LookedUp": lambda one: LookedUp(one["status"], one["values"], tuple(one["candidates"])),
    "Transferred": lambda one: Transferred(one["status"]),
    "Recorded": lambda one: Recorded(one["seconds"]),
    "ModelUnderstood": lambda one: ModelUnderstood(
        tuple(ModelCommand(*command) for command in one["commands"]), _said_of(one["said"])
    ),
}

_FROM_ACTION: Final[Mapping[type, Callable[[Any], Fields]]] = {
    Say: lambda one: {
        "line": one.line,
        "text": one.text,
        "interruptible": one.interruptible,
        "mood": one.mood,
        "pace": one.pace,
        "gain_db": one.gain_db,
    },
    Converse: lambda one: {"turns_left": one.turns_left},
    Listen: lambda one: {
        "for": str(one.kind),
        "language": one.language,
        "digits": None if one.digits is None else list(one.digits),
        "silence_s": one.silence_s,
        "private": one.private,
    },
    LookUp: lambda one: {"source": one.source, "arguments": dict(one.arguments), "gives": list(one.gives)},
    AskModel: lambda one: {"step": one.context.step},
    HangUp: lambda one: {"disposition": one.disposition},
    SendText: lambda one: {"line": one.line, "text": one.text, "to": one.to},
    Transfer: lambda one: {"people": [person.name for person in one.people], "whisper": one.whisper},
    Record: lambda one: {
        "line": one.line,
        "limit_s": one.limit_s,
        "send_to": [person.name for person in one.send_to],
    },
    Consent: lambda one: {"to": one.to, "allowed": one.allowed},
    Remember: lambda one: {"name": one.name, "value": one.value},
}
