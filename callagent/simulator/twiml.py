"""What a server may tell the carrier to do with a call: the TwiML that callagent has a use for.

The simulator is stricter than Twilio: what it does not know is an error, never skipped, so that a slip in a server's
answer is found here and not on a live line.
"""

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import urlsplit

from callagent.errors import WireError

PARAMETER_LIMIT = 500
"""Most characters of name and value together in one `<Parameter>` (TwiML Voice: `<Stream>`)."""


@dataclass(frozen=True, slots=True)
class ConnectStream:
    """Send the call's audio both ways over a WebSocket until the server closes it."""

    url: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Say:
    """Have Twilio itself speak a text."""

    text: str


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Do not answer the call at all."""

    reason: str
    """ "rejected" or "busy"."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on with the TwiML that is posted for at another address; what follows is never reached."""

    url: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring somebody else for the caller."""

    number: str


Verb: TypeAlias = ConnectStream | Say | Hangup | Reject | Pause | Redirect | Dial


def parse(document: str) -> tuple[Verb, ...]:
    """The verbs of a TwiML document, in order. Raises WireError for anything that is not understood."""
    try:
        root = ET.fromstring(document)  # noqa: S314 - the server under test is ours, on this machine
    except ET.ParseError as error:
        raise WireError(f"the server's TwiML is not XML ({error}); it begins with {document[:60]!r}") from error
    if root.tag != "Response":
        raise WireError(f"TwiML must be one <Response>, not <{root.tag}>")
    return tuple(_verb(element) for element in root)


def _verb(element: ET.Element) -> Verb:
    match element.tag:
        case "Connect":
            return _connect(element)
        case "Say":
            _only(element, attributes=("voice", "language", "loop"))
            return Say((element.text or "").strip())
        case "Hangup":
            _only(element)
            return Hangup()
        case "Reject":
            _only(element, attributes=("reason",))
            return Reject(element.get("reason", "rejected"))
        case _:
            return _verb_for_who_waits(element)


def _verb_for_who_waits(element: ET.Element) -> Verb:
    """One of those that a caller hears who is not connected yet."""
    match element.tag:
        case "Pause":
            _only(element, attributes=("length",))
            return Pause(int(element.get("length", "1")))
        case "Redirect":
            _only(element, attributes=("method",))
            return Redirect((element.text or "").strip())
        case "Dial":
            _only(element)
            return Dial((element.text or "").strip())
        case _:
            known = "Connect, Say, Pause, Redirect, Dial, Hangup, Reject"
            raise WireError(f"<{element.tag}> is no TwiML that is simulated; known are {known}")


def _connect(element: ET.Element) -> ConnectStream:
    _only(element, children=("Stream",))
    streams = list(element)
    if len(streams) != 1:
        raise WireError(f"<Connect> must hold exactly one <Stream>, not {len(streams)}")
    stream = streams[0]
    _only(stream, attributes=("url", "name", "track"), children=("Parameter",))
    return ConnectStream(_stream_url(stream.get("url", "")), dict(_parameter(each) for each in stream))


def _stream_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "wss" and not (parts.scheme == "ws" and parts.hostname in {"127.0.0.1", "localhost", "::1"}):
        raise WireError(f"Twilio connects streams to wss:// only (error 31922), not to {url!r}")
    if parts.query:
        raise WireError("Twilio drops the query of a <Stream> url (error 31920); use <Parameter> instead")
    return url


def _parameter(element: ET.Element) -> tuple[str, str]:
    _only(element, attributes=("name", "value"))
    name, value = element.get("name", ""), element.get("value", "")
    if not name:
        raise WireError("<Parameter> needs a name")
    if len(name) + len(value) >= PARAMETER_LIMIT:
        raise WireError(f"<Parameter name={name!r}> is too long: name and value must stay under {PARAMETER_LIMIT}")
    return name, value


def _only(element: ET.Element, attributes: tuple[str, ...] = (), children: tuple[str, ...] = ()) -> None:
    """Refuse what Twilio would silently ignore."""
    for name in element.attrib:
        if name not in attributes:
            raise WireError(f"<{element.tag}> has an attribute {name!r} that is not simulated")
    for child in element:
        if child.tag not in children:
            raise WireError(f"<{child.tag}> is not simulated inside <{element.tag}>")
