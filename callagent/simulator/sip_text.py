"""SIP as text, as far as a telephone needs it: messages (RFC 3261, section 7) and one line of sound (RFC 4566).

Written from the standards alone and sharing no code with callagent's own SIP, so that a misunderstanding there is not
repeated here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from callagent.errors import WireError

Headers = tuple[tuple[str, str], ...]

COMPACT: Final = {
    "c": "content-type", "e": "content-encoding", "f": "from", "i": "call-id", "k": "supported", "l": "content-length",
    "m": "contact", "o": "event", "r": "refer-to", "s": "subject", "t": "to", "v": "via", "x": "session-expires",
}  # fmt: skip
NEEDED: Final = ("via", "from", "to", "call-id", "cseq")
"""Without them nothing can be answered (section 8.1.1)."""
PCMU: Final = 0
EVENTS: Final = 101


@dataclass(frozen=True, slots=True)
class SipText:
    """One message."""

    start: str
    """Request line or status line."""
    headers: Headers
    body: str = ""

    @property
    def status(self) -> int:
        """Of a response; 0 of a request."""
        return int(self.start[8:11]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """What is asked, or was."""
        return self.first("cseq").split()[-1] if self.status else self.start.split()[0]

    @property
    def sequence(self) -> str:
        """The number in CSeq."""
        return self.first("cseq").split()[0]

    @property
    def branch(self) -> str:
        """Whose transaction it is of (section 17.1.3)."""
        return _parameter(self.first("via"), "branch")

    def first(self, name: str) -> str:
        """The first value of a header, by its long name in lower case; empty where there is none."""
        return next((value for known, value in self.headers if known.lower() == name), "")

    def all(self, name: str) -> list[tuple[str, str]]:
        """All lines of a header, with its name."""
        return [(known, value) for known, value in self.headers if known.lower() == name]

    def tag(self, name: str) -> str:
        """Of From or To; empty where there is none."""
        return _parameter(self.first(name), "tag")

    @property
    def contact(self) -> str:
        """The address in Contact; empty where there is none."""
        found = re.search(r"<([^>]+)>|^([^;\s]+)", self.first("contact"))
        return (found[1] or found[2]) if found else ""

    def __bytes__(self) -> bytes:
        """As it goes on the wire."""
        body = self.body.encode()
        lines = [self.start, *(f"{name}: {value}" for name, value in self.headers), f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body


def read(data: bytes) -> SipText:
    """The message in a datagram. Raises WireError for what is none."""
    head, blank, body = data.partition(b"\r\n\r\n")
    lines = re.sub(r"\r\n[ \t]+", " ", head.decode(errors="replace")).split("\r\n")
    if not blank or not re.fullmatch(r"SIP/2\.0 \d{3} .*|[A-Z]+ \S+ SIP/2\.0", lines[0]):
        raise WireError(f"{len(data)} bytes are no SIP message")
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            raise WireError("a line of a SIP header has no colon")
        name = name.strip().lower()
        headers.append((COMPACT.get(name, name), value.strip()))
    text = SipText(lines[0], tuple(headers), body.decode(errors="replace"))
    missing = [name for name in NEEDED if not text.first(name)]
    if missing or not re.fullmatch(r"\d+ +[A-Z]+", text.first("cseq")):
        raise WireError(f"a SIP message has no {', '.join(missing) or 'readable CSeq'}")
    length = text.first("content-length")
    if length and length != str(len(body)):
        raise WireError(f"a SIP message announces {length} bytes and has {len(body)}")
    return text


def response(request: SipText, status: str, tag: str, headers: Iterable[tuple[str, str]] = (), body: str = "") -> bytes:
    """The answer to a request, such as "200 OK"; `tag` marks our side of To (section 8.2.6)."""
    to = request.first("to") if request.tag("to") or not tag else f"{request.first('to')};tag={tag}"
    same = (*request.all("via"), *request.all("record-route"))
    ends = (("From", request.first("from")), ("To", to))
    rest = (("Call-ID", request.first("call-id")), ("CSeq", request.first("cseq")), *headers)
    return bytes(SipText(f"SIP/2.0 {status}", (*same, *ends, *rest), body))


def offer(host: str, port: int, direction: str = "sendrecv", version: int = 1) -> str:
    """SDP of a telephone that speaks µ-law and has keys (RFC 4733, section 2.4.1); a change has a new version."""
    lines = (
        "v=0", f"o=- {port} {version} IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0",
        f"m=audio {port} RTP/AVP {PCMU} {EVENTS}", f"a=rtpmap:{PCMU} PCMU/8000",
        f"a=rtpmap:{EVENTS} telephone-event/8000", f"a=fmtp:{EVENTS} 0-15", "a=ptime:20", f"a={direction}",
    )  # fmt: skip
    return "".join(f"{line}\r\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Sound:
    """Where the far end takes sound, and what."""

    host: str
    port: int
    event_type: int | None
    """Its payload type of keys; None where it takes none."""
    direction: str
    """As the far end has it: sendrecv, sendonly, recvonly or inactive."""


def read_sound(sdp: str) -> Sound:
    """What the SDP of an offer or answer says. Raises WireError where no µ-law can be sent there."""
    media = re.search(r"^m=audio (\d+) RTP/AVP ([\d ]+?)\s*$", sdp, re.MULTILINE)
    hosts = re.findall(r"^c=IN IP4 (\S+)", sdp, re.MULTILINE)
    if media is None or not hosts:
        raise WireError("there is no line of sound in the SDP")
    types = {int(number) for number in media[2].split()}
    if PCMU not in types:
        raise WireError(f"the SDP takes types {media[2]} and no µ-law")
    events = re.search(r"^a=rtpmap:(\d+) telephone-event/8000", sdp, re.MULTILINE | re.IGNORECASE)
    kind = int(events[1]) if events and int(events[1]) in types else None
    direction = re.search(r"^a=(sendrecv|sendonly|recvonly|inactive)\s*$", sdp, re.MULTILINE)
    return Sound(hosts[-1], int(media[1]), kind, direction[1] if direction else "sendrecv")


def _parameter(value: str, name: str) -> str:
    found = re.search(rf";\s*{name}\s*=\s*([^;,>\s]+)", value)
    return found[1] if found else ""
