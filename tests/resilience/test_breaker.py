"""The breaker: who may use a provider, and when."""

import pytest

from callagent.clock import ManualClock
from callagent.errors import ProviderDeniedError, ProviderTimeoutError, ProviderUnavailableError
from callagent.resilience.breaker import Breaker, BreakerPolicy, Permit

POLICY = BreakerPolicy(failures=3, rest_s=10, longest_rest_s=35, longest_asked_s=300, denied_s=600)


class Bench:
    """A breaker, its clock, and what its listener heard."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.changes: list[str] = []
        self.breaker = Breaker("deepgram", self.clock, POLICY, lambda old, new: self.changes.append(f"{old} > {new}"))

    @property
    def state(self) -> str:
        """The breaker's."""
        return self.breaker.state

    def permit(self) -> Permit:
        """A permit that must be given."""
        permit = self.breaker.admit()
        assert permit is not None
        return permit

    def fail(self, times: int = 1) -> None:
        """Use the provider, which fails."""
        for _ in range(times):
            self.permit().failed(ProviderUnavailableError("deepgram", "refused"))


@pytest.fixture
def bench() -> Bench:
    """A fresh one."""
    return Bench()


def test_three_failures_in_a_row_open_it(bench: Bench) -> None:
    """Until its rest is over nobody may use the provider."""
    bench.fail(3)

    assert bench.state == "open"
    assert bench.breaker.admit() is None
    assert bench.breaker.opens_in_s == 10
    assert bench.changes == ["closed > open"]


def test_a_success_in_between_starts_the_count_anew(bench: Bench) -> None:
    """Two failures, a success and two failures are no row of three."""
    bench.fail(2)
    bench.permit().succeeded()
    bench.fail(2)

    assert bench.state == "closed"


def test_a_slow_call_counts_as_an_error_does(bench: Bench) -> None:
    """A deadline that passed is a failure like any other."""
    for _ in range(3):
        bench.permit().failed(ProviderTimeoutError("deepgram", "nothing useful within 3 s"))

    assert bench.state == "open"


def test_a_cancelled_call_is_neither_success_nor_failure(bench: Bench) -> None:
    """Barge-ins neither open it nor wipe out the failures that were counted."""
    bench.fail(2)
    for _ in range(5):
        bench.permit().abandoned()
    assert bench.state == "closed"
    bench.fail()

    assert bench.state == "open"


def test_exactly_one_call_probes(bench: Bench) -> None:
    """After the rest one of ten is let through; once it has succeeded, all are."""
    bench.fail(3)
    bench.clock.advance(10)
    permits = [bench.breaker.admit() for _ in range(10)]
    probes = [permit for permit in permits if permit is not None]
    assert len(probes) == 1
    probes[0].succeeded()

    assert bench.state == "closed"
    assert bench.changes == ["closed > open", "open > half-open", "half-open > closed"]


def test_a_probe_that_fails_makes_the_rest_longer(bench: Bench) -> None:
    """10 s, then 20 s, then as long as a rest may be."""
    bench.fail(3)
    rests = [bench.breaker.opens_in_s]
    for _ in range(3):
        bench.clock.advance(rests[-1])
        bench.fail()
        rests.append(bench.breaker.opens_in_s)

    assert rests == [10, 20, 35, 35]


def test_a_probe_that_was_given_up_leaves_the_next_to_probe(bench: Bench) -> None:
    """The caller hung up in the middle of it: nothing is known, and the next caller's turn finds out."""
    bench.fail(3)
    bench.clock.advance(10)
    bench.permit().abandoned()

    bench.permit().succeeded()
    assert bench.state == "closed"


def test_who_is_let_through_beside_a_probe_does_not_end_it(bench: Bench) -> None:
    """A caller of the last provider hangs up while another's turn probes it: still only that one does."""
    bench.fail(3)
    bench.clock.advance(10)
    probe = bench.permit()
    bench.breaker.admit_anyway().abandoned()
    assert (bench.state, bench.breaker.admit()) == ("half-open", None)
    probe.succeeded()

    assert bench.state == "closed"


def test_a_late_result_of_before_says_nothing(bench: Bench) -> None:
    """A call that began while it was closed does not close it again, nor open it."""
    late = [bench.permit() for _ in range(3)]
    bench.fail(3)
    late[0].succeeded()
    assert bench.state == "open"
    bench.clock.advance(10)
    bench.permit().succeeded()
    for permit in late[1:]:
        permit.failed(ProviderUnavailableError("deepgram", "refused"))

    assert bench.state == "closed"


def test_a_permit_is_used_once(bench: Bench) -> None:
    """What is said of a use after it was said how it went is ignored."""
    permit = bench.permit()
    for _ in range(3):
        permit.failed(ProviderUnavailableError("deepgram", "refused"))

    assert bench.state == "closed"


def test_a_refused_key_opens_it_at_once(bench: Bench) -> None:
    """One refusal is enough, and it is a long time before the next try."""
    bench.permit().failed(ProviderDeniedError("deepgram", "401"))

    assert bench.breaker.opens_in_s == 600


def test_a_provider_that_asks_to_be_left_alone_is(bench: Bench) -> None:
    """429 with Retry-After opens it at once, for as long as was asked."""
    bench.permit().failed(ProviderUnavailableError("deepgram", "429", retry_after_s=27))

    assert bench.breaker.opens_in_s == 27


def test_nobody_can_ask_to_be_left_alone_for_ever(bench: Bench) -> None:
    """A Retry-After of a day is taken for the longest that may be asked for."""
    bench.permit().failed(ProviderUnavailableError("deepgram", "429", retry_after_s=86_400))

    assert bench.breaker.opens_in_s == 300


def test_whoever_asks_for_five_minutes_gets_them() -> None:
    """Longer than a rest that nobody asked for: to be asked sooner would earn another refusal."""
    breaker = Breaker("deepgram", ManualClock())
    breaker.admit_anyway().failed(ProviderUnavailableError("deepgram", "429", retry_after_s=300))

    assert breaker.opens_in_s == 300


def test_an_outage_of_days_leaves_it_able_to_probe(bench: Bench) -> None:
    """However many probes have failed, the next rest is as long as a rest may be, and then one probes."""
    bench.fail(3)
    for _ in range(2000):
        bench.clock.advance(bench.breaker.opens_in_s)
        bench.fail()
    assert bench.breaker.opens_in_s == 35
    bench.clock.advance(35)
    bench.permit().succeeded()

    assert bench.state == "closed"


def test_an_outage_of_days_leaves_the_last_of_a_chain_to_be_asked(bench: Bench) -> None:
    """It is asked all the same, thousands of times in vain, and is closed once it works."""
    for _ in range(3000):
        bench.breaker.admit_anyway().failed(ProviderUnavailableError("deepgram", "refused"))
    bench.breaker.admit_anyway().succeeded()

    assert bench.state == "closed"


def test_the_last_of_a_chain_is_asked_all_the_same(bench: Bench) -> None:
    """For want of another; when it works, it is closed again at once."""
    bench.fail(3)
    bench.breaker.admit_anyway().succeeded()

    assert bench.state == "closed"


def test_a_listener_that_breaks_does_no_harm() -> None:
    """The state changes as if nobody had listened."""

    def broken(_old: str, _new: str) -> None:
        raise ValueError("listener")

    breaker = Breaker("deepgram", ManualClock(), POLICY, broken)
    breaker.admit_anyway().failed(ProviderDeniedError("deepgram", "401"))

    assert breaker.state == "open"
