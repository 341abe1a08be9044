"""What a session says: to the transactions below it, and to the leg above it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias, get_args

from sipmessage import URI, Request, Response

from callagent.telephony.sip.offers.agreement import Agreed


@dataclass(frozen=True, slots=True)
class SendRequest:
    """Send it in a new client transaction, which adds the Via; give its answers, or its failure, back."""

    request: Request
    next_hop: URI


@dataclass(frozen=True, slots=True)
class SendAck:
    """Send it as it is, with a Via of its own and without a transaction: the ACK of a 2xx (RFC 3261 17)."""

    request: Request
    next_hop: URI


@dataclass(frozen=True, slots=True)
class SendCancel:
    """Cancel the client transaction of this INVITE: a CANCEL with its Via, number and route (RFC 3261 9.1)."""

    invite: Request


@dataclass(frozen=True, slots=True)
class SendResponse:
    """Answer that request, in its server transaction where it still has one; a 2xx to INVITE may come repeatedly."""

    request: Request
    response: Response


@dataclass(frozen=True, slots=True)
class Ringing:
    """The peer is being alerted; `early` is where its ringing tone comes from, if it sends one."""

    code: int
    early: Agreed | None


@dataclass(frozen=True, slots=True)
class Answered:
    """Audio may flow."""

    agreed: Agreed


@dataclass(frozen=True, slots=True)
class Held:
    """The peer does not want to hear us for now."""

    agreed: Agreed


@dataclass(frozen=True, slots=True)
class Resumed:
    """It does again."""

    agreed: Agreed


@dataclass(frozen=True, slots=True)
class MediaChanged:
    """Addresses, codec or our own wish to hold changed."""

    agreed: Agreed


@dataclass(frozen=True, slots=True)
class ChangeRefused:
    """Our hold or resume was refused; what was agreed before still holds."""

    code: int


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """By INFO: one of 0-9 * # A-D."""

    digit: str


@dataclass(frozen=True, slots=True)
class TransferAsked:
    """The peer's REFER was accepted: call `target`, and tell how it goes with `report_transfer`."""

    target: str = field(repr=False)
    """A SIP or tel URI, without its headers."""
    replaces: str
    """What a Replaces header of that call must say (RFC 3891); empty for a blind transfer."""


@dataclass(frozen=True, slots=True)
class TransferProgress:
    """How the peer's call to the third party goes: a 1xx."""

    code: int


@dataclass(frozen=True, slots=True)
class TransferDone:
    """How our transfer ended: `code` is that of the peer's call, or why it did not make one. 2xx is success."""

    code: int


class EndReason(StrEnum):
    """Why a session is over."""

    HUNG_UP = "hung up"
    """By us."""
    PEER_HUNG_UP = "peer hung up"
    CANCELLED = "cancelled"
    """By who called, before it was answered."""
    REFUSED = "refused"
    """By who was called; the code tells why."""
    NO_MEDIA = "no media"
    """No audio that both sides can use."""
    NOT_ACKNOWLEDGED = "not acknowledged"
    LOST = "lost"
    """The peer is gone, or does not know the call."""
    NOT_REFRESHED = "not refreshed"
    """The session timer ran out (RFC 4028)."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Once, as the last event: the call is over for the leg, while goodbyes may still be on their way."""

    reason: EndReason
    code: int | None = None
    """The status of the peer's refusal, or the cause in its BYE (`Reason`: Q.850 or SIP)."""


SessionEvent: TypeAlias = (
    Ringing
    | Answered
    | Held
    | Resumed
    | MediaChanged
    | ChangeRefused
    | DigitPressed
    | TransferAsked
    | TransferProgress
    | TransferDone
    | Ended
)
LEG_EVENTS: Final[tuple[type, ...]] = get_args(SessionEvent)

Output: TypeAlias = SendRequest | SendAck | SendCancel | SendResponse | SessionEvent
