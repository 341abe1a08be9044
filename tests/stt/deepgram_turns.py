"""Turns for a transcriber that speaks to a Deepgram on loopback."""

from typing import Any

from stt.speech import in_chunks
from support.deepgram_server import KEY, DeepgramServer

from callagent.stt.deepgram import DeepgramTranscriber
from callagent.stt.transcriber import Hints, Transcript

SPEECH = bytes(range(256)) * 50
"""0.8 s of something that is not silence."""
ENGLISH = Hints(language="en")


def made(server: DeepgramServer | str, **options: Any) -> DeepgramTranscriber:
    """A transcriber for a server, without spare connections unless they are asked for."""
    url = server if isinstance(server, str) else server.url
    given: dict[str, Any] = {"api_key": KEY, "url": url, "spares": 0} | options
    return DeepgramTranscriber(DeepgramTranscriber.Options(**given))


async def turn(transcriber: DeepgramTranscriber, pcm: bytes = SPEECH, hints: Hints = ENGLISH) -> list[Transcript]:
    """All transcripts of one turn."""
    return [each async for each in transcriber.transcribe(in_chunks(pcm), hints)]


async def text(transcriber: DeepgramTranscriber, pcm: bytes = SPEECH, hints: Hints = ENGLISH) -> str:
    """The final text of one turn."""
    return (await turn(transcriber, pcm, hints))[-1].text
