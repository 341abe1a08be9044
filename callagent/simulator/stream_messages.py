"""The messages of a Twilio media stream, from Twilio's side (Media Streams: WebSocket messages). Pure.

All numbers travel as strings. `sequenceNumber` counts every message of a stream from `start` = 1; `chunk` counts the
media messages from 1; `timestamp` is milliseconds since the stream began.
"""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from callagent.errors import WireError
from callagent.media.audio import CHUNK_MS

CONNECTED = json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})
"""The first message on every stream; it carries no sequence number."""


@dataclass(frozen=True, slots=True)
class CallIds:
    """Twilio's own names for a call, "XX" and 32 hexadecimal digits each."""

    account: str
    call: str
    stream: str


def new_sid(prefix: str) -> str:
    """A fresh identifier such as "CA0123…"."""
    return prefix + secrets.token_hex(16)


class StreamMessages:
    """Writes the messages of one stream, numbering them."""

    def __init__(self, ids: CallIds) -> None:
        self._ids = ids
        self._sequence = 0
        self._chunk = 0

    def start(self, parameters: Mapping[str, str]) -> str:
        """What comes right after `CONNECTED`."""
        return self._message(
            "start",
            {
                "accountSid": self._ids.account,
                "streamSid": self._ids.stream,
                "callSid": self._ids.call,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": dict(parameters),
            },
        )

    def media(self, payload: str) -> str:
        """20 ms of the caller; `payload` is Base64. Written by hand: it is the one message that is sent often."""
        self._sequence += 1
        self._chunk += 1
        timestamp = (self._chunk - 1) * CHUNK_MS
        return (
            f'{{"event":"media","sequenceNumber":"{self._sequence}","media":{{"track":"inbound",'
            f'"chunk":"{self._chunk}","timestamp":"{timestamp}","payload":"{payload}"}},'
            f'"streamSid":"{self._ids.stream}"}}'
        )

    def skip(self) -> None:
        """Count a media message that the network loses."""
        self._sequence += 1
        self._chunk += 1

    def mark(self, name: str) -> str:
        """The server's mark comes back."""
        return self._message("mark", {"name": name})

    def dtmf(self, digit: str) -> str:
        """The caller pressed a key."""
        return self._message("dtmf", {"track": "inbound_track", "digit": digit})

    def stop(self) -> str:
        """The stream or the call has ended."""
        return self._message("stop", {"accountSid": self._ids.account, "callSid": self._ids.call})

    def _message(self, event: str, body: Mapping[str, Any]) -> str:
        self._sequence += 1
        return json.dumps(
            {
                "event": event,
                "sequenceNumber": str(self._sequence),
                event: body,
                "streamSid": self._ids.stream,
            }
        )


@dataclass(frozen=True, slots=True)
class PlayAsked:
    """The server wants audio to be played."""

    payload: bytes
    """µ-law at 8 kHz."""


@dataclass(frozen=True, slots=True)
class MarkAsked:
    """The server wants to know when the audio so far has been played."""

    name: str


@dataclass(frozen=True, slots=True)
class ClearAsked:
    """The server wants the audio that is waiting to be thrown away."""


Asked: TypeAlias = PlayAsked | MarkAsked | ClearAsked


def read(text: str, ids: CallIds) -> Asked:
    """What the server asks for. Raises WireError for what Twilio would complain of (errors 31924 and 31951)."""
    try:
        message = json.loads(text)
        event = message["event"]
        stream = message["streamSid"]
    except (ValueError, TypeError, KeyError) as error:
        raise WireError(f"a message needs JSON with 'event' and 'streamSid', not {text[:60]!r}") from error
    if stream != ids.stream:
        raise WireError(f"'{event}' names another stream than this one's")
    match event:
        case "media":
            return PlayAsked(_payload(message.get("media")))
        case "mark":
            return MarkAsked(_mark_name(message.get("mark")))
        case "clear":
            return ClearAsked()
        case _:
            raise WireError(f"a server may send media, mark and clear, not {event!r}")


def _payload(media: Any) -> bytes:
    try:
        payload = base64.b64decode(media["payload"], validate=True)
    except (TypeError, KeyError, ValueError, binascii.Error) as error:
        raise WireError("'media' needs an object with a Base64 'payload'") from error
    if not payload or payload[:4] == b"RIFF":
        raise WireError("'payload' must be bare µ-law audio, not empty and without a file's header")
    return payload


def _mark_name(mark: Any) -> str:
    name = mark.get("name") if isinstance(mark, dict) else None
    if not isinstance(name, str) or not name:
        raise WireError("'mark' needs an object with a 'name'")
    return name
