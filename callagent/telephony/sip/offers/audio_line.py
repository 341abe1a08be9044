"""The audio stream of a description: codecs, telephone-event, packet length, direction and RTCP, read and written.

Sources: RFC 3264 5 and 6, RFC 3551 (static payload types), RFC 4733 2.4 (telephone-event), RFC 3605 (`a=rtcp`) and
RFC 5761 (`a=rtcp-mux`). What is not understood here is left out of the choice, never an error.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from callagent.errors import WireError
from callagent.telephony.sip.offers.sdp import Attribute, Media, SessionDescription, address_type, checked_address

SHORTEST_PTIME_MS: Final = 10
LONGEST_PTIME_MS: Final = 60
USUAL_PTIME_MS: Final = 20
USUAL_EVENT_TYPE: Final = 101
"""The payload type of telephone-event that nearly everybody uses."""
DIGIT_EVENTS: Final = frozenset(range(12))
"""0-9 * # (RFC 4733 3.2): who does not take all of these is sent no events."""
LARGEST_EVENT: Final = 255
NOWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - how RFC 2543 wrote "on hold"; nothing listens here

RTPMAP = re.compile(r"(?P<number>[0-9]{1,3}) +(?P<name>[^ /]{1,64})/(?P<rate>[0-9]{1,6})(/1)?")
FMTP = re.compile(r"(?P<number>[0-9]{1,3}) +(?P<rest>.+)")
EVENTS = re.compile(r"(?P<first>[0-9]{1,3})(-(?P<last>[0-9]{1,3}))?")
RTCP = re.compile(r"(?P<port>[0-9]{1,5})( +IN +IP[46] +(?P<address>[^ ]+))?")


class Codec(StrEnum):
    """What a telephone's audio is coded with, by its name in `a=rtpmap`."""

    PCMU = "PCMU"
    PCMA = "PCMA"


STATIC: Final[Mapping[int, Codec]] = {0: Codec.PCMU, 8: Codec.PCMA}


class Direction(StrEnum):
    """Who sends, from the side of whoever writes it (RFC 3264 5.1)."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @classmethod
    def of(cls, *, sends: bool, receives: bool) -> "Direction":
        """The word for it."""
        if sends:
            return cls.SENDRECV if receives else cls.SENDONLY
        return cls.RECVONLY if receives else cls.INACTIVE

    @property
    def sends(self) -> bool:
        """Whether who writes it may send."""
        return self in {Direction.SENDRECV, Direction.SENDONLY}

    @property
    def receives(self) -> bool:
        """Whether who writes it wants to receive."""
        return self in {Direction.SENDRECV, Direction.RECVONLY}


@dataclass(frozen=True, slots=True)
class AudioLine:
    """What a peer says of its audio, from its side."""

    codecs: tuple[tuple[int, Codec], ...]
    """Payload type and codec, in its order; only those that we know."""
    event_type: int | None
    """Payload type under which it takes digits 0-9 * #, at 8000 Hz."""
    ptime_ms: int
    """The length of packet that it asks for, within what we can."""
    direction: Direction
    """With an address of 0.0.0.0 it wants nothing sent, whatever the attribute says."""
    host: str
    port: int
    rtcp_host: str
    rtcp_port: int
    rtcp_mux: bool


def read_audio(described: SessionDescription, media: Media) -> AudioLine:
    """Read an audio stream in use. Raises WireError for an `a=rtcp` that names no address."""
    host = described.address_of(media)
    if host is None:
        raise WireError("SDP: a stream has no address")
    names = {int(found["number"]): found for value in media.all_of("rtpmap") if (found := RTPMAP.fullmatch(value))}
    codecs: list[tuple[int, Codec]] = []
    event_type = None
    for number in _payload_types(media):
        name = names[number]["name"].upper() if number in names else str(STATIC.get(number, ""))
        if number in names and names[number]["rate"] != "8000":
            continue
        if name in {str(codec) for codec in Codec}:
            codecs.append((number, Codec(name)))
        elif name == "TELEPHONE-EVENT" and event_type is None and _takes_digits(media, number):
            event_type = number
    rtcp_host, rtcp_port = _rtcp(media, host)
    return AudioLine(
        codecs=tuple(codecs),
        event_type=event_type,
        ptime_ms=_ptime_ms(media),
        direction=_direction(described, media, host),
        host=host,
        port=media.port,
        rtcp_host=rtcp_host,
        rtcp_port=rtcp_port,
        rtcp_mux=media.has("rtcp-mux"),
    )


def write_formats(
    codecs: Sequence[tuple[int, Codec]], event_type: int | None
) -> tuple[tuple[str, ...], list[Attribute]]:
    """The payload types for `m=`, and the lines that explain them."""
    attributes = [Attribute("rtpmap", f"{number} {codec}/8000") for number, codec in codecs]
    formats = [str(number) for number, _ in codecs]
    if event_type is not None:
        formats.append(str(event_type))
        attributes += [
            Attribute("rtpmap", f"{event_type} telephone-event/8000"),
            Attribute("fmtp", f"{event_type} 0-15"),
        ]
    return tuple(formats), attributes


def write_rtcp(host: str, port: int) -> Attribute:
    """The line that tells where reports are received, for who does not take the next port."""
    return Attribute("rtcp", f"{port} IN {address_type(host)} {host}")


def _payload_types(media: Media) -> list[int]:
    return [int(one) for one in dict.fromkeys(media.formats) if one.isascii() and one.isdigit() and int(one) <= 127]


def _takes_digits(media: Media, number: int) -> bool:
    """Without an `a=fmtp` all digits are meant (RFC 4733 2.4.1)."""
    for value in media.all_of("fmtp"):
        found = FMTP.fullmatch(value)
        if found and int(found["number"]) == number:
            return _events(found["rest"]) >= DIGIT_EVENTS
    return True


def _events(text: str) -> set[int]:
    taken: set[int] = set()
    for part in text.removeprefix("events=").split(","):
        if found := EVENTS.fullmatch(part.strip()):
            first = int(found["first"])
            last = min(int(found["last"] or first), LARGEST_EVENT)
            taken.update(range(first, last + 1))
    return taken


def _ptime_ms(media: Media) -> int:
    """What it asks for, in whole steps of 10 ms, and not above its `a=maxptime`."""
    asked = _milliseconds(media.first_of("ptime"), USUAL_PTIME_MS)
    most = _milliseconds(media.first_of("maxptime"), LONGEST_PTIME_MS)
    return max(SHORTEST_PTIME_MS, min(asked, most, LONGEST_PTIME_MS) // 10 * 10)


def _milliseconds(text: str | None, otherwise: int) -> int:
    if text is None or not re.fullmatch(r"[0-9]{1,4}", text) or int(text) == 0:
        return otherwise
    return int(text)


def _direction(described: SessionDescription, media: Media, host: str) -> Direction:
    words = {str(direction) for direction in Direction}
    told = next((one.name for one in (*media.attributes, *described.attributes) if one.name in words), "sendrecv")
    direction = Direction(told)
    return Direction.of(sends=direction.sends, receives=direction.receives and host not in NOWHERE)


def _rtcp(media: Media, host: str) -> tuple[str, int]:
    """Where it receives reports: the next port, unless it says another."""
    if media.has("rtcp-mux"):
        return host, media.port
    found = RTCP.fullmatch(media.first_of("rtcp") or "")
    if found is None or not 0 < int(found["port"]) <= 65535:
        return host, min(media.port + 1, 65535)
    return checked_address(found["address"] or host), int(found["port"])
