"""Answers to requests (RFC 3261 8.2.6): what goes back with every response."""

from collections.abc import Iterable
from typing import Final, TypeVar

from sipmessage import Request, Response

from callagent.telephony.sip.verbatim import tag_of

AnyMessage = TypeVar("AnyMessage", Request, Response)

PHRASES: Final = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    415: "Unsupported Media Type",
    420: "Bad Extension",
    422: "Session Interval Too Small",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    489: "Bad Event",
    491: "Request Pending",
    500: "Server Internal Error",
    503: "Service Unavailable",
    504: "Server Time-out",
    603: "Decline",
}
COPIED: Final = ("Via", "From", "To", "Call-ID", "CSeq")


def reply(request: Request, code: int, headers: Iterable[tuple[str, str]] = (), *, tag: str = "") -> Response:
    """A response to `request`, with `tag` in its To where the request had none yet."""
    response = Response(code, PHRASES.get(code, "Status"))
    for name in COPIED:
        for value in request.headers.getlist(name):
            response.headers.add(name, value)
    to = request.headers.get("To", "") or ""
    if tag and tag_of(to) is None:
        response.headers.set("To", f"{to};tag={tag}")
    if code == 100 and (stamp := request.headers.get("Timestamp")):
        response.headers.add("Timestamp", stamp)
    for name, value in headers:
        response.headers.add(name, value)
    return with_body(response)


def with_body(message: AnyMessage, body: bytes = b"", content_type: str = "") -> AnyMessage:
    """The message with that body, and the headers that tell of it."""
    message.body = body
    if body:
        message.headers.set("Content-Type", content_type)
    message.headers.set("Content-Length", str(len(body)))
    return message
