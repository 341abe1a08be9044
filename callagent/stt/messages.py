"""What the process of a call and its recognition workers say to each other, over a worker's standard input and output.

A message is a header of 9 bytes (kind, turn, length of the payload; little-endian) and its payload.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import IntEnum

from callagent.stt.transcriber import Hints

_HEADER = struct.Struct("<BII")
NO_TURN = 0


class Kind(IntEnum):
    """The kinds of messages: to a worker up to 9, from a worker from 10 on."""

    OPEN = 1
    """A turn begins; its hints."""
    AUDIO = 2
    """The next PCM of a turn."""
    END = 3
    """The turn's audio is complete: answer."""
    DROP = 4
    """Nobody waits for this turn any more."""
    PREPARE = 5
    """Hints that a turn may have later."""
    READY = 10
    """The worker is warm."""
    HEARD = 11
    """A turn's text and confidence."""
    FAILED = 12
    """A turn could not be recognized; the class of the error."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message."""

    kind: Kind
    turn: int = NO_TURN
    payload: bytes = b""

    def encode(self) -> bytes:
        """As bytes for the pipe."""
        return _HEADER.pack(self.kind, self.turn, len(self.payload)) + self.payload


class MessageReader:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """Messages that `data` completes."""
        self._buffer += data
        while len(self._buffer) >= _HEADER.size:
            kind, turn, length = _HEADER.unpack_from(self._buffer)
            end = _HEADER.size + length
            if len(self._buffer) < end:
                return
            payload = bytes(self._buffer[_HEADER.size : end])
            del self._buffer[:end]
            yield Message(Kind(kind), turn, payload)


def pack_hints(hints: Hints) -> bytes:
    """Hints as a payload."""
    return json.dumps(asdict(hints)).encode()


def unpack_hints(payload: bytes) -> Hints:
    """The other way round."""
    fields = json.loads(payload)
    digits = fields["digits"]
    return Hints(
        language=fields["language"],
        phrases=tuple(fields["phrases"]),
        fillers=tuple(fields["fillers"]),
        digits=None if digits is None else (digits[0], digits[1]),
    )


def pack_heard(text: str, confidence: float) -> bytes:
    """A result as a payload."""
    return json.dumps([text, confidence]).encode()


def unpack_heard(payload: bytes) -> tuple[str, float]:
    """The other way round: text and confidence."""
    text, confidence = json.loads(payload)
    return str(text), float(confidence)
