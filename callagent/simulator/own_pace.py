"""A telephone that keeps its own time: 20 ms after 20 ms, on absolute deadlines, and keys that wait for the next."""

import asyncio

from callagent.media.audio import CHUNK_BYTES, CHUNK_MS
from callagent.simulator.handset import Keypad


class OwnPace(Keypad):
    """One telephone's."""

    def __init__(self) -> None:
        super().__init__()
        self._next_s: float | None = None

    async def next(self, spoken: bytes) -> None:
        """Wait until these 20 ms are due. ValueError for more or less of them."""
        if len(spoken) != CHUNK_BYTES:
            raise ValueError(f"20 ms are {CHUNK_BYTES} bytes of PCM, not {len(spoken)}")
        loop = asyncio.get_running_loop()
        at_s = loop.time() if self._next_s is None else self._next_s
        await asyncio.sleep(max(0.0, at_s - loop.time()))
        self._next_s = at_s + CHUNK_MS / 1000
