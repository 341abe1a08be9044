"""ElevenLabs' voices through the real library, against a server of its protocol that fails to order."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from support.elevenlabs_server import KEY, ElevenLabsServer
from support.loudness import speech_level
from support.spoken import TEXT, speak
from support.vendors import (
    SOON_S,
    WAIT_S,
    Fault,
    Kind,
    closed_port,
    deaf_port,
    mute_port,
    no_names,
    nothing_left_behind,
)

from callagent.errors import (
    ConfigurationError,
    ProviderDeniedError,
    ProviderError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from callagent.resilience.incidents import Connected, Incident, reporting
from callagent.tts.elevenlabs import GEORGE, ElevenLabsOptions, ElevenLabsSynthesizer
from callagent.tts.synthesizer import Speech


@pytest.fixture
async def server() -> AsyncIterator[ElevenLabsServer]:
    """On loopback."""
    server = ElevenLabsServer()
    async with server.running():
        yield server


@pytest.fixture
async def voice(server: ElevenLabsServer) -> AsyncIterator[ElevenLabsSynthesizer]:
    """Impatient."""
    voice = make(server.url)
    yield voice
    await voice.aclose()


def make(url: str, **options: object) -> ElevenLabsSynthesizer:
    """With these options over those of the tests."""
    given = {"api_key": KEY, "base_url": url, "connect_s": WAIT_S, "stall_s": WAIT_S} | options
    return ElevenLabsSynthesizer(ElevenLabsOptions(**given))  # type: ignore[arg-type]


async def test_a_sentence_is_spoken_as_the_service_sends_it(
    server: ElevenLabsServer, voice: ElevenLabsSynthesizer
) -> None:
    """In pieces, each with its words, on the connection that was opened before."""
    await voice.warm_up()
    spoken = [await speak(voice) for _ in range(3)]

    assert [one.words for one in spoken] == [TEXT.split()] * 3
    assert len(spoken[0].chunks) > 10
    assert speech_level(spoken[0].pcm) == pytest.approx(-20, abs=1)
    assert server.asked[0] == {
        "text": TEXT,
        "voice": GEORGE,
        "model_id": "eleven_flash_v2_5",
        "language_code": "en",
        "format": "pcm_8000",
    }
    assert len(server.connections) == 1


async def test_a_call_hears_whether_there_was_an_open_connection(
    server: ElevenLabsServer, voice: ElevenLabsSynthesizer
) -> None:
    """After the warm-up there is one; one that the service has closed meanwhile is noticed before it is used."""
    await voice.warm_up()
    told: list[Incident] = []
    with reporting(told.append):
        await speak(voice)
        await server.close_idle()
        spoken = await speak(voice)

    assert spoken.error is None
    assert told == [Connected("tts", "elevenlabs", ready=True), Connected("tts", "elevenlabs", ready=False)]


@pytest.mark.parametrize("output_format", ["pcm_8000", "pcm_16000", "pcm_24000", "ulaw_8000"])
async def test_every_format_becomes_telephone_audio(server: ElevenLabsServer, output_format: str) -> None:
    """Of the same length and loudness."""
    voice = make(server.url, output_format=output_format)
    spoken = await speak(voice)
    await voice.aclose()

    assert spoken.words == TEXT.split()
    assert spoken.seconds == pytest.approx(2.67, abs=0.02)
    assert speech_level(spoken.pcm) == pytest.approx(-20, abs=1)


@pytest.mark.parametrize(
    ("language", "text", "voice_id", "code", "sent"),
    [
        ("hi", "नमस्ते", "asha", "hi", "नमस्ते"),
        ("en-IN", "hello", "ravi", "en", "hello"),
        ("hinglish", "aapka naam kya hai", GEORGE, "hi", "आपका नाम क्या है"),
        ("de", "hallo", "ravi", None, "hallo"),
    ],
)
async def test_each_language_has_its_voice(
    server: ElevenLabsServer, language: str, text: str, voice_id: str, code: str | None, sent: str
) -> None:
    """Hinglish goes out in its own script, and is told of as it was written; the voices speak any other language."""
    voice = make(server.url, voices={"en": "ravi", "hi": "asha"})
    spoken = await speak(voice, Speech(text, language))
    await voice.aclose()

    asked = server.asked[0]
    assert (asked["voice"], asked.get("language_code"), asked["text"]) == (voice_id, code, sent)
    assert spoken.words == text.split()


async def test_a_model_that_takes_no_language_is_told_none(server: ElevenLabsServer) -> None:
    """It would refuse the request."""
    voice = make(server.url, model="eleven_multilingual_v2")
    await speak(voice, Speech("नमस्ते", "hi"))
    await voice.aclose()

    assert "language_code" not in server.asked[0]


@pytest.mark.parametrize(("rate", "sent"), [(1.1, 1.1), (0.5, 0.7), (3.0, 1.2)])
async def test_the_rate_is_asked_for(
    server: ElevenLabsServer, voice: ElevenLabsSynthesizer, rate: float, sent: float
) -> None:
    """Within what the service can do."""
    await speak(voice, Speech("Hello", rate=rate))

    assert server.asked[0]["voice_settings"] == {"speed": sent}


async def test_a_voice_may_be_brought_to_the_others_level(server: ElevenLabsServer) -> None:
    """In decibels."""
    voice = make(server.url, gain_db=-6.0)
    spoken = await speak(voice)
    await voice.aclose()

    assert speech_level(spoken.pcm) == pytest.approx(-26, abs=1)


async def test_without_times_the_words_are_spread(server: ElevenLabsServer, voice: ElevenLabsSynthesizer) -> None:
    """Some models give none."""
    server.aligned = False
    spoken = await speak(voice)

    assert spoken.error is None
    assert spoken.words == TEXT.split()


@pytest.mark.parametrize(
    ("kind", "error", "heard"),
    [
        ("hang", ProviderTimeoutError, False),
        ("stop reading", ProviderTimeoutError, False),
        ("hang later", ProviderTimeoutError, True),
        ("drop", ProviderUnavailableError, True),
        ("garbage", ProviderUnavailableError, False),
        ("noise", ProviderUnavailableError, False),
        ("wrong schema", ProviderUnavailableError, False),
        ("wrong rate", ProviderUnavailableError, True),
        ("nothing", ProviderUnavailableError, False),
        ("huge", ProviderUnavailableError, False),
    ],
)
async def test_a_fault_ends_soon_in_an_error_and_leaves_nothing(
    server: ElevenLabsServer, voice: ElevenLabsSynthesizer, kind: Kind, error: type[ProviderError], *, heard: bool
) -> None:
    """And the next sentence is spoken."""
    server.script.append(Fault(kind))
    async with nothing_left_behind(server):
        spoken = await speak(voice)
        await voice.aclose()

    assert type(spoken.error) is error
    assert bool(spoken.chunks) == heard
    assert spoken.took_s < SOON_S
    assert (await speak(voice)).words == TEXT.split()


async def test_a_wrong_rate_is_noticed_in_the_first_second(
    server: ElevenLabsServer, voice: ElevenLabsSynthesizer
) -> None:
    """The audio runs away from the times of its characters."""
    server.script.append(Fault("wrong rate"))

    assert (await speak(voice)).seconds < 1.0


async def test_what_has_all_been_said_needs_no_goodbye(server: ElevenLabsServer) -> None:
    """The answer never ends, and nobody waits for it."""
    voice = make(server.url, stall_s=60)
    server.script.append(Fault("no goodbye"))
    async with nothing_left_behind(server):
        spoken = await speak(voice)
        await voice.aclose()

    assert spoken.error is None
    assert spoken.words == TEXT.split()
    assert spoken.took_s < SOON_S


@pytest.mark.parametrize(
    ("status", "headers", "error", "retry_after_s"),
    [
        (429, {"Retry-After": "7"}, ProviderUnavailableError, 7.0),
        (429, {"Retry-After": "Sat, 01 Jan 2000 00:00:00 GMT"}, ProviderUnavailableError, 0.0),
        (500, {}, ProviderUnavailableError, None),
        (503, {"Retry-After": "soon"}, ProviderUnavailableError, None),
        (401, {}, ProviderDeniedError, None),
        (402, {}, ProviderDeniedError, None),
        (403, {}, ProviderDeniedError, None),
        (404, {}, ProviderRejectedError, None),
        (422, {}, ProviderRejectedError, None),
    ],
)
async def test_a_refusal_says_whose_fault_it_is(
    server: ElevenLabsServer,
    voice: ElevenLabsSynthesizer,
    status: int,
    headers: dict[str, str],
    error: type[ProviderError],
    retry_after_s: float | None,
) -> None:
    """And how long to stay away; the library does not try again by itself."""
    server.script.append(Fault("status", status, headers))
    async with nothing_left_behind(server):
        spoken = await speak(voice)
        await voice.aclose()

    assert spoken.error is not None
    assert (type(spoken.error), spoken.error.retry_after_s) == (error, retry_after_s)
    assert server.requests == 1
    assert (await speak(voice)).words == TEXT.split()


async def test_a_key_is_never_shown(server: ElevenLabsServer, caplog: pytest.LogCaptureFixture) -> None:
    """Neither where it is held, nor in an error and what led to it, nor in a log."""
    secret = "sk_canary_canary_canary"
    options = ElevenLabsOptions(api_key=secret, base_url=server.url)
    voice = ElevenLabsSynthesizer(options)
    with caplog.at_level(logging.DEBUG):
        spoken = await speak(voice)
    await voice.aclose()

    assert isinstance(spoken.error, ProviderDeniedError)
    assert "ELEVENLABS_API_KEY" in str(spoken.error)
    shown = "".join(traceback.format_exception(spoken.error)) + repr(options) + repr(voice) + caplog.text
    assert secret not in shown
    assert "Welcome" not in caplog.text


async def test_nobody_there_is_known_at_once(server: ElevenLabsServer) -> None:
    """A refused connection, when warming up and when speaking."""
    voice = make(f"http://127.0.0.1:{closed_port()}")
    with pytest.raises(ProviderUnavailableError):
        await voice.warm_up()
    async with nothing_left_behind(server):
        spoken = await speak(voice)
    await voice.aclose()

    assert type(spoken.error) is ProviderUnavailableError
    assert spoken.took_s < SOON_S


async def test_connecting_is_not_waited_for_long(server: ElevenLabsServer) -> None:
    """A host that does not answer, to a voice that would wait long for an answer."""
    with deaf_port() as port:
        voice = make(f"http://127.0.0.1:{port}", stall_s=60)
        with pytest.raises(ProviderTimeoutError):
            await voice.warm_up()
        async with nothing_left_behind(server):
            spoken = await speak(voice)
        await voice.aclose()

    assert type(spoken.error) is ProviderTimeoutError
    assert spoken.took_s < SOON_S


async def test_a_handshake_is_not_waited_for_long() -> None:
    """A host that takes the connection and then says nothing."""
    async with mute_port() as port:
        voice = make(f"https://127.0.0.1:{port}", stall_s=60)
        spoken = await speak(voice)
        await voice.aclose()

    assert type(spoken.error) is ProviderTimeoutError
    assert spoken.took_s < SOON_S


@pytest.mark.parametrize(("hangs", "error"), [(False, ProviderUnavailableError), (True, ProviderTimeoutError)])
async def test_a_name_that_is_not_found_is_an_error_soon(error: type[ProviderError], *, hangs: bool) -> None:
    """Whether the look-up fails or hangs."""
    voice = make("http://speech.invalid", stall_s=60)
    with no_names(hangs=hangs):
        spoken = await speak(voice)
    await voice.aclose()

    assert type(spoken.error) is error
    assert spoken.took_s < SOON_S


async def test_a_connection_that_the_service_closed_is_not_used_again(
    server: ElevenLabsServer, voice: ElevenLabsSynthesizer
) -> None:
    """It is found out before the next text is sent."""
    await speak(voice)
    await server.close_idle()
    spoken = await speak(voice)

    assert spoken.error is None
    assert len(server.connections) == 2


@pytest.mark.parametrize("kind", ["hang", "hang later", "stop reading", "no goodbye"])
async def test_an_interruption_leaves_nothing(server: ElevenLabsServer, kind: Kind) -> None:
    """At whatever point the service is, and with all the patience in the world."""
    voice = make(server.url, stall_s=60)
    server.script.append(Fault(kind))
    async with nothing_left_behind(server):
        speaking = asyncio.create_task(speak(voice))
        await server.met.wait()
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)
        await voice.aclose()

    assert (await speak(voice)).words == TEXT.split()
    await voice.aclose()


async def test_what_is_not_wanted_any_more_leaves_nothing(
    server: ElevenLabsServer, voice: ElevenLabsSynthesizer
) -> None:
    """A barge-in after the first audio."""
    server.script.append(Fault("hang later"))
    async with nothing_left_behind(server):
        async with aclosing(voice.synthesize(Speech(TEXT))) as chunks:
            first = await anext(chunks)
        await voice.aclose()

    assert first.pcm


@pytest.mark.parametrize(
    ("speech", "says"),
    [
        (Speech("Hello", voice="../models?"), "is no voice"),
        (Speech("Hello", rate=0), "a rate of 0 cannot be spoken"),
        (Speech("Hello " * 1000), "more than 2000 characters"),
    ],
)
async def test_what_cannot_be_spoken_is_never_sent(
    server: ElevenLabsServer, voice: ElevenLabsSynthesizer, speech: Speech, says: str
) -> None:
    """Another try would not help."""
    spoken = await speak(voice, speech)

    assert isinstance(spoken.error, ProviderRejectedError)
    assert says in str(spoken.error)
    assert server.requests == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"api_key": ""}, "set ELEVENLABS_API_KEY"),
        ({"output_format": "mp3_44100_128"}, "give one of pcm_8000"),
        ({"connect_s": 0}, "above 0"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, object], says: str) -> None:
    """At the start."""
    with pytest.raises(ConfigurationError, match=says):
        make("http://127.0.0.1", **options)
