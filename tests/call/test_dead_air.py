"""Turns and answers that would go on for ever, or break off; on the loopback leg in virtual time."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Literal

from support.caller_voice import chunks
from support.echo import Echo
from support.phone_call import PhoneCall, Setting, have_call

from callagent.call.conversation import AGENT_PATIENCE_S
from callagent.dialogue.actions import CallerKeyed, CallerSilent, Decision, Input, Say
from callagent.errors import ProviderTimeoutError
from callagent.events import AgentSaid, AgentStarted, ProviderFailed, StageFailed, TurnEnded
from callagent.media.audio import SILENCE
from callagent.simulator.virtual_time import run
from callagent.stt.scripted import ScriptedTranscriber
from callagent.telephony.loopback import LoopbackLine
from callagent.tts.synthesizer import Speech, SpeechChunk, SynthesizerInfo

SECOND = b"\x00\x20\x00\xe0" * 4000
TEXT = "A ceiling fan is one thousand two hundred and forty nine rupees, and we have seven of them in the shop today."


class Voice:
    """Of `TEXT` it makes a second of sound after each of `waits_s`; `then` it may end, stall or fail."""

    info = SynthesizerInfo("uneven", "1", languages=(), word_times=False, needs_network=False)

    def __init__(self, waits_s: Sequence[float], then: Literal["end", "stall", "fail"] = "end") -> None:
        self._waits_s = waits_s
        self._then = then

    async def warm_up(self) -> None:
        """Nothing."""

    async def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """As the test wishes."""
        if speech.text != TEXT:
            yield SpeechChunk(SECOND)
            return
        for wait_s in self._waits_s:
            await asyncio.sleep(wait_s)
            yield SpeechChunk(SECOND)
        if self._then == "stall":
            await asyncio.Event().wait()
        if self._then == "fail":
            raise ProviderTimeoutError("uneven", "stalled")

    async def aclose(self) -> None:
        """Nothing."""


class Long(Echo):
    """Answers with a long sentence."""

    def advance(self, state: int, given: Input, now: object) -> Decision[int]:
        """The same whatever is asked."""
        super().advance(state, given, now)
        return Decision(state, (Say("long", TEXT, fixed=False), self.listen))


def key_pressed(tmp_path: Path, echo: Echo, voice: Voice, then_s: float) -> PhoneCall:
    """A call in which one key is pressed after the greeting, and nothing for so long after it."""

    async def caller(line: LoopbackLine) -> None:
        for _ in range(100):
            await line.exchange(SILENCE)
        line.press("1")
        for _ in range(round(then_s * 50)):
            await line.exchange(SILENCE)
        await line.hang_up()

    return have(Setting(tmp_path, dialogue=echo, synthesizer=voice), caller)


def have(setting: Setting, caller: Callable[[LoopbackLine], Awaitable[None]]) -> PhoneCall:
    """The call, in virtual time."""

    async def call() -> PhoneCall:
        return await have_call(setting, ScriptedTranscriber(ScriptedTranscriber.Options()), caller)

    return run(call())


def test_a_voice_that_stalls_gives_the_floor_back(tmp_path: Path) -> None:
    """Ten seconds after the last sound the agent has failed, and the silence is the caller's."""
    long = Long()
    call = key_pressed(tmp_path, long, Voice([0], "stall"), then_s=25)
    failed = [(event.error, event.at_s) for event in call.of(StageFailed)]
    answered_s = call.of(AgentStarted)[1].at_s
    cut = call.of(AgentSaid)[1]

    assert [error for error, _ in failed] == ["NoAnswer"]
    assert AGENT_PATIENCE_S <= failed[0][1] - answered_s <= AGENT_PATIENCE_S + 1.1
    assert long.given == [CallerKeyed("1"), CallerSilent()]
    assert cut.heard.startswith("A ceiling fan")
    assert len(cut.heard) < 30


def test_a_voice_that_is_slow_is_not_cut(tmp_path: Path) -> None:
    """Pauses that add up to more than the agent's patience are no failure as long as something comes."""
    call = key_pressed(tmp_path, Long(), Voice([0, 4, 4, 4, 4]), then_s=25)

    assert call.of(StageFailed) == []
    assert call.of(AgentSaid)[1].heard == TEXT


def test_what_a_broken_voice_did_not_say_was_not_heard(tmp_path: Path) -> None:
    """One second of a long sentence is recorded as the words that fit into it."""
    call = key_pressed(tmp_path, Long(), Voice([0], "fail"), then_s=4)
    said = call.of(AgentSaid)[1]

    assert [event.error for event in call.of(ProviderFailed)] == ["ProviderTimeoutError"]
    assert said.heard.startswith("A ceiling fan")
    assert len(said.heard) < 30


def test_a_turn_with_pauses_is_ended_too(tmp_path: Path) -> None:
    """A caller, or a radio, that pauses again and again gets no more than thirty seconds either."""

    async def caller(line: LoopbackLine) -> None:
        for chunk in [SILENCE] * 220 + ([SILENCE] * 15 + await chunks("what is the price")) * 60:
            await line.exchange(chunk)
        await line.hang_up()

    call = have(Setting(tmp_path, dialogue=Echo()), caller)
    first = call.of(TurnEnded)[0]

    assert 30 < first.at_s - 220 * 0.02 < 31
