"""A CSV file that staff keep, read strictly: every mistake with its file and line."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from callagent.content.findings import FileFindings
from callagent.content.text import first_invisible, read_text

MAX_BYTES: Final = 8 * 1024 * 1024
_FORMULA: Final = re.compile(r"[=@]|[+-](?![\d\s().-]*$)")
"""How a spreadsheet's formula begins; "+91 98..." and "-5" are none."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    cells: Mapping[str, str]
    """By column, without spaces around."""
    line: int
    """In the file, counted from 1; where a quoted cell spans several, the first."""


@dataclass(slots=True)
class TableFile:
    """A table, and where the mistakes found in it go."""

    findings: FileFindings
    columns: tuple[str, ...] = ()
    rows: list[Row] = field(default_factory=list)
    broken: bool = False
    """Whether something is wrong that leaving out rows does not mend."""
    bad_lines: set[int] = field(default_factory=set)
    misfits: frozenset[str] = frozenset()
    """The cells of rows that have too many or too few."""

    def good_rows(self) -> list[Row]:
        """The rows in which no mistake was found so far."""
        return [row for row in self.rows if row.line not in self.bad_lines]

    def fail(self, line: int, what: str, remedy: str = "") -> None:
        """Keep a mistake that makes the whole table unusable."""
        self.broken = True
        self.bad_lines.add(line)
        self.findings.add(line, what, remedy)

    def add(self, line: int, what: str, remedy: str = "") -> None:
        """Keep a mistake in a row."""
        self.bad_lines.add(line)
        self.findings.add_in_row(line, what, remedy)

    def warn(self, line: int, what: str, remedy: str = "") -> None:
        """Keep something doubtful in a row, which is used all the same."""
        self.findings.warn(line, what, remedy)

    def mentions(self, column: str) -> frozenset[str]:
        """All that may stand in a column, bad rows included: a mistake there is no second one elsewhere."""
        return frozenset({row.cells.get(column, "") for row in self.rows}) | self.misfits

    def unique(self, column: str) -> None:
        """A mistake for every cell that is empty, or there already but for upper and lower case."""
        seen: dict[str, int] = {}
        for row in self.rows:
            value = row.cells[column].casefold()
            if not value:
                self.add(row.line, f"'{column}' is empty.", "Fill it in, or take the line out.")
            elif value in seen:
                what = f"{column} '{row.cells[column]}' stands in line {seen[value]} already."
                self.add(row.line, what, "Give each its own.")
            else:
                seen[value] = row.line


def read_table(path: Path, needed: Sequence[str], findings: FileFindings) -> TableFile:
    """Read a table whose first line names its columns, `needed` among them.

    Rows with a wrong number of cells are left out and are mistakes; so is whatever cannot be read.
    """
    table = TableFile(findings)
    text = read_text(path, findings, MAX_BYTES)
    if text is None:
        table.broken = True
        return table
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        line = 1
        for cells in reader:
            take([cell.strip() for cell in cells], line, needed, table)
            line = reader.line_num + 1
    except csv.Error as error:
        table.fail(reader.line_num, f"This is no table: {error}.", 'Look at the quotes (") of this line.')
    if not table.columns and not findings.found:
        table.fail(1, "The table is empty.", f"Start it with '{','.join(needed)}'.")
    return table


def take(cells: list[str], line: int, needed: Sequence[str], table: TableFile) -> None:
    """Add a line of cells to the table: the first names its columns."""
    if not any(cells):
        return
    if not table.columns:
        _head([cell.casefold() for cell in cells], line, needed, table)
    elif len(cells) != len(table.columns):
        what = f"{len(cells)} cells where {len(table.columns)} belong."
        table.add(line, what, 'A comma too few or too many? A text with a comma needs quotes (").')
        table.misfits |= frozenset(cells)
    else:
        table.rows.append(Row(dict(zip(table.columns, cells, strict=True)), line))
        for column, cell in table.rows[-1].cells.items():
            _check_cell(column, cell, line, table)


def _check_cell(column: str, cell: str, line: int, table: TableFile) -> None:
    if _FORMULA.match(cell):
        table.add(
            line, f"'{column}' holds a formula: '{cell[:40]}'.", "Write the value itself; no text starts with = + - @."
        )
    bad = first_invisible(cell)
    if bad is not None:
        table.add(line, f"'{column}' holds the control character U+{ord(bad):04X}.", "Type the cell anew.")


def _head(columns: list[str], line: int, needed: Sequence[str], table: TableFile) -> None:
    table.columns = tuple(columns)
    for column in needed:
        if column not in columns:
            near = get_close_matches(column, columns, n=1)
            remedy = f"Is '{near[0]}' meant?" if near else f"Found: {', '.join(columns)}."
            table.fail(line, f"The column '{column}' is missing.", remedy)
    for column in sorted({column for column in columns if columns.count(column) > 1}):
        table.fail(line, f"The column '{column}' is there twice.", "Take one out.")
    if "" in columns:
        table.fail(line, "A column has no name.", "Name it, or take out the comma.")
