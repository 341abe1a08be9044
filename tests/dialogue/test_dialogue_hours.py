"""When the shop is open."""

from datetime import date, datetime
from pathlib import Path

import pytest

from callagent.clock import IST
from callagent.content.findings import Findings
from callagent.dialogue.hours import Hours, hours_of_file
from callagent.errors import ContentError


def read(folder: Path, content: str) -> tuple[Hours, list[tuple[int, str]]]:
    """The hours in a table of that content, and its mistakes."""
    path = folder / "hours.csv"
    path.write_text(content, encoding="utf-8")
    findings = Findings()
    hours = hours_of_file(path, findings.of(path))
    try:
        findings.raise_any()
    except ContentError as error:
        return hours, [(problem.line, problem.what) for problem in error.problems]
    return hours, []


@pytest.mark.parametrize(
    ("day", "hour", "minute", "is_open"),
    [
        (20, 9, 59, False),
        (20, 10, 0, True),
        (20, 20, 29, True),
        (20, 20, 30, False),
        (21, 23, 59, True),
        (22, 12, 0, False),
        (24, 12, 0, False),
        (23, 12, 0, True),
    ],
)
def test_open_at(tmp_path: Path, day: int, hour: int, minute: int, is_open: bool) -> None:
    """Open from the first minute to the last, closed on weekdays and dates that say so or say nothing."""
    hours, problems = read(
        tmp_path, "\ufeffDay,Opens,Closes\nMon-Fri,10:00,20:30\nSaturday,10:00,24:00\n\n2026-11-24,closed,\n"
    )

    assert problems == []
    assert hours.open_at(datetime(2026, 11, day, hour, minute, tzinfo=IST)) == is_open


def test_range_over_the_weekend(tmp_path: Path) -> None:
    """A range may go over Sunday."""
    hours, _ = read(tmp_path, "day,opens,closes\nSat-Mon,9:00,17:00\n")

    assert hours.week == {5: (540, 1020), 6: (540, 1020), 0: (540, 1020)}


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        ("", 1, "The table is empty."),
        ("day,opens,till\nMon,9:00,17:00\n", 1, "The column 'closes' is missing."),
        ("day,opens,closes\nMonday,9:00\n", 2, "2 cells where 3 belong."),
        ("day,opens,closes\nMonday,9:00,\n", 2, "'' is no time of day."),
        ("day,opens,closes\nMonday,9:00,17:00,18:00\n", 2, "4 cells where 3 belong."),
        ("day,opens,closes\n\nMonday,9:60,17:00\n", 3, "'9:60' is no time of day."),
        ("day,opens,closes\nMon,closed,17:00\n", 2, "It opens 'closed' and closes '17:00'."),
        ("day,opens,closes\nMon,9:00,17:00\nMon,9:00,17:00\n", 3, "'Mon' has hours already."),
        ("day,opens,closes\n2026-12-25,closed,\n2026-12-25,closed,\n", 3, "'2026-12-25' has hours already."),
        ("day,opens,closes\n2026-13-25,closed,\n", 2, "'2026-13-25' is no day."),
        ('day,opens,closes\n"Mon,9:00,17:00\n', 2, "This is no table: unexpected end of data."),
    ],
)
def test_mistakes(tmp_path: Path, content: str, line: int, what: str) -> None:
    """A mistake in the table is told with its line."""
    _, problems = read(tmp_path, content)

    assert problems == [(line, what)]


def test_a_date_may_have_names(tmp_path: Path) -> None:
    """A column tells what callers call a day; a weekday has no name of its own."""
    hours, mistakes = read(tmp_path, "day,opens,closes,name\n2026-11-08,closed,,diwali|दिवाली\nMon,10:00,20:00,holi\n")

    assert hours.names == {date(2026, 11, 8): ("diwali", "दिवाली")}
    assert mistakes == [(3, "'Mon' is no date that can be called 'holi'.")]
