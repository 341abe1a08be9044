"""Where one SIP message ends and the next begins (RFC 3261 sections 7.5 and 18.3).

A datagram is one message. A stream is cut by Content-Length; what comes with it is bounded, since the peer chooses it.
"""

import re
from dataclasses import dataclass
from typing import Final

from callagent.errors import MalformedMessageError

LARGEST_MESSAGE: Final = 65535
"""Bytes of headers and body; no datagram is larger."""
LARGEST_HEAD: Final = 32 * 1024
"""Bytes of start line and headers; a real INVITE through several proxies has about 3000."""

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(
    rb"\r\n(?:content-length|l)[ \t]*+:[ \t]*+(?:\r\n[ \t]++)?([0-9]{1,10})[ \t]*+(?=\r\n)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Ping:
    """An empty line pair between messages that asks for a sign of life (RFC 5626 section 3.5.1): answer `PONG`."""


PONG: Final = b"\r\n"


def is_keepalive(datagram: bytes) -> bool:
    """Whether a datagram holds no message, only what keeps a NAT's binding open: to be ignored."""
    return not datagram.strip(b"\r\n\0 ")


class StreamFraming:
    """Cuts what comes over one TCP or TLS connection into messages.

    After an error the place where the next message begins is unknown: the connection is to be closed.
    """

    def __init__(self, *, largest_message: int = LARGEST_MESSAGE, largest_head: int = LARGEST_HEAD) -> None:
        self._largest_message = largest_message
        self._largest_head = largest_head
        self._held = bytearray()
        self._searched = 0
        self._whole: int | None = None
        self._broken = False

    @property
    def held(self) -> int:
        """Bytes of a message that has not wholly come yet; never more than the largest message and one read."""
        return len(self._held)

    def feed(self, data: bytes) -> list[bytes | Ping]:
        """The messages that are whole now, in order, and the pings between them.

        Raises MalformedMessageError when the head is too large, or has no Content-Length that says where it ends.
        What was whole before that is lost with the connection.
        """
        if self._broken:
            return []
        self._held += data
        found: list[bytes | Ping] = []
        try:
            while (item := self._next()) is not None:
                found.append(item)
        except MalformedMessageError:
            self._broken = True
            self._held.clear()
            raise
        return found

    def _next(self) -> bytes | Ping | None:
        while self._whole is None and bytes(self._held[:1]) in {b"\r", b"\n"}:
            if self._held.startswith(_HEAD_END):
                del self._held[:4]
                return Ping()
            if _HEAD_END.startswith(bytes(self._held[:4])):
                return None
            # A single empty line: the answer to a ping of ours, or a sender that ends its bodies with one.
            del self._held[:1]
        if self._whole is None:
            self._whole = self._length()
        if self._whole is None or len(self._held) < self._whole:
            return None
        message = bytes(self._held[: self._whole])
        del self._held[: self._whole]
        self._whole, self._searched = None, 0
        return message

    def _length(self) -> int | None:
        """Bytes of the message at the beginning; None while its head is not whole."""
        at = self._held.find(_HEAD_END, self._searched, self._largest_head)
        if at < 0:
            if len(self._held) >= self._largest_head:
                raise MalformedMessageError("SIP stream: the headers are too large", status=513)
            self._searched = max(0, len(self._held) - 3)
            return None
        lengths = {int(match[1]) for match in _LENGTH.finditer(bytes(self._held[: at + 2]))}
        if len(lengths) != 1:
            raise MalformedMessageError("SIP stream: no single valid Content-Length", status=400)
        whole = at + len(_HEAD_END) + lengths.pop()
        if whole > self._largest_message:
            raise MalformedMessageError("SIP stream: the message is too large", status=513)
        return whole
