"""Where a conversation stands: all the engine knows of a call, as one immutable value."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from callagent.dialogue.actions import Say

Waiting: TypeAlias = Literal["question", "talk", "look-up", "end"]
"""What the last action of the last decision waits for."""


@dataclass(frozen=True, slots=True)
class Position:
    """A step of a flow."""

    flow: str
    step: int
    """Counted from 0."""


@dataclass(frozen=True, slots=True)
class State:
    """A call's conversation; compare two to see whether they went the same way."""

    stack: tuple[Position, ...]
    """Every flow that has not returned; the last is running, or waiting."""
    slots: tuple[tuple[str, str], ...]
    """Answers and facts by name, sorted; "language" is always among them."""
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
                "stack": tuple(Position(**position) for position in record["stack"]),
                "slots": tuple((name, value) for name, value in record["slots"]),
                "said": tuple(Say(**say) for say in record["said"]),
            }
        )
