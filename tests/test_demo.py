"""`callagent demo` for real, and a call by a recorded human voice: judged by what was heard."""

import asyncio
import json
import wave
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from support.environment import command, environment
from support.human_voice import HUMAN, needs_human
from support.phone_call import ROOT, Setting, have_call

from callagent.events import AgentSaid, AgentStarted, AnswerTaken, Event, TranscriptReceived
from callagent.media.audio import CHUNK_BYTES, SAMPLE_RATE, SILENCE
from callagent.media.wav import read_wav
from callagent.recording.folder import CallFolder
from callagent.stt.pocketsphinx import PocketsphinxTranscriber
from callagent.stt.transcriber import Hints
from callagent.telephony.loopback import LoopbackLine

SENTENCES = {
    "product": "which product would you like the price of",
    "order number": "please say or key in your order number",
    "goodbye": "thank you for calling sharma electricals have a good day goodbye",
    "no_such_order": "i cannot find an order with the number one two three",
    "no_prices": "i am sorry i cannot see the price list at the moment",
}
"""What the agent said at two places of the demo, and what it might have said there."""


def agents_channel(wav: Path, began_s: float, ended_s: float) -> bytes:
    """What the caller heard between two moments of a recording."""
    with wave.open(str(wav)) as file:
        stereo = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    return stereo[int(began_s * SAMPLE_RATE) : int(ended_s * SAMPLE_RATE), 1].tobytes()


ANSWERS = {
    "en": ["price", "ceiling fan", "order status", "45127", "opening hours", "goodbye"],
    "hi": ["price", "ceiling fan", "order status", "45127", "opening hours", "goodbye"],
    "hinglish": ["price", "tube light", "order status", "45127", "opening hours", "goodbye"],
}
PATIENT_S = 240.0
"""A call takes a minute, and the first start a while; neither is what is tested here."""


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "language", ["en", *(pytest.param(other, marks=pytest.mark.unmeasured) for other in ("hi", "hinglish"))]
)
async def test_the_demo_is_a_whole_call(tmp_path: Path, language: str) -> None:
    """It reaches its end, every word was understood, and what the caller heard is what was to be said."""
    given = environment(tmp_path, CALLAGENT_STT="pocketsphinx", CALLAGENT_TTS="espeak", CALLAGENT_OPTIONS="{}")
    pipe = asyncio.subprocess.PIPE
    async with command(
        "demo", "--json", "--language", language, cwd=ROOT, env=given, stdout=pipe, stderr=pipe
    ) as process:
        async with asyncio.timeout(PATIENT_S):
            output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode() + output.decode()
    result = json.loads(output)
    folder = Path(result["folder"])
    events = CallFolder(folder).events()

    assert result["reached_end"]
    assert result["summary"]["disposition"] == "goodbye"
    assert [one["by"] for one in result["summary"]["barge_ins"]] == ["voice"]
    assert [event.value for event in events if isinstance(event, AnswerTaken)] == ANSWERS[language]
    if language == "en":
        assert await heard_by_caller(folder, events, tmp_path) == ["product", "order number"]


async def heard_by_caller(folder: Path, events: Sequence[Event], cache: Path) -> list[str]:
    """The lines that a recogniser makes of the agent's channel, at the places that `SENTENCES` tells apart."""
    transcriber = PocketsphinxTranscriber(PocketsphinxTranscriber.Options(accept=0.0, cache_dir=cache, workers=1))
    names = {text: line for line, text in SENTENCES.items()}
    found = []
    for number, event in enumerate(events):
        if not isinstance(event, AgentSaid) or event.line not in {"product", "order number"}:
            continue
        started = next(e for e in reversed(events[:number]) if isinstance(e, AgentStarted))
        pcm = agents_channel(folder / "call.wav", started.at_s, event.at_s + 0.2)

        found += [
            names.get(transcript.text, transcript.text)
            async for transcript in transcriber.transcribe(in_chunks(pcm), Hints("en", tuple(names)))
        ]
    await transcriber.aclose()
    return found


async def in_chunks(pcm: bytes) -> AsyncIterator[bytes]:
    """20 ms at a time."""
    for at in range(0, len(pcm), CHUNK_BYTES):
        yield pcm[at : at + CHUNK_BYTES]


@needs_human
def test_a_human_voice_is_understood(tmp_path: Path) -> None:
    """Spoken digits of an order number reach the order: the recorded voice of a person, over a real call."""
    # A number of the test's own, so that no change of the shop's orders changes what is spoken.
    number = "30186"
    flow = tmp_path / "flow"
    copytree(ROOT / "flows" / "electrical", flow)
    with (flow / "orders.csv").open("a", encoding="utf-8") as orders:
        orders.write(f"{number},98000 00001,ready to be collected,,1 ceiling fan,1849.00\n")

    async def caller(line: LoopbackLine) -> None:
        await silent(line, 200)
        line.press("2")
        await silent(line, 260)
        for digit in number:
            pcm = read_wav(HUMAN / f"digits/{digit}.wav")
            pcm += bytes(-len(pcm) % CHUNK_BYTES)
            for at in range(0, len(pcm), CHUNK_BYTES):
                await line.exchange(pcm[at : at + CHUNK_BYTES])
            await silent(line, 12)
        await silent(line, 400)
        await line.hang_up()

    async def call() -> list[str]:
        transcriber = PocketsphinxTranscriber(PocketsphinxTranscriber.Options(cache_dir=tmp_path, workers=1))
        await transcriber.warm_up()
        over = await have_call(Setting(tmp_path, flow=flow), transcriber, caller)
        await transcriber.aclose()
        heard = [event.text for event in over.of(TranscriptReceived)]
        return [f"heard {heard}", *(f"{event.slot}: {event.value}" for event in over.of(AnswerTaken))]

    assert asyncio.run(call())[1:] == ["main_menu: order status", f"order number: {number}"]


async def silent(line: LoopbackLine, count: int) -> None:
    """Say nothing for so many chunks of 20 ms."""
    for _ in range(count):
        await line.exchange(SILENCE)
