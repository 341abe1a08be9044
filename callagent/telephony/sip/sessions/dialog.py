"""Dialogs (RFC 3261 12): what two ends remember of each other between requests.

A dialog is made from an INVITE and the first response with a tag (1xx: early, 2xx: confirmed), on either side. It
writes the requests inside of it and checks those that come in; which request is allowed when is the session's business
(`invite`). Via, and with it the branch, belongs to the transaction that carries a request.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from sipmessage import URI, CSeq, Request, Response

from callagent.errors import WireError
from callagent.telephony.sip.messages.message import OwnRequest, copy
from callagent.telephony.sip.messages.replies import with_body
from callagent.telephony.sip.messages.verbatim import VerbatimURI, addresses, header, is_loose, read_uri, tag_of, uri_of

MAX_FORWARDS: Final = "70"
HIGHEST_CSEQ: Final = 2**31 - 1

WITH_CONTACT: Final = frozenset({"INVITE", "UPDATE", "REFER", "SUBSCRIBE", "NOTIFY"})
"""Requests that tell the peer where we are (RFC 3261 12.2.1.1, RFC 3515 2.2, RFC 6665)."""
TARGET_REFRESH: Final = frozenset({"INVITE", "UPDATE"})
"""Requests whose Contact moves the peer (RFC 3261 12.2, RFC 3311 5.1)."""

Headers: TypeAlias = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class DialogId:
    """What a message is matched by (RFC 3261 12)."""

    call_id: str
    local_tag: str
    remote_tag: str
    """Empty for a peer of RFC 2543, which had none."""


def dialog_of_request(request: Request) -> DialogId:
    """The dialog that a peer's request belongs to; its `local_tag` is empty outside of one. Raises WireError."""
    return DialogId(
        header(request, "Call-ID"), tag_of(header(request, "To")) or "", tag_of(header(request, "From")) or ""
    )


def dialog_of_response(response: Response) -> DialogId:
    """The dialog that an answer to our request belongs to; its `remote_tag` is empty before there is one."""
    return DialogId(
        header(response, "Call-ID"), tag_of(header(response, "From")) or "", tag_of(header(response, "To")) or ""
    )


def cseq_of(message: Request | Response) -> CSeq:
    """Number and method. Raises WireError."""
    try:
        cseq = message.cseq
    except (ValueError, KeyError):
        raise WireError("SIP: CSeq is missing or not valid") from None
    if cseq.sequence > HIGHEST_CSEQ:
        raise WireError("SIP: CSeq is too large")
    return cseq


class Dialog:
    """One dialog; `confirmed` tells an answered one from an early one."""

    def __init__(  # noqa: PLR0913 - the state that RFC 3261 12.1 lists
        self,
        dialog_id: DialogId,
        *,
        local: str,
        remote: str,
        target: VerbatimURI,
        routes: tuple[str, ...],
        contact: str,
        local_cseq: int,
        remote_cseq: int | None,
        confirmed: bool,
    ) -> None:
        self.id = dialog_id
        self.confirmed = confirmed
        self.contact = contact
        """Ours, as the header is written."""
        self.target = target
        """The peer's Contact: where requests go in the end."""
        self.routes = routes
        """The addresses of Route, nearest first, as they came."""
        self._local = local
        self._remote = remote
        self._local_cseq = local_cseq
        self._remote_cseq = remote_cseq

    @classmethod
    def as_caller(cls, request: Request, response: Response, contact: str) -> "Dialog":
        """From our INVITE and its answer (12.1.2). Raises WireError for an answer that begins none."""
        routes = tuple(reversed(_recorded(response)))
        return cls(
            dialog_of_response(response),
            local=header(request, "From"),
            remote=header(response, "To"),
            target=_contact(response) or _as_text(request.uri),
            routes=routes,
            contact=contact,
            local_cseq=cseq_of(request).sequence,
            remote_cseq=None,
            confirmed=response.code >= 200,
        )

    @classmethod
    def as_callee(cls, request: Request, local_tag: str, contact: str) -> "Dialog":
        """From the peer's INVITE, early until it is answered (12.1.1). Raises WireError."""
        target = _contact(request)
        if target is None:
            raise WireError("SIP: an INVITE without Contact")
        routes = tuple(_recorded(request))
        asked = dialog_of_request(request)
        return cls(
            DialogId(asked.call_id, local_tag, asked.remote_tag),
            local=f"{header(request, 'To')};tag={local_tag}",
            remote=header(request, "From"),
            target=target,
            routes=routes,
            contact=contact,
            local_cseq=0,
            remote_cseq=cseq_of(request).sequence,
            confirmed=False,
        )

    def confirm(self, response: Response) -> None:
        """A 2xx came to our INVITE: only now the route is final (13.2.2.4). Raises WireError."""
        self.routes = tuple(reversed(_recorded(response)))
        self.refresh_target(response)
        self.confirmed = True

    def refresh_target(self, message: Request | Response) -> None:
        """The peer may have moved; the route stays (12.2). Raises WireError."""
        self.target = _contact(message) or self.target

    def in_order(self, request: Request) -> bool:
        """Note the peer's request; False for one that is older than the last: it gets 500 (12.2.2). Raises WireError.

        An ACK has the number of its INVITE and is always in order.
        """
        number = cseq_of(request).sequence
        if request.method in {"ACK", "CANCEL"}:
            return True
        if self._remote_cseq is not None and number <= self._remote_cseq:
            return False
        self._remote_cseq = number
        return True

    def request(self, method: str, headers: Headers = (), *, body: bytes = b"", content_type: str = "") -> Request:
        """The next request inside the dialog (12.2.1.1)."""
        self._local_cseq += 1
        return self._write(method, self._local_cseq, headers, body, content_type)

    def ack(self, invite: Request, headers: Headers = (), *, body: bytes = b"", content_type: str = "") -> Request:
        """The ACK for a 2xx to that INVITE: with its number, and its credentials if it had any (13.2.2.4)."""
        credentials = [
            (name, value) for name in ("Authorization", "Proxy-Authorization") for value in invite.headers.getlist(name)
        ]
        return self._write("ACK", cseq_of(invite).sequence, [*headers, *credentials], body, content_type)

    def again(self, request: Request, headers: Headers = ()) -> Request:
        """The same request once more, with a new number (22.2) and further headers."""
        return again(request, self._next_cseq(), headers)

    @property
    def next_hop(self) -> URI:
        """Where requests go first: the nearest proxy, of either kind, or the peer itself."""
        return uri_of(self.routes[0]) if self.routes else self.target

    def _next_cseq(self) -> int:
        self._local_cseq += 1
        return self._local_cseq

    def _write(self, method: str, number: int, headers: Headers, body: bytes, content_type: str) -> Request:
        uri, routes = self.target, list(self.routes)
        if routes and not is_loose(first := uri_of(routes[0])):
            # A strict router finds itself in the request's URI, and the target last in the route.
            uri, routes = first, [*routes[1:], f"<{self.target}>"]
        request = OwnRequest(method, uri)
        for route in routes:
            request.headers.add("Route", route)
        for name, value in (
            ("Max-Forwards", MAX_FORWARDS),
            ("From", self._local),
            ("To", self._remote),
            ("Call-ID", self.id.call_id),
            ("CSeq", f"{number} {method}"),
        ):
            request.headers.set(name, value)
        if method in WITH_CONTACT:
            request.headers.set("Contact", self.contact)
        for name, value in headers:
            request.headers.set(name, value)
        return with_body(request, body, content_type)


def again(request: Request, number: int, headers: Headers = ()) -> Request:
    """A copy of a request for a new transaction, with another CSeq and some headers set anew."""
    other = copy(request)
    other.headers.remove("Via")
    other.headers.set("CSeq", f"{number} {request.method}")
    for name, value in headers:
        other.headers.set(name, value)
    return other


def _recorded(message: Request | Response) -> list[str]:
    found = addresses(message, "Record-Route")
    for route in found:
        _reachable(route)
    return found


def _contact(message: Request | Response) -> VerbatimURI | None:
    contacts = addresses(message, "Contact")
    return _reachable(contacts[0]) if contacts else None


def _reachable(address: str) -> VerbatimURI:
    uri = uri_of(address)
    if uri.scheme == "tel":
        raise WireError("SIP: a telephone number where an address is needed")
    return uri


def _as_text(uri: URI) -> VerbatimURI:
    return read_uri(str(uri))
