"""What a server does for its recordings beside all calls: it finishes those of a dead process, and lets old ones go."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog

from callagent.clock import Clock
from callagent.errors import RecordingError
from callagent.recording.at_rest.files import PLAIN
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.leaving import in_thread
from callagent.recording.recovery import recover
from callagent.recording.retention import Kept, finish_deleting, purge

DAY_S: Final = 86_400.0
HOUR_S: Final = 3600.0
"""How often dead calls are looked for: another worker's process may have died."""
BY: Final = "callagent"
"""Whom the audit log has for it."""

log = structlog.get_logger("callagent.recording")


class Upkeep:
    """One per process; several beside each other do nothing twice."""

    def __init__(
        self,
        recordings: Path,
        days: Mapping[Kept, float],
        clock: Clock,
        on_recovered: Callable[[Path, Mapping[str, Any]], None] = lambda _folder, _summary: None,
        keys: KeyRing = PLAIN,
    ) -> None:
        """`days` as `purge` wants them; `on_recovered` is called from the event loop's thread."""
        self._recordings = recordings
        self._days = days
        self._clock = clock
        self._on_recovered = on_recovered
        self._keys = keys
        self._purge_s = clock.now_s()
        """When it is purged next."""

    async def run(self) -> None:
        """Until it is cancelled; what goes wrong is logged, and tried again the next time."""
        while True:
            try:
                await self.look()
            except RecordingError as error:
                log.error("recordings not looked after", error=str(error))
            await asyncio.sleep(HOUR_S)

    async def look(self) -> None:
        """Do what is to be done by now. Raises RecordingError."""
        found = await in_thread(partial(recover, self._recordings, self._keys))
        for call in found.calls:
            self._on_recovered(call.folder, call.summary)
        for problem in found.problems:
            log.error("call not recovered", error=problem)
        if self._clock.now_s() < self._purge_s:
            return
        self._purge_s = self._clock.now_s() + DAY_S
        if not self._days:
            await in_thread(partial(finish_deleting, self._recordings, BY))
            return
        wall = self._clock.wall()
        done = await in_thread(partial(purge, self._recordings, self._days, wall, by=BY, keys=self._keys))
        for problem in done.problems:
            log.error("recording not purged", error=problem)
        if done.calls or done.audit_lines:
            log.info("recordings purged", calls=len(done.calls), held=len(done.spared), audit_lines=done.audit_lines)
