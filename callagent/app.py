"""The composition root: the one file that knows every room and puts them together."""

import asyncio
import itertools
import re
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog

from callagent.assembly import FlowDialogue, check_recordings, make_delivery, make_memory, make_reception
from callagent.call.ahead import PromptsAhead
from callagent.call.heartbeat import Heartbeat
from callagent.call.journal import Listener
from callagent.call.services import Limits, Services
from callagent.call.summary import CallSummary
from callagent.clock import Clock, SystemClock
from callagent.dialogue.standing import ALL_BUSY, PLEASE_HOLD
from callagent.edition import Editions
from callagent.errors import CallagentError, StoreError
from callagent.live_calls import LiveCalls
from callagent.media.vad import load_voice_model
from callagent.media.voice_pool import VoicePool
from callagent.oversight import HEARTBEAT, MONITOR, Oversight
from callagent.providers import (
    EMBEDDED,
    check_options,
    check_orders,
    make_model,
    make_provider,
    make_synthesizer,
    make_transcriber,
)
from callagent.recording.recorder import DiskWriter, Recorder
from callagent.resilience.admission import Admission
from callagent.resilience.held import HeldModel, held_by
from callagent.resilience.roster import Roster
from callagent.settings import Settings
from callagent.telephony.leg import Leg
from callagent.telephony.server import HttpServer, listen, make_app
from callagent.telephony.twilio.account import TwilioAccount
from callagent.telephony.twilio.queueing import Queue, QueueWords
from callagent.telephony.twilio.rest import TwilioApi
from callagent.telephony.twilio.routes import TwilioRoutes
from callagent.telephony.twilio.switchboard import OwnSwitchboard, Switchboard
from callagent.tts.cache import CachedSynthesizer
from callagent.turn.smart_turn import SmartTurn, load_turn_model
from callagent.views import Views
from callagent.warm_up import WarmUp
from callagent.web.status_routes import add_status_routes
from callagent.workers.link import Here, ParentLink

if TYPE_CHECKING:
    from callagent.monitor.status import Status
    from callagent.recording.delivery import Delivery

DRAIN_LOOK_S: Final = 0.2
"""How often a draining server looks whether anybody is still on the line or on the way."""
LOOK_S: Final = 1.0
"""How often a server looks whether the shop's files have changed."""
GOODBYE_S: Final = 10.0
"""How long calls have to make their summaries once the server has stopped waiting for them."""

CALL: Final = "callagent.call.call"
"""What runs a call: with pipecat, a second of imports that come after the server listens."""

log = structlog.get_logger("callagent.app")


@dataclass(slots=True)
class Hooks:
    """Who else wants to know, besides the log and the recording: the demo, tests."""

    listeners: Sequence[Listener] = ()
    on_summary: Callable[[CallSummary, Path], None] = field(default=lambda _summary, _folder: None)
    """Gets each call's summary and the folder it is kept in."""
    refit: Callable[[str, Any], Any] = field(default=lambda _stage, provider: provider)
    """Gets who works in each stage, "stt", "llm" or "tts", and gives who does it in calls."""


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
        self.hooks = hooks or Hooks()
        self.calls = LiveCalls()
        check_options(settings)
        self._editions = Editions(settings, self.clock)
        check_orders(settings, self.dialogue.flow.languages)
        self.admission = Admission(settings.busy_ms / 1000)
        self.heartbeat = Heartbeat(self.clock, self.admission.note)
        self._broken = asyncio.Event()
        self._memory = make_memory(settings)
        roster = Roster()
        self._turn_judge = SmartTurn(load_turn_model()) if settings.smart_turn else None
        self._services = self._make_services(roster)
        self._link = link
        self._switchboard: Switchboard = link or OwnSwitchboard(
            self.clock, lambda: self.admission.is_open, settings.most_calls
        )
        self._oversight = Oversight(
            settings, self.clock, self.heartbeat, roster, self._memory_of_models, self._heartbeat_lost
        )
        check_recordings(settings.recordings)
        self._listener = None if link else listen(settings.host, settings.port)
        self.port: int = self._listener.getsockname()[1] if self._listener else settings.port
        self._disk = DiskWriter()
        self._twilio: TwilioRoutes | None = None
        self._warm_up: WarmUp | None = None
        self._delivery: Delivery | None = None
        self._not_ready: str | None = "starting"
        self._closing = AsyncExitStack()
        """What has been started, the last one to be closed first."""
        self._closing.push_async_callback(asyncio.to_thread, self._disk.close)
        if self._listener:
            self._closing.callback(self._listener.close)
        if self._turn_judge is not None:
            self._closing.callback(self._turn_judge.close)
        self._closing.push_async_callback(self._editions.aclose)

    @property
    def dialogue(self) -> FlowDialogue:
        """The flow as it is for calls that begin now."""
        return self._editions.current.dialogue

    def _make_services(self, roster: Roster) -> Services:
        settings, edition = self.settings, self._editions.current
        refit = self.hooks.refit
        model = refit("llm", make_model(settings, self.clock, roster))
        synthesizer = refit("tts", make_synthesizer(settings, self.clock, roster))
        voice = CachedSynthesizer(synthesizer, settings.cache.expanduser() / "speech")
        return Services(
            clock=self.clock,
            heartbeat=self.heartbeat,
            voice_model=load_voice_model(),
            voice_pool=VoicePool(load_voice_model()),
            dialogue=edition.dialogue,
            transcriber=refit("stt", make_transcriber(settings, self.clock, roster)),
            synthesizer=voice,
            look_up=edition.look_up,
            model=model,
            ahead=PromptsAhead(voice, self.heartbeat),
            voice=settings.voice,
            voices=settings.voices,
            reception=make_reception(self._memory, settings),
            subjects=edition.subjects,
            noise=settings.noise,
            turn_judge=self._turn_judge,
            limits=Limits(
                call_s=settings.longest_call_s,
                silent_s=settings.silent_call_s,
                understand_s=settings.understand_within_s,
            ),
        )

    def status(self) -> "Status":
        """How the server does now; no word and no number of a caller."""
        return self._oversight.status()

    def view(self) -> dict[str, Any]:
        """What this process shows of itself, as data: to be merged with what others do."""
        return {**self._oversight.view(), "health": self._health()}

    async def _open_memory(self) -> None:
        """Have the tables made; a database that is down is told, and callers are new until it is back."""
        if self._memory is not None:
            try:
                await self._memory.open(self.clock.wall())
            except StoreError as error:
                log.error("nobody is remembered", error=str(error))

    async def start(self, public_url: str = "") -> None:
        """Listen, and load in the background what the first caller should not wait for."""
        settings, services, closing = self.settings, self._services, self._closing
        for provider in (
            services.model,
            services.synthesizer,
            services.transcriber,
            services.reception,
            services.ahead,
        ):
            if provider:
                closing.push_async_callback(provider.aclose)
        account = TwilioAccount(
            account_sid=settings.twilio_account_sid,
            auth_token=settings.twilio_auth_token.get_secret_value(),
            public_url=public_url or settings.public_url,
            api_url=settings.twilio_api_url or None,
        )
        api = TwilioApi(account)
        closing.push_async_callback(api.aclose)
        views = Views(self.status, self._health, lambda: self._not_ready, self._link)
        app = make_app(views.health, views.not_ready)
        add_status_routes(app, views.status, settings.monitor_token.get_secret_value())
        self._twilio = TwilioRoutes(account, api, self.clock, self.answer, self._switchboard, self._queue())
        self._twilio.add_to(app)
        self._delivery = make_delivery(settings)
        if self._delivery is not None:
            delivering = self._oversight.supervisor()
            delivering.keep("delivery of summaries", self._delivery.run)
            closing.push_async_callback(delivering.stop)
            closing.push_async_callback(self._delivery.aclose)
        beating = self._oversight.supervisor()
        beating.keep(HEARTBEAT, self.heartbeat.run)
        closing.push_async_callback(beating.stop)
        server = HttpServer(app, self._listener)
        await server.start()
        closing.push_async_callback(server.stop)
        if self._link:
            here = Here(server.take, lambda: self.admission.is_open, views.own_reason, self.view, self._twilio.forget)
            await self._link.open(here)
            closing.push_async_callback(self._link.aclose)
        log.info("listening", host=settings.host, port=self.port, shop=settings.shop, flow=self.dialogue.version)
        reserve = make_provider("tts", EMBEDDED["tts"], settings)
        closing.push_async_callback(reserve.aclose)
        self._warm_up = WarmUp(
            services,
            self.dialogue,
            self._is_ready,
            reserve,
            [
                self._load,
                api.warm_up,
                self._open_memory,
            ],
        )
        self._warm_up.start()
        closing.push_async_callback(self._warm_up.stop)
        watching = self._oversight.supervisor()
        watching.keep("watch", self._keep_looking)
        watching.keep("monitor", self._keep_monitoring)
        closing.push_async_callback(watching.stop)

    async def _load(self) -> None:
        """What a call needs and listening does not."""
        await asyncio.to_thread(import_module, CALL)
        await asyncio.to_thread(import_module, MONITOR)
        await asyncio.to_thread(self._services.voice_model.warm_up)
        if self._turn_judge is not None:
            await asyncio.to_thread(load_turn_model().warm_up)
        await asyncio.to_thread(self._editions.current.prepare)

    def _heartbeat_lost(self) -> None:
        self._not_ready = "broken"
        self._broken.set()

    async def broken(self) -> None:
        """Wait until nothing but another process can serve calls: a part that all calls need keeps dying."""
        await self._broken.wait()

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
        self._not_ready = None
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

    async def answer(self, leg: Leg) -> None:
        """Talk with a caller until the call is over. Cancelling this leaves the call to end by itself, or by `stop`."""
        if self.calls.closed:
            # A stream whose webhook was answered before the server began to stop.
            await leg.hang_up()
            return
        await self.calls.have(self._run(leg))

    async def _run(self, leg: Leg) -> None:
        from callagent.call.call import run_call  # see CALL

        recorder = Recorder(self.settings.recordings / self._folder_name(leg), self._disk, sound=self.settings.record)
        summary: CallSummary | None = None
        try:
            with self._oversight.watching() as watch:
                edition = self._editions.current
                async with edition.in_call():
                    listeners = [recorder.on_event, *self.hooks.listeners, watch]
                    summary = await run_call(leg, edition.over(self._services), listeners, recorder)
        finally:
            recorder.finish(None if summary is None else summary.as_dict())
        if self._delivery is not None:
            self._delivery.take(recorder.folder.name, summary.as_dict())
        self.calls.failed += bool(summary.failures)
        self.hooks.on_summary(summary, recorder.folder)

    _serial = itertools.count(1)

    def _folder_name(self, leg: Leg) -> str:
        """A folder of its own for each call; what a peer sent is kept to harmless characters."""
        moment = self.clock.wall().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        name = re.sub(r"[^A-Za-z0-9]", "", leg.info.call_id)[-12:] or "call"
        return f"{moment}-{name}-{next(self._serial)}"

    def held(self) -> tuple[HeldModel, ...]:
        """The models that this machine has in memory now."""
        services = self._services
        return held_by((services.transcriber, services.synthesizer))

    def _memory_of_models(self) -> dict[str, int]:
        return {f"{model.provider} {model.name}": model.memory for model in self.held()}

    def _health(self) -> dict[str, Any]:
        heartbeat = self.heartbeat
        return {
            "calls": len(self.calls),
            "calls_total": self.calls.total,
            "calls_failed": self.calls.failed,
            "loop_lag_ms": round(heartbeat.lag_s * 1000, 2),
            "loop_lag_peak_ms": round(heartbeat.lag_peak_s() * 1000, 2),
            "flow": self.dialogue.version,
            "change_refused": list(self._editions.refused),
            "models": [asdict(model) for model in self.held()],
            "given_up": list(self._oversight.given_up),
        }

    async def _waiting_for(self) -> int:
        """How many callers are on the line or on the way."""
        return len(self.calls) + (await self._twilio.expected() if self._twilio else 0)

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
        self._not_ready = "stopping"
        async with self._closing:
            if self._twilio:
                self._twilio.close()
            if drain_s and (waiting_for := await self._waiting_for()):
                log.info("draining", calls=len(self.calls), waiting_for=waiting_for, seconds=drain_s)
                with suppress(TimeoutError):
                    async with asyncio.timeout(drain_s):
                        await self._drain()
            self.calls.end()
            late = await self.calls.wait(GOODBYE_S)
            if late:
                log.error("calls did not end", calls=late, seconds=GOODBYE_S)
