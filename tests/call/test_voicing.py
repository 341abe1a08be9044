"""How lines with values come to be sound: what is heard at once, and what nobody keeps; virtual time."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest
from support.phone_call import PhoneCall, Setting, place_call

from callagent.call.voicing import COMMA_S, voiced
from callagent.dialogue.actions import Say
from callagent.events import SpeechReady
from callagent.simulator.script import parse_script
from callagent.simulator.virtual_time import run
from callagent.tts.cache import CachedSynthesizer
from callagent.tts.scripted import ScriptedSynthesizer
from callagent.tts.synthesizer import Speech, SpeechChunk, SynthesizerInfo

FIRST_S = 0.4
SPACE_S = 1 / 15
SAID = Say(
    "over",
    "Thank you. I am sorry, your fan has no warranty.",
    fixed=False,
    opening="Thank you.",
    lead="Thank you. I am sorry,",
)
PRICE = Say("price_is", "The fan costs 1,450 rupees.", fixed=False, told_everybody=True)


class Slow(ScriptedSynthesizer):
    """Sounds after 0.4 s; splices or does not."""

    def __init__(self, *, splices: bool = True) -> None:
        super().__init__(self.Options(first_audio_ms=FIRST_S * 1000))
        self.splices = splices

    @property
    def info(self) -> SynthesizerInfo:
        """As it was made."""
        return replace(super().info, splices=self.splices)


@dataclass
class Desk:
    """As much of a call's services as is asked."""

    synthesizer: CachedSynthesizer

    def speech(self, say: Say, language: str) -> Speech:
        """In the usual voice."""
        return Speech(say.text, language)


@dataclass
class Spoken:
    """A line that was spoken."""

    first_s: float
    chunks: list[SpeechChunk]
    cached: bool

    @property
    def words(self) -> list[tuple[str, float]]:
        """The words, and when each begins."""
        return [(word.text, word.at_s) for chunk in self.chunks for word in chunk.words]


def speak(folder: Path, *lines: Say, splices: bool = True, ready: tuple[str, ...] = ()) -> list[Spoken]:
    """Speak lines one after the other, when these beginnings are in the cache."""

    async def scenario() -> list[Spoken]:
        voice = CachedSynthesizer(Slow(splices=splices), folder)
        await voice.prepare([Speech(text) for text in ready])
        spoken = [await _speak(voice, say) for say in lines]
        await voice.aclose()
        return spoken

    return run(scenario())


async def _speak(voice: CachedSynthesizer, say: Say) -> Spoken:
    now = asyncio.get_running_loop().time
    began_s, first_s = now(), 0.0
    chunks: list[SpeechChunk] = []
    sound, cached = voiced(cast("Any", Desk(voice)), say, "en")
    async with aclosing(sound) as stream:
        async for chunk in stream:
            first_s = first_s if chunks else now() - began_s
            chunks.append(chunk)
    return Spoken(first_s, chunks, cached)


@pytest.mark.parametrize("splices", [True, False])
def test_the_beginning_is_heard_at_once(tmp_path: Path, *, splices: bool) -> None:
    """From the cache instead of 0.4 s later: up to a comma where the voice allows, else up to the end of a sentence."""
    [spoken] = speak(tmp_path, SAID, splices=splices, ready=(SAID.lead if splices else SAID.opening,))

    assert spoken.first_s == pytest.approx(0.0, abs=0.01)
    assert not spoken.cached


def test_a_voice_that_does_not_splice_is_not_cut_at_a_comma(tmp_path: Path) -> None:
    """Though the clause is there, the line is spoken in one."""
    [spoken] = speak(tmp_path, SAID, splices=False, ready=(SAID.lead,))

    assert spoken.first_s == pytest.approx(FIRST_S, abs=0.01)


def test_the_parts_are_the_line(tmp_path: Path) -> None:
    """No word is missing or doubled, and each begins where it is heard: those behind the comma after a breath."""
    [parts] = speak(tmp_path / "parts", SAID, ready=(SAID.lead,))
    [whole] = speak(tmp_path / "whole", SAID)

    assert [text for text, _ in parts.words] == SAID.text.split()
    later = [part_s - whole_s for (_, part_s), (_, whole_s) in zip(parts.words, whole.words, strict=True)]
    assert later == pytest.approx(5 * [0.0] + 5 * [COMMA_S - SPACE_S], abs=0.001)


def test_what_the_shop_tells_everybody_is_made_once(tmp_path: Path) -> None:
    """The second caller who asks for the price hears it at once; on disk there is nothing."""
    first, second = speak(tmp_path, PRICE, PRICE)

    assert [first.first_s, second.first_s] == pytest.approx([FIRST_S, 0.0], abs=0.01)
    assert [first.cached, second.cached] == [False, True]
    assert b"".join(chunk.pcm for chunk in first.chunks) == b"".join(chunk.pcm for chunk in second.chunks)
    assert list(tmp_path.iterdir()) == []


def test_what_is_a_callers_own_is_kept_nowhere(tmp_path: Path) -> None:
    """However often it is said."""
    own = replace(PRICE, told_everybody=False)
    first, second = speak(tmp_path, own, own)

    assert first.first_s == second.first_s == pytest.approx(FIRST_S, abs=0.01)
    assert not second.cached


def test_a_price_that_was_told_is_told_again_at_once(tmp_path: Path) -> None:
    """In a whole call: the same question a second time, and the answer needs no voice."""
    steps = 2 * "- hear\n- say: price\n- hear\n- say: ceiling fan\n" + "- hear\n- hang up"
    call: PhoneCall = place_call(Setting(tmp_path, synthesizer=Slow()), parse_script("steps:\n" + steps))
    prices = [event.cached for event in call.of(SpeechReady) if event.turn in (2, 4)]

    assert prices == [False, True]
