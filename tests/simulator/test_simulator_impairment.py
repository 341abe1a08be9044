"""A bad network on purpose."""

import pytest

from callagent.simulator.impairment import NOTHING, Impairment, Path, read_impairment

PACKETS = 4000
STEP_S = 0.02


def carried(impairment: Impairment, name: str = "1/out") -> list[tuple[float, int]]:
    """When each of many packets, 20 ms apart, comes, in the order of arrival, and which it is."""
    path = Path(impairment, name)
    arrivals = [
        arrival for number in range(PACKETS) for arrival in path.through(number.to_bytes(2, "big"), number * STEP_S)
    ]
    return sorted((at_s, int.from_bytes(data, "big")) for at_s, data in arrivals)


def test_a_good_network_changes_nothing() -> None:
    """Every packet comes at once."""
    assert carried(NOTHING) == [(number * STEP_S, number) for number in range(PACKETS)]
    assert NOTHING.is_nothing


def test_as_much_is_lost_as_was_said() -> None:
    """Five percent, give or take one."""
    path = Path(Impairment(rtp=5), "1/out")
    came = sum(1 for number in range(PACKETS) for _ in path.through(b"", number * STEP_S))

    assert 0.04 < 1 - came / PACKETS < 0.06
    assert path.lost == PACKETS - came


def test_jitter_delays_and_keeps_the_order() -> None:
    """By up to so many milliseconds, so that packets bunch but do not overtake."""
    came = carried(Impairment(jitter=60))
    late = [at_s - number * STEP_S for at_s, number in came]

    assert [number for _, number in came] == list(range(PACKETS))
    assert 0.055 < max(late) <= 0.0601
    assert min(late) < 0.01


def test_as_much_is_overtaken_as_was_said() -> None:
    """Three percent come directly after their successor, and no other does."""
    order = [number for _, number in carried(Impairment(reorder=3, jitter=60))]
    overtaken = [number for number, after in zip(order[1:], order, strict=False) if number == after - 1]

    assert 0.02 < len(overtaken) / PACKETS < 0.04
    assert sorted(order) == list(range(PACKETS))


def test_signalling_has_a_fate_of_its_own() -> None:
    """How often something is sent again changes nothing of what befalls the sound."""
    impairment = Impairment(signalling=15, rtp=5)
    path = Path(impairment, "1/out")
    passed = [path.passes() for _ in range(PACKETS)]
    after = [bool(list(path.through(b"", 0.0))) for _ in range(50)]
    fresh = Path(impairment, "1/out")

    assert 0.82 < sum(passed) / PACKETS < 0.88
    assert after == [bool(list(fresh.through(b"", 0.0))) for _ in range(50)]


def test_the_seed_decides() -> None:
    """The same befalls the same call again; another call, or another seed, has another fate."""
    impairment = Impairment(rtp=5, jitter=60, reorder=3)

    assert carried(impairment) == carried(impairment)
    assert carried(impairment) != carried(impairment, "2/out")
    assert carried(impairment) != carried(Impairment(rtp=5, jitter=60, reorder=3, seed=2))


def test_it_is_read_as_written() -> None:
    """By name, in any order, and nothing by nothing."""
    assert read_impairment("rtp=5,signalling=15,jitter=62.5,reorder=3,seed=7") == Impairment(15, 5, 62.5, 3, 7)
    assert read_impairment("") == NOTHING


@pytest.mark.parametrize("text", ["15", "loss=15", "rtp=", "rtp=-1", "rtp=nan", "rtp=101", "reorder=x"])
def test_what_is_none_is_refused(text: str) -> None:
    """With what would be right."""
    with pytest.raises(ValueError, match=r"write signalling=15|0 to 100"):
        read_impairment(text)
