"""`callagent bench --compare-direct`: what the fallback chains add to calling the providers directly."""

import argparse
import json
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from callagent.commands.exit_status import FAILED, OK
from callagent.overhead import ADDED_MS, ADDED_PERCENT, Overhead, measure

STAGES: Final = {
    "stt": "speech recognition: end of the audio to transcript",
    "llm": "language model: request to first sentence",
    "tts": "speech synthesis: request to first sound",
}


def run(options: argparse.Namespace) -> int:
    """The command; 1 when a limit was passed."""
    console = Console(stderr=options.json, quiet=options.json, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("comparing", total=1.0)
        result = measure(options.calls, options.seconds, lambda part: progress.update(task, completed=part))
    if options.json:
        print(json.dumps(result.as_dict(), indent=2))
    else:
        _show(console, result)
    return OK if result.is_kept else FAILED


def _show(console: Console, result: Overhead) -> None:
    table = Table(title="A provider called directly, and through its chain; ms of work for each call of a stage")
    for column in ("", "direct", "chain", "added", "limit"):
        table.add_column(column, justify="right" if column else "left")
    for stage, cost in result.stages.items():
        figures = (cost.direct_ms, cost.chained_ms, cost.added_ms)
        table.add_row(STAGES[stage], *(f"{figure:.3f}" for figure in figures), f"{ADDED_MS:g}")
    console.print(table)
    console.print(
        f"{result.calls} calls at the same time: the stages take {result.direct_percent:.2f} % of a core with their "
        f"providers called directly, and the chains {result.added_percent:.2f} % more (limit {ADDED_PERCENT:g} %)."
    )
    if not result.is_kept:
        over = [STAGES[stage] for stage, cost in result.stages.items() if cost.added_ms > ADDED_MS]
        over += ["share of a core"] if result.added_percent > ADDED_PERCENT else []
        what = f"Beyond the limit: {', '.join(over)}. A busy machine makes all of them higher."
        console.print(what, style="bold red")
