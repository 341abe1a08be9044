"""Free ports for programs that must be told theirs."""

import os
import socket
from contextlib import ExitStack
from pathlib import Path

HOST = "127.0.0.1"
_FIRST, _LAST = 21000, 32000
"""Below the ports that systems give to outgoing connections."""
_SHARE = 1000
"""Each of the processes that run tests beside each other has its own."""
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % ((_LAST - _FIRST) // _SHARE)
_LOWEST = _FIRST + _SHARE * _WORKER
_next = _LOWEST + os.getpid() % 50 * 20


def free_ports(count: int = 2) -> int:
    """The first, an even one, of so many ports in a row that are free for UDP and TCP; given to nobody else soon."""
    global _next  # noqa: PLW0603 - one count for the process
    for _ in range(_SHARE):
        first = _next
        _next += count + count % 2
        if _next >= _LOWEST + _SHARE:
            _next = _LOWEST
        if all(_is_free(port) for port in range(first, first + count)):
            return first
    raise OSError(f"no {count} ports in a row are free from {_LOWEST} on; something here leaves its sockets open.")


def is_taken(port: int, *, tcp: bool = False) -> bool:
    """Whether anybody listens there; told by the system, since trying it would take it from who is about to."""
    kind, listening = ("tcp", "0A") if tcp else ("udp", "07")
    tables = [Path(f"/proc/net/{kind}{version}") for version in ("", "6")]
    rows = [row.split() for table in tables if table.exists() for row in table.read_text("ascii").splitlines()[1:]]
    return any(row[1].endswith(f":{port:04X}") and row[3] == listening for row in rows)


def _is_free(port: int) -> bool:
    with ExitStack() as stack:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            tried = stack.enter_context(socket.socket(type=kind))
            if kind == socket.SOCK_STREAM:
                # A connection that is closing does not hinder who listens.
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((HOST, port))
            except OSError:
                return False
    return True
