"""What a person hears who has picked up, before the caller joins: played over a leg of their own, which then ends."""

import asyncio
from contextlib import suppress
from typing import Final

from callagent.media.audio import CHUNK_BYTES, CHUNK_MS
from callagent.telephony.leg import Leg, LegEnded, MarkPlayed, Whisper

AHEAD_S: Final = 0.1
"""So much of it is on the line before it is heard."""
PATIENCE_S: Final = 30.0
"""A whisper that is not over by then is given up: the caller waits."""
_END: Final = "whispered"


async def whisper_to(leg: Leg, whisper: Whisper) -> bool:
    """Play it, and hang up; False when the person has hung up before."""
    stays = True
    playing = asyncio.create_task(_play(leg, whisper), name="whisper")
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                async for signal in leg.signals():
                    if signal == MarkPlayed(_END):
                        break
                    stays = not isinstance(signal, LegEnded)
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        await leg.hang_up()
    return stays


async def _play(leg: Leg, whisper: Whisper) -> None:
    sound = await whisper.sound()
    loop = asyncio.get_running_loop()
    due_s = loop.time() - AHEAD_S
    for at in range(0, len(sound), CHUNK_BYTES):
        await asyncio.sleep(max(0.0, due_s - loop.time()))
        leg.play(sound[at : at + CHUNK_BYTES].ljust(CHUNK_BYTES, b"\0"))
        due_s += CHUNK_MS / 1000
    leg.mark(_END)
