"""Where a SIP URI leads (RFC 3263 section 4, RFC 2782): transport, addresses and ports, in the order to try them.

NAPTR records are not asked for: without a port or a transport in the URI, SRV records of UDP are, then of TCP; a name
without a dot has none. Names become addresses as the system resolves them, so that its hosts file and a container's
names hold; IPv4 comes first.
"""

import asyncio
import random
import socket
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from sipmessage import URI

from callagent.clock import Clock, SystemClock
from callagent.errors import CarrierError
from callagent.telephony.sip.network.guard import plain
from callagent.telephony.sip.transactions.matching import Hop, Transport

WITHIN_S: Final = 3.0
"""How long a caller may wait for names to be resolved."""
SERVICES_WITHIN_S: Final = 1.4
"""How long an answer about SRV records may take: a container's resolver may know names and nothing of these."""
ADDRESS_LASTS_S: Final = 60.0
"""How long an address is believed: the system tells no time to live."""
SHORTEST_S: Final = 5.0
LONGEST_S: Final = 3600.0
"""Bounds of what a zone says about how long its records may be kept."""
STALE_FOR_S: Final = 24 * 3600.0
"""How long what was found is still better than nothing, when names cannot be resolved any more (RFC 8767)."""
MOST_KEPT: Final = 256
MOST_SERVICES: Final = 16
MOST_ADDRESSES: Final = 4
"""Of one name."""

_SERVICES: Final[dict[Transport, str]] = {"UDP": "_sip._udp", "TCP": "_sip._tcp", "TLS": "_sips._tcp"}
_PORTS: Final[dict[Transport, int]] = {"UDP": 5060, "TCP": 5060, "TLS": 5061}


@dataclass(frozen=True, slots=True)
class Service:
    """One SRV record."""

    priority: int
    weight: int
    port: int
    target: str
    """Without a final dot; empty: the service is decidedly not offered (RFC 2782)."""


class Lookup(Protocol):
    """Where records come from. Both raise OSError when nobody could be asked; no records is an empty answer."""

    async def services(self, name: str) -> tuple[list[Service], float]:
        """The SRV records of a name, and how many seconds they may be kept."""
        ...

    async def addresses(self, name: str) -> tuple[list[str], float]:
        """The IP addresses of a name, and how many seconds they may be kept."""
        ...


class SystemLookup:
    """DNS for SRV records, the system's resolver for addresses."""

    async def services(self, name: str) -> tuple[list[Service], float]:
        """As `Lookup` says."""
        import dns.asyncresolver
        import dns.exception
        import dns.rdatatype
        import dns.rdtypes.IN.SRV
        import dns.resolver

        try:
            found = await dns.asyncresolver.resolve(name, "SRV", raise_on_no_answer=False, lifetime=SERVICES_WITHIN_S)
        except dns.resolver.NXDOMAIN:
            return [], SHORTEST_S
        except (dns.exception.DNSException, ValueError) as error:
            raise OSError(f"no answer about SRV records: {type(error).__name__}") from None
        records = [each for each in found.rrset or () if isinstance(each, dns.rdtypes.IN.SRV.SRV)]
        services = [
            Service(each.priority, each.weight, each.port, each.target.to_text(omit_final_dot=True).strip("."))
            for each in records
        ]
        return services, float(found.rrset.ttl) if found.rrset else SHORTEST_S

    async def addresses(self, name: str) -> tuple[list[str], float]:
        """As `Lookup` says."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            if error.errno in {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}:
                return [], SHORTEST_S
            raise
        except UnicodeError:  # no name that DNS could know
            return [], SHORTEST_S
        return [str(address[0]) for *_, address in found], ADDRESS_LASTS_S


@dataclass(frozen=True, slots=True)
class _Target:
    """What of a URI says where it leads."""

    host: str
    port: int | None
    transport: Transport | None
    """None: the URI leaves it open."""


@dataclass(frozen=True, slots=True)
class _Kept:
    hops: list[Hop]
    until_s: float


class Resolver:
    """Finds hops for URIs, and remembers them as long as their records may be kept."""

    def __init__(
        self,
        *,
        lookup: Lookup | None = None,
        chance: Callable[[], float] = random.random,
        clock: Clock | None = None,
    ) -> None:
        """`chance` gives a number from 0 to 1, for SRV records that share their load."""
        self._lookup = lookup or SystemLookup()
        self._chance = chance
        self._clock = clock or SystemClock()
        self._kept: OrderedDict[_Target, _Kept] = OrderedDict()
        self.names: OrderedDict[Hop, str] = OrderedDict()
        """The domain that each TLS hop was found for, which its certificate has to name (RFC 5922 section 7.3).

        The first one stays: a peer's Contact whose name leads to our trunk does not change what the trunk has to show.
        """

    def at_once(self, uri: URI) -> list[Hop] | None:
        """The hops of a URI that holds an address, or whose name was resolved lately; None: ask `resolve`.

        Raises CarrierError where a URI leads nowhere.
        """
        target = _target_of(uri)
        if address := plain(target.host):
            transport = _transport_of(target)
            return [Hop(transport, address, target.port or _PORTS[transport])]
        kept = self._kept.get(target)
        return list(kept.hops) if kept and self._clock.now_s() < kept.until_s else None

    async def resolve(self, uri: URI) -> list[Hop]:
        """The hops of a URI, the one to try first first.

        Raises CarrierError when there are none, or names cannot be resolved within `WITHIN_S` and never could lately.
        """
        if known := self.at_once(uri):
            return known
        target = _target_of(uri)
        try:
            async with asyncio.timeout(WITHIN_S):
                hops, lasts_s = await self._find(target)
        except (OSError, TimeoutError):
            kept = self._kept.get(target)
            if kept and self._clock.now_s() < kept.until_s + STALE_FOR_S:
                return list(kept.hops)
            raise CarrierError(
                f"SIP: the name {target.host} could not be resolved; try again later, or give an IP address",
                retryable=True,
            ) from None
        if not hops:
            raise CarrierError(f"SIP: nothing is known of {target.host}; check the name")
        self._keep(target, hops, min(LONGEST_S, max(SHORTEST_S, lasts_s)))
        return list(hops)

    def _keep(self, target: _Target, hops: list[Hop], lasts_s: float) -> None:
        self._kept[target] = _Kept(hops, self._clock.now_s() + lasts_s)
        self._kept.move_to_end(target)
        for hop in hops:
            if hop.transport == "TLS":
                self.names.setdefault(hop, target.host)
                self.names.move_to_end(hop)
        for kept in (self._kept, self.names):
            while len(kept) > MOST_KEPT:
                kept.popitem(last=False)

    async def _find(self, target: _Target) -> tuple[list[Hop], float]:
        if target.port is not None:
            transport = _transport_of(target)
            return await self._hops(transport, [(target.host, target.port)], LONGEST_S)
        transports: tuple[Transport, ...] = (target.transport,) if target.transport else ("UDP", "TCP")
        fallback = [(target.host, _PORTS[_transport_of(target)])]
        for transport in transports if "." in target.host else ():
            try:
                services, lasts_s = await self._lookup.services(f"{_SERVICES[transport]}.{target.host}")
            except OSError:
                if target in self._kept:
                    raise  # what was found before is better than a guess
                hops, _ = await self._hops(_transport_of(target), fallback, LONGEST_S)
                return hops, SHORTEST_S
            if services:
                places = [(each.target, each.port) for each in in_order(services, self._chance) if each.target]
                return await self._hops(transport, places[:MOST_SERVICES], lasts_s)
        return await self._hops(_transport_of(target), fallback, LONGEST_S)

    async def _hops(
        self, transport: Transport, places: Iterable[tuple[str, int]], lasts_s: float
    ) -> tuple[list[Hop], float]:
        """All places' addresses; a place that cannot be asked about matters only when there is no other."""
        places = list(places)
        answers = await asyncio.gather(*(self._lookup.addresses(host) for host, _ in places), return_exceptions=True)
        hops: dict[Hop, None] = {}
        fault: BaseException | None = None
        for (_, port), answer in zip(places, answers, strict=True):
            if isinstance(answer, BaseException):
                fault = answer
                continue
            found, these_last_s = answer
            lasts_s = min(lasts_s, these_last_s)
            addresses = sorted(filter(None, map(plain, found)), key=lambda each: ":" in each)  # IPv4 first
            hops |= {Hop(transport, each, port): None for each in addresses[:MOST_ADDRESSES]}
        if fault is not None and not hops:
            raise fault
        return list(hops), lasts_s


def in_order(services: Iterable[Service], chance: Callable[[], float]) -> list[Service]:
    """SRV records as RFC 2782 orders them: by priority, and by chance and weight within one."""
    rest = sorted(services, key=lambda each: (each.priority, each.weight))
    ordered: list[Service] = []
    while rest:
        equal = [each for each in rest if each.priority == rest[0].priority]
        mark = chance() * sum(each.weight for each in equal)
        chosen = equal[-1]
        for each in equal:
            mark -= each.weight
            if mark <= 0:
                chosen = each
                break
        ordered.append(chosen)
        rest.remove(chosen)
    return ordered


def _target_of(uri: URI) -> _Target:
    if uri.scheme not in {"sip", "sips"}:
        raise CarrierError(f"SIP: a {uri.scheme} address leads nowhere without a trunk; use sip or sips")
    named = (uri.parameters.get("transport") or "").upper()
    if named not in {"", *_SERVICES} or (uri.scheme == "sips" and named == "UDP"):
        raise CarrierError("SIP: an address asks for a transport that there is none of; use udp, tcp or tls")
    secure = uri.scheme == "sips" or named == "TLS"
    transport: Transport | None = "TLS" if secure else "UDP" if named == "UDP" else "TCP" if named == "TCP" else None
    host = (uri.parameters.get("maddr") or uri.host).strip("[]").rstrip(".").lower()
    if not host:
        raise CarrierError("SIP: an address names no host")
    return _Target(host, uri.port, transport)


def _transport_of(target: _Target) -> Transport:
    """The transport where no SRV record names one."""
    return target.transport or "UDP"
