"""What a leg has to send over a WebSocket, written by a task of its own: `play` never waits for a slow line."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Generic, TypeVar

import structlog

from callagent.resilience.supervision import RestartBudget

Message = TypeVar("Message", bound=str | bytes)

LONGEST: Final = 50
"""Messages, 2 s of audio at most: a line that takes no more gets the newest, not the oldest."""


class Outbox(Generic[Message]):
    """One per leg; `waits` says whether a message is not to be sent now, nor what is behind it, until `look`."""

    def __init__(
        self,
        send: Callable[[Message], Awaitable[None]],
        log: structlog.stdlib.BoundLogger,
        call_id: str,
        waits: Callable[[Message], bool] = lambda _: False,
    ) -> None:
        self._send = send
        self._log = log
        self._call_id = call_id
        self._waits = waits
        self._messages: deque[Message] = deque(maxlen=LONGEST)
        self._filled = asyncio.Event()

    def put(self, message: Message) -> None:
        """Have it sent after what is here."""
        self._messages.append(message)
        self._filled.set()

    def clear(self) -> None:
        """Send nothing of what is here."""
        self._messages.clear()

    def look(self) -> None:
        """What had to wait may be sent now."""
        self._filled.set()

    async def write(self) -> bool:
        """Send all that comes; one user only. False once the line is gone, True when writing keeps failing."""
        budget = RestartBudget()
        with suppress(ConnectionError):
            while True:
                try:
                    await self._write_on()
                except ConnectionError:
                    raise
                except Exception as error:  # noqa: BLE001  # a message is lost, and the caller would hear nothing more
                    goes_on = budget.spend(asyncio.get_running_loop().time())
                    self._log.error("writing failed", call=self._call_id, error=type(error).__name__, goes_on=goes_on)
                    if not goes_on:
                        return True
        return False

    async def _write_on(self) -> None:
        while True:
            while self._messages and not self._waits(self._messages[0]):
                await self._send(self._messages.popleft())
            self._filled.clear()
            await self._filled.wait()
