"""The judge: times a conversation from its two sounds.

Everything counts samples of the line itself, so that a slow computer does not make an agent look slow, and is judged
by what is heard: an agent that sent audio which nobody could hear yet has not answered.
"""

from dataclasses import dataclass
from typing import Literal

from callagent.media.audio import CHUNK_SAMPLES, SAMPLE_RATE
from callagent.simulator.observations import (
    AgentBegan,
    AgentEnded,
    BargedIn,
    KeyPressed,
    Observation,
    Responded,
    TalkedOver,
)
from callagent.simulator.voice import Change, Voice

AGENT_HANGOVER_S = 0.6
"""A person takes so much silence for the end of an answer."""
CALLER_HANGOVER_S = 0.4
CUT_S = 0.3
"""An agent that was spoken over and has been silent for so long has given way."""


@dataclass(frozen=True, slots=True)
class _Moment:
    position: int
    by: Literal["voice", "keys"]


class Judge:
    """Takes what was spoken and heard, 20 ms of each at a time, and tells what that means."""

    def __init__(self) -> None:
        self.agent = Voice(AGENT_HANGOVER_S)
        self.caller = Voice(CALLER_HANGOVER_S)
        # At a tick the last 20 ms that were spoken set out, and the next 20 ms begin to be heard.
        self.agent.position = CHUNK_SAMPLES
        self._asked: _Moment | None = None
        self._barge_in: _Moment | None = None

    @property
    def now_s(self) -> float:
        """Seconds of the call so far."""
        return self.caller.position / SAMPLE_RATE

    @property
    def interrupting(self) -> bool:
        """True from a barge-in until the agent has given way."""
        return self._barge_in is not None

    @property
    def awaited_s(self) -> float:
        """Seconds that an answer has been due; 0 when none is."""
        return (self.caller.position - self._asked.position) / SAMPLE_RATE if self._asked else 0.0

    def press(self, key: str) -> Observation:
        """The caller presses a key now."""
        moment = _Moment(self.caller.position, "keys")
        self._may_barge_in(moment)
        self._asked = moment
        return KeyPressed(self.now_s, key)

    def tick(self, spoken: bytes, heard: bytes, *, more: bool = False) -> list[Observation]:
        """Take 20 ms of both sides; `more` says that the caller is in the middle of something."""
        caller = self.caller.hear(spoken)
        if caller is Change.BEGAN:
            self._may_barge_in(_Moment(self.caller.began, "voice"))
        if self.caller.position - self.caller.last < CHUNK_SAMPLES and self.caller.audible:
            self._asked = _Moment(self.caller.last, "voice")
        match self.agent.hear(heard):
            case Change.BEGAN:
                return self._agent_began(more=more)
            case Change.ENDED:
                return [*self._gave_way(), self._agent_ended()]
        if self._barge_in and self.agent.audible and self.agent.quiet_s >= CUT_S:
            self.agent.end()
            return [*self._gave_way(), self._agent_ended()]
        return []

    def _may_barge_in(self, moment: _Moment) -> None:
        if self._barge_in is None and self.agent.audible and self.agent.quiet_s < CUT_S:
            self._barge_in = moment

    def _agent_began(self, *, more: bool) -> list[Observation]:
        at_s = self.agent.began / SAMPLE_RATE
        asked, self._asked = self._asked, None
        if more:
            return [AgentBegan(at_s), TalkedOver(at_s)]
        if asked is None:
            return [AgentBegan(at_s)]
        latency = max(0, self.agent.began - asked.position)
        return [AgentBegan(at_s), Responded(at_s, _ms(latency), asked.by)]

    def _agent_ended(self) -> AgentEnded:
        return AgentEnded(self.agent.last / SAMPLE_RATE, (self.agent.last - self.agent.began) / SAMPLE_RATE)

    def _gave_way(self) -> list[Observation]:
        moment, self._barge_in = self._barge_in, None
        if moment is None:
            return []
        latency = max(0, self.agent.last - moment.position)
        return [BargedIn(self.agent.last / SAMPLE_RATE, _ms(latency), moment.by)]


def _ms(samples: int) -> float:
    return samples * 1000 / SAMPLE_RATE
