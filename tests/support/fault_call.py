"""A phone call in real time, over chains whose first provider fails, and what its caller heard of that."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from support.echo import ASK, Echo

from callagent.call.call import run_call
from callagent.call.heartbeat import Heartbeat
from callagent.call.services import Services
from callagent.call.stored import StoredPrompt, StoredPrompts
from callagent.clock import SystemClock
from callagent.content.sentences import sentences
from callagent.dialogue.actions import CallBegan, CallerSaid, Converse, Decision, Input, LookedUp, Say
from callagent.dialogue.standing import ONE_MOMENT
from callagent.events import AgentSaid, Event, ProviderFailed, StageName, TranscriptReceived
from callagent.llm.model import Conversation, LanguageModel, ModelInfo, ToolCall
from callagent.llm.scripted import ScriptedModel
from callagent.media.audio import CHUNK_BYTES, CHUNK_MS, SAMPLE_RATE, SILENCE
from callagent.media.vad import CONTEXT, Floats, VoiceModel
from callagent.media.voice_pool import VoicePool
from callagent.stt.scripted import ScriptedTranscriber
from callagent.stt.transcriber import Hints, Transcriber, TranscriberInfo, Transcript
from callagent.telephony.leg import LegInfo
from callagent.telephony.loopback import LoopbackLine, loopback
from callagent.tts.cache import CachedSynthesizer
from callagent.tts.espeak import EspeakSynthesizer
from callagent.tts.scripted import ScriptedSynthesizer
from callagent.tts.synthesizer import Speech, SpeechChunk, Synthesizer, SynthesizerInfo

SPOKEN: Final = "price of the ceiling fan"
"""What the caller says."""
ANSWER: Final = "We are glad to help. Go on."
"""What the agent answers, whoever it is written or spoken by."""
LAST: Final = sentences(ANSWER)[-1]
"""After this the caller hangs up."""
PATIENCE_S: Final = 20.0
"""So long the caller waits for it."""
MARK_S: Final = 0.06
"""Of the middle of each word: who got this sound has got the word."""


@dataclass(frozen=True)
class CallerVoice:
    """What the caller says, as sound."""

    chunks: list[bytes]
    marks: dict[str, bytes]
    """By word: sound that stands nowhere else."""

    @classmethod
    async def make(cls) -> "CallerVoice":
        """Speak it once, for all calls."""
        voice = EspeakSynthesizer(EspeakSynthesizer.Options())
        async with aclosing(voice.synthesize(Speech(SPOKEN, voice="en-us+f3"))) as made:
            speech = await anext(made)
        await voice.aclose()
        pcm = speech.pcm + bytes(-len(speech.pcm) % CHUNK_BYTES)
        chunks = [pcm[at : at + CHUNK_BYTES] for at in range(0, len(pcm), CHUNK_BYTES)]
        ends = [word.at_s for word in speech.words[1:]] + [len(speech.pcm) / 2 / SAMPLE_RATE]
        marks = {}
        for word, end_s in zip(speech.words, ends, strict=True):
            first = round(((word.at_s + end_s - MARK_S) / 2) * SAMPLE_RATE)
            marks[word.text] = pcm[2 * first : 2 * (first + round(MARK_S * SAMPLE_RATE))]
        return cls(chunks, marks)


class LoudIsVoice(VoiceModel):
    """Takes all sound for speech, which costs nothing: what is measured is not how voice is told from noise."""

    def __init__(self) -> None:
        super().__init__(Path())

    def probabilities(self, audio: Floats, states: Floats) -> tuple[Floats, Floats]:
        """Of each row."""
        return (np.abs(audio[:, CONTEXT:]).max(axis=1) > 0.01).astype(np.float32), states


@dataclass
class EmbeddedEar:
    """Recognizes the words whose sound it was given; needs no network."""

    voice: CallerVoice
    first_s: float | None = None
    """The loop's time at which it was given the first sound."""

    @property
    def info(self) -> TranscriberInfo:
        """As data."""
        return TranscriberInfo("embedded", "1", (), interims=False, free_speech=True, needs_network=False)

    async def warm_up(self) -> None:
        """There is nothing to load."""

    async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:
        """Listen to all of it."""
        heard = b""
        async for pcm in audio:
            self.first_s = self.first_s or asyncio.get_running_loop().time()
            heard += pcm
        text = " ".join(word for word, mark in self.voice.marks.items() if mark in heard)
        yield Transcript(text, 0.9 if text else 0.0, final=True, provider="embedded")

    async def aclose(self) -> None:
        """There is nothing to close."""


@dataclass
class WatchedModel:
    """A model, and when it first wrote something."""

    model: LanguageModel
    first_s: float | None = None

    @property
    def info(self) -> ModelInfo:
        """The model's."""
        return self.model.info

    async def warm_up(self) -> None:
        """The model's."""
        await self.model.warm_up()

    async def reply(self, conversation: Conversation) -> AsyncGenerator[str | ToolCall, None]:
        """The model's."""
        async with aclosing(self.model.reply(conversation)) as pieces:
            async for piece in pieces:
                self.first_s = self.first_s or asyncio.get_running_loop().time()
                yield piece

    async def aclose(self) -> None:
        """The model's."""
        await self.model.aclose()


@dataclass
class WatchedVoice:
    """A voice, and what it was heard to say."""

    voice: Synthesizer
    first_s: float | None = None
    said: list[tuple[str, list[str]]] = field(default_factory=list)
    """Each sentence that there was sound of, and the words of it that there was sound of."""

    @property
    def info(self) -> SynthesizerInfo:
        """The voice's."""
        return self.voice.info

    async def warm_up(self) -> None:
        """The voice's."""
        await self.voice.warm_up()

    async def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """The voice's."""
        words: list[str] = []
        async with aclosing(self.voice.synthesize(speech)) as chunks:
            async for chunk in chunks:
                if any(chunk.pcm):
                    self.first_s = self.first_s or asyncio.get_running_loop().time()
                    if not words:
                        self.said.append((speech.text, words))
                    words += [word.text for word in chunk.words]
                yield chunk

    async def aclose(self) -> None:
        """The voice's."""
        await self.voice.aclose()


class OneAnswer(Echo):
    """Listens, answers and listens again; `talks` has a model write the answer."""

    def __init__(self, *, talks: bool) -> None:
        super().__init__()
        self._talks = talks

    def begin(self, began: CallBegan) -> Decision[int]:
        """The caller speaks first."""
        return Decision(0, (ASK,))

    def advance(self, state: int, given: Input, now: object) -> Decision[int]:
        """The same whatever was said; a caller who was silent is waited for."""
        if not isinstance(given, CallerSaid):
            return Decision(state, (ASK,))
        answer = Converse("Be brief.") if self._talks else Say("answer", ANSWER, fixed=False)
        return Decision(state, (answer, ASK))


@dataclass(frozen=True)
class Heard:
    """What a caller heard, and what was told of it."""

    events: list[Event]
    silence_ms: int
    """The longest time in which nobody was heard, from the caller's first sound to the agent's last."""
    sound_ms: int
    """Of the agent's voice."""
    failed_s: float | None
    """The loop's time at which the first failure of a provider was told."""
    answered: bool
    """Whether the agent was heard at all."""

    def of(self, kind: type[Event]) -> list[Any]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def recognized(self) -> list[str]:
        """The caller's words as they were taken."""
        return [word for event in self.of(TranscriptReceived) for word in event.text.split()]

    @property
    def said(self) -> list[str]:
        """The agent's sentences as far as they were heard, in order."""
        return [one for event in self.of(AgentSaid) for one in sentences(event.heard)]


@dataclass
class Room:
    """What all calls of a run share."""

    heartbeat: Heartbeat
    voice: CallerVoice
    folder: Path
    stored: StoredPrompts

    async def call(
        self, stage: StageName, transcriber: Transcriber, model: LanguageModel, synthesizer: CachedSynthesizer
    ) -> Heard:
        """Have a call, of one question and one answer; `stage` is the one that is tested."""
        events: list[Event] = []
        failures: list[float] = []
        over = asyncio.Event()
        now = asyncio.get_running_loop().time

        def note(event: Event) -> None:
            events.append(event)
            if isinstance(event, ProviderFailed):
                failures.append(now())
            if isinstance(event, AgentSaid) and event.heard.endswith(LAST):
                over.set()

        async def look_up(*_: object) -> LookedUp:
            return LookedUp("not found")

        services = Services(
            clock=SystemClock(),
            heartbeat=self.heartbeat,
            voice_pool=VoicePool(LoudIsVoice()),
            dialogue=OneAnswer(talks=stage == "llm"),
            transcriber=transcriber,
            synthesizer=synthesizer,
            look_up=look_up,
            model=model,
            stored=self.stored,
        )
        leg, line = loopback(LegInfo(call_id="CAfaults", carrier="loopback", caller="", called=""))
        call = asyncio.create_task(run_call(leg, services, [note]))
        sounds = await self._talk(line, over)
        await line.hang_up()
        await call
        agent = [tick for tick, sound in enumerate(sounds) if sound == "agent"]
        ticks = [tick for tick, sound in enumerate(sounds) if sound]
        if not agent:
            ticks.append(len(sounds))
        pauses = [after - before - 1 for before, after in pairwise(ticks)]
        return Heard(
            events,
            silence_ms=max(pauses, default=0) * CHUNK_MS,
            sound_ms=len(agent) * CHUNK_MS,
            failed_s=failures[0] if failures else None,
            answered=bool(agent),
        )

    async def _talk(self, line: LoopbackLine, over: asyncio.Event) -> list[str]:
        """Say it, then listen to all of the answer; who was heard in each 20 ms."""
        sounds: list[str] = []
        spoken = iter([SILENCE] * 10 + self.voice.chunks)
        while not over.is_set() and len(sounds) < PATIENCE_S * 1000 / CHUNK_MS:
            chunk = next(spoken, SILENCE)
            heard = await line.exchange(chunk)
            if heard is None:
                break
            sounds.append("agent" if any(heard) else "caller" if any(chunk) else "")
        return sounds


def usual_transcriber() -> Transcriber:
    """One that always works, where another stage is tested."""
    return ScriptedTranscriber(ScriptedTranscriber.Options(lines=(SPOKEN,)))


def usual_model() -> ScriptedModel:
    """Likewise."""
    return ScriptedModel(ScriptedModel.Options(replies=(ANSWER,)))


def usual_voice() -> ScriptedSynthesizer:
    """Likewise."""
    return ScriptedSynthesizer(ScriptedSynthesizer.Options())


async def stored_prompts() -> StoredPrompts:
    """What a server keeps for callers who wait."""
    text = "One moment, please."
    async with aclosing(usual_voice().synthesize(Speech(text))) as chunks:
        audio = SpeechChunk(b"".join([chunk.pcm async for chunk in chunks]))
    stored = StoredPrompts()
    stored.keep("en", ONE_MOMENT, [StoredPrompt(ONE_MOMENT, text, audio)])
    return stored
