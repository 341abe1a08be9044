"""What an AudioSocket leg does in time, and what it survives; all of it in virtual time."""

import asyncio

import pytest
from structlog.testing import capture_logs
from support.asterisk_port import CALL, SOUND, Peer, port

from callagent.errors import CarrierError
from callagent.media.audio import SILENCE, Chunk
from callagent.simulator.virtual_time import run
from callagent.telephony.asterisk import audiosocket_leg
from callagent.telephony.leg import AudioReceived, LegEnd, LegEnded, LegSignal, Whisper

LOUD = b"\x00\x20" * 160


async def frames(peer: Peer, count: int) -> list[tuple[int, int, bytes]]:
    """The next frames, each with the time at which it came, in milliseconds."""
    told = []
    for _ in range(count):
        kind, payload = await peer.next()
        told.append((round(asyncio.get_running_loop().time() * 1000), kind, payload))
    return told


def test_frames_go_out_every_20_ms_whatever_there_is_to_say() -> None:
    """From the first frame of Asterisk's on: silence, then what is played, then silence; never two at once."""

    async def call() -> list[tuple[int, int, bytes]]:
        async with port() as server:
            peer = await server.call()
            peer.writer.write(SOUND)
            told = await frames(peer, 2)
            server.legs[0].play(LOUD * 2)
            server.legs[0].play(LOUD)
            return told + await frames(peer, 5)

    told = run(call())
    began = told[0][0]

    assert [at - began for at, _, _ in told] == [0, 20, 40, 60, 80, 100, 120]
    assert {kind for _, kind, _ in told} == {0x10}
    assert [payload != SILENCE for _, _, payload in told] == [False, False, True, True, True, False, False]


def test_the_first_frame_does_not_wait_for_ever() -> None:
    """An Asterisk that sends nothing yet hears the agent all the same, at 8 kHz."""

    async def call() -> list[tuple[int, int, bytes]]:
        async with port() as server:
            return await frames(await server.call(), 1)

    assert run(call()) == [(500, 0x10, SILENCE)]


def test_frames_are_of_the_callers_rate() -> None:
    """A channel of 16 kHz gets 16 kHz."""

    async def call() -> tuple[list[tuple[int, int, bytes]], list[LegSignal]]:
        async with port() as server:
            peer = await server.call()
            await peer.send(0x12, bytes(640 * 3))
            told = await frames(peer, 3)
            return told, list(server.signals)

    told, signals = run(call())

    assert {(kind, len(payload)) for _, kind, payload in told} == {(0x12, 640)}
    assert signals == [AudioReceived(Chunk(SILENCE, 0)), AudioReceived(Chunk(SILENCE, 160))]


def test_a_process_that_stood_still_does_not_make_up_for_it() -> None:
    """What was late by more than 60 ms is not sent in one go."""

    async def call() -> list[float]:
        async with port() as server:
            peer = await server.call()
            peer.writer.write(SOUND)
            await frames(peer, 1)
            loop = asyncio.get_running_loop()
            loop._virtual_s += 1.0  # type: ignore[attr-defined]
            told = await frames(peer, 4)
            return [at - told[0][0] for at, _, _ in told]

    assert run(call()) == [0, 20, 40, 60]


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"", LegEnd.CALLER_HUNG_UP),
        (b"\x00\x00\x00", LegEnd.CALLER_HUNG_UP),
        (b"\xff\x00\x01\x01", LegEnd.CALLER_HUNG_UP),
        (b"\xff\x00\x01\x04", LegEnd.LINE_LOST),
        (b"\x10", LegEnd.LINE_LOST),
        (b"\x10\x01\x40" + bytes(100), LegEnd.LINE_LOST),
        (b"\x77\x00\x00" * 49, LegEnd.CALLER_HUNG_UP),
        (b"\x77\x00\x00" * 50, LegEnd.PROTOCOL_BROKEN),
        (b"\x01\x00\x10" + CALL.bytes, LegEnd.CALLER_HUNG_UP),
    ],
)
def test_however_asterisk_ends_a_call(sent: bytes, reason: LegEnd) -> None:
    """By closing, by saying so, in the middle of a frame, or with too much that nobody knows."""

    async def call() -> tuple[LegSignal, int]:
        async with port() as server:
            peer = await server.call()
            peer.writer.write(SOUND + sent)
            await peer.writer.drain()
            await asyncio.sleep(0.05)
            peer.writer.close()
            await server.over.wait()
            await asyncio.sleep(0.01)
            return server.signals[-1], len(server.server)

    assert run(call()) == (LegEnded(reason), 0)


def test_a_line_that_reads_nothing_is_lost_and_nothing_piles_up() -> None:
    """What it does not take is dropped, and after five seconds the call ends."""

    async def call() -> tuple[LegSignal, int, float]:
        async with port() as server:
            peer = await server.call()
            peer.reader._transport.pause_reading()  # type: ignore[attr-defined]
            peer.writer.write(SOUND)
            most = 0
            leg = server.legs[0]
            while not server.over.is_set() and asyncio.get_running_loop().time() < 30:
                await asyncio.sleep(0.02)
                leg.play(LOUD)
                most = max(most, leg._transport.get_write_buffer_size())  # type: ignore[attr-defined]
            return server.signals[-1], most, asyncio.get_running_loop().time()

    with capture_logs() as logs:
        end, most, _ = run(call())

    assert end == LegEnded(LegEnd.LINE_LOST)
    assert most <= 5 * 323
    assert [log["event"] for log in logs if log["log_level"] == "warning"] == ["the line takes nothing"]


@pytest.mark.parametrize("closes", [True, False])
def test_hanging_up_takes_no_longer_than_a_second(closes: bool) -> None:
    """The order goes out first; an Asterisk that ignores it is left."""

    async def call() -> tuple[float, int, LegSignal]:
        async with port() as server:
            server.on_leg = lambda leg: leg.hang_up()
            began_s = asyncio.get_running_loop().time()
            peer = await server.call()
            kind, _ = await peer.next()
            if closes:
                peer.writer.close()
            await server.over.wait()
            return asyncio.get_running_loop().time() - began_s, kind, server.signals[-1]

    took_s, kind, end = run(call())

    assert took_s == pytest.approx(0.0 if closes else audiosocket_leg.GOODBYE_S, abs=0.01)
    assert (kind, end) == (0x00, LegEnded(LegEnd.AGENT_HUNG_UP))


def test_what_the_protocol_has_not_is_an_error() -> None:
    """No texts and no transfers."""

    async def call() -> None:
        async with port() as server:
            await server.call()
            with pytest.raises(CarrierError, match="no text messages"):
                await server.legs[0].send_text("+911234567890", "hello")
            with pytest.raises(CarrierError, match="The dialplan has not"):
                await server.legs[0].transfer([("+911234567890", 20)], Whisper())

    run(call())
