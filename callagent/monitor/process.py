"""What the process costs: its CPU, its memory, and that of the processes that it started."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SELF: Final = Path("/proc/self")
PAGE: Final = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of the process, at one moment."""

    cpu: float
    """Share of one core since the last look; workers not counted."""
    cpu_s: float
    """Seconds of CPU since the process began."""
    memory: int
    """Bytes that are resident; 0 where the system does not say so."""
    workers: int
    """Processes that it started, such as recognisers'."""
    workers_memory: int
    """Bytes that are resident in them: models that are loaded there."""


class Process:
    """Looks at the process now and then."""

    def __init__(self, now_s: float) -> None:
        self._looked_s = now_s
        self._cpu_s = time.process_time()
        self.cost = Cost(0.0, self._cpu_s, 0, 0, 0)
        """As of the last look."""
        self.look(now_s)

    def look(self, now_s: float) -> None:
        """Measure; some tenths of a millisecond."""
        cpu_s = time.process_time()
        passed_s = now_s - self._looked_s
        cpu = (cpu_s - self._cpu_s) / passed_s if passed_s > 0 else self.cost.cpu
        self._looked_s, self._cpu_s = now_s, cpu_s
        workers = _children()
        self.cost = Cost(
            round(cpu, 4),
            round(cpu_s, 2),
            _resident(SELF),
            len(workers),
            sum(_resident(Path("/proc") / worker) for worker in workers),
        )


def _resident(process: Path) -> int:
    try:
        return int((process / "statm").read_text().split()[1]) * PAGE
    except (OSError, ValueError, IndexError):
        return 0


def _children() -> list[str]:
    """Their numbers; none where the system does not say so."""
    found: list[str] = []
    try:
        for thread in (SELF / "task").iterdir():
            try:
                found += (thread / "children").read_text().split()
            except OSError:  # the thread has ended meanwhile
                continue
    except OSError:
        return []
    return found
