"""A CSV file that staff keep, read strictly: every mistake with its file and line."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from callagent.errors import Problem

MAX_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    cells: Mapping[str, str]
    """By column, without spaces around."""
    line: int
    """In the file, counted from 1; where a quoted cell spans several, the first."""


@dataclass(slots=True)
class TableFile:
    """A table, and the mistakes found in it so far."""

    file: str
    """Path as staff know it."""
    columns: tuple[str, ...] = ()
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, line: int, what: str, remedy: str = "") -> None:
        """Keep a mistake."""
        self.problems.append(Problem(self.file, line, what, remedy))

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


def read_table(path: Path, needed: Sequence[str]) -> TableFile:
    """Read a table whose first line names its columns, `needed` among them.

    Rows with a wrong number of cells are left out and are mistakes; so is whatever cannot be read.
    """
    table = TableFile(_shown(path))
    text = _text(path, table)
    if text is None:
        return table
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        line = 1
        for cells in reader:
            _take([cell.strip() for cell in cells], line, needed, table)
            line = reader.line_num + 1
    except csv.Error as error:
        table.add(reader.line_num, f"This is no table: {error}.", 'Look at the quotes (") of this line.')
    if not table.columns and not table.problems:
        table.add(1, "The table is empty.", f"Start it with '{','.join(needed)}'.")
    return table


def _take(cells: list[str], line: int, needed: Sequence[str], table: TableFile) -> None:
    if not any(cells):
        return
    if not table.columns:
        _head([cell.casefold() for cell in cells], line, needed, table)
    elif len(cells) != len(table.columns):
        what = f"{len(cells)} cells where {len(table.columns)} belong."
        table.add(line, what, 'A comma too few or too many? A text with a comma needs quotes (").')
    else:
        table.rows.append(Row(dict(zip(table.columns, cells, strict=True)), line))


def _head(columns: list[str], line: int, needed: Sequence[str], table: TableFile) -> None:
    table.columns = tuple(columns)
    for column in needed:
        if column not in columns:
            near = get_close_matches(column, columns, n=1)
            remedy = f"Is '{near[0]}' meant?" if near else f"Found: {', '.join(columns)}."
            table.add(line, f"The column '{column}' is missing.", remedy)
    for column in sorted({column for column in columns if columns.count(column) > 1}):
        table.add(line, f"The column '{column}' is there twice.", "Take one out.")
    if "" in columns:
        table.add(line, "A column has no name.", "Name it, or take out the comma.")


def _text(path: Path, table: TableFile) -> str | None:
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except OSError as error:
        table.add(0, f"Cannot be read: {error.strerror or 'unknown reason'}.", "Is the file there, and readable?")
        return None
    if data is None:
        table.add(0, "The file is too big.", f"At most {MAX_BYTES // 1024 // 1024} MB are allowed.")
        return None
    try:
        return data.decode("utf-8-sig")  # spreadsheets put a byte order mark first
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        table.add(line, "A character here is not UTF-8.", "Save it as 'CSV UTF-8'.")
        return None


def _shown(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
