"""A `MediaLine` under a clock that is moved by hand, and the telephones that it talks to over real sockets."""

import os
import socket
import struct
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from callagent.media.audio import Chunk
from callagent.media.codec import CODECS, PCMU
from callagent.media.rtp import RtpPacket, read_rtp, write_rtp
from callagent.telephony.sip.offers.agreement import Agreed
from callagent.telephony.sip.offers.audio_line import Codec, Direction
from callagent.telephony.sip.sound.media_clock import BEAT_S, MediaClock, Ticking
from callagent.telephony.sip.sound.media_line import MediaLine
from callagent.telephony.sip.sound.media_ports import STAMP, MediaPorts, Pair

HOST = "127.0.0.1"


def own_range(pairs: int = 50, host: str = HOST) -> MediaPorts:
    """Ports that no other test process asks for, below those that systems give away."""
    first = 12_000 + os.getpid() % 100 * 200
    return MediaPorts(host, first, first + 2 * pairs - 1)


class HandClock(MediaClock):
    """Beats when told."""

    def __init__(self) -> None:
        super().__init__()
        self.at_s = 1000.0

    def now_s(self) -> float:
        """The time of the last beat."""
        return self.at_s

    def add(self, line: Ticking) -> None:
        """No timer."""
        self._lines[line] = None

    def pass_time(self, seconds: float = BEAT_S) -> None:
        """As many beats."""
        for _ in range(round(seconds / BEAT_S)):
            self.at_s += BEAT_S
            self.beat(self.at_s)


def agreed_with(peer: "Telephone", **changes: object) -> Agreed:
    """PCMU, keys and 20 ms both ways."""
    plain = Agreed(
        codec=Codec.PCMU,
        send_type=0,
        receives=((0, Codec.PCMU), (8, Codec.PCMA)),
        send_event_type=101,
        receive_event_type=101,
        send_ptime_ms=20,
        direction=Direction.SENDRECV,
        host=peer.host,
        port=peer.port,
        rtcp_host=peer.host,
        rtcp_port=peer.rtcp_port,
        rtcp_mux=False,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


@dataclass
class Call:
    """Our side, with what it was told."""

    ports: MediaPorts = field(default_factory=own_range)
    clock: HandClock = field(default_factory=HandClock)
    any_source: bool = False
    heard: list[Chunk] = field(default_factory=list)
    keys: str = ""
    marks: list[str] = field(default_factory=list)
    deaths: int = 0

    def __post_init__(self) -> None:
        self.line = MediaLine(
            self.ports,
            self.clock,
            self.heard.append,
            self._pressed,
            self.marks.append,
            self._dead,
            any_source=self.any_source,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.line.close()

    @property
    def sound(self) -> bytes:
        """All PCM that was heard."""
        return b"".join(chunk.pcm for chunk in self.heard)

    def _pressed(self, digit: str) -> None:
        self.keys += digit

    def _dead(self) -> None:
        self.deaths += 1


class Telephone:
    """A peer's two sockets and its stream."""

    def __init__(self, host: str = HOST, ssrc: int = 7) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.sound, self.reports = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_DGRAM)
        for one in (self.sound, self.reports):
            one.bind((host, 0))
            one.settimeout(0)
        self.host = host
        self.port: int = self.sound.getsockname()[1]
        self.rtcp_port: int = self.reports.getsockname()[1]
        self.ssrc = ssrc
        self.sequence, self.timestamp = 65_530, (1 << 32) - 4000

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sound.close()
        self.reports.close()

    def packet(self, payload: bytes, payload_type: int = 0, timestamp: int | None = None) -> bytes:
        """The next one."""
        stamped = self.timestamp if timestamp is None else timestamp
        self.sequence += 1
        return write_rtp(RtpPacket(payload_type, False, self.sequence, stamped, self.ssrc, payload))  # noqa: FBT003

    def say(self, to: MediaLine, pcm: bytes, codec: str = "PCMU") -> None:
        """One packet, of any length."""
        coding = CODECS[codec]
        self.sound.sendto(self.packet(coding.encode(pcm), coding.payload_type), (self.host, to.port))
        self.timestamp += len(pcm) // 2

    def hears(self) -> list[RtpPacket]:
        """What came, in order."""
        return [read_rtp(data) for data in received(self.sound)]


def received(waiting: socket.socket) -> list[bytes]:
    """All datagrams that wait."""
    found: list[bytes] = []
    while True:
        try:
            found.append(waiting.recv(4096))
        except BlockingIOError:
            return found


def voice(number: int, ms: int = 20) -> bytes:
    """Noise that only packet `number` carries, as G.711 leaves it."""
    wave = np.random.default_rng(number).integers(-9000, 9000, 8 * ms).astype("<i2").tobytes()
    return PCMU.decode(PCMU.encode(wave))


def talk(call: Call, peer: Telephone, packets: int, first: int = 0, ms: int = 20) -> list[bytes]:
    """The peer speaks; what it said."""
    said = [voice(first + number, ms) for number in range(packets)]
    waits_ms = 0
    for pcm in said:
        peer.say(call.line, pcm)
        waits_ms += ms
        while waits_ms >= 20:
            call.clock.pass_time()
            waits_ms -= 20
    return said


class FakeSocket:
    """Has datagrams come at times of the hand's clock, stamped, and keeps what is sent."""

    def __init__(self, clock: HandClock, port: int, *, stamps: bool = True, ipv6: bool = False) -> None:
        self.coming: deque[tuple[float, bytes, str]] = deque()
        """When, what, from where; in order of time."""
        self.sent: list[tuple[bytes, tuple[str, int]]] = []
        self.broken: OSError | None = None
        """What sending comes to."""
        self._clock, self._port, self._stamps, self._ipv6 = clock, port, stamps, ipv6

    def getsockname(self) -> tuple[object, ...]:
        """IPv6 has four parts."""
        return ("::", self._port, 0, 0) if self._ipv6 else (HOST, self._port)

    def recvmsg(self, size: int, _: int) -> tuple[bytes, list[tuple[int, int, bytes]], int, tuple[object, ...]]:
        """The next that has come."""
        if not self.coming or self.coming[0][0] > self._clock.at_s:
            raise BlockingIOError
        at_s, data, host = self.coming.popleft()
        stamp = struct.pack("=qq", int(at_s), round(at_s % 1 * 1e9))
        source = (host, 4000, 0, 0) if self._ipv6 else (host, 4000)
        return data[:size], [(socket.SOL_SOCKET, STAMP, stamp)] if self._stamps else [], 0, source

    def recv(self, size: int) -> bytes:
        """The next that has come."""
        return self.recvmsg(size, 0)[0]

    def sendto(self, data: bytes, target: tuple[str, int]) -> int:
        """Keep it."""
        if self.broken is not None:
            raise self.broken
        self.sent.append((data, target))
        return len(data)

    def close(self) -> None:
        """Nothing to close."""


class FakePorts(MediaPorts):
    """One pair of such sockets."""

    def __init__(self, clock: HandClock, *, stamps: bool = True, ipv6: bool = False) -> None:
        super().__init__(HOST, 10_000, 10_001)
        self.sound = FakeSocket(clock, 10_000, stamps=stamps, ipv6=ipv6)
        self.reports = FakeSocket(clock, 10_001, stamps=stamps, ipv6=ipv6)

    def take(self) -> Pair:
        """The pair."""
        return self.sound, self.reports  # type: ignore[return-value]  # as far as a line uses them
