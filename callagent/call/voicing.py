"""How a line comes to be sound: from the cache as far as it is there, and the rest as it is spoken."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from callagent.call.services import Services
from callagent.dialogue.actions import Say
from callagent.media.audio import duration_s, silence
from callagent.tts.synthesizer import SpeechChunk, SpokenWord

COMMA_S: Final = 0.15
SENTENCE_S: Final = 0.3
"""What a voice that is spliced pauses for within a text, and has cut off at the end of one."""
_BREATHS: Final = (",", ";", ":")


def voiced(services: Services, say: Say, language: str) -> tuple[AsyncGenerator[SpeechChunk, None], bool]:
    """The sound of a line, which raises ProviderError, and whether it comes without synthesis.

    What every caller hears first of a line with values is played from the cache while the rest is made. Whole sentences
    may be joined so in any voice, parts of a sentence only in one that can be spliced.
    """
    voice = services.synthesizer
    speech = services.speech(say, language)
    if say.fixed:
        return voice.fixed(speech), voice.is_cached(speech)
    made = voice.common if say.told_everybody else voice.synthesize
    if say.told_everybody and voice.is_remembered(speech):
        return made(speech), True
    begun = say.lead if voice.info.splices else say.opening
    beginning = replace(speech, text=begun)
    rest = replace(speech, text=say.text.removeprefix(begun).strip())
    if begun and rest.text and voice.is_cached(beginning):
        pause_s = 0.0 if not voice.info.splices else COMMA_S if begun.endswith(_BREATHS) else SENTENCE_S
        return _one_after_the_other(voice.fixed(beginning), pause_s, made(rest)), False
    return made(speech), False


async def _one_after_the_other(
    first: AsyncGenerator[SpeechChunk, None], pause_s: float, then: AsyncGenerator[SpeechChunk, None]
) -> AsyncGenerator[SpeechChunk, None]:
    spoken_s = 0.0
    async with aclosing(first) as chunks:
        async for chunk in chunks:
            spoken_s += duration_s(chunk.pcm)
            yield chunk
    if pause_s:
        spoken_s += pause_s
        yield SpeechChunk(silence(pause_s))
    async with aclosing(then) as chunks:
        async for chunk in chunks:
            words = tuple(SpokenWord(word.text, spoken_s + word.at_s) for word in chunk.words)
            yield replace(chunk, words=words)
