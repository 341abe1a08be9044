"""A message that the caller leaves after the tone."""

from typing import Final

from callagent.call.journal import Journal
from callagent.call.tap import Tap
from callagent.dialogue.actions import Record
from callagent.events import MessageLeft
from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, Chunk, duration_s, samples

SILENCE_S: Final = 5.0
"""A message is over when nothing was said for so long."""
AFTER_S: Final = 0.5
"""What is kept behind the last word."""
FINISH: Final = "#"


class Message:
    """Takes the caller's audio from the tone on."""

    def __init__(self, wanted: Record) -> None:
        self.wanted = wanted
        self._pcm = bytearray()
        self._spoken = 0
        """Bytes up to the end of the last speech."""
        self._anything = False

    def hear(self, chunk: Chunk, *, speaking: bool) -> bool:
        """Take 20 ms; whether the message is over."""
        self._pcm += chunk.pcm
        if speaking:
            self._anything = True
            self._spoken = len(self._pcm)
        return len(self._pcm) - self._spoken >= samples(SILENCE_S) * BYTES_PER_SAMPLE or self.seconds >= self.limit_s

    @property
    def limit_s(self) -> float:
        """How long it may be."""
        return self.wanted.limit_s

    @property
    def seconds(self) -> float:
        """How long it is so far."""
        return len(self._pcm) / (BYTES_PER_SAMPLE * SAMPLE_RATE)

    def take(self) -> bytes:
        """The message as 8 kHz PCM, without the silence at its end; nothing when nothing was said."""
        if not self._anything:
            return b""
        return bytes(self._pcm[: self._spoken + samples(AFTER_S) * BYTES_PER_SAMPLE])


class MessageBox:
    """Takes the messages of a call, one at a time, and keeps them."""

    def __init__(self, journal: Journal, tap: Tap) -> None:
        self._journal = journal
        self._tap = tap
        self._message: Message | None = None

    def open(self, wanted: Record) -> None:
        """The tone has been heard."""
        self._message = Message(wanted)

    def hear(self, chunk: Chunk, *, speaking: bool) -> bool:
        """20 ms of the caller's; whether a message is over with them."""
        return self._message is not None and self._message.hear(chunk, speaking=speaking)

    def close(self) -> float:
        """Keep what the caller has said so far; its seconds, 0.0 where no message is being left."""
        message, self._message = self._message, None
        if message is None:
            return 0.0
        pcm = message.take()
        self._journal.write(
            MessageLeft(
                at_s=self._journal.at_s(),
                name=message.wanted.line,
                seconds=round(duration_s(pcm), 2),
                file=self._tap.message_left(pcm) if pcm else "",
                send_to=tuple(person.name for person in message.wanted.send_to),
            )
        )
        return duration_s(pcm)
