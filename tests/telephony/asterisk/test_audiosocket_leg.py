"""What an AudioSocket leg does in time, and what it survives; all of it in virtual time."""

import asyncio

import pytest
from structlog.testing import capture_logs
from support.asterisk_port import CALL, SOUND, Peer, port

from callagent.errors import CarrierError
from callagent.media.audio import SILENCE, Chunk
from callagent.simulator.virtual_time import run
from callagent.telephony.asterisk import audiosocket_leg
from callagent.telephony.leg import AudioReceived, DigitReceived, LegEnd, LegEnded, LegSignal, MarkPlayed, Whisper
from callagent.telephony.signals import MOST as MOST_SIGNALS

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


def test_clear_really_stops_the_sound() -> None:
    """Of what is waiting nothing more is sent, and its marks come back before the next frame."""

    async def call() -> tuple[list[bool], list[LegSignal]]:
        async with port() as server:
            peer = await server.call()
            peer.writer.write(SOUND)
            await frames(peer, 1)
            (leg,) = server.legs
            for name in ("one", "two"):
                leg.play(LOUD * 2)
                leg.mark(name)
            told = await frames(peer, 1)
            leg.clear()
            await asyncio.sleep(0.001)
            signals = list(server.signals)
            told += await frames(peer, 5)
            return [payload != SILENCE for _, _, payload in told], signals

    loud, signals = run(call())

    assert loud == [True, False, False, False, False, False]
    assert [one for one in signals if isinstance(one, MarkPlayed)] == [MarkPlayed("one"), MarkPlayed("two")]


def test_marks_come_back_when_their_sound_has_been_played() -> None:
    """Not before: 40 ms take 40 ms."""

    async def call() -> tuple[bool, bool]:
        async with port() as server:
            peer = await server.call()
            peer.writer.write(SOUND)
            await frames(peer, 1)
            server.legs[0].play(LOUD * 2)
            server.legs[0].mark("end")
            await frames(peer, 2)
            await asyncio.sleep(0.019)
            early = MarkPlayed("end") in server.signals
            await frames(peer, 1)
            await asyncio.sleep(0.001)
            return early, MarkPlayed("end") in server.signals

    assert run(call()) == (False, True)


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


def test_keys_come_through_and_what_is_unknown_is_counted() -> None:
    """A frame of another kind costs nothing but a count."""

    async def call() -> tuple[list[LegSignal], int]:
        async with port() as server:
            peer = await server.call()
            await peer.send(0x77, b"what")
            await peer.send(0x03, b"#")
            await asyncio.sleep(0.01)
            return list(server.signals), server.legs[0].counters.malformed

    assert run(call()) == ([DigitReceived("#")], 1)


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


def test_a_caller_who_is_not_listened_to_is_not_hoarded() -> None:
    """A peer that sends faster than time goes by has to wait for its reader."""

    async def call() -> tuple[int, int]:
        async with port() as server:
            reads = asyncio.Event()
            server.on_leg = lambda _leg: reads.wait()  # type: ignore[assignment,return-value]
            peer = await server.call()
            for _ in range(400):
                peer.writer.write(SOUND * 10)
                await asyncio.sleep(0)
            waiting = len(server.legs[0]._signals._waiting)  # type: ignore[attr-defined]
            reads.set()
            await asyncio.sleep(1.0)
            return waiting, len(server.signals)

    waiting, came = run(call())

    assert waiting < MOST_SIGNALS + 1000
    assert came >= 4000


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
