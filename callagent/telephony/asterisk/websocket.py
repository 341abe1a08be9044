"""The control messages of Asterisk's WebSocket channel (chan_websocket), in both of its formats; text in, data out.

Binary messages are sound, text messages are control: lines of text (``DTMF_END digit:5 channel_id:1.2``), or JSON with
``event``, which Asterisk 20.18, 22.8 and 23.2 brought. Commands go in the format in which MEDIA_START came. Asterisk
passes over a command of more than 128 bytes, and answers no command that it does not know.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

SUBPROTOCOL: Final = "media"
LARGEST_TEXT: Final = 64 * 1024
"""Characters: MEDIA_START may hold all variables of a channel."""
MOST_FRAME: Final = 16 * 1024
KEYS: Final = frozenset("0123456789*#ABCD")


@dataclass(frozen=True, slots=True)
class MediaStarted:
    """The first message: what the connection carries."""

    connection_id: str
    channel_id: str
    format: str
    """Asterisk's name of the coding, such as "ulaw" or "slin16"."""
    frame_bytes: int
    """What Asterisk plays at a time."""
    is_json: bool
    variables: Mapping[str, str] = field(default_factory=dict)
    """The channel's, in JSON only."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """The caller pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class QueueFull:
    """Nothing more is to be sent until `QueueOpen`."""


@dataclass(frozen=True, slots=True)
class QueueOpen:
    """There is room again."""


@dataclass(frozen=True, slots=True)
class MarkProcessed:
    """All that was sent before a mark has been played."""

    mark: str


@dataclass(frozen=True, slots=True)
class QueueDrained:
    """All that was sent has been played, as was asked for."""


@dataclass(frozen=True, slots=True)
class Other:
    """A message that needs nothing done."""

    event: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """What could not be understood; it is to be dropped."""

    reason: str


Message: TypeAlias = MediaStarted | Keyed | QueueFull | QueueOpen | MarkProcessed | QueueDrained | Other | Malformed

PLAIN: Final[Mapping[str, Message]] = {
    "MEDIA_XOFF": QueueFull(),
    "MEDIA_XON": QueueOpen(),
    "QUEUE_DRAINED": QueueDrained(),
    "STATUS": Other("STATUS"),
    "MEDIA_BUFFERING_COMPLETED": Other("MEDIA_BUFFERING_COMPLETED"),
    "ERROR": Other("ERROR"),
}
"""Events whose name says all that matters here."""


def parse(text: str) -> Message:
    """What a text message says. Never raises."""
    if len(text) > LARGEST_TEXT:
        return Malformed("too long")
    if text.lstrip().startswith("{"):
        try:
            given = json.loads(text)
        except (ValueError, RecursionError):
            return Malformed("no JSON")
        return _message(str(given.get("event", "")), given, is_json=True)
    event, *words = text.split() or [""]
    given = dict(word.split(":", 1) for word in words if ":" in word)
    if words and ":" not in words[0]:
        given.setdefault("correlation_id", words[0])
    return _message(event, given, is_json=False)


def _message(event: str, given: Mapping[str, Any], *, is_json: bool) -> Message:
    match event:
        case "MEDIA_START":
            return _started(given, is_json=is_json)
        case "DTMF_END":
            digit = _text(given, "digit")
            return Keyed(digit) if digit in KEYS else Malformed("no key")
        case "MEDIA_MARK_PROCESSED":
            return MarkProcessed(_text(given, "correlation_id"))
        case _:
            return PLAIN.get(event, Malformed("unknown event"))


def _started(given: Mapping[str, Any], *, is_json: bool) -> Message:
    frame_bytes = _whole(given.get("optimal_frame_size"))
    name = _text(given, "format")
    if not name or not 0 < frame_bytes <= MOST_FRAME:
        return Malformed("MEDIA_START without format or frame size")
    variables = given.get("channel_variables")
    told = variables.items() if isinstance(variables, dict) else ()
    return MediaStarted(
        connection_id=_text(given, "connection_id"),
        channel_id=_text(given, "channel_id"),
        format=name,
        frame_bytes=frame_bytes,
        is_json=is_json,
        variables={str(key): value for key, value in told if isinstance(value, str)},
    )


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name, "")
    return value[:200] if isinstance(value, str) else ""


def _whole(value: object) -> int:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0


def command(name: str, mark: str = "", *, is_json: bool) -> str:
    """A command to Asterisk, with the id of a mark where it has one."""
    if is_json:
        return json.dumps({"command": name} | ({"correlation_id": mark} if mark else {}), separators=(",", ":"))
    return f"{name} {mark}" if mark else name
