"""Whether the configured providers work: each is given one tiny job, and says how long it took or what is wrong."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import SecretStr

from callagent.clock import Clock
from callagent.errors import (
    CallagentError,
    ConfigurationError,
    ProviderDeniedError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from callagent.events import StageName
from callagent.llm.model import Conversation, Message
from callagent.media.tone import beep
from callagent.providers import EMBEDDED, FROM_SETTINGS, make_provider
from callagent.resilience.held import HeldModel, held_by
from callagent.settings.placeholders import is_placeholder
from callagent.settings.settings import Settings
from callagent.stt.transcriber import Hints
from callagent.tts.synthesizer import Speech

WARM_UP_S: Final = 60.0
JOB_S: Final = 15.0
WHO_MENDS: Final[Sequence[tuple[type[CallagentError], str]]] = (
    (ProviderDeniedError, "Check key and account in the provider's console."),
    (ProviderRejectedError, "Check the provider's options (model, voice, language)."),
    (ProviderTimeoutError, "Check the network and the provider's status page."),
    (
        ProviderUnavailableError,
        "Check that it runs if it is on this machine, else its address, the network and its status page.",
    ),
)
"""By kind of error, what to do; a configuration's error says so itself."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One provider's health."""

    stage: StageName
    provider: str
    state: str
    """"works", "not tried" or "fails"."""
    took_ms: float | None = None
    """From the request to its first output, warmed up."""
    models: tuple[HeldModel, ...] = ()
    """What it has loaded for that on this machine."""
    says: str = ""
    """What is wrong."""
    remedy: str = ""

    @property
    def well(self) -> bool:
        """Whether nothing is wrong, as far as was looked."""
        return self.state != "fails"


@dataclass(frozen=True, slots=True)
class Place:
    """Where calls are kept besides their folders."""

    name: str
    """"database of calls" or "bucket"."""
    state: str
    """As of a Finding."""
    says: str = ""
    """What is wrong, and what helps."""

    @property
    def well(self) -> bool:
        """Whether nothing is wrong, as far as was looked."""
        return self.state != "fails"


async def examine_places(settings: Settings, *, offline: bool = False) -> tuple[Place, ...]:
    """The places that are configured; nothing is written there. `offline` leaves out what needs the network."""
    from callagent.assembly import make_bucket  # a second that most need not wait
    from callagent.recordings import make_call_store

    async def database() -> None:
        store = make_call_store(settings)
        try:
            await store.ask()
        finally:
            await store.aclose()

    async def bucket() -> None:
        if made := make_bucket(settings):
            await asyncio.to_thread(made.stored, "doctor")

    places = []
    for name, is_set, needs_network, ask in (
        ("database of calls", settings.calls_url, not settings.calls_url.startswith("sqlite"), database),
        ("bucket", settings.recordings_bucket, True, bucket),
    ):
        if is_set and offline and needs_network:
            places.append(Place(name, "not tried", "needs the network"))
        elif is_set:
            places.append(await _tried(name, ask))
    return tuple(places)


async def _tried(name: str, ask: Callable[[], Awaitable[None]]) -> Place:
    try:
        await ask()
    except CallagentError as error:
        return Place(name, "fails", str(error))
    return Place(name, "works")


async def examine(settings: Settings, clock: Clock, *, offline: bool = False) -> tuple[Finding, ...]:
    """All that calls may use, each once: what the configuration names, in its order, and what is added behind it.

    `offline` leaves out what needs the network.
    """
    named: dict[tuple[StageName, str], str] = {}
    """And by which setting."""
    stages: Sequence[tuple[StageName, tuple[str, ...]]] = (
        ("stt", settings.stt),
        ("llm", settings.llm),
        ("tts", settings.tts),
    )
    for stage, names in stages:
        orders = (names, *settings.orders_of(stage).values())
        for order in orders:
            for name in order:
                named.setdefault((stage, name), stage if order is names else "in_language")
        if any(_has_somebody_added(stage, order, settings) for order in orders):
            named.setdefault((stage, EMBEDDED[stage]), stage)
    return tuple(
        [await _examine(stage, name, field, settings, clock, offline=offline) for (stage, name), field in named.items()]
    )


async def _examine(
    stage: StageName, name: str, field: str, settings: Settings, clock: Clock, *, offline: bool
) -> Finding:
    if (key := _key_of(stage, name, settings)) and is_placeholder(key):
        return Finding(stage, name, "fails", says="its key is a placeholder", remedy=WHO_MENDS[0][1])
    try:
        provider = make_provider(stage, name, settings, field)
    except ConfigurationError as error:
        return Finding(stage, name, "fails", says=str(error))
    try:
        if offline and provider.info.needs_network:
            return Finding(stage, name, "not tried", says="needs the network")
        async with asyncio.timeout(WARM_UP_S):
            await provider.warm_up()
        began_s = clock.now_s()
        async with asyncio.timeout(JOB_S):
            await _FIRST_OUTPUTS[stage](provider)
        took_ms = round((clock.now_s() - began_s) * 1000, 1)
        return Finding(stage, name, "works", took_ms, held_by((provider,)))
    except TimeoutError:
        late = ProviderTimeoutError(name, "did nothing in time")
        return Finding(stage, name, "fails", says=str(late), remedy=_remedy(late))
    except CallagentError as error:
        return Finding(stage, name, "fails", says=str(error), remedy=_remedy(error))
    finally:
        await provider.aclose()


def _key_of(stage: StageName, name: str, settings: Settings) -> str:
    """The key that a provider would be asked with; empty for none."""
    given = settings.options.get(f"{stage}.{name}", {}).get("api_key")
    if given:
        return str(given)
    key = getattr(settings, FROM_SETTINGS.get(name, {}).get("api_key", ""), None)
    return key.get_secret_value() if isinstance(key, SecretStr) else ""


def _has_somebody_added(stage: StageName, order: Sequence[str], settings: Settings) -> bool:
    """Whether an order ends with who needs the network, so that the embedded provider comes after it."""
    if not order or stage not in EMBEDDED:
        return False
    try:
        return bool(make_provider(stage, order[-1], settings).info.needs_network)
    except ConfigurationError:
        return False  # which is found when it is examined


def _remedy(error: CallagentError) -> str:
    return next((remedy for kind, remedy in WHO_MENDS if isinstance(error, kind)), "")


async def _first_word(provider: Any) -> None:
    async def audio() -> AsyncIterator[bytes]:
        yield beep()

    async for _ in provider.transcribe(audio(), Hints(phrases=("hello",))):
        return


async def _first_token(provider: Any) -> None:
    conversation = Conversation("Answer with the word OK.", (Message("caller", "Are you there?"),))
    async for _ in provider.reply(conversation):
        return


async def _first_sound(provider: Any) -> None:
    async for _ in provider.synthesize(Speech("OK.")):
        return


_FIRST_OUTPUTS: Final = {"stt": _first_word, "llm": _first_token, "tts": _first_sound}
