"""Twilio Media Streams as data: text messages in and out, no input or output.

Source: https://www.twilio.com/docs/voice/media-streams/websocket-messages. What a peer sends is untrusted: `parse`
never raises; what it cannot make sense of becomes `Malformed` with a short fixed reason, fit for a counter.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

from callagent.media.g711 import ulaw_encode

LARGEST_MESSAGE: Final = 64 * 1024
"""Bytes; a real message of 20 ms has about 300."""
LARGEST_PAYLOAD: Final = 8000
"""Bytes of audio in one message: a second. More is no telephone."""
KEPT_CHUNKS: Final = 4096
"""Chunks of 20 ms that are kept as they are sent, 80 s of prompts in 3 MB."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The first message: says only that the peer speaks this protocol."""


@dataclass(frozen=True, slots=True)
class Started:
    """The stream's description."""

    stream_sid: str
    call_sid: str
    account_sid: str
    parameters: Mapping[str, str]
    """What the TwiML put into `<Parameter>`."""


@dataclass(frozen=True, slots=True)
class Media:
    """A stretch of the caller's audio."""

    chunk: int
    """Counted by the carrier from 1."""
    timestamp_ms: int
    """Milliseconds since the stream began."""
    ulaw: bytes
    """G.711 µ-law at 8 kHz."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark of ours was reached in playback, or its audio was cleared."""

    name: str


@dataclass(frozen=True, slots=True)
class Keyed:
    """A key was pressed."""

    digit: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The stream is over: the call ended or moved on."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """Not a message of this protocol."""

    reason: str


_PLAIN_MEDIA: Final = re.compile(
    r'\{"event":"media","sequenceNumber":"[0-9]{1,12}","media":\{"track":"inbound","chunk":"([0-9]{1,12})",'
    r'"timestamp":"([0-9]{1,12})","payload":"([A-Za-z0-9+/]+={0,2})"\},"streamSid":"[A-Za-z0-9]{1,64}"\}'
)
"""A media message to the letter as Twilio writes it. Fifty a second come in each call: they are read without a parser
for all of JSON, and whatever looks different goes to that."""

Message: TypeAlias = Connected | Started | Media | Marked | Keyed | Stopped | Malformed


def parse(text: str) -> Message:
    """One WebSocket text message."""
    plain = _PLAIN_MEDIA.fullmatch(text)
    if plain is not None and not len(payload := plain[3]) % 4:
        ulaw = binascii.a2b_base64(payload)
        if len(ulaw) <= LARGEST_PAYLOAD:
            return Media(int(plain[1]), int(plain[2]), ulaw)
    return _parse_any(text)


def _parse_any(text: str) -> Message:
    """As `parse`, for every way in which JSON can be written."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return Malformed("not JSON")
    if not isinstance(message, dict):
        return Malformed("not an object")
    event = message.get("event")
    reader = _READERS.get(event) if isinstance(event, str) else None
    if reader is None:
        return Malformed("unknown event")
    try:
        return reader(message)
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
        return Malformed(f"bad {event}")


def _started(message: dict[str, Any]) -> Message:
    start = message["start"]
    media = start["mediaFormat"]
    if (media["encoding"], int(media["sampleRate"]), int(media["channels"])) != ("audio/x-mulaw", 8000, 1):
        return Malformed("unknown media format")
    parameters = start.get("customParameters") or {}
    return Started(
        stream_sid=_text(start["streamSid"]),
        call_sid=_text(start["callSid"]),
        account_sid=_text(start["accountSid"]),
        parameters={_text(name): _text(value) for name, value in parameters.items()},
    )


def _media(message: dict[str, Any]) -> Message:
    media = message["media"]
    try:
        ulaw = base64.b64decode(media["payload"], validate=True)
    except binascii.Error:
        return Malformed("bad base64")
    if not 0 < len(ulaw) <= LARGEST_PAYLOAD:
        return Malformed("bad payload size")
    return Media(_count(media.get("chunk", 0)), _count(media.get("timestamp", 0)), ulaw)


def _marked(message: dict[str, Any]) -> Message:
    return Marked(_text(message["mark"]["name"]))


def _keyed(message: dict[str, Any]) -> Message:
    digit = message["dtmf"]["digit"]
    if not (isinstance(digit, str) and len(digit) == 1 and digit in "0123456789*#ABCD"):
        return Malformed("bad digit")
    return Keyed(digit)


def _text(value: Any) -> str:
    """A short string, as all of Twilio's names are."""
    if not isinstance(value, str) or len(value) > 512:
        raise ValueError("not a short text")
    value.encode()  # half a surrogate pair is no text, and would break whatever is written to disk
    return value


def _count(value: Any) -> int:
    """Twilio writes its numbers as strings."""
    number = int(value)
    if not 0 <= number < 1 << 40:
        raise ValueError("out of range")
    return number


_READERS: Final[Mapping[str, Callable[[dict[str, Any]], Message]]] = {
    "connected": lambda _message: Connected(),
    "start": _started,
    "media": _media,
    "mark": _marked,
    "dtmf": _keyed,
    "stop": lambda _message: Stopped(),
}


def media(stream_sid: str, ulaw: bytes) -> str:
    """A message that has the carrier play `ulaw`."""
    return _playing(stream_sid, _payload(ulaw))


def media_of(stream_sid: str, pcm: bytes) -> str:
    """As `media`, of 16-bit PCM; what many callers are told, such as a fixed prompt, is coded once."""
    return _playing(stream_sid, _coded(pcm))


def _playing(stream_sid: str, payload: str) -> str:
    # Base64 needs no escaping, and this is the hot path.
    return f'{_media_opening(stream_sid)}{payload}"}}}}'


def _payload(ulaw: bytes) -> str:
    return binascii.b2a_base64(ulaw, newline=False).decode("ascii")


@lru_cache(maxsize=KEPT_CHUNKS)
def _coded(pcm: bytes) -> str:
    return _payload(ulaw_encode(pcm))


@lru_cache(maxsize=1024)
def _media_opening(stream_sid: str) -> str:
    """All of a stream's media messages before the audio."""
    return f'{{"event":"media","streamSid":{json.dumps(stream_sid)},"media":{{"payload":"'


def mark(stream_sid: str, name: str) -> str:
    """A message that has the carrier say when playback got here."""
    return f"{_mark_opening(stream_sid)}{json.dumps(name)}}}}}"


@lru_cache(maxsize=1024)
def _mark_opening(stream_sid: str) -> str:
    """All of a stream's marks before the name."""
    return f'{{"event":"mark","streamSid":{json.dumps(stream_sid)},"mark":{{"name":'


def clear(stream_sid: str) -> str:
    """A message that has the carrier drop what it has not played; it returns the pending marks."""
    return json.dumps({"event": "clear", "streamSid": stream_sid})
