"""What a telephone sends over RTP: 20 ms of µ-law at every tick, or the keys that are pressed. Pure."""

from collections import deque
from functools import lru_cache

from callagent.media.audio import CHUNK_SAMPLES, samples
from callagent.media.g711 import ulaw_encode
from callagent.media.rtp import RtpPacket, write_rtp
from callagent.media.telephone_event import KeyPacket, key_packets

KEY = samples(0.1)
BETWEEN_KEYS = 3
"""Ticks of sound."""


@lru_cache(maxsize=1024)
def _coded(pcm: bytes) -> bytes:
    """Many callers of a measurement say the same."""
    return ulaw_encode(pcm)


class Mouthpiece:
    """One stream; the numbers are those that it begins with."""

    def __init__(self, ssrc: int, sequence: int, timestamp: int) -> None:
        self.ssrc = ssrc
        self.packets = 0
        """Sent so far."""
        self.octets = 0
        """Of payload in them."""
        self.timestamp = timestamp
        """Of the 20 ms that were sent last."""
        self.event_type: int | None = None
        """The far end's payload type of keys; None where it takes none."""
        self._sequence = sequence
        self._keys: deque[str] = deque()
        self._key: deque[KeyPacket] = deque()
        self._key_began = 0
        self._rests = 0
        """Ticks until another key may be told apart."""

    def press(self, digit: str) -> None:
        """Send a key after those before it; lost where the far end takes none."""
        if self.event_type is not None:
            self._keys.append(digit)

    def tick(self, spoken: bytes) -> list[bytes]:
        """The packets of the next 20 ms; while a key is pressed, what is spoken is not sent."""
        self.timestamp += CHUNK_SAMPLES
        if not self._key and self._keys and not self._rests:
            self._key.extend(key_packets(self._keys.popleft(), KEY, CHUNK_SAMPLES))
            self._key_began = self.timestamp
            self._rests = BETWEEN_KEYS
        if not self._key:
            self._rests = max(0, self._rests - 1)
            return [self._packet(0, self.timestamp, _coded(spoken))]
        told = [self._key.popleft()]
        while self._key and self._key[0].repeats:
            told.append(self._key.popleft())
        kind = self.event_type or 0
        return [self._packet(kind, self._key_began + one.offset, one.payload, marker=one.marker) for one in told]

    def _packet(self, kind: int, timestamp: int, payload: bytes, *, marker: bool = False) -> bytes:
        self._sequence += 1
        self.packets += 1
        self.octets += len(payload)
        marker = marker or self.packets == 1
        return write_rtp(RtpPacket(kind, marker, self._sequence, timestamp, self.ssrc, payload))
