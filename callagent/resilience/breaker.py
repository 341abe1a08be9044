"""A circuit breaker: a provider that keeps failing is left alone for a while, then tried by one call.

::

    closed ──failures in a row──► open ──rest is over──► half-open ──the probe succeeds──► closed
                                    ▲                        │
                                    └────the probe fails─────┘   (and the next rest is longer)

The states are pybreaker's; around it stands a gate of our own, because pybreaker counts by the wall clock, lets any
number of calls through where one should probe, takes a cancelled call for a success or a failure, and knows nothing of
asyncio. Here nothing is awaited inside the breaker: who wants to use the provider asks for a `Permit` and says
afterwards how it went, or that it cannot be said: a caller who interrupts or hangs up proves nothing.

One breaker serves a provider in one stage for all calls of the process; it is used from the event loop's thread only.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

import structlog
from pybreaker import CircuitBreaker, CircuitBreakerError

from callagent.clock import Clock
from callagent.errors import ProviderDeniedError, ProviderError
from callagent.resilience.rests import next_rest_s

BreakerState: TypeAlias = Literal["closed", "open", "half-open"]
OnChange: TypeAlias = Callable[[BreakerState, BreakerState], None]

FOREVER_S: Final = 10 * 365 * 86_400.0
"""pybreaker's own timer runs by the wall clock; it must never be what ends a rest."""

log = structlog.get_logger("callagent.resilience")


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When to leave a provider alone, and for how long."""

    failures: int = 3
    """In a row."""
    rest_s: float = 10.0
    """Until the first probe; twice as long after each probe that fails."""
    longest_rest_s: float = 120.0
    longest_asked_s: float = 3600.0
    """Nobody is left alone for longer than this for asking to be (`Retry-After`)."""
    denied_s: float = 600.0
    """Until the first probe of a provider that refused our key: that is mended by a person."""


class Permit:
    """One use of a provider. Say how it went: `succeeded`, `failed` or `abandoned`; only the first word counts."""

    def __init__(self, breaker: "Breaker", epoch: int, *, probes: bool) -> None:
        self._breaker: Breaker | None = breaker
        self._epoch = epoch
        self._probes = probes

    def succeeded(self) -> None:
        """The provider did its work."""
        if breaker := self._take():
            breaker.note_success(self._epoch)

    def failed(self, error: ProviderError) -> None:
        """It did not, or too late."""
        if breaker := self._take():
            breaker.note_failure(self._epoch, error)

    def abandoned(self) -> None:
        """Nobody can say: the caller interrupted or hung up, or another provider was faster."""
        breaker = self._take()
        if breaker and self._probes:
            breaker.note_nothing(self._epoch)

    def _take(self) -> "Breaker | None":
        breaker, self._breaker = self._breaker, None
        return breaker


class Breaker:
    """Lets uses of one provider through, or not. `on_change` hears of each change of state, old and new."""

    def __init__(
        self, name: str, clock: Clock, policy: BreakerPolicy | None = None, on_change: OnChange | None = None
    ) -> None:
        self.name = name
        self._clock = clock
        self._policy = policy or BreakerPolicy()
        self._on_change = on_change
        self._machine = CircuitBreaker(self._policy.failures, FOREVER_S, throw_new_error_on_trip=False, name=name)
        self._epoch = 0
        """Counts changes of state: how a use went that began before the last one says nothing about now."""
        self._until_s = 0.0
        """Monotonic time at which an open breaker lets a probe through."""
        self._rests = 0
        """Rests since the provider last worked."""

    @property
    def state(self) -> BreakerState:
        """What it is now; "half-open" while one call probes."""
        return cast("BreakerState", self._machine.current_state)

    @property
    def opens_in_s(self) -> float:
        """Seconds until an open breaker lets a probe through; 0 when it would now, or is not open."""
        return max(0.0, self._until_s - self._clock.now_s()) if self.state == "open" else 0.0

    def admit(self) -> Permit | None:
        """Leave to use the provider; None when it is to be left alone. The caller must say how it went."""
        if self.state == "half-open":
            return None  # one probe is enough
        if self.state == "open":
            if self.opens_in_s > 0:
                return None
            self._change(self._machine.half_open)
        return Permit(self, self._epoch, probes=True)

    def admit_anyway(self) -> Permit:
        """As `admit`, for a provider that is asked for want of another, beside one that probes if need be."""
        return self.admit() or Permit(self, self._epoch, probes=False)

    def note_success(self, epoch: int) -> None:
        """For `Permit`."""
        if epoch == self._epoch:
            self._rests = 0
            if self._machine.fail_counter == 0 and self.state == "closed":
                return  # as nearly always: there is nothing to be forgotten
            if self.state == "open":
                self._change(self._machine.half_open)
            self._change(lambda: self._machine.call(_work))

    def note_failure(self, epoch: int, error: ProviderError) -> None:
        """For `Permit`."""
        if epoch != self._epoch:
            return
        left_alone_s = self._rest_s(error)
        at_once = isinstance(error, ProviderDeniedError) or error.retry_after_s is not None
        self._change(self._machine.open if at_once else lambda: self._fail(error))
        if self.state == "open":
            self._rests += 1
            self._until_s = self._clock.now_s() + left_alone_s

    def note_nothing(self, epoch: int) -> None:
        """For `Permit`: a probe that was given up leaves the next one to probe."""
        if epoch == self._epoch and self.state == "half-open":
            self._change(self._machine.open)

    def _rest_s(self, error: ProviderError) -> float:
        policy = self._policy
        if isinstance(error, ProviderDeniedError):
            return policy.denied_s
        usual_s = next_rest_s(policy.rest_s, self._rests, policy.longest_rest_s)
        return max(usual_s, min(policy.longest_asked_s, error.retry_after_s or 0.0))

    def _fail(self, error: ProviderError) -> None:
        def broken() -> None:
            raise error

        with suppress(ProviderError, CircuitBreakerError):
            self._machine.call(broken)

    def _change(self, step: Callable[[], object]) -> None:
        before = self.state
        step()
        after = self.state
        if before == after:
            return
        self._epoch += 1
        if self._on_change is not None:
            try:
                self._on_change(before, after)
            except Exception as error:  # noqa: BLE001  # whoever listens must not break what keeps calls alive
                log.error("a breaker's listener failed", breaker=self.name, error=type(error).__name__)


def _work() -> None:
    """What succeeded, as far as pybreaker is concerned."""
