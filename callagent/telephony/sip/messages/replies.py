"""Answers to requests (RFC 3261 8.2.6): what goes back with every response."""

from collections.abc import Iterable
from typing import TypeVar

from sipmessage import Request, Response

from callagent.telephony.sip.messages.message import answer

AnyMessage = TypeVar("AnyMessage", Request, Response)


def reply(request: Request, code: int, headers: Iterable[tuple[str, str]] = (), *, tag: str = "") -> Response:
    """A response to `request`, with `tag` in its To where the request had none yet."""
    response = answer(request, code, to_tag=tag)
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
