"""Where a conversation stands: all the engine knows of a call, as one immutable value."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from callagent.dialogue.actions import Say

Waiting: TypeAlias = Literal[
    "question", "confirm", "suggest", "which", "consent", "talk", "look-up", "transfer", "record", "end"
]
"""What the last action of the last decision waits for."""


@dataclass(frozen=True, slots=True)
class Position:
    """A step of a flow."""

    flow: str
    step: int
    """Counted from 0."""


Values: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values, sorted."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A question that was answered, and how to come back to it."""

    stack: tuple[Position, ...]
    """Its own position last."""
    slot: str
    """Empty for a menu that is not remembered."""
    value: str


@dataclass(frozen=True, slots=True)
class Aside:
    """A question that was left for a side question, and what was known then."""

    depth: int
    """Of the stack, to which the side question returns."""
    slots: Values
    answered: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class State:
    """A call's conversation; compare two to see whether they went the same way."""

    stack: tuple[Position, ...]
    """Every flow that has not returned; the last is running, or waiting."""
    slots: Values
    """Answers and facts by name, sorted; "language" is always among them."""
    known: Values = ()
    """Of the whole call: halves of experiments, what is remembered of the caller."""
    ahead: Values = ()
    """Answers given before their questions came."""
    answered: tuple[Answered, ...] = ()
    """The last questions that were answered, oldest first."""
    asides: tuple[Aside, ...] = ()
    """Questions left for side questions, outermost first."""
    pending: str = ""
    """The answer that is being confirmed or suggested."""
    aside_to: str = ""
    """The flow of a side question, when that is what is being confirmed."""
    missed_at: tuple[Position, ...] = ()
    """The menu whose `anything else` is being tried, until something comes of the caller's words."""
    more: tuple[str, str] = ("", "")
    """The second wish of the caller's last sentence: the flow that answers it, and its words; empty for none."""
    candidates: tuple[str, ...] = ()
    """The items that the caller is choosing among."""
    slower: int = 0
    """How often the caller asked to be spoken to more slowly, as far as it helps."""
    louder: int = 0
    unheard: bool = False
    """Nobody could transcribe the caller's last words: the conversation goes on by keypad until somebody can."""
    told_unheard: bool = False
    """The caller knows that they are to use the keypad."""
    out_of_order: bool = False
    """The caller was told that nothing works, and sent to a person."""
    heard_language: str = ""
    """The language of the caller's last turn, when it is another than is spoken."""
    waiting: Waiting = "question"
    silences: int = 0
    """At this question, since it was asked."""
    misses: int = 0
    """Not understood at this question, since it was asked."""
    stumbles: int = 0
    """Silences and misses of the whole call."""
    turns: int = 0
    """Of the model in this talk."""
    steps: int = 0
    """Done since the caller was heard last; a flow that never listens is stopped by it."""
    said: tuple[Say, ...] = ()
    """Since the caller was heard last: what `say again` repeats."""
    disposition: str = ""
    """How the call ended; empty while it goes on."""

    @property
    def language(self) -> str:
        """The language that is spoken now."""
        return dict(self.slots)["language"]

    def as_record(self) -> dict[str, Any]:
        """The state as plain JSON data."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "State":
        """The state that `as_record` was made of, JSON's lists included. Raises TypeError or KeyError for any other."""
        return cls(
            **{
                **record,
                **{name: _values(record[name]) for name in ("slots", "known", "ahead")},
                "stack": _stack(record["stack"]),
                "missed_at": _stack(record["missed_at"]),
                "answered": _answered(record["answered"]),
                "asides": tuple(
                    Aside(aside["depth"], _values(aside["slots"]), _answered(aside["answered"]))
                    for aside in record["asides"]
                ),
                "candidates": tuple(record["candidates"]),
                "more": tuple(record["more"]),
                "said": tuple(Say(**say) for say in record["said"]),
            }
        )


def _values(pairs: Any) -> Values:
    return tuple((name, value) for name, value in pairs)


def _stack(positions: Any) -> tuple[Position, ...]:
    return tuple(Position(**position) for position in positions)


def _answered(answers: Any) -> tuple[Answered, ...]:
    return tuple(Answered(_stack(one["stack"]), one["slot"], one["value"]) for one in answers)
