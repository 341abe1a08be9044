"""The worked example's shop: its files, its data, and calls with it as scripts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from callagent.clock import IST
from callagent.dialogue.actions import (
    Action,
    CallBegan,
    Converse,
    Decision,
    HangUp,
    Input,
    Listen,
    LookedUp,
    LookUp,
    Note,
    Record,
    Recorded,
    Say,
    Transfer,
    Transferred,
)
from callagent.dialogue.engine import Engine, State

FOLDER = Path(__file__).parent
FRIDAY = datetime(2026, 11, 20, 11, 0, tzinfo=IST)
SUNDAY = datetime(2026, 11, 22, 11, 0, tzinfo=IST)
KNOWN = {"caller": "known"}


@dataclass(frozen=True)
class Product:
    """Something in the catalogue."""

    name: str
    aliases: tuple[str, ...] = ()
    aliases_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """Something to look up."""

    needs: tuple[str, ...]
    gives: tuple[str, ...]
    takes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Goods:
    """The shop's data, as far as a flow's checks go."""

    absent: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(
        default_factory=lambda: {
            "catalogue": Source(("product",), ("price", "stock")),
            "warranty": Source(("product", "bought on"), ("covered", "covered until")),
            "quote": Source(("product", "quantity"), ("total",)),
            "order": Source(("order number", "caller number"), ("status", "expected")),
        }
    )

    def items(self) -> tuple[Product, ...]:
        """All products."""
        return (
            Product("ceiling fan", ("fan",)),
            Product("table fan", ("small fan",)),
            Product("wall fan", ("small fan",)),
            Product("sixteen amp socket", ("socket",)),
        )


ANSWERS = {
    "catalogue": {"price": "1849", "stock": "24"},
    "warranty": {"covered": "yes", "covered until": "2027-11-20"},
    "quote": {"total": "92450"},
    "order": {"status": "packed", "expected": "2026-11-21"},
}


class Phone:
    """One call: give it what the caller does; `heard` is what was done about it since, in short."""

    def __init__(self, engine: Engine, *, now: datetime = FRIDAY, caller: str = "+919812345678", **known: Any) -> None:
        self.engine = engine
        self.now = now
        self.looked_up: list[LookUp] = []
        self.answers: dict[str, LookedUp] = {name: LookedUp("found", values) for name, values in ANSWERS.items()}
        self.transfers = Transferred("nobody")
        self.actions: list[Action] = []
        self.notes: tuple[Note, ...] = ()
        self.private = False
        self._take(engine.begin(CallBegan(now, caller, known=known.get("known", KNOWN), seed=known.get("seed", 0))))

    @property
    def state(self) -> State:
        """Where the call stands."""
        return self._state

    @property
    def slots(self) -> dict[str, str]:
        """Answers and facts."""
        return dict(self._state.slots)

    @property
    def listen(self) -> Listen:
        """How the caller is listened to."""
        action = self.actions[-1]
        assert isinstance(action, Listen)
        return action

    @property
    def texts(self) -> list[str]:
        """What was said."""
        return [action.text for action in self.actions if isinstance(action, Say)]

    @property
    def heard(self) -> list[str]:
        """Names of lines, and how it ended."""
        named = {Say: "line", HangUp: "disposition"}
        short = [
            f"({getattr(one, named[type(one)])})" if isinstance(one, HangUp) else getattr(one, named[type(one)])
            for one in self.actions
            if isinstance(one, Say | HangUp)
        ]
        return [*short, *("~" for one in self.actions if isinstance(one, Converse))]

    def __call__(self, *inputs: Input) -> list[str]:
        """The caller does that; what is heard after the last of it."""
        for given in inputs:
            self.actions, self.notes, self.private = [], (), False
            self._take(self.engine.advance(self._state, given, self.now))
        return self.heard

    def _take(self, decision: Decision[State]) -> None:
        self._state = decision.state
        self.notes += decision.notes
        self.private |= decision.turn_private
        self.actions += decision.actions
        match decision.actions[-1]:
            case LookUp() as wanted:
                self.looked_up.append(wanted)
                answer = self.answers[wanted.source]
                self._take(self.engine.advance(self._state, answer, self.now))
            case Transfer():
                self._take(self.engine.advance(self._state, self.transfers, self.now))
            case Record():
                self._take(self.engine.advance(self._state, Recorded(4.0), self.now))
