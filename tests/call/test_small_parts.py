"""Journal, history, feed and heartbeat."""

import asyncio

from callagent.call.faults import fault
from callagent.call.feed import MOST, AudioFeed
from callagent.call.heartbeat import Heartbeat
from callagent.call.history import History
from callagent.call.journal import Journal
from callagent.call.lifetime import Lifetime
from callagent.clock import ManualClock
from callagent.events import DigitPressed, Event
from callagent.llm.model import Message
from callagent.media.audio import Chunk
from callagent.simulator.virtual_time import VirtualClock, run


def test_times_count_from_the_beginning_of_the_call() -> None:
    """A call that began late in the process's life still begins at 0."""
    clock = ManualClock(now_s=5000.0)
    journal = Journal(clock)
    clock.advance(2.5)

    assert (journal.at_s(), journal.at_s(5001.0)) == (2.5, 1.0)


def test_a_listener_that_fails_harms_nobody() -> None:
    """The others still get the event."""
    heard: list[Event] = []

    def broken(_event: Event) -> None:
        raise RuntimeError("broken listener")

    journal = Journal(ManualClock(), [broken, heard.append])
    journal.write(DigitPressed(at_s=0.0, digit="1"))

    assert heard == journal.events == [DigitPressed(at_s=0.0, digit="1")]


def test_a_call_that_is_over_can_be_cut() -> None:
    """A timer that goes off while the call is being closed has nothing left to do, and breaks nothing."""

    async def scenario() -> bool:
        lifetime = Lifetime()
        lifetime.cut(within_s=60.0)
        async with lifetime.begin() as listening:
            pass
        lifetime.cut()
        return listening.expired()

    assert run(scenario()) is False


def test_history_joins_what_the_agent_said_in_one_turn() -> None:
    """Two sentences that were heard are one message; nothing unheard is in it."""
    history = History()
    history.caller_said("price")
    history.agent_heard("A ceiling fan is 1249 rupees.")
    history.agent_heard("We have")
    history.agent_heard("")
    history.caller_said("")

    assert history.messages() == (
        Message("caller", "price"),
        Message("agent", "A ceiling fan is 1249 rupees. We have"),
    )


async def test_a_feed_ends_when_it_is_told_to() -> None:
    """What was put comes out, then the iteration is over."""
    feed = AudioFeed()
    feed.put(Chunk(b"aa", 0))
    feed.put(Chunk(b"bb", 1))
    feed.end()

    assert [pcm async for pcm in feed] == [b"aa", b"bb"]


async def test_a_feed_takes_nothing_twice() -> None:
    """What a turn that goes on has kept already is not heard again."""
    feed = AudioFeed()
    for position in (0, 1, 0, 1, 2):
        feed.put(Chunk(b"aa", position))
    feed.end()

    assert len([pcm async for pcm in feed]) == 3


async def test_a_feed_that_nobody_reads_is_bounded_and_still_ends() -> None:
    """A transcriber that hangs cannot fill the memory."""
    feed = AudioFeed()
    for position in range(MOST + 100):
        feed.put(Chunk(b"aa", position))
    feed.end()

    assert len([pcm async for pcm in feed]) == MOST


def test_the_heartbeat_beats_every_twenty_milliseconds() -> None:
    """In a second of virtual time there are fifty beats, on the dot."""
    beats: list[float] = []

    async def second() -> None:
        heartbeat = Heartbeat(VirtualClock(asyncio.get_running_loop()))
        heartbeat.start()
        leave = heartbeat.join(lambda now_s: beats.append(round(now_s, 3)))
        await asyncio.sleep(1.001)
        leave()
        await asyncio.sleep(1)
        await heartbeat.stop()

    run(second())

    assert beats == [round(number * 0.02, 3) for number in range(1, 51)]


def test_one_broken_call_does_not_stop_the_others() -> None:
    """A beat that raises is reported once and not called again, and the next one's comes all the same."""
    beats: list[float] = []
    failures: list[Exception] = []

    def broken(_now_s: float) -> None:
        raise RuntimeError("broken beat")

    async def moment() -> None:
        heartbeat = Heartbeat(VirtualClock(asyncio.get_running_loop()))
        heartbeat.start()
        heartbeat.join(broken, failures.append)
        heartbeat.join(beats.append)
        await asyncio.sleep(0.05)
        await heartbeat.stop()

    run(moment())

    assert (len(beats), len(failures)) == (2, 1)


def test_the_heartbeat_knows_how_late_the_loop_is() -> None:
    """Work that blocks the loop for 70 ms shows as lag for a minute, to everybody who asks or is told."""
    clock = ManualClock()
    told: list[float] = []

    async def late() -> Heartbeat:
        heartbeat = Heartbeat(clock, lambda _now_s, lag_s: told.append(round(lag_s, 3)))
        heartbeat.start()
        await asyncio.sleep(0)
        clock.advance(0.09)
        await asyncio.sleep(0.03)
        await heartbeat.stop()
        return heartbeat

    heartbeat = asyncio.run(late())
    peaks = [round(heartbeat.lag_peak_s(), 3) for _ in range(2)]
    clock.advance(59)
    peaks.append(round(heartbeat.lag_peak_s(), 3))
    clock.advance(2)

    assert [*peaks, heartbeat.lag_peak_s()] == [0.07, 0.07, 0.07, 0.0]
    assert max(told) == 0.07


def test_what_was_late_while_starting_can_be_forgotten() -> None:
    """After it, no lag is shown until there is some."""
    heartbeat = Heartbeat(ManualClock())
    heartbeat.lag_s = 0.3
    heartbeat._note_lag(0.0)
    peak = heartbeat.lag_peak_s()
    heartbeat.forget_lag()

    assert (peak, heartbeat.lag_peak_s()) == (0.3, 0.0)


def test_a_fault_is_told_without_anybodys_words() -> None:
    """Class and places are logged; the message, which may hold what a caller said, is not."""

    def understand(words: str) -> int:
        return int(words)

    try:
        understand("my number is four five")
    except ValueError as error:
        told = fault(error)

    assert told["error"] == "ValueError"
    assert told["at"].startswith("test_small_parts.py:")
    assert "understand" in told["at"]
    assert "four five" not in repr(told)
