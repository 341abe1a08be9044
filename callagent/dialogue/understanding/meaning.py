"""What comes out of understanding a sentence."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

ACCEPT_FROM = 0.6
"""At least this sure: act on it."""
CONFIRM_FROM = 0.4
"""At least this sure: ask whether it was meant. Below, ask again."""
NONE = "none"
"""The name of no intent at all."""

Language: TypeAlias = Literal["en", "hi", "hinglish"]
EntityKind: TypeAlias = Literal[
    "product",
    "brand",
    "rating",
    "size",
    "colour",
    "quantity",
    "order number",
    "phone number",
    "pin code",
    "date",
    "amount",
]
Judgement: TypeAlias = Literal["accept", "confirm", "ask again"]


@dataclass(frozen=True, slots=True)
class Ranked:
    """Something the caller may want, and how sure that is."""

    name: str
    confidence: float
    """From 0 to 1."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing, number or day that the caller named."""

    kind: EntityKind
    value: str
    """In one form whatever was said: an item's name, "16 A", "2.5 sq mm", "2 coil", "10", digits, "white"."""
    text: str
    """As it stands in the caller's words."""
    begin: int
    end: int
    """Where it stands there, in characters."""
    confidence: float = 1.0
    candidates: tuple[str, ...] = ()
    """All items that it may be, when it is not one alone; `value` is the first of them."""


@dataclass(frozen=True, slots=True)
class Interpretation:
    """All that was understood of one turn."""

    language: Language
    switched: bool
    """Whether words of both languages stand in it."""
    intents: tuple[Ranked, ...]
    """The likeliest first; empty when the caller wants nothing that is known."""
    entities: tuple[Entity, ...]
    """From left to right."""
    refused: tuple[Entity, ...] = ()
    """What the caller does not want: "table fan nahi, ceiling fan"."""
    asks_advice: bool = False
    """Whether an opinion is asked for, which no look-up has: "which fan is the quietest"."""

    @property
    def intent(self) -> str:
        """The likeliest intent; "none" when there is none."""
        return self.intents[0].name if self.intents else NONE

    @property
    def confidence(self) -> float:
        """How sure the likeliest intent is, from 0 to 1."""
        return self.intents[0].confidence if self.intents else 0.0

    def first(self, kind: EntityKind) -> Entity | None:
        """The first entity of a kind; None when the caller named none."""
        return next((entity for entity in self.entities if entity.kind == kind), None)


def judge(confidence: float, *, accept_from: float = ACCEPT_FROM, confirm_from: float = CONFIRM_FROM) -> Judgement:
    """What to do with something that is so sure."""
    if confidence >= accept_from:
        return "accept"
    return "confirm" if confidence >= confirm_from else "ask again"
