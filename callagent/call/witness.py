"""Puts down what the providers of one call give out, and when: with that, the call can be had again without them.

Each of these stands before the provider that all calls share and changes nothing of what passes.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing
from dataclasses import replace
from hashlib import sha256
from typing import Literal

from callagent.call.journal import EventLog
from callagent.call.services import Services, Voice
from callagent.evidence import (
    Interim,
    ModelPiece,
    ModelReplied,
    SpeechMade,
    SpeechPiece,
    UtteranceTranscribed,
)
from callagent.llm.model import Conversation, LanguageModel, ModelInfo, ToolCall, written_by
from callagent.media.audio import BYTES_PER_SAMPLE, duration_s
from callagent.stt.transcriber import Hints, Transcriber, TranscriberInfo, Transcript
from callagent.tts.synthesizer import Speech, SpeechChunk, SynthesizerInfo


def witnessed(services: Services, journal: EventLog) -> Services:
    """The services of one call, with all that its providers give out put down in the journal."""
    return replace(
        services,
        transcriber=WitnessedTranscriber(services.transcriber, journal),
        synthesizer=WitnessedVoice(services.synthesizer, journal),
        model=None if services.model is None else WitnessedModel(services.model, journal),
    )


class WitnessedTranscriber:
    """A `Transcriber`."""

    def __init__(self, inner: Transcriber, journal: EventLog) -> None:
        self._inner = inner
        self._journal = journal

    @property
    def info(self) -> TranscriberInfo:
        """Of the one behind this."""
        return self._inner.info

    async def warm_up(self) -> None:
        """Done for all calls already."""

    async def aclose(self) -> None:
        """Left to whom all calls share it with."""

    async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:
        """As the one behind this."""
        began_s = self._journal.at_s()
        feed = _Feed(audio, self._journal)
        interims: list[Interim] = []
        last = Transcript("", 0.0, final=False, provider=self._inner.info.name)
        outcome: Literal["heard", "stopped", "failed"] = "stopped"
        error = ""
        try:
            async with aclosing(self._inner.transcribe(aiter(feed), hints)) as transcripts:
                async for transcript in transcripts:
                    last = transcript
                    if transcript.final:
                        outcome = "heard"
                    else:
                        after_s = round(self._journal.at_s() - began_s, 4)
                        interims.append(Interim(after_s, transcript.text, transcript.confidence))
                    yield transcript
        except Exception as problem:
            outcome, error = "failed", type(problem).__name__
            raise
        finally:
            self._journal.write(
                UtteranceTranscribed(
                    at_s=self._journal.at_s(),
                    began_s=began_s,
                    audio_s=round(feed.seconds, 3),
                    ended_s=feed.ended_s,
                    interims=tuple(interims),
                    text=last.text if outcome == "heard" else "",
                    confidence=last.confidence if outcome == "heard" else 0.0,
                    provider=last.provider,
                    version=last.version or self._inner.info.version,
                    outcome=outcome,
                    error=error,
                )
            )


class _Feed:
    """The caller's audio on its way to a transcriber."""

    def __init__(self, audio: AsyncIterator[bytes], journal: EventLog) -> None:
        self._audio = audio
        self._journal = journal
        self.seconds = 0.0
        self.ended_s: float | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for pcm in self._audio:
            self.seconds += duration_s(pcm)
            yield pcm
        self.ended_s = self._journal.at_s()


class WitnessedModel:
    """A `LanguageModel`."""

    def __init__(self, inner: LanguageModel, journal: EventLog) -> None:
        self._inner = inner
        self._journal = journal

    @property
    def info(self) -> ModelInfo:
        """Of the one behind this."""
        return self._inner.info

    async def warm_up(self) -> None:
        """Done for all calls already."""

    async def aclose(self) -> None:
        """Left to whom all calls share it with."""

    async def reply(self, conversation: Conversation) -> AsyncGenerator[str | ToolCall, None]:
        """As the one behind this."""
        began_s = self._journal.at_s()
        pieces: list[ModelPiece] = []
        by = self._inner.info
        outcome: Literal["written", "stopped", "failed"] = "stopped"
        error = ""
        try:
            async with aclosing(self._inner.reply(conversation)) as answer:
                async for piece in answer:
                    by = written_by(piece, self._inner)
                    after_s = round(self._journal.at_s() - began_s, 4)
                    if isinstance(piece, ToolCall):
                        pieces.append(ModelPiece(after_s, tool=piece.name, arguments=piece.arguments))
                    else:
                        pieces.append(ModelPiece(after_s, str(piece)))
                    yield piece
            outcome = "written"
        except Exception as problem:
            outcome, error = "failed", type(problem).__name__
            raise
        finally:
            self._journal.write(
                ModelReplied(
                    at_s=self._journal.at_s(),
                    purpose="talk" if conversation.schema is None else "commands",
                    asked=asked_of(conversation),
                    round=len(conversation.rounds),
                    instructions=told(conversation),
                    began_s=began_s,
                    pieces=tuple(pieces),
                    provider=by.name,
                    version=by.version,
                    outcome=outcome,
                    error=error,
                )
            )


def asked_of(conversation: Conversation) -> str:
    """What the caller said last in it; empty where they have not said anything."""
    return next((one.text for one in reversed(conversation.messages) if one.speaker == "caller"), "")


def recalled(
    at_s: float,
    conversation: Conversation,
    said: Iterable[str],
) -> ModelReplied:
    """The event of an answer that was known from before, so that no model had to be asked."""
    return ModelReplied(
        at_s=at_s,
        purpose="talk" if conversation.schema is None else "commands",
        asked=asked_of(conversation),
        round=0,
        instructions=told(conversation),
        began_s=at_s,
        pieces=tuple(ModelPiece(0.0, text) for text in said),
        provider="cache",
        version="",
        outcome="written",
    )


def told(conversation: Conversation) -> str:
    """A short hash of its instructions."""
    return sha256(conversation.instructions.encode()).hexdigest()[:16]


class WitnessedVoice:
    """A `call.services.Voice`."""

    def __init__(self, inner: Voice, journal: EventLog) -> None:
        self._inner = inner
        self._journal = journal

    @property
    def info(self) -> SynthesizerInfo:
        """Of the one behind this."""
        return self._inner.info

    async def warm_up(self) -> None:
        """Done for all calls already."""

    async def aclose(self) -> None:
        """Left to whom all calls share it with."""

    def is_cached(self, speech: Speech) -> bool:
        """As the one behind this."""
        return self._inner.is_cached(speech)

    def is_remembered(self, speech: Speech) -> bool:
        """As the one behind this."""
        return self._inner.is_remembered(speech)

    async def prepare(self, speeches: Iterable[Speech]) -> int:
        """As the one behind this."""
        return await self._inner.prepare(speeches)

    def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """As the one behind this."""
        return self._put_down(speech, self._inner.synthesize(speech), "made", ready=False)

    def fixed(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """As the one behind this."""
        return self._put_down(speech, self._inner.fixed(speech), "kept", ready=self._inner.is_cached(speech))

    def common(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """As the one behind this."""
        ready = self._inner.is_remembered(speech)
        return self._put_down(speech, self._inner.common(speech), "remembered", ready=ready)

    async def _put_down(
        self,
        speech: Speech,
        spoken: AsyncGenerator[SpeechChunk, None],
        by: Literal["made", "kept", "remembered"],
        *,
        ready: bool,
    ) -> AsyncGenerator[SpeechChunk, None]:
        began_s = self._journal.at_s()
        pieces: list[SpeechPiece] = []
        info = self._inner.info
        provider, version = info.name, info.version
        outcome: Literal["spoken", "stopped", "failed"] = "stopped"
        error = ""
        try:
            async with aclosing(spoken) as chunks:
                async for chunk in chunks:
                    provider, version = chunk.provider or provider, chunk.version or version
                    words = tuple((word.text, round(word.at_s, 3)) for word in chunk.words)
                    after_s = round(self._journal.at_s() - began_s, 4)
                    pieces.append(SpeechPiece(after_s, len(chunk.pcm) // BYTES_PER_SAMPLE, words))
                    yield chunk
            outcome = "spoken"
        except Exception as problem:
            outcome, error = "failed", type(problem).__name__
            raise
        finally:
            self._journal.write(
                SpeechMade(
                    at_s=self._journal.at_s(),
                    text=speech.text,
                    language=speech.language,
                    voice=speech.voice,
                    rate=speech.rate,
                    by=by,
                    ready=ready,
                    began_s=began_s,
                    pieces=tuple(pieces),
                    provider=provider,
                    version=version,
                    outcome=outcome,
                    error=error,
                )
            )
