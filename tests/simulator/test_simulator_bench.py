"""The measuring client."""

import asyncio
import io
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from rich.console import Console
from simulator.server_by_the_book import Server, serving

from callagent.errors import ConfigurationError
from callagent.media.audio import CHUNK_SAMPLES
from callagent.simulator.bench import BenchPlan, BenchResult, SequenceResult, ServerUse, run_bench, run_sequence
from callagent.simulator.bench_caller import BenchCall, BenchCaller
from callagent.simulator.bench_table import bench_table, sequence_table
from callagent.simulator.call_resource import Destination
from callagent.simulator.server_process import ServerProcess
from callagent.simulator.spread import Spread
from callagent.simulator.twilio import TwilioCarrier
from callagent.simulator.virtual_time import run
from callagent.telephony.leg import AudioReceived, LegEnded
from callagent.telephony.loopback import LoopbackLeg, loopback

LOUD = b"\x00\x20" * CHUNK_SAMPLES
UTTERANCE = LOUD * 25


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A server by the book, which answers no speech."""
    async with serving(Server()) as running:
        yield running


async def chatterbox(leg: LoopbackLeg) -> None:
    """Talk for 2.4 s at a time, be silent when spoken to, answer 200 ms after the caller."""
    left, quiet = 120, 0
    async for signal in leg.signals():
        match signal:
            case AudioReceived(chunk) if any(chunk.pcm):
                left, quiet = 0, 1
            case AudioReceived():
                quiet += quiet > 0
                left, quiet = (120, 0) if quiet > 10 else (left, quiet)
                if left:
                    left -= 1
                    leg.play(LOUD)
            case LegEnded():
                return


def test_a_bench_caller_interrupts_every_third_time() -> None:
    """Half a minute of talk: answers and barge-ins are timed, nothing fails."""

    async def call() -> BenchCall:
        leg, line = loopback()
        agent = asyncio.create_task(chatterbox(leg))
        outcome = await BenchCaller([UTTERANCE]).converse(line, 30.0)
        await agent
        return outcome

    outcome = run(call())

    assert outcome.greeting_ms == 40.0
    assert outcome.silences == 0
    assert set(outcome.report.response_ms) == {220.0}
    assert set(outcome.report.barge_in_ms) == {40.0}
    assert len(outcome.report.barge_in_ms) == outcome.turns // 3
    assert 30.0 <= outcome.report.lasted_s < 31.0


def test_a_silent_agent_is_counted() -> None:
    """Each time it lets the caller wait for too long; and when it hangs up the call is over."""

    async def call() -> BenchCall:
        leg, line = loopback()
        asyncio.get_running_loop().call_later(8, lambda: asyncio.ensure_future(leg.hang_up()))
        return await BenchCaller([UTTERANCE], patience_s=3.0).converse(line, 60.0)

    outcome = run(call())

    assert outcome.greeting_ms is None
    assert outcome.silences == 2
    assert outcome.report.ended_by == "agent"


async def test_calls_at_the_same_time(server: Server) -> None:
    """The server greets and then says no more: every call fails by its silence, and all is measured."""

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"loop_lag_peak_ms": 7.5})

    app = web.Application()
    app.router.add_get("/health", health)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    seen: list[float] = []
    async with TwilioCarrier(server.account) as carrier:
        plan = BenchPlan(
            server.destination,
            (UTTERANCE,),
            calls=3,
            seconds=1.5,
            patience_s=1.0,
            server_pid=os.getpid(),
            health_url=f"http://127.0.0.1:{runner.addresses[0][1]}/health",
        )
        result = await run_bench(carrier, plan, seen.append)
    await runner.cleanup()

    assert result.placed == 3
    assert result.failures == {"silence": 3}
    assert result.greeting_ms.count == 3
    assert result.greeting_ms.highest < 500
    assert result.gap_ms.count == 0
    assert result.client_late_ms.count > 100
    assert result.server is not None
    assert result.server.loop_lag_peak_ms == 7.5
    assert result.server.memory_peak_mb > 10
    assert result.as_dict()["failures"] == {"silence": 3}
    assert 0 <= seen[0] <= seen[-1] <= 1


async def test_a_server_that_answers_nobody() -> None:
    """Every attempt counts as a failure, and the time is over all the same."""
    async with TwilioCarrier() as carrier:
        plan = BenchPlan(Destination("http://127.0.0.1:9/voice"), (UTTERANCE,), calls=1, seconds=0.25)
        result = await run_bench(carrier, plan)

    assert result.failures["not answered"] == result.placed > 1
    assert result.response_ms == Spread(0, 0.0, 0.0, 0.0, 0.0)
    assert result.server is None


async def test_calls_one_after_another(server: Server) -> None:
    """Memory is looked at after the first calls and at the end."""
    server.twiml = "<Response><Reject/></Response>"
    seen: list[float] = []
    async with TwilioCarrier(server.account) as carrier:
        plan = BenchPlan(server.destination, (UTTERANCE,), calls=2, server_pid=os.getpid())
        result = await run_sequence(carrier, plan, seen.append)

    assert result.failures == {"not answered": 2}
    assert result.memory_marked_mb > 10
    assert result.processes_end >= 1
    assert seen == [0.5, 1.0]
    assert result.as_dict()["calls"] == 2


def test_a_short_call_hears_its_answer_begin() -> None:
    """Greeting, interruption, answer, hangup: within a few seconds."""

    async def call() -> BenchCall:
        leg, line = loopback()
        agent = asyncio.create_task(chatterbox(leg))
        outcome = await BenchCaller([UTTERANCE]).ask_once(line)
        await agent
        return outcome

    outcome = run(call())

    assert outcome.report.response_ms == (220.0,)
    assert outcome.report.lasted_s < 3
    assert outcome.greeting_ms is not None


def test_percentiles_are_values_that_were_measured() -> None:
    """Nearest rank; zeros need not be listed."""
    assert Spread.of(range(1, 101)) == Spread(100, 50, 95, 99, 100)
    assert Spread.of([5.0], zeros=99) == Spread(100, 0.0, 0.0, 0.0, 5.0)
    assert Spread.of([5.0, 9.0], zeros=8) == Spread(10, 0.0, 9.0, 9.0, 9.0)


def test_a_process_is_measured_with_its_children(tmp_path: Path) -> None:
    """Ticks and memory of the family; a stranger's do not count, and a name may hold anything."""
    for pid, parent, name in ((10, 1, "server"), (11, 10, "od) d (1"), (12, 11, "worker"), (13, 1, "stranger")):
        folder = tmp_path / str(pid)
        folder.mkdir()
        (folder / "stat").write_text(f"{pid} ({name}) S {parent} " + "0 " * 9 + "100 50 25 25 0 0")
        (folder / "statm").write_text("1000 500 0")
    (tmp_path / "11" / "smaps_rollup").write_text("head\nPss:  1000 kB\n")
    (tmp_path / "14").mkdir()

    usage = ServerProcess(10, tmp_path).usage()

    assert usage.processes == 3
    assert usage.cpu_s == pytest.approx(600 / os.sysconf("SC_CLK_TCK"))
    assert usage.memory_mb == pytest.approx((1000 * 1024 + 2 * 500 * os.sysconf("SC_PAGE_SIZE")) / 1e6)
    with pytest.raises(ConfigurationError, match="no process 99"):
        ServerProcess(99, tmp_path).usage()


def test_the_tables_show_what_was_measured() -> None:
    """And warn when the client was late itself."""
    some = Spread(10, 1.0, 2.0, 3.0, 30.0)
    late = Spread(10, 1.0, 2.0, 30.0, 30.0)
    result = BenchResult(
        calls=5, seconds=60, placed=5, turns=9, failures={"silence": 2}, hung_up=0, greeting_ms=some,
        response_ms=some, barge_in_ms=Spread.of([]), late_ms=some, gap_ms=Spread.of([]), pause_ms=some,
        ahead_peak_ms=80.0, talked_over=0,
        client_late_ms=late,
        server=ServerUse(0.5, 100, 110, 4),
    )  # fmt: skip
    sequence = SequenceResult(30, {}, some, 100.0, 101.5, 1)
    console = Console(file=io.StringIO(), width=120)
    console.print(bench_table(result), sequence_table(sequence))
    text = console.file.getvalue() if isinstance(console.file, io.StringIO) else ""

    assert "2 silence" in text
    assert "10.00 % a call" in text
    assert "the client was late itself" in text
    assert "+1.5 MB" in text
