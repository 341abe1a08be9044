"""Several recognisers in order: when one fails, the next hears the whole turn. Itself a `Transcriber`.

The turn's audio is kept until the turn is over, so that no word is lost: the next recogniser gets what has been spoken
at once, and the rest as it comes.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Final

from callagent.errors import ProviderError, ProviderTimeoutError, ProviderUnavailableError
from callagent.resilience.deadlines import Deadlines
from callagent.resilience.held import HeldModel
from callagent.resilience.incidents import Answered, Failed, TookOver, tell
from callagent.resilience.lineup import Lineup, Member
from callagent.resilience.outputs import Outputs
from callagent.stt.transcriber import Hints, Preparable, Transcriber, TranscriberInfo, Transcript

DEADLINES: Final = Deadlines(first_s=3.0, stall_s=3.0)
FINAL_S: Final = 1.5
"""For the final transcript of a recogniser in the network, which has been listening all the time."""
LAST_FINAL_S: Final = 7.0
"""What the last of the chain has for its final transcript: there is nobody to ask after it.

With what the one before it may have cost, less than a call waits for its agent: else it gives up on the answer as well.
"""
LOOK_S: Final = 0.25
"""How often is looked whether the turn has ended meanwhile, which brings the deadline of a transcript forward."""


class TranscriberChain:
    """The recognisers of `lineup`, the first of a language's order before the others.

    `deadlines.stall_s` counts while the caller speaks: from the beginning of the turn, which is when the caller was
    heard, and from interim to interim, of a recogniser that gives some. From the end of the turn a recogniser has
    `deadlines.first_s` for its final transcript, one in the network `final_s`; interims give it no more time.
    """

    def __init__(
        self, lineup: Lineup[Transcriber], deadlines: Deadlines = DEADLINES, *, final_s: float = FINAL_S
    ) -> None:
        self._lineup = lineup
        self._deadlines = deadlines
        self._final_s = final_s

    @property
    def lineup(self) -> Lineup[Transcriber]:
        """Who may be asked."""
        return self._lineup

    @property
    def providers(self) -> tuple[Transcriber, ...]:
        """All that may be asked."""
        return tuple(member.provider for member in self._lineup.members)

    @property
    def info(self) -> TranscriberInfo:
        """What the first one can do."""
        return self._lineup.first.provider.info

    @property
    def held(self) -> tuple[HeldModel, ...]:
        """The models that they have in memory."""
        return self._lineup.held

    async def warm_up(self) -> None:
        """Load all of them at once. Raises ProviderError only when none can be had."""
        await self._lineup.warm_up()

    async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:
        """Recognize one turn. Raises the last recogniser's ProviderError when none can.

        What went wrong with those before it is told as incidents.
        """
        turn = _Turn(audio)
        order = self._lineup.order(hints.language)
        error: ProviderError | None = None
        now = asyncio.get_running_loop().time
        try:
            for member, permit in self._lineup.admitted(hints.language):
                since_s = now()
                if error is not None:
                    tell(Failed("stt", error.provider, type(error).__name__))
                try:
                    async with aclosing(self._attempt(member, turn, hints, last=member is order[-1])) as transcripts:
                        async for transcript in transcripts:
                            if transcript.final:
                                permit.succeeded()
                                if member is not order[0]:
                                    after_s = now() - max(since_s, turn.ended_s or since_s)
                                    tell(TookOver("stt", order[0].name, member.name, after_s))
                            yield replace(transcript, version=member.provider.info.version)
                except ProviderError as failed:
                    error = failed
                    permit.failed(failed)
                else:
                    return
                finally:
                    permit.abandoned()
        finally:
            turn.close()
        if error is not None:
            raise error

    async def prepare(self, expected: Sequence[Hints]) -> None:
        """Have those get ready to whom it makes a difference. Raises ProviderError."""
        for member in self._lineup.members:
            if isinstance(member.provider, Preparable):
                await member.provider.prepare(expected)

    async def aclose(self) -> None:
        """Close all of them."""
        await self._lineup.aclose()

    async def _attempt(
        self, member: Member[Transcriber], turn: "_Turn", hints: Hints, *, last: bool
    ) -> AsyncGenerator[Transcript, None]:
        """One recogniser's transcripts up to the final one. Raises ProviderError for those that do not come in time."""
        now = asyncio.get_running_loop().time
        outputs = Outputs(member.name, member.provider.transcribe(turn.audio(), hints))
        asked_s = heard_s = now()
        """When the recogniser was asked, and when it last gave something."""
        try:
            while True:
                due = partial(self._due_s, member, turn, asked_s, heard_s, last=last)
                transcript = await outputs.next_before(due, LOOK_S)
                if transcript is None:
                    raise ProviderUnavailableError(member.name, "ended without a final transcript")
                heard_s = now()
                if transcript.final and turn.ended_s is not None:
                    member.pace.note(heard_s - turn.ended_s)
                    tell(Answered("stt", member.name, heard_s - turn.ended_s))
                yield transcript
                if transcript.final:
                    return
        except ProviderTimeoutError:
            if turn.ended_s is not None:
                member.pace.miss()
            raise
        finally:
            outputs.close()

    def _due_s(
        self, member: Member[Transcriber], turn: "_Turn", asked_s: float, heard_s: float, *, last: bool
    ) -> float:
        """The loop's time at which a transcript is overdue."""
        info = member.provider.info
        if turn.ended_s is not None:
            return max(turn.ended_s, asked_s) + (LAST_FINAL_S if last else self._final_within_s(member))
        if info.interims and not last:
            return heard_s + self._deadlines.stall_s
        return float("inf")

    def _final_within_s(self, member: Member[Transcriber]) -> float:
        if member.provider.info.needs_network:
            return member.pace.limit_s(self._final_s)
        # On this machine it takes the longer the longer the turn was: how soon it was lately says nothing.
        return self._deadlines.first_s


class _Turn:
    """A turn's audio, kept from its beginning for as many recognisers as it takes."""

    def __init__(self, audio: AsyncIterator[bytes]) -> None:
        self._chunks: list[bytes] = []
        self._news = asyncio.Event()
        self._awaited = False
        """Whether somebody waits for news."""
        self.ended_s: float | None = None
        """The loop's time at which the caller's turn ended."""
        self._task = asyncio.create_task(self._listen(audio), name="turn's audio")

    async def audio(self) -> AsyncIterator[bytes]:
        """All of it from the beginning, then as it comes."""
        at = 0
        while True:
            news = self._news
            if at < len(self._chunks):
                yield self._chunks[at]
                at += 1
            elif self.ended_s is not None:
                return
            else:
                self._awaited = True
                await news.wait()

    def close(self) -> None:
        """Nobody needs it any more."""
        self._task.cancel()

    async def _listen(self, audio: AsyncIterator[bytes]) -> None:
        try:
            async for chunk in audio:
                self._chunks.append(chunk)
                self._tell()
        finally:
            self.ended_s = asyncio.get_running_loop().time()
            self._tell()

    def _tell(self) -> None:
        if self._awaited:
            self._awaited = False
            news, self._news = self._news, asyncio.Event()
            news.set()
