"""Things that happen at the same moment, or at the wrong one; on the loopback leg in virtual time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from support.caller_voice import chunks
from support.echo import ASK, Echo
from support.phone_call import PhoneCall, Setting, have_call, place_call

from callagent.call.call import run_call
from callagent.call.heartbeat import Heartbeat
from callagent.call.services import Services
from callagent.call.summary import CallSummary
from callagent.dialogue.actions import (
    CallerKeyed,
    CallerSaid,
    Decision,
    Input,
    Kind,
    Listen,
    LookedUp,
    LookUp,
    Say,
)
from callagent.events import AgentSaid, TurnEnded
from callagent.media.audio import SILENCE
from callagent.media.vad import load_voice_model
from callagent.media.voice_pool import VoicePool
from callagent.simulator.script import parse_script
from callagent.simulator.virtual_time import VirtualClock, run
from callagent.stt.scripted import ScriptedTranscriber
from callagent.telephony.loopback import LoopbackLeg, LoopbackLine, loopback
from callagent.tts.cache import CachedSynthesizer
from callagent.tts.scripted import ScriptedSynthesizer

NUMBER = Listen(Kind.DIGITS, "en", digits=(4, 8))


def talk(setting: Setting, steps: str) -> PhoneCall:
    """A call whose caller does `steps`."""
    return place_call(setting, parse_script("steps:\n" + steps))


@pytest.mark.parametrize("pause_ms", [380, 460, 540, 620])
def test_a_pause_in_a_sentence_loses_no_half_of_it(tmp_path: Path, pause_ms: int) -> None:
    """However a pause falls against the end of a turn, the transcriber gets all that was said, in order."""
    heard: list[int] = []

    class Ears(ScriptedTranscriber):
        """Counts the audio of each turn that it was let finish."""

        async def transcribe(self, audio: Any, hints: Any) -> Any:
            """As the scripted one, with a note."""
            total = 0

            async def counted() -> Any:
                nonlocal total
                async for pcm in audio:
                    total += len(pcm)
                    yield pcm

            async for transcript in super().transcribe(counted(), hints):
                heard.append(total)
                yield transcript

    echo = Echo()

    async def caller(line: LoopbackLine) -> None:
        first, second = await chunks("what is the price"), await chunks("of a ceiling fan")
        script = [SILENCE] * 200 + first + [SILENCE] * (pause_ms // 20) + second + [SILENCE] * 150
        for chunk in script:
            await line.exchange(chunk)
        await line.hang_up()

    async def call() -> PhoneCall:
        transcriber = Ears(Ears.Options(delay_ms=150))
        return await have_call(Setting(tmp_path, dialogue=echo), transcriber, caller)

    run(call())
    said_s = sum(heard) / 16000

    # Both halves and the pause between them, in one turn or in two.
    assert said_s > 1.9
    turns = len([given for given in echo.given if isinstance(given, CallerSaid)])
    assert turns in {1, 2}
    # What was recognized too early, at the pause, was recognized again with the rest.
    assert turns <= len(heard) <= turns + 1


def test_keys_during_a_look_up_belong_to_the_next_number(tmp_path: Path) -> None:
    """A caller who types on while the shop's data is asked loses no key."""

    class Asks(Echo):
        """Looks something up after the first number."""

        def advance(self, state: int, given: Input, now: object) -> Decision[int]:
            """A look-up, then the next number."""
            self.given.append(given)
            if isinstance(given, CallerKeyed) and state == 0:
                return Decision(1, (LookUp("catalogue", {"product": "ceiling fan"}, ("price",)),))
            return Decision(2, (Say("next", "And the next number please.", fixed=True), NUMBER))

    class Slow(ScriptedTranscriber):
        """Unused."""

    asks = Asks(NUMBER)

    async def caller(line: LoopbackLine) -> None:
        for _ in range(250):
            await line.exchange(SILENCE)
        for key in "1234#56":
            line.press(key)
        for _ in range(20):
            await line.exchange(SILENCE)
        for key in "78#":
            line.press(key)
        for _ in range(50):
            await line.exchange(SILENCE)
        await line.hang_up()

    async def call() -> PhoneCall:
        return await have_call(Setting(tmp_path, dialogue=asks), Slow(Slow.Options()), caller)

    run(call())

    assert [given.keys for given in asks.given if isinstance(given, CallerKeyed)] == ["1234", "5678"]
    assert [given.status for given in asks.given if isinstance(given, LookedUp)] == ["found"]


def test_a_caller_who_begins_over_what_must_be_heard_is_heard_after_it(tmp_path: Path) -> None:
    """Speech that began under a firm prompt and goes on is the caller's turn when the prompt is over."""

    class Firm(Echo):
        """Greets firmly."""

        def begin(self, began: Any) -> Decision[int]:
            """A sentence that a voice does not cut."""
            return Decision(0, (Say("hello", "This must be heard.", fixed=True, interruptible=False), self.listen))

    firm = Firm(ASK)
    call = talk(
        Setting(tmp_path, dialogue=firm),
        "- interrupt: {after: 0.6 seconds, say: I would like to know what the price of a ceiling fan is}\n"
        "- hear\n- hang up",
    )
    said = call.of(AgentSaid)

    assert said[0].heard == "This must be heard."
    assert len([given for given in firm.given if isinstance(given, CallerSaid)]) == 1


def test_a_key_after_speech_drops_the_speech(tmp_path: Path) -> None:
    """Keys win: what was being said is not answered as well."""
    echo = Echo()

    async def caller(line: LoopbackLine) -> None:
        for chunk in [SILENCE] * 220 + (await chunks("what is the price"))[:60]:
            await line.exchange(chunk)
        line.press("2")
        for _ in range(150):
            await line.exchange(SILENCE)
        await line.hang_up()

    async def call() -> PhoneCall:
        transcriber = ScriptedTranscriber(ScriptedTranscriber.Options(delay_ms=0))
        return await have_call(Setting(tmp_path, dialogue=echo), transcriber, caller)

    run(call())

    assert echo.given == [CallerKeyed("2")]


def test_a_turn_that_never_ends_is_ended(tmp_path: Path) -> None:
    """After thirty seconds of speech the turn is closed, and its latency counts from there."""

    async def caller(line: LoopbackLine) -> None:
        voice = await chunks("price and price and price and price and price and price")
        for chunk in ([SILENCE] * 220 + voice * 40)[:2400]:
            await line.exchange(chunk)
        await line.hang_up()

    async def call() -> PhoneCall:
        transcriber = ScriptedTranscriber(ScriptedTranscriber.Options())
        return await have_call(Setting(tmp_path, dialogue=Echo()), transcriber, caller)

    over = run(call())
    (first, *_) = over.of(TurnEnded)

    assert first.at_s - first.stopped_at_s < 1.0
    assert over.summary.turns[0].response_ms < 2000


@pytest.mark.parametrize("cancels", [1, 2, 3])
def test_a_call_cancelled_again_and_again_has_its_summary(tmp_path: Path, cancels: int) -> None:
    """Being told to stop twice, or while closing, loses nothing."""
    summaries: list[CallSummary] = []

    async def call() -> None:
        task, _line = start(tmp_path, summaries)
        await asyncio.sleep(1)
        for _ in range(cancels):
            task.cancel()
            await asyncio.sleep(0)
        await asyncio.wait({task})

    run(call())

    assert [summary.disposition for summary in summaries] == ["server stopped"]


def test_a_leg_that_cannot_hang_up_does_not_lose_the_summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a leg's hang-up raises, the call is summarized, and says so."""
    summaries: list[CallSummary] = []

    async def broken(_leg: LoopbackLeg) -> None:
        raise RuntimeError("the carrier's API is on fire")

    monkeypatch.setattr(LoopbackLeg, "hang_up", broken)

    async def call() -> None:
        task, line = start(tmp_path, summaries)
        await asyncio.sleep(1)
        await line.hang_up()
        await asyncio.wait({task})

    run(call())

    assert [summary.failures for summary in summaries] == [("call: RuntimeError",)]
    assert summaries[0].ended_by == "caller"


def start(cache: Path, summaries: list[CallSummary]) -> tuple[asyncio.Task[Any], LoopbackLine]:
    """A call that has begun, on the running event loop."""
    clock = VirtualClock(asyncio.get_running_loop())
    heartbeat = Heartbeat(clock)
    heartbeat.start()

    async def look_up(*_: object) -> LookedUp:
        return LookedUp("down")

    services = Services(
        clock=clock,
        heartbeat=heartbeat,
        voice_pool=VoicePool(load_voice_model()),
        dialogue=Echo(),
        transcriber=ScriptedTranscriber(ScriptedTranscriber.Options()),
        synthesizer=CachedSynthesizer(ScriptedSynthesizer(ScriptedSynthesizer.Options()), cache),
        look_up=look_up,
    )
    leg, line = loopback()

    async def call() -> None:
        summaries.append(await run_call(leg, services))

    return asyncio.create_task(call()), line
