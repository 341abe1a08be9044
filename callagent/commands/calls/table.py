"""Calls as a table that fits the terminal, with what one looks for at a glance."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Final
from unicodedata import category, east_asian_width
from zoneinfo import ZoneInfo

from rich.console import Console, ConsoleOptions, RenderResult
from rich.control import Control
from rich.segment import Segment
from rich.text import Text

from callagent.commands.console import console_for
from callagent.recording.folder_names import read_name
from callagent.settings.settings import Settings
from callagent.store.record import CallRecord
from callagent.store.searching import Search

FULL_MS: Final = 2000
"""What fills a bar of response latency."""
SLOW_MS: Final = {1500: "red", 800: "yellow", 0: "green"}
"""From so much on, the colour of a response's bar."""
JOINERS: Final = "\u200c\u200d"
"""Parts of words in Devanagari."""
EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
"""Of a cell."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How many cells each column has; a space stands between them."""

    call: int
    """Of these, for as much of the name as other commands need to find it."""
    when: int
    caller: int
    language: int
    flow: int
    version: int
    """Of these, for the beginning of the version; 0 for none."""
    ended: int
    bar: int
    """Besides its figure."""
    mark: int
    titles: tuple[str, ...]
    marks: str

    @property
    def widths(self) -> tuple[int, ...]:
        """In the order of the titles."""
        figures = (max(3, len(title)) for title in self.titles[8:11])
        words = (self.call, self.when, self.caller, self.language, self.flow, 5, self.ended)
        return (*words, self.bar + 6, *figures, self.mark)

    @property
    def width(self) -> int:
        """Of the whole."""
        return sum(self.widths) + len(self.widths) - 1


FIGURES: Final = frozenset({5, 8, 9, 10})
"""Columns that stand to the right."""
TITLES: Final = ("call", "when", "caller", "language", "flow", "min", "ended", "response p95")
WIDE: Final = Layout(
    call=5,
    when=16,
    caller=8,
    language=8,
    flow=15,
    version=4,
    ended=17,
    bar=6,
    mark=3,
    titles=(*TITLES, "barge-ins", "errors", "score", "rec"),
    marks="● recorded  ◐ in part  ○ not on this machine",
)
WIDEST: Final = replace(WIDE, call=31)
NARROW: Final = Layout(
    call=5,
    when=12,
    caller=4,
    language=8,
    flow=10,
    version=0,
    ended=9,
    bar=0,
    mark=1,
    titles=("call", "when", "from", *TITLES[3:7], "p95 ms", "cut", "err", "sco", "●"),
    marks="● sound  ◐ in part  ○ elsewhere",
)


def show_calls(calls: Sequence[CallRecord], of: int | None, search: Search, settings: Settings) -> None:
    """A page of calls, and on which page one is of how many calls, where these were counted."""
    console = console_for(piped=WIDE.width)
    layout = next((one for one in (WIDEST, WIDE) if console.width >= one.width), NARROW)
    zone = ZoneInfo(settings.timezone)
    now = datetime.now(zone)
    console.print(_Row(layout, [Text(title, style="dim") for title in layout.titles]))
    for call in calls:
        is_here = (settings.recordings / call.id / "call.wav").exists()
        console.print(_Row(layout, _cells(call, layout, now, call.started.astimezone(zone), is_here=is_here)))
    console.print(Text(f"{_pages(of, len(calls), search)}    {layout.marks}", style="dim"))


@dataclass(frozen=True, slots=True)
class _Row:
    """A line whose columns stand where they should, however wide the terminal makes Devanagari.

    Terminals do not agree on that, nor with rich: in most a vowel sign after its letter takes a cell, in some none. So
    cells are cut as for the former, and the cursor is put at the beginning of each column.
    """

    layout: Layout
    cells: Iterable[Text]

    def __rich_console__(self, console: Console, _options: ConsoleOptions) -> RenderResult:
        at = 0
        for number, (cell, width) in enumerate(zip(self.cells, self.layout.widths, strict=True)):
            if number:
                yield Segment(" ")
                yield Control.move_to_column(at)
            fitting = _cut(_harmless(cell), width)
            padding = Segment(" " * (width - _width(fitting.plain)))
            is_figure = number in FIGURES
            yield from (padding, *fitting.render(console)) if is_figure else (*fitting.render(console), padding)
            at += width + 1
        yield Segment.line()


def _width(text: str) -> int:
    """In cells, where it takes the most."""
    widths = (0 if category(char) in {"Mn", "Me", "Cf"} else 1 + (east_asian_width(char) in "WF") for char in text)
    return sum(widths)


def _harmless(text: Text) -> Text:
    """Without what would steer the terminal or turn the reading round: carriers and callers write some of it."""
    if not text.plain.isprintable():
        text.plain = "".join(char if category(char)[0] != "C" or char in JOINERS else "?" for char in text.plain)
    return text


def _cut(text: Text, width: int) -> Text:
    """As far as it goes into so many cells."""
    if _width(text.plain) <= width:
        return text
    fits = max(end for end in range(len(text.plain)) if _width(text.plain[:end]) < width)
    cut = text[:fits]
    cut.rstrip()
    return cut.append("…")


def show_none(of: int, search: Search, settings: Settings, in_all: int) -> None:
    """What was searched, where nothing was found."""
    console = console_for(piped=WIDE.width)
    if of:
        told = "this is" if of == 1 else "these are"
        pages = _counted(ceil(of / search.limit), "page")
        console.print(f"There is no page {search.page}: {told} {_counted(of, 'call')}, on {pages}.")
    elif search.narrows:
        told = ", ".join(_told(search, ZoneInfo(settings.timezone)))
        console.print(Text(f"No call was found: {told}."))
        verb = "is" if in_all == 1 else "are"
        console.print(Text(f"Without that there {verb} {_counted(in_all, 'call')}.", style="dim"))
    elif in_all:
        console.print(f"None of {_counted(in_all, 'call')} has a {'score' if search.order == 'worst' else 'response'}.")
    else:
        console.print(Text(f"There are no calls yet in {settings.recordings}.", style="dim"))


def _cells(call: CallRecord, layout: Layout, now: datetime, began: datetime, *, is_here: bool) -> Iterator[Text]:
    yield Text(_name(call.id, layout.call))
    yield Text(_when(began, now, layout))
    yield Text(_caller(call.caller), style="dim")
    yield Text(call.language)
    yield _flow(call, layout)
    minutes, seconds = divmod(int(call.duration_s), 60)
    yield Text(f"{minutes}:{seconds:02}")
    how = call.disposition + ("" if layout is NARROW else f", {call.ended_by}")
    yield Text(how, style="bold red" if call.crashed else "")
    yield _response(call.response_p95_ms, layout.bar)
    yield _count(call.barge_ins, "")
    yield _count(call.errors, "bold red")
    yield Text("–", style="dim") if call.score is None else Text(f"{call.score:.0f}")
    yield _recording(call, is_here=is_here)


def _name(call: str, cells: int) -> str:
    """The whole, or a part of it that hardly another call has in its name: what tells no time."""
    named = read_name(call)
    return call if len(call) <= cells else (named.call_id if named else call)[:cells]


def _caller(masked: str) -> str:
    """What is shown of a number; "none" where it is withheld."""
    shown = masked.lstrip("x")
    return f"…{shown}" if shown != masked else "none"


def _when(began: datetime, now: datetime, layout: Layout) -> str:
    if began.year != now.year:
        return f"{began:%d %b %Y}"
    return f"{began:%d %b %H:%M}" if layout is NARROW else f"{began:%a %d %b %H:%M}"


def _flow(call: CallRecord, layout: Layout) -> Text:
    """The name as far as it goes, and where there is room the beginning of the version."""
    version = call.flow_version[: layout.version]
    if not version:
        return Text(call.flow)
    return _cut(Text(call.flow), layout.flow - _width(version) - 1).append(f"@{version}", style="dim")


def _response(p95_ms: float | None, cells: int) -> Text:
    """A bar and its figure."""
    if p95_ms is None:
        return Text(" " * cells + "     –", style="dim")
    eighths = min(ceil(p95_ms * cells * 8 / FULL_MS), cells * 8)
    bar = EIGHTHS[8] * (eighths // 8) + EIGHTHS[eighths % 8] * (eighths % 8 > 0)
    colour = next(colour for least, colour in SLOW_MS.items() if p95_ms >= least)
    return Text(bar.ljust(cells), style=colour).append(
        f"{min(p95_ms, 99999):6.0f}", style="default" if cells else colour
    )


def _count(number: int, style: str) -> Text:
    return Text(str(number), style=style) if number else Text("–", style="dim")


def _recording(call: CallRecord, *, is_here: bool) -> Text:
    """Whole, with parts missing, elsewhere by now, or none."""
    if is_here:
        return Text("◐" if call.recording_incomplete else "●", style="yellow" if call.recording_incomplete else "green")
    return Text("○" if call.has_sound else "–", style="dim")


def _pages(of: int | None, shown: int, search: Search) -> str:
    first = (search.page - 1) * search.limit + 1
    if shown == of or (of is None and first == 1 and shown < search.limit):
        return _counted(shown, "call")
    here = f"{first:,} to {first + shown - 1:,}"
    if of is None:
        return f"calls {here}, page {search.page}"
    return f"{here} of {_counted(of, 'call')}, page {search.page} of {ceil(of / search.limit):,}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


_TELLING: Final[Mapping[str, str]] = {
    "carrier": "carrier {}",
    "flow": "flow {}",
    "flow_version": "version {}…",
    "language": "language {}",
    "disposition": "ended as {}",
    "slower_than_ms": "slower than {:g} ms",
    "score_below": "scored below {:g}",
    "caller_ends": "from a number that ends in {}",
    "caller_keys": "from that number",
    "errors": "with errors",
    "crashed": "crashed",
    "words": "in which “{}” was said",
}


def _told(search: Search, zone: ZoneInfo) -> Iterator[str]:
    """What was searched for, in words."""
    for name, moment in (("since", search.since), ("before", search.until)):
        if moment is not None:
            yield f"{name} {moment.astimezone(zone):%d %b %Y %H:%M}"
    everything = Search()
    for name, words in _TELLING.items():
        value = getattr(search, name)
        if value != getattr(everything, name):
            yield words.format(value)
