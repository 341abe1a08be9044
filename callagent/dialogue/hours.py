"""When the shop is open: by weekday, with days that differ."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TypeAlias

from callagent.content.document import Listing, Node, Table, Text
from callagent.content.fields import as_text, as_texts
from callagent.content.findings import FileFindings, nearest
from callagent.content.table import read_table

Span: TypeAlias = tuple[int, int]
"""Opening and closing, minutes after the day's first midnight: 1440 is the midnight that ends it."""

_NAMES = {
    name: index
    for index, day in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
    for name in (day, day[:3])
}
_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_COLUMNS = ("day", "opens", "closes")


@dataclass(frozen=True, slots=True)
class Hours:
    """The week, and the dates that differ from it."""

    week: Mapping[int, Span | None]
    """Monday is 0; None or missing means closed."""
    dates: Mapping[date, Span | None] = field(default_factory=dict)
    names: Mapping[date, tuple[str, ...]] = field(default_factory=dict)
    """What some of these dates are called, in all languages."""

    def open_at(self, now: datetime) -> bool:
        """Whether the shop is open at a wall time of its own zone."""
        span = self.on(now.date())
        return span is not None and span[0] <= now.hour * 60 + now.minute < span[1]

    def on(self, day: date) -> Span | None:
        """Opening and closing on a day; None when it is closed."""
        return self.dates[day] if day in self.dates else self.week.get(day.weekday())


class _Draft:
    """Hours in the making; a day given twice is a finding."""

    def __init__(self, findings: FileFindings) -> None:
        self.week: dict[int, Span | None] = {}
        self.dates: dict[date, Span | None] = {}
        self.names: dict[date, tuple[str, ...]] = {}
        self.findings = findings

    def call(self, day: Text, names: str) -> None:
        """Give a date its names, such as "diwali|deepavali"."""
        known, called = _date(day.value.strip()), tuple(name.strip() for name in names.split("|") if name.strip())
        if called and known is None:
            self.findings.add(day.line, f"'{day.value}' is no date that can be called '{names}'.", "Write 2026-11-08.")
        elif called and known is not None:
            self.names[known] = called

    def put(self, days: Text, span: Span | None) -> None:
        for day in _days(days, self.findings):
            known = day in self.dates if isinstance(day, date) else day in self.week
            if known:
                self.findings.add(days.line, f"'{days.value}' has hours already.", "Give each day once.")
            elif isinstance(day, date):
                self.dates[day] = span
            else:
                self.week[day] = span


def hours_of_table(table: Table, findings: FileFindings) -> Hours:
    """Hours written inside flow.yaml: ``{Mon-Sat: 10:00 to 20:30, Sun: closed, holidays: [2026-10-20]}``."""
    draft = _Draft(findings)
    for key, node in table.entries:
        if key.value == "holidays":
            if isinstance(node, Table):
                _named_holidays(node, draft)
            else:
                _holidays(node, draft)
        elif (text := as_text(node, f"'{key.value}'", findings)) is not None:
            opens, found, closes = text.value.partition(" to ")
            if not found and text.value != "closed":
                findings.add(text.line, f"'{text.value}' is no opening time.", "Write '10:00 to 20:30' or 'closed'.")
            else:
                draft.put(key, _span(opens, closes, text.line, findings))
    return Hours(draft.week, draft.dates, draft.names)


def _named_holidays(table: Table, draft: _Draft) -> None:
    """``{diwali: 2026-11-08, holi: [2027-03-22]}``."""
    for name, node in table.entries:
        _holidays(node, draft)
        if isinstance(node, Listing | Text):
            for text in as_texts(node, f"'{name.value}'", draft.findings):
                draft.call(text, name.value)


def _holidays(node: Node, draft: _Draft) -> None:
    if isinstance(node, Listing | Text):
        for text in as_texts(node, "'holidays'", draft.findings):
            if _date(text.value) is None:
                draft.findings.add(text.line, f"'{text.value}' is no date.", "Write it as 2026-10-20.")
            else:
                draft.put(text, None)
    else:
        draft.findings.add(
            node.line, "'holidays' must be dates.", "Write [2026-10-20, 2026-11-08], or {diwali: 2026-11-08}."
        )


def hours_of_file(path: Path, findings: FileFindings) -> Hours:
    """Hours in a table ``day,opens,closes``: a weekday, a range (Mon-Sat) or a date; "closed" instead of a time.

    A column `name` may tell what a date is called, such as ``diwali|deepavali``.
    """
    draft = _Draft(findings)
    table = read_table(path, _COLUMNS, findings)
    for row in table.rows if all(column in table.columns for column in _COLUMNS) else ():
        opens, closes = row.cells["opens"], row.cells["closes"]
        if opens == "closed" and closes not in ("", "closed"):
            findings.add(row.line, f"It opens 'closed' and closes '{closes}'.", "Leave 'closes' empty.")
        else:
            day = Text(row.cells["day"], row.line)
            draft.put(day, _span(opens, closes, row.line, findings))
            draft.call(day, row.cells.get("name", ""))
    return Hours(draft.week, draft.dates, draft.names)


def _days(text: Text, findings: FileFindings) -> list[int | date]:
    value = text.value.casefold().strip()
    day = _date(value)
    if day is not None:
        return [day]
    first, dash, last = (part.strip() for part in value.partition("-"))
    ends = [first, last] if dash else [first]
    for end in ends:
        if end not in _NAMES:
            remedy = nearest(end, _NAMES) if len(end) > 2 else ""
            findings.add(text.line, f"'{text.value}' is no day.", remedy or "Write Mon, Mon-Sat or 2026-10-20.")
            return []
    start, stop = _NAMES[ends[0]], _NAMES[ends[-1]]
    return [(start + step) % 7 for step in range((stop - start) % 7 + 1)]


def _date(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) else None
    except ValueError:
        return None


def _span(opens: str, closes: str, line: int, findings: FileFindings) -> Span | None:
    if opens == "closed":
        return None
    start, stop = _time(opens, line, findings), _time(closes, line, findings)
    if start is None or stop is None:
        return None
    if stop <= start:
        findings.add(line, f"It closes ({closes}) before it opens ({opens}).", "Write times of one day, up to 24:00.")
        return None
    return start, stop


def _time(value: str, line: int, findings: FileFindings) -> int | None:
    match = _TIME.fullmatch(value.strip())
    if match:
        minutes = int(match[1]) * 60 + int(match[2])
        if int(match[2]) < 60 and minutes <= 24 * 60:
            return minutes
    findings.add(line, f"'{value}' is no time of day.", "Write it as 9:30 or 20:30.")
    return None
