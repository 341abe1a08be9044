"""The WebSocket under Deepgram's client, with limits on everything that can hang.

Measured with the one that the client brings along: an address that accepts and then says nothing held a turn for 10 s
and the socket for 10 s more, and a peer that stopped reading blocked a send for over 44 s without an error.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from callagent.errors import (
    ProviderDeniedError,
    ProviderError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)

SEND_S: Final = 2.0
"""A message that the peer has not taken after so long is not going to be taken."""
CLOSE_S: Final = 0.3
PING_S: Final = 5.0
"""Between two questions whether the peer is there, and for its answer: one that is gone is known within ten seconds."""
LARGEST_BYTES: Final = 1 << 18
"""Of one message; a minute's words with all their times are a tenth of it."""
DENIED: Final = frozenset({401, 402, 403})
BUSY: Final = frozenset({408, 429})


class Wire:
    """What the client calls a transport: it connects with its first message, and ends whatever happens."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self._url = url
        self._headers = headers
        self._connection: ClientConnection | None = None

    async def send(self, data: Any) -> None:
        """Send text or bytes. Raises TimeoutError, OSError or a WebSocket's exception, as does `recv`."""
        if self._connection is None:
            self._connection = await connect(
                self._url,
                additional_headers=self._headers,
                compression=None,  # audio does not shrink
                open_timeout=None,  # whoever sends has a limit of their own
                close_timeout=CLOSE_S,
                ping_interval=PING_S,
                ping_timeout=PING_S,
                max_size=LARGEST_BYTES,
            )
        try:
            async with asyncio.timeout(SEND_S):
                await self._connection.send(data)
        except TimeoutError:
            self._connection.transport.abort()
            raise

    async def recv(self) -> Any:
        """The next message."""
        if self._connection is None:
            raise ConnectionError("not connected")
        return await self._connection.recv()

    async def __aiter__(self) -> AsyncIterator[Any]:
        """All messages until the end."""
        with suppress(ConnectionClosed):
            while True:
                yield await self.recv()

    async def close(self) -> None:
        """Say good-bye to a peer that listens; any other is not waited for."""
        if self._connection is None:
            return
        try:
            async with asyncio.timeout(2 * CLOSE_S):
                await self._connection.close()
        except TimeoutError:
            pass
        finally:
            self._connection.transport.abort()


def translated(error: Exception, provider: str) -> ProviderError:
    """What an exception of the wire or of the client means; `error` itself may hold words or keys."""
    match error:
        case InvalidStatus():
            return _refused(error, provider)
        case ConnectionClosed():
            code = error.rcvd.code if error.rcvd is not None else 1006
            return ProviderUnavailableError(provider, f"closed the connection ({code})")
        case TimeoutError():
            return ProviderTimeoutError(provider, "no connection in time, or a peer that stopped reading")
        case InvalidHandshake():
            return ProviderUnavailableError(provider, "what answers there does not speak WebSocket")
        case OSError():
            return ProviderUnavailableError(provider, f"cannot be reached ({type(error).__name__})")
    return ProviderUnavailableError(provider, f"sent what its protocol does not allow ({type(error).__name__})")


def _refused(error: InvalidStatus, provider: str) -> ProviderError:
    status = error.response.status_code
    asked = error.response.headers.get("Retry-After", "")
    retry_after_s = float(asked) if asked.isdecimal() else None
    if status in DENIED:
        return ProviderDeniedError(provider, f"refused the key or the account (HTTP {status}); look at its console")
    if 400 <= status < 500 and status not in BUSY:
        return ProviderRejectedError(provider, f"will not have this model, language or encoding (HTTP {status})")
    return ProviderUnavailableError(provider, f"refused the connection (HTTP {status})", retry_after_s=retry_after_s)
