"""Connections that carry no call: how long each may stay, and how many there may be.

aiohttp closes a connection that waits for its first or next request, but not one that trickles a body or takes no
answer, and it counts none. Here every connection has a deadline, from the first sweep that finds it. Each answer moves
it, and a connection that became a WebSocket has none: it has limits of its own. When there are too many, the one whose
deadline is nearest goes: one which never asked before one which was answered. Time is an argument.
"""

import math
from collections.abc import Collection
from heapq import nsmallest
from typing import Final

import structlog
from aiohttp import web

REQUEST_S: Final = 10.0
"""From connecting to the answer; a carrier's webhook takes milliseconds."""
KEEP_ALIVE_S: Final = 150.0
"""After an answer: longer than reverse proxies keep a connection, so that none sends into one that is being closed."""
MOST: Final = 256
"""Connections without a call, far below the usual limit of 1024 open files."""

log = structlog.get_logger("callagent.server")


class Visitors:
    """All connections of a server that carry no call."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._until_s: dict[web.RequestHandler, float] = {}
        self._pushed_out = 0
        """Closed for want of room since the last sweep."""

    def answered(self, connection: web.RequestHandler, now_s: float, *, carries_call: bool) -> None:
        """A request on this connection is about to get its answer."""
        self._until_s[connection] = math.inf if carries_call else now_s + KEEP_ALIVE_S + REQUEST_S

    def make_room(self, connections: Collection[web.RequestHandler], now_s: float) -> None:
        """Another one is about to come: close as many as there are too many."""
        if len(connections) < self._most:
            return
        self._look(connections, now_s)
        self._push_out(self._most - 1)

    def sweep(self, connections: Collection[web.RequestHandler], now_s: float) -> None:
        """Close those whose time is up or who are too many, and log what had to be closed since the last time."""
        self._look(connections, now_s)
        overdue = [connection for connection, until_s in self._until_s.items() if until_s <= now_s]
        for connection in overdue:
            _cut(connection)
        if overdue:
            log.info("slow connections closed", connections=len(overdue))
        # Those that were accepted in one go did not see each other.
        self._push_out(self._most)
        if self._pushed_out:
            log.warning("too many connections without a call", closed=self._pushed_out, most=self._most)
            self._pushed_out = 0

    def _push_out(self, most: int) -> None:
        """Close what is more than `most`, nearest deadline first."""
        callless = [
            connection for connection, until_s in self._until_s.items() if until_s < math.inf and connection.connected
        ]
        for connection in nsmallest(len(callless) - most, callless, key=self._until_s.__getitem__):
            self._pushed_out += 1
            _cut(connection)

    def _look(self, connections: Collection[web.RequestHandler], now_s: float) -> None:
        self._until_s = {
            connection: self._until_s.get(connection, now_s + REQUEST_S)
            for connection in connections
            if connection.connected
        }


def _cut(connection: web.RequestHandler) -> None:
    """Close at once: a peer that reads nothing would keep a polite close waiting."""
    transport = connection.transport
    connection.force_close()
    if transport is not None:
        transport.abort()
