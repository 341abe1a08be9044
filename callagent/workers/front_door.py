"""Takes every connection of a server, looks at its first line, and says which worker it is for.

A request that belongs to a certain worker names it in its path, or names the call that a worker has. Workers close a
connection after its answer, so that each request comes on a connection of its own and is handed to the right one.
"""

import asyncio
import re
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

FIRST_LINE: Final = re.compile(rb"(?:GET|POST) /twilio/(?:media|transfer|whisper|outbound|dialled)/([0-9]{1,3})[ ?]")
CALL: Final = re.compile(rb"GET /asterisk/(?:next/|media\?call=)([0-9A-Fa-f-]{36})[&? ]")
PEEKED: Final = 128
"""Bytes of a request that are looked at."""
SILENT_S: Final = 10.0
"""A connection that has said nothing by then is closed."""
MOST_SILENT: Final = 256
"""Connections that have said nothing yet; beyond that the oldest is closed."""
AT_ONCE: Final = 64
"""Connections that are taken in one go."""
REST_S: Final = 0.5
"""After the machine would give no more connections."""
NOBODY: Final = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

log = structlog.get_logger("callagent.workers")


class FrontDoor:
    """One per server. `hand` gets a connection and the worker that it names, if any, and says whether it was taken.

    `home` tells which worker has a call, or had it last.
    """

    def __init__(
        self,
        listener: socket.socket,
        hand: Callable[[socket.socket, int | None], bool],
        home: Callable[[str], int | None] = lambda _: None,
    ) -> None:
        listener.settimeout(0)
        self._listener = listener
        self._hand = hand
        self._home = home
        self._silent: dict[socket.socket, asyncio.TimerHandle] = {}
        """Those that have said nothing yet, oldest first."""
        self._resting: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Take connections; call from within the event loop."""
        self._resting = None
        asyncio.get_running_loop().add_reader(self._listener, self._accept)

    def close(self) -> None:
        """Take no more, and close the port."""
        if self._resting:
            self._resting.cancel()
        asyncio.get_running_loop().remove_reader(self._listener)
        self._listener.close()
        for connection in list(self._silent):
            self._drop(connection)

    def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(AT_ONCE):
            try:
                connection, _ = self._listener.accept()
            except (BlockingIOError, ConnectionError):
                return
            except OSError as error:  # too many open files, as a rule
                log.error("connections are refused", error=type(error).__name__, number=error.errno)
                loop.remove_reader(self._listener)
                self._resting = loop.call_later(REST_S, self.open)
                return
            connection.settimeout(0)
            if len(self._silent) >= MOST_SILENT:
                self._drop(next(iter(self._silent)))
            self._silent[connection] = loop.call_later(SILENT_S, self._drop, connection)
            loop.add_reader(connection, self._speaks, connection)

    def _drop(self, connection: socket.socket) -> None:
        """Close our copy of a connection."""
        if timer := self._silent.pop(connection, None):
            timer.cancel()
            asyncio.get_running_loop().remove_reader(connection)
        connection.close()

    def _speaks(self, connection: socket.socket) -> None:
        try:
            head = connection.recv(PEEKED, socket.MSG_PEEK)
        except OSError:
            head = b""
        # A line that comes in pieces is anybody's: every worker can deal with every request.
        if head and not self._hand(connection, self._worker(head)):
            with suppress(OSError):
                connection.recv(1 << 16)  # what is unread when a connection is closed takes the answer with it
                connection.send(NOBODY)
        self._drop(connection)

    def _worker(self, head: bytes) -> int | None:
        """The worker that a first line names; None for any."""
        if named := FIRST_LINE.match(head):
            return int(named[1])
        call = CALL.match(head)
        return self._home(call[1].decode().lower()) if call else None
