"""espeak-ng: voices, words, times, and text that must not command it."""

import asyncio
import random
from threading import current_thread

import numpy as np
import pytest
from support.loudness import speech_level

from callagent.errors import ConfigurationError, ProviderRejectedError, ProviderUnavailableError
from callagent.media.audio import SAMPLE_RATE, duration_s
from callagent.tts import espeak, espeak_library
from callagent.tts.espeak import EspeakSynthesizer, find_voice
from callagent.tts.espeak_library import EspeakFailure, EspeakLibrary, Rendering
from callagent.tts.synthesizer import Speech, SpeechChunk


async def spoken(text: str, language: str = "en", voice: str = "", rate: float = 1.0) -> SpeechChunk:
    """What is made of a text; an empty chunk for nothing."""
    synthesizer = EspeakSynthesizer(EspeakSynthesizer.Options())
    chunks = [chunk async for chunk in synthesizer.synthesize(Speech(text, language, voice, rate))]
    return chunks[0] if chunks else SpeechChunk(b"")


def times(chunk: SpeechChunk) -> dict[str, float]:
    """When each word begins."""
    return {word.text: word.at_s for word in chunk.words}


def alike(one: SpeechChunk, other: SpeechChunk) -> bool:
    """Whether the same was said: the voice flutters, so the length and the words tell, not the samples."""
    same_length = abs(duration_s(one.pcm) - duration_s(other.pcm)) < 0.01
    return same_length and all(
        abs(ours.at_s - theirs.at_s) < 0.01 for ours, theirs in zip(one.words, other.words, strict=True)
    )


def power(pcm: bytes, at_s: float, for_s: float) -> float:
    """RMS of a stretch."""
    audio = np.frombuffer(pcm, "<i2").astype(float)[round(at_s * SAMPLE_RATE) : round((at_s + for_s) * SAMPLE_RATE)]
    return float(np.sqrt((audio**2).mean()))


async def test_words_begin_where_the_audio_says() -> None:
    """After each full stop there is a pause, and the next word's time is at its end."""
    chunk = await spoken("Welcome. Today, the price. Thanks. Goodbye.")
    loud = power(chunk.pcm, 0, duration_s(chunk.pcm))

    for word in ("Today,", "Thanks.", "Goodbye."):
        at_s = times(chunk)[word]
        assert power(chunk.pcm, at_s - 0.1, 0.06) < loud / 50
        assert power(chunk.pcm, at_s, 0.2) > loud / 10


async def test_a_number_is_one_word_however_many_it_takes() -> None:
    """As "1,249": it begins once, and the word after it when it has been said."""
    told = times(await spoken("It costs 1,249 rupees"))

    assert list(told) == ["It", "costs", "1,249", "rupees"]
    assert told["rupees"] - told["1,249"] > 1.0


async def test_words_that_run_together_each_get_a_time() -> None:
    """Espeak says "of the" as one; the second gets its share."""
    told = times(await spoken("One of the fans - it is here"))

    assert told["of"] < told["the"] < told["fans"]
    assert list(told.values()) == sorted(told.values())


async def test_every_voice_is_equally_loud_and_trimmed() -> None:
    """20 dB under full scale, with no more than a breath of silence around it."""
    for voice in ("en-gb", "en-us+f3", "hi", "en-029+m3"):
        chunk = await spoken("Hello, the shop is open.", voice=voice)

        assert speech_level(chunk.pcm) == pytest.approx(-20, abs=0.5)
        assert power(chunk.pcm, 0.02, 0.08) > 100
        assert power(chunk.pcm, duration_s(chunk.pcm) - 0.12, 0.1) > 20
        assert 32767 not in np.abs(np.frombuffer(chunk.pcm, "<i2").astype(int))


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("en-gb", "gmw/en"),
        ("EN-US", "gmw/en-US"),
        ("English (Great Britain)", "gmw/en"),
        ("gmw/en-us", "gmw/en-US"),
        ("en", "gmw/en"),
        ("hindi", "inc/hi"),
        ("en-us+f3", "gmw/en-US+f3"),
        ("Hindi+female3", "inc/hi+f3"),
        ("en-gb+Mr_Serious", "gmw/en+Mr serious"),
    ],
)
def test_voices_go_by_name_tag_or_identifier(name: str, identifier: str) -> None:
    """In any case, and with a variant."""
    assert find_voice(name) == identifier


@pytest.mark.parametrize(
    ("voice", "problem"),
    [
        ("en-ind", "'en-ind' is no voice of espeak-ng; the nearest is 'en-"),
        ("hindu", "'hindu' is no voice of espeak-ng; the nearest is 'hindi'"),
        ("q#", "'q#' is no voice of espeak-ng; such as "),
        ("en-us+f33", "'f33' is no variant of a voice of espeak-ng; the nearest is 'f3'"),
    ],
)
async def test_an_unknown_voice_is_refused_with_the_nearest(voice: str, problem: str) -> None:
    """Another try would not help."""
    with pytest.raises(ProviderRejectedError) as caught:
        await spoken("hello", voice=voice)
    assert problem in str(caught.value)
    assert not caught.value.retryable


async def test_languages_choose_the_voice() -> None:
    """A region is left off, and languages that nobody set are espeak's own."""
    synthesizer = EspeakSynthesizer(EspeakSynthesizer.Options())

    assert [synthesizer._voice(Speech("hello", tag)) for tag in ("en", "en-IN", "hi-IN", "hinglish", "de")] == [
        "gmw/en",
        "gmw/en",
        "inc/hi",
        "inc/hi",
        "gmw/de",
    ]
    with pytest.raises(ProviderRejectedError, match="'tlh-nowhere' is no voice"):
        await spoken("hello", "tlh-nowhere")


def test_voices_may_be_set_by_language() -> None:
    """The shop's choice comes before ours; the language stays the same for the rest."""
    synthesizer = EspeakSynthesizer(EspeakSynthesizer.Options(voices={"en": "en-us+f3"}))

    assert synthesizer._voice(Speech("hello", "en-IN")) == "gmw/en-US+f3"
    assert synthesizer._voice(Speech("hello", "hi")) == "inc/hi"
    assert synthesizer.info.languages == ("en", "hi", "hinglish")


async def test_hindi_is_spoken_from_its_own_script() -> None:
    """With a time for every word."""
    chunk = await spoken("नमस्ते, आप कैसे हैं?", "hi")

    assert [word.text for word in chunk.words] == ["नमस्ते,", "आप", "कैसे", "हैं?"]
    assert duration_s(chunk.pcm) > 1.0


async def test_hinglish_is_heard_as_hindi_with_english_words() -> None:
    """Hindi in Latin letters sounds as in its own script; what was heard is told as it was written."""
    latin = await spoken("Kya aapko ceiling fan chahiye?", "hinglish")
    mixed = await spoken("क्या आपको ceiling fan चाहिए?", "hi")

    assert alike(latin, mixed)
    assert [word.text for word in latin.words] == ["Kya", "aapko", "ceiling", "fan", "chahiye?"]


@pytest.mark.parametrize(
    ("commanding", "plain"),
    [
        ("a \x0150S\x01 b", "a 50S b"),
        ("a [[h@'loU]] b", "a h@'loU b"),
        ("a <break time='9s'/> b", "a b"),
        ("<speak>a <voice name='de'>b</voice></speak>", "a b"),
        ("a\x00 b\x1b\x7f", "a b"),
        ("a\ud800\u202e\ufeff b", "a b"),
    ],
)
async def test_text_cannot_command_the_engine(commanding: str, plain: str) -> None:
    """Control characters, phonemes and markup are taken out or spoken, never obeyed."""
    assert alike(await spoken(commanding), await spoken(plain))


async def test_no_text_brings_it_down() -> None:
    """Odd letters from all of Unicode: every word gets a time within the audio."""
    dice = random.Random(5)  # noqa: S311 - made-up text, no secret
    for _ in range(40):
        text = "".join(
            chr(dice.choice((32, 33, 91, 0x60, 0x7F, 0x915, 0x1F600)) + dice.randrange(60)) for _ in range(60)
        )
        chunk = await spoken(text)
        at = [word.at_s for word in chunk.words]

        assert at == sorted(at)
        assert not at or at[-1] <= duration_s(chunk.pcm) + 0.05


@pytest.mark.parametrize("text", ["...", "!?", "\x01\x02", "<br/>", "-"])
async def test_a_text_without_a_word_is_silence(text: str) -> None:
    """No chunk at all."""
    assert await spoken(text) == SpeechChunk(b"")


async def test_a_text_beyond_all_measure_is_refused() -> None:
    """It would keep the other calls waiting."""
    with pytest.raises(ProviderRejectedError, match="more than 2000 characters"):
        await spoken("word " * 2000)


async def test_endless_audio_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short text can be long in the mouth: the engine is told to stop."""
    monkeypatch.setattr(espeak_library, "LONGEST_S", 1)

    assert duration_s((await spoken("9" * 300)).pcm) < 2.5


async def test_a_rate_is_kept_within_what_the_engine_can_do() -> None:
    """Absurd rates are its slowest and fastest."""
    assert alike(await spoken("hello", rate=100.0), await spoken("hello", rate=10.0))
    with pytest.raises(ConfigurationError, match="words_per_minute is 20; give 80 to 450"):
        EspeakSynthesizer.Options(words_per_minute=20)


async def test_the_library_is_used_in_one_thread_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever number of calls speak, and never in the thread of the event loop."""
    seen: list[str] = []
    speak = EspeakLibrary.speak

    def watched(self: EspeakLibrary, text: str, voice: str, words_per_minute: int) -> Rendering:
        seen.append(current_thread().name)
        return speak(self, text, voice, words_per_minute)

    monkeypatch.setattr(EspeakLibrary, "speak", watched)
    await asyncio.gather(*(spoken("hello") for _ in range(10)))

    assert seen == ["espeak_0"] * 10


async def test_an_engine_that_fails_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next provider may take over."""

    def broken() -> None:
        raise EspeakFailure("cannot be loaded")

    monkeypatch.setattr(espeak, "_library", broken)
    with pytest.raises(ProviderUnavailableError, match="espeak: espeak-ng cannot be loaded"):
        await spoken("hello", voice="gmw/en")
