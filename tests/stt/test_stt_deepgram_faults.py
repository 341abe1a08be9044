"""Deepgram through its own client, when its service fails: which error, how soon, and that the next turn is heard."""

import asyncio
import logging
import socket
from typing import Any

import pytest
from stt.deepgram_turns import ENGLISH, SPEECH, made, text, turn
from stt.speech import in_chunks
from support.deepgram_server import KEY, DeepgramServer, Fault, deepgram_server, silent_server
from support.faulty import FaultyEar

from callagent.clock import SystemClock
from callagent.errors import (
    ConfigurationError,
    ProviderDeniedError,
    ProviderError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from callagent.resilience.lineup import Lineup
from callagent.stt.chain import TranscriberChain
from callagent.stt.deepgram import DeepgramTranscriber

pytestmark = pytest.mark.usefixtures("tidy")

HOUR_S = 3600.0
"""No test lasts so long: whoever waits for it fails, on a slow machine and on a fast one."""


def results(alternative: str) -> str:
    """A result with the alternative that is given as JSON."""
    channel = f'{{"alternatives": [{alternative}]}}'
    return f'{{"type": "Results", "start": 0, "duration": 1, "is_final": true, "channel": {channel}}}'


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        pytest.param(Fault(status=401), ProviderDeniedError, id="401"),
        pytest.param(Fault(status=402), ProviderDeniedError, id="402"),
        pytest.param(Fault(status=403), ProviderDeniedError, id="403"),
        pytest.param(Fault(status=400), ProviderRejectedError, id="400"),
        pytest.param(Fault(status=429), ProviderUnavailableError, id="429"),
        pytest.param(Fault(status=500), ProviderUnavailableError, id="500"),
        pytest.param(Fault(status=503), ProviderUnavailableError, id="503"),
        pytest.param(Fault(instead="not json at all"), ProviderUnavailableError, id="not JSON"),
        pytest.param(Fault(instead="[]"), ProviderUnavailableError, id="a list"),
        pytest.param(Fault(instead="null"), ProviderUnavailableError, id="null"),
        pytest.param(Fault(instead='{"no": "type"}'), ProviderUnavailableError, id="no type"),
        pytest.param(Fault(instead=b"\x00\xff" * 80), ProviderUnavailableError, id="bytes"),
        pytest.param(Fault(instead='{"type": "Results"}'), ProviderUnavailableError, id="nothing in it"),
        pytest.param(Fault(instead=results("")), ProviderUnavailableError, id="no alternative"),
        pytest.param(
            Fault(instead=results('{"transcript": 7, "confidence": 1}')),
            ProviderUnavailableError,
            id="text is a number",
        ),
        pytest.param(
            Fault(instead=results('{"transcript": "x", "confidence": NaN}')),
            ProviderUnavailableError,
            id="not a number",
        ),
        pytest.param(
            Fault(instead=results('{"transcript": "x", "confidence": "y"}')),
            ProviderUnavailableError,
            id="sure in words",
        ),
        pytest.param(
            Fault(instead=results(f'{{"transcript": "{"x " * 5000}", "confidence": 1}}')),
            ProviderUnavailableError,
            id="too much text",
        ),
        pytest.param(Fault(instead='{"type": "Error", "description": "x"}'), ProviderUnavailableError, id="an error"),
        pytest.param(Fault(instead="x" * 10_000_000), ProviderUnavailableError, id="10 MB"),
        pytest.param(Fault(drops_after_s=0.4), ProviderUnavailableError, id="drops"),
        pytest.param(Fault(closes_after_s=0.4), ProviderUnavailableError, id="closes"),
    ],
)
async def test_a_fault_is_told_and_the_next_turn_works(
    server: DeepgramServer, monkeypatch: pytest.MonkeyPatch, fault: Fault, error: type[ProviderError]
) -> None:
    """With no limit of time behind it, as what it is, without words or keys in it; the next turn is heard."""
    for limit in ("SEND_S", "PING_S"):
        monkeypatch.setattr(f"callagent.stt.deepgram_wire.{limit}", HOUR_S)
    ear = made(server, timeout_s=HOUR_S, connect_s=HOUR_S)
    server.faults.append(fault)
    with pytest.raises(ProviderError) as raised:
        await turn(ear)

    assert type(raised.value) is error
    assert KEY not in str(raised.value)
    assert "xxx" not in str(raised.value)
    assert await text(ear)
    await ear.aclose()


async def test_it_says_when_to_come_back(ear: DeepgramTranscriber, server: DeepgramServer) -> None:
    """What it asks for with a refusal is passed on."""
    server.faults.append(Fault(status=429, retry_after="7"))
    with pytest.raises(ProviderUnavailableError) as raised:
        await turn(ear)

    assert raised.value.retry_after_s == 7.0


async def test_nothing_listens_there() -> None:
    """Refused is refused at once."""
    async with deepgram_server() as gone:
        url = gone.url
    ear = made(url)
    with pytest.raises(ProviderUnavailableError, match="cannot be reached"):
        await turn(ear)
    await ear.aclose()


async def test_a_name_that_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the network is down."""

    async def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    ear = made("ws://deepgram.invalid")
    with pytest.raises(ProviderUnavailableError, match="cannot be reached"):
        await turn(ear)
    await ear.aclose()


async def test_it_accepts_and_says_nothing() -> None:
    """Connecting is given up, and the socket is gone with it."""
    async with silent_server() as url:
        ear = made(url, connect_s=0.2)
        with pytest.raises(ProviderTimeoutError):
            await turn(ear)
        await ear.aclose()


async def test_a_turn_given_up_while_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller hangs up before the connection stands: nothing is left of it."""
    async with silent_server() as url:
        ear = made(url)
        listening = asyncio.create_task(turn(ear))
        while not ear.streams.taken:  # noqa: ASYNC110
            await asyncio.sleep(0)
        listening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listening
        await ear.aclose()


async def test_it_stops_reading(server: DeepgramServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the network's buffers are full, a send is given up; measured without that limit: 44 s and more."""
    monkeypatch.setattr("callagent.stt.deepgram_wire.SEND_S", 0.2)
    server.faults.append(Fault(deaf=True))
    ear = made(server)
    with pytest.raises(ProviderTimeoutError, match="stopped reading"):
        await turn(ear, bytes(32_000_000))
    assert await text(ear) == "ceiling fan please"
    await ear.aclose()


async def test_an_idle_peer_that_is_gone_is_noticed(server: DeepgramServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers no ping: the next turn does not even try it."""
    monkeypatch.setattr("callagent.stt.deepgram_wire.PING_S", 0.05)
    server.faults.append(Fault(deaf=True))
    ear = made(server, spares=1)
    await ear.warm_up()
    (stream,) = ear.streams._idle
    async with asyncio.timeout(5):
        await stream.closed()

    assert await text(ear) == "ceiling fan please"

    await ear.aclose()


async def test_it_never_answers(server: DeepgramServer) -> None:
    """It listens to the end and gives nothing: so long, and no longer."""
    server.faults.append(Fault(mute=True))
    ear = made(server, timeout_s=0.3)
    with pytest.raises(ProviderTimeoutError, match="no last transcript"):
        await turn(ear)
    assert await text(ear) == "ceiling fan please"
    await ear.aclose()


async def test_it_never_comes_to_an_end(server: DeepgramServer) -> None:
    """Interim after interim, and no last word."""
    server.faults.append(Fault(babbles=True))
    ear = made(server, timeout_s=0.3)
    with pytest.raises(ProviderTimeoutError, match="no last transcript"):
        await turn(ear)
    assert await text(ear)
    await ear.aclose()


async def test_a_spare_that_ends_is_replaced(server: DeepgramServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nobody calling, a connection is ready again; but one that ended at once is not asked for again and again."""
    ear = made(server, spares=1)
    await ear.warm_up()
    await server.drop_all()
    (first,) = server.heard
    monkeypatch.setattr("callagent.stt.deepgram_streams.SETTLED_S", 0.0)
    await ear.warm_up()
    await server.drop_all()
    async with asyncio.timeout(60):
        while len(server.heard) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    assert first.connection is not None
    assert first.connection.close_code == 1011

    await ear.aclose()


async def test_the_next_of_a_chain_hears_what_it_lost(ear: DeepgramTranscriber, server: DeepgramServer) -> None:
    """The connection breaks in the middle of a turn: not a word of it is lost."""
    server.faults.append(Fault(drops_after_s=0.4))
    second = FaultyEar("second", ["ceiling fan"])
    chain = TranscriberChain(Lineup([("deepgram", ear), ("second", second)], SystemClock()))
    transcripts = [each async for each in chain.transcribe(in_chunks(SPEECH), ENGLISH)]

    assert (transcripts[-1].provider, transcripts[-1].text) == ("second", "ceiling fan")
    assert second.heard == [SPEECH]


async def test_no_key() -> None:
    """What to do about it is said, and nothing is connected to."""
    ear = made("ws://127.0.0.1:9", api_key="")
    with pytest.raises(ProviderDeniedError, match="DEEPGRAM_API_KEY"):
        await ear.warm_up()
    with pytest.raises(ProviderDeniedError):
        await turn(ear)
    await ear.aclose()


async def test_a_wrong_key_is_told_at_start(server: DeepgramServer) -> None:
    """Before anybody calls."""
    ear = made(server, spares=1, api_key="another")
    with pytest.raises(ProviderDeniedError, match="401"):
        await ear.warm_up()
    await ear.aclose()


async def test_nothing_secret_is_shown(
    ear: DeepgramTranscriber, server: DeepgramServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither by the options nor, below what callagent lets through, in a log."""
    caplog.set_level(logging.DEBUG, logger="callagent")
    server.faults.append(Fault(instead="garbage"))
    with pytest.raises(ProviderError):
        await turn(ear)
    await text(ear)

    assert KEY not in repr(ear._options)
    assert KEY not in caplog.text
    assert not any(word in caplog.text for word in ("ceiling", "garbage"))


@pytest.mark.parametrize("options", [{"encoding": "opus"}, {"spares": -1}, {"timeout_s": 0}, {"connect_s": 0}])
def test_options_that_cannot_be(options: dict[str, Any]) -> None:
    """Refused at start, with what would be right."""
    with pytest.raises(ConfigurationError, match="must be"):
        made("ws://127.0.0.1:9", **options)
