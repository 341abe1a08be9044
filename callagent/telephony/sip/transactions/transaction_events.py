"""What the transaction layer says: to the socket below it, and to the dialogs above it."""

from dataclasses import dataclass, field
from typing import TypeAlias

from sipmessage import Request, Response

from callagent.telephony.sip.transactions.matching import Hop, TransactionId


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes to be sent; if that fails, tell `TransactionLayer.unsendable`."""

    data: bytes = field(repr=False)
    to: Hop
    transaction: TransactionId | None
    """None: outside of all transactions, nothing needs to be told."""


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """A new request, or an ACK to a 2xx: then `transaction` is None or the INVITE's, and nothing is to be answered."""

    request: Request
    source: Hop
    transaction: TransactionId | None


@dataclass(frozen=True, slots=True)
class CancelReceived:
    """The caller gave up an INVITE that has no final response yet: answer it with 487 (section 9.2)."""

    invite: TransactionId
    request: Request
    """The CANCEL; the layer has answered it."""


@dataclass(frozen=True, slots=True)
class ResponseReceived:
    """An answer to a request of ours; a 2xx to an INVITE comes with each copy and each fork."""

    response: Response
    source: Hop
    transaction: TransactionId


@dataclass(frozen=True, slots=True)
class TimedOut:
    """No final response came to our request, or no ACK to our failure: the transaction is over."""

    transaction: TransactionId


@dataclass(frozen=True, slots=True)
class Unsendable:
    """The transport could not send; a client's transaction is over."""

    transaction: TransactionId


Output: TypeAlias = Send | RequestReceived | CancelReceived | ResponseReceived | TimedOut | Unsendable
