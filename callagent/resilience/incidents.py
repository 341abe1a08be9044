"""What providers did, well or badly, and what they were asked over, told to whoever's call it happened in.

Providers and fallback chains serve all calls and know none of them. A call says with `reporting` that it wants to hear
of what happens in the tasks that it starts; they tell with `tell`. What concerns all calls is told with `announce`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from callagent.events import StageName


@dataclass(frozen=True, slots=True)
class Failed:
    """A provider did not do its work in a turn."""

    stage: StageName
    provider: str
    error: str
    """Class of the error; its text may hold what nobody should log."""


@dataclass(frozen=True, slots=True)
class TookOver:
    """Another provider did it in its place."""

    stage: StageName
    failed: str
    """Whose turn it was: the first of the chain, where that one is left alone and was not even asked."""
    provider: str
    after_s: float = field(default=0.0, compare=False)
    """From the failure, or from the end of the caller's turn where that was later, to the first of the other's work."""


@dataclass(frozen=True, slots=True)
class Connected:
    """A provider on the network was asked."""

    stage: StageName
    provider: str
    ready: bool
    """Whether nobody waited for a connection: it was open already, kept from before or opened ahead.

    A provider that takes one text or one turn on each, by its protocol, is asked over one that was opened meanwhile.
    """


Flaw: TypeAlias = Literal["", "silent", "clipped", "gap"]
"""What was wrong with sound that was made: hardly audible, cut off at its peaks, or too late to be without a hole."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A provider did its work in a turn."""

    stage: StageName
    provider: str
    first_s: float
    """Until its first useful output: from the end of the caller's turn, or from the request."""
    flaw: Flaw = ""


@dataclass(frozen=True, slots=True)
class BreakerMoved:
    """A provider is left alone from now on, or tried, or asked again."""

    stage: StageName
    provider: str
    before: str
    after: str
    """ "closed", "open" or "half-open"."""


@dataclass(frozen=True, slots=True)
class Demoted:
    """A provider that works, but badly, is asked after the others for a while."""

    stage: StageName
    provider: str
    reason: str


@dataclass(frozen=True, slots=True)
class Restored:
    """It has its place again."""

    stage: StageName
    provider: str


Incident: TypeAlias = Failed | TookOver | Connected | Answered | BreakerMoved | Demoted | Restored
Listener: TypeAlias = Callable[[Incident], None]

_listener: ContextVar[Listener | None] = ContextVar("incidents", default=None)
_everybody: list[Listener] = []
"""Whoever listens now; a call is the process's, not a task's, when news concern all."""


@contextmanager
def reporting(listener: Listener) -> Iterator[None]:
    """Within it, and in tasks begun within it, `listener` hears of incidents."""
    token = _listener.set(listener)
    _everybody.append(listener)
    try:
        yield
    finally:
        _everybody.remove(listener)
        _listener.reset(token)


def tell(incident: Incident) -> None:
    """It happened in the call at hand, if there is one."""
    listener = _listener.get()
    if listener is not None:
        listener(incident)


def announce(incident: Incident) -> None:
    """It concerns every call that goes on now."""
    for listener in tuple(_everybody):
        listener(incident)
