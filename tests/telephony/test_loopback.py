"""The in-process leg."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from callagent.media.audio import CHUNK_BYTES, SILENCE
from callagent.simulator.line import Line
from callagent.simulator.virtual_time import run
from callagent.telephony.leg import (
    AudioReceived,
    Leg,
    LegInfo,
    LegSignal,
)
from callagent.telephony.loopback import MOST_UNREAD, loopback

SOUND = b"\x01\x02" * (CHUNK_BYTES // 2)


async def rest_of(signals: AsyncIterator[LegSignal]) -> list[LegSignal]:
    """All that a leg still says."""
    return [signal async for signal in signals]


def test_both_ends_fit_their_contracts() -> None:
    """The type checker holds the shapes to the protocols."""
    near, far = loopback(LegInfo("id", "loopback", "+911", "+912"))
    leg: Leg = near
    line: Line = far

    assert leg.info.call_id == "id"
    assert leg.counters.lost_chunks == 0
    assert line.gaps == 0


def test_a_telephone_has_sixteen_keys() -> None:
    """There is no other."""

    async def call() -> None:
        _, line = loopback()
        with pytest.raises(ValueError, match="no key"):
            line.press("12")

    run(call())


def test_what_nobody_reads_in_time_is_counted_as_lost() -> None:
    """Five seconds wait; what is heard after a gap has its right place in time."""

    async def call() -> tuple[int, list[int]]:
        leg, line = loopback()
        for _ in range(MOST_UNREAD + 7):
            await line.exchange(SILENCE)
        signals = leg.signals()
        told = [await anext(signals) for _ in range(MOST_UNREAD)]
        await line.exchange(SILENCE)
        told.append(await anext(signals))
        return leg.counters.lost_chunks, [one.chunk.position for one in told if isinstance(one, AudioReceived)]

    lost, positions = run(call())

    assert lost == 7
    assert positions[-2:] == [160 * (MOST_UNREAD - 1), 160 * (MOST_UNREAD + 7)]


def test_ticks_are_twenty_milliseconds_apart_even_for_a_late_user() -> None:
    """A user who dawdles is not given more time afterwards."""

    async def call() -> list[float]:
        loop = asyncio.get_running_loop()
        _, line = loopback()
        times = []
        for dawdle_s in (0.0, 0.0, 0.035, 0.0, 0.0):
            await line.exchange(SILENCE)
            times.append(round(loop.time(), 3))
            await asyncio.sleep(dawdle_s)
        return times

    assert run(call()) == [0.0, 0.02, 0.04, 0.075, 0.08]


def test_a_gap_is_counted_at_the_far_end() -> None:
    """The agent's voice broke off for 40 ms."""

    async def call() -> int:
        leg, line = loopback()
        leg.play(SOUND)
        for _ in range(3):
            await line.exchange(SILENCE)
        leg.play(SOUND)
        return line.gaps

    assert run(call()) == 1


def test_a_chunk_of_the_wrong_size_is_refused() -> None:
    """The line carries 20 ms at a time."""

    async def call() -> None:
        _, line = loopback()
        await line.exchange(b"\0\0")

    with pytest.raises(ValueError, match="320 bytes"):
        run(call())
