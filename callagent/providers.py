"""The providers that the configuration names, and the chains of them: who is asked, and who takes over.

Everything here is checked before anything is started.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, Final, get_type_hints

import structlog
from pydantic import SecretStr, TypeAdapter, ValidationError

from callagent.clock import Clock
from callagent.errors import ConfigurationError
from callagent.events import StageName
from callagent.llm.chain import DEADLINES as LLM_DEADLINES
from callagent.llm.chain import READ_S, ModelChain
from callagent.llm.model import LanguageModel
from callagent.llm.registry import MODELS
from callagent.registry import resolve
from callagent.resilience.breaker import BreakerState
from callagent.resilience.incidents import BreakerMoved, tell
from callagent.resilience.lineup import Lineup
from callagent.resilience.roster import Roster
from callagent.settings.origins import origin_of
from callagent.settings.settings import Settings
from callagent.stt.chain import DEADLINES as STT_DEADLINES
from callagent.stt.chain import FINAL_S, TranscriberChain
from callagent.stt.registry import TRANSCRIBERS
from callagent.stt.transcriber import Transcriber
from callagent.tts.chain import DEADLINES as TTS_DEADLINES
from callagent.tts.chain import SynthesizerChain
from callagent.tts.registry import SYNTHESIZERS
from callagent.tts.synthesizer import Synthesizer

log = structlog.get_logger("callagent.providers")

STAGES: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "stt": ("transcriber", TRANSCRIBERS),
    "llm": ("language model", MODELS),
    "tts": ("synthesizer", SYNTHESIZERS),
}
"""What the providers of each stage are called, and their registry."""


EMBEDDED: Final[Mapping[StageName, str]] = {"stt": "pocketsphinx", "tts": "espeak"}
"""Who works on a bare machine, and ends each chain; without a language model the flow goes on by itself."""
FROM_SETTINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "anthropic": {"api_key": "anthropic_api_key"},
    "deepgram": {"api_key": "deepgram_api_key"},
    "elevenlabs": {"api_key": "elevenlabs_api_key"},
    "groq": {"api_key": "groq_api_key"},
    "openai": {"api_key": "openai_api_key", "base_url": "openai_base_url"},
}
"""By provider: options that have a setting of their own, under the name that the vendor gave it."""
VENDORS: Final[Mapping[str, str]] = {
    "anthropic": "api.anthropic.com",
    "groq": "api.groq.com",
    "openai": "api.openai.com",
}
"""By language model: whose address it has unless another is set. Another server may do without a key."""


def make_transcriber(settings: Settings, clock: Clock, roster: Roster | None = None) -> Transcriber:
    """Who recognizes speech. Raises ConfigurationError."""
    limit_s = settings.deadlines.get("stt", STT_DEADLINES.first_s)
    deadlines = replace(STT_DEADLINES, first_s=limit_s, stall_s=limit_s)
    return TranscriberChain(_lineup("stt", settings, clock, roster), deadlines, final_s=min(FINAL_S, limit_s))


def make_synthesizer(settings: Settings, clock: Clock, roster: Roster | None = None) -> Synthesizer:
    """Who speaks. Raises ConfigurationError."""
    deadlines = replace(TTS_DEADLINES, first_s=settings.deadlines.get("tts", TTS_DEADLINES.first_s))
    return SynthesizerChain(_lineup("tts", settings, clock, roster), deadlines)


def make_model(settings: Settings, clock: Clock, roster: Roster | None = None) -> LanguageModel | None:
    """Who talks freely where the flow allows it; None for nobody. Raises ConfigurationError.

    After the last of these the flow goes on by itself, so all of them may need the network.
    """
    if not settings.llm:
        return None
    deadlines = replace(LLM_DEADLINES, first_s=settings.deadlines.get("llm", LLM_DEADLINES.first_s))
    lineup = _lineup("llm", settings, clock, roster)
    return ModelChain(lineup, deadlines, read_s=min(READ_S, deadlines.first_s), hedge=settings.hedge)


def _lineup(stage: StageName, settings: Settings, clock: Clock, roster: Roster | None) -> Lineup[Any]:
    """A stage's providers. One alone is a chain too: it is held to its deadlines, and left alone when it fails."""
    providers: dict[str, Any] = {}
    usual = _with_somebody_here(stage, stage, getattr(settings, stage), settings, providers)
    orders = {
        language: _with_somebody_here(stage, "in_language", names, settings, providers)
        for language, names in settings.orders_of(stage).items()
    }
    on_change = partial(_told_change, stage)
    roster = roster or Roster()
    is_demoted = partial(roster.is_demoted, stage)
    given = tuple(providers.items())
    lineup = Lineup(given, clock, usual=usual, orders=orders, on_change=on_change, is_demoted=is_demoted)
    roster.enrol(stage, lineup)
    return lineup


def _with_somebody_here(
    stage: StageName, field: str, names: Sequence[str], settings: Settings, providers: dict[str, Any]
) -> Sequence[str]:
    """An order of which the last works without a network; who is new in it is added to `providers`."""
    for name in names:
        if name not in providers:
            providers[name] = make_provider(stage, name, settings, field)
    embedded = EMBEDDED.get(stage)
    last = names[-1]
    if embedded is None or not providers[last].info.needs_network:
        return names
    if embedded in names:
        raise ConfigurationError(
            f"{origin_of(field)}: '{last}' needs the network, and nobody comes after it. Put it before '{embedded}', "
            "which needs none: a call must not go silent with the network."
        )
    if embedded not in providers:
        providers[embedded] = make_provider(stage, embedded, settings)
        log.info("added to the chain: it works without the network", stage=stage, provider=embedded, after=last)
    return (*names, embedded)


def _told_change(stage: StageName, name: str, before: BreakerState, after: BreakerState) -> None:
    """A provider that is left alone is worth a person's look; one that is back, a line."""
    note = log.warning if after == "open" else log.info
    note("breaker", stage=stage, provider=name, before=before, after=after)
    tell(BreakerMoved(stage, name, before, after))


def make_provider(stage: str, name: str, settings: Settings, field: str = "") -> Any:
    """The provider of a stage ("stt", "llm", "tts") by its registry name, with its options from the configuration.

    `field` is the setting that names it, where that is not the stage's. Raises ConfigurationError for an unknown name,
    option or value, and where a key is missing.
    """
    kind, entries = STAGES[stage]
    try:
        provider = resolve(kind, name, entries)
    except ConfigurationError as error:
        if name in entries:
            raise
        raise ConfigurationError(f"{origin_of(field or stage)}: {error}") from None
    given = _given(stage, name, provider.Options, settings)
    try:
        return provider(provider.Options(**given))
    except ConfigurationError as error:
        raise ConfigurationError(f"{origin_of('options')}: {stage}.{name}: {error}") from error
    except (TypeError, ValueError, AttributeError) as error:
        types = ", ".join(f"{option.name}: {_told(option.type)}" for option in fields(provider.Options))
        raise ConfigurationError(
            f"{origin_of('options')}: a value for {stage}.{name} is of the wrong kind. Its options are {types}."
        ) from error


def _given(stage: str, name: str, options: Any, settings: Settings) -> dict[str, Any]:
    """What the configuration says of a provider's options. Raises ConfigurationError."""
    given = dict(settings.options.get(f"{stage}.{name}", {}))
    known = [option.name for option in fields(options)]
    for option in given:
        if option not in known:
            raise ConfigurationError(
                f"{origin_of('options')}: {stage}.{name} has no option '{option}'{_hint(option, known)}"
            )
    for option, setting in FROM_SETTINGS.get(name, {}).items():
        value = getattr(settings, setting)
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text:
            given.setdefault(option, text)
    _check_key(name, given)
    if "cache_dir" in known:
        given.setdefault("cache_dir", settings.cache.expanduser())
    if "connect_s" in known and "connect" in settings.deadlines:
        given.setdefault("connect_s", settings.deadlines["connect"])
    return _checked(f"{stage}.{name}", options, given)


def _check_key(name: str, given: Mapping[str, Any]) -> None:
    """Raises ConfigurationError where the vendor would refuse every request for want of a key."""
    setting = FROM_SETTINGS.get(name, {}).get("api_key")
    if setting is None or given.get("api_key"):
        return
    own = VENDORS.get(name)
    base_url = str(given.get("base_url") or "")
    if own and base_url and own not in base_url:
        return
    elsewhere = ", or `base_url` in its options to the address of a server that needs none" if own else ""
    raise ConfigurationError(
        f"{origin_of(setting)}: {name} has no key. Set {setting.upper()} to one from its console{elsewhere}, or take "
        f"{name} out of the order."
    )


def _checked(provider: str, options: type, given: Mapping[str, Any]) -> dict[str, Any]:
    """Options as what they have to be. Raises ConfigurationError for one of another kind; its value is not shown."""
    kinds = get_type_hints(options)
    checked = {}
    for option, value in given.items():
        kind = kinds[option]
        # A text for a number is a mistake, whether or not it could be read as one; and so is "no" for false.
        strict = isinstance(value, str | bool) and kind is not Path
        try:
            checked[option] = TypeAdapter(kind).validate_python(value, strict=strict)
        except ValidationError:
            raise ConfigurationError(
                f"{origin_of('options')}: {provider}: '{option}' is of the wrong kind; it must be {_told(kind)}."
            ) from None
    return checked


def check_options(settings: Settings) -> None:
    """Raises ConfigurationError for options of a provider that there is not: they would have no effect."""
    known = [f"{stage}.{name}" for stage, (_, entries) in STAGES.items() for name in entries]
    for given in settings.options:
        if given not in known:
            raise ConfigurationError(f"{origin_of('options')}: there is no provider '{given}'{_hint(given, known)}")


def check_orders(settings: Settings, languages: Sequence[str]) -> None:
    """Raises ConfigurationError for the order of a language that the flow does not speak: it would have no effect."""
    for language in settings.in_language:
        if language not in languages:
            raise ConfigurationError(
                f"{origin_of('in_language')}: the flow does not speak '{language}'{_hint(language, list(languages))}"
            )


def _hint(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else f"; known are: {', '.join(known) or 'none'}."


def _told(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) else str(kind)
