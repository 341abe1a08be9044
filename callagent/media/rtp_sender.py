"""One call's outgoing RTP: PCM in, packets of the negotiated length and coding out, each at its own absolute time.

RTP has no buffer at a carrier, so this holds what was played and is not due yet: it can be cleared, and it knows which
marks have been reached. Keys are sent as telephone events, while which the audio waits. Pure: time is an argument.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, samples
from callagent.media.codec import Codec
from callagent.media.rtp import RtpPacket, write_rtp
from callagent.media.telephone_event import KeyPacket, key_packets

LONGEST_LAG_S: Final = 0.12
"""What is overdue by more is not caught up with: the stream goes on from now, with a leap of its timestamp."""
MOST_WAITING: Final = 2 * SAMPLE_RATE
"""Samples held at most; of more the oldest are dropped, as if they had been played."""
KEY_S: Final = 0.1
"""How long a key is held down."""
BETWEEN_KEYS_S: Final = 0.06
"""Between two keys at least, so that they are not taken for one."""
PTIMES_MS: Final = (10, 20, 30, 40, 50, 60)


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done now."""

    packets: tuple[bytes, ...] = ()
    """Datagrams to send, in order."""
    marks: tuple[str, ...] = ()
    """Marks that were reached: all audio before them has had its time."""


_NOTHING: Final = Due()


class RtpSender:
    """Sends one stream. `ssrc`, `sequence` and `timestamp` are to be random (RFC 3550, section 5.1).

    A `continuous` sender fills pauses with silence, which keeps the way through a NAT open and peers from thinking
    that the line is dead; another one sends nothing then, and marks the first packet after a pause (RFC 3551, 4.1).
    """

    def __init__(
        self,
        codec: Codec,
        *,
        ssrc: int,
        sequence: int,
        timestamp: int,
        ptime_ms: int = 20,
        event_type: int | None = None,
        continuous: bool = True,
    ) -> None:
        self.ssrc = ssrc
        self.packets = 0
        """Packets sent."""
        self.octets = 0
        """Bytes of payload in them."""
        self.active = True
        """Whether packets are sent: not while the peer asked for none. What is played meanwhile counts as heard."""
        self._codec = codec
        self._continuous = continuous
        self._sequence = sequence & 0xFFFF
        self._timestamp = timestamp & 0xFFFFFFFF
        self._waiting = bytearray()
        self._queued = 0
        self._marks: deque[tuple[int, str]] = deque()
        self._due_s: float | None = None
        """When the next packet is to leave; None before the first and in a pause."""
        self._paused_s: float | None = None
        """When the packet after the last would have left."""
        self._leaps = True
        """Whether the next packet's marker is to be set."""
        self._speaking = False
        self._keys: deque[str] = deque()
        self._key: deque[KeyPacket] = deque()
        self._key_began = 0
        """Timestamp of the key that is being sent."""
        self._next_key = 0.0
        """Seconds of other packets that are still to lie before the next key."""
        self.negotiate(codec, ptime_ms, event_type)

    def negotiate(self, codec: Codec, ptime_ms: int = 20, event_type: int | None = None) -> None:
        """Send so from the next packet on; `event_type` is the peer's payload type of keys, None where it has none.

        ValueError for a packet time that is not a multiple of 10 ms up to 60.
        """
        if ptime_ms not in PTIMES_MS:
            raise ValueError(f"packets of {ptime_ms} ms; they may have {', '.join(map(str, PTIMES_MS))}")
        if codec is not self._codec:
            self._waiting = bytearray(codec.encode(self._codec.decode(bytes(self._waiting))))
        self._codec = codec
        self._event_type = event_type
        self._ptime_s = ptime_ms / 1000
        self._size = samples(self._ptime_s)
        self._silence = codec.silence * self._size

    @property
    def next_due_s(self) -> float | None:
        """When `due` is to be called next; None when there is nothing to wait for but `play`, `mark` and `press`."""
        if self._due_s is None and (self._waiting or self._marks or self._keys):
            return self._paused_s or 0.0
        return self._due_s

    @property
    def ahead_s(self) -> float:
        """Seconds of audio that wait for their time."""
        return len(self._waiting) / SAMPLE_RATE

    def play(self, pcm: bytes) -> None:
        """More PCM, of any length. Raises MediaError for half a sample."""
        self._waiting += self._codec.encode(pcm)
        self._queued += len(pcm) // BYTES_PER_SAMPLE
        if len(self._waiting) > MOST_WAITING:
            del self._waiting[:-MOST_WAITING]

    def mark(self, name: str) -> None:
        """Tell, in `Due.marks`, when all that was played so far has had its time."""
        self._marks.append((self._queued, name))

    def clear(self) -> tuple[str, ...]:
        """Throw away what is not sent yet; the pending marks, oldest first. Keys are sent all the same."""
        self._waiting.clear()
        pending = tuple(name for _, name in self._marks)
        self._marks.clear()
        return pending

    def press(self, digit: str) -> bool:
        """Send a key after those before it; False where the peer takes none. ValueError for what is no key."""
        next(key_packets(digit, self._size, self._size))
        if self._event_type is None:
            return False
        self._keys.append(digit)
        return True

    def due(self, now_s: float) -> Due:
        """What is to leave by now; to be called at `next_due_s` or as soon after it as can be."""
        if self._due_s is None:
            self._wake(now_s)
        elif now_s - self._due_s > LONGEST_LAG_S:
            self._leap(self._due_s, now_s)
        packets: list[bytes] = []
        marks: list[str] = []
        while (due_s := self._due_s) is not None and due_s <= now_s:
            if self._marks:
                marks += self._reached()
            self._step(packets, due_s)
        return Due(tuple(packets), tuple(marks)) if packets or marks else _NOTHING

    def timestamp_at(self, now_s: float) -> int:
        """What the stream's clock shows: an RTCP report sets it beside the wall's (RFC 3550, section 6.4.1)."""
        due_s = self._paused_s if self._due_s is None else self._due_s
        return self._timestamp if due_s is None else self._timestamp + samples(now_s - due_s) & 0xFFFFFFFF

    # --- time ---------------------------------------------------------------------------------------------------------

    def _wake(self, now_s: float) -> None:
        """Begin, or go on after a pause."""
        if self._continuous or self._waiting or self._marks or self._keys:
            if self._paused_s is not None:
                # Marks alone may be asked for before a packet's time is over.
                now_s = max(now_s, self._paused_s)
                self._leap(self._paused_s, now_s)
            self._due_s = now_s

    def _leap(self, from_s: float, to_s: float) -> None:
        """No packet was sent in between: the timestamp shows it."""
        self._timestamp = self._timestamp + samples(to_s - from_s) & 0xFFFFFFFF
        self._due_s = to_s
        self._leaps = True

    def _reached(self) -> list[str]:
        played = self._queued - len(self._waiting)
        names = []
        while self._marks and self._marks[0][0] <= played:
            names.append(self._marks.popleft()[1])
        return names

    def _step(self, packets: list[bytes], due_s: float) -> None:
        """One packet's time: a key, audio, silence or nothing."""
        if self._event_type is None:  # no longer, after a new negotiation
            self._key.clear()
            self._keys.clear()
        elif not self._key and self._keys and self._next_key <= 0:
            self._begin_key(self._keys.popleft())
        if self._key and self._event_type is not None:
            self._send_key(packets, self._event_type)
        else:
            self._next_key -= self._ptime_s
            speaks = bool(self._waiting)
            if not speaks and not self._continuous and not self._keys:
                self._due_s, self._paused_s, self._speaking = None, due_s, False
                return
            payload = self._audio() if speaks else self._silence
            if speaks or self._continuous:
                self._send(packets, self._codec.payload_type, payload, self._timestamp, marker=self._leaps)
            self._speaking = speaks and self._speaking
        self._timestamp = self._timestamp + self._size & 0xFFFFFFFF
        self._due_s = due_s + self._ptime_s

    # --- payload ------------------------------------------------------------------------------------------------------

    def _audio(self) -> bytes:
        """A packet's worth; where there is less, silence goes before a beginning and after an end."""
        audio = bytes(self._waiting[: self._size])
        del self._waiting[: self._size]
        missing = self._size - len(audio)
        if not missing:
            self._speaking = True
            return audio
        begins, self._speaking = not self._speaking, not self._speaking
        return self._silence[:missing] + audio if begins else audio + self._silence[:missing]

    def _begin_key(self, digit: str) -> None:
        held = -(-samples(KEY_S) // self._size) * self._size
        self._key.extend(key_packets(digit, held, self._size))
        self._key_began = self._timestamp

    def _send_key(self, packets: list[bytes], event_type: int) -> None:
        while True:
            told = self._key.popleft()
            self._send(
                packets, event_type, told.payload, self._key_began + told.offset & 0xFFFFFFFF, marker=told.marker
            )
            if not self._key or not self._key[0].repeats:
                break
        if not self._key:
            self._next_key = BETWEEN_KEYS_S

    def _send(self, packets: list[bytes], payload_type: int, payload: bytes, timestamp: int, *, marker: bool) -> None:
        if not self.active:
            return
        if payload_type != self._event_type:
            self._leaps = False
        packets.append(write_rtp(RtpPacket(payload_type, marker, self._sequence, timestamp, self.ssrc, payload)))
        self._sequence = self._sequence + 1 & 0xFFFF
        self.packets += 1
        self.octets += len(payload)
