"""The look-ups of one call, and what they returned: what a language model may say is held against it."""

from typing import Final, Literal, Protocol

from callagent.call.journal import EventLog
from callagent.call.services import Services
from callagent.dialogue.actions import LookedUp, LookUp
from callagent.dialogue.evidence import Fact, facts_of
from callagent.dialogue.privacy import tells_of_a_customer
from callagent.events import FactsLookedUp
from callagent.evidence import ShopAnswered

MOST_KEPT: Final = 100
"""Look-ups whose facts are kept: a call of two hours must not grow what each sentence is held against."""
MOST_MISSES: Final = 5
"""Look-ups of customers' data that may find nothing in one call: who goes on is trying numbers out."""


class WhoWaits(Protocol):
    """Who is told when a look-up begins that the caller waits for, and when it is done."""

    def __call__(self, *, begun: bool) -> None:
        """Hear of either."""
        ...


def _nobody_waits(*, begun: bool) -> None:
    """Nobody wants to know."""


class LookUps:
    """Asks the shop's data for one call, and keeps the last answer to each question as facts."""

    def __init__(self, services: Services, journal: EventLog, tell: WhoWaits = _nobody_waits) -> None:
        self._services = services
        self._journal = journal
        self._tell = tell
        self._facts: dict[tuple[object, ...], frozenset[Fact]] = {}
        self._misses = 0

    @property
    def facts(self) -> frozenset[Fact]:
        """All that was found so far."""
        return frozenset[Fact]().union(*self._facts.values())

    def mark(self) -> tuple[dict[tuple[object, ...], frozenset[Fact]], int]:
        """What `back` goes back to."""
        return dict(self._facts), self._misses

    def back(self, mark: tuple[dict[tuple[object, ...], frozenset[Fact]], int]) -> None:
        """What was asked since then was not; a mark serves once."""
        self._facts, self._misses = mark

    async def for_flow(self, wanted: LookUp) -> LookedUp:
        """What a step of the flow asks for. Never raises."""
        found = await self._ask(wanted, "flow")
        if found.status == "found":
            self._keep(wanted, facts_of(wanted.arguments, found.values, self._services.subjects, source=wanted.source))
        return found

    async def for_model(self, wanted: LookUp) -> LookedUp:
        """What the language model asks for: its own words, the arguments, prove nothing. Never raises."""
        found = await self._ask(wanted, "model")
        subjects = self._services.subjects
        if found.status == "found":
            self._keep(wanted, facts_of(wanted.arguments, found.values, subjects, source=wanted.source, by_model=True))
        elif found.status == "several":
            named = (facts_of({"name": name}, {"name": name}, subjects) for name in found.candidates)
            self._keep(wanted, frozenset[Fact]().union(*named))
        return found

    async def _ask(self, wanted: LookUp, by: Literal["flow", "model"]) -> LookedUp:
        began_s = self._services.clock.now_s()
        self._tell(begun=True)
        try:
            found = await self._answer(wanted)
        finally:
            self._tell(begun=False)
        took_s = round(self._services.clock.now_s() - began_s, 4)
        self._journal.write(
            ShopAnswered(
                at_s=self._journal.at_s(),
                source=wanted.source,
                arguments=dict(wanted.arguments),
                gives=tuple(wanted.gives),
                status=found.status,
                values=dict(found.values),
                candidates=tuple(found.candidates),
                took_s=took_s,
                by=by,
            )
        )
        self._journal.write(
            FactsLookedUp(
                at_s=self._journal.at_s(),
                source=wanted.source,
                status=found.status,
                took_s=took_s,
                by=by,
            )
        )
        return found

    async def _answer(self, wanted: LookUp) -> LookedUp:
        """The shop's answer; "not found" for whoever has guessed too often, without asking."""
        guarded = tells_of_a_customer(wanted.arguments)
        if guarded and self._misses >= MOST_MISSES:
            return LookedUp("not found")
        found = await self._services.look_up(wanted.source, wanted.arguments, wanted.gives)
        self._misses += guarded and found.status == "not found"
        return found

    def _keep(self, wanted: LookUp, facts: frozenset[Fact]) -> None:
        asked = (wanted.source, *sorted(wanted.arguments.items()))
        self._facts[asked] = facts
        if len(self._facts) > MOST_KEPT:
            del self._facts[next(iter(self._facts))]
