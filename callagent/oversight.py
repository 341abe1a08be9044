"""Who watches over a server: its tasks are begun anew when they die, its providers and calls are judged."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import structlog

from callagent.call.heartbeat import Heartbeat
from callagent.call.journal import Listener
from callagent.clock import Clock
from callagent.resilience.roster import Roster
from callagent.resilience.supervision import Supervisor
from callagent.settings.settings import Settings

if TYPE_CHECKING:
    from callagent.monitor.monitor import Monitor
    from callagent.monitor.status import Reporter, Status

MONITOR: Final = "callagent.monitor.status"
"""Who judges: some hundredths of a second of imports that come after the server listens."""
LOOK_S: Final = 1.0
"""How often providers and process are judged."""
HEARTBEAT: Final = "heartbeat"
"""The task without which no call can go on."""

log = structlog.get_logger("callagent.app")


class Oversight:
    """One per server, used from its event loop's thread only.

    `roster` holds the providers that are judged, `models` tells the bytes of each model that is loaded, and `on_broken`
    is called when the heartbeat keeps dying.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        heartbeat: Heartbeat,
        roster: Roster,
        models: Callable[[], Mapping[str, int]],
        on_broken: Callable[[], None],
    ) -> None:
        self.given_up: list[str] = []
        """Tasks that kept dying; the server does without them."""
        self._settings = settings
        self._clock = clock
        self._heartbeat = heartbeat
        self._roster = roster
        self._models = models
        self._on_broken = on_broken

    def supervisor(self) -> Supervisor:
        """One that tells here what dies of its tasks."""
        return Supervisor(self._clock, self._task_died)

    def _task_died(self, task: str, error: str, restarted: bool) -> None:  # as supervisors tell it
        self._monitor.totals.restarts[task] += restarted
        log.error("a task of the server died", task=task, error=error, restarted=restarted)
        if restarted:
            return
        self.given_up.append(task)
        if task == HEARTBEAT:
            self._on_broken()

    def watching(self) -> AbstractContextManager[Listener]:
        """While a call goes on: the listener that its events are to be given to."""
        return self._monitor.watching()

    async def keep_looking(self) -> None:
        """Judge providers and process, until it is cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            self._monitor.look(self._clock.now_s())

    def status(self) -> "Status":
        """How the server does now; no word and no number of a caller."""
        return self._reporter.status(self._clock.now_s(), self._clock.wall())

    def view(self) -> dict[str, Any]:
        """The same as data, with the values that its figures are made of: to be merged with other processes'."""
        return {"status": self.status().as_dict(), "samples": self._reporter.samples(self._clock.now_s())}

    @cached_property
    def _monitor(self) -> "Monitor":
        """Made when the first call or a person needs it, see `MONITOR`."""
        from callagent.monitor.monitor import Monitor
        from callagent.monitor.quality import QualityMonitor
        from callagent.monitor.thresholds import thresholds_with

        settings = self._settings
        thresholds = thresholds_with(settings.thresholds)
        quality = QualityMonitor(self._roster, thresholds, demotes=settings.demote, rest_s=settings.demoted_s)
        return Monitor(self._clock, quality, self._heartbeat.lag_peak_s)

    @cached_property
    def _reporter(self) -> "Reporter":
        from callagent.monitor.status import Reporter

        return Reporter(self._monitor, self._roster, ZoneInfo(self._settings.timezone), self._models)
