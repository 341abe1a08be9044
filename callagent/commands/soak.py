"""`callagent bench --carrier sip --soak`: many calls that end in all ways, and what the server keeps of them."""

import argparse
import json

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from callagent.commands.against import Speak
from callagent.commands.exit_status import FAILED, OK
from callagent.simulator.bench import MARK_CALLS
from callagent.simulator.measured_server import our_server
from callagent.simulator.sip_trunk import SipTrunk
from callagent.simulator.soak import EMPTY_WITHIN_S, KEPT, SoakPlan, SoakResult, run_soak


async def run(options: argparse.Namespace, speak: Speak) -> int:
    """The command; 1 when a call failed, or anything of the calls is left. `speak` gives what the callers say."""
    console = Console(stderr=options.json, quiet=options.json, highlight=False)
    utterances = await speak()
    async with SipTrunk(options.impair) as trunk, our_server(trunk) as server:
        plan = SoakPlan(
            server.destination,
            server.health_url,
            server.pid,
            utterances,
            calls=options.soak,
            at_once=options.calls,
            seconds=options.seconds,
        )
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("calling", total=1.0)
            result = await run_soak(trunk, plan, lambda part: progress.update(task, completed=part))
    if options.json:
        print(json.dumps(result.as_dict(), indent=2))
    else:
        show(console, result)
    return OK if result.is_clean else FAILED


def show(console: Console, result: SoakResult) -> None:
    """How the calls ended, and what is left."""
    table = Table(title=f"{sum(result.placed.values())} calls over SIP")
    table.add_column("the caller")
    table.add_column("calls", justify="right")
    for manner, count in result.placed.items():
        table.add_row(manner, str(count))
    console.print(table)
    for name in KEPT:
        most, end = result.kept_peak.get(name, 0), result.kept_end.get(name, 0)
        console.print(f"{name.replace('_', ' ')}: {most} at most, {end} at the end")
    grown = result.memory_end_mb - result.memory_marked_mb
    when = (
        f"after the first {MARK_CALLS} calls" if sum(result.placed.values()) >= MARK_CALLS else "before the first call"
    )
    console.print(f"memory: {result.memory_marked_mb:.1f} MB {when}, then {grown:+.1f} MB")
    if result.empty_after_s is None:
        console.print(f"The server still had something of them {EMPTY_WITHIN_S:g} s later.", style="bold red")
    else:
        console.print(f"The server had nothing left of them {result.empty_after_s:g} s after the last one.")
    for failure, count in sorted(result.failures.items()):
        console.print(f"{count} × {failure}", style="bold red")
