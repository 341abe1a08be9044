"""How soon a provider usually begins."""

from callagent.resilience.deadlines import ENOUGH, KEPT, MISSED, Pace


def test_a_few_answers_say_nothing() -> None:
    """Until there are enough the configured deadline stands."""
    pace = Pace()
    for _ in range(ENOUGH - 1):
        pace.note(0.2)

    assert (pace.p90_s, pace.p95_s) == (None, None)
    assert pace.limit_s(2.5) == 2.5


def test_the_slow_ones_among_many() -> None:
    """Of a hundredth of a second, two hundredths and so on the last fifty count."""
    pace = Pace()
    for number in range(1, 101):
        pace.note(number / 100)

    assert (pace.p90_s, pace.p95_s) == (0.95, 0.98)
    assert pace.limit_s(2.5) == 1.96


def test_one_that_has_become_slower_gets_its_time_back() -> None:
    """After a few misses the configured deadline stands, until it has kept the sooner one for long."""
    pace = Pace()
    for _ in range(ENOUGH):
        pace.note(0.2)
    limits = []
    for _ in range(MISSED):
        limits.append(pace.limit_s(2.5))
        pace.miss()
    limits.append(pace.limit_s(2.5))
    for _ in range(KEPT):
        pace.note(0.5)
    limits.append(pace.limit_s(2.5))

    assert limits == [0.4] * MISSED + [2.5, 1.0]
