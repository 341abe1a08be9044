"""Where SIP URIs lead, with the records of a made-up zone."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

import dns.asyncresolver
import dns.message
import dns.rcode
import dns.rrset
import pytest

from callagent.clock import ManualClock
from callagent.errors import CarrierError
from callagent.telephony.sip.messages.addresses import read_uri
from callagent.telephony.sip.network import resolve as module
from callagent.telephony.sip.network.resolve import (
    ADDRESS_LASTS_S,
    MOST_ADDRESSES,
    MOST_KEPT,
    SHORTEST_S,
    STALE_FOR_S,
    Resolver,
    Service,
    SystemLookup,
    in_order,
)
from callagent.telephony.sip.transactions.matching import Hop

Record = TypeVar("Record")


class Zone:
    """Records as they stand in tests; an OSError for a name is what asking for it raises."""

    def __init__(self) -> None:
        self.srv: dict[str, list[Service] | OSError] = {}
        self.hosts: dict[str, list[str] | OSError] = {}
        self.asked: list[str] = []
        self.hangs = False

    async def services(self, name: str) -> tuple[list[Service], float]:
        """As `Lookup` says."""
        return await self._answer(self.srv, name), 300.0

    async def addresses(self, name: str) -> tuple[list[str], float]:
        """As `Lookup` says."""
        return await self._answer(self.hosts, name), ADDRESS_LASTS_S

    async def _answer(self, known: dict[str, list[Record] | OSError], name: str) -> list[Record]:
        self.asked.append(name)
        if self.hangs:
            await asyncio.Event().wait()
        found = known.get(name, [])
        if isinstance(found, OSError):
            raise found
        return found


def trunk_zone() -> Zone:
    """A trunk with two servers for UDP, one of them spare, and one for each other transport."""
    zone = Zone()
    zone.srv = {
        "_sip._udp.trunk.example": [
            Service(20, 0, 5060, "spare.trunk.example"),
            Service(10, 5, 5070, "a.trunk.example"),
        ],
        "_sip._tcp.trunk.example": [Service(10, 5, 5080, "a.trunk.example")],
        "_sips._tcp.trunk.example": [Service(10, 5, 5081, "a.trunk.example")],
        "_sip._tcp.tcp-only.example": [Service(0, 0, 5060, "a.trunk.example")],
        "_sip._udp.closed.example": [Service(0, 0, 0, "")],
    }
    zone.hosts = {
        "a.trunk.example": ["2001:db8::a", "192.0.2.10"],
        "spare.trunk.example": ["192.0.2.20"],
        "plain.example": ["192.0.2.30"],
        "trunk.example": ["192.0.2.99"],
        "closed.example": ["192.0.2.99"],
        "pbx": ["10.0.0.2"],
        "many.example": [f"192.0.2.{number}" for number in range(100, 200)],
    }
    return zone


@pytest.mark.parametrize(
    ("uri", "hops"),
    [
        ("sip:9@192.0.2.7", [Hop("UDP", "192.0.2.7", 5060)]),
        ("sip:9@192.0.2.7:5070;transport=tcp", [Hop("TCP", "192.0.2.7", 5070)]),
        ("sips:9@[2001:DB8::7]", [Hop("TLS", "2001:db8::7", 5061)]),
        ("sip:9@192.0.2.7;transport=TLS", [Hop("TLS", "192.0.2.7", 5061)]),
        ("sips:9@192.0.2.7;transport=tcp", [Hop("TLS", "192.0.2.7", 5061)]),
        ("sip:9@shop.example;maddr=192.0.2.8", [Hop("UDP", "192.0.2.8", 5060)]),
    ],
)
def test_an_address_leads_there_at_once(uri: str, hops: list[Hop]) -> None:
    """With the transport and port that the URI names, or those that its scheme stands for."""
    assert Resolver(lookup=Zone()).at_once(read_uri(uri)) == hops


@pytest.mark.parametrize(
    ("uri", "hops"),
    [
        (
            "sip:9@Trunk.Example.",
            ["UDP 192.0.2.10 5070", "UDP 2001:db8::a 5070", "UDP 192.0.2.20 5060"],
        ),
        ("sip:9@trunk.example;transport=tcp", ["TCP 192.0.2.10 5080", "TCP 2001:db8::a 5080"]),
        ("sips:9@trunk.example", ["TLS 192.0.2.10 5081", "TLS 2001:db8::a 5081"]),
        ("sip:9@trunk.example:5066", ["UDP 192.0.2.99 5066"]),
        ("sip:9@tcp-only.example", ["TCP 192.0.2.10 5060", "TCP 2001:db8::a 5060"]),
        ("sip:9@plain.example", ["UDP 192.0.2.30 5060"]),
        ("sips:9@plain.example", ["TLS 192.0.2.30 5061"]),
        ("sip:9@pbx", ["UDP 10.0.0.2 5060"]),
    ],
)
async def test_a_name_leads_where_its_records_say(uri: str, hops: list[str]) -> None:
    """Services first, by priority, else the address itself; a port in the URI asks for no services."""
    resolver = Resolver(lookup=trunk_zone(), clock=ManualClock())
    found = await resolver.resolve(read_uri(uri))

    assert [f"{hop.transport} {hop.host} {hop.port}" for hop in found] == hops
    assert resolver.at_once(read_uri(uri)) == found


@pytest.mark.parametrize(
    "uri",
    ["sip:9@nobody.example", "sip:9@closed.example", "tel:+911234", "sip:9@trunk.example;transport=ws",
     "sips:9@trunk.example;transport=udp", "mailto:shop@trunk.example"],
)  # fmt: skip
async def test_what_leads_nowhere_says_so(uri: str) -> None:
    """A service that is decidedly not offered is not looked for elsewhere."""
    with pytest.raises(CarrierError, match="SIP:") as error:
        await Resolver(lookup=trunk_zone()).resolve(read_uri(uri))

    assert not error.value.retryable


async def test_what_was_found_is_kept_as_long_as_its_records_may_be() -> None:
    """As long as the one that ends first; nobody is asked meanwhile."""
    zone, clock = trunk_zone(), ManualClock()
    resolver = Resolver(lookup=zone, clock=clock)
    uri = read_uri("sip:9@trunk.example")
    assert resolver.at_once(uri) is None
    found = await resolver.resolve(uri)
    asked = len(zone.asked)
    clock.advance(ADDRESS_LASTS_S - 1)
    assert await resolver.resolve(read_uri("sip:8@trunk.example")) == found
    assert len(zone.asked) == asked

    clock.advance(1)
    assert resolver.at_once(uri) is None
    zone.hosts["a.trunk.example"] = ["192.0.2.11"]
    assert (await resolver.resolve(uri))[0].host == "192.0.2.11"


async def test_when_names_cannot_be_resolved_any_more_the_last_answer_holds() -> None:
    """For a day: a trunk is seldom moved while the name servers are away."""
    zone, clock = trunk_zone(), ManualClock()
    resolver = Resolver(lookup=zone, clock=clock)
    uri = read_uri("sip:9@trunk.example")
    found = await resolver.resolve(uri)
    zone.srv["_sip._udp.trunk.example"] = OSError("no servers")
    clock.advance(ADDRESS_LASTS_S)
    assert await resolver.resolve(uri) == found

    zone.hosts["trunk.example"] = OSError("no servers")
    clock.advance(STALE_FOR_S)
    with pytest.raises(CarrierError, match=r"trunk\.example") as error:
        await resolver.resolve(uri)
    assert error.value.retryable


async def test_a_resolver_that_knows_no_services_still_knows_names() -> None:
    """As in a container; what is found so is soon asked for again."""
    zone, clock = trunk_zone(), ManualClock()
    zone.srv = {"_sip._udp.plain.example": OSError("refused")}
    resolver = Resolver(lookup=zone, clock=clock)
    uri = read_uri("sip:9@plain.example")

    assert await resolver.resolve(uri) == [Hop("UDP", "192.0.2.30", 5060)]
    clock.advance(SHORTEST_S)
    assert resolver.at_once(uri) is None


async def test_one_server_without_an_address_leaves_the_others() -> None:
    """Whether it is unknown, or nobody could say."""
    faults: tuple[list[str] | OSError, ...] = ([], OSError("no servers"))
    for fault in faults:
        zone = trunk_zone()
        zone.hosts["a.trunk.example"] = fault
        found = await Resolver(lookup=zone).resolve(read_uri("sip:9@trunk.example"))
        assert found == [Hop("UDP", "192.0.2.20", 5060)]


async def test_a_caller_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """When nobody answers, it is an error that may pass."""
    monkeypatch.setattr(module, "WITHIN_S", 0.01)
    zone = trunk_zone()
    zone.hangs = True
    with pytest.raises(CarrierError, match=r"trunk\.example") as error:
        await Resolver(lookup=zone).resolve(read_uri("sip:9@trunk.example"))

    assert error.value.retryable


async def test_what_is_kept_is_bounded() -> None:
    """Names are a peer's to choose; so are the addresses of one."""
    zone = trunk_zone()
    resolver = Resolver(lookup=zone, clock=ManualClock())
    assert len(await resolver.resolve(read_uri("sip:9@many.example"))) == MOST_ADDRESSES
    for number in range(MOST_KEPT + 20):
        zone.hosts[f"h{number}.example"] = [f"10.0.{number // 256}.{number % 256}"]
        await resolver.resolve(read_uri(f"sips:9@h{number}.example"))

    assert len(resolver._kept) == len(resolver.names) == MOST_KEPT


async def test_tls_hops_are_known_by_the_domain_that_was_asked_for() -> None:
    """Which is what a certificate has to name; a name that leads to the same hop later changes nothing."""
    resolver = Resolver(lookup=trunk_zone())
    (hop, _) = await resolver.resolve(read_uri("sips:9@trunk.example"))
    await resolver.resolve(read_uri("sip:9@plain.example"))

    assert resolver.names[hop] == "trunk.example"
    await resolver.resolve(read_uri("sips:9@a.trunk.example:5081"))
    assert resolver.names[hop] == "trunk.example"
    assert {each.transport for each in resolver.names} == {"TLS"}


def test_services_share_their_load_by_weight() -> None:
    """Within one priority; a weight of 0 has hardly a chance while there are others."""
    light, heavy, none = Service(1, 10, 1, "light"), Service(1, 30, 2, "heavy"), Service(1, 0, 3, "none")
    spare = Service(2, 99, 4, "spare")

    def order(*chances: float) -> list[Service]:
        left = iter(chances)
        return in_order([spare, heavy, none, light], lambda: next(left))

    assert order(0.9, 0.5, 0.5, 0.5) == [heavy, light, none, spare]
    assert order(0.2, 0.5, 0.5, 0.5) == [light, heavy, none, spare]
    assert order(0.0, 0.9, 0.5, 0.5) == [none, heavy, light, spare]


class NameServer(asyncio.DatagramProtocol):
    """One on this machine, that knows one name's SRV records; None: it answers nothing."""

    def __init__(self, records: list[str] | None, rcode: dns.rcode.Rcode) -> None:
        self.records = records
        self.rcode = rcode

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As the contract says."""
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """Answer."""
        query = dns.message.from_wire(data)
        answer = dns.message.make_response(query)
        answer.set_rcode(self.rcode)
        if self.records:
            answer.answer.append(dns.rrset.from_text(query.question[0].name, 120, "IN", "SRV", *self.records))
        if self.records is not None:
            self.transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def name_server(records: list[str] | None, rcode: dns.rcode.Rcode = dns.rcode.NOERROR) -> AsyncIterator[None]:
    """The one that the system asks."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: NameServer(records, rcode), local_addr=("127.0.0.1", 0))
    own = dns.asyncresolver.Resolver(configure=False)
    own.nameservers = ["127.0.0.1"]
    own.port = transport.get_extra_info("sockname")[1]
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(dns.asyncresolver, "default_resolver", own)
            yield
    finally:
        transport.close()


@pytest.mark.parametrize(
    ("records", "rcode", "services"),
    [
        (["10 5 5070 a.trunk.example."], dns.rcode.NOERROR, ([Service(10, 5, 5070, "a.trunk.example")], 120.0)),
        (["0 0 0 ."], dns.rcode.NOERROR, ([Service(0, 0, 0, "")], 120.0)),
        ([], dns.rcode.NOERROR, ([], SHORTEST_S)),
        ([], dns.rcode.NXDOMAIN, ([], SHORTEST_S)),
    ],
)
async def test_a_name_servers_answer_is_read(
    records: list[str], rcode: dns.rcode.Rcode, services: tuple[list[Service], float]
) -> None:
    """No such name and no such records are an answer too."""
    async with name_server(records, rcode):
        assert await SystemLookup().services("_sip._udp.trunk.example") == services


async def test_a_name_server_that_does_not_answer_is_an_oserror(monkeypatch: pytest.MonkeyPatch) -> None:
    """As is one that could not find out, and a name that is none."""
    monkeypatch.setattr(module, "SERVICES_WITHIN_S", 0.05)
    async with name_server(None):
        with pytest.raises(OSError, match="SRV"):
            await SystemLookup().services("_sip._udp.trunk.example")
    async with name_server([], dns.rcode.SERVFAIL):
        for name in ("_sip._udp.trunk.example", f"_sip._udp.{'a' * 70}.example"):
            with pytest.raises(OSError, match="SRV"):
                await SystemLookup().services(name)


async def test_names_that_dns_cannot_know_have_no_addresses() -> None:
    """A label of more than 63 letters, and one that the hosts file knows."""
    lookup = SystemLookup()
    assert (await lookup.addresses("a" * 70))[0] == []
    assert "127.0.0.1" in (await lookup.addresses("localhost"))[0]


async def test_a_system_without_an_answer_is_an_oserror(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only "no such name" is an answer."""

    async def busy(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", busy)
    with pytest.raises(OSError, match="try again"):
        await SystemLookup().addresses("pbx")
