"""A recogniser of today in a replay: it works in real time, on an event loop of its own, while the call's time stands.

What comes over sockets and pipes is never waited for on virtual time; see `simulator.virtual_time`.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Sequence
from contextlib import aclosing
from threading import Thread
from typing import Any, TypeVar

from callagent.errors import ProviderUnavailableError
from callagent.replay.players.pacing import USUAL_S
from callagent.stt.transcriber import Hints, Transcriber, TranscriberInfo, Transcript

Result = TypeVar("Result")


class TranscriberElsewhere:
    """A `Transcriber` for any number of replays in one thread, around one that nobody else uses; close it."""

    def __init__(self, inner: Transcriber, after_s: float = USUAL_S) -> None:
        """Each final comes `after_s` after the end of the turn, by the call's time; there are no interims.

        How long it really took tells of this machine.
        """
        self._inner = inner
        self._after_s = after_s
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="recogniser of today", daemon=True)
        self._thread.start()

    @property
    def info(self) -> TranscriberInfo:
        """As the one behind this."""
        return self._inner.info

    async def warm_up(self) -> None:
        """Load it. Raises ProviderError."""
        await self._there(self._inner.warm_up())

    async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:
        """The final for all of a turn at once. Raises ProviderError."""
        spoken = [pcm async for pcm in audio]
        final = await self._there(self._final(spoken, hints))
        await asyncio.sleep(self._after_s)
        yield final

    async def aclose(self) -> None:
        """Close the one behind this, and end its thread."""
        await self._there(self._inner.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.get_running_loop().run_in_executor(None, self._thread.join)
        self._loop.close()

    async def _final(self, spoken: Sequence[bytes], hints: Hints) -> Transcript:
        async def said() -> AsyncIterator[bytes]:
            for pcm in spoken:
                yield pcm

        async with aclosing(self._inner.transcribe(said(), hints)) as transcripts:
            async for transcript in transcripts:
                if transcript.final:
                    return transcript
        raise ProviderUnavailableError(self._inner.info.name, "ended without a final transcript")

    async def _there(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Have it done on the other loop; the call's time stands meanwhile."""
        done = asyncio.run_coroutine_threadsafe(work, self._loop)
        return await asyncio.get_running_loop().run_in_executor(None, done.result)
