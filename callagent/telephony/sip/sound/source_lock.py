"""Whose datagrams a call takes for its sound, and where it sends its own. Pure: time is an argument.

SDP names the peer's address, and only its IP address counts at first: behind a NAT the port is another one. The first
port that sends RTP of use is then the peer's, and gets our sound too (symmetric RTP, RFC 4961). It may move to another
port of the same address after two silent seconds, as a NAT that forgot the way makes it, and back to the negotiated one
at any time. A telephone behind a NAT names an address there, and its sound comes from where its messages do: `also`
says where. Where not even that is known, `any_source` lets the first few seconds decide; then it is locked too.
"""

import ipaddress
from typing import Final, TypeAlias

from callagent.errors import WireError

Address: TypeAlias = tuple[str, int]
"""IP address in its shortest form, IPv4 as such even on a socket of IPv6, and port."""

SILENT_S: Final = 2.0
"""After which another port of the same address may take over."""
ANY_FOR_S: Final = 10.0
"""How long after an agreement `any_source` takes the first who sends."""


class SourceLock:
    """One stream's."""

    def __init__(self, *, any_source: bool = False) -> None:
        self.agreed: Address | None = None
        """The peer as SDP has it; None while it has none, as on hold in the old way."""
        self.heard: Address | None = None
        """Who is listened to; None before the first datagram of use."""
        self.also = ""
        """Another IP address of the peer: that of its messages."""
        self._any_source = any_source
        self._any_until_s = 0.0

    def agree(self, agreed: Address | None, now_s: float) -> None:
        """SDP says so, None for nowhere. Who is heard stays where nothing changed."""
        if agreed is None or agreed == self.agreed:
            return
        self.agreed = agreed
        self.heard = None
        self._any_until_s = now_s + ANY_FOR_S

    @property
    def target(self) -> Address | None:
        """Where our sound goes; None when there is nowhere."""
        return self.heard or self.agreed

    def of_peer(self, host: str) -> bool:
        """Whether that is the peer's IP address: reports may come from any of its ports."""
        peer = self.target
        return peer is not None and peer[0] == host

    def admits(self, source: Address, last_heard_s: float | None, now_s: float) -> bool:
        """Whether a datagram may be looked at; `last_heard_s` is when the last of use came."""
        heard, agreed = self.heard, self.agreed
        if source == heard:
            return True
        if heard is not None:
            if source == agreed:
                return True
            return source[0] == heard[0] and (last_heard_s is None or now_s - last_heard_s >= SILENT_S)
        if agreed is None:
            return False
        return source[0] in {agreed[0], self.also} or (self._any_source and now_s < self._any_until_s)

    def hear(self, source: Address) -> None:
        """A datagram of use came from there, and was admitted."""
        self.heard = source


def address(host: str, port: int) -> Address | None:
    """What SDP wrote, None for 0.0.0.0 and its like, which was hold in RFC 2543. Raises WireError for a host name."""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        raise WireError("SDP: sound is wanted at a host name, where only IP addresses will do") from None
    return (_shortest(found), port) if any(found.packed) else None


def ip(host: str) -> str:
    """An IP address as a socket tells it, as it is compared."""
    return _shortest(ipaddress.ip_address(host.partition("%")[0]))


def _shortest(found: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    return str((found.ipv4_mapped or found) if found.version == 6 else found)
