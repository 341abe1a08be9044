"""An address in front of a server that nobody gets through, in one of several ways, until it is mended."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal, Self

import pytest

Shut = Literal["refuses", "hangs", "never reads"]


class Gate:
    """Use as a context; `port` is its own. `mend` lets everybody through from then on."""

    def __init__(self, behind: int, shut: Shut) -> None:
        self._behind = behind
        self._shut = shut
        self._listener = socket.socket()
        self._waiting: list[socket.socket] = []
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._listener.bind(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        if self._shut == "hangs":
            # Nobody accepts, and the queue is full.
            self._listener.listen(0)
            for _ in range(4):
                one = socket.socket()
                one.setblocking(False)  # noqa: FBT003
                one.connect_ex(("127.0.0.1", self.port))
                self._waiting.append(one)
        elif self._shut == "never reads":
            self._listener.listen(16)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._let_go()
        if self._server is not None:
            self._server.close()
        for one in self._open:
            one.transport.abort()
        if self._passing:
            await asyncio.wait(self._passing)
        self._listener.close()

    async def mend(self) -> None:
        """All is well from now on."""
        self._let_go()
        self._listener.listen(100)
        self._server = await asyncio.start_server(self._pass, sock=self._listener)

    def _let_go(self) -> None:
        while self._waiting:
            self._waiting.pop().close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._behind)
        ends = {writer, there_writer}
        self._open |= ends
        await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))
        self._open -= ends


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    sink.transport.abort()


class Names:
    """Hosts' names that end with ".invalid": the ones in `lost` are unknown, all others are this machine."""

    def __init__(self) -> None:
        self.lost: set[str] = set()


@contextmanager
def made_up_names() -> Iterator[Names]:
    """While it lasts, names can be lost and found again."""
    names = Names()
    real = socket.getaddrinfo

    def find(host: Any, *args: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if not name.endswith(".invalid"):
            return real(host, *args, **named)
        if name in names.lost:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return real("127.0.0.1", *args, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", find)
        yield names
