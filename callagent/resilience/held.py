"""Models that providers hold in this machine's memory: which, and how much of it."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class HeldModel:
    """One that is loaded now."""

    provider: str
    """Registry name."""
    name: str
    version: str
    digest: str
    """How the SHA-256 of its weights begins; empty where nobody has looked."""
    memory: int
    """Bytes: of its process where it has one of its own, else of its weights; 0 where that cannot be told."""


@runtime_checkable
class Holder(Protocol):
    """A provider, or several, with models in memory."""

    @property
    def held(self) -> tuple[HeldModel, ...]:
        """Those that are loaded now."""
        ...


def held_by(providers: Iterable[object]) -> tuple[HeldModel, ...]:
    """Of all of these; most hold none."""
    return tuple(model for provider in providers if isinstance(provider, Holder) for model in provider.held)


def resident(*pids: int | None) -> int:
    """Bytes of memory that these processes have together; 0 where the system does not tell."""
    total = 0
    for pid in pids:
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, ValueError, IndexError):
            continue
        total += pages * os.sysconf("SC_PAGE_SIZE")
    return total
