"""The composition root: the one file that knows every room and puts them together."""

import asyncio
import gc
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import structlog

from callagent.call.call import run_call
from callagent.call.heartbeat import Heartbeat
from callagent.call.journal import Listener
from callagent.call.services import Services
from callagent.call.summary import CallSummary
from callagent.clock import Clock, SystemClock
from callagent.dialogue.actions import CallBegan, Decision, Input, LookedUp
from callagent.dialogue.engine import Engine, State
from callagent.dialogue.loader import load_flow
from callagent.errors import CallagentError, ConfigurationError
from callagent.knowledge.shop import Shop, open_shop
from callagent.llm.model import LanguageModel
from callagent.llm.registry import MODELS
from callagent.media.vad import load_session
from callagent.recording.recorder import DiskWriter, Recorder
from callagent.registry import resolve
from callagent.settings import Settings
from callagent.stt.registry import TRANSCRIBERS
from callagent.telephony.leg import Leg
from callagent.telephony.server import HttpServer, listen, make_app
from callagent.telephony.twilio.account import TwilioAccount
from callagent.telephony.twilio.rest import TwilioApi
from callagent.telephony.twilio.routes import TwilioRoutes
from callagent.tts.cache import CachedSynthesizer
from callagent.tts.registry import SYNTHESIZERS
from callagent.tts.synthesizer import Speech

GOODBYE_S: Final = 10.0
"""How long calls have to make their summaries once the server has stopped waiting for them."""

log = structlog.get_logger("callagent.app")


class FlowDialogue:
    """The dialogue engine over one version of a shop's flow."""

    def __init__(self, flow_folder: Path, prompts_folder: Path, shop: Shop, *, has_model: bool = False) -> None:
        self.flow = load_flow(flow_folder, prompts_folder, shop)
        self._engine = Engine(self.flow, has_model=has_model)
        self.name = self.flow.name
        self.version = self.flow.version
        self.language = self.flow.languages[0]

    def begin(self, began: CallBegan) -> Decision[State]:
        """What to say first."""
        return self._engine.begin(began)

    def advance(self, state: State, given: Input, now: datetime) -> Decision[State]:
        """What to do about an input."""
        return self._engine.advance(state, given, now)


def shop_folder(root: Path, shop: str) -> Path:
    """The folder of a shop below flows/ or prompts/: as configured, else as it came with the package.

    Raises ConfigurationError with the shops that there are.
    """
    packaged = Path(__file__).parent / "_shops" / root.name
    for base in (root, packaged):
        if (base / shop).is_dir():
            return base / shop
    known = sorted(
        {entry.name for base in (root, packaged) if base.is_dir() for entry in base.iterdir() if entry.is_dir()}
    )
    raise ConfigurationError(f"There is no shop '{shop}' in {root}/; known are: {', '.join(known) or 'none'}.")


def make_provider(kind: str, stage: str, name: str, entries: Mapping[str, str], settings: Settings) -> Any:
    """A provider by its registry name, with its options from the configuration.

    Raises ConfigurationError for an unknown name, option or value.
    """
    provider = resolve(kind, name, entries)
    options = dict(settings.options.get(f"{stage}.{name}", {}))
    if any(option.name == "cache_dir" for option in fields(provider.Options)):
        options.setdefault("cache_dir", settings.cache.expanduser())
    try:
        return provider(provider.Options(**options))
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"options of {stage}.{name}: {error}") from error


@dataclass(slots=True)
class CallCounts:
    """How many calls there were."""

    live: int = 0
    total: int = 0
    failed: int = 0
    """Calls in which our own code broke."""


@dataclass(slots=True)
class Hooks:
    """Who else wants to know, besides the log and the recording: the demo, tests."""

    listeners: Sequence[Listener] = ()
    on_summary: Callable[[CallSummary, Path], None] = field(default=lambda _summary, _folder: None)
    """Gets each call's summary and the folder it is kept in."""


class App:
    """A server: made from settings, started, and stopped with its calls ended and their summaries written.

    Making it reads flows, prompts and tables, takes the port, and raises ConfigurationError or ContentError for what
    is wrong with them; nothing has been started then.
    """

    def __init__(self, settings: Settings, clock: Clock | None = None, hooks: Hooks | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.hooks = hooks or Hooks()
        self.counts = CallCounts()
        self._shop = open_shop(shop_folder(settings.flows, settings.shop))
        self.dialogue = FlowDialogue(
            shop_folder(settings.flows, settings.shop),
            shop_folder(settings.prompts, settings.shop),
            self._shop,
            has_model=bool(settings.llm),
        )
        self.cache = settings.cache.expanduser()
        self._services = self._make_services()
        self._listener = listen(settings.host, settings.port)
        self.port: int = self._listener.getsockname()[1]
        self._disk = DiskWriter()
        self._calls: set[asyncio.Task[Any]] = set()
        self._warming: asyncio.Task[None] | None = None
        self._not_ready: str | None = "starting"
        self._closed = False
        """Whether even a call that was promised an answer comes too late."""

    def _make_services(self) -> Services:
        settings = self.settings
        model: LanguageModel | None = None
        if settings.llm:
            model = make_provider("language model", "llm", settings.llm, MODELS, settings)
        synthesizer = make_provider("synthesizer", "tts", settings.tts, SYNTHESIZERS, settings)
        return Services(
            clock=self.clock,
            heartbeat=Heartbeat(self.clock),
            voice_model=load_session(),
            dialogue=self.dialogue,
            transcriber=make_provider("transcriber", "stt", settings.stt, TRANSCRIBERS, settings),
            synthesizer=CachedSynthesizer(synthesizer, self.cache / "speech"),
            look_up=self._look_up,
            model=model,
            voice=settings.voice,
        )

    async def _look_up(self, source: str, arguments: Mapping[str, str], gives: Sequence[str]) -> LookedUp:
        answer = await self._shop.look_up(source, arguments, gives)
        return LookedUp(answer.status, answer.values)

    async def start(self, public_url: str = "") -> None:
        """Listen, and load in the background what the first caller should not wait for."""
        settings = self.settings
        app = make_app(self._health, lambda: self._not_ready)
        account = TwilioAccount(
            account_sid=settings.twilio_account_sid,
            auth_token=settings.twilio_auth_token.get_secret_value(),
            public_url=public_url or settings.public_url,
            api_url=settings.twilio_api_url or None,
        )
        self._api = TwilioApi(account)
        self._twilio = TwilioRoutes(account, self._api, self.clock, self.answer)
        self._twilio.add_to(app)
        self._server = HttpServer(app, self._listener)
        self._services.heartbeat.start()
        await self._server.start()
        log.info("listening", host=settings.host, port=self.port, shop=settings.shop, flow=self.dialogue.version)
        self._warming = asyncio.create_task(self._warm_up())

    async def ready(self) -> None:
        """Wait until the first caller would not have to. Raises ProviderError when a provider cannot be had."""
        if self._warming:
            await self._warming

    async def _warm_up(self) -> None:
        services = self._services
        voice = services.synthesizer
        await voice.warm_up()
        await asyncio.gather(
            services.transcriber.warm_up(),
            asyncio.to_thread(self._api.warm_up),
            self._render_prompts(),
            *([services.model.warm_up()] if services.model else []),
        )
        # What is loaded stays: a full collection that walks it stops all calls for a twentieth of a second.
        gc.collect()
        gc.freeze()
        services.heartbeat.take_lag_peak()
        self._not_ready = None
        log.info("ready", stt=services.transcriber.info.name, tts=voice.info.name, llm=self.settings.llm or "none")

    async def _render_prompts(self) -> None:
        flow = self.dialogue.flow
        speeches = [
            Speech(text, language, self.settings.voice)
            for language in flow.languages
            for text in flow.fixed_lines(language)
        ]
        await self._services.synthesizer.prepare(speeches)

    async def answer(self, leg: Leg) -> None:
        """Talk with a caller until the call is over."""
        if self._closed:
            # A stream whose webhook was answered before the server began to stop.
            await leg.hang_up()
            return
        task = asyncio.ensure_future(self._run(leg))
        self._calls.add(task)
        self.counts.live += 1
        self.counts.total += 1
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            # aiohttp cancels a handler whose peer vanished; the call notices that itself, and ends in its own way.
            await asyncio.wait([task], timeout=GOODBYE_S)
            raise
        finally:
            self._calls.discard(task)
            self.counts.live -= 1

    async def _run(self, leg: Leg) -> None:
        recorder = Recorder(self.settings.recordings / self._folder_name(leg), self._disk, sound=self.settings.record)
        done: list[CallSummary] = []
        try:
            await run_call(leg, self._services, [recorder.on_event, *self.hooks.listeners], recorder, done.append)
        finally:
            recorder.finish(done[0].as_dict() if done else None)
            for summary in done:
                self.counts.failed += bool(summary.failures)
                self.hooks.on_summary(summary, recorder.folder)

    _serial = itertools.count(1)

    def _folder_name(self, leg: Leg) -> str:
        """A folder of its own for each call; what a peer sent is kept to harmless characters."""
        moment = self.clock.wall().strftime("%Y%m%d-%H%M%S")
        name = re.sub(r"[^A-Za-z0-9]", "", leg.info.call_id)[-12:] or "call"
        return f"{moment}-{name}-{next(self._serial)}"

    def _health(self) -> dict[str, Any]:
        heartbeat = self._services.heartbeat
        return {
            "calls": self.counts.live,
            "calls_total": self.counts.total,
            "calls_failed": self.counts.failed,
            "loop_lag_ms": round(heartbeat.lag_s * 1000, 2),
            "loop_lag_peak_ms": round(heartbeat.take_lag_peak() * 1000, 2),
            "flow": self.dialogue.version,
        }

    def end_calls(self) -> None:
        """Have every live call end now; each still makes its summary."""
        for call in list(self._calls):
            call.cancel()

    async def stop(self, drain_s: float = 0.0) -> None:
        """Take no new calls, give the live ones `drain_s` to end, end the rest, and close everything."""
        self._not_ready = "stopping"
        self._twilio.accepting = False
        if self._calls and drain_s:
            log.info("draining", calls=len(self._calls), seconds=drain_s)
            await asyncio.wait(set(self._calls), timeout=drain_s)
        self._closed = True
        self.end_calls()
        if self._calls:
            await asyncio.wait(set(self._calls), timeout=GOODBYE_S)
        if self._warming:
            self._warming.cancel()
            with suppress(asyncio.CancelledError, CallagentError):
                await self._warming
        await self._server.stop()
        await self._services.heartbeat.stop()
        await self._api.aclose()
        await self._services.transcriber.aclose()
        await self._services.synthesizer.aclose()
        if self._services.model:
            await self._services.model.aclose()
        await asyncio.to_thread(self._disk.close)
