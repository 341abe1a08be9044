"""What can be told of a call while it goes on, from the caller's place: for a live display."""

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class AgentBegan:
    """The agent became audible."""

    at_s: float
    """Seconds since the call was answered, of the sound itself; the same in all observations."""


@dataclass(frozen=True, slots=True)
class AgentEnded:
    """The agent has been silent for a while; its last sound was at `at_s`."""

    at_s: float
    lasted_s: float


@dataclass(frozen=True, slots=True)
class CallerBegan:
    """The caller says this."""

    at_s: float
    text: str


@dataclass(frozen=True, slots=True)
class CallerEnded:
    """The caller has said it."""

    at_s: float
    text: str


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The caller pressed a key."""

    at_s: float
    key: str


@dataclass(frozen=True, slots=True)
class Responded:
    """The agent answers: response latency as heard."""

    at_s: float
    latency_ms: float
    """From the caller's last audible sample, or key, to the agent's first."""
    to: Literal["voice", "keys"]


@dataclass(frozen=True, slots=True)
class BargedIn:
    """The agent fell silent because the caller spoke or pressed a key: barge-in latency as heard."""

    at_s: float
    latency_ms: float
    """From the caller's first audible sample, or key, to the agent's last; 0 when that was in a pause already."""
    by: Literal["voice", "keys"]


@dataclass(frozen=True, slots=True)
class TalkedOver:
    """The agent began while the caller was not done."""

    at_s: float


@dataclass(frozen=True, slots=True)
class CallOver:
    """One side hung up."""

    at_s: float
    by: Literal["caller", "agent"]


Observation: TypeAlias = (
    AgentBegan | AgentEnded | CallerBegan | CallerEnded | KeyPressed | Responded | BargedIn | TalkedOver | CallOver
)
