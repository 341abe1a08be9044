"""Virtual time."""

import asyncio
import threading

import pytest

from callagent.clock import IST, ManualClock
from callagent.simulator.virtual_time import VirtualClock, VirtualTimeLoop, run


def test_a_long_sleep_takes_no_real_time() -> None:
    """An hour of it is over before the time limit of a test is."""

    async def sleeper() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    assert run(sleeper()) == pytest.approx(3600)


def test_timers_fire_in_order_at_their_own_time() -> None:
    """The clock reads exactly what each timer asked for."""

    async def both() -> list[tuple[str, float]]:
        seen: list[tuple[str, float]] = []

        async def one(name: str, delay_s: float) -> None:
            await asyncio.sleep(delay_s)
            seen.append((name, round(asyncio.get_running_loop().time(), 6)))

        await asyncio.gather(one("late", 5), one("early", 0.02))
        return seen

    assert run(both()) == [("early", 0.02), ("late", 5.0)]


def test_a_thread_at_work_holds_the_clock() -> None:
    """A timer does not fire while a thread is busy, and the thread's time does not count."""
    done = threading.Event()

    async def work() -> tuple[bool, float]:
        loop = asyncio.get_running_loop()
        ticking = asyncio.create_task(asyncio.sleep(1))
        await asyncio.to_thread(done.wait, 0.05)
        return ticking.done(), loop.time()

    assert run(work()) == (False, 0.0)


def test_a_timeout_still_counts_in_virtual_time() -> None:
    """A wait that nothing ends is cut short by its own limit."""

    async def waits() -> float:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 30)
        return asyncio.get_running_loop().time()

    assert run(waits()) == pytest.approx(30)


def test_a_call_that_hangs_is_named() -> None:
    """Waiting for what cannot happen is an error, not a hang."""

    async def forever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="nothing is left that could happen"):
        run(forever(), patience_s=0.05)


def test_a_thread_that_does_not_come_back_is_named() -> None:
    """The error says that a thread is at fault."""
    done = threading.Event()

    async def stuck() -> None:
        asyncio.get_running_loop().call_later(1, lambda: None)
        await asyncio.to_thread(done.wait, 0.5)

    with pytest.raises(RuntimeError, match="work in a thread"):
        run(stuck(), patience_s=0.05)


def test_the_clock_of_the_loop_has_a_fixed_date() -> None:
    """Wall time begins at the date given and moves with the loop."""
    began = ManualClock().wall()

    async def later() -> tuple[float, str]:
        clock = VirtualClock(asyncio.get_running_loop(), began)
        await asyncio.sleep(90)
        return round(clock.now_s(), 6), clock.wall().astimezone(IST).isoformat(timespec="seconds")

    assert run(later()) == (90.0, "2026-11-20T11:01:30+05:30")


def test_the_default_date_is_that_of_the_manual_clock() -> None:
    """Without a date, tests and replay agree on one."""
    loop = VirtualTimeLoop()

    assert VirtualClock(loop).wall() == ManualClock().wall()
    loop.close()


def test_time_can_begin_anew_between_two_calls() -> None:
    """Not while somebody waits for a moment, which would then never come as it should."""

    async def twice() -> list[float]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        seen = []
        await asyncio.sleep(90)
        timer = loop.call_later(10, lambda: None)
        loop.rewind()
        seen.append(loop.time())
        timer.cancel()
        loop.rewind()
        seen.append(loop.time())
        await asyncio.sleep(30)
        seen.append(loop.time())
        return seen

    assert run(twice()) == [90.0, 0.0, 30.0]
