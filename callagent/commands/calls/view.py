"""One call, for a person who looks at it in a terminal."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from callagent.call.latency import PARTS, TurnLatency
from callagent.clock import told_in
from callagent.commands.calls.folders import clock_text, lines_of
from callagent.commands.view import PART_COLOURS
from callagent.events import CallEnded, CallStarted, Event, PartDrawn, RecordingCut, as_record
from callagent.quality.plain import plain
from callagent.quality.scorecard import MARKS, Card, Note
from callagent.quality.scores import CallScore
from callagent.quality.turns import CallerTurn

GOOD, FAIR = 85, 60
"""Scores from which on a call is shown in green, or in yellow."""
WIDE: Final = 110
"""Columns from which on the bars of latency have room."""
BAR_CELLS: Final = 12
BAR_CELLS_WIDE: Final = 26
CELLS_MS: Final = (25, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 60_000)
MOST_FIELDS: Final = 300
"""Characters of an event in the list of events."""
MOST_NUMBERS: Final = 12
"""In a row, that are listed one by one."""


def head(name: str, events: Sequence[Event], score: CallScore, zone: tzinfo) -> Panel:
    """Who, when (in `zone`), how it ended, and the score with its reasons."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column()
    for label, text in _facts(events, zone):
        facts.add_row(label, Text(plain(text)))
    facts.add_row("score", score_line(score))
    for reason in score.reasons:
        facts.add_row("", Text(str(reason), style="red" if reason.points < 0 else "green"))
    return Panel(facts, title=Text(plain(name)), border_style="dim", title_align="left")


def _facts(events: Sequence[Event], zone: tzinfo) -> Iterator[tuple[str, str]]:
    started, ended = events[0], events[-1]
    if isinstance(started, CallStarted):
        to = "to" if started.outbound else "from"
        who = "a withheld number" if started.caller in ("", "withheld") else started.caller
        at = f" at {started.called}" if started.called else ""
        yield "call", f"{to} {who}{at}, over {started.carrier}"
        yield "began", told_in(zone, started.started)
        version = f"@{started.flow_version}" if started.flow_version else ""
        yield "flow", f"{started.flow}{version}, {started.language}"
    parts = [f"{event.experiment}: {event.part}" for event in events if isinstance(event, PartDrawn)]
    if parts:
        yield "experiments", ", ".join(parts)
    if isinstance(ended, CallEnded):
        yield "ended", f"{ended.disposition}, by the {ended.ended_by}, after {clock_text(ended.at_s)}"
    else:
        yield "ended", f"not yet, or broken off with its process; the last that is known is at {clock_text(ended.at_s)}"
    if any(isinstance(event, RecordingCut) for event in events):
        yield "recording", "incomplete: the disk was too slow or full"


def score_line(score: CallScore) -> Text:
    """The number as a bar, and what it is made of in short."""
    if score.task == "imported":
        return Text("none", style="dim")
    style = "green" if score.score >= GOOD else "yellow" if score.score >= FAIR else "red"
    line = Text(f"{score.score:3} ", style=f"bold {style}")
    full = round(score.score / 10)
    line.append("━" * full, style=style).append("━" * (10 - full), style="dim")
    line.append(f"  {score.task}", style="bold")
    if score.median_ms is not None and score.p95_ms is not None:
        line.append(f", answers after {score.median_ms:.0f} ms (p95 {score.p95_ms:.0f})")
    line.append(f", repairs {score.repairs}, barge-ins {score.barge_ins}")
    return line


def turns_table(turns: Sequence[CallerTurn], width: int) -> RenderableType:
    """What was said, decided and answered, turn by turn."""
    cells = BAR_CELLS_WIDE if width >= WIDE else BAR_CELLS
    longest = max((turn.latency.response_ms for turn in turns if turn.latency), default=0.0)
    cell_ms = next((ms for ms in CELLS_MS if longest <= ms * cells), CELLS_MS[-1])
    table = Table(box=None, pad_edge=False, header_style="dim", expand=True, padding=(0, 1))
    table.add_column("at", justify="right", no_wrap=True, width=7)
    table.add_column("said", ratio=5)
    table.add_column("decided", ratio=3)
    table.add_column(f"▪ {cell_ms} ms", width=max(cells, 12))
    for turn in turns:
        decided = Text("\n".join(lines_of(turn.decided)), style="blue")
        at = Text(clock_text(turn.at_s) + f"\n#{turn.turn}", style="dim")
        table.add_row(at, _said(turn), decided, _answered(turn, cell_ms, cells))
        table.add_row("", "", "", "")
    legend = Text("  ").join(Text(part, style=look) for part, look in PART_COLOURS.items())
    return Group(table, Padding(legend, (0, 0, 0, 2)))


def _said(turn: CallerTurn) -> Text:
    words = Text()
    if turn.by == "keys":
        words.append(f"caller: keys {plain(turn.keys)}", style="bold cyan")
    elif turn.by == "silence":
        words.append("caller: silence", style="magenta")
    elif turn.by or turn.caller:
        words.append("caller: ", style="bold cyan").append(f"“{plain(turn.caller)}”" if turn.caller else "(nothing)")
        if turn.caller and turn.confidence is not None:
            words.append(f" {turn.confidence:.2f}", style="dim")
    if turn.interrupts:
        words.append(" ⚡", style="bold red")
    for said in turn.agent:
        words.append("\n" if words else "").append("agent: ", style="bold green").append(plain(said.heard))
        if said.heard != said.text:
            words.append(f" — {plain(said.text.removeprefix(said.heard))}", style="dim strike")
    return words


def _answered(turn: CallerTurn, cell_ms: int, cells: int) -> Text:
    if turn.latency is None:
        return Text()
    text = Text(f"{turn.latency.response_ms:.0f} ms\n", style="bold" if turn.latency.response_ms > 1000 else "")
    return text.append_text(latency_bar(turn.latency, cell_ms, cells))


def latency_bar(latency: TurnLatency, cell_ms: int, cells: int) -> Text:
    """The parts of a response, drawn to scale; never longer than `cells`."""
    bar = Text()
    for name in PARTS[1:]:
        part = name.removesuffix("_ms")
        number = round(getattr(latency, name) / cell_ms)
        bar.append(part[0] * min(number, cells - len(bar)), style=PART_COLOURS[part])
    return bar


def judged(cards: Sequence[Card], notes: Sequence[Note]) -> Iterator[RenderableType]:
    """What people wrote about the call."""
    for card in cards:
        line = Text(f"scorecard of {plain(card.by)}: ", style="bold")
        line.append(", ".join(f"{name} {getattr(card, name) or '–'}" for name in MARKS))
        if card.flags:
            line.append(f"  [{', '.join(lines_of(card.flags))}]", style="yellow")
        if card.comment:
            line.append(f"\n  {plain(card.comment)}", style="italic")
        yield line
    for note in notes:
        where = "" if note.at_s is None else f" at {clock_text(note.at_s)}"
        yield Text(f"note of {plain(note.by)}{where}: ", style="bold yellow").append(plain(note.text), style="default")


def _summed(value: Any) -> Any:
    """Of many numbers, such as when each chunk of sound came, how many there are and between what."""
    if isinstance(value, tuple) and len(value) > MOST_NUMBERS and all(isinstance(one, int | float) for one in value):
        return f"{len(value)} numbers, {min(value)} to {max(value)}"
    return value


def events_table(events: Sequence[Event]) -> Table:
    """Every event with its fields."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("at", justify="right", no_wrap=True)
    table.add_column("event", no_wrap=True)
    table.add_column("with")
    for event in events:
        record = as_record(event)
        name, at_s = record.pop("event"), record.pop("at_s")
        told = ", ".join(f"{key}={_summed(value)}" for key, value in record.items())
        shown = plain(told)
        table.add_row(
            Text(f"{at_s:.3f}", style="dim"),
            Text(name, style="bold"),
            Text(shown if len(shown) <= MOST_FIELDS else shown[: MOST_FIELDS - 1] + "…"),
        )
    return table
