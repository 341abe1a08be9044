"""Who speaks when in a call that was recorded elsewhere, found as in a live call: by the voice detector's word.

Nobody waited for the caller in such a call, so a turn is over when the caller has been silent for a while or the other
side speaks. What happened is told with the time at which it was on the line: unlike a live call, which hears of it a
little later, this one has the whole recording before it.
"""

from dataclasses import dataclass
from typing import Final

from callagent.events import AgentStarted, AgentStopped, CallerStarted, CallerStopped, Event, TurnEnded
from callagent.media.audio import SAMPLE_RATE, samples
from callagent.turn.patience import patience_for
from callagent.turn.voice import VoiceChange, VoiceGate, VoicePolicy

PAUSE_S: Final = patience_for("digits").pause_s
"""Silence of the caller that ends a turn: as between the groups of a number, as nobody knows what was asked."""
SHORT_PAUSE_S: Final = patience_for("choice").pause_s
"""Likewise, where the other side speaks in the same channel: it answers as soon as that."""
LONGEST_S: Final = patience_for("free").longest_turn_s
BEFORE_S: Final = 0.4
"""What of the sound before a turn belongs to it: the beginning of the first word, which is softer."""
ONSET_S: Final = 1.0
"""Within so long, and sooner, it is known whether a sound is the beginning of speech."""
AGENT: Final = VoicePolicy(stop_s=0.6)
"""The agent falls silent only where a person would take it for silence."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A turn of the caller, in samples of the recording."""

    turn: int
    """Counted from 1."""
    begins: int
    """Where its sound begins."""
    spoke: int
    """Where the caller began to speak."""
    stopped: int
    """Where the caller was heard last."""
    ends: int


class Turns:
    """Takes the detector's word for both sides, in step; `events` grows, `over` holds turns that wait to be taken."""

    def __init__(self, pause_s: float = PAUSE_S) -> None:
        """A turn is over when the caller has been silent for `pause_s`."""
        self._pause = samples(pause_s)
        self.events: list[Event] = []
        """What happened, not in order."""
        self.over: list[Spoken] = []
        self._caller = VoiceGate()
        self._agent = VoiceGate(AGENT)
        self._turn = 0
        self._answered = 0
        """The turn after which the agent speaks, or last spoke."""
        self._open: int | None = None
        """Where the caller began to speak in the turn that is not over."""
        self._last_end = 0
        self._now = 0

    @property
    def needed(self) -> int:
        """The first sample that may still belong to a turn."""
        if self._open is not None:
            return self._begin_of(self._open)
        return max(0, self._now - samples(BEFORE_S + ONSET_S))

    def caller(self, probability: float, begins: int, ends: int) -> None:
        """The caller's samples from `begins` up to `ends` are likely to be speech."""
        gate, self._now = self._caller, ends
        change = gate.window(probability, begins, ends)
        if change is VoiceChange.STARTED:
            began = gate.speech_began
            self.events.append(CallerStarted(at_s=began / SAMPLE_RATE, position=began))
            if self._open is None:
                self._begin(began)
        elif change is VoiceChange.STOPPED:
            ended = gate.speech_ended
            self.events.append(CallerStopped(at_s=ended / SAMPLE_RATE, position=ended))
        self._look(ends)

    def agent(self, probability: float, begins: int, ends: int) -> None:
        """Likewise, the other side's."""
        change = self._agent.window(probability, begins, ends)
        if change is VoiceChange.STARTED:
            self._look(ends)
            self._answered = self._turn
            self.events.append(AgentStarted(at_s=self._agent.speech_began / SAMPLE_RATE, turn=self._turn))
        elif change is VoiceChange.STOPPED:
            self._agent_stopped(self._agent.speech_ended)

    def end(self, position: int) -> None:
        """The recording is over."""
        if self._caller.speaking:
            ended = min(position, self._caller.speech_ended)
            self.events.append(CallerStopped(at_s=ended / SAMPLE_RATE, position=ended))
        if self._open is not None:
            self._close(position)
        if self._agent.speaking:
            self._agent_stopped(min(position, self._agent.speech_ended))

    def _agent_stopped(self, position: int) -> None:
        # Whether the caller made them stop cannot be heard.
        self.events.append(AgentStopped(at_s=position / SAMPLE_RATE, turn=self._answered, interrupted=False))

    def _look(self, now: int) -> None:
        """End the turn where it is over."""
        if self._open is None:
            return
        gate = self._caller
        if now - self._open >= samples(LONGEST_S):
            self._close(now)
            if gate.speaking:
                self._begin(now)
        elif not gate.speaking and self._agent.speaking:
            self._close(min(now, max(gate.speech_ended, self._agent.speech_began)))
        elif not gate.speaking and now - gate.speech_ended >= self._pause:
            self._close(gate.speech_ended + self._pause)

    def _begin(self, position: int) -> None:
        self._turn += 1
        self._open = position

    def _begin_of(self, spoke: int) -> int:
        return max(self._last_end, spoke - samples(BEFORE_S), 0)

    def _close(self, ends: int) -> None:
        spoke, self._open = self._open or 0, None
        stopped = min(ends, self._caller.speech_ended)
        ended = TurnEnded(at_s=ends / SAMPLE_RATE, turn=self._turn, stopped_at_s=stopped / SAMPLE_RATE, by="voice")
        self.events.append(ended)
        self.over.append(Spoken(self._turn, self._begin_of(spoke), spoke, stopped, ends))
        self._last_end = ends
