"""What a carrier connection is to a call: the `Leg`.

Twilio, SIP, a PBX and the in-process loopback are all Legs; the call cannot tell them apart. A leg does no pacing
of its own and holds no speech back: the mouth decides when a chunk goes out.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

from callagent.media.audio import Chunk
from callagent.media.rtp_quality import LineQuality


@dataclass(frozen=True, slots=True)
class LegInfo:
    """Who is on the line, as far as the carrier says; a caller's number proves nothing."""

    call_id: str
    """The carrier's own name for the call, such as Twilio's CallSid."""
    carrier: str
    """ "twilio", "loopback", ..."""
    caller: str
    """E.164 number as the carrier gave it; empty when withheld. Of an outbound call, the number that was rung."""
    called: str
    """E.164 number that was dialled; of an outbound call, the one it was rung from."""
    outbound: bool = False
    """Whether the agent rang the caller."""
    flow: str = ""
    """Folder below flows/ that whoever had the caller rung chose; empty for the server's own."""


async def _no_sound() -> bytes:
    return b""


@dataclass(frozen=True, slots=True)
class Whisper:
    """What a person who is rung hears before the caller joins; no text, no whisper."""

    text: str = field(default="", repr=False)
    language: str = "en"
    """As flows write it."""
    sound: Callable[[], Awaitable[bytes]] = field(default=_no_sound, repr=False)
    """Has it spoken, for carriers that do not speak: PCM as in a chunk. Never raises; empty when it fails."""


class LegEnd(StrEnum):
    """Why a leg ended, as the leg saw it."""

    CALLER_HUNG_UP = "caller hung up"
    AGENT_HUNG_UP = "agent hung up"
    LINE_LOST = "line lost"
    """The connection vanished without the carrier's goodbye."""
    HANDED_OVER = "handed over"
    """Somebody else is being rung for the caller; the same call may come back on another leg."""
    PROTOCOL_BROKEN = "protocol broken"
    """The carrier's peer sent more nonsense than a leg puts up with."""


@dataclass(frozen=True, slots=True)
class AudioReceived:
    """20 ms from the caller; positions may jump where packets were lost, and never go back."""

    chunk: Chunk


@dataclass(frozen=True, slots=True)
class DigitReceived:
    """A key was pressed: one of 0-9 * # A-D."""

    digit: str


@dataclass(frozen=True, slots=True)
class MarkPlayed:
    """All audio given to `play` before `mark(name)` has been played out to the caller, or was cleared."""

    name: str


@dataclass(frozen=True, slots=True)
class HoldChanged:
    """The caller has put the line on hold, so that nobody hears the agent, or has taken it up again."""

    held: bool


@dataclass(frozen=True, slots=True)
class LegEnded:
    """Always the last thing a leg says."""

    reason: LegEnd


LegSignal: TypeAlias = AudioReceived | DigitReceived | MarkPlayed | HoldChanged | LegEnded


@dataclass(slots=True)
class LegCounters:
    """What the line did that it should not have; read by the call at its end."""

    malformed: int = 0
    """Messages that could not be understood and were dropped."""
    lost_chunks: int = 0
    """Gaps in the sequence, in chunks of 20 ms."""
    late_chunks: int = 0
    """Chunks that came out of order and were dropped."""


class Leg(Protocol):
    """One carrier connection."""

    @property
    def info(self) -> LegInfo:
        """Who is on the line."""
        ...

    @property
    def counters(self) -> LegCounters:
        """What was lost or malformed so far."""
        ...

    @property
    def quality(self) -> LineQuality | None:
        """How well the line carries the sound, where the carrier tells."""
        ...

    def signals(self) -> AsyncGenerator[LegSignal, None]:
        """Everything from the carrier, in order; ends after `LegEnded`. One reader only."""
        ...

    def play(self, pcm: bytes) -> None:
        """Send 20 or 40 ms towards the caller now. Never blocks; a dead line swallows it."""
        ...

    def mark(self, name: str) -> None:
        """Ask for a `MarkPlayed(name)` when all that was played so far has been heard."""
        ...

    def clear(self) -> None:
        """Throw away what the carrier has not played yet; its pending marks come back at once."""
        ...

    async def send_text(self, to: str, text: str) -> None:
        """Send a text message to an E.164 number, from the number that was called. Raises CarrierError.

        Returns within a bounded time. Works until after the call; who may be written to is for others to judge.
        """
        ...

    async def transfer(self, numbers: Sequence[tuple[str, float]], whisper: Whisper) -> None:
        """Have E.164 numbers rung one after the other, each for so many seconds. Raises CarrierError.

        Then the leg ends with `HANDED_OVER`; the caller hears that somebody is being rung, and who picks up first hears
        `whisper`, if any. When nobody does, the call comes back as a new leg with the same `call_id`. Who may be rung
        is for others to judge.
        """
        ...

    async def hang_up(self) -> None:
        """End the call at the carrier; returns within a bounded time even when the carrier does not answer."""
        ...
