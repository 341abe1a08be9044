"""Who has a server's calls: each with the flow of its beginning, recorded, and its summary handed on."""

import itertools
from typing import Final

import structlog

from callagent.call.services import Services
from callagent.call.summary import CallSummary
from callagent.edition import Edition, Editions
from callagent.errors import CallagentError
from callagent.hooks import Hooks
from callagent.keeping import Keeping
from callagent.live_calls import LiveCalls
from callagent.oversight import Oversight
from callagent.recording.folder_names import folder_name
from callagent.recording.recorder import DiskWriter, Recorder
from callagent.settings.settings import Settings
from callagent.telephony.leg import Leg

CALL: Final = "callagent.call.call"
"""What runs a call: with pipecat, a second of imports that come after the server listens."""

log = structlog.get_logger("callagent.app")


class CallTaker:
    """One per server; `keeping` gets its calls once they are over."""

    _serial = itertools.count(1)

    def __init__(
        self,
        services: Services,
        editions: Editions,
        calls: LiveCalls,
        oversight: Oversight,
        hooks: Hooks,
        disk: DiskWriter,
        keeping: Keeping,
        settings: Settings,
    ) -> None:
        self._services = services
        self._editions = editions
        self._calls = calls
        self._oversight = oversight
        self._hooks = hooks
        self._disk = disk
        self._keeping = keeping
        self._settings = settings

    async def take(self, leg: Leg) -> None:
        """Talk with a caller until the call is over. Cancelling this leaves the call to end by itself or with all."""
        await self.have(leg, leg.info.flow)

    async def have(self, leg: Leg, flow: str) -> CallSummary | None:
        """As `take`, with a flow, empty for the server's own; how it went, None when that is not known."""
        if self._calls.closed:
            # A stream whose webhook was answered before the server began to stop.
            await leg.hang_up()
            return None
        return await self._calls.have(self._have(leg, flow))

    async def _edition_of(self, flow: str) -> Edition:
        """Of a flow that somebody chose; whoever is on the line must not hear that it cannot be used any more."""
        try:
            return await self._editions.of(flow)
        except CallagentError as error:
            log.error("flow not usable", flow=flow, error=type(error).__name__)
            return self._editions.current

    async def _have(self, leg: Leg, flow: str) -> CallSummary:
        from callagent.call.call import run_call  # see CALL

        name = folder_name(self._services.clock.wall(), leg.info.call_id, next(self._serial))
        folder = self._settings.recordings / name
        recorder = Recorder(folder, self._disk, sound=self._settings.record, caller=leg.info.caller)
        summary: CallSummary | None = None
        try:
            with self._oversight.watching() as watch:
                edition = await self._edition_of(flow)
                recorder.spare(edition.public)
                async with edition.in_call():
                    listeners = [recorder.on_event, *self._hooks.listeners, watch]
                    summary = await run_call(leg, edition.over(self._services), listeners, recorder)
        finally:
            recorder.finish(None if summary is None else summary.as_dict())
        self._keeping.take(recorder.folder, summary.as_dict())
        self._calls.failed += bool(summary.failures)
        self._hooks.on_summary(summary, recorder.folder)
        return summary
