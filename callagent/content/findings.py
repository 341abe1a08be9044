"""Mistakes found in staff's files, gathered so that all can be shown at once."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from callagent.errors import ContentError, Problem


def shown(path: Path) -> str:
    """A path as staff know it: relative to where the program was started, when it is below that."""
    try:
        return str((path.parent.resolve() / path.name).relative_to(Path.cwd()))  # of a link its own name
    except (ValueError, OSError, RuntimeError):  # the last two of links that lead in a circle
        return str(path)


def nearest(word: str, known: Iterable[str]) -> str:
    """A remedy for a word that is not known: the likeliest one, or all of them."""
    names = sorted(known)
    by_folded = {name.casefold(): name for name in names}
    near = get_close_matches(word.casefold(), by_folded, n=1)
    if near:
        return f"Did you mean '{by_folded[near[0]]}'?"
    return f"Known: {', '.join(names)}." if names else ""


class Findings:
    """The mistakes of all the files of one flow."""

    def __init__(self) -> None:
        self._problems: dict[Problem, None] = {}
        self._rows: dict[tuple[str, int], Problem] = {}
        self._folded: Counter[Problem] = Counter()

    def of(self, path: Path) -> "FileFindings":
        """Where the mistakes of one file go."""
        return FileFindings(shown(path), self)

    def add(self, problem: Problem) -> None:
        """Keep a mistake; the same one twice is one."""
        self._problems[problem] = None

    def add_in_row(self, problem: Problem) -> None:
        """Keep a mistake in a row of a table; of those that come after it in the same row, only how many."""
        first = self._rows.setdefault((problem.file, problem.line), problem)
        if first == problem:
            self.add(problem)
        else:
            self._folded[first] += 1

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Errors and warnings so far, sorted by place."""
        return tuple(sorted(map(self._told, self._problems)))

    def _told(self, problem: Problem) -> Problem:
        more = self._folded[problem]
        return replace(problem, remedy=f"{problem.remedy} And {more} more in this row.") if more else problem

    def raise_any(self) -> None:
        """Raise ContentError with every error so far; nothing happens when there is none."""
        errors = [problem for problem in self.problems if problem.severity == "error"]
        if errors:
            raise ContentError(errors)


class FileFindings:
    """The mistakes of one file."""

    def __init__(self, file: str, findings: Findings) -> None:
        self.file = file
        self.found = False
        """Whether there is any."""
        self._findings = findings

    def add(self, line: int, what: str, remedy: str = "") -> None:
        """Keep a mistake; `line` counts from 1, 0 means the whole file."""
        self.found = True
        self._findings.add(Problem(self.file, line, what, remedy))

    def add_in_row(self, line: int, what: str, remedy: str = "") -> None:
        """Keep a mistake in a row of a table: the first is its likely cause, the others are only counted."""
        self.found = True
        self._findings.add_in_row(Problem(self.file, line, what, remedy))

    def warn(self, line: int, what: str, remedy: str = "") -> None:
        """Keep something that staff should look at, and that does no caller harm."""
        self._findings.add(Problem(self.file, line, what, remedy, "warning"))

    def at(self, line: int) -> Callable[[str, str], None]:
        """How to complain about that line: a function of what is wrong and what would be right."""
        return lambda what, remedy: self.add(line, what, remedy)

    def unknown(self, line: int, word: str, kind: str, known: Iterable[str]) -> None:
        """Keep the mistake that `word` is no `kind`, such as "a flow", with the nearest right word."""
        self.add(line, f"'{word}' is not {kind}.", nearest(word, known))
