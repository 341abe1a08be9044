"""The server's side of SIP calls, as small as RFC 3261 allows: what the simulated telephones are tested against.

It rings, answers, and sends back the sound that it gets, on one socket each for all calls. Messages are read and
written by the `sipmessage` package, not by the code under test.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from sipmessage import Address, CSeq, Message, Parameters, Request, Response, Via

from callagent.simulator.sip_trunk import SipDestination

PHRASES = {100: "Trying", 180: "Ringing", 200: "OK", 486: "Busy Here", 487: "Request Terminated"}
T1_S = 0.05
"""Shorter than the standard's, so that what is lost is soon sent again."""


@dataclass
class SipServer:
    """What it was sent, and how it answers."""

    status: int = 200
    """What an INVITE is answered with; below 200 it rings on."""
    sends_sound: Callable[[bytes], list[bytes]] = lambda data: [data]
    """What is sent back for a packet."""
    sdp_types: str = "0 101"
    requests: list[Request] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    """To its own requests."""
    sounds: list[bytes] = field(default_factory=list)
    rung: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the first call rings."""
    _signalling: asyncio.DatagramTransport | None = None
    _sound: asyncio.DatagramTransport | None = None
    _answers: dict[tuple[str, str], bytes] = field(default_factory=dict)
    _asked: dict[str, tuple[Request, tuple[str, int]]] = field(default_factory=dict)
    _repeating: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    @property
    def destination(self) -> SipDestination:
        """Where it listens."""
        host, port = _address(self._signalling)
        return SipDestination(host, port)

    def methods(self) -> list[str]:
        """Of all requests that came, in order."""
        return [request.method for request in self.requests]

    async def start(self) -> None:
        """Listen, on free ports."""
        loop = asyncio.get_running_loop()
        here = ("127.0.0.1", 0)
        self._signalling, _ = await loop.create_datagram_endpoint(lambda: _Reader(self.hear), local_addr=here)
        self._sound, _ = await loop.create_datagram_endpoint(lambda: _Reader(self.echo), local_addr=here)

    async def stop(self) -> None:
        """Be gone."""
        for task in self._repeating.values():
            task.cancel()
        for transport in (self._signalling, self._sound):
            if transport is not None:
                transport.close()
        await asyncio.sleep(0)

    def hear(self, data: bytes, source: tuple[str, int]) -> None:
        """A datagram of signalling came."""
        message = Message.parse(data)
        if isinstance(message, Response):
            self.responses.append(message)
            return
        self.requests.append(message)
        key = (_branch(message), message.method)
        if message.method == "ACK":
            self._stop_repeating(message.call_id)
        elif key in self._answers:
            self.send(self._answers[key], source)
        else:
            self._answers[key] = b""
            self._obey(message, source, key)

    def echo(self, data: bytes, source: tuple[str, int]) -> None:
        """A packet of sound came."""
        self.sounds.append(data)
        if self._sound is not None:
            for packet in self.sends_sound(data):
                self._sound.sendto(packet, source)

    def ask(self, method: str, number: int = 1, body: bytes = b"") -> None:
        """Send a request inside the latest call."""
        invite, source = next(reversed(self._asked.values()))
        request = Request(method=method, uri=invite.contact[0].uri, body=body)
        branch = Parameters(branch=f"z9hG4bK-{method}-{number}")
        request.via = [Via("UDP", "127.0.0.1", self.destination.port, branch)]
        request.max_forwards = 70
        request.from_address, request.to_address = _tagged(invite.to_address), invite.from_address
        request.call_id = invite.call_id
        request.cseq = CSeq(number, method)
        if body:
            request.contact = [Address.parse(f"<sip:server@127.0.0.1:{self.destination.port}>")]
            request.headers.set("Content-Type", "application/sdp")
        request.headers.set("Content-Length", str(len(body)))
        self.send(bytes(request), source)

    def send(self, data: bytes, there: tuple[str, int]) -> None:
        """Send a datagram of signalling."""
        if self._signalling is not None:
            self._signalling.sendto(data, there)

    def sdp(self, direction: str = "sendrecv") -> bytes:
        """What is said of sound here."""
        lines = ("v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
                 f"m=audio {_address(self._sound)[1]} RTP/AVP {self.sdp_types}",
                 "a=rtpmap:101 telephone-event/8000", f"a={direction}")  # fmt: skip
        return "".join(f"{line}\r\n" for line in lines).encode()

    def _obey(self, request: Request, source: tuple[str, int], key: tuple[str, str]) -> None:
        if request.method == "INVITE":
            self._asked[request.call_id] = (request, source)
            self._answer(request, 180, source, key)
            self.rung.set()
            if self.status >= 200:
                self._answer(request, self.status, source, key)
            return
        self._answer(request, 200, source, key)
        if request.method == "CANCEL" and self.status < 200:
            invite, _ = self._asked[request.call_id]
            self._answer(invite, 487, source, (_branch(invite), "INVITE"))

    def _answer(self, request: Request, status: int, source: tuple[str, int], key: tuple[str, str]) -> None:
        response = Response(code=status, phrase=PHRASES[status])
        response.via = request.via
        response.from_address, response.to_address = request.from_address, _tagged(request.to_address)
        response.call_id, response.cseq = request.call_id, request.cseq
        if request.method == "INVITE" and status == 200:
            response.contact = [Address.parse(f"<sip:server@127.0.0.1:{self.destination.port}>")]
            response.headers.set("Content-Type", "application/sdp")
            response.body = self.sdp()
        response.headers.set("Content-Length", str(len(response.body)))
        self._answers[key] = bytes(response)
        self.send(self._answers[key], source)
        if request.method == "INVITE" and status >= 200:
            self._stop_repeating(request.call_id)
            self._repeating[request.call_id] = asyncio.create_task(self._repeat(self._answers[key], source))

    async def _repeat(self, data: bytes, source: tuple[str, int]) -> None:
        """Until the ACK comes (RFC 3261, section 13.3.1.4)."""
        wait_s = T1_S
        while wait_s < 64 * T1_S:
            await asyncio.sleep(wait_s)
            wait_s *= 2
            self.send(data, source)

    def _stop_repeating(self, call_id: str) -> None:
        if call_id in self._repeating:
            self._repeating.pop(call_id).cancel()


@asynccontextmanager
async def sip_serving(server: SipServer) -> AsyncIterator[SipServer]:
    """Have it listen for a while."""
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


class _Reader(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes, tuple[str, int]], None]) -> None:
        self._take = take

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self._take(data, (addr[0], addr[1]))


def _branch(request: Request) -> str:
    return str(request.via[0].parameters["branch"])


def _tagged(address: Address) -> Address:
    return replace(address, parameters=address.parameters.replace(tag="server"))


def _address(transport: asyncio.DatagramTransport | None) -> tuple[str, int]:
    assert transport is not None, "start the server first"
    host, port = transport.get_extra_info("sockname")
    return host, port
