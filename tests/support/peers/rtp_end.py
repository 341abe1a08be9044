"""The sound of a call whose messages somebody else sends and gets: RTP packets, written by the test's own process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from support.peers.ports import HOST, free_ports
from support.peers.program import PATIENT_S

from callagent.errors import WireError
from callagent.media.audio import CHUNK_BYTES, CHUNK_SAMPLES, SILENCE
from callagent.media.g711 import ulaw_decode, ulaw_encode
from callagent.media.rtp import RtpPacket, read_rtp, write_rtp
from callagent.media.telephone_event import key_packets

EVENTS = 101
"""The payload type of keys, as scenarios describe it."""


class RtpEnd(asyncio.DatagramProtocol):
    """One end of a call's sound; the other is wherever the first packet comes from."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.heard = bytearray()
        """PCM, as it came."""
        self._peer: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.DatagramTransport | None = None
        self._sequence = 1000
        self._timestamp = 160_000

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Of asyncio."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Of asyncio."""
        if not self._peer.done():
            self._peer.set_result(addr)
        try:
            packet = read_rtp(data)
        except WireError:
            return
        if packet.payload_type == 0:
            self.heard += ulaw_decode(packet.payload)

    async def met(self) -> None:
        """Once the first packet has come."""
        try:
            await asyncio.wait_for(asyncio.shield(self._peer), PATIENT_S)
        except TimeoutError:
            pytest.fail(f"no RTP came to port {self.port} within {PATIENT_S:g} s")

    async def speak(self, pcm: bytes) -> None:
        """Say it in time, 20 ms by 20 ms."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        for at in range(0, len(pcm), CHUNK_BYTES):
            self._send(0, ulaw_encode(pcm[at : at + CHUNK_BYTES].ljust(CHUNK_BYTES, b"\0")), self._timestamp)
            self._timestamp += CHUNK_SAMPLES
            due += 0.02
            await asyncio.sleep(due - loop.time())

    async def press(self, keys: str) -> None:
        """Press keys for 80 ms each, with silence between them."""
        for key in keys:
            for one in key_packets(key, 4 * CHUNK_SAMPLES, CHUNK_SAMPLES):
                self._send(EVENTS, one.payload, self._timestamp + one.offset, marker=one.marker)
                if not one.repeats:
                    await asyncio.sleep(0.02)
            self._timestamp += 4 * CHUNK_SAMPLES
            await self.speak(SILENCE * 3)

    def _send(self, kind: int, payload: bytes, timestamp: int, *, marker: bool = False) -> None:
        assert self._transport
        self._sequence += 1
        packet = RtpPacket(kind, marker, self._sequence, timestamp, 0x5EED, payload)
        self._transport.sendto(write_rtp(packet), self._peer.result())


@asynccontextmanager
async def rtp_end() -> AsyncIterator[RtpEnd]:
    """A socket for one call's sound."""
    port = free_ports()
    transport, end = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: RtpEnd(port), local_addr=(HOST, port)
    )
    try:
        yield end
    finally:
        transport.close()
