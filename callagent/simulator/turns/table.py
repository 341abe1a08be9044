"""Turn-taking as tables for a terminal."""

from collections.abc import Sequence

from rich import box
from rich.console import Group
from rich.table import Table

from callagent.simulator.spread import Spread
from callagent.simulator.turns.figures import NOISE_DB, Figures, Judged, Share, TurnResult, by_kind

COLUMNS = (
    "false\nstops",
    "missed\nstops",
    "cut-\nins",
    "no\nanswer",
    "other\nfaults",
    "response\np50/p95",
    "barge-in\np50/p95",
)
"""In two lines each, so that nothing is cut off at 80 columns; the times are in ms."""


def turn_tables(result: TurnResult) -> Group:
    """One row for each kind, and one for all; first as the cases are, then in noise."""
    tables = [_table("As the cases are", result.clean)]
    if result.noisy:
        tables.append(_table(f"Once more at {NOISE_DB:g} dB noise", result.noisy))
    return Group(*tables)


def _table(title: str, judged: Sequence[Judged]) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, padding=0, pad_edge=False)
    table.add_column("", no_wrap=True)
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for kind, figures in by_kind(judged).items():
        table.add_row(kind, *_cells(figures))
    table.add_section()
    table.add_row("all", *_cells(Figures.of(judged)))
    return table


def _cells(figures: Figures) -> list[str]:
    shares = (figures.false_stop, figures.missed_stop, figures.cut_in, figures.unanswered)
    others = (figures.misunderstood, figures.history_wrong, figures.joined_wrong)
    return [
        *map(_share, shares),
        str(sum(share.count for share in others)),
        _spread(figures.response_ms),
        _spread(figures.barge_in_ms),
    ]


def _share(share: Share) -> str:
    return f"{share.count}/{share.of}" if share.of else "-"


def _spread(spread: Spread) -> str:
    return f"{spread.p50:.0f}/{spread.p95:.0f}" if spread.count else "-"
