"""Where connections are handed to, over real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from callagent.telephony.server import listen
from callagent.workers import front_door
from callagent.workers.front_door import FrontDoor

CALL = "4f0b9f4e-6c1d-4a51-9a55-0d6f0f2b7a10"


class House:
    """A front door, and what came through it."""

    def __init__(self) -> None:
        listener = listen("127.0.0.1", 0)
        self.port: int = listener.getsockname()[1]
        self.named: list[int | None] = []
        self.handed: list[socket.socket] = []
        self.takes = True
        self.door = FrontDoor(listener, self.hand, {CALL: 2}.get)
        self.door.open()

    def hand(self, connection: socket.socket, named: int | None) -> bool:
        """Keep a copy, as a worker gets one."""
        self.named.append(named)
        if self.takes:
            self.handed.append(connection.dup())
        return self.takes

    async def ask(self, request: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect, and say this."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        return reader, writer

    async def come(self, number: int) -> None:
        """Wait until so many were handed on."""
        async with asyncio.timeout(5):
            while len(self.named) < number:  # noqa: ASYNC110  # the loop's own poll is what is waited for
                await asyncio.sleep(0)


@pytest.fixture(name="house")
async def _house() -> AsyncIterator[House]:
    house = House()
    yield house
    house.door.close()
    for connection in house.handed:
        connection.close()


@pytest.mark.parametrize(
    ("line", "worker"),
    [
        (b"GET /twilio/media/2 HTTP/1.1\r\n", 2),
        (b"POST /twilio/transfer/12 HTTP/1.1\r\n", 12),
        (b"POST /twilio/whisper/1?x=1 HTTP/1.1\r\n", 1),
        (b"POST /twilio/outbound/2?dial=abc&flow=medical HTTP/1.1\r\n", 2),
        (b"POST /twilio/dialled/2?dial=abc HTTP/1.1\r\n", 2),
        (b"GET /twilio/media HTTP/1.1\r\n", None),
        (b"POST /twilio/voice HTTP/1.1\r\n", None),
        (b"POST /twilio/voice?asked=2 HTTP/1.1\r\n", None),
        (b"GET /twilio/media/2222 HTTP/1.1\r\n", None),
        (f"GET /asterisk/next/{CALL}?token=x&after= HTTP/1.1\r\n".encode(), 2),
        (f"GET /asterisk/media?call={CALL.upper()}&ring=x HTTP/1.1\r\n".encode(), 2),
        (b"GET /asterisk/next/4f0b9f4e-6c1d-4a51-9a55-000000000000 HTTP/1.1\r\n", None),
        (b"GET /asterisk/media?from=100 HTTP/1.1\r\n", None),
        (b"GET /twi", None),
        (b"\x16\x03\x01\xff\x00", None),
    ],
)
async def test_a_worker_is_found_by_its_address(house: House, line: bytes, worker: int | None) -> None:
    """Everything else is for any of them; and whoever gets the connection reads it from its beginning."""
    _, writer = await house.ask(line)
    await house.come(1)
    read = house.handed[0].recv(100)
    writer.close()

    assert house.named == [worker]
    assert read == line


async def test_without_a_worker_the_server_says_so(house: House) -> None:
    """Such as a monitor understands it, after the connection it is closed."""
    house.takes = False
    reader, writer = await house.ask(b"GET /ready HTTP/1.1\r\nHost: here\r\n\r\n")
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()

    assert answer.startswith(b"HTTP/1.1 503 ")


async def test_who_connects_and_says_nothing_keeps_nobody_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is room for so many; then the oldest goes."""
    monkeypatch.setattr(front_door, "MOST_SILENT", 2)
    silent = [await house.ask(b"") for _ in range(4)]
    _, writer = await house.ask(b"GET /ready HTTP/1.1\r\n")
    await house.come(1)
    async with asyncio.timeout(5):
        closed = [await reader.read() for reader, _ in silent[:2]]
    for _, one in (*silent, (None, writer)):
        one.close()

    assert closed == [b"", b""]
    assert house.named == [None]
