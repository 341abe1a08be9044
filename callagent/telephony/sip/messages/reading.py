"""SIP messages read from what a peer sent (RFC 3261 sections 7, 18.3, 20 and 25).

`read` makes requests and responses of untrusted bytes. Whatever it returns may be asked for its Via, From, To, CSeq,
Call-ID, Contact, Route, Record-Route, Max-Forwards, Expires, Min-Expires and Content-Type without an exception, and
those that are lists hold one value for each header line. Other headers are text that nobody has looked at.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sipmessage import URI, Request, Response
from sipmessage.message import COMPACT_FORMS

from callagent.errors import MalformedMessageError
from callagent.telephony.sip.messages.addresses import has_headers, read_uri, values_of
from callagent.telephony.sip.messages.framing import LARGEST_HEAD, LARGEST_MESSAGE
from callagent.telephony.sip.messages.message import MANDATORY, PHRASES, Addressed, OwnRequest, OwnResponse, write

LARGEST_LINE: Final = 8192
"""Characters of one header, continued lines included."""
MOST_HEADERS: Final = 256
MOST_VALUES: Final = 64
"""Values in one list, such as Vias: more is a loop, or an attack."""

_NAMES: Final = {
    **COMPACT_FORMS,
    **{
        name.lower(): name
        for name in (*COMPACT_FORMS.values(), "CSeq", "Max-Forwards", "Route", "Record-Route", "Expires", "Min-Expires")
    },
}
"""How the names that are looked for here are spelt."""
_TOKEN: Final = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
_STATUS_LINE: Final = re.compile(r"SIP/([0-9]+\.[0-9]+) ([0-9]+) ?(.*)", re.IGNORECASE | re.DOTALL)
_VERSION: Final = re.compile(r"SIP/[0-9]+\.[0-9]+", re.IGNORECASE)
_CSEQ: Final = re.compile(r"([0-9]+)\s+(\S+)")

_LISTS: Final = {"Via", "Contact", "Route", "Record-Route"}
"""Headers that are split: one value for each line."""
_SINGLE: Final = {"From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length", "Content-Type", "Expires"}
"""Headers that may come once."""
_SCALARS: Final = {"Max-Forwards": 255, "Expires": 2**32 - 1, "Min-Expires": 2**32 - 1}
"""The largest value that each may have (sections 20.19, 20.22, 20.23)."""
_LARGEST_CSEQ: Final = 2**31 - 1


@dataclass(slots=True)
class _Head:
    """A message's headers while they are looked at: names in the library's spelling, values unfolded."""

    start: str = ""
    headers: dict[str, list[str]] = field(default_factory=dict)

    def all(self, name: str) -> list[str]:
        return self.headers.get(name, [])


_READERS: Final[dict[str, Callable[[Addressed], object]]] = {
    "Via": lambda message: message.via,
    "From": lambda message: message.from_address,
    "To": lambda message: message.to_address,
    "Contact": lambda message: message.contact,
    "Route": lambda message: message.route,
    "Record-Route": lambda message: message.record_route,
    "Content-Type": lambda message: message.content_type,
}


class _FaultError(Exception):
    """What is wrong, on its way out of the checks."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status


def read(data: bytes, *, stream: bool = False) -> Request | Response:
    """The message in a datagram, or in what `StreamFraming` cut out of a stream.

    Raises MalformedMessageError, whose `answer` is what to send back to where the message came from, if anything.
    """
    data = data.lstrip(b"\r\n")
    if len(data) > LARGEST_MESSAGE:
        raise MalformedMessageError("SIP message dropped: too large")
    raw, blank, body = data.partition(b"\r\n\r\n")
    if not raw.strip():
        raise MalformedMessageError("SIP message dropped: empty")
    head = _Head()
    try:
        _split(raw, head, whole=bool(blank))
        return _message(head, body, stream=stream)
    except _FaultError as fault:
        answer = _refusal(head, fault.status)
        status = fault.status if answer else None
        raise MalformedMessageError(f"SIP message refused: {fault}", status=status, answer=answer) from None


def _split(raw: bytes, head: _Head, *, whole: bool) -> None:
    """Fill the head (section 7.3.1); a fault is told at the end, so that the answer can quote the other headers."""
    if len(raw) > LARGEST_HEAD:
        raise _FaultError(513, "the headers are too large")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise _FaultError(400, "the headers are no UTF-8") from None
    lines = re.sub(r"\r\n[ \t]++", " ", text).split("\r\n")
    head.start = lines[0]
    faults = [] if whole else ["the headers have no end"]
    spellings: dict[str, str] = {}
    if len(lines) > MOST_HEADERS:
        faults.append("too many headers")
    for line in lines[1:MOST_HEADERS]:
        name, colon, value = line.partition(":")
        name = name.rstrip(" \t")
        if not colon or not _TOKEN.fullmatch(name):
            faults.append("a header has no name")
        elif len(line) > LARGEST_LINE:
            faults.append("a header is too long")
        elif "\r" in value or "\n" in value:
            faults.append("a header holds half a line break")
        else:
            spelt = _NAMES.get(name.lower()) or spellings.setdefault(name.lower(), name)
            value = value.strip(" \t")
            head.headers.setdefault(spelt, []).extend(values_of(value) if spelt in _LISTS else [value])
    if faults:
        raise _FaultError(400, faults[0])


def _message(head: _Head, body: bytes, *, stream: bool) -> Request | Response:
    message: OwnRequest | OwnResponse
    if match := _STATUS_LINE.fullmatch(head.start):
        code = match[2]
        if match[1] != "2.0" or not re.fullmatch("[1-6][0-9][0-9]", code):
            raise _FaultError(400, "the status line is not valid")
        message = OwnResponse(int(code), match[3])
        method = None
    else:
        method, uri = _request_line(head.start)
        message = OwnRequest(method, uri)
    for name in MANDATORY:
        if not head.all(name):
            raise _FaultError(400, f"{name} is missing")
    for name in _SINGLE:
        if len(head.all(name)) > 1:
            raise _FaultError(400, f"{name} comes twice")
    for name, values in head.headers.items():
        message.headers.setlist(name, values)
    _check(message, method)
    message.body = _body(head, body, stream=stream)
    return message


def _request_line(line: str) -> tuple[str, URI]:
    parts = line.split(" ")
    if not _VERSION.fullmatch(parts[-1]) and not any(_VERSION.fullmatch(part) for part in parts):
        raise _FaultError(400, "this is no SIP")
    if len(parts) != 3 or not _TOKEN.fullmatch(parts[0]):
        raise _FaultError(400, "the request line is not valid")
    method, target, version = parts
    if version.upper() != "SIP/2.0":
        raise _FaultError(505, "the version of SIP is not 2.0")
    if has_headers(target):
        raise _FaultError(400, "the Request-URI holds headers")
    try:
        uri = read_uri(target)
    except ValueError:
        raise _FaultError(400, "the Request-URI is not valid") from None
    if uri.scheme not in {"sip", "sips", "tel"}:
        raise _FaultError(416, "the Request-URI has a scheme that is not SIP's")
    return method, uri


def _check(message: OwnRequest | OwnResponse, method: str | None) -> None:
    """What the module promises of every message that was read."""
    for name in _LISTS:
        if len(message.headers.getlist(name)) > MOST_VALUES:
            raise _FaultError(400, f"too many values in {name}")
    if method == "REGISTER" and message.headers.getlist("Contact") == ["*"]:
        # We keep no register: such a request is refused, and nothing needs to know what it wanted.
        message.headers.remove("Contact")
    for name, reader in _READERS.items():
        try:
            reader(message)
        except ValueError as error:
            raise _FaultError(400, f"{name}: {error}") from None
    if not message.call_id or " " in message.call_id:
        raise _FaultError(400, "Call-ID is not valid")
    _check_numbers(message, method)


def _check_numbers(message: OwnRequest | OwnResponse, method: str | None) -> None:
    sequence = _CSEQ.fullmatch(message.headers["CSeq"])
    if sequence is None or not _TOKEN.fullmatch(sequence[2]):
        raise _FaultError(400, "CSeq is not valid")
    if _number(sequence[1], _LARGEST_CSEQ) is None:
        raise _FaultError(400, "CSeq is out of range")
    if method is not None and sequence[2] != method:
        raise _FaultError(400, "CSeq names another method")
    for name, largest in _SCALARS.items():
        value = message.headers.get(name)
        if value is not None and _number(value, largest) is None:
            raise _FaultError(400, f"{name} is out of range")


def _body(head: _Head, body: bytes, *, stream: bool) -> bytes:
    """Section 18.3: what is beyond the length is no part of the message; a length beyond the datagram is an error."""
    lengths = head.all("Content-Length")
    if not lengths:
        if stream:
            raise _FaultError(400, "Content-Length is missing")
        return body
    length = _number(lengths[0], LARGEST_MESSAGE)
    if length is None:
        raise _FaultError(400, "Content-Length is not valid")
    if length > len(body):
        raise _FaultError(400, "the body is shorter than Content-Length says")
    return body[:length]


def _number(text: str, largest: int) -> int | None:
    """A decimal number of ASCII digits up to the largest, else None."""
    if not re.fullmatch("[0-9]{1,20}", text) or int(text) > largest:
        return None
    return int(text)


def _refusal(head: _Head, status: int) -> bytes:
    """The answer to a request that cannot be read, of what can be read of it; empty where none is due.

    A response is never answered, an ACK neither; nor is what has no Via and CSeq, for nobody could match the answer.
    """
    method, _, _ = head.start.partition(" ")
    if _STATUS_LINE.match(head.start) or not _TOKEN.fullmatch(method) or method == "ACK":
        return b""
    if not any(_VERSION.fullmatch(part) for part in head.start.split(" ")):
        return b""
    if not head.all("Via") or not head.all("CSeq"):
        return b""
    response = OwnResponse(status, PHRASES[status])
    for name in MANDATORY:
        values = head.all(name)
        response.headers.setlist(name, values if name == "Via" else values[:1])
    return write(response)
