"""What went wrong with providers, and what they were asked over, told to whoever's call it happened in.

Providers and fallback chains serve all calls and know none of them. A call says with `reporting` that it wants to hear
of what happens in the tasks that it starts; they tell with `tell`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, TypeAlias

Stage: TypeAlias = Literal["stt", "llm", "tts"]


@dataclass(frozen=True, slots=True)
class Failed:
    """A provider did not do its work in a turn."""

    stage: Stage
    provider: str
    error: str
    """Class of the error; its text may hold what nobody should log."""


@dataclass(frozen=True, slots=True)
class TookOver:
    """Another provider did it in its place."""

    stage: Stage
    failed: str
    """Whose turn it was: the first of the chain, where that one is left alone and was not even asked."""
    provider: str


@dataclass(frozen=True, slots=True)
class Connected:
    """A provider on the network was asked."""

    stage: Stage
    provider: str
    ready: bool
    """Whether over a connection that was open already, kept from before or opened ahead."""


Incident: TypeAlias = Failed | TookOver | Connected
Listener: TypeAlias = Callable[[Incident], None]

_listener: ContextVar[Listener | None] = ContextVar("incidents", default=None)


@contextmanager
def reporting(listener: Listener) -> Iterator[None]:
    """Within it, and in tasks begun within it, `listener` hears of incidents."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(incident: Incident) -> None:
    """It happened in the call at hand, if there is one."""
    listener = _listener.get()
    if listener is not None:
        listener(incident)
