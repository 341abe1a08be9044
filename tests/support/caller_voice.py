"""A caller's voice for tests that speak chunk by chunk."""

from callagent.media.audio import CHUNK_BYTES
from callagent.tts.espeak import EspeakSynthesizer
from callagent.tts.synthesizer import Speech


async def chunks(text: str) -> list[bytes]:
    """A text as 20 ms pieces of a caller's voice."""
    voice = EspeakSynthesizer(EspeakSynthesizer.Options())
    pcm = b"".join([chunk.pcm async for chunk in voice.synthesize(Speech(text, voice="en-us+f3"))])
    await voice.aclose()
    pcm += bytes(-len(pcm) % CHUNK_BYTES)
    return [pcm[at : at + CHUNK_BYTES] for at in range(0, len(pcm), CHUNK_BYTES)]
