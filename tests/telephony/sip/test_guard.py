"""Who may send messages, and how many."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callagent.telephony.sip.network.guard import BURST_S, MOST_SOURCES, MOST_TRUSTED, Guard, plain


@pytest.mark.parametrize(
    ("host", "admitted"),
    [
        ("192.0.2.7", True),
        ("192.0.3.7", False),
        ("::ffff:192.0.2.7", True),
        ("2001:db8::5", True),
        ("fe80::1%eth0", False),
        ("trunk.example.com", False),
        ("", False),
    ],
)
def test_only_the_networks_on_the_list_are_admitted(host: str, admitted: bool) -> None:
    """By address alone; an IPv4 address inside IPv6 is itself, and what is no address is nobody."""
    guard = Guard(["192.0.2.0/24", "2001:db8::5"])

    assert guard.admits(host, 0.0) is admitted
    assert guard.dropped == (not admitted)


def test_what_is_no_network_is_an_error() -> None:
    """At once, when the guard is made."""
    with pytest.raises(ValueError, match="office"):
        Guard(["office"])


def test_a_source_has_its_rate_and_a_burst() -> None:
    """Beyond that nothing is admitted until time has passed; another source has its own share."""
    guard = Guard(["192.0.2.0/24"], per_source_s=10, total_s=1000)

    assert [guard.admits("192.0.2.1", 5.0) for _ in range(30)].count(True) == 10 * BURST_S
    assert guard.admits("192.0.2.2", 5.0)
    assert [guard.admits("192.0.2.1", 5.5) for _ in range(30)].count(True) == 5
    assert guard.dropped == 10 + 25


def test_all_sources_together_have_a_rate() -> None:
    """So that many addresses get no more than a machine can do."""
    guard = Guard(["192.0.2.0/24"], per_source_s=10, total_s=20)

    assert sum(guard.admits(f"192.0.2.{number}", 0.0) for number in range(200)) == 20 * BURST_S


def test_a_trunk_is_heard_through_a_flood() -> None:
    """A trusted address is on no list, and has a share that nobody else can use up."""
    guard = Guard(["192.0.2.0/24"], per_source_s=10, total_s=20)
    guard.trust("198.51.100.1")
    for number in range(200):
        guard.admits(f"192.0.2.{number}", 0.0)

    assert guard.is_trusted("::ffff:198.51.100.1")
    assert sum(guard.admits("198.51.100.1", 0.0) for _ in range(100)) == 20 * BURST_S


def test_it_remembers_no_more_than_it_may() -> None:
    """However many addresses send, on the list and beside it, and however many trunks there were."""
    guard = Guard(["10.0.0.0/8"], total_s=1e9)
    for number in range(4 * MOST_SOURCES):
        assert guard.admits(f"10.1.{number // 256}.{number % 256}", 0.0)
        assert not guard.admits(f"11.1.{number // 256}.{number % 256}", 0.0)
        guard.trust(f"12.1.{number // 256}.{number % 256}")

    assert len(guard) == MOST_SOURCES + MOST_TRUSTED


def test_a_clock_that_stands_still_or_goes_back_gives_nothing() -> None:
    """Tokens come with time, and only once for each moment."""
    guard = Guard(["192.0.2.1"], per_source_s=1, total_s=10)
    admitted = [guard.admits("192.0.2.1", now_s) for now_s in (10.0, 10.0, 9.0, 10.0, 3.0, 11.0)]

    assert admitted == [True, True, False, False, False, True]


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_may_be_asked_about(host: str) -> None:
    """Nothing is an exception, and an address is compared in one spelling only."""
    assert plain(plain(host)) == plain(host)
    Guard(["0.0.0.0/0", "::/0"]).admits(host, 0.0)
