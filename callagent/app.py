"""The composition root: the one file that knows every room and puts them together."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import structlog

from callagent.assembly import (
    check_recordings,
    make_account,
    make_memory,
    make_services,
    make_turn_judge,
)
from callagent.call.heartbeat import Heartbeat
from callagent.call_taker import CALL, CallTaker
from callagent.clock import Clock, SystemClock
from callagent.diallers import Diallers
from callagent.dialogue.standing import ALL_BUSY, PLEASE_HOLD
from callagent.edition import Editions
from callagent.errors import CallagentError, StoreError
from callagent.flow_dialogue import FlowDialogue
from callagent.health import Health
from callagent.hooks import Hooks
from callagent.keeping import Keeping
from callagent.live_calls import LiveCalls
from callagent.oversight import HEARTBEAT, MONITOR, Oversight
from callagent.providers import EMBEDDED, check_options, check_orders, make_provider
from callagent.recording.recorder import DiskWriter
from callagent.recordings import open_recordings
from callagent.resilience.admission import Admission
from callagent.resilience.roster import Roster
from callagent.settings.settings import Settings
from callagent.telephony.asterisk.carrier import AsteriskCarrier, listen_at
from callagent.telephony.server import HttpServer, listen, make_app
from callagent.telephony.twilio.dialling import TwilioDialler
from callagent.telephony.twilio.queueing import Queue, QueueWords
from callagent.telephony.twilio.rest import TwilioApi
from callagent.telephony.twilio.routes import TwilioRoutes
from callagent.telephony.twilio.switchboard import OwnSwitchboard, Switchboard
from callagent.turn.smart_turn import load_turn_model
from callagent.views import Views
from callagent.warm_up import WarmUp
from callagent.web.dial_routes import add_dial_routes
from callagent.web.status_routes import add_status_routes
from callagent.workers.link import Here, ParentLink

if TYPE_CHECKING:
    from callagent.monitor.status import Status
    from callagent.telephony.sip.carrier import SipCarrier

DRAIN_LOOK_S: Final = 0.2
"""How often a draining server looks whether anybody is still on the line or on the way."""
LOOK_S: Final = 1.0
"""How often a server looks whether the shop's files have changed."""
GOODBYE_S: Final = 10.0
"""How long calls have to make their summaries once the server has stopped waiting for them."""

log = structlog.get_logger("callagent.app")


class App:
    """A server: made from settings, started, and stopped with its calls ended and their summaries written.

    Making it reads flows, prompts and tables, takes the port, and raises ConfigurationError or ContentError for what
    is wrong with them; nothing has been started then.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock | None = None,
        hooks: Hooks | None = None,
        link: ParentLink | None = None,
    ) -> None:
        """With a `link` this is one of several workers: its parent has the port, and hands it connections."""
        self.settings = settings
        self.clock = clock or SystemClock()
        self.calls = LiveCalls()
        check_options(settings)
        self._editions = Editions(settings, self.clock)
        check_orders(settings, self.dialogue.flow.languages)
        self.admission = Admission(settings.busy_ms / 1000)
        self.heartbeat = Heartbeat(self.clock, self.admission.note)
        self._memory = make_memory(settings)
        check_recordings(settings.recordings)
        roster, hooks = Roster(), hooks or Hooks()
        turn_judge = make_turn_judge(settings)
        self._services = make_services(
            settings, self.clock, self.heartbeat, self._editions.current, roster, self._memory, turn_judge, hooks
        )
        self._link = link
        self._switchboard: Switchboard = link or OwnSwitchboard(
            self.clock, lambda: self.admission.is_open, settings.most_calls
        )
        self.health = Health(self.calls, self.heartbeat, self._editions, self._services)
        self._oversight = Oversight(
            settings, self.clock, self.heartbeat, roster, self.health.memory_of_models, self.health.breaks
        )
        self._keeping = Keeping(settings, self.clock)
        self._listener = None if link else listen(settings.host, settings.port)
        self._audiosocket = None if link else listen_at(settings.audiosocket)
        self.port: int = self._listener.getsockname()[1] if self._listener else settings.port
        self._disk = DiskWriter(keys=open_recordings(settings).keys)
        self._taker = CallTaker(
            self._services, self._editions, self.calls, self._oversight, hooks, self._disk, self._keeping, settings
        )
        self._asterisk = AsteriskCarrier(
            self._audiosocket,
            settings.asterisk_token.get_secret_value(),
            settings.asterisk_from,
            self._switchboard,
            self.clock,
            self._taker.take,
        )
        self.diallers = Diallers(self._taker, self._editions, self._switchboard, self.clock, settings)
        self._sip = None if link or not settings.sip else self._make_sip()
        self.health.sip = self._sip
        if self._sip and self._sip.rings:
            self.diallers.sip = self._sip
        self._warm_up: WarmUp | None = None
        self._closing = AsyncExitStack()
        """What has been started, the last one to be closed first."""
        self._closing.push_async_callback(asyncio.to_thread, self._disk.close)
        for listener in (self._listener, self._audiosocket):
            if listener:
                self._closing.callback(listener.close)
        if turn_judge is not None:
            self._closing.callback(turn_judge.close)
        self._closing.push_async_callback(self._editions.aclose)

    def _make_sip(self) -> "SipCarrier":
        from callagent.sip_assembly import make_sip  # most servers have none

        return make_sip(self.settings, self._switchboard, self.clock, self._taker.take)

    @property
    def dialogue(self) -> FlowDialogue:
        """The flow as it is for calls that begin now."""
        return self._editions.current.dialogue

    def status(self) -> "Status":
        """How the server does now; no word and no number of a caller."""
        status = self._oversight.status()
        complaints = (*self._keeping.complaints(), *(self._sip.complaints() if self._sip else ()))
        advice = (*complaints, *status.recommendations)
        return replace(status, recommendations=advice, waiting=self._keeping.figures())

    def view(self) -> dict[str, Any]:
        """What this process shows of itself, as data: to be merged with what others do."""
        return {**self._oversight.view(), "status": self.status().as_dict(), "health": self._figures()}

    def _figures(self) -> dict[str, Any]:
        return self.health.figures(self._oversight.given_up)

    async def _open_memory(self) -> None:
        """Have the tables made; a database that is down is told, and callers are new until it is back."""
        if self._memory is not None:
            try:
                await self._memory.open(self.clock.wall())
            except StoreError as error:
                log.error("nobody is remembered", error=str(error))

    async def start(self, public_url: str = "") -> None:
        """Listen, and load in the background what the first caller should not wait for."""
        services, closing = self._services, self._closing
        for part in (services.model, services.synthesizer, services.transcriber, services.reception, services.ahead):
            if part:
                closing.push_async_callback(part.aclose)
        account = make_account(self.settings, public_url)
        api = TwilioApi(account) if account else None
        twilio: TwilioRoutes | None = None
        if account and api:
            closing.push_async_callback(api.aclose)
            dialler = TwilioDialler(account, api, self.settings.dial_from, self._switchboard.worker)
            self.diallers.twilio = dialler
            twilio = TwilioRoutes(account, api, self.clock, self._taker.take, self._switchboard, self._queue(), dialler)
        views = Views(self.status, self._figures, lambda: self.health.not_ready, self._link)
        closing.push_async_callback(self._keeping.disconnect)
        self._keep_up({HEARTBEAT: self.heartbeat.run, **self._keeping.tasks()})
        closing.push_async_callback(self._keeping.aclose)
        await self._listen(twilio, views)
        self._begin_warm_up(api)
        self._keep_up({"watch": self._keep_looking, "monitor": self._keep_monitoring})

    def _keep_up(self, tasks: Mapping[str, Callable[[], Coroutine[Any, Any, None]]]) -> None:
        """Have tasks done, by name, until everything is closed; one that dies is begun anew."""
        supervisor = self._oversight.supervisor()
        for name, task in tasks.items():
            supervisor.keep(name, task)
        self._closing.push_async_callback(supervisor.stop)

    async def _listen(self, twilio: TwilioRoutes | None, views: Views) -> None:
        """Take requests: at our port, or those that the parent hands over."""
        settings = self.settings
        app = make_app(views.health, views.not_ready)
        token = settings.monitor_token.get_secret_value()
        add_status_routes(app, views.status, token)
        add_dial_routes(app, self.diallers.dial, token)
        self._closing.push_async_callback(self.diallers.aclose)
        if twilio:
            twilio.add_to(app)
        self._asterisk.add_to(app)
        server = HttpServer(app, self._listener)
        await server.start()
        self._closing.push_async_callback(server.stop)
        await self._asterisk.start()
        self._closing.push_async_callback(self._asterisk.stop)
        if self._sip:
            self._closing.push_async_callback(self._sip.stop)
            await self._sip.start()
        if self._link:
            forget = twilio.forget if twilio else _forget_nothing
            here = Here(server.take, lambda: self.admission.is_open, views.own_reason, self.view, forget)
            await self._link.open(here)
            self._closing.push_async_callback(self._link.aclose)
        log.info("listening", host=settings.host, port=self.port, shop=settings.shop, flow=self.dialogue.version)

    def _begin_warm_up(self, api: TwilioApi | None) -> None:
        reserve = make_provider("tts", EMBEDDED["tts"], self.settings)
        self._closing.push_async_callback(reserve.aclose)
        further = [self._load, self._open_memory, *([api.warm_up] if api else [])]
        self._warm_up = WarmUp(self._services, self.dialogue, self._is_ready, reserve, further)
        self._warm_up.start()
        self._closing.push_async_callback(self._warm_up.stop)

    async def _load(self) -> None:
        """What a call needs and listening does not."""
        await asyncio.to_thread(import_module, CALL)
        await asyncio.to_thread(import_module, MONITOR)
        await asyncio.to_thread(self._services.voice_pool.warm_up)
        if self.settings.smart_turn:
            await asyncio.to_thread(load_turn_model().warm_up)
        await asyncio.to_thread(self._editions.current.prepare)

    async def broken(self) -> None:
        """Wait until nothing but another process can serve calls: a part that all calls need keeps dying."""
        await self.health.is_broken.wait()

    async def ready(self) -> None:
        """Wait until the first caller would not have to.

        Raises ProviderError when a provider cannot be had, ConfigurationError when it is set up wrongly.
        """
        if self._warm_up:
            await self._warm_up.ready()

    def _queue(self) -> Queue:
        """What callers hear while nobody can serve them well, in the words of the flow as it is then."""

        def words() -> QueueWords:
            dialogue = self.dialogue
            return QueueWords(dialogue.text(PLEASE_HOLD), dialogue.text(ALL_BUSY), dialogue.language)

        return Queue(words, self.settings.fallback, self.settings.queue_s)

    def _is_ready(self) -> None:
        services = self._services
        self.heartbeat.forget_lag()
        self.admission.forget()
        self.health.not_ready = None
        names = {"stt": services.transcriber.info.name, "tts": services.synthesizer.info.name}
        log.info("ready", **names, llm=services.model.info.name if services.model else "none")

    async def _keep_looking(self) -> None:
        with suppress(CallagentError):  # a server that cannot get ready says so elsewhere; its files may mend it
            await self.ready()
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look_for_change(self.clock.now_s())

    async def _keep_monitoring(self) -> None:
        with suppress(CallagentError):
            await self.ready()
        await self._oversight.keep_looking()

    async def look_for_change(self, now_s: float) -> None:
        """Take up what staff have changed, for calls that begin from now on; calls that go on keep what they have."""
        if await self._editions.look(now_s) and self._warm_up:
            self._warm_up.render_prompts(self.dialogue)

    async def _waiting_for(self) -> int:
        """How many callers are on the line, with the agent or a person, or on the way."""
        handed_over = self._sip.handed_over if self._sip else 0
        return len(self.calls) + handed_over + await self._switchboard.promised()

    async def _drain(self) -> None:
        """Until nobody is on the line or on the way, or whoever waits for that has lost patience."""
        # Calls come while this waits, and promises lapse by the clock: there is nothing to wait for but time.
        while not self.calls.closed and await self._waiting_for():  # noqa: ASYNC110
            await asyncio.sleep(DRAIN_LOOK_S)

    async def stop(self, drain_s: float = 0.0) -> None:
        """Take no new calls, give the live and the promised ones `drain_s` to end, end the rest, and close everything.

        A promised call is one whose caller was told to connect here and has not done so yet. Everything is closed even
        when closing some of it, or starting, failed.
        """
        self.health.not_ready = "stopping"
        async with self._closing:
            self._switchboard.close()
            if drain_s and (waiting_for := await self._waiting_for()):
                log.info("draining", calls=len(self.calls), waiting_for=waiting_for, seconds=drain_s)
                with suppress(TimeoutError):
                    async with asyncio.timeout(drain_s):
                        await self._drain()
            self.diallers.end()
            self.calls.end()
            late = await self.calls.wait(GOODBYE_S)
            if late:
                log.error("calls did not end", calls=late, seconds=GOODBYE_S)


def _forget_nothing(_call_sid: str) -> None:
    """Without Twilio there is no call to be forgotten."""
