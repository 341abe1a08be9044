"""One timer for all calls' sound."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs
from support.sound_line import HandClock

from callagent.simulator.virtual_time import VirtualTimeLoop, run
from callagent.telephony.sip.sound.media_clock import MOST_BEHIND, MediaClock


@dataclass(eq=False)
class Line:
    """Notes its beats."""

    does: Callable[[], None] = lambda: None
    at_s: list[float] = field(default_factory=list)
    now_s: list[float] = field(default_factory=list)
    failures: int = 0

    def tick(self, at_s: float, now_s: float) -> None:
        """One."""
        self.at_s.append(at_s)
        self.now_s.append(now_s)
        self.does()

    def failed(self) -> None:
        """It was the last."""
        self.failures += 1
        self.does()


def fails() -> None:
    """As nothing should."""
    raise LookupError("a number")


def is_busy_for(seconds: float) -> None:
    """The loop does something else."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    loop._virtual_s += seconds


def test_all_lines_beat_together_every_20_ms() -> None:
    """On absolute deadlines, however long a beat takes."""
    one, other = Line(lambda: is_busy_for(0.003)), Line(lambda: is_busy_for(0.009))

    async def call() -> None:
        clock = MediaClock()
        clock.add(one)
        clock.add(other)
        await asyncio.sleep(10.009)
        clock.remove(one)
        clock.remove(other)

    run(call())

    assert one.at_s == other.at_s == one.now_s == pytest.approx([0.02 * (1 + number) for number in range(500)])


def test_without_lines_there_is_no_timer() -> None:
    """And the next one begins it anew."""
    line = Line()

    async def call() -> None:
        loop = asyncio.get_running_loop()
        clock = MediaClock()
        for _ in range(2):
            clock.add(line)
            await asyncio.sleep(0.05)
            clock.remove(line)
            assert clock.lines == 0
            await asyncio.sleep(10)
        assert clock.now_s() == loop.time()
        assert not loop._scheduled  # type: ignore[attr-defined]

    run(call())

    assert line.at_s == pytest.approx([0.02, 0.04, 10.07, 10.09])


def test_a_late_loop_is_caught_up_with_beat_by_beat() -> None:
    """All are told their own time, and the newest; the beats after it are where they would have been."""
    line = Line()

    async def call() -> None:
        clock = MediaClock()
        clock.add(line)
        await asyncio.sleep(0.05)
        is_busy_for(0.1)
        await asyncio.sleep(0.025)
        clock.remove(line)

    run(call())

    assert line.at_s == pytest.approx([0.02 * (1 + number) for number in range(8)])
    assert line.now_s == pytest.approx([0.02, 0.04, *[0.14] * 5, 0.16])


def test_of_a_long_standstill_only_the_last_second_is_caught_up_with() -> None:
    """As when the machine slept."""
    line = Line()

    async def call() -> None:
        clock = MediaClock()
        clock.add(line)
        await asyncio.sleep(0.03)
        is_busy_for(3600)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        clock.remove(line)

    run(call())

    assert len(line.at_s) == 1 + 1 + MOST_BEHIND
    assert line.at_s[-1] == pytest.approx(3600.02)


def test_a_line_that_fails_ends_alone() -> None:
    """It is told so once, the log too, without the message; the others go on."""
    clock = HandClock()
    broken, whole = Line(fails), Line()
    clock.add(broken)
    clock.add(whole)
    with capture_logs() as logs:
        clock.pass_time(0.1)

    assert (len(broken.at_s), broken.failures) == (1, 1)
    assert len(whole.at_s) == 5
    assert [(entry["event"], entry["error"]) for entry in logs] == [("sound failed", "LookupError")] * 2
    assert "a number" not in str(logs)
    assert clock.lines == 1


def test_a_line_that_is_removed_in_a_beat_is_not_ticked_in_it() -> None:
    """Nor is one that was added."""
    clock = HandClock()
    other, new = Line(), Line()

    def does() -> None:
        clock.remove(other)
        clock.add(new)

    clock.add(Line(does))
    clock.add(other)
    clock.pass_time(0.02)

    assert (other.at_s, new.at_s) == ([], [])
    clock.remove(other)
    clock.pass_time(0.02)
    assert len(new.at_s) == 1
