"""SIP over UDP, on real sockets; and where we listen. What never may happen is asked of `desk` after each test."""

import asyncio
import contextlib
import random
import socket
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sipmessage import Request, Response
from structlog.testing import capture_logs
from support.sip_sockets import ELSEWHERE, HERE, Box, Desk, desk
from support.sip_torture import INVITE, OPTIONS, SDP, SDP_TYPE, sip

from callagent.clock import ManualClock
from callagent.errors import CarrierError, ConfigurationError
from callagent.telephony.sip.network import guard as guard_module
from callagent.telephony.sip.network import transport as transport_module
from callagent.telephony.sip.network.guard import BURST_S, PER_SOURCE_S, Guard
from callagent.telephony.sip.network.listening import Listening, listen, read_listening
from callagent.telephony.sip.network.transport import SipTransport, _Datagrams
from callagent.telephony.sip.transactions.matching import Hop, TransactionId
from callagent.telephony.sip.transactions.transaction_events import Send

ASK = sip(OPTIONS)
OK = sip("SIP/2.0 200 OK")
OURS = TransactionId("client", "z9hG4bK1", "desk:5060", "OPTIONS")


@contextmanager
def box(host: str = HERE) -> Iterator[Box]:
    """A peer."""
    made = Box(host)
    try:
        yield made
    finally:
        made.close()


@pytest.mark.parametrize(
    ("text", "listening"),
    [
        ("udp:192.0.2.7:5060", Listening("UDP", "192.0.2.7", 5060)),
        (" TCP:0.0.0.0:0 ", Listening("TCP", "0.0.0.0", 0)),
        ("tls:[2001:DB8:0::1]:5061", Listening("TLS", "2001:db8::1", 5061)),
    ],
)
def test_where_to_listen_is_read(text: str, listening: Listening) -> None:
    """A transport, an address and a port; and written the same way."""
    assert read_listening(text) == listening
    assert read_listening(str(listening)) == listening


@pytest.mark.parametrize(
    "text",
    ["", "5060", "192.0.2.7:5060", "ws:192.0.2.7:5060", "udp:shop.example:5060", "udp:1.2.3:5060", "udp:::1:5060",
     "udp:192.0.2.7", "udp:192.0.2.7:70000", "udp:[192.0.2.7:5060", "udp:192.0.2.7:٥٠٦٠"],
)  # fmt: skip
def test_what_is_no_place_to_listen_says_what_would_be(text: str) -> None:
    """With an example."""
    with pytest.raises(ValueError, match=r"such as udp:192\.0\.2\.7:5060"):
        read_listening(text)


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_a_port_that_is_taken_names_the_setting(transport: str) -> None:
    """Which is what the operator can change."""
    at = read_listening(f"{transport}:{HERE}:0")
    with contextlib.closing(listen(at)) as first:
        taken = Listening(at.transport, HERE, first.getsockname()[1])
        with pytest.raises(ConfigurationError, match="CALLAGENT_SIP"):
            listen(taken)


async def test_a_datagram_becomes_a_message_from_where_it_came() -> None:
    """And what is sent there leaves from the same port."""
    async with desk("UDP") as ours:
        with box() as peer:
            peer.send(ASK, ours.port["UDP"])
            message, source = await ours.message()
            assert isinstance(message, Request)
            assert (message.method, source) == ("OPTIONS", peer.hop)

            ours.send(OK, source)
            assert await peer.receive_from() == (OK, ours.port["UDP"])


async def test_it_speaks_ip_version_6() -> None:
    """With brackets where host and port stand together."""
    async with desk("UDP", host="::1") as ours:
        with box("::1") as peer:
            peer.send(ASK, ours.port["UDP"], "::1")
            _, source = await ours.message()
            ours.send(OK, source)

            assert source == peer.hop
            assert await peer.receive() == OK
            assert ours.transport.sent_by("UDP") == f"[::1]:{ours.port['UDP']}"


async def test_a_peer_is_answered_by_the_socket_that_it_talks_to() -> None:
    """When there are several: its NAT and its firewall let through no other."""
    async with desk("UDP", "UDP") as ours:
        for _, wire in ours.transport._sockets:
            with box() as peer:
                port = wire.getsockname()[1]
                peer.send(ASK, port)
                _, source = await ours.message()
                ours.send(OK, source)

                assert await peer.receive_from() == (OK, port)


async def test_whoever_is_not_allowed_hears_nothing() -> None:
    """Not one byte, whatever it sends; the log says so once, without a word of it, and nothing is remembered."""
    flood = [ASK, sip(INVITE, SDP_TYPE, body=SDP), ASK[:80], b"\r\n\r\n", b"\0" * 50]
    with capture_logs() as logs:
        async with desk("UDP") as ours:
            with box(ELSEWHERE) as scanner, box() as peer:
                for data in flood * 40:
                    scanner.send(data, ours.port["UDP"])
                    await asyncio.sleep(0)
                peer.send(ASK, ours.port["UDP"])
                _, source = await ours.message()

                assert source == peer.hop
                assert scanner.nothing_came()
                assert ours.transport.counts.dropped_by_guard == len(flood) * 40
                assert ours.transport.counts.malformed == 0
                assert len(ours.guard) == 1
                assert ours.messages.empty()
    told = [line for line in logs if line["event"].startswith("SIP messages dropped")]
    assert len(told) == 1
    assert ELSEWHERE not in str(told)


async def test_a_flood_from_an_allowed_address_is_cut_short() -> None:
    """It gets what its share allows, and malformed messages are answered from the same share."""
    async with desk("UDP", allow=[HERE, ELSEWHERE]) as ours:
        with box(ELSEWHERE) as scanner, box() as peer:
            share = int(PER_SOURCE_S * BURST_S)
            for _ in range(share + 100):
                scanner.send(sip(OPTIONS, "CSeq: none"), ours.port["UDP"])
                await asyncio.sleep(0)
            peer.send(ASK, ours.port["UDP"])
            _, source = await ours.message()

            assert source == peer.hop
            assert ours.transport.counts.malformed == share
            assert ours.transport.counts.dropped_by_guard == 100


async def test_a_malformed_request_is_answered_where_it_came_from() -> None:
    """Never where its Via points; and the socket lives on."""
    async with desk("UDP") as ours:
        with box() as peer, box() as victim:
            via = f"Via: SIP/2.0/UDP {HERE}:{victim.hop.port};branch=z9hG4bKbad"
            peer.send(sip(OPTIONS, via, "CSeq: none"), ours.port["UDP"])
            assert (await peer.receive()).startswith(b"SIP/2.0 400 ")
            assert victim.nothing_came()

            peer.send(b"\r\n\r\n", ours.port["UDP"])
            peer.send(ASK, ours.port["UDP"])
            await ours.message()
            assert ours.transport.counts.malformed == 1


async def test_a_port_that_nobody_listens_on_does_no_harm() -> None:
    """Whatever the network says of it."""
    async with desk("UDP") as ours:
        with box() as gone:
            pass
        ours.send(ASK, gone.hop, OURS)
        ours.transport._datagrams[0].error_received(ConnectionRefusedError())
        with box() as peer:
            peer.send(ASK, ours.port["UDP"])
            await ours.message()
            ours.send(OK, peer.hop)
            assert await peer.receive() == OK


@pytest.mark.parametrize(
    ("data", "hop"),
    [
        (b"x" * 70000, Hop("UDP", HERE, 5060)),
        (ASK, Hop("UDP", "shop.example", 5060)),
        (ASK, Hop("UDP", "::1", 5060)),
        (ASK, Hop("TCP", "shop.example", 5060)),
        (ASK, Hop("TCP", HERE, 0)),
        (ASK, Hop("UDP", HERE, 70000)),
    ],
)
async def test_what_cannot_be_sent_is_told(data: bytes, hop: Hop) -> None:
    """Later, so that nobody is called while sending; and only where there is somebody to tell."""
    async with desk("UDP") as ours:
        ours.send(data, hop)
        ours.send(data, hop, OURS)
        assert ours.failures.empty()

        assert await ours.failure() == OURS
        assert ours.failures.empty()


async def test_keepalives_go_out_until_nobody_wants_them() -> None:
    """Every 25 s."""
    async with desk("UDP") as ours:
        with box() as peer:
            ours.transport.keep_alive(peer.hop)
            ours.later(24)
            assert peer.nothing_came()
            for _ in range(3):
                ours.later(25)
                assert await peer.receive() == b"\r\n\r\n"

            ours.transport.forget(peer.hop)
            ours.later(100)
            assert peer.nothing_came()


async def test_what_goes_wrong_above_ends_no_socket() -> None:
    """A message's fault is that message's alone."""
    met: asyncio.Queue[Hop] = asyncio.Queue()

    def received(_: Request | Response, hop: Hop) -> None:
        met.put_nowait(hop)
        raise RuntimeError

    def failed(_: TransactionId) -> None:
        raise RuntimeError

    at = Listening("UDP", HERE, 0)
    wire = listen(at)
    transport = SipTransport([(at, wire)], Guard([HERE]), ManualClock(), received, failed)
    await transport.start()
    with box() as peer, capture_logs() as logs:
        for _ in range(2):
            peer.send(ASK, wire.getsockname()[1])
            await met.get()
        transport.send(Send(ASK, Hop("UDP", "nowhere", 1), OURS))
        await asyncio.sleep(0)
    await transport.stop()

    assert [line["event"] for line in logs] == ["SIP message not handled"] * 2 + ["SIP failure not handled"]


async def test_stopping_gives_the_ports_back() -> None:
    """And what is sent afterwards fails as anything else does."""
    async with desk("UDP", "TCP") as ours:
        await ours.transport.stop()
        for kind in ("UDP", "TCP"):
            listen(read_listening(f"{kind}:{HERE}:{ours.port[kind]}")).close()

        for kind in ("UDP", "TCP"):
            ours.send(ASK, Hop(kind, HERE, 9), OURS)  # type: ignore[arg-type]
            assert await ours.failure() == OURS


def test_we_say_where_we_can_be_reached() -> None:
    """By the public host, else by the address that we listen on; never 0.0.0.0."""
    places = [Listening("UDP", "0.0.0.0", 0), Listening("TCP", HERE, 0)]
    sockets = [(at, listen(at)) for at in places]
    udp, tcp = (wire.getsockname()[1] for _, wire in sockets)

    def made(pairs: list[tuple[Listening, socket.socket]], public_host: str = "") -> SipTransport:
        return SipTransport(pairs, Guard([]), ManualClock(), print, print, public_host=public_host)

    assert made(sockets, "shop.example").sent_by("UDP") == f"shop.example:{udp}"
    assert made(sockets, "2001:db8::1").sent_by("TCP") == f"[2001:db8::1]:{tcp}"
    assert made(sockets).sent_by("TCP") == f"{HERE}:{tcp}"
    assert made(sockets).sent_by("TLS").endswith(f":{udp}")
    assert not made(sockets).sent_by("UDP").startswith("0.0.0.0")
    with pytest.raises(CarrierError, match="udp"):
        made(sockets[1:]).sent_by("UDP")
    with pytest.raises(ConfigurationError, match="certificate"):
        made([(Listening("TLS", HERE, 0), sockets[1][1])])
    for _, wire in sockets:
        wire.close()


async def test_datagrams_of_any_kind_end_nothing() -> None:
    """Through a real socket: cut, mixed and overwritten messages; the one in order after them still comes."""
    dice = random.Random(7)  # noqa: S311
    models = [ASK, OK, sip(INVITE, SDP_TYPE, body=SDP)]
    async with desk("UDP") as ours:
        with box() as peer:
            for _ in range(150):
                data = bytearray(dice.choice(models))
                for _ in range(dice.randrange(1, 12)):
                    data[dice.randrange(len(data))] = dice.randrange(256)
                peer.send(bytes(data[: dice.randrange(len(data))]), ours.port["UDP"])
                await asyncio.sleep(0)
            peer.send(sip(OPTIONS, "Call-ID: the-last"), ours.port["UDP"])
            while (await ours.message())[0].call_id != "the-last":
                pass


def test_a_flood_takes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """From whatever addresses, refused and allowed, in order or not."""
    monkeypatch.setattr(transport_module, "MOST_PEERS", 300)
    monkeypatch.setattr(guard_module, "MOST_SOURCES", 200)
    ours = _Unread()
    through = ours.transport._datagrams[:] = [_Datagrams(ours.transport, version_6=False) for _ in range(2)]
    bad = sip(OPTIONS, "CSeq: none")

    def flood(turn: int) -> None:
        for number in range(500):
            ours.clock.advance(0.001)
            inside = f"127.{turn}.{number // 256}.{number % 256}"
            ours.transport.datagram(ASK, Hop("UDP", f"10.{turn}.{number // 256}.{number % 256}", 5060), through[0])
            ours.transport.datagram(bad if number % 4 == 0 else b"\0", Hop("UDP", inside, 5060), through[1])
            ours.sent.clear()

    flood(1)
    tracemalloc.start()
    flood(2)
    before, _ = tracemalloc.get_traced_memory()
    flood(3)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(ours.transport._talks_to) == 300
    assert len(ours.guard) == 200
    assert after - before < 20_000


class _Unread(Desk):
    """A desk without a loop: what it would send is kept."""

    def __init__(self) -> None:
        super().__init__([], Guard(["127.0.0.0/8"], per_source_s=1e6, total_s=1e6))
        self.sent: list[Send] = []
        self.transport.send = self.sent.append  # type: ignore[assignment, method-assign]


@settings(deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=200), st.sampled_from([ASK, OK, ASK[:-4], ASK[9:]])), max_size=8))
def test_any_bytes_are_a_message_or_nothing(datagrams: list[bytes]) -> None:
    """Without an exception, and each answered at most once, where it came from."""
    ours = _Unread()
    for data in datagrams:
        ours.transport.datagram(data, Hop("UDP", HERE, 5060), None)  # type: ignore[arg-type]
        ours.transport.datagram(data, Hop("UDP", "192.0.2.1", 5060), None)  # type: ignore[arg-type]

    assert ours.messages.qsize() + ours.transport.counts.malformed <= len(datagrams)
    assert len(ours.sent) <= ours.transport.counts.malformed
    assert all(isinstance(message, Request | Response) for message, _ in ours.messages._queue)  # type: ignore[attr-defined]
    assert {send.to.host for send in ours.sent} <= {HERE}
