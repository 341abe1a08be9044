"""What a server's process uses, read from Linux's /proc (proc(5)); child processes are included."""

import os
from dataclasses import dataclass
from pathlib import Path

from callagent.errors import ConfigurationError

PROC = Path("/proc")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Usage:
    """At one moment."""

    cpu_s: float
    """Processor seconds used since the process began."""
    memory_mb: float
    """Proportional set size where the kernel tells it, else resident set size; 1 MB is a million bytes."""
    processes: int


class ServerProcess:
    """One process and all that it started."""

    def __init__(self, pid: int, proc: Path = PROC) -> None:
        self._pid = pid
        self._proc = proc

    def usage(self) -> Usage:
        """What it uses now. Raises ConfigurationError when there is no such process."""
        family = self._family()
        return Usage(
            cpu_s=sum(ticks for _, ticks in family.values()) / _TICKS_PER_S,
            memory_mb=sum(self._memory_bytes(pid) for pid in family) / 1e6,
            processes=len(family),
        )

    def _family(self) -> dict[int, tuple[int, int]]:
        """Parent and processor ticks of the process and its descendants."""
        table = {int(entry.name): stat for entry in self._proc.glob("[0-9]*") if (stat := _stat(entry))}
        if self._pid not in table:
            raise ConfigurationError(f"there is no process {self._pid}; give the server's process id.")
        family = {self._pid}
        grown = True
        while grown:
            children = {pid for pid, (parent, _) in table.items() if parent in family}
            grown = not children <= family
            family |= children
        return {pid: table[pid] for pid in family}

    def _memory_bytes(self, pid: int) -> int:
        try:
            for line in (self._proc / str(pid) / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
        except OSError:
            pass  # not ours, or an old kernel: the resident size is next best
        try:
            return int((self._proc / str(pid) / "statm").read_text().split()[1]) * _PAGE_BYTES
        except OSError:
            return 0


def _stat(entry: Path) -> tuple[int, int] | None:
    """Parent and ticks (user, system, and both of reaped children); None when the process has just gone."""
    try:
        # The name in parentheses may hold anything, so fields are counted from its end.
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[1]), sum(int(ticks) for ticks in fields[11:15])
