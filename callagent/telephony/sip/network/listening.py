"""Where we listen for SIP: how that is written, the ports themselves, and how others reach them."""

import re
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, cast

from callagent.errors import ConfigurationError
from callagent.telephony.sip.network.guard import plain
from callagent.telephony.sip.transactions.matching import Transport

RECEIVE_BUFFER: Final = 1024 * 1024
"""Bytes of datagrams that the system may hold while a call has the loop."""
BACKLOG: Final = 128
_LISTENING: Final = re.compile(r"(udp|tcp|tls):(\[[0-9A-Fa-f:.]+\]|[0-9.]+):([0-9]{1,5})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listening:
    """Where we listen, such as "udp:192.0.2.7:5060" or "tls:[::1]:5061"."""

    transport: Transport
    host: str
    """An IP address of this machine; 0.0.0.0 or :: for all of its addresses."""
    port: int
    """0: any that is free."""

    def __str__(self) -> str:
        return f"{self.transport.lower()}:{bracketed(self.host)}:{self.port}"


def read_listening(text: str) -> Listening:
    """Read "udp:192.0.2.7:5060", "tcp:…" or "tls:[::1]:5061". Raises ValueError that says what would be right."""
    match = _LISTENING.fullmatch(text.strip())
    host = plain(match[2].strip("[]")) if match else ""
    if match is None or not host or int(match[3]) > 65535:
        raise ValueError(
            f"'{text}' is no address to listen on; write udp:, tcp: or tls:, an IP address of this machine and a port, "
            "such as udp:192.0.2.7:5060 or tls:[2001:db8::7]:5061"
        )
    return Listening(cast("Transport", match[1].upper()), host, int(match[3]))


def listen(at: Listening) -> socket.socket:
    """Take a port. Raises ConfigurationError when it is taken or not allowed."""
    family = socket.AF_INET6 if ":" in at.host else socket.AF_INET
    try:
        if at.transport != "UDP":
            return socket.create_server((at.host, at.port), family=family, backlog=BACKLOG)
        wire = socket.socket(family, socket.SOCK_DGRAM)
        try:
            if family == socket.AF_INET6:
                wire.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            with suppress(OSError):
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            wire.bind((at.host, at.port))
        except BaseException:
            wire.close()
            raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigurationError(
            f"Cannot listen on {at} ({reason}). Set CALLAGENT_SIP to an address of this machine with a free port."
        ) from None
    return wire


def bracketed(host: str) -> str:
    """A host as it stands beside a port."""
    return f"[{host}]" if ":" in host else host


def reachable(host: str) -> str:
    """The address of ours that others can reach, where we listen on all of them: the one towards the internet."""
    if host not in {"0.0.0.0", "::"}:  # noqa: S104  # compared, not bound
        return host
    family, elsewhere = (socket.AF_INET6, "2001:db8::1") if host == "::" else (socket.AF_INET, "192.0.2.1")
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((elsewhere, 9))  # sends nothing
        return str(probe.getsockname()[0])
    return "::1" if host == "::" else "127.0.0.1"
