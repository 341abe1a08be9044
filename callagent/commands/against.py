"""`callagent bench --against`: callagent and a stock pipecat bot, or two carriers, as callers hear them."""

import argparse
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from callagent.commands.exit_status import FAILED, OK
from callagent.simulator.against import SIP_AGAINST_TWILIO, STOCK_PIPECAT, Comparison, Line, floor_in_words
from callagent.simulator.bench import BenchPlan, BenchResult, run_bench, run_sequence
from callagent.simulator.bench_carrier import BenchCarrier, Where
from callagent.simulator.bench_table import HONEST_CLIENT_MS
from callagent.simulator.carriers import CARRIERS
from callagent.simulator.measured_server import TALK_OPTIONS, MeasuredServer, check_stock_bot, our_server, stock_bot
from callagent.simulator.twilio import TwilioCarrier

BARGE_IN_EVERY: Final = 2
WARM_UP_CALLS: Final = 2
"""Before a measurement: what a server loads for its first call is no call's cost."""

Speak = Callable[[], Awaitable[tuple[bytes, ...]]]


async def run(options: argparse.Namespace, speak: Speak) -> int:
    """The command; 1 beyond a limit. `speak` gives what the callers say.

    Raises ConfigurationError where there is no stock bot.
    """
    if options.against == "pipecat":
        check_stock_bot()
    console = Console(stderr=options.json, quiet=options.json, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("comparing", total=1.0)
        comparison = await compare(options, speak, lambda part: progress.update(task, completed=part))
    if options.json:
        print(json.dumps(comparison.as_dict(), indent=2))
    else:
        show(console, comparison)
    return OK if comparison.is_kept else FAILED


async def compare(options: argparse.Namespace, speak: Speak, progress: Callable[[float], None]) -> Comparison:
    """Measure all contenders in turn, `options.rounds` times; `progress` gets the part that is done, 0 to 1."""
    utterances = await speak()
    contest = STOCK_PIPECAT if options.against == "pipecat" else SIP_AGAINST_TWILIO
    rounds: dict[str, list[BenchResult]] = {name: [] for name in contest.contenders}
    total = options.rounds * len(rounds)
    for number in range(total):
        name = list(rounds)[number % len(rounds)]

        def part(done: float, number: int = number) -> None:
            progress((number + done) / total)

        async with _stage(name, options) as (carrier, server):
            rounds[name].append(await measure(carrier, server, utterances, options.calls, options.seconds, part))
    return Comparison(rounds, contest)


async def measure(
    carrier: BenchCarrier[Where],
    server: MeasuredServer[Where],
    utterances: tuple[bytes, ...],
    calls: int,
    seconds: float,
    progress: Callable[[float], None] = lambda _: None,
) -> BenchResult:
    """One server, warm, with so many calls at the same time."""
    plan = BenchPlan(
        server.destination,
        utterances,
        calls=calls,
        seconds=seconds,
        barge_in_every=BARGE_IN_EVERY,
        server_pid=server.pid,
        health_url=server.health_url,
    )
    await run_sequence(carrier, BenchPlan(server.destination, utterances, calls=WARM_UP_CALLS))
    return await run_bench(carrier, plan, progress)


@asynccontextmanager
async def _stage(
    name: str, options: argparse.Namespace
) -> AsyncIterator[tuple[BenchCarrier[Any], MeasuredServer[Any]]]:
    """Where one contender is measured."""
    if name in {"smart", "timeout"}:
        async with TwilioCarrier() as carrier, stock_bot(name) as stock:
            yield carrier, stock
        return
    made = CARRIERS["sip" if name == "sip" else "twilio"](options.impair)
    async with made as carrier, our_server(made, "talk", TALK_OPTIONS) as server:
        yield carrier, server


def show(console: Console, comparison: Comparison) -> None:
    """The table, and what it is to be read against."""
    contest = comparison.contest
    rounds = comparison.rounds[contest.judged]
    title = (
        f"{contest.title}: {rounds[0].calls} calls at the same time, {rounds[0].seconds:g} s each; "
        f"rounds: {len(rounds)}"
    )
    table = Table(title=title)
    table.add_column("")
    for column in (*contest.contenders.values(), "ratio", "limit"):
        table.add_column(column, justify="right")
    for line in comparison.lines:
        figures = (_figure(line, line.figures.get(name)) for name in contest.contenders)
        ratio = "-" if line.ratio is None else f"{line.ratio:.2f}"
        table.add_row(line.measure.name, *figures, ratio, _limit(line), style="" if line.is_kept else "bold red")
    console.print(table)
    console.print(contest.explained)
    if contest is STOCK_PIPECAT:
        console.print(floor_in_words())
    if comparison.client_late_ms > HONEST_CLIENT_MS:
        console.print(
            f"Beware: the measuring client was late itself, by {comparison.client_late_ms:.0f} ms at its 99th "
            "percentile. Measure on a quieter machine, or with fewer calls.",
            style="bold",
        )
    if not comparison.is_fair:
        failed = "a stock bot" if contest is STOCK_PIPECAT else "a call over Twilio"
        console.print(
            f"Beware: {failed} failed, so this is no fair comparison. Measure on a quieter machine, or with fewer "
            "calls.",
            style="bold",
        )
    if not comparison.is_kept:
        over = ", ".join(line.measure.name for line in comparison.lines if not line.is_kept)
        console.print(f"Beyond the limit: {over}.", style="bold red")


def _figure(line: Line, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.{line.measure.digits}f} {line.measure.unit}".rstrip()


def _limit(line: Line) -> str:
    limit = line.measure.limit
    if limit is None:
        return ""
    return f"{limit:g} ×" if line.measure.is_relative else f"{limit:g} {line.measure.unit}".rstrip()
