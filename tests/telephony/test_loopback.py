"""The in-process leg."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from callagent.media.audio import CHUNK_BYTES, SILENCE, Chunk
from callagent.simulator.line import Line
from callagent.simulator.virtual_time import run
from callagent.telephony.leg import (
    AudioReceived,
    DigitReceived,
    Leg,
    LegEnd,
    LegEnded,
    LegInfo,
    LegSignal,
    MarkPlayed,
)
from callagent.telephony.loopback import loopback

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


def test_what_is_spoken_arrives_with_its_position() -> None:
    """Every 20 ms of the caller is one chunk."""

    async def call() -> list[LegSignal]:
        leg, line = loopback()
        await line.exchange(SOUND)
        await line.exchange(SILENCE)
        await line.hang_up()
        return await rest_of(leg.signals())

    assert run(call()) == [
        AudioReceived(Chunk(SOUND, 0)),
        AudioReceived(Chunk(SILENCE, 160)),
        LegEnded(LegEnd.CALLER_HUNG_UP),
    ]


def test_what_is_played_is_heard_and_its_mark_comes_back_after_it() -> None:
    """One chunk, then silence; the mark comes when the chunk is over."""

    async def call() -> tuple[list[bytes | None], list[LegSignal]]:
        leg, line = loopback()
        leg.play(SOUND)
        leg.mark("end")
        heard = [await line.exchange(SILENCE) for _ in range(2)]
        await leg.hang_up()
        return heard, await rest_of(leg.signals())

    heard, signals = run(call())

    assert heard == [SOUND, SILENCE]
    assert signals[1:3] == [MarkPlayed("end"), AudioReceived(Chunk(SILENCE, 160))]


def test_clear_gives_the_marks_back_at_once() -> None:
    """What was not heard is gone."""

    async def call() -> tuple[bytes | None, list[LegSignal]]:
        leg, line = loopback()
        leg.play(SOUND)
        leg.mark("one")
        leg.clear()
        heard = await line.exchange(SILENCE)
        line.lose()
        return heard, await rest_of(leg.signals())

    heard, signals = run(call())

    assert heard == SILENCE
    assert signals[0] == MarkPlayed("one")
    assert signals[-1] == LegEnded(LegEnd.LINE_LOST)


def test_keys_arrive_and_nonsense_does_not() -> None:
    """A telephone has sixteen keys."""

    async def call() -> LegSignal:
        leg, line = loopback()
        line.press("#")
        with pytest.raises(ValueError, match="no key"):
            line.press("12")
        return await anext(leg.signals())

    assert run(call()) == DigitReceived("#")


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


def test_after_the_end_everything_is_swallowed() -> None:
    """Only the first end counts and the far end hears None."""

    async def call() -> tuple[bytes | None, list[LegSignal]]:
        leg, line = loopback()
        await leg.hang_up()
        await line.hang_up()
        leg.play(SOUND)
        leg.mark("late")
        leg.clear()
        line.press("1")
        return await line.exchange(SILENCE), await rest_of(leg.signals())

    assert run(call()) == (None, [LegEnded(LegEnd.AGENT_HUNG_UP)])


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
