"""Providers of one stage in the order in which they are to be asked, each behind its breaker."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeAlias, TypeVar

import structlog

from callagent.clock import Clock
from callagent.errors import ProviderError
from callagent.resilience.breaker import Breaker, BreakerPolicy, BreakerState, OnChange, Permit
from callagent.resilience.deadlines import Pace
from callagent.resilience.held import HeldModel, held_by


class Info(Protocol):
    """What is known of the providers of all stages, as data."""

    @property
    def needs_network(self) -> bool:
        """Whether it does nothing without one."""
        ...


class Provider(Protocol):
    """What the providers of all stages have in common."""

    @property
    def info(self) -> Info:
        """What it is."""
        ...

    async def warm_up(self) -> None:
        """Load whatever the first caller should not wait for. Raises ProviderError."""
        ...

    async def aclose(self) -> None:
        """Let go of models and connections."""
        ...


P = TypeVar("P", bound=Provider)

log = structlog.get_logger("callagent.resilience")
OnMemberChange: TypeAlias = Callable[[str, BreakerState, BreakerState], None]
"""Hears which provider's breaker changed, from what and to what."""


@dataclass(slots=True)
class Member(Generic[P]):
    """One provider, and what is known of how it does."""

    name: str
    provider: P
    breaker: Breaker
    pace: Pace = field(default_factory=Pace)


class Lineup(Generic[P]):
    """The providers of one stage for all calls of a process.

    `usual` is the order in which they are asked, `orders` has others for some languages; both by names of `providers`,
    which may hold more than `usual` does. Those for whom `is_demoted` is true come after the others; but who stands
    last and works without a network stays there: whatever is demoted, somebody can be waited for.
    """

    def __init__(
        self,
        providers: Sequence[tuple[str, P]],
        clock: Clock,
        policy: BreakerPolicy | None = None,
        usual: Sequence[str] = (),
        orders: Mapping[str, Sequence[str]] | None = None,
        on_change: OnMemberChange | None = None,
        is_demoted: Callable[[str], bool] | None = None,
    ) -> None:
        self._members = {
            name: Member(name, provider, Breaker(name, clock, policy, _bound(on_change, name)))
            for name, provider in providers
        }
        self._orders = {
            language: tuple(self._members[name] for name in names) for language, names in (orders or {}).items()
        }
        self._usual = tuple(self._members[name] for name in usual) or tuple(self._members.values())
        self._is_demoted = is_demoted

    @property
    def members(self) -> tuple[Member[P], ...]:
        """All of them."""
        return tuple(self._members.values())

    @property
    def first(self) -> Member[P]:
        """Whom to ask first, as a rule."""
        return self._usual[0]

    def order(self, language: str) -> tuple[Member[P], ...]:
        """Whom to ask for a language now, first one first."""
        configured = self._orders.get(language, self._usual)
        if self._is_demoted is None:
            return configured
        movable = _movable(configured)
        # Stable: where all are demoted, or none is, the configured order stands.
        return (*sorted(movable, key=self._behind), *configured[len(movable) :])

    def chosen(self, language: str) -> Member[P]:
        """Whom the configuration puts first for a language, wherever it stands now."""
        return self._orders.get(language, self._usual)[0]

    def others(self, name: str) -> tuple[str, ...]:
        """Who could be asked instead of a provider: the others of every order that it is in."""
        return _beside(name, (self._usual, *self._orders.values()))

    def rivals(self, name: str) -> tuple[str, ...]:
        """Who might be asked before a provider, were it demoted; as `others`, without those who stay last."""
        return _beside(name, map(_movable, (self._usual, *self._orders.values())))

    def _behind(self, member: Member[P]) -> bool:
        return self._is_demoted is not None and self._is_demoted(member.name)

    def admitted(self, language: str, *, last_anyway: bool = True) -> Iterator[tuple[Member[P], Permit]]:
        """Whom may be asked now, each with its permit, taken when it is come to.

        With `last_anyway` the last one is, whatever its breaker says: there is nobody after it.
        """
        *others, last = self.order(language)
        for member in others:
            permit = member.breaker.admit()
            if permit is not None:
                yield member, permit
        permit = last.breaker.admit_anyway() if last_anyway else last.breaker.admit()
        if permit is not None:
            yield last, permit

    @property
    def held(self) -> tuple[HeldModel, ...]:
        """The models that they have in memory."""
        return held_by(member.provider for member in self.members)

    async def warm_up(self) -> None:
        """Load all of them at once. Raises ProviderError only when none can be had."""
        members = self.members
        results = await asyncio.gather(*(one.provider.warm_up() for one in members), return_exceptions=True)
        errors = [result for result in results if isinstance(result, BaseException)]
        for member, result in zip(members, results, strict=True):
            if isinstance(result, ProviderError):
                what = "a provider is not ready; `callagent doctor` says what to do"
                log.warning(what, provider=member.name, error=type(result).__name__)
        strange = next((error for error in errors if not isinstance(error, ProviderError)), None)
        if strange is not None or len(errors) == len(self.members):
            raise strange or errors[0]

    async def aclose(self) -> None:
        """Close all of them."""
        await asyncio.gather(*(one.provider.aclose() for one in self.members))


def _bound(on_change: OnMemberChange | None, name: str) -> OnChange | None:
    return None if on_change is None else lambda before, after: on_change(name, before, after)


def _movable(order: "tuple[Member[P], ...]") -> "tuple[Member[P], ...]":
    """Those of a configured order that have another place when somebody is demoted."""
    return order if order[-1].provider.info.needs_network else order[:-1]


def _beside(name: str, orders: "Iterable[tuple[Member[P], ...]]") -> tuple[str, ...]:
    """The others of those orders that a provider is in, likeliest first."""
    shared = [names for order in orders if name in (names := [one.name for one in order])]
    return tuple(dict.fromkeys(other for names in shared for other in names if other != name))
