"""Reading the configuration, and saying of every mistake in it where it is and what would be right."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from pydantic import ValidationError
from pydantic_settings import SettingsError

from callagent.errors import ConfigurationError
from callagent.settings.origins import Origin, fields_by_name, origin_among, read_origins
from callagent.settings.settings import HIDDEN, OBJECTS, Settings

OURS: Final = "Value error, "
"""What pydantic puts before the message of a ValueError."""
RIGHT: Final[Mapping[str, str]] = {
    "port": "a whole number from 0 to 65535, such as 8080",
    "record": "true or false",
    "database_words": "yes or no",
    "recordings_local": "days, 0 or more, such as 7",
    "hedge": "true or false",
    "noise": "off, auto or on",
    "smart_turn": "true or false",
    "understand_accept": "a number from 0 to 1, such as 0.6",
    "understand_confirm": "a number from 0 to 1, no more than CALLAGENT_UNDERSTAND_ACCEPT, such as 0.4",
    "understand_within_s": "seconds from 0.1 to 10, such as 1.5",
    "workers": "a whole number from 1 to 64, such as 2",
    "most_calls": "a whole number, 0 for any number of calls, such as 50",
    "busy_ms": "milliseconds, 0 for never, such as 40",
    "dial_per_s": "calls in a second, more than 0 and up to 50, such as 1",
    "queue_s": "seconds from 0 to 600, such as 60",
    "drain_s": "seconds, 0 or more, such as 300",
    "demote": "true or false",
    "demoted_s": "seconds, 1 or more, such as 120",
    "longest_call_s": "seconds, 60 or more, such as 1800",
    "silent_call_s": "seconds, 10 or more, such as 45",
    "thresholds": 'measures by stage as in {"stt": {"p95_s": 2.0}}; there are p95_s, errors, empty, confidence, '
    "no_match, flawed and barge_ins, and a negative number switches one off",
    "log_level": "DEBUG, INFO, WARNING or ERROR",
    "timezone": "a name as in Asia/Kolkata",
    "options": 'providers and their options as in {"tts.espeak": {"words_per_minute": 140}}',
    "in_language": 'orders by language and stage (stt, tts, llm) as in {"hi": {"stt": ["whisper", "pocketsphinx"]}}',
    "retention": 'days, more than 0, as in {"audio": 30, "transcript": 90, "summary": 365, "audit": 730}',
    "deadlines": 'seconds, more than 0 and up to 60, as in {"llm": 2.5, "tts": 1.5, "stt": 3.0, "connect": 1.5}',
    "voices": 'voices by language and mood (business, casual, calm) as in {"en": {"calm": "en-gb+f2"}}',
}
"""By field: what is allowed, where a type alone does not tell."""


def load_settings(**overrides: Any) -> Settings:
    """Read the configuration; `overrides` are settings by their field names and win over everything.

    Raises ConfigurationError with every mistake: what was set and where, what is wrong, and what would be right; a
    secret's value is never shown.
    """
    origins = read_origins(overrides)
    unknown = [_unknown(origin) for origin in origins if origin.field is None]
    if unknown:
        raise ConfigurationError("\n".join(unknown))
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = [_mistake(one["loc"], one["msg"], one["input"], origins) for one in error.errors()]
        raise ConfigurationError("\n".join(dict.fromkeys(lines))) from None
    except SettingsError as error:
        # Only a setting that is an object is parsed, and its error names no place.
        field = next((name for name in OBJECTS if f'"{name}"' in str(error)), OBJECTS[0])
        raise ConfigurationError(_mistake((field,), f"{OURS}is no JSON", None, origins)) from None


def _unknown(origin: Origin) -> str:
    known = list(fields_by_name()) if origin.name.isupper() else list(Settings.model_fields)
    near = get_close_matches(origin.name, known, n=1)
    return f"{origin}: there is no such setting. " + (
        f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(sorted(known))}."
    )


def _mistake(where: Sequence[int | str], message: str, value: object, origins: Iterable[Origin]) -> str:
    """One wrong setting: its name and place, its value, and what is allowed."""
    field = fields_by_name().get(str(where[0]), str(where[0]))
    inside = "".join(f", '{part}'" for part in where[1:])
    shown = "its value" if value is None or field in HIDDEN else f"'{value}'"
    # pydantic's words are for programmers; ours, in a validator, are for people.
    ours = message.startswith(OURS) or field not in RIGHT
    what = f"{shown} {message.removeprefix(OURS)}." if ours else f"{shown} is not allowed."
    right = f" Write {RIGHT[field]}." if field in RIGHT else ""
    return f"{origin_among(origins, field)}{inside}: {what}{right}"
