"""Turn-taking as tables for a terminal."""

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table

from callagent.simulator.spread import Spread
from callagent.simulator.turns.figures import NOISE_DB, Figures, Judged, Share, TurnResult, by_kind

COLUMNS = (
    "exchanges",
    "false stops",
    "missed stops",
    "cut-ins",
    "no answer",
    "misheard",
    "response p50/p95, ms",
    "barge-in p50/p95, ms",
    "history wrong",
    "resumed wrong",
)


def turn_tables(result: TurnResult) -> Group:
    """One row for each kind, and one for all; first as the cases are, then in noise."""
    tables = [_table("As the cases are", result.clean)]
    if result.noisy:
        tables.append(_table(f"Once more at {NOISE_DB:g} dB noise", result.noisy))
    return Group(*tables)


def _table(title: str, judged: Sequence[Judged]) -> Table:
    table = Table(title=title)
    table.add_column("", no_wrap=True)
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for kind, figures in by_kind(judged).items():
        table.add_row(kind, *_cells(figures))
    table.add_section()
    table.add_row("all", *_cells(Figures.of(judged)))
    return table


def _cells(figures: Figures) -> list[str]:
    shares = (figures.false_stop, figures.missed_stop, figures.cut_in, figures.unanswered, figures.misunderstood)
    checks = (figures.history_wrong, figures.joined_wrong)
    return [
        str(figures.exchanges),
        *map(_share, shares),
        _spread(figures.response_ms),
        _spread(figures.barge_in_ms),
        *map(_share, checks),
    ]


def _share(share: Share) -> str:
    return f"{share.count}/{share.of}" if share.of else "-"


def _spread(spread: Spread) -> str:
    return f"{spread.p50:.0f}/{spread.p95:.0f}" if spread.count else "-"
