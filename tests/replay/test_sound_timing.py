"""What a line and a busy process did to a call's moments is had again with it."""

import asyncio
from pathlib import Path

import pytest
from support.differing import differing
from support.phone_call import Setting
from support.recorded_call import jittery_call, replay

from callagent.call.journal import Journal
from callagent.call.line_timing import MOST, LineTiming
from callagent.clock import ManualClock
from callagent.events import AgentSaid, CallerStarted, Event, TranscriptReceived
from callagent.evidence import LineTimed
from callagent.media.audio import CHUNK_SAMPLES, SILENCE, Chunk
from callagent.simulator.virtual_time import VirtualTimeLoop, run
from callagent.stt.scripted import ScriptedTranscriber

TOLERANCE_S = 0.03
"""A beat and a half: what an event's place on the other beat may cost."""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_jittery_line_is_jittery_again(tmp_path: Path, seed: int) -> None:
    """All events in pairs, none further off than a beat or so, and nothing missing."""
    heard = ScriptedTranscriber(ScriptedTranscriber.Options(lines=("price",), interims=True))
    setting = Setting(tmp_path / "cache", transcriber=heard, look_up_takes_s=0.03)
    folder = jittery_call(setting, ["price"], tmp_path / "call", pauses=(420, 250), seed=seed)
    before = folder.events()
    again = replay(folder, Setting(tmp_path / "other cache"))
    assert any(isinstance(event, TranscriptReceived) and event.text == "price" for event in again.events)
    assert _of(before, CallerStarted) == _of(again.events, CallerStarted)
    assert len(_of(before, AgentSaid)) == len(_of(again.events, AgentSaid)) > 2
    assert differing(before, again.events, TOLERANCE_S) == ()
    assert again.missing == ()


def _of(events: tuple[Event, ...], kind: type[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


def test_moments_are_told_in_tenths_of_a_millisecond() -> None:
    """Of sound after its own place, with the gaps; of ticks from each to the next; 5 s in an event."""
    clock, told = ManualClock(), list[Event]()
    timing = LineTiming(Journal(clock, record=told.append))
    clock.advance(0.0184)
    timing.begin(clock.now_s())
    clock.advance(0.0216)
    timing.heard(Chunk(SILENCE, 0), clock.now_s())
    timing.heard(Chunk(SILENCE, 3 * CHUNK_SAMPLES), clock.now_s())
    for _ in range(MOST):
        timing.ticked(clock.now_s())
        clock.advance(0.02)
    (event,) = told
    assert isinstance(event, LineTimed)
    assert (event.zero, event.position, event.first_beat) == (184, 0, 400)
    assert event.came == (216, 216 - 600)
    assert event.gaps == (1, 2 * CHUNK_SAMPLES)
    assert event.beats == (200,) * (MOST - 1)
    timing.close()
    assert len(told) == 1


def test_timers_for_one_moment_go_off_in_the_order_in_which_they_were_set() -> None:
    """However their sums were rounded; so the same call comes out the same again."""

    async def order() -> list[int]:
        loop, done = asyncio.get_running_loop(), list[int]()
        for number in range(20):
            loop.call_at(0.1 + (number % 3 - 1) * 1e-15, done.append, number)
        await asyncio.sleep(0.2)
        return done

    assert run(order()) == list(range(20))


def test_work_can_be_said_to_have_taken_time() -> None:
    """What is due meanwhile is late, as where the work keeps the loop busy."""

    async def late() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        due = loop.create_future()
        loop.call_later(0.1, lambda: due.set_result(loop.time()))
        loop.spend(0.25)
        return float(await due)

    assert run(late()) == pytest.approx(0.25)


def test_who_looks_whether_it_is_time_does_not_look_for_ever() -> None:
    """A wait that is shorter than moments are apart takes its time all the same."""

    async def wait() -> int:
        loop, looks = asyncio.get_running_loop(), 0
        due_s = 1.0 + 3e-8
        await asyncio.sleep(1.0)
        while loop.time() < due_s:
            looks += 1
            await asyncio.sleep(due_s - loop.time())
        return looks

    assert run(wait()) <= 2
