"""UDP ports for calls' sound: pairs out of a range, an even one for RTP and the next for RTCP (RFC 3550, section 11).

Pairs are used in turn, so that one which was given back rests: what a peer still sends there reaches no other call.
"""

import errno
import ipaddress
import socket
import struct
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TypeAlias

from callagent.errors import CarrierError, ConfigurationError

Pair: TypeAlias = tuple[socket.socket, socket.socket]
Control: TypeAlias = list[tuple[int, int, bytes]]
Reader: TypeAlias = Callable[[int, int], tuple[bytes, Control, int, Any]]
"""Given the most bytes of a datagram and of its control part: both, flags, and where it came from. Raises OSError."""

STAMP: Final = 35
"""SO_TIMESTAMPNS of Linux, which the socket module does not name: when the kernel got each datagram."""
CONTROL_BYTES: Final = 64
"""Room for such a stamp at `recvmsg`."""
_STAMP: Final = struct.Struct("=qq")
_TAKEN: Final = frozenset({errno.EADDRINUSE, errno.EACCES})


class MediaPorts:
    """Pairs of sockets, bound on the IP address `host` to ports from `first` to `last` and not blocking."""

    def __init__(self, host: str, first: int, last: int) -> None:
        """Raises ConfigurationError for a range without a pair, and a host that is no IP address."""
        self._host = host
        self._free = deque(range(first + first % 2, last, 2))
        self._used: dict[socket.socket, int] = {}
        """Even ports by their sockets."""
        if not (first > 0 and last <= 65535 and self._free):
            raise ConfigurationError(
                f"the ports for sound over SIP are {first} to {last}: there must be an even one and the next among "
                "them, from 1 to 65535; try 10000 to 10999."
            )
        try:
            version = ipaddress.ip_address(host).version
        except ValueError:
            raise ConfigurationError(
                f"sound over SIP is to be received at {host!r}, which is no IP address; try 0.0.0.0."
            ) from None
        self._family = socket.AF_INET if version == 4 else socket.AF_INET6

    @property
    def in_use(self) -> int:
        """Pairs that were taken and not given back."""
        return len(self._used)

    def take(self) -> Pair:
        """The sockets for RTP and RTCP; raises CarrierError, which may be retried when all are in use.

        Ports that other programs have are passed over.
        """
        for _ in range(len(self._free)):
            port = self._free.popleft()
            try:
                pair = self._bound(port)
            except OSError as refused:
                self._free.append(port)
                if refused.errno in _TAKEN:
                    continue
                raise CarrierError(
                    f"no port for sound at {self._host}: {refused.strerror}", retryable=refused.errno == errno.EMFILE
                ) from refused
            self._used[pair[0]] = port
            return pair
        raise CarrierError(f"all ports for sound at {self._host} are in use; allow more of them.", retryable=True)

    def give_back(self, pair: Pair) -> None:
        """Close a pair; harmless when it was given back before."""
        port = self._used.pop(pair[0], None)
        for one in pair:
            one.close()
        if port is not None:
            self._free.append(port)

    def _bound(self, port: int) -> Pair:
        """Both sockets or none. Raises OSError."""
        sound = self._open(port)
        try:
            return sound, self._open(port + 1)
        except OSError:
            sound.close()
            raise

    def _open(self, port: int) -> socket.socket:
        opened = socket.socket(self._family, socket.SOCK_DGRAM)
        try:
            opened.settimeout(0)
            opened.bind((self._host, port))
        except OSError:
            opened.close()
            raise
        stamp_arrivals(opened)
        return opened


def stamp_arrivals(receiving: socket.socket) -> None:
    """Have the kernel note when each datagram came, where it can; else arrivals are as exact as they are read."""
    if sys.platform == "linux":
        with suppress(OSError):
            receiving.setsockopt(socket.SOL_SOCKET, STAMP, 1)


def reader(receiving: socket.socket) -> Reader:
    """Its `recvmsg`, or what does the same without stamps on systems that have none."""
    if hasattr(receiving, "recvmsg"):
        return receiving.recvmsg

    def read(size: int, _: int) -> tuple[bytes, Control, int, Any]:
        data, source = receiving.recvfrom(size)
        return data, [], 0, source

    return read


def stamped_s(control: Control) -> float:
    """The kernel's note in what `recvmsg` returns, in seconds of the machine's date; 0 where there is none."""
    for _, kind, content in control:
        if kind == STAMP and len(content) == _STAMP.size:
            seconds, nanoseconds = _STAMP.unpack(content)
            return float(seconds + nanoseconds * 1e-9)
    return 0.0
