"""Who has a server's calls: each with the flow of its beginning, recorded, and its summary handed on."""

import itertools
import re
from datetime import UTC
from typing import TYPE_CHECKING, Final

from callagent.call.services import Services
from callagent.call.summary import CallSummary
from callagent.edition import Editions
from callagent.hooks import Hooks
from callagent.live_calls import LiveCalls
from callagent.oversight import Oversight
from callagent.recording.recorder import DiskWriter, Recorder
from callagent.settings.settings import Settings
from callagent.telephony.leg import Leg

if TYPE_CHECKING:
    from callagent.recording.delivery import Delivery

CALL: Final = "callagent.call.call"
"""What runs a call: with pipecat, a second of imports that come after the server listens."""


class CallTaker:
    """One per server; `delivery` gets the summaries of its calls, where there is one."""

    _serial = itertools.count(1)

    def __init__(
        self,
        services: Services,
        editions: Editions,
        calls: LiveCalls,
        oversight: Oversight,
        hooks: Hooks,
        disk: DiskWriter,
        delivery: "Delivery | None",
        settings: Settings,
    ) -> None:
        self._services = services
        self._editions = editions
        self._calls = calls
        self._oversight = oversight
        self._hooks = hooks
        self._disk = disk
        self._delivery = delivery
        self._settings = settings

    async def take(self, leg: Leg) -> None:
        """Talk with a caller until the call is over. Cancelling this leaves the call to end by itself or with all."""
        if self._calls.closed:
            # A stream whose webhook was answered before the server began to stop.
            await leg.hang_up()
            return
        await self._calls.have(self._have(leg))

    async def _have(self, leg: Leg) -> None:
        from callagent.call.call import run_call  # see CALL

        folder = self._settings.recordings / self._folder_name(leg)
        recorder = Recorder(folder, self._disk, sound=self._settings.record)
        summary: CallSummary | None = None
        try:
            with self._oversight.watching() as watch:
                edition = self._editions.current
                async with edition.in_call():
                    listeners = [recorder.on_event, *self._hooks.listeners, watch]
                    summary = await run_call(leg, edition.over(self._services), listeners, recorder)
        finally:
            recorder.finish(None if summary is None else summary.as_dict())
        if self._delivery is not None:
            self._delivery.take(recorder.folder.name, summary.as_dict())
        self._calls.failed += bool(summary.failures)
        self._hooks.on_summary(summary, recorder.folder)

    def _folder_name(self, leg: Leg) -> str:
        """A folder of its own for each call; what a peer sent is kept to harmless characters."""
        moment = self._services.clock.wall().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        name = re.sub(r"[^A-Za-z0-9]", "", leg.info.call_id)[-12:] or "call"
        return f"{moment}-{name}-{next(self._serial)}"
