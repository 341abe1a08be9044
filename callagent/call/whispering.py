"""The sound of a whisper, for carriers that do not speak: made by the shop's own voice when it is first asked for."""

import asyncio
from contextlib import aclosing
from typing import Final

import structlog

from callagent.call.faults import fault
from callagent.call.services import Services
from callagent.media.audio import BYTES_PER_SAMPLE, samples
from callagent.tts.synthesizer import Speech

LONGEST_S: Final = 15.0
"""The caller waits meanwhile: what is longer is cut."""
MAKING_S: Final = 4.0
"""A voice that takes longer is not waited for."""

log = structlog.get_logger("callagent.call")


class Whispering:
    """One per transfer; several people may hear it, and it outlives the leg."""

    def __init__(self, services: Services, text: str, language: str) -> None:
        self._voice = services.synthesizer
        self._speech = Speech(text, language, services.voice_for(language, "business"))
        self._making: asyncio.Task[bytes] | None = None

    async def sound(self) -> bytes:
        """PCM of `LONGEST_S` at most; empty when there is none within `MAKING_S`. Never raises."""
        if not self._speech.text:
            return b""
        if self._making is None:
            self._making = asyncio.create_task(self._make(), name="whisper made")
        return await asyncio.shield(self._making)  # who hangs up takes it from nobody else

    async def _make(self) -> bytes:
        most = samples(LONGEST_S) * BYTES_PER_SAMPLE
        made = bytearray()
        try:
            async with asyncio.timeout(MAKING_S), aclosing(self._voice.synthesize(self._speech)) as chunks:
                async for chunk in chunks:
                    made += chunk.pcm
                    if len(made) >= most:
                        break
        except Exception as error:  # noqa: BLE001  # the person is rung all the same
            log.warning("no whisper", **fault(error))
            return b""
        return bytes(made[:most])
