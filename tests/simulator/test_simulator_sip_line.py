"""Telephones on SIP lines, against a server by the book, over real sockets."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from simulator.sip_server_by_the_book import SipServer, sip_serving

from callagent.errors import CarrierRefusedError
from callagent.media.audio import CHUNK_SAMPLES
from callagent.media.g711 import ulaw_decode
from callagent.media.rtp import read_rtp
from callagent.media.telephone_event import KeysReader
from callagent.simulator import sip_caller
from callagent.simulator.call_end import CallEnd
from callagent.simulator.impairment import Impairment
from callagent.simulator.sip_caller import SipFaults
from callagent.simulator.sip_line import GARBAGE, MOST_STRANGE, SipLine
from callagent.simulator.sip_trunk import SipDestination, SipTrunk

LOUD = ulaw_decode(b"\x11" * CHUNK_SAMPLES)
TICKS = 15


@pytest.fixture
async def server() -> AsyncIterator[SipServer]:
    """A server that answers and echoes."""
    async with sip_serving(SipServer()) as running:
        yield running


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is lost is sent again after 20 ms, and given up after a second."""
    monkeypatch.setattr(sip_caller, "T1_S", 0.02)
    monkeypatch.setattr(sip_caller, "T2_S", 0.1)
    monkeypatch.setattr(sip_caller, "GIVES_UP_S", 1.0)


async def speak(line: SipLine, ticks: int = TICKS) -> list[bytes]:
    """Say something loud for so long; what was heard, as long as anything was."""
    heard = []
    for _ in range(ticks):
        pcm = await line.exchange(LOUD)
        if pcm is None:
            break
        heard.append(pcm)
    return heard


async def test_a_call_from_beginning_to_end(server: SipServer) -> None:
    """It rings, is answered, both sides are heard, and a BYE ends it."""
    async with SipTrunk() as trunk:
        line = await trunk.call(server.destination, recorded=True)
        heard = await speak(line)
        await line.hang_up()

    assert server.methods() == ["INVITE", "ACK", "BYE"]
    assert heard[-5:] == [LOUD] * 5
    assert (line.end, line.gaps, line.complaints, trunk.complaints) == (CallEnd.CALLER_HUNG_UP, 0, [], [])
    assert len(server.sounds) == len(line.record.sent_s) >= TICKS
    assert [one.sequence for one in line.record.arrivals] == sorted({one.sequence for one in line.record.arrivals})
    assert line.record.audio[0][0] == LOUD
    assert await line.exchange(LOUD) is None


async def test_many_calls_share_a_socket(server: SipServer) -> None:
    """Each hears its own echo."""
    async with SipTrunk() as trunk:
        lines = await asyncio.gather(*(trunk.call(server.destination) for _ in range(10)))
        heard = await asyncio.gather(*(speak(line) for line in lines))

    assert all(one[-1] == LOUD for one in heard)
    assert {line.end for line in lines} == {CallEnd.CALLER_HUNG_UP}
    assert server.methods().count("BYE") == 10


async def test_keys_arrive_as_events(server: SipServer) -> None:
    """By RFC 4733, and the server's own are told."""
    async with SipTrunk() as trunk:
        line = await trunk.call(server.destination)
        line.press("4")
        line.press("2")
        await speak(line, 30)
        with pytest.raises(ValueError, match="no key"):
            line.press("x")
    reader = KeysReader()
    packets = [read_rtp(data) for data in server.sounds]

    assert [key for one in packets if one.payload_type == 101 for key in reader.read(one)] == ["4", "2"]
    assert line.record.keys == ["4", "2"]


async def test_the_server_hangs_up(server: SipServer) -> None:
    """Whoever waits to hear something hears that."""
    async with SipTrunk() as trunk:
        line = await trunk.call(server.destination)
        await speak(line, 3)
        server.ask("BYE")
        assert len(await speak(line, 50)) < 50

    assert line.end is CallEnd.SERVER_HUNG_UP


async def test_a_server_that_takes_no_call(server: SipServer) -> None:
    """Its own words are told."""
    server.status = 486
    async with SipTrunk() as trunk:
        with pytest.raises(CarrierRefusedError, match="486 Busy Here"):
            await trunk.call(server.destination)


@pytest.mark.usefixtures("quick")
async def test_a_server_that_is_not_there() -> None:
    """The INVITE is given up."""
    async with SipTrunk() as trunk:
        with pytest.raises(CarrierRefusedError, match="no answer"):
            await trunk.call(SipDestination("127.0.0.1", 9))


async def test_a_call_is_given_up_while_it_rings(server: SipServer) -> None:
    """By CANCEL; nobody is told of an answer."""
    server.status = 180
    async with SipTrunk() as trunk:
        line = await trunk.place(server.destination)
        await server.rung.wait()
        await line.hang_up()
        with pytest.raises(CarrierRefusedError, match="487"):
            await line.answered()

    assert server.methods() == ["INVITE", "CANCEL", "ACK"]
    assert line.end is CallEnd.CALLER_HUNG_UP


async def test_a_caller_on_hold_sends_nothing(server: SipServer) -> None:
    """From the answer to the re-INVITE on."""
    async with SipTrunk() as trunk:
        line = await trunk.call(server.destination)
        await speak(line, 3)
        server.ask("INVITE", 2, server.sdp("sendonly"))
        while line.caller.sound is None or line.caller.sound.direction != "sendonly":
            await speak(line, 1)
        server.ask("ACK", 2)
        sent = line.record.sent_s[-1]
        await speak(line, 2)
        before = len(server.sounds)
        await speak(line, 5)

    assert len(server.sounds) == before
    assert line.record.sent_s[-1] > sent
    assert line.complaints == []


@pytest.mark.usefixtures("quick")
async def test_fifteen_percent_of_signalling_lost(server: SipServer) -> None:
    """Every call comes about and ends all the same."""
    async with SipTrunk(Impairment(signalling=15)) as trunk:
        lines = await asyncio.gather(*(trunk.call(server.destination) for _ in range(30)))
        await asyncio.gather(*(line.hang_up() for line in lines))

    assert {line.end for line in lines} == {CallEnd.CALLER_HUNG_UP}
    assert len(server.requests) > 3 * len(lines)  # some came again


async def test_a_bad_line_is_heard_as_one(server: SipServer) -> None:
    """What is lost on either way is missing, and nothing else that the telephone's own delay covers."""
    async with SipTrunk(Impairment(rtp=10, jitter=15, reorder=10, seed=3)) as trunk:
        line = await trunk.call(server.destination, recorded=True)
        await speak(line, 80)
        sent = len(line.record.sent_s)
        await line.hang_up()
    numbers = [one.sequence for one in line.record.arrivals]

    assert line.out.lost > 0 < line.back.lost
    # One that was to be overtaken may still wait, on either way, and the last are on the way.
    assert sent - line.out.lost - line.back.lost - len(numbers) <= 6
    assert numbers != sorted(numbers)
    assert line.gaps > 0
    assert line.complaints == []


async def test_what_should_not_come_is_noted(server: SipServer) -> None:
    """No RTP, RTP of another type, and signalling that is none."""
    server.sends_sound = lambda data: [b"\0", data[:1] + b"\x08" + data[2:]]
    async with SipTrunk() as trunk:
        line = await trunk.call(server.destination)
        await speak(line, 5)
        host, port = server.requests[0].contact[0].uri.host, server.requests[0].contact[0].uri.port
        assert port is not None
        server.send(b"nonsense", (host, port))
        await speak(line, 3)

    assert "RTP of type 8, which was not offered" in line.complaints
    assert any("shorter than its header" in one for one in line.complaints)
    assert trunk.complaints == ["8 bytes are no SIP message"]


async def test_sound_from_elsewhere_is_noted_and_not_heard(server: SipServer) -> None:
    """Whoever guesses the port is not the server; a few packets may be those of a call before."""
    stranger, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
    )
    async with SipTrunk() as trunk:
        line = await trunk.call(server.destination)
        await speak(line, 2)
        offered = server.requests[0].body.decode()
        target = ("127.0.0.1", int(offered.split("m=audio ")[1].split()[0]))
        for _ in range(MOST_STRANGE):
            stranger.sendto(server.sounds[0], target)
        await speak(line, 5)
        few = list(line.complaints)
        stranger.sendto(server.sounds[0], target)
        await speak(line, 5)
    stranger.close()

    assert (few, line.complaints) == ([], ["packets from another address than the answer's"])


async def test_requests_outside_of_calls(server: SipServer) -> None:
    """OPTIONS is answered, as a keep-alive is; a call that is not there is denied."""
    async with SipTrunk() as trunk:
        line = await trunk.call(server.destination)
        for method in ("OPTIONS", "BYE"):
            request = server.requests[0]
            uri = request.contact[0].uri
            text = bytes(request).replace(b"INVITE", method.encode()).replace(request.call_id.encode(), b"other")
            assert uri.port is not None
            server.send(text.replace(f"Via: SIP/2.0/UDP 127.0.0.1:{uri.port}".encode(), b"Via: SIP/2.0/UDP h"),
                        (uri.host, uri.port))  # fmt: skip
        await speak(line, 3)

    assert {(one.cseq.method, one.code) for one in server.responses} == {("OPTIONS", 200), ("BYE", 481)}


async def test_who_vanishes_leaves_the_server_to_find_out(server: SipServer) -> None:
    """Neither a BYE nor an answer to one."""
    async with SipTrunk() as trunk:
        line = await trunk.call(server.destination)
        line.vanish()
        server.ask("BYE")
        await line.hang_up()

    assert line.end is CallEnd.VANISHED
    assert "BYE" not in server.methods()
    assert server.responses == []


@pytest.mark.usefixtures("quick")
async def test_faults_of_sound_and_signalling(server: SipServer) -> None:
    """No RTP at all, garbage instead of it, and no ACK."""
    async with SipTrunk() as trunk:
        silent = await trunk.call(server.destination, faults=SipFaults(no_sound=True))
        await speak(silent, 4)
        assert server.sounds == []
        await silent.hang_up()
        garbage = await trunk.call(server.destination, faults=SipFaults(garbage=True))
        await speak(garbage, 12)
        await garbage.hang_up()
        acknowledged = server.methods().count("ACK")
        deaf = await trunk.call(server.destination, faults=SipFaults(no_ack=True))
        await deaf.hang_up()

    assert set(server.sounds) == set(GARBAGE)
    assert server.methods().count("ACK") == acknowledged == 2
    assert deaf.end is CallEnd.CALLER_HUNG_UP


async def test_a_trunk_is_used_as_a_context() -> None:
    """Otherwise it has no socket."""
    with pytest.raises(RuntimeError, match="async with"):
        await SipTrunk().call(SipDestination("127.0.0.1", 9))
