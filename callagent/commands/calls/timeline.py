"""Both sides of a call in a terminal: who spoke, how loud, and what happened."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from callagent.commands.calls.folders import clock_text
from callagent.quality.plain import plain
from callagent.quality.tracks import SIGNS, Mark, Sort, Stretch, Tracks

LABEL: Final = 7
"""Columns before the tracks."""
STEPS_S: Final = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300)
"""What a column may stand for."""
TICKS_S: Final = (5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600)
MOST_BANDS: Final = 4
MARK_ROWS: Final = 3
HEIGHTS: Final = "▁▂▃▄▅▆▇█"
UNHEARD: Final = "╌"
"""Somebody spoke by the events, and the recording is silent: a pause between words, or sound that is missing."""
QUIETEST_DB: Final = -32.0
STYLES: Final[dict[Sort, str]] = {
    "barge-in": "bold red",
    "pause": "yellow",
    "key": "bold cyan",
    "look-up": "blue",
    "no match": "magenta",
    "silence": "magenta",
    "breaker": "bold red",
    "fault": "bold red",
    "outage": "bold white on red",
    "back": "bold green",
    "person": "bold green",
    "note": "bold yellow",
}

Loudness = tuple[Sequence[float], Sequence[float]]
"""Of the caller and the agent, in parts of `seconds_per_column`."""


def seconds_per_column(length_s: float, width: int) -> float:
    """What a column stands for, so that a call of any length takes a few bands only."""
    columns = max(width - LABEL, 10)
    fitting = (step for step in STEPS_S if length_s / step <= columns * MOST_BANDS)
    return next(fitting, length_s / columns / MOST_BANDS)


def columns_of(length_s: float, width: int) -> int:
    """How many columns the whole call takes."""
    return max(1, math.ceil(length_s / seconds_per_column(length_s, width)))


def timeline(tracks: Tracks, width: int, loud: Loudness | None = None) -> Iterator[Text]:
    """The lines of the picture; `loud` has as many parts as `columns_of` tells."""
    step_s = seconds_per_column(tracks.length_s, width)
    room = max(width - LABEL, 10)
    columns = columns_of(tracks.length_s, width)
    room = math.ceil(columns / math.ceil(columns / room))
    for begins in range(0, columns, room):
        ends = min(begins + room, columns)
        yield _axis(begins, ends, step_s)
        for side, (name, style) in enumerate((("caller", "cyan"), ("agent", "green"))):
            stretches = tracks.agent if side else tracks.caller
            heights = loud[side][begins:ends] if loud else None
            yield _label(name, f"bold {style}") + _speech(stretches, begins, ends, step_s, style, heights)
        yield from _marks(tracks.marks, begins, ends, columns, step_s)
    yield _legend(tracks)


def _label(name: str, style: str = "") -> Text:
    return Text(name.ljust(LABEL), style=style)


def _axis(begins: int, ends: int, step_s: float) -> Text:
    tick_s = next((tick for tick in TICKS_S if tick >= step_s * 10), TICKS_S[-1])
    line = [" "] * (ends - begins)
    for number in range(math.ceil(begins * step_s / tick_s), int(ends * step_s / tick_s) + 1):
        at = round(number * tick_s / step_s) - begins
        label = "╷" + clock_text(number * tick_s)
        shown = label if at + len(label) <= len(line) else "╷"
        if at < len(line):
            line[at : at + len(shown)] = shown
    return _label("") + Text("".join(line).rstrip(), style="dim")


def _speech(
    stretches: Sequence[Stretch], begins: int, ends: int, step_s: float, style: str, heights: Sequence[float] | None
) -> Text:
    spoken = [False] * (ends - begins)
    for one in stretches:
        first, last = int(one.begins_s / step_s), max(int(one.begins_s / step_s) + 1, math.ceil(one.ends_s / step_s))
        for at in range(max(first, begins), min(last, ends)):
            spoken[at - begins] = True
    line = Text()
    for number, speaks in enumerate(spoken):
        height = _height(heights[number]) if heights is not None and number < len(heights) else ""
        silent = "·" if not speaks else "█" if heights is None else UNHEARD
        line.append(height or silent, style=style if speaks else "dim")
    return line


def _height(peak: float) -> str:
    if peak <= 0:
        return ""
    share = 1 - 20 * math.log10(peak) / QUIETEST_DB
    return HEIGHTS[min(int(share * len(HEIGHTS)), len(HEIGHTS) - 1)] if share > 0 else ""


def _marks(marks: Sequence[Mark], begins: int, ends: int, columns: int, step_s: float) -> Iterator[Text]:
    """The signs below the tracks; what finds no room in three rows is left to the list of events."""
    rows: list[dict[int, tuple[str, str]]] = []
    for mark in marks:
        at = min(int(mark.at_s / step_s), columns - 1) - begins
        sign = plain(mark.sign) or "?"
        wide = cell_len(sign)
        if not 0 <= at < ends - begins:
            continue
        at = max(0, min(at, ends - begins - wide))
        free = next((row for row in rows if not {*range(at, at + wide)}.intersection(_taken(row))), None)
        if free is None and len(rows) < MARK_ROWS:
            free = {}
            rows.append(free)
        if free is not None:
            free[at] = sign, STYLES[mark.sort]
    for row in rows:
        line, column = _label(""), 0
        for at, (sign, style) in sorted(row.items()):
            line.append(" " * (at - column)).append(sign, style=style)
            column = at + cell_len(sign)
        yield line


def _taken(row: dict[int, tuple[str, str]]) -> set[int]:
    return {at + offset for at, (sign, _) in row.items() for offset in range(cell_len(sign))}


def _legend(tracks: Tracks) -> Text:
    line = _label("")
    for sort in SIGNS:
        if any(mark.sort == sort for mark in tracks.marks):
            line.append("0–9" if sort == "key" else SIGNS[sort], style=STYLES[sort]).append(f" {sort}   ", style="dim")
    return line
