"""The audio of one caller's turn, on its way from the ear to the transcriber."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from callagent.media.audio import Chunk

MOST: Final = 3000
"""Chunks, a minute of audio: a transcriber that takes nothing must not fill the memory."""


class AudioFeed:
    """An iterator of PCM that the ear fills without waiting; one reader."""

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        """All that was put: should the caller go on, the next feed begins with it."""
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._end = 0

    def put(self, chunk: Chunk) -> None:
        """Add audio; what was put already, or is beyond a minute, is left out."""
        if chunk.position >= self._end and len(self.chunks) < MOST:
            self._end = chunk.end
            self.chunks.append(chunk)
            self._queue.put_nowait(chunk.pcm)

    def end(self) -> None:
        """The turn is over."""
        self._queue.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """PCM as it was put, until the end."""
        while (pcm := await self._queue.get()) is not None:
            yield pcm
