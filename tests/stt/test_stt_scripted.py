"""The transcriber that answers from a script."""

import asyncio

from stt.speech import in_chunks

from callagent.media.audio import CHUNK_BYTES
from callagent.stt.scripted import ScriptedTranscriber
from callagent.stt.transcriber import Hints

AUDIO = bytes(CHUNK_BYTES * 3)


async def hear(transcriber: ScriptedTranscriber, pcm: bytes = AUDIO) -> str:
    """The text of one turn."""
    (transcript,) = [each async for each in transcriber.transcribe(in_chunks(pcm), Hints())]
    return transcript.text


def made(*lines: str, delay_ms: int = 0) -> ScriptedTranscriber:
    """With a script."""
    return ScriptedTranscriber(ScriptedTranscriber.Options(lines=lines, delay_ms=delay_ms))


async def test_lines_come_round_again() -> None:
    """Turns hear the lines in order, and the first after the last."""
    transcriber = made("price", "fan")

    assert [await hear(transcriber) for _ in range(3)] == ["price", "fan", "price"]


async def test_what_is_said_on_the_fly_goes_first() -> None:
    """`say` goes before the script, and the script goes on where it was."""
    transcriber = made("price", "fan")
    transcriber.say("yes")
    transcriber.say("no")

    assert [await hear(transcriber) for _ in range(4)] == ["yes", "no", "price", "fan"]


async def test_a_turn_without_audio_uses_no_line() -> None:
    """Nothing said is nothing heard, and costs no line of the script."""
    transcriber = made("price")

    assert await hear(transcriber, b"") == ""
    assert await hear(transcriber) == "price"


async def test_no_script() -> None:
    """Without lines nothing is ever heard."""
    assert await hear(made()) == ""


async def test_it_takes_its_time() -> None:
    """The transcript comes as long after the audio as the options say."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await hear(made("price", delay_ms=30))

    assert loop.time() - began >= 0.03
