"""What passes between a caller and the next tick of the line."""

import asyncio

from callagent.media.audio import CHUNK_BYTES, SILENCE

KEYS = frozenset("0123456789*#ABCD")


class Keypad:
    """A telephone's keys."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        """Pressed since the last tick."""

    def press(self, digit: str) -> None:
        """Press a key. ValueError for what is none."""
        if digit not in KEYS:
            raise ValueError(f"{digit!r} is no key of a telephone; there are 0-9 * # A-D")
        self.keys.append(digit)


class Handset(Keypad):
    """Of one call: the caller speaks and waits, the tick takes what was spoken and tells what was heard."""

    def __init__(self) -> None:
        super().__init__()
        self._spoken = b""
        self._over = False
        self._hearing: asyncio.Future[bytes | None] | None = None

    async def exchange(self, spoken: bytes) -> bytes | None:
        """Say 20 ms and wait for what is heard, None once the call is over; ValueError for more or less."""
        if len(spoken) != CHUNK_BYTES:
            raise ValueError(f"20 ms are {CHUNK_BYTES} bytes of PCM, not {len(spoken)}")
        if self._over:
            return None
        self._spoken = spoken
        self._hearing = asyncio.get_running_loop().create_future()
        return await self._hearing

    def take(self) -> bytes:
        """What was spoken since the last tick; silence from a caller who comes too late."""
        spoken, self._spoken = self._spoken or SILENCE, b""
        return spoken

    def hear(self, pcm: bytes | None) -> None:
        """Tell the caller what this tick brings; None when the call is over, for good."""
        self._over = self._over or pcm is None
        if self._hearing is not None and not self._hearing.done():
            self._hearing.set_result(pcm)
