"""What works in the background of a server, as it does there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

from callagent.clock import SystemClock
from callagent.resilience.supervision import Supervisor


class Worker(Protocol):
    """Runs until it is closed."""

    async def run(self) -> None:
        """Work."""
        ...

    async def aclose(self) -> None:
        """Come to an end, while `run` goes on."""
        ...


Kept = TypeVar("Kept", bound=Worker)


@asynccontextmanager
async def kept_at_work(worker: Kept, name: str, *, dies: int = 0) -> AsyncIterator[Kept]:
    """Supervised by that name, and closed at the end; it dies, and is begun anew, just so often."""
    deaths: list[str] = []
    supervisor = Supervisor(SystemClock(), lambda name, error, _restarted: deaths.append(f"{name}: {error}"))
    supervisor.keep(name, worker.run)
    yield worker
    await worker.aclose()
    await supervisor.stop()
    assert len(deaths) == dies, deaths
