"""What a deeper understanding than word lists tells of a sentence, where there is one."""

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
    def text(self) -> str:
        """As it stands in the caller's words."""
        ...

    @property
    def confidence(self) -> float:
        """0 to 1."""
        ...

    @property
    def candidates(self) -> Sequence[str]:
        """All items that it may be, when it is not one alone."""
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
    def switched(self) -> bool:
        """Whether words of another language stand in it, too."""
        ...

    @property
    def intents(self) -> Sequence[Ranked]:
        """What the caller wants, likeliest first."""
        ...

    @property
    def entities(self) -> Sequence[Entity]:
        """Values, in the order they were said."""
        ...

    @property
    def asks_advice(self) -> bool:
        """Whether an opinion is asked for, which no look-up has."""
        ...


class Interpreter(Protocol):
    """Understands sentences without a model. Never raises, and takes a few milliseconds."""

    def interpret(self, text: str, *, language_hint: str = "") -> Interpretation:
        """What a caller's sentence says; `language_hint` is the language that is spoken in the call."""
        ...
