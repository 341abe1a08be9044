"""What the fallback chains cost: each stage through its chain, and the same provider called directly.

Both sides use the scripted providers, in one process, in turns, so that whatever else the machine does befalls both.
The chain has a second provider behind it and a listener for what happens, as in a call.
"""

import asyncio
import gc
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Final

from callagent.clock import SystemClock
from callagent.events import STAGES, StageName
from callagent.llm.chain import ModelChain
from callagent.llm.model import Conversation, LanguageModel, Message
from callagent.llm.scripted import ScriptedModel
from callagent.media.audio import SILENCE
from callagent.resilience.incidents import reporting
from callagent.resilience.lineup import Lineup
from callagent.simulator.virtual_time import run
from callagent.stt.chain import TranscriberChain
from callagent.stt.scripted import ScriptedTranscriber
from callagent.stt.transcriber import Hints, Transcriber
from callagent.tts.chain import SynthesizerChain
from callagent.tts.scripted import ScriptedSynthesizer
from callagent.tts.synthesizer import Speech, Synthesizer

ADDED_MS: Final = 0.2
"""Limit: what a chain may add until the first output of a stage's call."""
ADDED_PERCENT: Final = 1.0
"""Limit: of a core, what all chains together may add."""
ROUNDS: Final = 7
CALLS_IN_A_ROUND: Final = 60
AT_ONCE: Final = float("inf")
"""A pace: without any pause."""
CHUNK_S: Final = 0.02
SPEECH_CHUNKS: Final = 125
"""Of a caller's turn, 2.5 seconds."""
LISTENS_S: Final = 4.0
"""How long a caller listens to an answer."""
SENTENCE: Final = "A ceiling fan cools a whole room."
SHORT: Final = "It cools."
"""The scripted voice makes all of its sound before it gives the first: of a long text that hides what is measured."""
ANSWER: Final = f"{SENTENCE} A table fan cools one person, and costs less."
ASKED: Final = Conversation("Be brief.", (Message("caller", "What is the difference?"),))


@dataclass(frozen=True, slots=True)
class StageCost:
    """Of one stage: from the end of a turn's audio to its transcript, or from the request to a sentence, or to sound.

    In milliseconds of work: the providers do not wait here, and what else the machine does is left out.
    """

    direct_ms: float
    chained_ms: float
    added_ms: float
    """The median of the rounds, so not just the difference of the two."""


@dataclass(frozen=True, slots=True)
class Overhead:
    """What was measured."""

    stages: dict[StageName, StageCost]
    calls: int
    """At the same time."""
    direct_percent: float
    """Of a core, what the stages of so many calls take with their providers called directly."""
    added_percent: float
    """Of a core, what the chains take more."""

    @property
    def is_kept(self) -> bool:
        """Whether both limits are."""
        return self.added_percent <= ADDED_PERCENT and all(one.added_ms <= ADDED_MS for one in self.stages.values())

    def as_dict(self) -> dict[str, Any]:
        """Everything, for a JSON file."""
        return {**asdict(self), "limits": {"added_ms": ADDED_MS, "added_percent": ADDED_PERCENT}, "kept": self.is_kept}


@dataclass(frozen=True, slots=True)
class _Stages:
    """A call's providers."""

    transcriber: Transcriber
    model: LanguageModel
    synthesizer: Synthesizer


def measure(calls: int, seconds: float, progress: Callable[[float], None] = lambda _: None) -> Overhead:
    """Compare; `seconds` of `calls` calls at the same time, which go by in virtual time. Takes some seconds.

    `progress` gets the part that is done, 0 to 1.
    """
    stages: tuple[StageName, ...] = STAGES
    costs = {}
    for number, stage in enumerate(stages):
        costs[stage] = asyncio.run(_stage_cost(stage))
        progress((number + 1) / 6)
    direct, added = [], []
    for number in range(ROUNDS):
        without_s = _busy_s(calls, seconds, chained=False)
        with_s = _busy_s(calls, seconds, chained=True)
        direct.append(without_s)
        added.append(with_s - without_s)
        progress(0.5 + (number + 1) / ROUNDS / 2)
    percent = 100 / seconds
    return Overhead(costs, calls, round(median(direct) * percent, 2), round(median(added) * percent, 2))


async def _stage_cost(stage: StageName) -> StageCost:
    direct, chained = _direct(AT_ONCE), _chained(AT_ONCE)
    rounds: list[tuple[float, float]] = []
    with reporting(_forget):
        for _ in range(ROUNDS):
            times: tuple[list[float], list[float]] = ([], [])
            for _ in range(CALLS_IN_A_ROUND):
                for stages, into in zip((direct, chained), times, strict=True):
                    into.append(await _MEASURED[stage](stages))
            rounds.append((median(times[0]) * 1000, median(times[1]) * 1000))
    added = median(after - before for before, after in rounds)
    before, after = (median(one) for one in zip(*rounds, strict=True))
    return StageCost(round(before, 4), round(after, 4), round(added, 4))


def _busy_s(calls: int, seconds: float, *, chained: bool) -> float:
    """Processor seconds that the stages of so many calls take in so many seconds of their time."""

    async def all_calls() -> None:
        # One chain for all calls, as in a server.
        stages = _chained() if chained else _direct()
        with reporting(_forget):
            await asyncio.gather(*(_converse(stages, seconds) for _ in range(calls)))

    gc.collect()
    began_s = time.process_time()
    run(all_calls())
    return time.process_time() - began_s


async def _converse(stages: _Stages, seconds: float) -> None:
    """Ask and listen for so long."""
    now = asyncio.get_running_loop().time
    over_s = now() + seconds
    while now() < over_s:
        await _exhaust(stages.transcriber.transcribe(_live(), Hints()))
        await _exhaust(stages.model.reply(ASKED))
        await _exhaust(stages.synthesizer.synthesize(Speech(ANSWER)))
        await asyncio.sleep(LISTENS_S)


async def _live() -> AsyncIterator[bytes]:
    """A turn's audio, as it comes."""
    for _ in range(SPEECH_CHUNKS):
        await asyncio.sleep(CHUNK_S)
        yield SILENCE


async def _exhaust(outputs: AsyncGenerator[Any, None]) -> None:
    async with aclosing(outputs) as all_of_them:
        async for _ in all_of_them:
            pass


async def _transcript_s(stages: _Stages) -> float:
    ended_s = 0.0

    async def audio() -> AsyncIterator[bytes]:
        nonlocal ended_s
        for _ in range(5):
            await asyncio.sleep(0)
            yield SILENCE
        ended_s = time.thread_time()

    async with aclosing(stages.transcriber.transcribe(audio(), Hints())) as transcripts:
        await anext(transcripts)
        return time.thread_time() - ended_s


async def _sentence_s(stages: _Stages) -> float:
    """Nothing can be spoken before a sentence is whole: a chain gives out no less."""
    began_s = time.thread_time()
    async with aclosing(stages.model.reply(ASKED)) as pieces:
        async for _ in pieces:
            pass
    return time.thread_time() - began_s


async def _sound_s(stages: _Stages) -> float:
    began_s = time.thread_time()
    async with aclosing(stages.synthesizer.synthesize(Speech(SHORT))) as chunks:
        await anext(chunks)
        return time.thread_time() - began_s


_MEASURED: Final = {"stt": _transcript_s, "llm": _sentence_s, "tts": _sound_s}


def _direct(pace: float = 0.0) -> _Stages:
    """The providers themselves; at their usual pace unless another is given."""
    if not pace:
        return _Stages(
            ScriptedTranscriber(ScriptedTranscriber.Options(lines=("price",))),
            ScriptedModel(ScriptedModel.Options(replies=(ANSWER,))),
            ScriptedSynthesizer(ScriptedSynthesizer.Options()),
        )
    return _Stages(
        ScriptedTranscriber(ScriptedTranscriber.Options(lines=("price",), delay_ms=0)),
        ScriptedModel(ScriptedModel.Options(first_token_ms=0, tokens_per_s=pace, replies=(SENTENCE,))),
        ScriptedSynthesizer(ScriptedSynthesizer.Options(first_audio_ms=0, speed=pace)),
    )


def _chained(pace: float = 0.0) -> _Stages:
    """The same behind chains, with somebody to take over."""
    first, second, clock = _direct(pace), _direct(pace), SystemClock()
    return _Stages(
        TranscriberChain(Lineup([("first", first.transcriber), ("second", second.transcriber)], clock)),
        ModelChain(Lineup([("first", first.model), ("second", second.model)], clock)),
        SynthesizerChain(Lineup([("first", first.synthesizer), ("second", second.synthesizer)], clock)),
    )


def _forget(_: object) -> None:
    """Hears of what happens, as a call's journal does."""
