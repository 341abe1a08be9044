"""A telephone for calls over SIP, written by hand from RFC 3261 and RFC 3550: a `Line` that shares no SIP with ours.

It knows no more than a call needs: INVITE, ACK, BYE, and an answer to whatever it is asked. A packet that comes is
heard 20 ms later at most; what is late is not waited for.
"""

import asyncio
import base64
import re
import secrets
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

from callagent.media.audio import CHUNK_BYTES, CHUNK_MS, CHUNK_SAMPLES, SILENCE
from callagent.media.g711 import alaw_decode, alaw_encode, ulaw_decode, ulaw_encode
from callagent.media.rtp import RtpPacket, is_rtcp, read_rtp, write_rtp
from callagent.media.srtp import KEY_BYTES, SUITES, SrtpStreams
from callagent.media.telephone_event import KeyPacket, key_packets

HOST: Final = "127.0.0.1"
T1_S: Final = 0.5
GIVES_UP_S: Final = 64 * T1_S
KEY_SAMPLES: Final = 5 * CHUNK_SAMPLES
EVENT_TYPE: Final = 101
SDP: Final = "application/sdp"
CODECS: Final = {0: ("PCMU", ulaw_encode, ulaw_decode), 8: ("PCMA", alaw_encode, alaw_decode)}


@dataclass(slots=True)
class Message:
    """A SIP message as text and its parts."""

    first: str
    headers: list[tuple[str, str]]
    body: str = ""

    @classmethod
    def read(cls, data: bytes) -> "Message":
        """Take one apart."""
        head, _, body = data.decode().partition("\r\n\r\n")
        first, *lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
        return cls(
            first,
            [(name.strip().lower(), value.strip()) for name, _, value in (one.partition(":") for one in lines)],
            body,
        )

    @property
    def code(self) -> int:
        """Of a response; 0 of a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0 ") else 0

    def all(self, name: str) -> list[str]:
        """The values of a header."""
        return [value for each, value in self.headers if each == name]

    def __getitem__(self, name: str) -> str:
        return self.all(name)[0]


@dataclass(slots=True)
class Offer:
    """How the peer calls."""

    transport: Literal["UDP", "TCP"] = "UDP"
    payload_type: int = 0
    encrypted: bool = False
    late: bool = False
    """Whether the server is to say first what it can do, and the telephone chooses in its ACK."""
    acknowledged: int = 1
    """Which of the server's answers to the INVITE is acknowledged first; 0 for none."""
    key: bytes = field(default_factory=lambda: secrets.token_bytes(KEY_BYTES))

    def sdp(self, port: int, direction: str = "sendrecv") -> str:
        """The offer, and the answer to whatever is asked later."""
        name = CODECS[self.payload_type][0]
        lines = [
            "v=0",
            f"o=- 7 7 IN IP4 {HOST}",
            "s=-",
            f"c=IN IP4 {HOST}",
            "t=0 0",
            f"m=audio {port} RTP/{'SAVP' if self.encrypted else 'AVP'} {self.payload_type} {EVENT_TYPE}",
            f"a=rtpmap:{self.payload_type} {name}/8000",
            f"a=rtpmap:{EVENT_TYPE} telephone-event/8000",
            f"a=fmtp:{EVENT_TYPE} 0-15",
            "a=ptime:20",
            f"a={direction}",
        ]
        if self.encrypted:
            lines.insert(-2, f"a=crypto:1 {SUITES[0]} inline:{base64.b64encode(self.key).decode()}")
        return "".join(f"{line}\r\n" for line in lines)


class SipPeer:
    """One call; `call` places it, and `wait` waits for it."""

    def __init__(self, server: tuple[str, int], offer: Offer) -> None:
        self.server = server
        self.offer = offer
        self.is_frozen = False
        self.answers = 1
        """How often the server has said that it takes the call."""
        self.packets = 0
        """Packets of sound that came."""
        self.is_over = False
        self._sip: asyncio.DatagramTransport | asyncio.Transport
        self._rtp: asyncio.DatagramTransport
        self._answers: dict[str, asyncio.Future[Message]] = {}
        """Final responses that are waited for, by number and method."""
        self._rang: set[str] = set()
        """Requests of which something was heard."""
        self._received = bytearray()
        self._identity = secrets.token_hex(8)
        self._number = 0
        self._local = f'"A caller" <sip:+919800000001@{HOST}>;tag=far{self._identity}'
        self._call_id = f"{self._identity}@{HOST}"
        self._acknowledgement = b""
        self.request = b""
        """The last one that was sent."""
        self._remote_to = ""
        self._target = ""
        self._media: tuple[str, int] = ("", 0)
        self._srtp: SrtpStreams | None = None
        self._ssrc = secrets.randbits(32)
        self._sequence = secrets.randbits(16)
        self._timestamp = secrets.randbits(32)
        self._keys: deque[str] = deque()
        self._key: deque[KeyPacket] = deque()
        self._key_began = 0
        self._heard: deque[bytes] = deque()
        self._next_s: float | None = None
        self._losing = 0
        """Packets of sound that the network loses next."""

    @classmethod
    async def call(cls, server: tuple[str, int], offer: Offer | None = None) -> "SipPeer":
        """Call a server until it answers. AssertionError when it does not."""
        peer = cls(server, offer or Offer())
        await peer._open()
        answer = await (peer.ask("INVITE") if peer.offer.late else peer.ask("INVITE", peer._sdp(), SDP))
        assert answer.code == 200, answer.first
        peer._take(answer)
        return peer

    @classmethod
    async def wait(cls, server: tuple[str, int]) -> "SipPeer":
        """A telephone at `port` that picks up when that server rings it, and then is busy."""
        peer = cls(server, Offer())
        await peer._open()
        return peer

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        self._rtp, _ = await loop.create_datagram_endpoint(lambda: _Rtp(self), local_addr=(HOST, 0))
        if self.offer.transport == "UDP":
            self._sip, _ = await loop.create_datagram_endpoint(lambda: _Sip(self), local_addr=(HOST, 0))
        else:
            self._sip, _ = await loop.create_connection(lambda: _Sip(self), *self.server)

    @property
    def port(self) -> int:
        """Where it is rung."""
        port: int = self._sip.get_extra_info("sockname")[1]
        return port

    # --- a telephone --------------------------------------------------------------------------------------------------

    @property
    def gaps(self) -> int:
        """Not counted here."""
        return 0

    async def exchange(self, spoken: bytes) -> bytes | None:
        """See `Line`."""
        assert len(spoken) == CHUNK_BYTES
        loop = asyncio.get_running_loop()
        at_s = loop.time() if self._next_s is None else self._next_s
        await asyncio.sleep(max(0.0, at_s - loop.time()))
        self._next_s = at_s + CHUNK_MS / 1000
        if self.is_over:
            return None
        self.say(spoken)
        self._press_on()
        return self._heard.popleft() if self._heard else SILENCE

    def say(self, spoken: bytes) -> None:
        """Send 20 ms now."""
        payload_type = self.offer.payload_type
        marker = False
        packet = RtpPacket(payload_type, marker, self._sequence, self._timestamp, self._ssrc, self._coded(spoken))
        if self._losing:
            self._losing -= 1
        else:
            self.send_rtp(packet)
        self._sequence = self._sequence + 1 & 0xFFFF
        self._timestamp = self._timestamp + CHUNK_SAMPLES & 0xFFFFFFFF

    def lose(self, chunks: int) -> None:
        """The next so many chunks are said and lost."""
        self._losing += chunks

    def press(self, digit: str) -> None:
        """See `Line`."""
        self._keys.append(digit)

    def _press_on(self) -> None:
        """The next packet of a key, beside the sound."""
        if not self._key and self._keys:
            self._key.extend(key_packets(self._keys.popleft(), KEY_SAMPLES, CHUNK_SAMPLES))
            self._key_began = self._timestamp
        while self._key:
            told = self._key.popleft()
            begins = self._key_began + told.offset & 0xFFFFFFFF
            self.send_rtp(RtpPacket(EVENT_TYPE, told.marker, self._sequence, begins, self._ssrc, told.payload))
            self._sequence = self._sequence + 1 & 0xFFFF
            if self._key and not self._key[0].repeats:
                break

    async def hang_up(self) -> None:
        """See `Line`."""
        if not self.is_over:
            self.is_over = True
            with suppress(AssertionError):
                await self.ask("BYE")
        self.close()

    def close(self) -> None:
        """Be gone, without a word."""
        self.is_over = True
        self._sip.close()
        self._rtp.close()

    def _coded(self, pcm: bytes) -> bytes:
        return CODECS[self.offer.payload_type][1](pcm)

    # --- RTP ----------------------------------------------------------------------------------------------------------

    def send_rtp(self, packet: RtpPacket) -> None:
        """Send a packet to where the answer said."""
        data = write_rtp(packet)
        self.send_media(data if self._srtp is None else self._srtp.protect(data))

    def send_media(self, data: bytes) -> None:
        """Send what need not be RTP."""
        if not self._rtp.is_closing():
            self._rtp.sendto(data, self._media)

    def heard(self, data: bytes) -> None:
        """A datagram came to the port of the sound."""
        if self.is_frozen or is_rtcp(data):
            return
        packet = read_rtp(data if self._srtp is None else self._srtp.unprotect(data))
        if packet.payload_type == self.offer.payload_type:
            self.packets += 1
            pcm = CODECS[packet.payload_type][2](packet.payload)
            self._heard.extend(pcm[at : at + CHUNK_BYTES] for at in range(0, len(pcm), CHUNK_BYTES))

    def _sdp(self, direction: str = "sendrecv") -> str:
        return self.offer.sdp(self._rtp.get_extra_info("sockname")[1], direction)

    # --- SIP ----------------------------------------------------------------------------------------------------------

    async def ask(self, method: str, body: str = "", kind: str = "") -> Message:
        """Send a request and have its final response. AssertionError when nothing comes."""
        self._number += 1
        data = self.request = self._request(method, self._number, secrets.token_hex(8), body, kind)
        key = f"{self._number} {method}"
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[key] = answer
        wait_s, waited_s = T1_S, 0.0
        self.send_sip(data)
        while waited_s < GIVES_UP_S:
            done, _ = await asyncio.wait({answer}, timeout=wait_s)
            if done:
                return answer.result()
            waited_s += wait_s
            if self.offer.transport == "UDP" and key not in self._rang:
                wait_s = min(2 * wait_s, 4.0)
                self.send_sip(data)
        raise AssertionError(f"no answer to {method} within {GIVES_UP_S:g} s")

    def _request(self, method: str, number: int, branch: str, body: str = "", kind: str = "") -> bytes:
        host, port = self._sip.get_extra_info("sockname")
        agent = f"sip:+911140000000@{self.server[0]}:{self.server[1]}"
        transport = self.offer.transport
        lines = [
            f"{method} {self._target or agent} SIP/2.0",
            f"Via: SIP/2.0/{transport} {host}:{port};rport;branch=z9hG4bK{branch}",
            "Max-Forwards: 70",
            f"From: {self._local}",
            f"To: {self._remote_to or f'<{agent}>'}",
            f"Call-ID: {self._call_id}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:caller@{host}:{port};transport={transport.lower()}>",
            "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO",
        ]
        if kind:
            lines.append(f"Content-Type: {kind}")
        lines.append(f"Content-Length: {len(body)}")
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    def _take(self, answer: Message) -> None:
        """The call was answered: acknowledge it, and know where its sound goes."""
        self._remote_to, self._target = answer["to"], _address(answer["contact"])
        chosen = (self._sdp(), SDP) if self.offer.late else ()
        self._acknowledgement = self._request("ACK", self._number, secrets.token_hex(8), *chosen)
        self._acknowledge()
        self._agree(answer.body)

    def _agree(self, body: str) -> None:
        """Know where the sound goes."""
        lines = body.splitlines()
        media = next(line.split() for line in lines if line.startswith("m=audio "))
        host = next(line.split()[-1] for line in lines if line.startswith("c="))
        self._media = host, int(media[1])
        assert str(self.offer.payload_type) in media[3:], body
        if self.offer.encrypted:
            crypto = next(line.split() for line in lines if line.startswith("a=crypto:"))
            theirs = base64.b64decode(crypto[2].removeprefix("inline:").partition("|")[0])
            self._srtp = SrtpStreams(crypto[1], self.offer.key, theirs)

    def _acknowledge(self) -> None:
        """Answer an answer, unless that is to be lost."""
        if self.offer.acknowledged and self.answers >= self.offer.acknowledged:
            self.send_sip(self._acknowledgement)

    async def ask_for(self, direction: str) -> None:
        """Hold, resume, or whatever else a direction says; the answer is acknowledged."""
        answer = await self.ask("INVITE", self._sdp(direction), SDP)
        assert answer.code == 200, answer.first
        self._take(answer)

    def send_sip(self, data: bytes) -> None:
        """Send what need not be SIP."""
        if self._sip.is_closing():
            return
        if self.offer.transport == "UDP":
            cast("asyncio.DatagramTransport", self._sip).sendto(data, self.server)
        else:
            cast("asyncio.Transport", self._sip).write(data)

    def told(self, data: bytes) -> None:
        """A message came."""
        if self.is_frozen or not data.strip():
            return
        message = Message.read(data)
        if not message.code:
            self._obey(message)
            return
        key = message["cseq"]
        self._rang.add(key)
        if message.code >= 200 and key in self._answers and not self._answers[key].done():
            self._answers[key].set_result(message)
        elif key.endswith(" INVITE") and 200 <= message.code < 300 and self._acknowledgement:
            self.answers += 1
            self._acknowledge()

    def came(self, data: bytes) -> None:
        """Bytes of a connection came: whole messages are taken off them."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            found = re.search(rb"(?im)^(?:content-length|l)\s*:\s*(\d+)", self._received[:end])
            size = end + 4 + (int(found[1]) if found else 0)
            if len(self._received) < size:
                return
            message = bytes(self._received[:size])
            del self._received[:size]
            self.told(message)

    def _obey(self, request: Message) -> None:
        """Do as asked, or not."""
        method = request.first.split()[0]
        match method:
            case "ACK":
                pass
            case "BYE":
                self._answer(request)
                self.is_over = True
            case "INVITE" if not self._target:
                self._pick_up(request)
            case "INVITE" if request["call-id"] != self._call_id:
                self._answer(request, status="486 Busy Here")
            case "INVITE" | "UPDATE" if request.body or method == "INVITE":
                self._answer(request, self._sdp())
            case _:
                self._answer(request)

    def _pick_up(self, invite: Message) -> None:
        """Take the call."""
        self._local = f"{invite['to']};tag=far{self._identity}"
        self._remote_to, self._target = invite["from"], _address(invite["contact"])
        self._call_id = invite["call-id"]
        self._agree(invite.body)
        self._answer(invite, status="180 Ringing")
        self._answer(invite, self._sdp())

    def _answer(self, request: Message, body: str = "", status: str = "200 OK") -> None:
        host, port = self._sip.get_extra_info("sockname")
        lines = [f"SIP/2.0 {status}"]
        if ";tag=" not in request["to"]:
            request.headers = [
                (name, f"{value};tag=far{self._identity}" if name == "to" else value) for name, value in request.headers
            ]
        for name in ("via", "record-route", "from", "to", "call-id", "cseq"):
            lines += [f"{name}: {value}" for value in request.all(name)]
        lines.append(f"Contact: <sip:caller@{host}:{port};transport={self.offer.transport.lower()}>")
        if body:
            lines.append("Content-Type: application/sdp")
        lines.append(f"Content-Length: {len(body)}")
        self.send_sip(("\r\n".join(lines) + "\r\n\r\n" + body).encode())


def _address(header: str) -> str:
    """What stands in angle brackets."""
    return header.partition("<")[2].partition(">")[0]


class _Sip(asyncio.DatagramProtocol, asyncio.Protocol):
    def __init__(self, peer: SipPeer) -> None:
        self._peer = peer

    def datagram_received(self, data: bytes, _source: Any) -> None:
        self._peer.told(data)

    def data_received(self, data: bytes) -> None:
        self._peer.came(data)


class _Rtp(asyncio.DatagramProtocol):
    def __init__(self, peer: SipPeer) -> None:
        self._peer = peer

    def datagram_received(self, data: bytes, _source: Any) -> None:
        self._peer.heard(data)
