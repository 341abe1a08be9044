"""`callagent bench --against pipecat`: callagent and a stock pipecat bot in turn, as their callers hear them."""

import argparse
import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from callagent.cli_exit import FAILED, OK
from callagent.simulator.against import CONTENDERS, Comparison, Contender, Line, floor_in_words
from callagent.simulator.bench import BenchPlan, BenchResult, run_bench, run_sequence
from callagent.simulator.bench_table import HONEST_CLIENT_MS
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
    rounds: dict[Contender, list[BenchResult]] = {name: [] for name in CONTENDERS}
    total = options.rounds * len(CONTENDERS)
    for number in range(total):
        name = list(CONTENDERS)[number % len(CONTENDERS)]

        def part(done: float, number: int = number) -> None:
            progress((number + done) / total)

        async with TwilioCarrier() as carrier, _server(name, carrier) as server:
            rounds[name].append(await measure(carrier, server, utterances, options.calls, options.seconds, part))
    return Comparison(rounds)


async def measure(
    carrier: TwilioCarrier,
    server: MeasuredServer,
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


def _server(name: Contender, carrier: TwilioCarrier) -> AbstractAsyncContextManager[MeasuredServer]:
    return our_server(carrier, "talk", TALK_OPTIONS) if name == "ours" else stock_bot(name)


def show(console: Console, comparison: Comparison) -> None:
    """The table, and what it is to be read against."""
    first = comparison.rounds["ours"][0]
    times = len(comparison.rounds["ours"])
    title = f"Against stock pipecat: {first.calls} calls at the same time, {first.seconds:g} s each; rounds: {times}"
    table = Table(title=title)
    table.add_column("")
    for column in (*CONTENDERS.values(), "ratio", "limit"):
        table.add_column(column, justify="right")
    for line in comparison.lines:
        figures = (_figure(line, line.figures.get(name)) for name in CONTENDERS)
        ratio = "-" if line.ratio is None else f"{line.ratio:.2f}"
        table.add_row(line.measure.name, *figures, ratio, _limit(line), style="" if line.is_kept else "bold red")
    console.print(table)
    console.print(
        "The other two are stock pipecat, by what ends a caller's turn. Ratio: callagent's figure by that of the "
        "better of them; a limit with × is one for the ratio. Latencies are as heard; memory is that of each call "
        f"after the first {WARM_UP_CALLS}; counts are those of all rounds."
    )
    console.print(floor_in_words())
    if comparison.client_late_ms > HONEST_CLIENT_MS:
        console.print(
            f"Beware: the measuring client was late itself, by {comparison.client_late_ms:.0f} ms at its 99th "
            "percentile. Measure on a quieter machine, or with fewer calls.",
            style="bold",
        )
    if not comparison.is_fair:
        console.print(
            "Beware: a stock bot failed, so this is no fair comparison. Measure on a quieter machine, or with fewer "
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
