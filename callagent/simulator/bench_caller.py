"""The caller of a measurement: talks with whatever agent answers, on and on, and now and then interrupts it."""

from collections.abc import Sequence
from dataclasses import dataclass

from callagent.simulator.line import Line
from callagent.simulator.observations import AgentBegan, Observation
from callagent.simulator.phone import CallerReport, HungUpError, Phone

SILENCE_LIMIT_S = 5.0
"""An agent that says nothing for so long has failed."""
BARGE_IN_EVERY = 3
BARGE_IN_AFTER_S = 1.0
GIVES_WAY_S = 3.0
LONGEST_SPEECH_S = 60.0


@dataclass(frozen=True, slots=True)
class BenchCall:
    """One call of a measurement."""

    report: CallerReport
    greeting_ms: float | None
    """From the answer to the agent's first sound; None when there was none."""
    turns: int
    silences: int
    """Times the agent said nothing for too long."""


class BenchCaller:
    """Says its utterances in turn, and interrupts the agent with one in `barge_in_every` of them.

    `patience_s` is how long the agent may be silent before that is a failure.
    """

    def __init__(
        self, utterances: Sequence[bytes], patience_s: float = SILENCE_LIMIT_S, barge_in_every: int = BARGE_IN_EVERY
    ) -> None:
        self._utterances = utterances
        self._patience_s = patience_s
        self._barge_in_every = barge_in_every
        self._turns = 0
        self._silences = 0
        self._first_s: float | None = None

    async def converse(self, line: Line, seconds: float) -> BenchCall:
        """Talk for about so long, then hang up."""
        phone = Phone(line, self._watch, keep_audio=False)
        try:
            await self._await_agent(phone)
            while phone.now_s < seconds:
                await self._turn(phone, seconds)
        except HungUpError:
            return self._call(phone.report("", "agent"))
        await phone.hang_up()
        return self._call(phone.report("", "caller"))

    async def ask_once(self, line: Line) -> BenchCall:
        """Interrupt the greeting, hear the answer begin, and hang up: a call as short as can be."""
        phone = Phone(line, self._watch, keep_audio=False)
        try:
            await self._await_agent(phone)
            await phone.wait(0.3)
            await self._say(phone)
            await phone.wait_until(lambda: not phone.judge.interrupting, GIVES_WAY_S)
            await self._await_agent(phone)
        except HungUpError:
            return self._call(phone.report("", "agent"))
        await phone.hang_up()
        return self._call(phone.report("", "caller"))

    async def _turn(self, phone: Phone, seconds: float) -> None:
        """The agent has begun to speak, or failed to: have it finish or interrupt it, and say the next utterance."""
        agent = phone.judge.agent
        if (self._turns + 1) % self._barge_in_every == 0:
            await phone.wait_until(lambda: not agent.audible, BARGE_IN_AFTER_S)
        else:
            await phone.wait_until(lambda: not agent.audible or phone.now_s >= seconds, LONGEST_SPEECH_S)
        if phone.now_s >= seconds:
            return
        await self._say(phone)
        await phone.wait_until(lambda: not phone.judge.interrupting, GIVES_WAY_S)
        await self._await_agent(phone)

    async def _say(self, phone: Phone) -> None:
        await phone.say(self._utterances[self._turns % len(self._utterances)], "")
        self._turns += 1

    async def _await_agent(self, phone: Phone) -> None:
        if not await phone.wait_until(lambda: phone.judge.agent.audible, self._patience_s):
            self._silences += 1

    def _watch(self, observation: Observation) -> None:
        if self._first_s is None and isinstance(observation, AgentBegan):
            self._first_s = observation.at_s

    def _call(self, report: CallerReport) -> BenchCall:
        greeting = None if self._first_s is None else self._first_s * 1000
        return BenchCall(report, greeting, self._turns, self._silences)
