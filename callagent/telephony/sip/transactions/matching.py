"""Which transaction a message belongs to, and where its answers go (RFC 3261 sections 17.1.3, 17.2.3 and 18.2).

The address that a request came from is told by the socket: a Via says only what its sender believes.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from sipmessage import Request, Response, Via

from callagent.telephony.sip.messages.addresses import Verbatim, read_via

MAGIC: Final = "z9hG4bK"
"""What a branch begins with that identifies its transaction (section 8.1.1.7)."""

Transport: TypeAlias = Literal["UDP", "TCP", "TLS"]


@dataclass(frozen=True, slots=True)
class Hop:
    """The next element on the way, or the one that a message came from."""

    transport: Transport
    host: str
    """An IP address, as the socket tells it."""
    port: int

    @property
    def reliable(self) -> bool:
        """Whether the transport itself sees to it that messages arrive."""
        return self.transport != "UDP"


@dataclass(frozen=True, slots=True)
class TransactionId:
    """What a transaction is known by."""

    side: Literal["client", "server"]
    branch: str
    sent_by: str
    method: str
    """Of the request that began it: an ACK to a failure belongs to its INVITE."""


def sent_by_of(via: Via) -> str:
    """Host and port as they are compared: the port that is left out (section 18.1.1) is 5060, or 5061 with TLS."""
    port = via.port or (5061 if via.transport == "TLS" else 5060)
    return f"{via.host.lower().rstrip('.')}:{port}"


def id_of_own(request: Request) -> TransactionId:
    """The client transaction of a request that the layer has sent, by the Via that it got."""
    via = read_via(request.headers["Via"])
    return TransactionId("client", via.parameters.get("branch") or "", sent_by_of(via), request.method)


def merged_key(request: Request) -> str | None:
    """What two copies of one new call have in common that came on different ways (section 8.2.2.2).

    None for everything else: to answer that twice does no harm.
    """
    tag = request.from_address.parameters.get("tag")
    if request.method != "INVITE" or not tag or "tag" in request.to_address.parameters:
        return None
    return f"{tag}\0{request.call_id}\0{request.cseq}"


def id_of_response(response: Response) -> TransactionId | None:
    """The client transaction that a response answers; None where it went another way than ours (section 8.1.3.3)."""
    vias = response.via
    if len(vias) != 1:
        return None
    branch = vias[0].parameters.get("branch") or ""
    return TransactionId("client", branch, sent_by_of(vias[0]), response.cseq.method)


def id_of_request(request: Request, *, method: str | None = None) -> TransactionId:
    """The server transaction that a request belongs to; `method` names another with the same branch.

    A sender that knows only RFC 2543 gives no identifying branch: then everything counts that it repeats.
    """
    top = request.via[0]
    method = method or ("INVITE" if request.method == "ACK" else request.method)
    branch = top.parameters.get("branch") or ""
    if branch == MAGIC or not branch.startswith(MAGIC):
        repeated = (
            str(request.uri),
            request.from_address.parameters.get("tag") or "",
            request.call_id,
            str(request.cseq.sequence),
            branch,
        )
        branch = hashlib.sha256("\0".join(repeated).encode()).hexdigest()
    return TransactionId("server", branch, sent_by_of(top), method)


def note_source(request: Request, source: Hop) -> None:
    """Write into the topmost Via where the request really came from (section 18.2.1, RFC 3581 section 4)."""
    others = request.headers.getlist("Via")[1:]
    via = request.via[0]
    noted: dict[str, str | None] = {}
    if "rport" in via.parameters:
        noted["rport"] = str(source.port)
    if noted or via.host != source.host:
        noted["received"] = source.host
        changed = Via(via.transport, via.host, via.port, Verbatim({**via.parameters, **noted}))
        request.headers.setlist("Via", [str(changed), *others])


def reply_hop(request: Request, source: Hop) -> Hop:
    """Where responses go (section 18.2.2, RFC 3581): the connection, or the address that the datagram came from.

    Never an address that the request merely names: no response of ours may be sent to somebody who asked nothing.
    """
    via = request.via[0]
    if source.reliable or "rport" in via.parameters:
        return source
    return Hop(source.transport, source.host, via.port or 5060)
