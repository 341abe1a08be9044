"""AudioSocket's frames, both directions; bytes in, data out, no I/O.

A frame is a type (1 byte), the length of its payload (2 bytes, big-endian) and the payload. Asterisk is the TCP client:
it says which call this is, then sends the caller's sound and keys; that the caller has hung up it tells by closing the
connection. Its peer may send sound and the order to hang up, and nothing else.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

HEADER: Final = 3
LARGEST: Final = 16 * 1024
"""Bytes of a payload: 40 ms at the highest rate. What is longer is passed over, and not kept."""
HANG_UP: Final = b"\x00\x00\x00"
"""The frame that has Asterisk hang up."""
HUNG_UP_CODE: Final = 1
"""Of an error frame: the channel is gone."""
RATES: Final = {
    0x10: 8000,
    0x11: 12_000,
    0x12: 16_000,
    0x13: 24_000,
    0x14: 32_000,
    0x15: 44_100,
    0x16: 48_000,
    0x17: 96_000,
    0x18: 192_000,
}
"""Hertz, by frame type; the payload is signed 16-bit little-endian mono."""
KEYS: Final = frozenset("0123456789*#ABCD")

_KINDS: Final = {rate: kind for kind, rate in RATES.items()}


@dataclass(frozen=True, slots=True)
class Identified:
    """Which call this is; always the first frame."""

    call: UUID


@dataclass(frozen=True, slots=True)
class Sound:
    """Some of the caller's voice, as a rule 20 ms."""

    rate: int
    """Hertz."""
    pcm: bytes


@dataclass(frozen=True, slots=True)
class Keyed:
    """The caller pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class HungUp:
    """Asterisk says that the call is over."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Asterisk says that something went wrong at its side."""

    code: int


@dataclass(frozen=True, slots=True)
class Malformed:
    """A frame that means nothing to us; it was passed over."""

    reason: str


Frame: TypeAlias = Identified | Sound | Keyed | HungUp | Failed | Malformed


class FrameReader:
    """Reads one connection's bytes, however they were cut; never holds more than one frame of them."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._passing = 0
        """Bytes still to come of a payload that is passed over."""

    @property
    def inside(self) -> bool:
        """Whether a frame has begun and is not complete."""
        return bool(self._held or self._passing)

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete now, in order."""
        if self._passing:
            passed = min(self._passing, len(data))
            self._passing -= passed
            data = data[passed:]
        self._held += data
        frames: list[Frame] = []
        at = 0
        while len(self._held) - at >= HEADER:
            kind = self._held[at]
            length = int.from_bytes(self._held[at + 1 : at + HEADER], "big")
            end = at + HEADER + length
            if length > LARGEST:
                frames.append(Malformed("too long"))
                self._passing = max(0, end - len(self._held))
                at = min(end, len(self._held))
                continue
            if end > len(self._held):
                break
            frames.append(_frame(kind, bytes(self._held[at + HEADER : end])))
            at = end
        del self._held[:at]
        return frames


def sound_frame(rate: int, pcm: bytes) -> bytes:
    """The frame that carries sound to Asterisk; `rate` must be one of `RATES`."""
    return bytes((_KINDS[rate],)) + len(pcm).to_bytes(2, "big") + pcm


def _frame(kind: int, payload: bytes) -> Frame:
    if kind in RATES:
        return Malformed("half a sample") if len(payload) % 2 else Sound(RATES[kind], payload)
    match kind:
        case 0x00:
            return HungUp()
        case 0x01:
            return Identified(UUID(bytes=payload)) if len(payload) == 16 else Malformed("no UUID")
        case 0x03:
            digit = payload.decode("latin-1")
            return Keyed(digit) if digit in KEYS else Malformed("no key")
        case 0xFF:
            return Failed(int.from_bytes(payload[:4], "big"))
        case _:
            return Malformed("unknown type")
