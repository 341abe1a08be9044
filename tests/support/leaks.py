"""What a provider leaves behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

TURNS = 20
"""Of the event loop, after which whatever was closed is gone."""


@asynccontextmanager
async def nothing_left() -> AsyncIterator[None]:
    """Within it tasks and sockets may come; behind it they must be gone."""
    tasks, sockets = asyncio.all_tasks(), _sockets()
    yield
    for _ in range(TURNS):
        await asyncio.sleep(0)

    assert asyncio.all_tasks() - tasks == set()
    assert _sockets() <= sockets


def _sockets() -> int:
    found = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found += str(descriptor.readlink()).startswith("socket:")
    return found
