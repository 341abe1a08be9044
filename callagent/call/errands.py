"""What must wait for something, begun from where nobody can wait."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from callagent.call.faults import fault
from callagent.call.journal import EventLog
from callagent.events import StageFailed

log = structlog.get_logger("callagent.call")


class Errands:
    """Those of one call; one that fails is told, and the call goes on."""

    def __init__(self, call_id: str, journal: EventLog) -> None:
        self._call_id = call_id
        self._journal = journal
        self._under_way: set[asyncio.Task[None]] = set()

    def run(self, errand: Coroutine[Any, Any, None]) -> None:
        """Begin it."""
        task = asyncio.create_task(errand)
        self._under_way.add(task)
        task.add_done_callback(self._done)

    def stop(self) -> None:
        """Drop those that are not done."""
        for errand in self._under_way:
            errand.cancel()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("errand failed", call=self._call_id, **fault(error))
            self._journal.write(StageFailed(at_s=self._journal.at_s(), stage="call", error=type(error).__name__))
