"""A shop's tables by name, wherever staff keep them: a CSV file each, or one SQLite file for all."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from callagent.content.files import leads_out
from callagent.content.findings import Findings, shown
from callagent.content.table import TableFile, read_table, take
from callagent.errors import ContentError, Problem

DATABASE = "shop.sqlite"
MAX_ROWS = 200_000
MAX_BYTES = 256_000_000


class Tables:
    """The tables of one folder. What stands in ``shop.sqlite`` is read from there, the rest from ``NAME.csv``."""

    def __init__(self, folder: Path, findings: Findings) -> None:
        """All that is wrong with the tables goes to `findings`.

        Raises ContentError when there is a database that cannot be read.
        """
        self.folder = folder
        self._findings = findings
        self._database = folder / DATABASE
        there = self._database.exists() or self._database.is_symlink()
        self._in_database = self._names() if there else frozenset()

    def has(self, name: str) -> bool:
        """Whether the shop keeps that table."""
        return name in self._in_database or (self.folder / f"{name}.csv").exists()

    def read(self, name: str, needed: Sequence[str]) -> TableFile:
        """Read a table with the columns `needed`, and all that is wrong with its cells."""
        path = self.folder / f"{name}.csv"
        if name not in self._in_database:
            return read_table(path, needed, self._findings.of(path))
        table = self._read_database(name, needed)
        if path.exists():
            table.fail(0, f"The table is in {shown(path)} as well.", "Keep one of them.")
        return table

    def _names(self) -> frozenset[str]:
        what = _unfit(self._database)
        if what:
            raise ContentError([Problem(shown(self._database), 0, what, "Put a SQLite file in its place.")])
        try:
            with closing(self._connect()) as connection:
                rows = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
                return frozenset(str(name) for (name,) in rows)
        except sqlite3.Error as error:
            problem = Problem(shown(self._database), 0, f"This is no SQLite file: {error}.", "Save it again.")
            raise ContentError([problem]) from error

    def _read_database(self, name: str, needed: Sequence[str]) -> TableFile:
        table = TableFile(self._findings.of(self._database / name))
        quoted = name.replace('"', '""')
        try:
            with closing(self._connect()) as connection:
                cursor = connection.execute(f'SELECT * FROM "{quoted}" LIMIT {MAX_ROWS + 1}')  # noqa: S608  # quoted
                take([column[0] for column in cursor.description], 1, needed, table)
                for line, cells in enumerate(cursor, 2):
                    take([_text(cell) for cell in cells], line, needed, table)
        except sqlite3.Error as error:
            table.fail(0, f"Cannot be read: {error}.", "Is the file whole?")
        if len(table.rows) > MAX_ROWS:
            table.fail(0, "The table is too long.", f"At most {MAX_ROWS} rows are allowed.")
        return table

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(f"{self._database.resolve().as_uri()}?mode=ro", uri=True)


def _unfit(path: Path) -> str:
    """Why a file is not even opened; empty when it may be."""
    if leads_out(path):
        return "This is a link that leads out of its folder."
    if not path.is_file():
        return "This is no file."
    size = path.stat().st_size
    if size > MAX_BYTES:
        return f"The file has {size // 1_000_000} MB; at most {MAX_BYTES // 1_000_000} are allowed."
    return ""


def _text(cell: object) -> str:
    """A cell as it would stand in a CSV file; bytes become a text that no column accepts."""
    if cell is None:
        return ""
    return "\0" if isinstance(cell, bytes) else str(cell).strip()
