"""That nothing is left behind: no task, no socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

SOON_S: Final = 60.0
"""So long is waited for it: a slow machine takes its time, and what is left for good is told then."""


@asynccontextmanager
async def nothing_is_left() -> AsyncIterator[None]:
    """What is begun inside has ended soon after."""
    tasks, open_before = asyncio.all_tasks(), _sockets()
    yield
    with suppress(TimeoutError):
        async with asyncio.timeout(SOON_S):
            while _new(tasks) or _sockets() > open_before:  # noqa: ASYNC110  # sockets tell nobody
                await asyncio.sleep(0.01)

    assert _new(tasks) == set()
    assert _sockets() <= open_before


def _new(before: set[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks() - before - {asyncio.current_task()}


def _sockets() -> int:
    """How many this process has open."""
    return sum(str(path.readlink()).startswith("socket:") for path in Path("/proc/self/fd").iterdir() if path.exists())
