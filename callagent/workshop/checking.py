"""All that can be said about a shop's files before anybody calls."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from callagent.content.findings import Findings
from callagent.content.table import MAX_BYTES
from callagent.content.text import read_text
from callagent.errors import Problem
from callagent.workshop.seconds import SpokenLine, spoken_lines
from callagent.workshop.shops import Folders, OpenShop, remarks_of


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that staff should look at."""

    problem: Problem
    text: str
    """The line of the file, as it stands there; empty when the whole file is meant, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check of one shop came to."""

    folders: Folders
    shop: OpenShop | None
    """None when there are errors."""
    remarks: tuple[Remark, ...]
    spoken: tuple[SpokenLine, ...]
    """How long each line takes to say; empty when there are errors."""

    def count(self, severity: str) -> int:
        """How many remarks of that severity."""
        return sum(remark.problem.severity == severity for remark in self.remarks)


def check(folders: Folders, now: datetime | None = None) -> Checked:
    """Read everything, and gather what is wrong and what is doubtful; `now` is for finding what has expired."""
    shop, problems = remarks_of(folders, now)
    remarks = tuple(Remark(problem, _line_of(problem)) for problem in problems)
    return Checked(folders, shop, remarks, tuple(spoken_lines(shop.flow)) if shop else ())


def _line_of(problem: Problem) -> str:
    path = Path(problem.file)
    text = read_text(path, Findings().of(path), MAX_BYTES) if problem.line else None
    lines = text.split("\n") if text else []  # as lines are counted: other signs may stand within one
    return lines[problem.line - 1].strip() if 0 < problem.line <= len(lines) else ""
