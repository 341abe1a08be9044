"""A call without a telephone: the real flow, engine and tables; caller, clock and trouble as they are given.

`Stage` is made once for a shop and rehearses any number of calls. A `Rehearsal` is one of them: `begin` it, `give` it
what the caller does, and read what the agent did from the `Turn` that comes back.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from callagent.clock import IST
from callagent.dialogue.actions import (
    Action,
    CallBegan,
    CallerKeyed,
    CallerSaid,
    CallerSilent,
    CallerUnheard,
    Consent,
    Converse,
    Decision,
    Entered,
    HangUp,
    Input,
    Listen,
    LookedUp,
    LookUp,
    Note,
    Record,
    Recorded,
    Remember,
    Say,
    SendText,
    Transfer,
    Transferred,
)
from callagent.dialogue.engine import Engine, State
from callagent.dialogue.flow import Flow, Item
from callagent.dialogue.shop_words import ShopInterpreter
from callagent.dialogue.understanding import ACCEPT_FROM, CONFIRM_FROM
from callagent.workshop.shops import OpenShop

A_FRIDAY: Final = datetime(2026, 11, 20, 11, 0, tzinfo=IST)
"""When a rehearsed call takes place, unless a time is given: a rehearsal today is the same as one next year."""

CALLERS: Final[Mapping[str, str]] = {"known": "+919800000001", "new": "+919800000098", "withheld": ""}
"""Who may call by a name instead of a number."""

TALK: Final = "(talk)"
"""The line of a turn in which the language model speaks."""

ByCaller: TypeAlias = CallerSaid | CallerKeyed | CallerSilent | CallerUnheard
Trouble: TypeAlias = Literal["down", "not found"] | tuple[str, ...] | Mapping[str, str]
"""What a look-up comes to: no answer, no such thing, several to choose from, or these facts."""


@dataclass(frozen=True, slots=True)
class GivenItem:
    """An item of the catalogue as this call finds it."""

    aliases: tuple[str, ...] = ()
    """Besides those it has."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """In place of what the table says, such as stock: 0."""


@dataclass(frozen=True, slots=True)
class Given:
    """The world around a rehearsed call."""

    clock: datetime = A_FRIDAY
    caller: str = CALLERS["known"]
    """E.164 number; empty when withheld."""
    language: str = ""
    """That the call begins in; empty for the flow's first."""
    items: Mapping[str, GivenItem] = field(default_factory=dict)
    lookups: Mapping[str, Trouble] = field(default_factory=dict)
    """By source."""
    model: bool = False
    """Whether there is a language model: what it would say is not rehearsed, only that it speaks."""
    nobody: bool = False
    """Whether nobody picks up when the call is handed over."""
    message: bool = True
    """Whether the caller says something when a message is recorded."""
    known: Mapping[str, str] = field(default_factory=dict)
    """What is remembered of the caller, such as "caller's last call"."""
    memory: bool = True
    """Whether callers are remembered at all: where they are not, nobody is asked to agree to it."""
    outbound: bool = False
    """Whether the shop rings the caller."""
    seed: int = 0
    """Places a caller without a number in experiments."""

    def remembered(self) -> Mapping[str, str]:
        """What the flow is told of the caller."""
        if not self.memory:
            return self.known
        return {"caller": "known" if self.caller == CALLERS["known"] else "new", **self.known}

    def answer(self, look_up: LookUp) -> LookedUp | None:
        """What a look-up comes to because it was given so; None when the shop's tables are to be asked."""
        trouble = self.lookups.get(look_up.source)
        if trouble is None:
            return None
        if isinstance(trouble, tuple):
            return LookedUp("several", candidates=trouble)
        return LookedUp(trouble) if isinstance(trouble, str) else LookedUp("found", trouble)

    def amend(self, look_up: LookUp, answer: LookedUp) -> LookedUp:
        """An answer of the tables, with the given facts of the items it was asked about."""
        facts: dict[str, str] = {}
        for name in look_up.arguments.values():
            facts.update(self.items[name].facts if name in self.items else {})
        if not facts or answer.status in ("down", "several"):
            return answer
        values = {**answer.values, **{name: facts[name] for name in look_up.gives if name in facts}}
        found = all(name in values for name in look_up.gives)
        return LookedUp("found", values) if found else answer


@dataclass(frozen=True, slots=True)
class Said:
    """Something the agent spoke."""

    line: str
    """Its name in the prompts; `TALK` for the model."""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A look-up, and what it came to."""

    source: str
    arguments: Mapping[str, str]
    status: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Done:
    """Something else that the agent did, such as sending a text."""

    what: str
    """As staff would put it: "text quote_details to caller", "transfer to counter, owner"."""


Did: TypeAlias = Said | Asked | Done


@dataclass(frozen=True, slots=True)
class Turn:
    """All that the agent did until somebody else had to act."""

    did: tuple[Did, ...]
    notes: tuple[Note, ...]
    state: State
    waits_for: Action
    """The last action."""

    @property
    def said(self) -> tuple[Said, ...]:
        """What was spoken, in order."""
        return tuple(one for one in self.did if isinstance(one, Said))

    @property
    def done(self) -> tuple[str, ...]:
        """What else was done, in order."""
        return tuple(one.what for one in self.did if isinstance(one, Done))

    @property
    def listen(self) -> Listen | None:
        """What the caller may do now; None when it is not their turn."""
        return self.waits_for if isinstance(self.waits_for, Listen) else None

    @property
    def ended(self) -> str | None:
        """How the call ended; None while it goes on."""
        return self.waits_for.disposition if isinstance(self.waits_for, HangUp) else None

    def steps(self) -> set[tuple[str, int]]:
        """The steps that were done: flow, and number counted from 1."""
        return {(note.flow, note.step) for note in self.notes if isinstance(note, Entered)}


class Stage:
    """A shop's flow, ready to be rehearsed."""

    def __init__(self, shop: OpenShop, *, accept_from: float = ACCEPT_FROM, confirm_from: float = CONFIRM_FROM) -> None:
        """Sentences are acted on and asked back from such confidences (0 to 1) on, as in calls."""
        self.shop = shop
        self._accept_from, self._confirm_from = accept_from, confirm_from
        self._engines: dict[tuple[object, ...], Engine] = {}

    @property
    def flow(self) -> Flow:
        """The shop's flow."""
        return self.shop.flow

    def call(self, given: Given) -> "Rehearsal":
        """A call that has not begun."""
        return Rehearsal(self, given)

    def prepare(self) -> None:
        """Make what the first call would make: about a second of work, which a server has done before it."""
        self.shop.facts.prepare()
        self.engine(Given())

    def engine(self, given: Given) -> Engine:
        """The engine for such a world; made once for each."""
        aliases = tuple(sorted((name, item.aliases) for name, item in given.items.items()))
        key = (given.language, aliases, given.model)
        if key not in self._engines:
            flow = _flow_for(self.flow, given)
            interpreter = ShopInterpreter(flow)
            interpreter.prepare()
            self._engines[key] = Engine(
                flow,
                has_model=given.model,
                interpreter=interpreter,
                accept_from=self._accept_from,
                confirm_from=self._confirm_from,
            )
        return self._engines[key]

    async def look_up(self, given: Given, look_up: LookUp) -> LookedUp:
        """Ask the tables, or what is given in their place."""
        known = given.answer(look_up)
        if known is not None:
            return known
        answer = await self.shop.facts.look_up(look_up.source, look_up.arguments, look_up.gives, given.clock)
        return given.amend(look_up, LookedUp(answer.status, answer.values, answer.candidates))


class Rehearsal:
    """One call."""

    def __init__(self, stage: Stage, given: Given) -> None:
        self._stage = stage
        self.given = given
        self._turns: list[Turn] = []

    @property
    def turn(self) -> Turn:
        """The latest; there is none before `begin`."""
        return self._turns[-1]

    @property
    def turns(self) -> tuple[Turn, ...]:
        """All of them."""
        return tuple(self._turns)

    async def begin(self) -> Turn:
        """The caller is on the line."""
        engine = self._stage.engine(self.given)
        given = self.given
        began = CallBegan(given.clock, given.caller, given.seed, given.remembered(), given.outbound)
        return await self._perform(engine.begin(began))

    async def give(self, did: ByCaller) -> Turn:
        """The caller does something."""
        listen = self.turn.listen
        if isinstance(did, CallerKeyed) and listen is not None and listen.digits is not None:
            did = CallerKeyed(did.keys.removesuffix("#"))
        return await self._perform(self._advance(self.turn.state, did))

    def undo(self) -> bool:
        """Take the last turn back; False when only the greeting is left."""
        if len(self._turns) < 2:
            return False
        self._turns.pop()
        return True

    def _advance(self, state: State, given: Input) -> Decision[State]:
        return self._stage.engine(self.given).advance(state, given, self.given.clock)

    async def _perform(self, decision: Decision[State]) -> Turn:
        """Do what the engine wants until it waits for the caller, or the call is over."""
        did: list[Did] = []
        notes: list[Note] = []
        while True:
            notes += decision.notes
            did += [_IMMEDIATE[type(action)](action) for action in decision.actions if type(action) in _IMMEDIATE]
            last = decision.actions[-1]
            perform = _PERFORM.get(type(last))
            if perform is None:
                self._turns.append(Turn(tuple(did), tuple(notes), decision.state, last))
                return self.turn
            happened, answer = await perform(self._stage, self.given, last)
            did.append(happened)
            decision = self._advance(decision.state, answer)


async def _look_up(stage: Stage, given: Given, action: LookUp) -> tuple[Did, Input]:
    answer = await stage.look_up(given, action)
    return Asked(action.source, action.arguments, answer.status, answer.values), answer


async def _transfer(_: Stage, given: Given, action: Transfer) -> tuple[Did, Input]:
    people = ", ".join(person.name for person in action.people)
    return Done(f"transfer to {people}"), Transferred("nobody" if given.nobody else "answered")


async def _record(_: Stage, given: Given, action: Record) -> tuple[Did, Input]:
    return Done(f"record {action.line}"), Recorded(min(8.0, action.limit_s) if given.message else 0.0)


_Perform: TypeAlias = Callable[[Stage, Given, Any], Awaitable[tuple[Did, Input]]]

_IMMEDIATE: Final[Mapping[type, Callable[[Any], Did]]] = {
    Say: lambda say: Said(say.line, say.text),
    Converse: lambda _: Said(TALK),
    SendText: lambda text: Done(f"text {text.line} to {text.to}"),
    Consent: lambda consent: Done(f"consent to {consent.to}: {'yes' if consent.allowed else 'no'}"),
    Remember: lambda one: Done(f"remember {one.name}: {one.value}"),
}
"""Actions that wait for nobody: what a rehearsal notes of them."""

_PERFORM: Final[Mapping[type, _Perform]] = {LookUp: _look_up, Transfer: _transfer, Record: _record}
"""Actions that wait for somebody other than the caller: how a rehearsal answers them."""


def _flow_for(flow: Flow, given: Given) -> Flow:
    languages = tuple(dict.fromkeys((given.language or flow.languages[0], *flow.languages)))
    known = {item.name: item for item in flow.items}
    for name, item in given.items.items():
        before = known.get(name, Item(name))
        known[name] = replace(before, aliases=tuple(dict.fromkeys((*before.aliases, *item.aliases))))
    return replace(flow, languages=languages, items=tuple(known.values()))
