"""Prompts that are made while the caller speaks: which they are, and what the caller gains; virtual time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from support.faulty import FaultyVoice
from support.phone_call import MORNING, ROOT, PhoneCall, Setting, place_call

from callagent.call.ahead import LATE_S, MOST, PromptsAhead, likely
from callagent.clock import ManualClock
from callagent.dialogue.actions import CallBegan, CallerKeyed, Listen
from callagent.errors import ProviderUnavailableError
from callagent.events import SpeechReady
from callagent.flow_dialogue import FlowDialogue
from callagent.knowledge.shop import open_shop
from callagent.simulator.script import parse_script
from callagent.simulator.virtual_time import run
from callagent.tts.cache import CachedSynthesizer
from callagent.tts.scripted import ScriptedSynthesizer
from callagent.tts.synthesizer import Speech

STEPS = "- hear\n- say: price\n- hear\n- say: ceiling fan\n- hear\n- hang up"


@dataclass
class Watch:
    """As much of a heartbeat as is asked."""

    lag_s: float = 0.0


@dataclass
class Kept:
    """A cache that has one prompt, and makes the others; nobody knows how to make what is called "no"."""

    made: list[str] = field(default_factory=list)

    def is_cached(self, speech: Speech) -> bool:
        """Only the greeting."""
        return speech.text == "welcome"

    async def prepare(self, speeches: Sequence[Speech]) -> int:
        """Make them."""
        self.made += [speech.text for speech in speeches]
        return sum(speech.text != "no" for speech in speeches)


def made(*texts: str, lag_s: float = 0.0) -> list[str]:
    """What is made of these."""
    kept = Kept()
    prepare(kept, texts, lag_s=lag_s)
    return kept.made


def prepare(voice: CachedSynthesizer | Kept, *questions: Sequence[str], lag_s: float = 0.0) -> None:
    """Several calls come to questions at the same time, after each of which these may be said."""

    async def scenario() -> None:
        ahead = PromptsAhead(cast("Any", voice), cast("Any", Watch(lag_s)))
        for texts in questions:
            ahead.prepare([Speech(text) for text in texts])
        await asyncio.sleep(1.0)
        await ahead.aclose()

    run(scenario())


def talk(folder: Path, *, prepares: bool) -> list[SpeechReady]:
    """When the first sound of each answer was there; a slow voice, and nothing in the cache."""
    voice = ScriptedSynthesizer(ScriptedSynthesizer.Options(first_audio_ms=400.0))
    call: PhoneCall = place_call(
        Setting(folder, synthesizer=voice, prepares=prepares), parse_script("steps:\n" + STEPS)
    )
    return call.of(SpeechReady)


def test_the_next_prompt_is_there_when_it_is_needed(tmp_path: Path) -> None:
    """A question that follows the menu was made while the caller said what they want; a price has to be spoken anew."""
    ready = [event.cached for event in talk(tmp_path / "ahead", prepares=True)]
    not_ready = [event.cached for event in talk(tmp_path / "not", prepares=False)]

    assert ready == [False, True, False]
    assert not_ready == [False, False, False]


def test_all_that_may_follow_a_menu_is_known() -> None:
    """The menu asked again, and what each key leads to; nothing that holds a value, and nothing happens."""
    shop = open_shop(ROOT / "flows" / "electrical", clock=ManualClock(MORNING))
    dialogue = FlowDialogue(ROOT / "flows" / "electrical", ROOT / "prompts" / "electrical", shop)
    began = dialogue.begin(CallBegan(MORNING))
    listen = began.actions[-1]
    assert isinstance(listen, Listen)
    prompts = list(likely(dialogue, began.state, listen, MORNING))
    price = dialogue.advance(began.state, CallerKeyed("1"), MORNING)

    assert prompts[0][0].line == "main_menu"
    assert {"product", "order number", "goodbye", "connecting"} <= {say.line for say, _ in prompts}
    assert all(say.fixed and language == "en" for say, language in prompts)
    assert dialogue.advance(began.state, CallerKeyed("1"), MORNING) == price


def test_only_what_is_missing_is_made() -> None:
    """Once each, and no more than a few at one question."""
    assert made("welcome", "menu", "menu", "bye") == ["menu", "bye"]
    assert len(made(*map(str, range(MOST + 5)))) == MOST


def test_a_process_that_is_late_makes_nothing() -> None:
    """Whoever speaks now comes first."""
    assert made("menu", lag_s=2 * LATE_S) == []


def test_a_voice_that_fails_is_not_asked_again() -> None:
    """What it was not able to make is left for the call that needs it."""
    assert made("menu", "no", "bye") == ["menu", "no"]


def test_one_prompt_is_made_at_a_time(tmp_path: Path) -> None:
    """Another call's prompts are not made meanwhile: its next question is the next chance."""
    voice = FaultyVoice("slow", lambda _: [0.02, b"\0\0"])
    prepare(CachedSynthesizer(voice, tmp_path), ["one"], ["two"])

    assert voice.asked == ["one"]


def test_a_provider_that_is_down_is_nobodys_trouble(tmp_path: Path) -> None:
    """The call that asked goes on and hears of nothing."""
    voice = FaultyVoice("down", lambda _: [ProviderUnavailableError("down", "is down")])
    prepare(CachedSynthesizer(voice, tmp_path), ["one", "two"])

    assert voice.asked == ["one"]
