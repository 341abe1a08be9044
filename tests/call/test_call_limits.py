"""Calls that would not end by themselves: each ends by its limit, and politely; on the loopback leg in virtual time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from support.caller_voice import chunks
from support.echo import Echo
from support.faulty import FaultyVoice, Script
from support.phone_call import PhoneCall, Setting, have_call
from support.stored import standing_prompts

from callagent.call.callers import Reception
from callagent.call.lifetime import Limit, Watchdog
from callagent.call.services import Limits
from callagent.dialogue.actions import Kind, Listen
from callagent.dialogue.standing import standing_lines
from callagent.errors import ProviderUnavailableError
from callagent.events import AgentSaid, LimitReached
from callagent.media.audio import SILENCE
from callagent.simulator.virtual_time import run
from callagent.stt.scripted import ScriptedTranscriber
from callagent.stt.transcriber import Hints, Transcript
from callagent.telephony.loopback import LoopbackLeg, LoopbackLine

Caller = Callable[[LoopbackLine], Awaitable[None]]


async def silent(line: LoopbackLine) -> None:
    """Says nothing, until the agent hangs up."""
    while await line.exchange(SILENCE) is not None:
        pass


async def talkative(line: LoopbackLine) -> None:
    """Asks for a price again and again."""
    voice = await chunks("what is the price")
    while True:
        for chunk in voice + [SILENCE] * 200:
            if await line.exchange(chunk) is None:
                return


def have(setting: Setting, caller: Caller) -> PhoneCall:
    """The call, in virtual time."""

    async def call() -> PhoneCall:
        return await have_call(setting, ScriptedTranscriber(ScriptedTranscriber.Options()), caller)

    return run(call())


def limits_of(call: PhoneCall) -> list[str]:
    """Which limits ended it."""
    return [event.limit for event in call.of(LimitReached)]


def test_the_longest_call_ends_with_a_farewell(tmp_path: Path) -> None:
    """Whoever talks on is told that the time is up; the whole sentence is heard, and then the agent hangs up."""
    call = have(Setting(tmp_path, dialogue=Echo(), limits=Limits(call_s=60), stored=standing_prompts()), talkative)

    assert limits_of(call) == ["length"]
    assert call.said[-1] == "call_too_long"
    assert (call.summary.disposition, call.summary.ended_by) == ("longest call", "agent")
    assert 60 < call.summary.duration_s < 70


@pytest.mark.parametrize("script", [[3600.0], [ProviderUnavailableError("voice", "refused")]], ids=["hangs", "refuses"])
def test_a_farewell_needs_no_voice(tmp_path: Path, script: Script) -> None:
    """One that hangs is not waited for."""
    setting = Setting(tmp_path, dialogue=Echo(), limits=Limits(call_s=30), stored=standing_prompts())
    setting.synthesizer = FaultyVoice("voice", lambda _: script)
    call = have(setting, silent)

    assert limits_of(call) == ["length"]
    assert call.said[-1] == "call_too_long"
    assert call.summary.duration_s < 30 + 5


def test_a_farewell_that_is_not_stored_ends_the_call_all_the_same(tmp_path: Path) -> None:
    """Without a word, but as by its limit."""
    call = have(Setting(tmp_path, dialogue=Echo(), limits=Limits(call_s=30)), silent)

    assert limits_of(call) == ["length"]
    assert (call.summary.disposition, call.summary.ended_by) == ("longest call", "agent")
    assert call.summary.duration_s < 30 + 5


@pytest.mark.parametrize("language", ["en", "hi", "hinglish"])
def test_nobody_there_is_said_in_the_callers_language(tmp_path: Path, language: str) -> None:
    """A flow that asks for ever is stopped after 45 seconds of silence, the agent's own words not counted."""
    echo = Echo(Listen(Kind.CHOICE, language, silence_s=10))
    call = have(Setting(tmp_path, dialogue=echo, stored=standing_prompts()), silent)
    words = standing_lines(language)["nobody_there"].wordings["text"].fill({}, language)

    assert limits_of(call) == ["silence"]
    assert call.of(AgentSaid)[-1].heard == words
    assert call.summary.disposition == "nobody there"
    assert 50 < call.of(LimitReached)[0].at_s < 75


def test_a_flow_may_let_a_caller_think_for_long(tmp_path: Path) -> None:
    """The first silence is the flow's own, however long it is."""
    call = have(Setting(tmp_path, dialogue=Echo(Listen(Kind.CHOICE, "en", silence_s=90))), silent)

    assert call.of(LimitReached)[0].at_s > 180


def test_a_line_without_media_is_lost(tmp_path: Path) -> None:
    """Where the carrier's end brings nothing any more, the call is over within 20 s."""

    async def vanishes(line: LoopbackLine) -> None:
        for _ in range(100):
            await line.exchange(SILENCE)
        await asyncio.sleep(60)

    call = have(Setting(tmp_path, dialogue=Echo()), vanishes)

    assert limits_of(call) == ["no media"]
    assert (call.summary.disposition, call.summary.ended_by) == ("line lost", "line")
    assert call.summary.duration_s < 2 + 20


def test_a_call_that_the_carrier_does_not_end_is_over_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the agent hung up the call ends within ten seconds, whatever the carrier does."""
    ended: list[float] = []

    async def in_vain(_leg: LoopbackLeg) -> None:
        ended.append(asyncio.get_running_loop().time())

    monkeypatch.setattr(LoopbackLeg, "hang_up", in_vain)

    async def says_bye(line: LoopbackLine) -> None:
        for chunk in [SILENCE] * 250 + await chunks("bye") + [SILENCE] * 1200:
            await line.exchange(chunk)

    async def call() -> PhoneCall:
        transcriber = ScriptedTranscriber(ScriptedTranscriber.Options())
        transcriber.say("bye")
        return await have_call(Setting(tmp_path, dialogue=Echo()), transcriber, says_bye)

    over = run(call())

    assert over.summary.disposition == "goodbye"
    assert 0 < over.summary.duration_s - ended[0] < 10


def test_a_stuck_call_is_over_soon_after_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage that cannot be cancelled, a carrier and a store that do not answer: ten seconds in all."""

    class Stuck(ScriptedTranscriber):
        """Does not come back, whatever is done to it, for a minute."""

        async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:
            """Swallow every cancellation."""
            for _ in range(60):
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(1)
            raise asyncio.CancelledError
            yield Transcript("", 0.0, final=True, provider="stuck")

    class Slow:
        """A database that hangs."""

        async def _never(self, *given: object, **more: object) -> Any:
            await asyncio.sleep(3600)

        recall = remember = forget = keep = take = aclose = _never

    async def never(_leg: LoopbackLeg) -> None:
        await asyncio.sleep(3600)

    monkeypatch.setattr(LoopbackLeg, "hang_up", never)
    gone_s: list[float] = []

    async def speaks_and_is_gone(line: LoopbackLine) -> None:
        for chunk in [SILENCE] * 300 + await chunks("price") + [SILENCE] * 50:
            await line.exchange(chunk)
        line.lose()
        gone_s.append(asyncio.get_running_loop().time())

    async def call() -> float:
        setting = Setting(tmp_path, reception=Reception(Slow(), "a secret of some length"))
        await have_call(setting, Stuck(Stuck.Options()), speaks_and_is_gone)
        return asyncio.get_running_loop().time() - gone_s[0]

    assert 4 < run(call()) < 10


def test_limits_are_told_once() -> None:
    """Time is an argument: nothing before it is due, and nothing twice."""
    watchdog = Watchdog(Limits(call_s=100, no_media_s=20), 1000.0)
    looks: list[Limit | None] = []
    for now_s in range(1000, 1200, 10):
        if now_s < 1150:
            watchdog.audio_came(now_s)
        looks.append(watchdog.look(now_s))

    assert [(number * 10, limit) for number, limit in enumerate(looks) if limit] == [(100, "length")]
