"""Keys of a telephone as RTP payload: named events, RFC 4733, section 2.

An event is told by several packets that share its timestamp while its duration grows; the last one comes three times.
Packets of events take numbers of the same sequence as the audio, so they are no loss there; some senders give them a
source of their own.
"""

import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from callagent.errors import WireError
from callagent.media.audio import samples
from callagent.media.rtp import RtpPacket, timestamp_step

KEYS: Final = "0123456789*#ABCD"
"""By event code, RFC 4733, section 3.2."""
LONGEST: Final = 0xFFFF
"""Samples that one event's duration can hold: longer ones go on as the next segment (section 2.5.1.3)."""
ENDS_SENT: Final = 3
"""How often the end is sent, so that it is hardly ever lost (section 2.5.1.4)."""
VOLUME: Final = 10
"""How loud a gateway is to play it, in -dBm0."""
_EVENT: Final = struct.Struct("!BBH")
_END: Final = 0x80
_REMEMBERED: Final = 8
"""Events whose belated packets are known."""
_SLACK: Final = samples(0.02)
"""Samples by which the next segment may be off: two presses of a key are further apart."""


class TelephoneEvent(NamedTuple):
    """One report of an event."""

    code: int
    ended: bool
    volume: int
    """Power level without its sign, 0 to 63 in -dBm0."""
    duration: int
    """Samples since its timestamp."""


def read_events(payload: bytes) -> tuple[TelephoneEvent, ...]:
    """The reports in a payload, normally one. Raises WireError when it is no whole number of them."""
    if not payload or len(payload) % _EVENT.size:
        raise WireError(f"a telephone event of {len(payload)} bytes, where each has {_EVENT.size}; drop it.")
    return tuple(
        TelephoneEvent(code, bool(flags & _END), flags & 0x3F, duration)
        for code, flags, duration in _EVENT.iter_unpack(payload)
    )


def write_event(event: TelephoneEvent) -> bytes:
    """The payload of one report."""
    return _EVENT.pack(event.code, event.volume | (_END if event.ended else 0), event.duration)


@dataclass(slots=True)
class _Open:
    ssrc: int
    code: int
    timestamp: int
    duration: int
    ended: bool


class KeysReader:
    """Makes keys of packets: each press once, at the first packet of it that arrives."""

    def __init__(self) -> None:
        self._current: _Open | None = None
        self._told: deque[tuple[int, int]] = deque(maxlen=_REMEMBERED)
        """Sources and timestamps of presses that were told."""

    def read(self, packet: RtpPacket) -> tuple[str, ...]:
        """Keys that this packet is the first to tell of. Raises WireError for a malformed payload."""
        pressed = []
        timestamp, marker = packet.timestamp, packet.marker
        for event in read_events(packet.payload):
            if event.code < len(KEYS) and self._is_new(packet.ssrc, timestamp, event, marker=marker):
                pressed.append(KEYS[event.code])
            # Several in one packet follow each other without a break (section 2.5.1.5).
            timestamp, marker = timestamp + event.duration & 0xFFFFFFFF, True
        return tuple(pressed)

    def _is_new(self, ssrc: int, timestamp: int, event: TelephoneEvent, *, marker: bool) -> bool:
        key = (ssrc, timestamp)
        current = self._current
        if key in self._told:
            if current and (current.ssrc, current.timestamp) == key:
                current.duration = max(current.duration, event.duration)
                current.ended = current.ended or event.ended
            return False
        goes_on = (
            current is not None
            and not marker
            and not current.ended
            and (current.ssrc, current.code) == (ssrc, event.code)
            and 0 < timestamp_step(timestamp, current.timestamp) <= current.duration + _SLACK
        )
        self._told.append(key)
        self._current = _Open(ssrc, event.code, timestamp, event.duration, event.ended)
        return not goes_on


class KeyPacket(NamedTuple):
    """One packet of a press."""

    offset: int
    """Samples between the beginning of the press and this packet's timestamp: not 0 only in later segments."""
    payload: bytes
    marker: bool = False
    repeats: bool = False
    """Whether it says again what the one before said: to be sent with it, at no time of its own."""


def key_packets(digit: str, duration: int, step: int) -> Iterator[KeyPacket]:
    """The packets of one press of `duration` samples, one every `step`. ValueError for what is no key."""
    code = KEYS.find(digit.upper())
    if code < 0 or len(digit) != 1:
        raise ValueError(f"{digit!r} is no key of a telephone; there are {' '.join(KEYS)}")
    segment = 0
    for told in range(step, duration + step, step):
        told_at = min(told, duration)
        if told_at - segment > LONGEST:
            # A segment's last report is at its full length, and has no end: the event goes on.
            full = write_event(TelephoneEvent(code, ended=False, volume=VOLUME, duration=LONGEST))
            yield KeyPacket(segment, full, repeats=True)
            segment += LONGEST
        ended = told_at == duration
        payload = write_event(TelephoneEvent(code, ended, VOLUME, told_at - segment))
        yield KeyPacket(segment, payload, marker=told == step)
        if ended:
            for _ in range(ENDS_SENT - 1):
                yield KeyPacket(segment, payload, repeats=True)
