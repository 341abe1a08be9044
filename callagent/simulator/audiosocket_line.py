"""An Asterisk that calls over AudioSocket, with the caller's telephone: a `Line`. It knows the protocol alone.

What the server sends goes to the telephone as it comes. A telephone holds 40 ms back before it plays, and when it has
run dry does so again; more than `MOST_HELD_MS` it throws away.
"""

import asyncio
import socket
import struct
from contextlib import suppress
from typing import Final
from uuid import UUID

import numpy as np

from callagent.errors import WireError
from callagent.media.audio import CHUNK_BYTES, CHUNK_MS, SILENCE
from callagent.simulator.own_pace import OwnPace

HELD_BACK: Final = 2 * CHUNK_BYTES
MOST_HELD_MS: Final = 400
TYPES: Final = {8000: 0x10, 16_000: 0x12, 24_000: 0x13, 32_000: 0x14, 48_000: 0x16}
"""Of sound at these rates, all whole multiples of the telephone's."""


class AudioSocketLine:
    """One call; `connect` or `over` begins it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rate: int, pieces: int) -> None:
        self.largest_ahead_ms = 0.0
        """The most sound that has waited at the telephone."""
        self.frames = 0
        """Frames of sound that came."""
        self.told_to_hang_up = False
        self.complaints: list[str] = []
        """What the server sent and should not have."""
        self._reader = reader
        self._writer = writer
        self._times = rate // 8000
        self._type = TYPES[rate]
        self._pieces = pieces
        self._pace = OwnPace()
        self._held = bytearray()
        self._plays = False
        self._gaps = 0
        self._over = False
        self._reading = asyncio.create_task(self._read(), name="audiosocket line")

    @classmethod
    async def connect(cls, host: str, port: int, call: UUID, *, rate: int = 8000, pieces: int = 0) -> "AudioSocketLine":
        """Call a server; `pieces` are the bytes of each write, 0 for whole frames."""
        reader, writer = await asyncio.open_connection(host, port)
        return await cls._begin(reader, writer, call, rate, pieces)

    @classmethod
    async def over(
        cls, connection: socket.socket, call: UUID, *, rate: int = 8000, pieces: int = 0
    ) -> "AudioSocketLine":
        """Call over a connection that there is."""
        reader, writer = await asyncio.open_connection(sock=connection)
        return await cls._begin(reader, writer, call, rate, pieces)

    @classmethod
    async def _begin(
        cls, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, call: UUID, rate: int, pieces: int
    ) -> "AudioSocketLine":
        line = cls(reader, writer, rate, pieces)
        await line.send(0x01, call.bytes)
        return line

    @property
    def gaps(self) -> int:
        """See `Line`: a server that keeps the time never lets the telephone run dry."""
        return self._gaps

    @property
    def is_over(self) -> bool:
        """Whether the server has ended the call, or the caller has."""
        return self._over

    async def exchange(self, spoken: bytes) -> bytes | None:
        """See `Line`. One user only."""
        await self._pace.next(spoken)
        if self._over:
            return None
        while self._pace.keys:
            await self.send(0x03, self._pace.keys.pop(0).encode())
        await self.send(self._type, _up(spoken, self._times))
        return self._hear()

    def press(self, digit: str) -> None:
        """See `Line`; the key goes out with the next tick. ValueError for what is no key."""
        self._pace.press(digit)

    async def hang_up(self) -> None:
        """See `Line`: Asterisk closes the connection, and says nothing."""
        self._over = True
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()
        self._reading.cancel()
        await asyncio.wait({self._reading})

    async def send(self, kind: int, payload: bytes) -> None:
        """Send one frame, whatever it is."""
        await self.send_bytes(struct.pack("!BH", kind, len(payload)) + payload)

    async def send_bytes(self, data: bytes) -> None:
        """Send what need not be a frame."""
        size = self._pieces or len(data)
        with suppress(OSError):
            for at in range(0, len(data), size):
                self._writer.write(data[at : at + size])
                if self._pieces:
                    await self._writer.drain()
                    await asyncio.sleep(0)  # so that the pieces are read one by one

    def _hear(self) -> bytes:
        if not self._plays and len(self._held) >= HELD_BACK:
            self._plays = True
        if not self._plays:
            return SILENCE
        if len(self._held) < CHUNK_BYTES:
            self._plays = False
            self._gaps += 1
            return SILENCE
        heard = bytes(self._held[:CHUNK_BYTES])
        del self._held[:CHUNK_BYTES]
        return heard

    async def _read(self) -> None:
        """Take what the server sends until it ends the call."""
        try:
            while True:
                kind, length = struct.unpack("!BH", await self._reader.readexactly(3))
                self._obey(kind, await self._reader.readexactly(length))
                if self.told_to_hang_up:
                    break
        except (asyncio.IncompleteReadError, OSError):
            pass
        except WireError as error:  # Asterisk breaks off
            self.complaints.append(str(error))
        self._over = True
        self._writer.close()

    def _obey(self, kind: int, payload: bytes) -> None:
        if kind == 0x00:
            self.told_to_hang_up = True
            return
        if kind != self._type:
            raise WireError(f"a frame of type {kind:#04x} ends the session")
        if len(payload) != CHUNK_BYTES * self._times:
            self.complaints.append(f"{len(payload)} bytes of sound are not 20 ms")
        self.frames += 1
        self._held += _down(payload, self._times)
        self.largest_ahead_ms = max(self.largest_ahead_ms, len(self._held) / CHUNK_BYTES * CHUNK_MS)
        del self._held[: -MOST_HELD_MS // CHUNK_MS * CHUNK_BYTES]


def _up(pcm: bytes, times: int) -> bytes:
    return np.repeat(np.frombuffer(pcm, "<i2"), times).astype("<i2").tobytes()


def _down(pcm: bytes, times: int) -> bytes:
    whole = np.frombuffer(pcm[: len(pcm) // (2 * times) * 2 * times], "<i2").reshape(-1, times)
    return bytes(whole.mean(axis=1).astype("<i2").tobytes())
