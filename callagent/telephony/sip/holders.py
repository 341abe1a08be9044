"""What has a line while the agent has not: somebody who plays something, or one of a pair that is joined."""

import asyncio
from collections.abc import Iterator
from functools import cache
from itertools import chain, repeat

import numpy as np

from callagent.media.audio import SAMPLE_RATE, Chunk, samples
from callagent.telephony.leg import LegEnd
from callagent.telephony.sip.line import SipLine

PIECE_S = 0.5
"""Seconds that are played at a time: the line holds few."""
PIECE = "piece"
RINGING_HZ = (400.0, 25.0)
"""Of the ringing tone in India: 400 Hz, modulated by 25 Hz (ITU-T E.180, supplement 2)."""
RINGING_S = ((0.4, True), (0.2, False), (0.4, True), (2.0, False))
RINGING_AMPLITUDE = 3000


class Player:
    """Plays pieces of PCM one after the other; hears nothing. `done` when all was heard, or the line is over."""

    def __init__(self, line: SipLine, pieces: Iterator[bytes]) -> None:
        self.done = asyncio.Event()
        self._line = line
        self._pieces = pieces
        line.hold_by(self)
        if not self.done.is_set():
            self._play_on()
            self._play_on()

    def stop(self) -> None:
        """Be silent at once, and let go of the line."""
        self._pieces = iter(())
        if self._line.holder is self:
            self._line.hold_by(None)
        self._line.media.clear()

    def _play_on(self) -> None:
        """The next piece, one ahead of the one that is heard."""
        piece = next(self._pieces, b"")
        if piece:
            self._line.media.play(piece)
        self._line.media.mark(PIECE if piece else "")

    def moved(self, line: SipLine) -> None:
        """The call goes on over another line."""
        self._line = line
        self._play_on()
        self._play_on()

    def heard(self, chunk: Chunk) -> None:
        """Whatever is said meanwhile is not listened to."""

    def pressed(self, digit: str) -> None:
        """Nor are keys."""

    def played(self, mark: str) -> None:
        """A piece was heard."""
        if mark == PIECE:
            self._play_on()
        elif not mark:
            self.done.set()

    def held(self, *, held: bool) -> None:
        """A pause of theirs is none of ours."""

    def ended(self, _reason: LegEnd) -> None:
        """The call is over."""
        self.done.set()


class Joined:
    """One end of two calls that hear each other through us; what one side says, the other is played."""

    def __init__(self, line: SipLine, other: SipLine) -> None:
        self._line = line
        self._other = other
        line.hold_by(self)

    def moved(self, line: SipLine) -> None:
        """The call goes on over another line."""
        self._line = line
        if isinstance(twin := self._other.holder, Joined):
            twin.hear_from(line)

    def hear_from(self, line: SipLine) -> None:
        """The other side is there now."""
        self._other = line

    def heard(self, chunk: Chunk) -> None:
        """20 ms came."""
        self._other.media.play(chunk.pcm)

    def pressed(self, digit: str) -> None:
        """A key was pressed."""
        self._other.press(digit)

    def played(self, mark: str) -> None:
        """Nobody asks."""

    def held(self, *, held: bool) -> None:
        """A pause of theirs is none of ours."""

    def ended(self, _reason: LegEnd) -> None:
        """One has hung up: so does the other."""
        self._other.hang_up()


def pieces_of(pcm: bytes) -> Iterator[bytes]:
    """PCM in pieces that a line can hold."""
    size = 2 * samples(PIECE_S)
    return (pcm[start : start + size] for start in range(0, len(pcm), size))


def ringing() -> Iterator[bytes]:
    """What a caller hears while somebody is being rung, for as long as that takes."""
    return chain.from_iterable(pieces_of(tone) for tone in repeat(_ringing_tone()))


@cache
def _ringing_tone() -> bytes:
    tone, modulation = RINGING_HZ
    parts = []
    for length_s, sounds in RINGING_S:
        time_s = np.arange(samples(length_s)) / SAMPLE_RATE
        edge = np.minimum(1.0, np.minimum(time_s, length_s - time_s) / 0.01)
        wave = np.sin(2 * np.pi * tone * time_s) * (0.75 + 0.25 * np.sin(2 * np.pi * modulation * time_s)) * edge
        parts.append(np.rint(RINGING_AMPLITUDE * wave * sounds).astype("<i2").tobytes())
    return b"".join(parts)
