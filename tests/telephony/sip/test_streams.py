"""SIP over TCP and TLS, on real connections. What never may happen is asked of `desk` after each test."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sipmessage import Response
from structlog.testing import capture_logs
from support.sip_sockets import ELSEWHERE, HERE, Desk, desk, dialled, trunk
from support.sip_torture import INVITE, OPTIONS, SDP, SDP_TYPE, sip
from support.tls import client_context, server_context

from callagent.telephony.sip.messages.framing import LARGEST_HEAD
from callagent.telephony.sip.network import streams as streams_module
from callagent.telephony.sip.network.connection import MOST_UNREAD, MOST_WAITING, WHOLE_WITHIN_S, Connection
from callagent.telephony.sip.network.guard import Guard
from callagent.telephony.sip.network.streams import IDLE_S, MOST_OF_ONE, MOST_OWN, Streams
from callagent.telephony.sip.transactions.matching import Hop, TransactionId

ASK = sip(OPTIONS)
CALL = sip(INVITE, SDP_TYPE, body=SDP)
OK = sip("SIP/2.0 200 OK")
PING, PONG = b"\r\n\r\n", b"\r\n"


def own(number: int = 1) -> TransactionId:
    """A client transaction of ours."""
    return TransactionId("client", f"z9hG4bK{number}", "desk:5060", "OPTIONS")


@contextlib.contextmanager
def nobody() -> Iterator[Hop]:
    """A hop where nobody listens, and nobody else begins to."""
    with socket.socket() as wire:
        wire.bind((HERE, 0))
        yield Hop("TCP", HERE, wire.getsockname()[1])


async def test_split_and_joined_messages_come_whole() -> None:
    """However a stream is cut; and answers go back over the same connection."""
    async with desk("TCP") as ours, dialled(ours.port["TCP"]) as peer:
        stream = ASK + PING + CALL + ASK
        for at in range(0, len(stream), 97):
            peer.writer.write(stream[at : at + 97])
            await peer.writer.drain()
            await asyncio.sleep(0)

        came = [await ours.message() for _ in range(3)]
        assert [message.cseq.method for message, _ in came] == ["OPTIONS", "INVITE", "OPTIONS"]
        source = came[0][1]
        assert source == Hop("TCP", *peer.writer.get_extra_info("sockname"))
        ours.send(OK, source)
        assert await peer.read(len(PONG + OK)) == PONG + OK


async def test_a_request_opens_a_connection_which_is_used_again() -> None:
    """What is sent while it opens goes out in order; later requests open no other."""
    async with desk("TCP") as ours, trunk() as server:
        ours.send(ASK, server.hop, own(1))
        ours.send(CALL, server.hop, own(2))
        wire = await server.wire()
        assert await wire.read(len(ASK + CALL)) == ASK + CALL

        wire.writer.write(OK)
        message, source = await ours.message()
        assert isinstance(message, Response)
        assert source == server.hop

        ours.send(ASK, server.hop, own(3))
        assert await wire.read(len(ASK)) == ASK
        assert server.wires.empty()
        assert ours.transport.counts.connections == 1
        assert ours.failures.empty()


async def test_after_a_connection_is_gone_a_request_opens_another() -> None:
    """And a response does not: whoever asked went away."""
    async with desk("TCP") as ours, trunk() as server:
        ours.send(ASK, server.hop)
        wire = await server.wire()
        connection = ours.transport._streams._connections[server.hop]
        await wire.close()
        await connection.gone.wait()

        ours.send(OK, server.hop, own(1))
        assert await ours.failure() == own(1)
        assert ours.transport.counts.connections == 0

        ours.send(ASK, server.hop, own(2))
        again = await server.wire()
        assert await again.read(len(ASK)) == ASK


async def test_when_a_peer_goes_away_what_it_never_answered_fails() -> None:
    """At once, not after half a minute; what was sent before its last message may still be answered elsewhere."""
    async with desk("TCP") as ours, trunk() as server:
        ours.send(ASK, server.hop, own(1))
        wire = await server.wire()
        wire.writer.write(OK)
        await ours.message()
        ours.send(ASK, server.hop, own(2))
        ours.send(ASK, server.hop, own(2))
        await wire.read(3 * len(ASK))
        await wire.close()

        assert await ours.failure() == own(2)
        assert ours.failures.empty()


async def test_where_nobody_listens_every_message_fails() -> None:
    """Each that waited for the connection."""
    async with desk("UDP") as ours:
        with nobody() as hop:
            for number in range(3):
                ours.send(ASK, hop, own(number))
            assert {await ours.failure() for _ in range(3)} == {own(0), own(1), own(2)}


async def test_no_more_waits_than_may() -> None:
    """Messages for one connection, and connections of ours; the others fail at once."""
    async with desk("UDP") as ours:
        with nobody() as hop:
            for number in range(MOST_WAITING + 1):
                ours.send(ASK, hop, own(number))
            assert await ours.failure() == own(MOST_WAITING)
            for port in range(1, MOST_OWN + 1):
                ours.send(ASK, Hop("TCP", ELSEWHERE, port))
            assert ours.transport.counts.connections == MOST_OWN


async def test_whoever_is_not_allowed_gets_no_byte(tmp_path: Path) -> None:
    """Not even of a handshake."""
    async with desk("TCP", "TLS", server_tls=server_context(tmp_path)) as ours:
        for kind in ours.port:
            with socket.create_connection((HERE, ours.port[kind]), source_address=(ELSEWHERE, 0)) as scanner:
                scanner.settimeout(0)
                with contextlib.suppress(ConnectionError):
                    scanner.send(ASK)
                    assert await asyncio.get_running_loop().sock_recv(scanner, 65536) == b""
        assert ours.transport.counts.dropped_by_guard == 2
        assert ours.transport.counts.connections == 0


async def test_one_address_has_only_so_many_connections() -> None:
    """A trunk's has as many as there are."""
    async with desk("TCP", allow=[HERE, ELSEWHERE]) as ours, contextlib.AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(dialled(ours.port["TCP"])) for _ in range(MOST_OF_ONE + 1)]
        assert await peers[-1].rest() == b""
        assert ours.transport.counts.connections == MOST_OF_ONE

        ours.guard.trust(HERE)
        peer = await stack.enter_async_context(dialled(ours.port["TCP"]))
        peer.writer.write(ASK)
        await ours.message()


async def test_a_connection_owes_a_message_in_time() -> None:
    """One that says nothing, and one whose message never ends, are closed; one that sends keepalives is not."""
    async with desk("TCP") as ours, contextlib.AsyncExitStack() as stack:
        silent, slow, alive = [await stack.enter_async_context(dialled(ours.port["TCP"])) for _ in range(3)]
        slow.writer.write(ASK + ASK[:-20])
        alive.writer.write(PING)
        await ours.message()
        assert await alive.read(2) == PONG
        ours.later(WHOLE_WITHIN_S / 2)
        slow.writer.write(ASK[-20:-10])
        alive.writer.write(PING)
        assert await alive.read(2) == PONG

        assert ours.transport.counts.connections == 3
        ours.later(WHOLE_WITHIN_S / 2 + 0.1)
        assert await silent.rest() == b""
        assert await slow.rest() == b""
        ours.later(IDLE_S - 100)
        alive.writer.write(PING)
        assert await alive.read(2) == PONG
        ours.later(IDLE_S - 1)
        assert ours.transport.counts.connections == 1

        ours.later(2)
        assert await alive.rest() == b""


async def test_keepalives_keep_a_connection_of_ours() -> None:
    """They ask for a sign of life, which is no message; without them it goes after ten minutes."""
    async with desk("TCP") as ours, trunk() as server:
        ours.transport.keep_alive(server.hop)
        ours.later(26)
        assert ours.transport.counts.connections == 0

        ours.send(ASK, server.hop)
        wire = await server.wire()
        await wire.read(len(ASK))
        for _ in range(40):
            ours.later(26)
            assert await wire.read(4) == PING
            wire.writer.write(PONG)
        wire.writer.write(ASK)
        await ours.message()
        ours.transport.forget(server.hop)
        ours.later(IDLE_S + 1)
        assert await wire.rest() == b""


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n",
        sip(OPTIONS, "Content-Length: 9999999"),
        b"OPTIONS sip:x SIP/2.0\r\nX: " + b"x" * LARGEST_HEAD,
    ],
)
async def test_what_is_no_sip_ends_its_connection(data: bytes) -> None:
    """Without a word, for nobody knows where the next message begins."""
    async with desk("TCP") as ours, dialled(ours.port["TCP"]) as peer:
        peer.writer.write(data)
        assert await peer.rest() == b""
        assert ours.transport.counts.malformed == 1


async def test_a_malformed_message_is_answered_and_the_next_one_read() -> None:
    """Where its length was right."""
    async with desk("TCP") as ours, dialled(ours.port["TCP"]) as peer:
        peer.writer.write(sip(OPTIONS, "CSeq: none") + ASK)
        await ours.message()
        assert await peer.read(12) == b"SIP/2.0 400 "


async def test_a_peer_that_reads_nothing_is_closed() -> None:
    """When it has left too much unread; what is sent then fails."""
    async with desk("TCP") as ours, dialled(ours.port["TCP"]) as peer:
        peer.writer.write(ASK)
        _, source = await ours.message()
        connection = ours.transport._streams._connections[source]
        assert connection._transport is not None
        large = OK + b"x" * 30_000
        while ours.failures.empty():
            ours.send(large, source, own())
            assert connection._transport.get_write_buffer_size() <= MOST_UNREAD
            await asyncio.sleep(0)
        await connection.gone.wait()
        assert ours.transport.counts.connections == 0


async def test_whom_we_asked_may_answer_and_nothing_else() -> None:
    """A request over our own connection has to be allowed as any other, for a peer can make us open one."""
    async with desk("UDP", allow=[]) as ours, trunk() as server:
        ours.send(ASK, server.hop)
        wire = await server.wire()
        wire.writer.write(CALL + OK)
        message, _ = await ours.message()
        assert isinstance(message, Response)
        assert ours.transport.counts.dropped_by_guard == 1

        ours.guard.trust(HERE)
        wire.writer.write(CALL)
        message, _ = await ours.message()
        assert message.cseq.method == "INVITE"


async def test_tls_is_spoken_in_both_directions(tmp_path: Path) -> None:
    """With a certificate that names whom the URI named."""
    server_tls, client_tls = server_context(tmp_path), client_context()
    names: dict[Hop, str] = {}
    async with desk("TLS", server_tls=server_tls, client_tls=client_tls, names=names) as ours:
        async with dialled(ours.port["TLS"], tls=client_tls) as peer:
            peer.writer.write(ASK)
            _, source = await ours.message()
            assert source.transport == "TLS"
            ours.send(OK, source)
            assert await peer.read(len(OK)) == OK

        async with trunk(server_tls) as server:
            names[server.hop] = "trunk.test"
            ours.send(ASK, server.hop, own())
            wire = await server.wire()
            assert await wire.read(len(ASK)) == ASK
            wire.writer.write(OK)
            assert (await ours.message())[1] == server.hop
        assert ours.failures.empty()


@pytest.mark.parametrize(("believes", "name"), [(False, "trunk.test"), (True, "other.test"), (True, "::1")])
async def test_a_certificate_is_verified(believes: bool, name: str, tmp_path: Path) -> None:
    """By who signed it and by its name; the log says why it was refused."""
    client_tls = client_context() if believes else None
    names: dict[Hop, str] = {}
    async with trunk(server_context(tmp_path)) as server, desk("UDP", client_tls=client_tls, names=names) as ours:
        names[server.hop] = name
        with capture_logs() as logs:
            ours.guard.trust(HERE)
            ours.send(ASK, server.hop, own())
            assert await ours.failure() == own()
        assert HERE in logs[0]["to"]
        assert server.wires.empty()
        assert "certificate" in logs[0]["reason"] or "match" in logs[0]["reason"]


async def test_plain_text_to_tls_ends_its_connection(tmp_path: Path) -> None:
    """As does a handshake that is none."""
    async with desk("TLS", server_tls=server_context(tmp_path)) as ours, dialled(ours.port["TLS"]) as peer:
        peer.writer.write(ASK)
        assert OK[:7] not in await peer.rest()


async def test_a_handshake_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours, whose messages fail then, and that of a peer which says nothing."""
    monkeypatch.setattr(streams_module, "CONNECT_WITHIN_S", 0.05)
    async with desk("TLS", server_tls=server_context(tmp_path)) as ours, trunk() as mute:
        ours.send(ASK, Hop("TLS", HERE, mute.hop.port), own())
        assert await ours.failure() == own()

        async with dialled(ours.port["TLS"]) as peer:
            assert await peer.rest() == b""


async def test_stopping_lets_the_last_words_leave() -> None:
    """A BYE that was written is read, then the connection ends."""
    async with desk("TCP") as ours, trunk() as server:
        ours.send(ASK, server.hop)
        wire = await server.wire()
        await wire.read(len(ASK))
        ours.send(CALL, server.hop)
        await ours.transport.stop()
        assert await wire.rest() == CALL


class _Pipe(asyncio.Transport):
    """What a connection writes to, without a loop."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True

    def get_write_buffer_size(self) -> int:
        return 0


@settings(deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=200), st.sampled_from([ASK, OK, CALL[:60], CALL[60:], PING])), max_size=9))
def test_any_stream_is_messages_or_ends(pieces: list[bytes]) -> None:
    """Without an exception, and nothing is read after the end."""
    ours = Desk([], Guard([HERE]))
    streams: Streams = ours.transport._streams
    hop = Hop("TCP", HERE, 5060)
    connection = streams._connections[hop] = Connection(streams, hop, 0.0, own=False)
    pipe = _Pipe()
    connection.connection_made(pipe)
    for piece in pieces:
        connection.data_received(piece)
    ended = pipe.closed
    before = ours.messages.qsize()
    connection.data_received(ASK)

    assert ours.messages.qsize() == before or not ended
    assert connection._framing.held < 10_000


def test_contexts_of_tests_verify() -> None:
    """What the tests' client believes is that certificate and no other."""
    assert client_context().verify_mode is ssl.CERT_REQUIRED
    assert client_context().check_hostname
