"""SIP messages as tests write them: a first line, then headers."""

from typing import cast

from sipmessage import Message, Request, Response


def _parse(text: str, body: bytes = b"") -> Request | Response:
    lines = [line.strip() for line in text.strip().splitlines()]
    return Message.parse("\r\n".join([*lines, "", ""]).encode() + body)


def request(text: str, body: bytes = b"") -> Request:
    """A request, parsed."""
    return cast("Request", _parse(text, body))


def response(text: str, body: bytes = b"") -> Response:
    """A response, parsed."""
    return cast("Response", _parse(text, body))
