"""Whole calls over real client libraries in one process: how many of their requests found a connection open.

``PYTHONPATH=tests python -m support.reuse`` measures and says it.
"""

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from support import deepgram_server
from support.fault_call import SPOKEN, CallerVoice, EmbeddedEar, Room, stored_prompts, usual_model, usual_voice
from support.fault_vendors import VENDORS, Patience, edge_redirected, load_all, open_edge, open_elevenlabs, opened
from support.gate import Names

from callagent.call.heartbeat import Heartbeat
from callagent.call.summary import summarize
from callagent.clock import SystemClock
from callagent.llm.chain import ModelChain
from callagent.logs import configure_logs
from callagent.resilience.deadlines import Deadlines
from callagent.resilience.lineup import Lineup
from callagent.stt.chain import TranscriberChain
from callagent.stt.deepgram import DeepgramTranscriber
from callagent.stt.transcriber import Hints
from callagent.tts.cache import CachedSynthesizer
from callagent.tts.chain import SynthesizerChain
from callagent.tts.synthesizer import Speech

CALLS: Final = 48
"""Half of them with each voice."""
STAGGERED_S: Final = 0.8
"""Between two that begin."""
PATIENT: Final = Deadlines(first_s=30.0, stall_s=30.0)
"""It is counted how requests connect, not how soon a busy machine answers them."""
PATIENCE: Final = Patience(connect_s=15.0, stall_s=30.0)
"""Likewise, of the voices themselves."""
AHEAD: Final = "Thank you for calling."
"""A server makes its prompts before the first call."""


@dataclass
class Requests:
    """One provider's, over all calls, as the calls' summaries have them."""

    made: int = 0
    waited: int = 0
    """Those that had to wait for a connection."""
    errors: int = 0

    @property
    def reuse(self) -> float:
        """Share of those that did not have to wait, 0 to 1."""
        return 1 - self.waited / self.made


async def measure() -> dict[str, Requests]:
    """By provider."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(edge_redirected())
        await load_all()
        heartbeat = Heartbeat(SystemClock())
        heartbeat.start()
        stack.push_async_callback(heartbeat.stop)
        room = Room(heartbeat, await CallerVoice.make(), folder, await stored_prompts())
        transcriber = TranscriberChain(
            _lineup(stack, "deepgram", await _deepgram(stack), EmbeddedEar(room.voice)), PATIENT
        )
        openai = next(vendor for vendor in VENDORS if vendor.name == "openai")
        answers = (await stack.enter_async_context(opened(openai, "", Names()))).provider
        model = ModelChain(_lineup(stack, "openai", answers, usual_model()), PATIENT)
        made = {
            "elevenlabs": await open_elevenlabs("", Names(), stack, PATIENCE),
            "edge": await open_edge("", Names(), stack, PATIENCE),
        }
        voices = [
            SynthesizerChain(_lineup(stack, name, one.provider, usual_voice()), PATIENT) for name, one in made.items()
        ]
        await asyncio.gather(transcriber.warm_up(), model.warm_up(), *(voice.warm_up() for voice in voices))
        await transcriber.prepare([Hints("en"), Hints("hi")])
        for voice in voices:
            await _exhaust(voice, Speech(AHEAD))

        async def call(number: int) -> Any:
            await asyncio.sleep(number * STAGGERED_S)
            voice = CachedSynthesizer(voices[number % 2], folder / str(number))
            return summarize((await room.call("llm", transcriber, model, voice)).events)

        return _added_up(await asyncio.gather(*map(call, range(CALLS))))


def _added_up(summaries: Sequence[Any]) -> dict[str, Requests]:
    total: defaultdict[str, Requests] = defaultdict(Requests)
    for summary in summaries:
        for record in summary.providers:
            requests = total[record.provider]
            requests.made += record.requests
            requests.waited += record.connections_opened
            requests.errors += record.errors
    return dict(total)


def _lineup(stack: AsyncExitStack, name: str, provider: Any, backup: Any) -> Lineup[Any]:
    lineup: Lineup[Any] = Lineup([(name, provider), ("embedded", backup)], SystemClock())
    stack.push_async_callback(lineup.aclose)
    return lineup


async def _deepgram(stack: AsyncExitStack) -> DeepgramTranscriber:
    """With the spare connections that it has unless told otherwise."""
    server = await stack.enter_async_context(deepgram_server.deepgram_server(*[SPOKEN] * CALLS))
    return DeepgramTranscriber(DeepgramTranscriber.Options(api_key=deepgram_server.KEY, url=server.url))


async def _exhaust(voice: SynthesizerChain, speech: Speech) -> None:
    async with aclosing(voice.synthesize(speech)) as chunks:
        async for _ in chunks:
            pass


if __name__ == "__main__":
    configure_logs("ERROR")
    for provider, requests in asyncio.run(measure()).items():
        said = f"{requests.made} requests, {requests.waited} waited: {requests.reuse:.1%} reuse"
        print(f"{provider}: {said}, {requests.errors} errors")  # noqa: T201
