"""What the engine asks of a deeper understanding than word lists, where there is one."""

from collections.abc import Sequence
from typing import Protocol


class Entity(Protocol):
    """A value found in a sentence."""

    @property
    def kind(self) -> str:
        """Such as "product" or "quantity"."""
        ...

    @property
    def value(self) -> str:
        """As a flow keeps it."""
        ...

    @property
    def confidence(self) -> float:
        """0 to 1."""
        ...


class Ranked(Protocol):
    """Something that the caller may want."""

    @property
    def name(self) -> str:
        """Such as "price"."""
        ...

    @property
    def confidence(self) -> float:
        """0 to 1."""
        ...


class Interpretation(Protocol):
    """What a sentence says."""

    @property
    def language(self) -> str:
        """The language it is said in."""
        ...

    @property
    def intents(self) -> Sequence[Ranked]:
        """What the caller wants, likeliest first."""
        ...

    @property
    def entities(self) -> Sequence[Entity]:
        """Values, in the order they were said."""
        ...


class Interpreter(Protocol):
    """Understands sentences without a model. Never raises, and takes a few milliseconds."""

    def interpret(self, text: str, *, language_hint: str = "") -> Interpretation:
        """What a caller's sentence says; `language_hint` is the language that is spoken in the call."""
        ...


SURE = 0.6
"""Confidence from which an intent or a value counts."""


def intent_of(found: Interpretation | None) -> str:
    """The likeliest intent; empty when none is likely."""
    if found is None or not found.intents or found.intents[0].confidence < SURE:
        return ""
    return found.intents[0].name


def product_of(found: Interpretation | None) -> str:
    """The only product that is named; empty for none, or several."""
    named = {
        entity.value
        for entity in (found.entities if found else ())
        if entity.kind == "product" and entity.confidence >= SURE
    }
    return named.pop() if len(named) == 1 else ""
