"""A stock pipecat bot behind a Twilio number, to measure callagent against.

It is built as pipecat's own Twilio example is: FastAPI's websocket transport, the Twilio serializer, Silero, 8 kHz both
ways, and every default as it is. Two things of the example are left out because they only cost: it records no audio and
collects no metrics; and nothing is logged below a warning. The services are stubs with the delays of callagent's
scripted providers. The transcriber says which of its results is the last, as Deepgram's does, so that no turn waits for
more.

    python tests/bench/pipecat_bot.py --port 8765 --variant smart
"""

import argparse
import asyncio
import re
import sys
from collections import deque
from collections.abc import AsyncGenerator
from typing import Any, Final

import numpy as np
import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    Frame,
    InterimTranscriptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
from pipecat.processors.frame_processor import FrameDirection
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings, STTSettings, TTSSettings
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.utils.time import time_now_iso8601
from pipecat.workers.runner import WorkerRunner

from callagent.simulator.bench_talk import (
    ANSWERS,
    AUDIO_SPEED,
    FIRST_AUDIO_MS,
    FIRST_TOKEN_MS,
    GREETING,
    QUESTIONS,
    TOKENS_PER_S,
    TRANSCRIPT_MS,
)

VARIANTS: Final = ("smart", "timeout")
SAMPLE_RATE: Final = 8000
CHUNK_S: Final = 0.02
LOUD: Final = 1000
"""Samples beyond this are speech: 30 dB under full scale."""
WORDS_PER_S: Final = 2.8
WORD_GAP_S: Final = 0.06
"""Silence after which the last word is taken to be over."""
CHARACTERS_PER_S: Final = 15
"""How fast the voice speaks."""
PIECE_S: Final = 0.1
"""Audio that the voice hands over at a time."""
WORDS: Final = re.compile(r"\s*\S+\s*$|\s*\S+")
"""Tokens of the model: words with the space before them."""


class StubTranscriber(STTService):
    """Streams: each word of its line after it was spoken, and the whole line when the caller has stopped."""

    def __init__(self) -> None:
        super().__init__(ttfs_p99_latency=0.2 + TRANSCRIPT_MS / 1000, settings=STTSettings(model="stub", language=None))
        self._turn = 0
        self._words = _Words(QUESTIONS[0])

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Take 20 ms; now and then there is an interim."""
        if self._words.hear(audio):
            yield InterimTranscriptionFrame(self._words.interim, "", time_now_iso8601())

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """When the caller has stopped, have the transcript come."""
        await super().process_frame(frame, direction)
        if isinstance(frame, VADUserStoppedSpeakingFrame):
            self.request_finalize()  # type: ignore[no-untyped-call]
            self.create_task(self._finalize(self._words.line), name="stub final")
            self._turn += 1
            self._words = _Words(QUESTIONS[self._turn % len(QUESTIONS)])

    async def _finalize(self, line: str) -> None:
        await asyncio.sleep(TRANSCRIPT_MS / 1000)
        self.confirm_finalize()  # type: ignore[no-untyped-call]
        await self.push_frame(TranscriptionFrame(line, "", time_now_iso8601()))


class StubModel(LLMService[Any]):
    """Writes its answers word by word."""

    def __init__(self) -> None:
        super().__init__(settings=LLMSettings(model="stub"))
        self._turn = 0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer a context; an interruption cancels this."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        answer = ANSWERS[self._turn % len(ANSWERS)]
        self._turn += 1
        wait_s = FIRST_TOKEN_MS / 1000
        await self.push_frame(LLMFullResponseStartFrame())
        try:
            for word in WORDS.findall(answer):
                await asyncio.sleep(wait_s)
                await self.push_frame(LLMTextFrame(word))
                wait_s = 1 / TOKENS_PER_S
        finally:
            await self.push_frame(LLMFullResponseEndFrame())


class StubVoice(TTSService):
    """Hums the text, as callagent's scripted voice does."""

    def __init__(self) -> None:
        settings = TTSSettings(model="stub", voice="stub", language=None)
        super().__init__(push_start_frame=True, push_stop_frames=True, settings=settings)

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """The tone, in pieces."""
        pcm = _tone(len(text) / CHARACTERS_PER_S)
        step = 2 * round(PIECE_S * SAMPLE_RATE)
        wait_s = FIRST_AUDIO_MS / 1000
        for start in range(0, len(pcm), step):
            await asyncio.sleep(wait_s)
            yield TTSAudioRawFrame(pcm[start : start + step], SAMPLE_RATE, 1, context_id=context_id)
            wait_s = PIECE_S / AUDIO_SPEED


async def talk(websocket: WebSocket, variant: str) -> None:
    """One call."""
    _, call = await parse_telephony_websocket(websocket)
    # Callers hang up themselves here, and there is no Twilio that could be told to.
    without_api = TwilioFrameSerializer.InputParams(auto_hang_up=False)
    serializer = TwilioFrameSerializer(stream_sid=call["stream_id"], call_sid=call["call_id"], params=without_api)
    transport = FastAPIWebsocketTransport(
        websocket=websocket,
        params=FastAPIWebsocketParams(audio_in_enabled=True, audio_out_enabled=True, serializer=serializer),
    )
    timeout = UserTurnStrategies(stop=[SpeechTimeoutUserTurnStopStrategy()])
    user, assistant = LLMContextAggregatorPair(
        LLMContext(),
        user_params=LLMUserAggregatorParams(
            vad_analyzer=SileroVADAnalyzer(), user_turn_strategies=timeout if variant == "timeout" else None
        ),
    )
    stages = [transport.input(), StubTranscriber(), user, StubModel(), StubVoice(), transport.output(), assistant]
    params = PipelineParams(audio_in_sample_rate=SAMPLE_RATE, audio_out_sample_rate=SAMPLE_RATE)
    worker = PipelineWorker(Pipeline(stages), params=params)

    async def greet(_transport: object, _client: object) -> None:
        await worker.queue_frames([TTSSpeakFrame(GREETING)])

    async def end(_transport: object, _client: object) -> None:
        await worker.cancel()

    transport.add_event_handler("on_client_connected", greet)
    transport.add_event_handler("on_client_disconnected", end)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


def application(variant: str) -> FastAPI:
    """The server: a webhook, the media stream, and whether it is there."""
    app = FastAPI()

    @app.get("/ready")
    async def ready() -> dict[str, bool]:
        return {"ready": True}

    @app.post("/voice")
    async def voice(request: Request) -> Response:
        stream = f'<Stream url="ws://{request.url.netloc}/ws"/>'
        return Response(f"<Response><Connect>{stream}</Connect></Response>", media_type="application/xml")

    @app.websocket("/ws")
    async def media(websocket: WebSocket) -> None:
        await websocket.accept()
        await talk(websocket, variant)

    return app


class _Words:
    """Which words of a turn are known; callagent's scripted transcriber takes them to be spoken at the same pace."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.interim = ""
        self._spoken_s: float | None = None
        """Since the first sound; None before it."""
        self._quiet_s = 0.0
        self._counts = deque([0] * round((TRANSCRIPT_MS / 1000 - WORD_GAP_S) / CHUNK_S))
        """Words that are over, and not known yet."""

    def hear(self, pcm: bytes) -> bool:
        """Take 20 ms; whether there is another interim."""
        is_loud = int(np.abs(np.frombuffer(pcm, "<i2").astype(np.int32)).max(initial=0)) >= LOUD
        if self._spoken_s is None and not is_loud:
            return False
        self._spoken_s = (self._spoken_s or 0.0) + CHUNK_S
        self._quiet_s = 0.0 if is_loud else self._quiet_s + CHUNK_S
        words = self.line.split()
        is_over = self._quiet_s >= WORD_GAP_S
        self._counts.append(len(words) if is_over else min(len(words) - 1, int(self._spoken_s * WORDS_PER_S)))
        before, self.interim = self.interim, " ".join(words[: self._counts.popleft()]) or self.interim
        return self.interim != before


def _tone(seconds: float) -> bytes:
    time_s = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    loudness = 0.8 + 0.2 * np.sin(2 * np.pi * 4 * time_s)
    wave = np.sin(2 * np.pi * 180 * time_s) + 0.5 * np.sin(2 * np.pi * 540 * time_s)
    return np.rint(5060 * loudness * wave).astype("<i2").tobytes()


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description="A stock pipecat bot behind a Twilio number.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--variant", choices=VARIANTS, default="smart", help="what ends a caller's turn")
    options = parser.parse_args()
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    uvicorn.run(application(options.variant), host="127.0.0.1", port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
