"""A SIP trunk, played towards a server over UDP: many light callers behind one socket.

For load and for tests. Messages are written by hand from RFC 3261 and share no code with callagent's own SIP.
"""

import asyncio
import random
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Self

from callagent.errors import CarrierRefusedError, WireError
from callagent.simulator.impairment import NOTHING, Impairment, Path
from callagent.simulator.sip_caller import SipCaller, SipFaults, Stage
from callagent.simulator.sip_dialog import CallNames
from callagent.simulator.sip_line import SipLine
from callagent.simulator.sip_text import SipText, read, response
from callagent.simulator.ticker import Ticker

HOST: Final = "127.0.0.1"
RINGS_S: Final = 60.0
"""A caller's patience, before the answer."""
NO_FAULTS: Final = SipFaults()
SOCKET_BYTES: Final = 1 << 20
"""Room for what comes while the client is busy: what it loses itself says nothing about the server."""


@dataclass(frozen=True, slots=True)
class SipDestination:
    """A number at a SIP server."""

    host: str
    port: int
    called: str = "+911140000000"
    """E.164."""


class SipTrunk:
    """Use it as an async context manager. All its calls share one ticker and one socket of signalling."""

    def __init__(self, impairment: Impairment = NOTHING) -> None:
        self.ticker = Ticker()
        self.complaints: list[str] = []
        """What came that belongs to no call."""
        self._impairment = impairment
        self._lines: dict[str, SipLine] = {}
        self._placed = 0
        self._signalling: asyncio.DatagramTransport | None = None
        self._here = (HOST, 0)

    async def __aenter__(self) -> Self:
        endpoint = _socket(0)
        self._here = endpoint.getsockname()
        loop = asyncio.get_running_loop()
        self._signalling, _ = await loop.create_datagram_endpoint(lambda: _Signalling(self), sock=endpoint)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(line.hang_up() for line in self._lines.values() if line.end is None))
        await self.ticker.aclose()
        if self._signalling is not None:
            self._signalling.close()

    def reached_at(self, url: str) -> tuple[dict[str, str], SipDestination]:
        """What a server of callagent's on this machine is told in its environment, and where calls then reach it."""
        del url
        with _socket(0) as probe:
            host, port = probe.getsockname()
        return {"CALLAGENT_SIP": f"udp:{host}:{port}"}, SipDestination(host, port)

    async def call(
        self,
        destination: SipDestination,
        *,
        caller: str = "+919800000000",
        faults: SipFaults = NO_FAULTS,
        recorded: bool = False,
    ) -> SipLine:
        """Place a call and return it once it is answered and its sound flows.

        `recorded` keeps all sound of both sides, and when packets came, in the call's record. Raises
        CarrierRefusedError when the server does not take the call.
        """
        line = await self.place(destination, caller=caller, faults=faults, recorded=recorded)
        try:
            async with asyncio.timeout(RINGS_S):
                await line.answered()
        except TimeoutError:
            await line.hang_up()
            raise CarrierRefusedError(f"nobody took the call for {RINGS_S:g} s", retryable=True) from None
        return line

    async def place(
        self,
        destination: SipDestination,
        *,
        caller: str = "+919800000000",
        faults: SipFaults = NO_FAULTS,
        recorded: bool = False,
    ) -> SipLine:
        """Place a call and return it while it rings."""
        if self._signalling is None:
            raise RuntimeError("use SipTrunk with 'async with'")
        self._placed += 1
        number = self._placed
        names = CallNames(
            call_id=f"{random.getrandbits(64):016x}@{HOST}",
            tag=f"{random.getrandbits(32):08x}",
            branch=f"z9hG4bK{random.getrandbits(48):012x}",
            caller=caller,
            called=destination.called,
        )
        there = (destination.host, destination.port)
        for_sound, for_reports = _pair()
        signalling = SipCaller(names, self._here, there, for_sound.getsockname(), faults)
        line = SipLine(
            signalling,
            (Path(self._impairment, f"{number}/out"), Path(self._impairment, f"{number}/back")),
            lambda datagram: self._send(datagram, there),
            self._ended,
            faults=faults,
            recorded=recorded,
        )
        loop = asyncio.get_running_loop()
        sound, _ = await loop.create_datagram_endpoint(lambda: _Sound(line), sock=for_sound)
        reports, _ = await loop.create_datagram_endpoint(lambda: _Reports(line), sock=for_reports)
        line.connect(sound, reports)
        # Kept when it is over: what comes again is answered again.
        self._lines[names.call_id] = line
        self.ticker.join(line)
        line.dial()
        return line

    def receive(self, data: bytes, source: tuple[str, int]) -> None:
        """A datagram of signalling came."""
        if not data.strip():
            return  # keeps the way through a NAT open (RFC 5626, section 4.4.1)
        try:
            text = read(data)
        except WireError as error:
            self.complaints.append(str(error))
            return
        line = self._lines.get(text.first("call-id"))
        if line is not None:
            line.hear(text)
        elif not text.status and text.method != "ACK":
            self._send(self._outside(text), source)

    @staticmethod
    def _outside(text: SipText) -> bytes:
        """What is answered to a request of no call of ours."""
        if text.method == "OPTIONS":
            return response(text, "200 OK", "trunk")
        return response(text, "481 Call/Transaction Does Not Exist", "trunk")

    def _send(self, datagram: bytes, there: tuple[str, int]) -> None:
        if self._signalling is not None and not self._signalling.is_closing():
            self._signalling.sendto(datagram, there)

    def _ended(self, line: SipLine) -> None:
        self.ticker.leave(line)


class _Signalling(asyncio.DatagramProtocol):
    def __init__(self, trunk: SipTrunk) -> None:
        self._trunk = trunk

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self._trunk.receive(data, (addr[0], addr[1]))


class _Sound(asyncio.DatagramProtocol):
    def __init__(self, line: SipLine) -> None:
        self._line = line

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if self._line.caller.stage is Stage.TALKING:
            self._line.receive_sound(data, (addr[0], addr[1]))


class _Reports(asyncio.DatagramProtocol):
    def __init__(self, line: SipLine) -> None:
        self._line = line

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        del addr
        self._line.receive_report(data)


def _socket(port: int) -> socket.socket:
    endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    endpoint.settimeout(0)
    endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BYTES)
    endpoint.bind((HOST, port))
    return endpoint


def _pair() -> tuple[socket.socket, socket.socket]:
    """For sound at an even port, and for reports at the next (RFC 3550, section 11)."""
    while True:
        sound = _socket(0)
        port = sound.getsockname()[1]
        if port % 2 == 0:
            with suppress(OSError):  # somebody has the next one
                return sound, _socket(port + 1)
        sound.close()
