"""Work that blocks and that the end of the process leaves where it is, for what hangs would hold that up."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """As asyncio.to_thread, for work that may be broken off at any moment."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is gone
            loop.call_soon_threadsafe(lambda: None if future.done() else result())

    def do() -> None:
        try:
            done = work()
        except Exception as error:  # noqa: BLE001  # it is raised where this is waited for
            failed = error
            settle(lambda: future.set_exception(failed))
        else:
            settle(lambda: future.set_result(done))

    Thread(target=do, name="recordings", daemon=True).start()
    return await future
