"""SIP messages as they are handed about, made and written (RFC 3261 sections 8.1.1, 8.2.6, 9.1 and 17.1.1.3).

The types are `sipmessage`'s. Ours differ in what they answer with: addresses, Vias and media types come from our own
readers (see addresses.py), and a parameter is written as it was read.
"""

import re
from typing import Final

from sipmessage import Address, MediaType, Request, Response, Via
from sipmessage.message import Message

from callagent.telephony.sip.messages.addresses import read_address, read_media_type, read_via, values_of

PHRASES: Final = {
    100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 183: "Session Progress", 200: "OK",
    202: "Accepted", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout",
    413: "Request Entity Too Large", 415: "Unsupported Media Type", 416: "Unsupported URI Scheme",
    420: "Bad Extension", 421: "Extension Required", 422: "Session Interval Too Small", 423: "Interval Too Brief",
    480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected",
    483: "Too Many Hops", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here",
    489: "Bad Event", 491: "Request Pending", 500: "Server Internal Error", 501: "Not Implemented",
    503: "Service Unavailable", 504: "Server Time-out", 505: "Version Not Supported", 513: "Message Too Large",
    600: "Busy Everywhere", 603: "Decline",
}  # fmt: skip

MANDATORY: Final = ("Via", "From", "To", "Call-ID", "CSeq")
"""What every message has, and every response takes over from its request."""


class Addressed(Message):
    """Our readers' values instead of the library's. Each raises ValueError where a header is not well formed."""

    @property
    def via(self) -> list[Via]:
        """Where responses go, the topmost first (section 20.42)."""
        return [read_via(value) for value in self.headers.getlist("Via")]

    @via.setter
    def via(self, value: list[Via]) -> None:
        self.headers.setlist("Via", [str(each) for each in value])

    @property
    def from_address(self) -> Address:
        """Who asks (section 20.20)."""
        return read_address(self.headers["From"])

    @from_address.setter
    def from_address(self, value: Address) -> None:
        self.headers.set("From", str(value))

    @property
    def to_address(self) -> Address:
        """Who is asked (section 20.39)."""
        return read_address(self.headers["To"])

    @to_address.setter
    def to_address(self, value: Address) -> None:
        self.headers.set("To", str(value))

    @property
    def content_type(self) -> MediaType | None:
        """What the body is; None where nothing says so (section 20.15)."""
        value = self.headers.get("Content-Type")
        return None if value is None else read_media_type(value)

    @content_type.setter
    def content_type(self, value: MediaType | None) -> None:
        self._set_optional_str("Content-Type", None if value is None else str(value))

    def _get_address_list(self, key: str) -> list[Address]:
        return [read_address(each) for value in self.headers.getlist(key) for each in values_of(value)]


class OwnRequest(Addressed, Request):
    """A request, read or made."""


class OwnResponse(Addressed, Response):
    """A response, read or made."""


def write(message: Request | Response) -> bytes:
    """The message as it is sent: with its Content-Length, and without any line break inside a header."""
    message.headers.set("Content-Length", str(len(message.body)))
    for name in message.headers.keys():  # noqa: SIM118 - no mapping
        values = message.headers.getlist(name)
        if any("\r" in value or "\n" in value for value in values):
            message.headers.setlist(name, [re.sub(r"[\r\n]+", " ", value) for value in values])
    return bytes(message)


def answer(request: Request, code: int, phrase: str = "", *, to_tag: str = "") -> Response:
    """A response to a request, with what RFC 3261 section 8.2.6 copies: the Timestamp only into a 100.

    `to_tag` is ours: it is set where the request's To has none, and never on a 100.
    """
    response = OwnResponse(code, phrase or PHRASES.get(code, "Unknown"))
    for name in MANDATORY:
        response.headers.setlist(name, list(request.headers.getlist(name)))
    if code == 100 and (stamp := request.headers.get("Timestamp")):
        response.headers.set("Timestamp", stamp)
    if to_tag and code != 100 and "tag" not in response.to_address.parameters:
        response.headers.set("To", f"{request.headers['To']};tag={to_tag}")
    if 100 < code < 300 and (routes := request.headers.getlist("Record-Route")):
        response.headers.setlist("Record-Route", list(routes))
    return response


def copy(request: Request) -> Request:
    """Another request with the same content: changing one leaves the other as it is."""
    other = OwnRequest(request.method, request.uri, request.body)
    for name in request.headers.keys():  # noqa: SIM118 - no mapping
        other.headers.setlist(name, list(request.headers.getlist(name)))
    return other


def follow_up(request: Request, method: str, *, to: Response | None = None) -> Request:
    """The CANCEL of an INVITE of ours (RFC 3261 section 9.1), or the ACK to its failure `to` (section 17.1.1.3).

    Both take the INVITE's branch, so that everybody on its way knows what they belong to.
    """
    other = OwnRequest(method, request.uri)
    other.headers.set("Via", request.headers["Via"])
    other.headers.set("Max-Forwards", "70")
    for name in ("From", "To", "Call-ID", "Route"):
        if values := request.headers.getlist(name):
            other.headers.setlist(name, list(values))
    if to is not None:
        other.headers.set("To", to.headers["To"])
    other.headers.set("CSeq", f"{request.cseq.sequence} {method}")
    return other
