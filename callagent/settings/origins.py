"""Where settings are set: the one reader of the environment, `.env` and `callagent.toml`."""

import os
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import AliasChoices
from pydantic_settings import DotEnvSettingsSource

from callagent.errors import ConfigurationError
from callagent.settings.settings import CONFIG_FILE, ENV_FILE, OBJECTS, PREFIX, Settings

SERVICE_LINKS: Final = re.compile(PREFIX + r"(SERVICE_(HOST|PORT)|PORT_\d+_(TCP|UDP|SCTP))(_.*)?")
"""What Kubernetes puts into the environment of every pod beside a service that is called "callagent"."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A name that is set somewhere."""

    name: str
    place: str
    field: str | None
    """Which setting it is; None when there is no such one."""

    def __str__(self) -> str:
        return f"{self.name} in {self.place}" if self.place else self.name


def origin_of(field: str) -> str:
    """Under which name a setting was set and where, such as ``CALLAGENT_VOICE in .env``: for errors about its value."""
    return str(origin_among(read_origins({}), field))


def origin_among(origins: Iterable[Origin], field: str) -> Origin:
    """Where the value of a setting came from; by its usual name when it is nowhere set."""
    usual = next(name for name, named in fields_by_name().items() if named == field)
    return next((origin for origin in origins if origin.field == field), Origin(usual, "", field))


def read_origins(overrides: Iterable[str]) -> list[Origin]:
    """Every name of ours that is set; what wins comes first. Raises ConfigurationError for a file that is broken."""
    fields = fields_by_name()
    found = [Origin(name, "", name) for name in overrides]
    for place, names in (("the environment", os.environ), (ENV_FILE, _names_in_env_file())):
        set_here = {name.upper() for name in names}
        # In the order of the fields' names: of two names for one setting the first counts.
        found += [Origin(name, place, field) for name, field in fields.items() if name in set_here]
        ours = (name for name in set_here if name.startswith(PREFIX) and not SERVICE_LINKS.fullmatch(name))
        strange = (name for name in ours if name not in fields)
        inside = tuple(f"{PREFIX}{name.upper()}__" for name in OBJECTS)
        found += [Origin(name, place, None) for name in sorted(strange) if not name.startswith(inside)]
    in_toml = {name.lower(): field for name, field in fields.items() if not name.startswith(PREFIX)}
    in_toml |= {field: field for field in Settings.model_fields}
    found += [Origin(name, CONFIG_FILE, in_toml.get(name)) for name in _names_in_toml()]
    return found


def fields_by_name() -> dict[str, str]:
    """The fields by their names in the environment, for each field in the order in which these count."""
    names: dict[str, str] = {}
    for field, info in Settings.model_fields.items():
        alias = info.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [f"{PREFIX}{field.upper()}"]
        names |= {name: field for name in map(str, choices) if name.isupper()}
    return names


def _names_in_env_file() -> Iterable[str]:
    try:
        return DotEnvSettingsSource(Settings).env_vars
    except (OSError, UnicodeDecodeError) as error:
        remedy = "Save it as UTF-8, with NAME=value lines."
        raise ConfigurationError(f"{ENV_FILE} cannot be read: {error}. {remedy}") from None


def _names_in_toml() -> Iterable[str]:
    try:
        return tomllib.loads(Path(CONFIG_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        # tomllib's errors name line and column.
        raise ConfigurationError(f"{CONFIG_FILE} cannot be read: {error}. Texts there need quotes.") from None
