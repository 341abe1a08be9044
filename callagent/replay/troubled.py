"""Providers with faults of `replay.faults`, and who takes over from them.

A provider with a fault stands first in a chain like a live one's, before those who would take over; so the replay shows
what the caller would have heard.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final, TypeAlias, TypeVar, get_args

from callagent.call.services import LookUp, Services, Voice
from callagent.dialogue.actions import LookedUp
from callagent.errors import ProviderUnavailableError
from callagent.events import StageName
from callagent.llm.chain import ModelChain
from callagent.llm.model import Conversation, LanguageModel, ModelInfo, ToolCall
from callagent.replay.faults import Fault, Where
from callagent.replay.players.notes import Notes
from callagent.resilience.lineup import Lineup
from callagent.stt.chain import TranscriberChain
from callagent.stt.transcriber import Hints, Transcriber, TranscriberInfo, Transcript
from callagent.tts.chain import SynthesizerChain
from callagent.tts.synthesizer import Speech, SpeechChunk, Synthesizer, SynthesizerInfo

Item = TypeVar("Item")
Reserves: TypeAlias = Mapping[StageName, Sequence[Any]]
"""For each stage who takes over, first one first."""

LOOK_UP_HANGS_S: Final = 5.0
"""After so long a look-up that hangs is given up: the shop's data are down then."""


class Captured:
    """Who works in each stage of today: a `hooks.Hooks.refit` that changes nobody, and knows who would take over."""

    def __init__(self) -> None:
        self._stages: dict[str, Any] = {}

    def refit(self, stage: str, provider: Any) -> Any:
        """The same."""
        self._stages[stage] = provider
        return provider

    def reserves(self, recorded: Mapping[str, str]) -> Reserves:
        """For each stage today's providers, without the one that did the work in the recording, by its name."""
        return {
            stage: tuple(one for one in _members(self._stages.get(stage)) if one.info.name != recorded.get(stage))
            for stage in get_args(StageName)
        }


def _members(provider: Any) -> Iterable[Any]:
    if provider is None:
        return ()
    if isinstance(provider, TranscriberChain | ModelChain | SynthesizerChain):
        return (member.provider for member in provider.lineup.members)
    return (provider,)


def with_faults(services: Services, faults: Sequence[Fault], reserves: Reserves, notes: Notes) -> Services:
    """The services of a replay with faults in those of a stage, behind each who takes over."""

    def trouble(where: Where) -> "Trouble | None":
        those = [fault for fault in faults if fault.where == where]
        return Trouble(those, notes) if those else None

    if (stt := trouble("stt")) is not None:
        troubled = TroubledTranscriber(services.transcriber, stt)
        lineup = _lineup(troubled, reserves.get("stt", ()), services)
        services = replace(services, transcriber=TranscriberChain(lineup))
    if services.model is not None and (llm := trouble("llm")) is not None:
        lineup = _lineup(TroubledModel(services.model, llm), reserves.get("llm", ()), services)
        services = replace(services, model=ModelChain(lineup))
    if (tts := trouble("tts")) is not None:
        lineup = _lineup(TroubledVoice(services.synthesizer, tts), reserves.get("tts", ()), services)
        services = replace(services, synthesizer=ChainedVoice(services.synthesizer, SynthesizerChain(lineup)))
    if (tables := trouble("look-ups")) is not None:
        services = replace(services, look_up=_troubled_look_up(services.look_up, tables))
    return services


def _lineup(first: Any, reserves: Sequence[Any], services: Services) -> Lineup[Any]:
    named = {first.info.name: first}
    for reserve in reserves:
        name = reserve.info.name
        named[name if name not in named else f"{name} of today"] = reserve
    return Lineup(tuple(named.items()), services.clock)


class Trouble:
    """The faults of one stage, as time goes by."""

    def __init__(self, faults: Sequence[Fault], notes: Notes) -> None:
        self._faults = faults
        self._notes = notes

    def now(self) -> Fault | None:
        """The first that is on."""
        at_s = self._notes.at_s()
        return next((fault for fault in self._faults if fault.is_on(at_s)), None)

    async def check(self, provider: str) -> None:
        """Hang, or raise ProviderUnavailableError, where that is on."""
        fault = self.now()
        if fault is not None and fault.kind == "hangs":
            await asyncio.get_running_loop().create_future()
        if fault is not None and fault.kind == "fails":
            raise ProviderUnavailableError(provider, "fails by --fault")

    async def slow_down(self) -> None:
        """Take as long as a slow one does."""
        fault = self.now()
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.slow_s)

    async def through(
        self, source: AsyncGenerator[Item, None], provider: str, is_slow: Callable[[Item], bool] | None = None
    ) -> AsyncGenerator[Item, None]:
        """What a provider gives, as long as its fault lets it.

        One that is slow is so before its first output, or before those that `is_slow` says.
        """
        await self.check(provider)
        if is_slow is None:
            await self.slow_down()
        async with aclosing(source) as items:
            async for item in items:
                if is_slow is not None and is_slow(item):
                    await self.slow_down()
                await self.check(provider)
                yield item


class TroubledTranscriber:
    """Hears what `inner` hears."""

    def __init__(self, inner: Transcriber, trouble: Trouble) -> None:
        self._inner = inner
        self._trouble = trouble

    @property
    def info(self) -> TranscriberInfo:
        """As `inner`."""
        return self._inner.info

    async def warm_up(self) -> None:
        """Ready at once."""

    async def aclose(self) -> None:
        """Left to whom it belongs to."""

    def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:
        """As `inner`, with its trouble; a slow one is late with what it heard in the end."""
        heard = self._inner.transcribe(audio, hints)
        return self._trouble.through(heard, self.info.name, lambda transcript: transcript.final)


class TroubledModel:
    """Writes what `inner` writes."""

    def __init__(self, inner: LanguageModel, trouble: Trouble) -> None:
        self._inner = inner
        self._trouble = trouble

    @property
    def info(self) -> ModelInfo:
        """As `inner`."""
        return self._inner.info

    async def warm_up(self) -> None:
        """Ready at once."""

    async def aclose(self) -> None:
        """Left to whom it belongs to."""

    def reply(self, conversation: Conversation) -> AsyncGenerator[str | ToolCall, None]:
        """As `inner`, with its trouble."""
        return self._trouble.through(self._inner.reply(conversation), self.info.name)


class TroubledVoice:
    """Says what `inner` says."""

    def __init__(self, inner: Synthesizer, trouble: Trouble) -> None:
        self._inner = inner
        self._trouble = trouble

    @property
    def info(self) -> SynthesizerInfo:
        """As `inner`."""
        return self._inner.info

    async def warm_up(self) -> None:
        """Ready at once."""

    async def aclose(self) -> None:
        """Left to whom it belongs to."""

    def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """As `inner`, with its trouble."""
        return self._trouble.through(self._inner.synthesize(speech), self.info.name)


class ChainedVoice:
    """A `call.services.Voice`: what `kept` has ready, and the rest from a chain."""

    def __init__(self, kept: Voice, chain: SynthesizerChain) -> None:
        self._kept = kept
        self._chain = chain

    @property
    def info(self) -> SynthesizerInfo:
        """As `kept`."""
        return self._kept.info

    async def warm_up(self) -> None:
        """Ready at once."""

    async def aclose(self) -> None:
        """Left to whom it belongs to."""

    async def prepare(self, speeches: Iterable[Speech]) -> int:
        """What is ready is."""
        return sum(self.is_cached(speech) for speech in speeches)

    def is_cached(self, speech: Speech) -> bool:
        """As `kept`."""
        return self._kept.is_cached(speech)

    def is_remembered(self, speech: Speech) -> bool:
        """As `kept`."""
        return self._kept.is_remembered(speech)

    def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """From the chain."""
        return self._chain.synthesize(speech)

    def fixed(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """From memory or disk, where no fault is heard."""
        return self._kept.fixed(speech) if self.is_cached(speech) else self._chain.synthesize(speech)

    def common(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """Likewise."""
        return self._kept.common(speech) if self.is_remembered(speech) else self._chain.synthesize(speech)


def _troubled_look_up(inner: LookUp, trouble: Trouble) -> LookUp:
    async def look_up(source: str, arguments: Mapping[str, str], gives: Sequence[str]) -> LookedUp:
        await trouble.slow_down()
        fault = trouble.now()
        if fault is not None and fault.kind == "hangs":
            await asyncio.sleep(LOOK_UP_HANGS_S)
        if fault is not None and fault.kind != "slow":
            return LookedUp("down")
        return await inner(source, arguments, gives)

    return look_up
