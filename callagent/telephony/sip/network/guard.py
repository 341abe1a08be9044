"""Who may send SIP messages here, and how many: decided before anything of a message is read.

A port for SIP that can be reached from the internet is found by scanners within hours. Whoever is not on the list gets
no answer at all, so that there is nothing to find. Time is an argument.
"""

from collections import OrderedDict
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final

from callagent.telephony.asterisk.access import Sources

PER_SOURCE_S: Final = 200.0
"""Messages a second from one address; a call that begins and ends has about ten."""
TOTAL_S: Final = 1000.0
"""Messages a second from all addresses, and from each one that is trusted."""
BURST_S: Final = 2.0
"""How many seconds' worth may come at once."""
MOST_SOURCES: Final = 1024
"""Addresses whose messages are counted; beyond that the one that was silent the longest is forgotten."""
MOST_TRUSTED: Final = 256


def plain(host: str) -> str:
    """An address as it is compared: IPv4 never inside IPv6, without a zone; empty for what is no address."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    if address.version == 6 and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(address)


class Bucket:
    """Tokens that come at an even rate; each message takes one."""

    __slots__ = ("_at_s", "_most", "_per_s", "_tokens")

    def __init__(self, per_s: float, now_s: float) -> None:
        self._per_s = per_s
        self._most = max(1.0, per_s * BURST_S)
        self._tokens = self._most
        self._at_s = now_s

    def take(self, now_s: float) -> bool:
        """Whether there was a token left."""
        self._tokens = min(self._most, self._tokens + max(0.0, now_s - self._at_s) * self._per_s)
        self._at_s = max(self._at_s, now_s)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Guard:
    """Allowed networks, and one bucket of tokens for each source and one for all.

    A flood from one allowed address leaves the others their share, and all of them together never touch a trusted
    address' share. Raises ValueError for what is neither an address nor a network.
    """

    def __init__(
        self, networks: Iterable[str], *, per_source_s: float = PER_SOURCE_S, total_s: float = TOTAL_S
    ) -> None:
        """`per_source_s` and `total_s` are messages a second."""
        self._sources = Sources(networks)
        self._per_source_s = per_source_s
        self._total_s = total_s
        self._total = Bucket(total_s, float("-inf"))
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._trusted: OrderedDict[str, Bucket | None] = OrderedDict()
        self.dropped = 0
        """Messages and connections that were not admitted."""

    def __len__(self) -> int:
        """How many addresses are remembered; bounded, whatever comes."""
        return len(self._buckets) + len(self._trusted)

    def admits(self, host: str, now_s: float) -> bool:
        """Whether one more message, or connection, from this IP address is to be looked at."""
        admitted = self._admits(plain(host), now_s)
        self.dropped += not admitted
        return admitted

    def trust(self, host: str) -> None:
        """Allow the address of a trunk of ours; it may send as much as all others together."""
        if host := plain(host):
            self._trusted.setdefault(host, None)
            self._trusted.move_to_end(host)
            while len(self._trusted) > MOST_TRUSTED:
                self._trusted.popitem(last=False)

    def is_trusted(self, host: str) -> bool:
        """Whether `trust` was told of it."""
        return plain(host) in self._trusted

    def _admits(self, host: str, now_s: float) -> bool:
        if host in self._trusted:
            trusted = self._trusted[host]
            if trusted is None:
                trusted = self._trusted[host] = Bucket(self._total_s, now_s)
            return trusted.take(now_s)
        if not host or not self._sources.allow(host):
            return False
        bucket = self._buckets.get(host)
        if bucket is None:
            bucket = self._buckets[host] = Bucket(self._per_source_s, now_s)
            if len(self._buckets) > MOST_SOURCES:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(host)
        return bucket.take(now_s) and self._total.take(now_s)
