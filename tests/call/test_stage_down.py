"""Calls in which a whole stage is down: what the caller hears, and how long they hear nothing; virtual time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from support.faulty import FaultyEar, FaultyModel, FaultyVoice
from support.phone_call import CALLER, MORNING, ROOT, PhoneCall, Setting, make_services, place_call
from support.stored import stored_prompts

from callagent.call.call import run_call
from callagent.call.heartbeat import Heartbeat
from callagent.clock import ManualClock
from callagent.errors import ProviderUnavailableError
from callagent.events import (
    AgentStarted,
    AgentStopped,
    CallTransferred,
    Event,
    MessageLeft,
    StageBack,
    StageDown,
    TurnEnded,
)
from callagent.flow_dialogue import FlowDialogue
from callagent.knowledge.shop import open_shop
from callagent.llm.chain import ModelChain
from callagent.llm.model import LanguageModel
from callagent.media.audio import SILENCE
from callagent.resilience.lineup import Lineup
from callagent.simulator.script import load_script, parse_script
from callagent.simulator.virtual_time import VirtualClock, run
from callagent.stt.chain import TranscriberChain
from callagent.stt.scripted import ScriptedTranscriber
from callagent.stt.transcriber import Hints, Transcript
from callagent.telephony.loopback import loopback
from callagent.tts.chain import SynthesizerChain
from callagent.tts.scripted import ScriptedSynthesizer
from callagent.tts.synthesizer import Speech, SpeechChunk, Synthesizer

DOWN = ProviderUnavailableError("nobody", "is down")
LONGEST_SILENCE_S = 3.0
FIRST_WORD_S = 2.0
CALLERS = 50


@cache
def dialogue(*, has_model: bool = False) -> FlowDialogue:
    """The electrical shop's; read once."""
    shop = open_shop(ROOT / "flows" / "electrical", clock=ManualClock(MORNING))
    return FlowDialogue(ROOT / "flows" / "electrical", ROOT / "prompts" / "electrical", shop, has_model=has_model)


def setting(folder: Path, **made_with: Any) -> Setting:
    """A call to the electrical shop, with its stored prompts."""
    flow = dialogue(has_model="model" in made_with)
    return Setting(folder, dialogue=flow, stored=stored_prompts(flow.flow), **made_with)


def talk(made_with: Setting, steps: str) -> PhoneCall:
    """The call that the steps describe."""
    return place_call(made_with, parse_script("steps:\n" + steps))


def longest_silence_s(call: PhoneCall) -> float:
    """While the caller waited: from their last sound, or the agent's, to the agent's next."""
    longest_s = since_s = 0.0
    for event in call.events:
        if isinstance(event, TurnEnded):
            since_s = event.stopped_at_s
        elif isinstance(event, AgentStopped):
            since_s = event.at_s
        elif isinstance(event, AgentStarted):
            longest_s = max(longest_s, event.at_s - since_s)
    return longest_s


def downs(call: PhoneCall) -> list[tuple[str, str]]:
    """Which stages went down, and what the call went on with."""
    return [(event.stage, event.instead) for event in call.of(StageDown)]


class ForAWhile(ScriptedTranscriber):
    """Fails in the first turn and works from then on."""

    failed = False

    async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:
        """Once nothing, then as ever."""
        if not self.failed:
            self.failed = True
            self._said.clear()
            raise DOWN
        async for transcript in super().transcribe(audio, hints):
            yield transcript


class KnowsTheFixed(ScriptedSynthesizer):
    """Says what holds no number; a price is beyond it."""

    async def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """Fail for prices and orders."""
        if "rupees" in speech.text or "delivery" in speech.text:
            raise DOWN
        async for chunk in super().synthesize(speech):
            yield chunk


def test_without_a_transcriber_the_call_goes_on_by_keypad(tmp_path: Path) -> None:
    """The caller is told once, keys an order number in, and gets what they called for."""
    call = talk(
        setting(tmp_path, transcriber=FaultyEar("deaf", [DOWN])),
        '- hear\n- say: order status\n- hear\n- press: "2"\n- hear\n- press: "45127#"\n- hear\n- press: "2"\n'
        '- hear\n- press: "9"\n- wait for hang up',
    )

    assert call.said == [
        *("welcome", "main_menu", "use_keypad", "main_menu", "order number"),
        *("order_is", "text_order", "more_help", "goodbye"),
    ]
    assert downs(call) == [("stt", "keypad")]
    assert call.summary.disposition == "goodbye"


def test_a_transcriber_that_is_back_is_spoken_to_again(tmp_path: Path) -> None:
    """The turn after next needs no keys, and the summary tells from when to when nobody heard."""
    transcriber = ForAWhile(ScriptedTranscriber.Options())
    call = talk(
        setting(tmp_path, transcriber=transcriber), "- hear\n- say: price\n- hear\n- say: price\n- hear\n- hang up"
    )
    [outage] = call.summary.outages

    assert call.said[2:] == ["use_keypad", "main_menu", "product"]
    assert [event.stage for event in call.of(StageBack)] == ["stt"]
    assert (outage.stage, outage.instead) == ("stt", "keypad")
    assert outage.until_s is not None


def test_a_transcriber_that_hangs_is_one_that_failed(tmp_path: Path) -> None:
    """The caller hears that it takes a moment, again and again, and then that they are to use the keypad."""
    call = talk(
        setting(tmp_path, transcriber=FaultyEar("deaf", [60.0])),
        "- hear\n- say: price\n- silent: 27 seconds\n- hang up",
    )

    assert call.said[2:5] == ["one_moment"] * 3
    assert call.said[5:7] == ["use_keypad", "main_menu"]
    assert longest_silence_s(call) <= LONGEST_SILENCE_S


@pytest.mark.parametrize(
    "ears",
    [
        [FaultyEar("here", [60.0], interims=False, needs_network=False)],
        [FaultyEar("far", [60.0]), FaultyEar("here", [60.0], interims=False, needs_network=False)],
    ],
    ids=["alone", "after another"],
)
def test_a_chain_whose_last_recogniser_hangs_is_waited_for(tmp_path: Path, ears: list[FaultyEar]) -> None:
    """In a call as long as in the chain: the caller is asked for a moment, and then for the keypad."""
    chain = TranscriberChain(Lineup([(ear.name, ear) for ear in ears], ManualClock()))
    call = talk(setting(tmp_path, transcriber=chain), "- hear\n- say: price\n- silent: 27 seconds\n- hang up")
    waited = call.said[2 : call.said.index("use_keypad")]

    assert set(waited) == {"one_moment"}
    assert call.summary.failures == ()
    assert longest_silence_s(call) <= LONGEST_SILENCE_S


def test_a_chain_whose_only_voice_hangs_is_waited_for(tmp_path: Path) -> None:
    """Likewise: the greeting is a stored prompt then."""
    voice: tuple[str, Synthesizer] = ("mute", FaultyVoice("mute", lambda _: [60.0]))
    chain = SynthesizerChain(Lineup([voice], ManualClock()))
    call = talk(setting(tmp_path, synthesizer=chain), "- silent: 14 seconds\n- hang up")

    assert call.said == ["one_moment", "one_moment", "welcome", "main_menu"]
    assert longest_silence_s(call) <= LONGEST_SILENCE_S


def test_what_cannot_be_said_is_apologized_for_and_the_call_goes_on(tmp_path: Path) -> None:
    """A price has no stored prompt; the question after it has, and the caller is understood as ever."""
    call = talk(
        setting(tmp_path, synthesizer=KnowsTheFixed(ScriptedSynthesizer.Options())),
        "- hear\n- say: price\n- hear\n- say: ceiling fan\n- hear\n- say: no thanks\n- wait for hang up",
    )

    assert call.said == ["welcome", "main_menu", "product", "out_of_order", "more_help", "goodbye"]
    assert downs(call) == [("tts", "stored prompts")]
    assert call.summary.disposition == "goodbye"


def test_without_any_voice_the_stored_prompts_speak(tmp_path: Path) -> None:
    """Nothing is in the cache and nobody can say anything: the whole menu is heard all the same."""
    call = talk(
        setting(tmp_path, synthesizer=FaultyVoice("mute", lambda _: [DOWN])),
        "- hear\n- say: price\n- hear\n- say: ceiling fan\n- hear\n- say: no thanks\n- wait for hang up",
    )

    assert call.said == ["welcome", "main_menu", "product", "out_of_order", "more_help", "goodbye"]
    assert longest_silence_s(call) <= LONGEST_SILENCE_S


def test_a_voice_that_hangs_is_waited_for_once(tmp_path: Path) -> None:
    """Then the greeting is a stored prompt, and what follows it comes without asking the voice."""
    call = talk(setting(tmp_path, synthesizer=FaultyVoice("mute", lambda _: [60.0])), "- silent: 14 seconds\n- hang up")
    heard = [line for line in call.said if line != "one_moment"]

    assert heard == ["welcome", "main_menu"]
    assert call.said.index("welcome") > 1
    assert longest_silence_s(call) <= LONGEST_SILENCE_S


@pytest.mark.parametrize("wait_s", [1.5, 7.0])
def test_a_model_that_thinks_is_spoken_for(tmp_path: Path, wait_s: float) -> None:
    """However long it takes, the caller is never left in silence; the answer, where one comes, is heard."""
    model = FaultyModel("slow", lambda _: [wait_s, "A small one."])
    call = talk(
        setting(tmp_path, model=model),
        "- hear\n- say: can you help me choose something\n- silent: 14 seconds\n- hang up",
    )

    assert call.said[2] == "one_moment"
    assert "" in call.said  # the model's own words have no name
    assert longest_silence_s(call) <= LONGEST_SILENCE_S


def test_without_a_model_the_talk_ends_and_the_flow_goes_on(tmp_path: Path) -> None:
    """The shop's line is said in its place, and the next step comes without a word of the caller's."""
    models: list[tuple[str, LanguageModel]] = [(name, FaultyModel(name, lambda _: [DOWN])) for name in ("one", "two")]
    call = talk(
        setting(tmp_path, model=ModelChain(Lineup(models, ManualClock()))),
        "- hear\n- say: can you help me choose something\n- hear\n- say: price\n- hear\n- hang up",
    )

    assert call.said[2:] == ["cannot_say", "more_help", "product"]
    assert downs(call) == [("llm", "flow")]


def test_the_summary_names_the_model_that_answered(tmp_path: Path) -> None:
    """Not the first of the chain, which failed."""
    models: list[tuple[str, LanguageModel]] = [
        ("one", FaultyModel("one", lambda _: [DOWN])),
        ("two", FaultyModel("two", lambda _: [0.1, "A small one."])),
    ]
    call = talk(
        setting(tmp_path, model=ModelChain(Lineup(models, ManualClock()))),
        "- hear\n- say: can you help me choose something\n- hear\n- hang up",
    )
    used = [(one.provider, one.uses > 0, one.errors > 0) for one in call.summary.providers if one.stage == "llm"]
    [taken] = {(one.failed, one.took_over, one.after_ms) for one in call.summary.take_overs if one.after_ms}

    assert sorted(used) == [("one", False, True), ("two", True, False)]
    assert taken == ("one", "two", 100.0)


@pytest.mark.parametrize(
    ("voice", "steps", "said"),
    [
        (
            KnowsTheFixed(ScriptedSynthesizer.Options()),
            '- hear\n- say: order status\n- hear\n- press: "2"\n- hear\n- press: "45127#"\n- wait for hang up',
            ["use_keypad", "main_menu", "order number"],
        ),
        (FaultyVoice("mute", lambda _: [DOWN]), "- hear\n- say: order status\n- wait for hang up", []),
    ],
    ids=["the voice fails last", "the recogniser fails last"],
)
def test_where_nothing_works_a_person_is_rung(tmp_path: Path, voice: Synthesizer, steps: str, said: list[str]) -> None:
    """Neither heard nor told anything, the caller hears an apology and is handed over; the call ends politely."""
    call = talk(setting(tmp_path, transcriber=FaultyEar("deaf", [DOWN]), synthesizer=voice), steps)

    assert call.said[2:] == [*said, "out_of_order", "connecting"]
    assert [event.people for event in call.of(CallTransferred)] == [("counter", "owner")]
    assert call.summary.failures == ()
    assert longest_silence_s(call) <= LONGEST_SILENCE_S


def test_nobody_at_the_shop_leaves_a_message_by_keypad(tmp_path: Path) -> None:
    """At night the same caller is offered a message, leaves it, and is said goodbye to."""
    made_with = replace(
        setting(tmp_path, transcriber=FaultyEar("deaf", [DOWN]), synthesizer=FaultyVoice("mute", lambda _: [DOWN])),
        began=MORNING.replace(hour=22),
    )
    call = talk(
        made_with,
        '- hear\n- say: order status\n- hear\n- press: "2"\n- hear\n'
        '- say: please call me back about my order\n- press: "#"\n- hear\n- press: "9"\n- wait for hang up',
    )

    assert call.said[3:] == ["out_of_order", "leave_word", "message", "beep", "message_taken", "more_help", "goodbye"]
    assert [event.seconds > 1 for event in call.of(MessageLeft)] == [True]
    assert (call.summary.disposition, call.summary.ended_by) == ("goodbye", "agent")


@pytest.mark.unmeasured
@pytest.mark.parametrize("how", ["fail", "hang"])
def test_all_callers_hear_somebody_while_every_provider_is_down(tmp_path: Path, how: str) -> None:
    """Fifty at a time, each within two seconds, from a cache that is empty."""
    script = [DOWN] if how == "fail" else [60.0]
    voice, ear = FaultyVoice("mute", lambda _: script), FaultyEar("deaf", script)
    made_with = setting(tmp_path, synthesizer=voice, model=FaultyModel("dumb", lambda _: [DOWN]))

    async def calls() -> list[float]:
        clock = VirtualClock(asyncio.get_running_loop(), MORNING)
        heartbeat = Heartbeat(clock)
        heartbeat.start()
        services = make_services(made_with, ear, clock, heartbeat)

        async def one() -> float:
            leg, line = loopback(CALLER)
            events: list[Event] = []
            call = asyncio.create_task(run_call(leg, services, [events.append]))
            heard_s = [at * 0.02 for at in range(150) if any(await line.exchange(SILENCE) or b"")]
            await line.hang_up()
            await call
            return min(heard_s, default=float("inf"))

        heard_s = await asyncio.gather(*(one() for _ in range(CALLERS)))
        await heartbeat.stop()
        await services.synthesizer.aclose()
        return heard_s

    heard_s = run(calls())

    assert len(heard_s) == CALLERS
    assert max(heard_s) <= FIRST_WORD_S


class EarUntil(ScriptedTranscriber):
    """Works until a second of the call."""

    until_s = 0.0

    async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:
        """As ever, and then no more."""
        if asyncio.get_running_loop().time() >= self.until_s:
            raise DOWN
        async for transcript in super().transcribe(audio, hints):
            yield transcript


class VoiceUntil(ScriptedSynthesizer):
    """Likewise."""

    until_s = 0.0

    async def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """As ever, and then no more."""
        if asyncio.get_running_loop().time() >= self.until_s:
            raise DOWN
        async for chunk in super().synthesize(speech):
            yield chunk


@pytest.mark.parametrize("at_s", [5.0, 14.5, 33.0])
def test_the_demo_shows_the_whole_ladder_whenever_everything_breaks(tmp_path: Path, at_s: float) -> None:
    """At whatever second: keypad, stored apology, and a person, with nothing in the script that is out of place."""
    ear, voice = EarUntil(ScriptedTranscriber.Options()), VoiceUntil(ScriptedSynthesizer.Options())
    ear.until_s = voice.until_s = at_s
    script = load_script(ROOT / "callagent" / "simulator" / "scripts" / "break_all.en.yaml")
    call = place_call(setting(tmp_path, transcriber=ear, synthesizer=voice), script)

    assert set(downs(call)) == {("stt", "keypad"), ("tts", "stored prompts")}
    assert "out_of_order" in call.said
    assert call.of(CallTransferred)
    assert call.report is not None
    assert call.report.problem == ""
