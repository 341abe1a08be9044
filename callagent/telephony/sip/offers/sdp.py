"""Session descriptions (SDP: RFC 4566, RFC 8866) as data, as far as telephone calls need them.

`parse_sdp` reads what a peer sent, which is untrusted: size and counts are bounded, and whatever cannot be understood
raises `WireError` with a short fixed reason. It forgives what real telephones get wrong without harm: bare line feeds,
a missing `s=` or `t=`, unknown lines, and lines in another order within their section.
"""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from callagent.errors import WireError

LARGEST_SDP: Final = 16 * 1024
"""Bytes; a telephone's description has 200 to 2000."""
MOST_LINES: Final = 512
MOST_MEDIA: Final = 16
MOST_FORMATS: Final = 64
LARGEST_NUMBER_DIGITS: Final = 20
"""Of the numbers in `o=`: they are 64 bits wide."""

HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.\-]{0,252}[A-Za-z0-9.])?")
BROADCAST: Final = ipaddress.ip_address("255.255.255.255")
TOKEN = re.compile(r"[!#-'*+\-.0-9A-Z^-~]+")


@dataclass(frozen=True, slots=True)
class Origin:
    """Who wrote the description, and which version of it this is (`o=`)."""

    session_id: int
    version: int
    address: str
    username: str = "-"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One `a=` line."""

    name: str
    value: str | None = None
    """None for a property such as `a=sendrecv`."""


@dataclass(frozen=True, slots=True)
class Media:
    """One `m=` line with what belongs to it."""

    kind: str
    """ "audio", "video", "image", "application", ..."""
    port: int
    """0 when the stream is refused or removed."""
    protocol: str
    """ "RTP/AVP", "RTP/SAVP", ..."""
    formats: tuple[str, ...]
    """Payload type numbers, in order of preference; words for protocols other than RTP."""
    attributes: tuple[Attribute, ...] = ()
    address: str | None = None
    """From a `c=` line of its own; None where the session's holds."""

    def all_of(self, name: str) -> Iterator[str]:
        """The values of every `a=name:value` line, in order."""
        return (one.value for one in self.attributes if one.name == name and one.value is not None)

    def first_of(self, name: str) -> str | None:
        """The value of the first `a=name:value` line."""
        return next(self.all_of(name), None)

    def has(self, name: str) -> bool:
        """Whether there is an `a=name` line, with or without a value."""
        return any(one.name == name for one in self.attributes)


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """All of it: what holds for the session, and its streams in their order."""

    origin: Origin
    media: tuple[Media, ...]
    address: str | None = None
    """From the session's own `c=` line."""
    attributes: tuple[Attribute, ...] = ()
    name: str = "-"

    def address_of(self, media: Media) -> str | None:
        """Where that stream is received: an IP address or a host name."""
        return media.address if media.address is not None else self.address

    def __bytes__(self) -> bytes:
        lines = [f"v=0\r\no={self.origin.username} {self.origin.session_id} {self.origin.version}"]
        lines[0] += f" IN {address_type(self.origin.address)} {self.origin.address}"
        lines.append(f"s={self.name}")
        lines += _connection_lines(self.address)
        lines.append("t=0 0")
        lines += _attribute_lines(self.attributes)
        for media in self.media:
            lines.append(f"m={media.kind} {media.port} {media.protocol} {' '.join(media.formats)}")
            lines += _connection_lines(media.address)
            lines += _attribute_lines(media.attributes)
        return ("\r\n".join(lines) + "\r\n").encode()


def address_type(address: str) -> str:
    """IP4 or IP6; a host name counts as IP4, as everybody writes it."""
    return "IP6" if ":" in address else "IP4"


def parse_sdp(data: bytes) -> SessionDescription:
    """Read a description. Raises WireError, also for a stream in use that has no address."""
    lines = list(_lines(data))
    if not lines or lines[0] != ("v", "0"):
        raise WireError("SDP: does not begin with v=0")
    sections: list[list[tuple[str, str]]] = [[]]
    for letter, value in lines[1:]:
        if letter == "m":
            sections.append([])
        sections[-1].append((letter, value))
    if len(sections) - 1 > MOST_MEDIA:
        raise WireError(f"SDP: more than {MOST_MEDIA} media lines")
    session, *streams = sections
    described = SessionDescription(
        origin=_origin(_only(session, "o")),
        media=tuple(_media(stream) for stream in streams),
        address=_address(session),
        attributes=_attributes(session),
        name=next((value for letter, value in session if letter == "s"), "-"),
    )
    for media in described.media:
        if media.port and described.address_of(media) is None:
            raise WireError("SDP: a stream has no c= line, nor has the session")
    return described


def _lines(data: bytes) -> Iterator[tuple[str, str]]:
    if len(data) > LARGEST_SDP:
        raise WireError(f"SDP: longer than {LARGEST_SDP} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise WireError("SDP: is not UTF-8") from None
    lines = [line.removesuffix("\r") for line in text.rstrip("\r\n").split("\n")]
    if len(lines) > MOST_LINES:
        raise WireError(f"SDP: more than {MOST_LINES} lines")
    for line in lines:
        if len(line) < 2 or line[1] != "=" or not line[0].isascii() or not line[0].isalpha():
            raise WireError("SDP: a line is not of the form x=...")
        if any(ord(character) < 0x20 and character != "\t" for character in line):
            raise WireError("SDP: control character in a line")
        yield line[0], line[2:].rstrip(" ")


def _only(section: list[tuple[str, str]], letter: str) -> str:
    values = [value for each, value in section if each == letter]
    if len(values) != 1:
        raise WireError(f"SDP: {letter}= must be there once")
    return values[0]


def _number(text: str, highest: int, what: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > LARGEST_NUMBER_DIGITS or int(text) > highest:
        raise WireError(f"SDP: {what} is not a number up to {highest}")
    return int(text)


def _origin(value: str) -> Origin:
    # Some write their product's name as the user, with spaces in it.
    parts = value.rsplit(maxsplit=5)
    if len(parts) != 6:
        raise WireError("SDP: o= needs six parts")
    username, session_id, version, net, kind, address = parts
    return Origin(
        session_id=_number(session_id, 2**64 - 1, "the session id of o="),
        version=_number(version, 2**64 - 1, "the version of o="),
        address=_connection(f"{net} {kind} {address}"),
        username=username,
    )


def _connection(value: str) -> str:
    parts = value.split()
    if len(parts) != 3 or parts[0].upper() != "IN" or parts[1].upper() not in {"IP4", "IP6"}:
        raise WireError("SDP: an address must be IN IP4 or IN IP6")
    return checked_address(parts[2].split("/")[0])


def checked_address(address: str) -> str:
    """The address as it is, where it is one host's: an IP address or a host name. Raises WireError."""
    try:
        if (found := ipaddress.ip_address(address)).is_multicast or found == BROADCAST:
            raise WireError("SDP: an address is that of many")
    except ValueError:
        if "%" in address or not HOST.fullmatch(address):
            raise WireError("SDP: an address is neither an IP address nor a host name") from None
    return address


def _address(section: list[tuple[str, str]]) -> str | None:
    return next((_connection(value) for letter, value in section if letter == "c"), None)


def _attributes(section: list[tuple[str, str]]) -> tuple[Attribute, ...]:
    found = []
    for letter, value in section:
        if letter == "a":
            name, colon, rest = value.partition(":")
            if not TOKEN.fullmatch(name):
                raise WireError("SDP: an a= line has no name")
            found.append(Attribute(name, rest.strip() if colon else None))
    return tuple(found)


def _media(section: list[tuple[str, str]]) -> Media:
    parts = section[0][1].split()
    if len(parts) < 4:
        raise WireError("SDP: m= needs kind, port, protocol and a format")
    kind, port, protocol, *formats = parts
    if len(formats) > MOST_FORMATS:
        raise WireError(f"SDP: m= has more than {MOST_FORMATS} formats")
    if not all(TOKEN.fullmatch(word) for word in (kind, *protocol.split("/"), *formats)):
        raise WireError("SDP: m= holds a word that is none")
    return Media(
        kind=kind,
        port=_number(port.split("/")[0], 65535, "the port of m="),
        protocol=protocol,
        formats=tuple(formats),
        attributes=_attributes(section),
        address=_address(section),
    )


def _connection_lines(address: str | None) -> list[str]:
    return [] if address is None else [f"c=IN {address_type(address)} {address}"]


def _attribute_lines(attributes: tuple[Attribute, ...]) -> list[str]:
    return [f"a={one.name}" if one.value is None else f"a={one.name}:{one.value}" for one in attributes]
