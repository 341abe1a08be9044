"""Several voices in order: when one fails, the next goes on where it stopped. Itself a `Synthesizer`.

A text goes to a provider sentence by sentence, or whole to one that is alone. One that fails in the middle of a
sentence has that sentence said anew by the next; what was said before it is not repeated.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from callagent.content.sentences import sentences
from callagent.errors import ProviderError, ProviderTimeoutError, ProviderUnavailableError
from callagent.media.audio import duration_s
from callagent.media.level import Meter
from callagent.resilience.deadlines import Deadlines
from callagent.resilience.held import HeldModel
from callagent.resilience.incidents import Answered, Failed, Flaw, TookOver, tell
from callagent.resilience.lineup import Lineup, Member
from callagent.resilience.outputs import Outputs
from callagent.tts.limits import longest_s
from callagent.tts.plain import has_words
from callagent.tts.synthesizer import Speech, SpeechChunk, SpokenWord, Synthesizer, SynthesizerInfo

DEADLINES: Final = Deadlines(first_s=1.5, stall_s=1.5)
LAST_FIRST_S: Final = 8.0
"""What the last voice of a chain has for its first sound: there is nobody to speak after it."""
LATE_S: Final = 1.0
"""A voice that has fallen so far behind real time leaves holes in its sentence."""
GAP_S: Final = 0.1
"""A voice that has fallen so far behind it has left a hole that is heard."""


class SynthesizerChain:
    """The voices of `lineup`, the first of a language's order before the others."""

    def __init__(self, lineup: Lineup[Synthesizer], deadlines: Deadlines = DEADLINES) -> None:
        self._lineup = lineup
        self._deadlines = deadlines

    @property
    def lineup(self) -> Lineup[Synthesizer]:
        """Who may be asked."""
        return self._lineup

    @property
    def info(self) -> SynthesizerInfo:
        """What the first voice can do: prompts that are kept are kept in its voice."""
        return self._lineup.first.provider.info

    @property
    def held(self) -> tuple[HeldModel, ...]:
        """The models that they have in memory."""
        return self._lineup.held

    async def warm_up(self) -> None:
        """Load all of them at once. Raises ProviderError only when none can be had."""
        await self._lineup.warm_up()

    async def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """Speak, in whichever voice can. Raises the last voice's ProviderError when none can.

        What went wrong with those before it is told as incidents.
        """
        left = [sentence for sentence in sentences(speech.text) if has_words(sentence)]
        if not left:
            # Nobody is asked, so no breaker learns anything.
            return
        order = self._lineup.order(speech.language)
        if len(order) == 1:
            # Nobody is to go on at a sentence's edge, and a text in one piece keeps its pauses.
            left = [" ".join(left)]
        error: ProviderError | None = None
        spoken_s = 0.0
        now = asyncio.get_running_loop().time
        for member, permit in self._lineup.admitted(speech.language):
            if error is not None:
                tell(Failed("tts", error.provider, type(error).__name__))
            since_s = now()
            first_s: float | None = None
            # Another provider's voices have other names: there it is whatever is usual for the language.
            voice = speech.voice if member is self._lineup.chosen(speech.language) else ""
            began_s = spoken_s
            try:
                while left:
                    began_s = spoken_s
                    said = self._speak(member, _part(speech, left[0], voice), last=member is order[-1])
                    async with aclosing(said) as chunks:
                        async for chunk in chunks:
                            first_s = now() if first_s is None else first_s
                            spoken_s += duration_s(chunk.pcm)
                            yield _placed(chunk, began_s, member)
                    del left[0]
                permit.succeeded()
            except ProviderError as failed:
                error = failed
                permit.failed(failed)
                _note_late(member, failed, has_begun=spoken_s > began_s)
                continue
            finally:
                permit.abandoned()
            if member is not order[0]:
                tell(TookOver("tts", order[0].name, member.name, (first_s or since_s) - since_s))
            return
        if error is not None:
            raise error

    async def aclose(self) -> None:
        """Close all of them."""
        await self._lineup.aclose()

    async def _speak(
        self, member: Member[Synthesizer], speech: Speech, *, last: bool
    ) -> AsyncGenerator[SpeechChunk, None]:
        """One sentence. Raises ProviderError for audio that is late, silent, or too much to be the text."""
        now = asyncio.get_running_loop().time
        asked_s = now()
        outputs = Outputs(member.name, member.provider.synthesize(speech))
        limit_s = longest_s(speech.text)
        spoken_s = 0.0
        heard_s: float | None = None
        """When the first sound came."""
        silent: list[SpeechChunk] = []
        """What has come before it."""
        meter, behind_s = Meter(), 0.0
        try:
            first_s = LAST_FIRST_S if last else self._first_within_s(member)
            while (chunk := await outputs.next(self._limit_s(first_s, asked_s, heard_s, now()))) is not None:
                if heard_s is not None:
                    behind_s = max(behind_s, now() - heard_s - spoken_s)
                spoken_s += duration_s(chunk.pcm)
                meter.add(chunk.pcm)
                if spoken_s > limit_s:
                    raise ProviderUnavailableError(member.name, "sent more audio than the text can be")
                if heard_s is None:
                    silent.append(chunk)
                    if not any(chunk.pcm):
                        continue
                    heard_s = now()
                    member.pace.note(heard_s - asked_s)
                    for one in silent:
                        yield one
                    continue
                # Of the last one, a slow sentence is better than a broken one.
                if not last and now() - heard_s > spoken_s + LATE_S:
                    raise ProviderTimeoutError(member.name, "is slower than speech")
                yield chunk
        finally:
            outputs.close()
        if heard_s is None:
            raise ProviderUnavailableError(member.name, "sent no sound")
        flaw: Flaw = "gap" if behind_s > GAP_S else meter.flaw
        tell(Answered("tts", member.name, heard_s - asked_s, flaw))

    def _first_within_s(self, member: Member[Synthesizer]) -> float:
        usual_s = self._deadlines.first_s
        # On this machine it takes the longer the longer the sentence is: how soon it was lately says nothing.
        return member.pace.limit_s(usual_s) if member.provider.info.needs_network else usual_s

    def _limit_s(self, first_s: float, asked_s: float, heard_s: float | None, now_s: float) -> float:
        return self._deadlines.stall_s if heard_s is not None else max(0.0, asked_s + first_s - now_s)


def _note_late(member: Member[Synthesizer], failed: ProviderError, *, has_begun: bool) -> None:
    """A first sound that did not come in time says that the deadline may be too tight."""
    if isinstance(failed, ProviderTimeoutError) and not has_begun:
        member.pace.miss()


def _part(speech: Speech, sentence: str, voice: str) -> Speech:
    """One sentence of it; the same where it has but one: a new one is made fit to be spoken once more."""
    if sentence == speech.text and voice == speech.voice:
        return speech
    return replace(speech, text=sentence, voice=voice)


def _placed(chunk: SpeechChunk, began_s: float, member: Member[Synthesizer]) -> SpeechChunk:
    """A sentence's chunk as one of the whole text; the sentence began after so much audio."""
    words = tuple(SpokenWord(word.text, began_s + word.at_s) for word in chunk.words)
    return SpeechChunk(chunk.pcm, words, member.name, member.provider.info.version)
