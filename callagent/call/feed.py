"""The audio of one caller's turn, on its way from the ear to the transcriber."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from callagent.media.audio import Chunk

MOST: Final = 3000
"""Chunks, a minute of audio: a transcriber that takes nothing must not fill the memory."""


class AudioFeed:
    """An iterator of PCM that the ear fills without waiting; one reader."""

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        """All that was put: should the caller go on, the next feed begins with it."""
        self.ended = False
        """Whether no more will come."""
        self.dropped = False
        """Whether nobody wants to know any more what was said."""
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._end = 0
        self._on_drop: Callable[[], object] | None = None

    def put(self, chunk: Chunk) -> None:
        """Add audio; what was put already, or is beyond a minute, is left out."""
        if chunk.position >= self._end and len(self.chunks) < MOST:
            self._end = chunk.end
            self.chunks.append(chunk)
            self._queue.put_nowait(chunk.pcm)

    def end(self) -> None:
        """The turn is over, or seems to be."""
        if not self.ended:
            self.ended = True
            self._queue.put_nowait(None)

    def drop(self) -> None:
        """Nobody wants to know what was said: whoever transcribes it is stopped."""
        self.dropped = True
        self.end()
        if self._on_drop is not None:
            self._on_drop()

    def when_dropped(self, on_drop: Callable[[], object]) -> None:
        """Have `on_drop` called then, or now when that has been."""
        self._on_drop = on_drop
        if self.dropped:
            on_drop()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """PCM as it was put, until the end."""
        while (pcm := await self._queue.get()) is not None:
            yield pcm
