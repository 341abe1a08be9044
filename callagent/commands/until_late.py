"""`callagent bench --until-late`: how many calls at the same time one server carries."""

import argparse
import json
from typing import Final

from rich import box
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from callagent.commands.against import Speak, measure
from callagent.commands.exit_status import FAILED, OK
from callagent.simulator.bench import RAMP_S, BenchResult
from callagent.simulator.carriers import CARRIERS
from callagent.simulator.measured_server import TALK_OPTIONS, our_server
from callagent.simulator.spread import Spread
from callagent.simulator.until_late import LATE_MS, Climb, Step, until_late

COLUMNS: Final = (
    "calls", "", "response p50", "p95", "barge-in p95", "late p99", "gaps", "failed", "cores", "client p99",
)  # fmt: skip


async def run(options: argparse.Namespace, speak: Speak) -> int:
    """The command; 1 when not even the first step went well. `speak` gives what the callers say."""
    console = Console(stderr=options.json, quiet=options.json, highlight=False)
    utterances = await speak()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("calling")

        async def step(calls: int) -> BenchResult:
            progress.update(task, description=f"{calls} calls")
            # A server of its own for each step: what the last one left undone is not this one's.
            carrier = CARRIERS[options.carrier](options.impair)
            async with carrier, our_server(carrier, "talk", TALK_OPTIONS, options.workers) as server:
                seconds = options.seconds + calls * RAMP_S
                return await measure(carrier, server, utterances, calls, seconds)

        climb = await until_late(step)
    if options.json:
        print(json.dumps(climb.as_dict(), indent=2))
    else:
        show(console, climb)
    return OK if climb.last_good else FAILED


def show(console: Console, climb: Climb) -> None:
    """The steps, and what they say."""
    title = f"More and more calls, until the agent's audio is later than {LATE_MS:g} ms; times in ms"
    table = Table(title=title, box=box.SIMPLE, padding=0, pad_edge=False)
    for column in COLUMNS:
        longest = max((len(word) for word in column.split()), default=0)
        table.add_column(column, justify="right" if column else "left", min_width=longest)
    for step in climb.steps:
        table.add_row(*_cells(step))
    console.print(table)
    console.print("Late: the agent's audio, inside sentences. Client: how late the measuring client was itself.")
    console.print(climb.in_words())


def _cells(step: Step) -> tuple[str, ...]:
    result, use = step.result, step.result.server
    return (
        str(step.calls),
        str(step.verdict),
        _ms(result.response_ms, result.response_ms.p50),
        _ms(result.response_ms, result.response_ms.p95),
        _ms(result.barge_in_ms, result.barge_in_ms.p95),
        f"{result.late_ms.p99:.0f}",
        str(result.gap_ms.count),
        str(sum(result.failures.values())),
        f"{use.cores:.2f}" if use else "-",
        f"{result.client_late_ms.p99:.0f}",
    )


def _ms(spread: Spread, value: float) -> str:
    return f"{value:.0f}" if spread.count else "-"
