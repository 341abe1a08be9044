"""A measurement as a table for a terminal."""

from collections.abc import Mapping

from rich.console import Group
from rich.table import Table

from callagent.simulator.bench import BenchResult, SequenceResult
from callagent.simulator.spread import Spread

HONEST_CLIENT_MS = 10.0
"""A client that is later than this at its 99th percentile has measured itself."""


def bench_table(result: BenchResult) -> Group:
    """Figures of calls at the same time."""
    table = _spreads(f"{result.calls} calls at the same time, {result.seconds:g} s each")
    _spread(table, "greeting heard after, ms", result.greeting_ms)
    _spread(table, "response latency, ms", result.response_ms)
    _spread(table, "barge-in latency, ms", result.barge_in_ms)
    _spread(table, "agent's audio late, ms", result.late_ms)
    _spread(table, "gaps inside a sentence, ms", result.gap_ms)
    _spread(table, "pauses between sentences, ms", result.pause_ms)
    _spread(table, "client itself late, ms", result.client_late_ms)
    lines = _lines()
    _line(lines, "failures", _failures(result.failures))
    _line(lines, "talked over", str(result.talked_over))
    _line(lines, "audio sent ahead, at most", f"{result.ahead_peak_ms:.0f} ms")
    _line(lines, "calls placed, turns, hung up", f"{result.placed}, {result.turns}, {result.hung_up}")
    if result.server is not None:
        use = result.server
        each_mb = (use.memory_peak_mb - use.memory_before_mb) / max(1, result.calls)
        _line(lines, "server's cores", f"{use.cores:.2f} ({100 * use.cores / max(1, result.calls):.2f} % a call)")
        _line(lines, "server's memory", f"{use.memory_peak_mb:.0f} MB ({each_mb:.2f} MB a call)")
        _line(lines, "server's loop lag at most", f"{use.loop_lag_peak_ms:.0f} ms")
    if result.client_late_ms.p99 > HONEST_CLIENT_MS:
        _line(lines, "beware", "the client was late itself: run it on a core of its own, or with fewer calls")
    return Group(table, lines)


def sequence_table(result: SequenceResult) -> Group:
    """Figures of calls one after another."""
    table = _spreads(f"{result.calls} short calls, one after another")
    _spread(table, "response latency, ms", result.response_ms)
    lines = _lines()
    _line(lines, "failures", _failures(result.failures))
    grown = result.memory_end_mb - result.memory_marked_mb
    _line(lines, "server's memory", f"{result.memory_marked_mb:.1f} MB, then {grown:+.1f} MB")
    _line(lines, "server's processes", str(result.processes_end))
    return Group(table, lines)


def _spreads(title: str) -> Table:
    """The upper part: figures that have a spread."""
    table = Table(title=title)
    for column in ("", "count", "p50", "p95", "p99", "highest"):
        table.add_column(column, justify="left" if not column else "right", no_wrap=True)
    return table


def _lines() -> Table:
    """The lower part: one figure, or a sentence, a line."""
    return Table.grid(padding=(0, 2))


def _spread(table: Table, name: str, spread: Spread) -> None:
    values = (spread.p50, spread.p95, spread.p99, spread.highest)
    table.add_row(name, str(spread.count), *(f"{value:.0f}" if spread.count else "-" for value in values))


def _line(table: Table, name: str, text: str) -> None:
    table.add_row(name, text)


def _failures(failures: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(failures.items())) or "none"
