"""Edge's voices through the real library, against a server of its protocol that fails to order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from unittest.mock import Mock

import edge_tts.communicate
import pytest
from support.edge_server import EdgeServer
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
from callagent.simulator.virtual_time import run
from callagent.tts.edge import EdgeOptions, EdgeSynthesizer
from callagent.tts.edge_connections import Spares, SpeechConnector
from callagent.tts.synthesizer import Speech


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[EdgeServer]:
    """The library is pointed at it."""
    server = EdgeServer()
    async with server.running():
        monkeypatch.setattr(edge_tts.communicate, "WSS_URL", server.url)
        yield server


@pytest.fixture
def edge() -> EdgeSynthesizer:
    """Impatient, and without connections made ahead, which would be left behind."""
    return EdgeSynthesizer(EdgeOptions(connect_s=WAIT_S, stall_s=WAIT_S, spare_s=0))


async def test_a_sentence_is_spoken_as_the_service_sends_it(server: EdgeServer, edge: EdgeSynthesizer) -> None:
    """In pieces that come before the end, each with its words."""
    await edge.warm_up()
    spoken = await speak(edge)

    assert spoken.error is None
    assert spoken.words == TEXT.split()
    assert len(spoken.chunks) > 10
    assert speech_level(spoken.pcm) == pytest.approx(-20, abs=1)
    assert server.spoken == [("Microsoft Server Speech Text to Speech Voice (en-IN, NeerjaNeural)", "+0%", TEXT)]


async def test_the_next_sentence_finds_an_open_connection(server: EdgeServer) -> None:
    """It is opened while the one before is spoken, and one more; calls at the same time have one each."""
    edge = EdgeSynthesizer(EdgeOptions(connect_s=WAIT_S, stall_s=WAIT_S))
    told: list[Incident] = []
    async with nothing_left_behind(server):
        with reporting(told.append):
            for _ in range(3):
                assert (await speak(edge)).error is None
            await asyncio.gather(*(speak(edge) for _ in range(3)))
            await asyncio.gather(*(speak(edge) for _ in range(3)))
        await edge.aclose()

    ready = [one.ready for one in told if isinstance(one, Connected)]
    assert ready[:3] == [False, True, True]
    assert sorted(ready[3:6]) == [False, True, True]
    assert ready[6:] == [True, True, True]


async def test_a_connection_that_was_closed_while_it_waited_is_not_used(server: EdgeServer) -> None:
    """The service may do so at any time: the sentence is spoken over another."""
    edge = EdgeSynthesizer(EdgeOptions(connect_s=WAIT_S, stall_s=WAIT_S))
    told: list[Incident] = []
    await speak(edge)
    await server.close_idle()
    with reporting(told.append):
        spoken = await speak(edge)
    await edge.aclose()

    assert spoken.error is None
    assert told == [Connected("tts", "edge", ready=False)]


def test_a_connection_that_nobody_takes_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """After half a minute."""

    async def connected(*_: object) -> None:
        """At once."""

    async def waited() -> list[int]:
        spares = Spares(connect_s=1.0, spare_s=30.0)
        spares.add_for(Mock(proxy=None))
        await asyncio.sleep(29.0)
        before = len(spares._idle)
        await asyncio.sleep(2.0)
        return [before, len(spares._idle), len(spares._holding)]

    monkeypatch.setattr(SpeechConnector, "connect_ahead", connected)

    assert run(waited()) == [2, 0, 0]


async def test_the_first_audio_comes_before_the_sentence_is_made(server: EdgeServer, edge: EdgeSynthesizer) -> None:
    """The server stops after a third of a second of it, and that much is heard; what is not wanted leaves nothing."""
    server.script.append(Fault("hang later"))
    async with nothing_left_behind(server), aclosing(edge.synthesize(Speech(TEXT))) as chunks:
        first = await anext(chunks)

    assert first.pcm


@pytest.mark.parametrize(
    ("language", "text", "voice", "sent"),
    [
        ("hi", "नमस्ते", "hi-IN, SwaraNeural", "नमस्ते"),
        ("en-IN", "fans & lights", "en-IN, NeerjaNeural", "fans & lights"),
        ("hinglish", "aapka naam kya hai", "hi-IN, SwaraNeural", "आपका नाम क्या है"),
    ],
)
async def test_each_language_has_its_voice(
    server: EdgeServer, edge: EdgeSynthesizer, language: str, text: str, voice: str, sent: str
) -> None:
    """Hinglish goes to a Hindi voice in its own script, and is told of as it was written."""
    spoken = await speak(edge, Speech(text, language))

    assert [(name.partition("(")[2].rstrip(")"), said) for name, _, said in server.spoken] == [(voice, sent)]
    assert spoken.words == text.split()


@pytest.mark.parametrize(("rate", "sent"), [(1.2, "+20%"), (0.8, "-20%"), (0.1, "-50%"), (9.0, "+100%")])
async def test_the_rate_is_asked_for(server: EdgeServer, edge: EdgeSynthesizer, rate: float, sent: str) -> None:
    """Within what the service can do."""
    await speak(edge, Speech("Hello", rate=rate))

    assert server.spoken[0][1] == sent


async def test_no_markup_gets_through(server: EdgeServer, edge: EdgeSynthesizer) -> None:
    """The server looks for it."""
    spoken = await speak(edge, '<break/> **Fans** <b>&</b> lights\' "price" < 5 😀')

    assert server.spoken[0][2] == 'Fans & lights\' "price" < 5'
    assert spoken.words == ["Fans", "&", "lights'", '"price"', "<", "5"]


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
        ("nothing", ProviderUnavailableError, False),
        ("huge", ProviderUnavailableError, False),
    ],
)
async def test_a_fault_ends_soon_in_an_error_and_leaves_nothing(
    server: EdgeServer, edge: EdgeSynthesizer, kind: Kind, error: type[ProviderError], *, heard: bool
) -> None:
    """And the next sentence is spoken."""
    server.script.append(Fault(kind))
    async with nothing_left_behind(server):
        spoken = await speak(edge)

    assert type(spoken.error) is error
    assert bool(spoken.chunks) == heard
    assert spoken.took_s < SOON_S
    assert (await speak(edge)).words == TEXT.split()


async def test_a_voice_may_be_brought_to_the_others_level(server: EdgeServer) -> None:
    """In decibels."""
    voice = EdgeSynthesizer(EdgeOptions(gain_db=-6.0))
    spoken = await speak(voice)
    await voice.aclose()

    assert speech_level(spoken.pcm) == pytest.approx(-26, abs=1)


@pytest.mark.parametrize("kind", ["wrong rate", "no goodbye"])
async def test_what_does_no_harm_is_no_fault(server: EdgeServer, edge: EdgeSynthesizer, kind: Kind) -> None:
    """MP3 says its own rate, and a service that has said all may keep its goodbye."""
    server.script.append(Fault(kind))
    async with nothing_left_behind(server):
        spoken = await speak(edge)

    assert spoken.error is None
    assert spoken.words == TEXT.split()
    assert spoken.seconds == pytest.approx(2.7, abs=0.2)
    assert spoken.took_s < SOON_S


@pytest.mark.parametrize(
    ("status", "headers", "error", "retry_after_s"),
    [
        (429, {"Retry-After": "7"}, ProviderUnavailableError, 7.0),
        (429, {}, ProviderUnavailableError, None),
        (500, {}, ProviderUnavailableError, None),
        (503, {"Retry-After": "soon"}, ProviderUnavailableError, None),
        (401, {}, ProviderDeniedError, None),
        (404, {}, ProviderRejectedError, None),
    ],
)
async def test_a_refusal_says_whose_fault_it_is(
    server: EdgeServer,
    edge: EdgeSynthesizer,
    status: int,
    headers: dict[str, str],
    error: type[ProviderError],
    retry_after_s: float | None,
) -> None:
    """And how long to stay away, where the service says so."""
    server.script.append(Fault("status", status, headers))
    async with nothing_left_behind(server):
        spoken = await speak(edge)

    assert spoken.error is not None
    assert (type(spoken.error), spoken.error.retry_after_s) == (error, retry_after_s)
    assert (await speak(edge)).words == TEXT.split()


async def test_the_clock_is_set_by_the_first_refusal(server: EdgeServer, edge: EdgeSynthesizer) -> None:
    """The library does so, and tries once more."""
    server.script.append(Fault("status", 403))
    async with nothing_left_behind(server):
        spoken = await speak(edge)

    assert spoken.error is None
    assert server.requests == 2


async def test_a_long_text_goes_out_in_parts(server: EdgeServer) -> None:
    """The service takes 4096 bytes at a time; to the caller it is one speech."""
    text = " ".join(["नमस्ते"] * 280)
    spoken = await speak(EdgeSynthesizer(EdgeOptions(spare_s=0)), Speech(text, "hi", rate=2.0))

    assert len(server.spoken) == 2
    assert spoken.error is None
    assert spoken.words == text.split()


async def test_a_token_that_is_refused_twice_is_for_a_person_to_mend(server: EdgeServer, edge: EdgeSynthesizer) -> None:
    """Not for another try."""
    server.script.extend([Fault("status", 403), Fault("status", 403)])
    spoken = await speak(edge)

    assert isinstance(spoken.error, ProviderDeniedError)
    assert server.requests == 2


async def test_nobody_there_is_known_at_once(
    server: EdgeServer, edge: EdgeSynthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused connection."""
    monkeypatch.setattr(edge_tts.communicate, "WSS_URL", f"ws://127.0.0.1:{closed_port()}/?a=b")
    async with nothing_left_behind(server):
        spoken = await speak(edge)

    assert type(spoken.error) is ProviderUnavailableError
    assert spoken.took_s < SOON_S


async def test_connecting_is_not_waited_for_long(
    server: EdgeServer, edge: EdgeSynthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that does not answer."""
    with deaf_port() as port:
        monkeypatch.setattr(edge_tts.communicate, "WSS_URL", f"ws://127.0.0.1:{port}/?a=b")
        async with nothing_left_behind(server):
            spoken = await speak(edge)

    assert type(spoken.error) is ProviderTimeoutError
    assert spoken.took_s < SOON_S


async def test_a_handshake_is_not_waited_for_long(server: EdgeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that takes the connection and then says nothing, to TLS or to anything else."""
    edge = EdgeSynthesizer(EdgeOptions(connect_s=WAIT_S, stall_s=60))
    async with mute_port() as port:
        monkeypatch.setattr(edge_tts.communicate, "WSS_URL", f"wss://127.0.0.1:{port}/?a=b")
        spoken = await speak(edge)

    assert type(spoken.error) is ProviderTimeoutError
    assert spoken.took_s < SOON_S


@pytest.mark.parametrize(("hangs", "error"), [(False, ProviderUnavailableError), (True, ProviderTimeoutError)])
async def test_a_name_that_is_not_found_is_an_error_soon(
    server: EdgeServer, monkeypatch: pytest.MonkeyPatch, error: type[ProviderError], *, hangs: bool
) -> None:
    """Whether the look-up fails or hangs."""
    edge = EdgeSynthesizer(EdgeOptions(connect_s=WAIT_S, stall_s=60))
    monkeypatch.setattr(edge_tts.communicate, "WSS_URL", "ws://speech.invalid/?a=b")
    with no_names(hangs=hangs):
        spoken = await speak(edge)

    assert type(spoken.error) is error
    assert spoken.took_s < SOON_S


@pytest.mark.parametrize("kind", ["hang", "hang later", "stop reading", "no goodbye"])
async def test_an_interruption_leaves_nothing(server: EdgeServer, kind: Kind) -> None:
    """At whatever point the service is, and with all the patience in the world."""
    edge = EdgeSynthesizer(EdgeOptions(stall_s=60, spare_s=0))
    server.script.append(Fault(kind))
    async with nothing_left_behind(server):
        speaking = asyncio.create_task(speak(edge))
        await server.met.wait()
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)

    assert (await speak(edge)).words == TEXT.split()


@pytest.mark.parametrize(
    ("speech", "says"),
    [
        (Speech("Hallo", "de"), "no voice is set for the language 'de'"),
        (Speech("Hello", voice="Neerja' rate='9"), "is no voice"),
        (Speech("Hello", rate=0), "a rate of 0 cannot be spoken"),
        (Speech("Hello " * 1000), "more than 2000 characters"),
    ],
)
async def test_what_cannot_be_spoken_is_never_sent(
    server: EdgeServer, edge: EdgeSynthesizer, speech: Speech, says: str
) -> None:
    """Another try would not help."""
    spoken = await speak(edge, speech)

    assert isinstance(spoken.error, ProviderRejectedError)
    assert says in str(spoken.error)
    assert server.requests == 0


@pytest.mark.parametrize("options", [{"voices": {"en": "Neerja"}}, {"connect_s": 0}, {"stall_s": -1}, {"spare_s": -1}])
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    """At the start."""
    with pytest.raises(ConfigurationError, match="edge"):
        EdgeOptions(**options)  # type: ignore[arg-type]


def test_another_voice_is_another_version() -> None:
    """So that no prompt is kept in the old one."""
    usual, other = EdgeOptions(), EdgeOptions(voices={"en": "en-IN-PrabhatNeural"})

    assert EdgeSynthesizer(usual).info.version != EdgeSynthesizer(other).info.version
