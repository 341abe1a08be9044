"""Names to implementations, imported on first use.

A registry is a dict literal in its room, such as ``{"espeak": "callagent.tts.espeak:EspeakSynthesizer"}``. Vendors'
packages are slow to import (some take a second), so naming one must not load the others.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from callagent.errors import ConfigurationError


def resolve(kind: str, name: str, entries: Mapping[str, str]) -> Any:
    """The object that `name` stands for.

    `kind` is the word for the person who mistyped, such as "synthesizer". Raises ConfigurationError for an
    unknown name, with the nearest known one.
    """
    target = entries.get(name)
    if target is None:
        near = get_close_matches(name, entries, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known are: {', '.join(sorted(entries))}."
        raise ConfigurationError(f"'{name}' is not a {kind}; {hint}")
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)
