"""What a person hears before the caller joins: over a leg of their own, in virtual time."""

import asyncio

import pytest
from support.phone_call import CALLER

from callagent.media.audio import SILENCE, duration_s
from callagent.simulator.virtual_time import run
from callagent.telephony.leg import Whisper
from callagent.telephony.loopback import loopback
from callagent.telephony.whispering import PATIENCE_S, whisper_to

TONE = b"\x00\x20" * 8010
"""A little more than a second, in no whole chunks."""


async def tone() -> bytes:
    """What is to be heard."""
    return TONE


@pytest.mark.parametrize(("listens_s", "stays"), [(5.0, True), (0.5, False)])
def test_a_person_hears_all_or_hangs_up(listens_s: float, stays: bool) -> None:
    """The sound comes whole and as it is, and then the leg ends."""

    async def call() -> tuple[bytes, bool]:
        leg, line = loopback(CALLER)
        whispering = asyncio.create_task(whisper_to(leg, Whisper("A caller.", sound=tone)))
        heard = bytearray()
        while duration_s(bytes(heard)) < listens_s and (sound := await line.exchange(SILENCE)) is not None:
            heard += sound
        await line.hang_up()
        return bytes(heard), await whispering

    heard, stayed = run(call())

    assert stayed is stays
    assert (TONE in heard) is stays


def test_a_line_that_never_tells_is_not_waited_for() -> None:
    """Nobody has hung up: the two are to talk."""

    async def call() -> tuple[bool, float]:
        leg, _ = loopback(CALLER)
        began_s = asyncio.get_running_loop().time()
        stays = await whisper_to(leg, Whisper("A caller.", sound=tone))
        return stays, asyncio.get_running_loop().time() - began_s

    assert run(call()) == (True, PATIENCE_S)
