"""Asterisk as a server has it: the port for AudioSocket, the addresses on the HTTP server, or both."""

import socket
from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

from callagent.clock import Clock
from callagent.errors import ConfigurationError
from callagent.telephony.asterisk.access import Sources
from callagent.telephony.asterisk.announced import Announced
from callagent.telephony.asterisk.audiosocket_server import AudioSocketServer
from callagent.telephony.asterisk.handovers import Handovers
from callagent.telephony.asterisk.routes import AsteriskRoutes
from callagent.telephony.leg import Leg
from callagent.telephony.server import BACKLOG
from callagent.telephony.twilio.switchboard import Switchboard


class AsteriskCarrier:
    """One per server. Without a `listener` there is no AudioSocket, without a `token` nothing on the HTTP server."""

    def __init__(
        self,
        listener: socket.socket | None,
        token: str,
        allowed: Iterable[str],
        switchboard: Switchboard,
        clock: Clock,
        answer: Callable[[Leg], Awaitable[None]],
    ) -> None:
        shared = Sources(allowed), Announced(), Handovers(), switchboard, clock, answer
        self._audiosocket = AudioSocketServer(listener, *shared) if listener else None
        self._routes = AsteriskRoutes(token, *shared) if token else None

    def add_to(self, app: web.Application) -> None:
        """Register the addresses, if there are to be any."""
        if self._routes is not None:
            self._routes.add_to(app)

    async def start(self) -> None:
        """Take AudioSocket connections, if there are to be any."""
        if self._audiosocket is not None:
            await self._audiosocket.start()

    async def stop(self) -> None:
        """Close the port and its connections."""
        if self._audiosocket is not None:
            await self._audiosocket.stop()


def listen_at(address: str) -> socket.socket | None:
    """Take the port for AudioSocket, of an address such as 127.0.0.1:9092; None for an empty one.

    Raises ConfigurationError when it is taken or not allowed.
    """
    if not address:
        return None
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, int(port)), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigurationError(
            f"Cannot listen on {address} ({reason}). Set CALLAGENT_AUDIOSOCKET to an address that is free."
        ) from None
