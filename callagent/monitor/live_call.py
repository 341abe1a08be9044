"""One call as it stands, without a word or number of its caller."""

from dataclasses import dataclass, field

from callagent.call.latency import TurnLatency, turn_latencies
from callagent.events import (
    AgentStarted,
    AgentStopped,
    BargedIn,
    CallerStarted,
    CallStarted,
    Event,
    LimitReached,
    NoMatch,
    ProviderAnswered,
    ProviderFailed,
    ProviderFellBack,
    ProviderUsed,
    StageFailed,
    TaskRestarted,
    TranscriptReceived,
    TurnDecided,
    TurnEnded,
)

DOES = {
    CallerStarted: "caller speaks",
    TurnEnded: "transcribing",
    TranscriptReceived: "deciding",
    TurnDecided: "synthesizing",
    AgentStarted: "agent speaks",
    AgentStopped: "waiting for the caller",
    LimitReached: "being ended",
}
"""By event: what the call does from then on."""


@dataclass(slots=True)
class LiveCall:
    """A fold over the call's events so far."""

    number: int
    """Counted from 1 since the server began: it names the call to operators."""
    began_s: float
    """Monotonic."""
    carrier: str = ""
    language: str = ""
    does: str = "beginning"
    turns: int = 0
    barge_ins: int = 0
    no_matches: int = 0
    failures: int = 0
    """Of providers and of our own code."""
    providers: dict[str, str] = field(default_factory=dict)
    """By stage: who answered last."""
    latest: TurnLatency | None = None
    """Of the last turn that was answered."""
    _turn: list[Event] = field(default_factory=list)
    """Its events since it ended."""

    def on_event(self, event: Event) -> TurnLatency | None:
        """Take the call's next event; the latency of a turn whose answer is over."""
        self.does = DOES.get(type(event), self.does)
        match event:
            case CallStarted():
                self.carrier, self.language = event.carrier, event.language
            case TurnEnded():
                self.turns = event.turn
                self._turn = []
            case BargedIn():
                self.barge_ins += 1
            case NoMatch():
                self.no_matches += 1
            case ProviderFailed() | StageFailed() | TaskRestarted():
                self.failures += 1
            case ProviderAnswered() | ProviderUsed():
                self.providers[event.stage] = event.provider
            case ProviderFellBack():
                self.providers[event.stage] = event.took_over
        self._turn.append(event)
        return self._answered() if isinstance(event, AgentStopped) else None

    def _answered(self) -> TurnLatency | None:
        latency = next(iter(turn_latencies(self._turn)), None)
        self._turn = []
        if latency is not None:
            self.latest = latency
        return latency
