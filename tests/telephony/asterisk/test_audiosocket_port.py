"""Who may connect to the port for AudioSocket, how many, and who a caller is said to be; in virtual time."""

import asyncio
from contextlib import suppress
from uuid import UUID

import pytest
from structlog.testing import capture_logs
from support.asterisk_port import CALL, SOUND, port

from callagent.clock import SystemClock
from callagent.simulator.virtual_time import run
from callagent.telephony.asterisk import audiosocket_server
from callagent.telephony.asterisk.access import Sources, shows_token
from callagent.telephony.asterisk.announced import LIFETIME_S, MOST, Announced, Numbers, number
from callagent.telephony.asterisk.audiosocket_server import AudioSocketServer
from callagent.telephony.asterisk.carrier import listen_at
from callagent.telephony.asterisk.handovers import Handovers
from callagent.telephony.leg import Leg
from callagent.telephony.twilio.switchboard import OwnSwitchboard


def test_a_connection_that_says_nothing_is_closed() -> None:
    """After five seconds."""

    async def call() -> tuple[bool, float]:
        async with port() as server:
            peer = await server.connect()
            return await peer.is_closed(), asyncio.get_running_loop().time()

    is_closed, after_s = run(call())

    assert is_closed
    assert after_s == pytest.approx(audiosocket_server.START_WITHIN_S)


async def test_a_connection_from_elsewhere_is_closed_without_a_word() -> None:
    """However many there are, the log has a line."""

    async def answer(_leg: Leg) -> None:
        raise AssertionError("nobody is to be answered")

    listener, clock = listen_at("127.0.0.1:0"), SystemClock()
    assert listener is not None
    elsewhere = Sources(("10.0.0.5",))
    server = AudioSocketServer(listener, elsewhere, Announced(), Handovers(), OwnSwitchboard(clock), clock, answer)
    await server.start()
    with capture_logs() as logs:
        for _ in range(20):
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            writer.write(b"\x01\x00\x10" + CALL.bytes)
            with suppress(ConnectionError):
                assert await reader.read() == b""
            writer.close()
    await server.stop()

    assert [log["event"] for log in logs] == ["connections from elsewhere refused"]


@pytest.mark.parametrize("first", [SOUND, b"\x00\x00\x00", b"\x01\x00\x02ab", b"GET / HTTP/1.1\r\n\r\n" * 9000])
def test_a_connection_that_begins_otherwise_is_closed(first: bytes) -> None:
    """At once, and nothing is started for it."""

    async def call() -> tuple[bool, int]:
        async with port() as server:
            peer = await server.connect()
            peer.writer.write(first)
            return await peer.is_closed(), len(server.legs)

    assert run(call()) == (True, 0)


def test_a_flood_of_connections_keeps_nobody_out() -> None:
    """The oldest that have said nothing go; a call comes through."""

    async def call() -> tuple[int, int]:
        async with port() as server:
            for _ in range(300):
                await server.connect()
            flooded = len(server.server)
            await server.call()
            return flooded, len(server.legs)

    flooded, calls = run(call())

    assert flooded <= audiosocket_server.MOST_UNSTARTED + 1
    assert calls == 1


def test_calls_have_a_limit_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes then is closed."""
    monkeypatch.setattr(audiosocket_server, "MOST", 3)

    async def call() -> tuple[bool, int]:
        async with port() as server:
            for number in range(3):
                await server.call(UUID(int=number))
            peer = await server.connect()
            return await peer.is_closed(), len(server.server)

    assert run(call()) == (True, 3)


def test_after_many_calls_nothing_is_left() -> None:
    """However they ended: in order, within a frame, with nonsense, or before there was a call."""
    ends = (b"", b"\x00\x00\x00", b"\x10\x01", b"\x77\x00\x00" * 50, b"\xff\x00\x01\x04")

    async def call() -> tuple[int, int, set[str]]:
        before = asyncio.all_tasks()
        async with port() as server:
            for number in range(200):
                peer = await server.connect()
                if number % 7:
                    peer.writer.write(b"\x01\x00\x10" + UUID(int=number).bytes)
                peer.writer.write(SOUND + ends[number % len(ends)])
                await asyncio.sleep(0.05)
                peer.writer.close()
            await asyncio.sleep(2.0)
            left = {task.get_name() for task in asyncio.all_tasks() - before}
            return len(server.legs), len(server.server), left

    calls, connections, left = run(call())

    assert calls == 200 - len(range(0, 200, 7))
    assert (connections, left) == (0, set())


def test_a_uuid_is_good_for_one_call() -> None:
    """Another connection with the same one is told to hang up."""

    async def call() -> tuple[tuple[int, bytes], int]:
        async with port() as server:
            await server.call()
            again = await server.connect()
            await again.send(0x01, CALL.bytes)
            return await again.next(), len(server.legs)

    assert run(call()) == ((0x00, b""), 1)


def test_a_busy_server_takes_no_call() -> None:
    """Asterisk is told to hang up, and its dialplan may go on."""

    async def call() -> tuple[tuple[int, bytes], int]:
        async with port(admits=False) as server:
            peer = await server.connect()
            await peer.send(0x01, CALL.bytes)
            return await peer.next(), len(server.legs)

    assert run(call()) == ((0x00, b""), 0)


@pytest.mark.parametrize(
    ("networks", "peer", "allowed"),
    [
        (("127.0.0.0/8", "::1"), ("127.0.0.1", 5), True),
        (("127.0.0.0/8", "::1"), ("::1", 5, 0, 0), True),
        (("127.0.0.0/8", "::1"), ("::ffff:127.0.0.1", 5, 0, 0), True),
        (("127.0.0.0/8", "::1"), ("10.0.0.5", 5), False),
        (("10.0.0.5", "192.168.0.0/16"), ("192.168.3.4", 5), True),
        (("10.0.0.5", "192.168.0.0/16"), ("127.0.0.1", 5), False),
        (("fe80::/10",), ("fe80::1%eth0", 5, 0, 2), True),
        (("127.0.0.0/8",), "no address", False),
        (("127.0.0.0/8",), "", True),
        (("10.0.0.5",), "", False),
        ((), ("127.0.0.1", 5), False),
    ],
)
def test_calls_come_from_allowed_addresses(networks: tuple[str, ...], peer: object, allowed: bool) -> None:
    """As single addresses and as networks, of both kinds; a Unix socket is this machine."""
    assert Sources(networks).allow(peer) is allowed


@pytest.mark.parametrize(
    ("authorization", "query", "shown"),
    [
        ("", "sesame-sesame", True),
        ("Bearer sesame-sesame", "", True),
        ("Basic Y2FsbGFnZW50OnNlc2FtZS1zZXNhbWU=", "", True),
        ("Basic broken", "", False),
        ("Bearer other", "other", False),
        ("", "", False),
    ],
)
def test_the_token_may_be_shown_in_three_ways(authorization: str, query: str, shown: bool) -> None:
    """Whatever a dialplan or a websocket_client.conf can do."""
    assert shows_token("sesame-sesame", authorization, query) is shown


def test_an_empty_token_opens_nothing() -> None:
    """Nobody can show what there is not."""
    assert not shows_token("", "", "")


def test_who_calls_is_told_once_and_forgotten_soon() -> None:
    """A table that a flood cannot fill."""
    announced = Announced()
    for call in range(MOST + 5):
        announced.add(UUID(int=call), Numbers(str(call)), 0.0)
    told = announced.take(UUID(int=10), 1.0)

    assert told == Numbers("10")
    assert announced.take(UUID(int=10), 1.0) == announced.take(UUID(int=1), 1.0) == Numbers()
    assert announced.take(UUID(int=11), LIFETIME_S + 1) == Numbers()


@pytest.mark.parametrize(
    ("text", "taken"), [("+919800000001", "+919800000001"), ("100", "100"), ("alice", ""), ("1" * 40, ""), ("1\n2", "")]
)
def test_a_number_is_a_number(text: str, taken: str) -> None:
    """What a dialplan gives in its place is nobody."""
    assert number(text) == taken
