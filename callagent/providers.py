"""The providers that the configuration names, and the chains of them: who is asked, and who takes over.

Everything here is checked before anything is started.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from difflib import get_close_matches
from functools import partial
from typing import Any, Final

import structlog
from pydantic import SecretStr

from callagent.clock import Clock
from callagent.errors import ConfigurationError
from callagent.events import StageName
from callagent.llm.chain import ModelChain
from callagent.llm.model import LanguageModel
from callagent.llm.registry import MODELS
from callagent.registry import resolve
from callagent.resilience.breaker import BreakerState
from callagent.resilience.incidents import BreakerMoved, tell
from callagent.resilience.lineup import Lineup
from callagent.resilience.roster import Roster
from callagent.settings import Settings, origin_of
from callagent.stt.chain import TranscriberChain
from callagent.stt.registry import TRANSCRIBERS
from callagent.stt.transcriber import Transcriber
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


def make_transcriber(settings: Settings, clock: Clock, roster: Roster | None = None) -> Transcriber:
    """Who recognizes speech. Raises ConfigurationError."""
    return TranscriberChain(_lineup("stt", settings, clock, roster))


def make_synthesizer(settings: Settings, clock: Clock, roster: Roster | None = None) -> Synthesizer:
    """Who speaks. Raises ConfigurationError."""
    return SynthesizerChain(_lineup("tts", settings, clock, roster))


def make_model(settings: Settings, clock: Clock, roster: Roster | None = None) -> LanguageModel | None:
    """Who talks freely where the flow allows it; None for nobody. Raises ConfigurationError.

    After the last of these the flow goes on by itself, so all of them may need the network.
    """
    return ModelChain(_lineup("llm", settings, clock, roster), hedge=settings.hedge) if settings.llm else None


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
            providers[name] = make_provider(stage, name, settings)
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


def make_provider(stage: str, name: str, settings: Settings) -> Any:
    """The provider of a stage ("stt", "llm", "tts") by its registry name, with its options from the configuration.

    Raises ConfigurationError for an unknown name, option or value.
    """
    kind, entries = STAGES[stage]
    try:
        provider = resolve(kind, name, entries)
    except ConfigurationError as error:
        if name in entries:
            raise
        raise ConfigurationError(f"{origin_of(stage)}: {error}") from None
    given = dict(settings.options.get(f"{stage}.{name}", {}))
    known = [option.name for option in fields(provider.Options)]
    for option in given:
        if option not in known:
            raise ConfigurationError(
                f"{origin_of('options')}: {stage}.{name} has no option '{option}'{_hint(option, known)}"
            )
    for option, field in FROM_SETTINGS.get(name, {}).items():
        value = getattr(settings, field)
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text:
            given.setdefault(option, text)
    if "cache_dir" in known:
        given.setdefault("cache_dir", settings.cache.expanduser())
    try:
        return provider(provider.Options(**given))
    except ConfigurationError as error:
        raise ConfigurationError(f"{origin_of('options')}: {stage}.{name}: {error}") from error
    except (TypeError, ValueError, AttributeError) as error:
        types = ", ".join(f"{option.name}: {_told(option.type)}" for option in fields(provider.Options))
        raise ConfigurationError(
            f"{origin_of('options')}: a value for {stage}.{name} is of the wrong kind. Its options are {types}."
        ) from error


def check_options(settings: Settings) -> None:
    """Raises ConfigurationError for options of a provider that there is not: they would have no effect."""
    known = [f"{stage}.{name}" for stage, (_, entries) in STAGES.items() for name in entries]
    for given in settings.options:
        if given not in known:
            raise ConfigurationError(f"{origin_of('options')}: there is no provider '{given}'{_hint(given, known)}")


def _hint(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else f"; known are: {', '.join(known) or 'none'}."


def _told(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) else str(kind)
