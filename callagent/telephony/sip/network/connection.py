"""One connection over TCP or TLS: what is written to it, and what comes over it (RFC 5626 section 3.5.1)."""

import asyncio
import socket
from contextlib import suppress
from typing import Final, Protocol, cast

from callagent.errors import MalformedMessageError
from callagent.telephony.sip.messages.framing import PONG, Ping, StreamFraming
from callagent.telephony.sip.network.guard import PER_SOURCE_S, Bucket
from callagent.telephony.sip.transactions.matching import Hop, TransactionId
from callagent.telephony.sip.transactions.transaction_events import Send

WHOLE_WITHIN_S: Final = 10.0
"""How long a message may take to come; and the first one of an accepted connection, from its beginning."""
MOST_WAITING: Final = 64
"""Messages that wait for one connection to open, and requests without a sign of its peer that are remembered."""
MOST_UNREAD: Final = 256 * 1024
"""Bytes that a peer may leave unread before its connection is closed."""
PING: Final = b"\r\n\r\n"

_TRAILING_LINES: Final = 3
"""Bytes held that are only the beginning of a ping, or the answer to ours: no message that is half here."""


class Owner(Protocol):
    """Who keeps connections, and is told what becomes of them."""

    def received(self, connection: "Connection", item: bytes) -> None:
        """It has a whole message."""

    def broken(self, connection: "Connection") -> None:
        """Where its next message begins nobody can tell."""

    def unread(self, connection: "Connection") -> None:
        """Its peer reads nothing of what is sent."""

    def over(self, connection: "Connection") -> None:
        """It is gone."""

    def now_s(self) -> float:
        """The clock's time."""
        ...


class Connection(asyncio.Protocol):
    """One, as soon as it is wanted; what is to be sent waits until it is open."""

    def __init__(self, owner: Owner, hop: Hop, now_s: float, *, own: bool) -> None:
        self.hop = hop
        self.own = own
        """Whether we opened it."""
        self.answers = Bucket(PER_SOURCE_S, now_s)
        """Of whoever we connected to."""
        self.unanswered: list[TransactionId] = []
        """Requests that were sent since the peer's last message; when it goes away, they will not be answered."""
        self.gone = asyncio.Event()
        self.used_s = now_s
        """When something whole came over it last, or something was sent over one of our own."""
        self._owner = owner
        self._framing = StreamFraming()
        self._transport: asyncio.Transport | None = None
        self._waiting: list[Send] = []
        self._awaits_pong = False
        self._half_since_s: float | None = None if own else now_s
        """Since when a message is on its way; an accepted connection owes one from the beginning."""

    def is_overdue(self, now_s: float) -> bool:
        """Whether a message began too long ago, or none ever came."""
        return self._half_since_s is not None and now_s - self._half_since_s > WHOLE_WITHIN_S

    @property
    def is_open(self) -> bool:
        """Whether it was opened, and its end is not told yet."""
        return self._transport is not None and not self.gone.is_set()

    @property
    def is_closing(self) -> bool:
        """Whether nothing goes over it any more."""
        return self._transport is not None and self._transport.is_closing()

    def send(self, send: Send) -> bool:
        """Write, or wait; False: it is closing, or too much waits."""
        if self._transport is None:
            if len(self._waiting) >= MOST_WAITING:
                return False
            self._waiting.append(send)
            return True
        return self._write(send)

    def write(self, data: bytes) -> bool:
        """Write, if it is open."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() + len(data) > MOST_UNREAD:
            self._owner.unread(self)
            return False
        transport.write(data)
        if self.own:
            self.used_s = self._owner.now_s()
        return True

    def _write(self, send: Send) -> bool:
        written, sent = self.write(send.data), send.transaction
        if written and sent is not None and sent.side == "client" and len(self.unanswered) < MOST_WAITING:
            self.unanswered.append(sent)
        return written

    def ping(self) -> None:
        """Ask for a sign of life."""
        self._awaits_pong = self.write(PING)

    def take_waiting(self) -> list[Send]:
        """What was never sent; it is nobody's afterwards."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open, the handshake of TLS done."""
        self._transport = cast("asyncio.Transport", transport)
        wire = transport.get_extra_info("socket")
        if wire is not None:
            with suppress(OSError):
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for send in self.take_waiting():
            self._write(send)

    def data_received(self, data: bytes) -> None:
        """Bytes have come, cut anywhere."""
        if self._awaits_pong and data == PONG and not self._framing.held:
            self._awaits_pong = False  # two of them, minutes apart, would be a ping
            self.used_s = self._owner.now_s()
            return
        try:
            items = self._framing.feed(data)
        except MalformedMessageError:
            self._owner.broken(self)
            return
        now_s = self._owner.now_s()
        if items:
            self.used_s = now_s
        if self._framing.held <= _TRAILING_LINES and (items or self.own or self._half_since_s is None):
            self._half_since_s = None
        elif items or self._half_since_s is None:
            self._half_since_s = now_s
        if any(isinstance(item, Ping) for item in items):
            self.write(PONG)
        for item in items:
            if isinstance(item, bytes):
                self.unanswered.clear()
                self._owner.received(self, item)

    def connection_lost(self, _exc: Exception | None) -> None:
        """It is closed, by whomever."""
        self.gone.set()
        self._owner.over(self)

    def close(self) -> None:
        """Let go of it; what was written still leaves."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()
