"""The telephone in a simulated caller's hand: says, presses and listens, and has a judge listen too."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from callagent.media.audio import (
    BYTES_PER_SAMPLE,
    CHUNK_BYTES,
    CHUNK_MS,
    CHUNK_SAMPLES,
    SAMPLE_RATE,
    SILENCE,
)
from callagent.simulator.judge import Judge
from callagent.simulator.line import Line
from callagent.simulator.observations import (
    AgentBegan,
    AgentEnded,
    BargedIn,
    CallerBegan,
    CallerEnded,
    CallOver,
    Observation,
    Responded,
    TalkedOver,
)
from callagent.simulator.voice import loud_until

KEY_PAUSE_S = 0.15
"""Between two keys: a practised thumb."""


class HungUpError(Exception):
    """The far end hung up while the caller was doing something. Never leaves the simulator."""


@dataclass(frozen=True, slots=True)
class CallerReport:
    """A call as its caller had it."""

    response_ms: tuple[float, ...]
    """Response latencies, as heard."""
    barge_in_ms: tuple[float, ...]
    """Barge-in latencies, as heard."""
    gaps: int
    """Times the agent's voice broke off inside a sentence because its audio came too late."""
    talked_over: int
    """Times the agent began while the caller was not done."""
    lasted_s: float
    """Seconds from answer to hangup."""
    heard_s: float
    """Seconds of the agent's turns."""
    heard: tuple[bytes, ...]
    """PCM of each of the agent's turns; empty when it was not kept."""
    reached_end: bool
    """Whether the caller got all done that was planned."""
    problem: str
    """Why not; empty otherwise."""
    ended_by: Literal["caller", "agent"]


class Phone:
    """One call on a `Line`. Every method but `now_s` raises HungUpError once the far end has hung up."""

    def __init__(self, line: Line, observe: Callable[[Observation], None], *, keep_audio: bool = True) -> None:
        self.judge = Judge()
        self._line = line
        self._observe = observe
        self._noted: list[Observation] = []
        self._turns: list[bytearray] = []
        self._keep_audio = keep_audio

    @property
    def now_s(self) -> float:
        """Seconds since the call was answered."""
        return self.judge.now_s

    async def tick(self, spoken: bytes = SILENCE, *, more: bool = False) -> None:
        """Let 20 ms go by."""
        heard = await self._line.exchange(spoken)
        if heard is None:
            raise HungUpError
        observations = self.judge.tick(spoken, heard, more=more)
        for observation in observations:
            self._note(observation)
        if self._keep_audio:
            self._keep(heard, observations)

    async def say(self, pcm: bytes, text: str) -> None:
        """Speak; whatever is heard meanwhile is judged too."""
        self._note(CallerBegan(self.now_s, text))
        last = loud_until(pcm)
        for at in range(0, len(pcm), CHUNK_BYTES):
            chunk = pcm[at : at + CHUNK_BYTES]
            await self.tick(chunk + SILENCE[len(chunk) :], more=at + CHUNK_BYTES < last)
        self._note(CallerEnded(self.now_s, text))

    async def play(self, pcm: bytes, name: str) -> None:
        """Let a recording of a whole call be heard; when it pauses, the agent may speak."""
        self._note(CallerBegan(self.now_s, name))
        for at in range(0, len(pcm), CHUNK_BYTES):
            chunk = pcm[at : at + CHUNK_BYTES]
            await self.tick(chunk + SILENCE[len(chunk) :])
        self._note(CallerEnded(self.now_s, name))

    async def press(self, keys: str) -> None:
        """Press the keys of a number one after the other."""
        for key in keys:
            self._line.press(key)
            self._note(self.judge.press(key))
            await self.wait(KEY_PAUSE_S)

    async def wait(self, seconds: float) -> None:
        """Say nothing for so long."""
        for _ in range(round(seconds * 1000 / CHUNK_MS)):
            await self.tick()

    async def wait_until(self, condition: Callable[[], bool], limit_s: float) -> bool:
        """Say nothing until `condition` holds; False when that took longer than `limit_s`."""
        limit = self.now_s + limit_s
        while not condition():
            if self.now_s >= limit:
                return False
            await self.tick()
        return True

    async def hear(self, limit_s: float) -> bool:
        """Wait until the agent has said something and is silent again; False when it says nothing for `limit_s`."""
        agent = self.judge.agent
        if not await self.wait_until(lambda: agent.audible, limit_s):
            return False
        # An agent that never stops is caught by the call's own limits.
        return await self.wait_until(lambda: not agent.audible, limit_s + 300)

    async def hang_up(self) -> None:
        """End the call."""
        await self._line.hang_up()

    def report(self, problem: str, ended_by: Literal["caller", "agent"]) -> CallerReport:
        """The call so far, as if it ended here; tells the observer so."""
        self._note(CallOver(self.now_s, ended_by))
        noted = self._noted
        spoke_s = sum(each.lasted_s for each in noted if isinstance(each, AgentEnded))
        agent = self.judge.agent
        return CallerReport(
            response_ms=tuple(each.latency_ms for each in noted if isinstance(each, Responded)),
            barge_in_ms=tuple(each.latency_ms for each in noted if isinstance(each, BargedIn)),
            gaps=self._line.gaps,
            talked_over=sum(isinstance(each, TalkedOver) for each in noted),
            lasted_s=self.now_s,
            heard_s=spoke_s + (agent.last - agent.began) / SAMPLE_RATE * agent.audible,
            heard=tuple(bytes(turn) for turn in self._turns),
            reached_end=not problem,
            problem=problem,
            ended_by=ended_by,
        )

    def _keep(self, heard: bytes, observations: list[Observation]) -> None:
        """Keep the agent's turns, without the silence that showed that they had ended."""
        agent = self.judge.agent
        if any(isinstance(each, AgentBegan) for each in observations):
            self._turns.append(bytearray())
        if agent.audible:
            self._turns[-1] += heard
        elif any(isinstance(each, AgentEnded) for each in observations):
            silence = agent.position - CHUNK_SAMPLES - agent.last
            del self._turns[-1][max(0, len(self._turns[-1]) - silence * BYTES_PER_SAMPLE) :]

    def _note(self, observation: Observation) -> None:
        self._noted.append(observation)
        self._observe(observation)
