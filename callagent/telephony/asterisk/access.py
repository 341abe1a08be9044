"""Who may bring calls: machines by their address, and whoever shows the token."""

import base64
import binascii
import hmac
from collections.abc import Iterable
from ipaddress import ip_address, ip_network

HERE = ("127.0.0.0/8", "::1")
"""This machine alone."""


class Sources:
    """Addresses and networks that calls may come from. Raises ValueError for what is neither."""

    def __init__(self, networks: Iterable[str] = HERE) -> None:
        self._networks = tuple(ip_network(network) for network in networks)

    def allow(self, peer: object) -> bool:
        """Whether a connection may come from there; `peer` as a socket tells it, an address or a pair with one.

        A peer without an address is on this machine.
        """
        host = peer[0] if isinstance(peer, tuple | list) and peer else peer
        if not host:
            host = "127.0.0.1"
        try:
            address = ip_address(str(host).partition("%")[0])
        except ValueError:
            return False
        if address.version == 6 and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)


def shows_token(token: str, authorization: str, query: str) -> bool:
    """Whether a request shows the token: as Bearer, as the password of Basic, or as the query's `token`."""
    kind, _, shown = authorization.partition(" ")
    given = [query]
    if kind.lower() == "bearer":
        given.append(shown.strip())
    elif kind.lower() == "basic":
        given.append(_password(shown))
    wanted = token.encode()
    return bool(token) and any(hmac.compare_digest(one.encode(errors="surrogateescape"), wanted) for one in given)


def _password(basic: str) -> str:
    try:
        return base64.b64decode(basic, validate=True).decode("latin-1").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""
