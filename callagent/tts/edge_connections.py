"""Connections to Edge's service that are open before they are needed.

The service takes one text on a connection and closes it, so none can be used again; but the next one can be opened
while this one speaks, and so is one more. As many wait as were asked for at the same time lately; one that nobody takes
is let go of. A speech that takes an open one did not wait for it, and counts as one that found its connection; where
the next is still on its way, the speech makes its own, and counts as one that waited.
"""

import asyncio
from contextlib import suppress
from typing import Any, Final

import aiohttp

from callagent.resilience.incidents import Connected, tell

MOST_SPARE: Final = 8
LEAST_SPARE: Final = 2
"""While the service is in use: another call's sentence may come before the next connection is there."""


class SpeechConnector(aiohttp.TCPConnector):
    """The connections of one speech, each made within so many seconds from name to TLS: the library bounds only a part.

    Only `abandon` closes it: the library would after its first connection, though it makes another for a long text, or
    to try once more when its clock was wrong.
    """

    def __init__(self, connect_s: float, spares: "Spares") -> None:
        super().__init__()
        self._connect_s = connect_s
        self._spares = spares
        self._ahead: aiohttp.connector.Connection | None = None
        self._ahead_for: object = None
        self.taken = asyncio.Event()
        """A speech has it now."""

    @property
    def is_open(self) -> bool:
        """Whether the connection that was made ahead still is one."""
        protocol = self._ahead.protocol if self._ahead is not None else None
        return protocol is not None and protocol.is_connected() and not protocol.should_close

    async def connect(self, req: aiohttp.ClientRequest, *args: Any, **named: Any) -> aiohttp.connector.Connection:
        """The connection that was made ahead, if it is good for this; else a new one."""
        ahead, ready = self._ahead, self.is_open and self._ahead_for == req.connection_key
        self._ahead = None
        if ahead is None or not ready:
            if ahead is not None:
                ahead.close()
            async with asyncio.timeout(self._connect_s):
                ahead = await super().connect(req, *args, **named)
        tell(Connected("tts", "edge", ready))
        self._spares.add_for(req)
        return ahead

    async def connect_ahead(self, req: aiohttp.ClientRequest) -> None:
        """Make a connection as was made for this request. Raises what connecting raises."""
        async with asyncio.timeout(self._connect_s):
            self._ahead = await super().connect(req, [], aiohttp.ClientTimeout())
        self._ahead_for = req.connection_key

    async def close(self, **_: Any) -> None:
        """The library's, which does not know when it is done."""

    async def abandon(self) -> None:
        """Close all connections at once."""
        if self._ahead is not None:
            self._ahead.close()
            self._ahead = None
        await super().close(abort_ssl=True)


class Spares:
    """Connectors that have connected ahead, for the speeches that come next; each is held for `spare_s` seconds."""

    def __init__(self, connect_s: float, spare_s: float) -> None:
        self._connect_s = connect_s
        self._spare_s = spare_s
        self._idle: list[SpeechConnector] = []
        self._holding: dict[asyncio.Task[None], SpeechConnector] = {}
        """Connecting, or waiting for the end of a connection's time."""

    async def take(self) -> SpeechConnector:
        """For one speech, which has to abandon it. Connections that have ended while they waited are not given out."""
        while self._idle:
            # The newest is the likeliest to be open.
            connector = self._idle.pop()
            connector.taken.set()
            if connector.is_open:
                return connector
            await connector.abandon()
        return SpeechConnector(self._connect_s, self)

    def add_for(self, req: aiohttp.ClientRequest) -> None:
        """Connect once more as for this request, in the background, or twice where nothing is waiting."""
        if not self._spare_s or req.proxy is not None:
            return
        ahead = sum(not connector.taken.is_set() for connector in self._holding.values())
        for _ in range(min(max(1, LEAST_SPARE - ahead), MOST_SPARE - len(self._holding))):
            connector = SpeechConnector(self._connect_s, self)
            task = asyncio.create_task(self._hold(connector, req), name="edge connection")
            self._holding[task] = connector
            task.add_done_callback(self._holding.pop)

    async def aclose(self) -> None:
        """Close them."""
        tasks = list(self._holding)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _hold(self, connector: SpeechConnector, req: aiohttp.ClientRequest) -> None:
        try:
            # A speech that finds no spare connection makes its own, and hears why when it cannot.
            with suppress(OSError, aiohttp.ClientError):
                await connector.connect_ahead(req)
                self._idle.append(connector)
                async with asyncio.timeout(self._spare_s):
                    await connector.taken.wait()
        finally:
            if not connector.taken.is_set():
                if connector in self._idle:
                    self._idle.remove(connector)
                await connector.abandon()
