"""A transcriber that hears what was heard in the recording."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import suppress
from typing import Final

from callagent.evidence import UtteranceTranscribed
from callagent.media.audio import duration_s
from callagent.recording.redaction import restore
from callagent.replay.players.notes import Notes
from callagent.replay.players.pacing import STOPPED_S, USUAL_S, fault, let_others_first
from callagent.replay.players.retold import Retold
from callagent.replay.players.silenced import Silenced
from callagent.stt.transcriber import Hints, Transcriber, TranscriberInfo, Transcript

NEAR_S: Final = 1.0
"""A turn may begin so much before or after the recorded sound that it is taken for."""


class RecordedTranscriber:
    """A `Transcriber` for one replay: each recorded utterance is heard once, where its sound comes again."""

    def __init__(
        self,
        recorded: Iterable[UtteranceTranscribed],
        notes: Notes,
        like: TranscriberInfo,
        retold: Retold,
    ) -> None:
        self._retold = retold
        self._recorded = list(recorded)
        self._notes = notes
        self._info = like

    @property
    def info(self) -> TranscriberInfo:
        """Of the one that it stands for, as far as that is known."""
        return self._info

    async def warm_up(self) -> None:
        """Ready at once."""

    async def aclose(self) -> None:
        """Nothing to let go of."""

    async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:  # noqa: ARG002  # the contract's
        """The interims as long after the beginning as they were, the final as long after the end of the sound."""
        began_s = self._notes.at_s()
        utterance = self._nearest(began_s)
        if utterance is not None:
            self._recorded.remove(utterance)
        feed = _Feed(audio)
        try:
            if utterance is None:
                await feed.ended()
                self._notes.miss("words", f"{feed.seconds:.2f} s of sound", "nothing was heard")
                yield Transcript("", 0.0, final=True, provider=self._info.name)
                return
            async for transcript in self._heard(utterance, feed, began_s):
                yield transcript
        finally:
            feed.close()

    def _nearest(self, began_s: float) -> UtteranceTranscribed | None:
        """The nearest that is left of what was heard about then."""
        near = [one for one in self._recorded if one.began_s - NEAR_S <= began_s <= _ends_s(one) + NEAR_S]
        return min(near, key=lambda one: abs(one.began_s - began_s), default=None)

    async def _heard(
        self, utterance: UtteranceTranscribed, feed: "_Feed", began_s: float
    ) -> AsyncGenerator[Transcript, None]:
        telling = self._retold.of(utterance)
        feed.timers += telling.meanwhile(utterance.fed_until_s - utterance.began_s)
        who, version = utterance.provider or self._info.name, utterance.version
        loop_began_s = self._notes.began_s + began_s
        for interim in utterance.interims:
            # Not what follows the end of the sound: that end may be earlier today.
            if not await feed.lasts_until(loop_began_s + interim.after_s):
                break
            await let_others_first()
            text = restore(interim.text)
            yield Transcript(text, interim.confidence, final=False, provider=who, version=version)
        if utterance.ended_s is None and utterance.outcome != "stopped":
            await asyncio.sleep(max(0.0, began_s + _took_s(utterance) - self._notes.at_s()))
        else:
            await feed.ended()
            if utterance.outcome != "stopped":
                await asyncio.sleep(max(0.0, round(utterance.at_s - utterance.fed_until_s, 4)))
        telling.now()
        if utterance.outcome == "failed":
            raise fault(utterance.error, who)
        text, confidence = restore(utterance.text), utterance.confidence
        if utterance.outcome == "stopped":
            await asyncio.sleep(max(USUAL_S, utterance.at_s + STOPPED_S - self._notes.at_s()))
            last = utterance.interims[-1] if utterance.interims else None
            text, confidence = (restore(last.text), last.confidence) if last else ("", 0.0)
            self._notes.miss("rest", "what was heard in the end", text and "the last interim")
        yield Transcript(text, confidence, final=True, provider=who, version=version)


class TodaysTranscriber(RecordedTranscriber):
    """One of today, but for what nobody can hear any more: that is heard as it was."""

    def __init__(
        self,
        recorded: Iterable[UtteranceTranscribed],
        notes: Notes,
        today: Transcriber,
        retold: Retold,
        silenced: Silenced,
    ) -> None:
        super().__init__(recorded, notes, today.info, retold)
        self._today = today
        self._silenced = silenced

    def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:
        """By the one of today, or as in the recording. Raises ProviderError."""
        utterance = self._nearest(self._notes.at_s())
        if utterance is None or not self._silenced.holds(utterance):
            return self._today.transcribe(audio, hints)
        self._notes.miss("private", f"{utterance.audio_s:.2f} s of sound", "the recorded words stand for it")
        return super().transcribe(audio, hints)


def _took_s(utterance: UtteranceTranscribed) -> float:
    return round(utterance.at_s - utterance.began_s, 4)


def _ends_s(utterance: UtteranceTranscribed) -> float:
    return max(utterance.began_s, utterance.fed_until_s)


class _Feed:
    """The sound of a turn, taken as it comes."""

    def __init__(self, audio: AsyncIterator[bytes]) -> None:
        self.seconds = 0.0
        self.timers: list[asyncio.TimerHandle] = []
        """What is to happen while it comes."""
        self._task = asyncio.create_task(self._take(audio), name="replayed turn's audio")

    async def _take(self, audio: AsyncIterator[bytes]) -> None:
        async for pcm in audio:
            self.seconds += duration_s(pcm)

    async def ended(self) -> None:
        """Wait until all of it has come."""
        await asyncio.wait({self._task})
        self._task.result()

    async def lasts_until(self, loop_s: float) -> bool:
        """Wait for a moment of the loop's time; False when the sound has ended before."""
        wait_s = loop_s - asyncio.get_running_loop().time()
        with suppress(TimeoutError):
            if wait_s > 0:
                async with asyncio.timeout(wait_s):
                    await asyncio.wait({self._task})
        return asyncio.get_running_loop().time() >= loop_s - 1e-4

    def close(self) -> None:
        """Nobody needs it any more."""
        for timer in self.timers:
            timer.cancel()
        self._task.cancel()
