"""Messages both ways between a parent and one of its workers, over a pair of connected sockets.

A message is JSON behind its length. The two processes are of one program and the sockets have no address, so nobody
else can speak here.
"""

import asyncio
import itertools
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, TypeAlias

import structlog

from callagent.call.faults import fault

HEAD: Final = struct.Struct("!I")
PATIENCE_S: Final = 5.0
"""How long an answer may take."""

Data: TypeAlias = dict[str, Any]
OnMessage: TypeAlias = Callable[[str, Data], Awaitable[Any]]
"""Gets what is asked or told, and with what; what it returns is the answer."""

log = structlog.get_logger("callagent.workers")


class Channel:
    """One end. Messages are dealt with in the order in which they came, as far as that needs no waiting."""

    def __init__(self, end: socket.socket, on_message: OnMessage) -> None:
        self._end = end
        self._on_message = on_message
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self.closed = asyncio.Event()
        """The other side is gone, or this one is."""

    async def open(self) -> None:
        """Begin to listen."""
        reader, self._writer = await asyncio.open_connection(sock=self._end)
        self._reading = asyncio.create_task(self._read(reader), name="channel")

    async def aclose(self) -> None:
        """Say and hear nothing more."""
        self.closed.set()
        if self._reading:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading
        if self._writer:
            self._writer.close()
        else:
            self._end.close()

    def tell(self, what: str, **given: Any) -> None:
        """Send a message that has no answer; lost when the other side is gone."""
        self._send({"what": what, "given": given})

    async def ask(self, what: str, within_s: float = PATIENCE_S, **given: Any) -> Any:
        """Send a message and wait for its answer. Raises ConnectionError, or TimeoutError when it is late."""
        if self.closed.is_set():
            raise ConnectionResetError("the other process is gone")
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            self._send({"what": what, "given": given, "number": number})
            async with asyncio.timeout(within_s):
                return await answer
        finally:
            del self._asked[number]

    def _send(self, message: Data) -> None:
        if self._writer is None or self.closed.is_set():
            return
        body = json.dumps(message).encode()
        self._writer.write(HEAD.pack(len(body)) + body)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                (length,) = HEAD.unpack(await reader.readexactly(HEAD.size))
                self._take(json.loads(await reader.readexactly(length)))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.closed.set()
            for answer in self._asked.values():
                if not answer.done():
                    answer.set_exception(ConnectionResetError("the other process is gone"))

    def _take(self, message: Data) -> None:
        if "what" in message:
            task = asyncio.create_task(self._deal_with(message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        answer = self._asked.get(message["number"])
        if answer is None or answer.done():
            return  # too late
        if "answer" in message:
            answer.set_result(message["answer"])
        else:
            answer.set_exception(ConnectionAbortedError("the other process could not answer"))

    async def _deal_with(self, message: Data) -> None:
        number = message.get("number")
        try:
            answer = {"answer": await self._on_message(message["what"], message["given"])}
        except Exception as error:  # noqa: BLE001  # whoever asked is told, and the channel stays
            log.error("a message failed", message=message["what"], **fault(error))
            answer = {}
        if number is not None:
            self._send({"number": number, **answer})
