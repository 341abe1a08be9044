"""Whose datagrams are a call's sound."""

import pytest

from callagent.errors import WireError
from callagent.telephony.sip.sound.source_lock import ANY_FOR_S, SILENT_S, SourceLock, address, ip

PEER = ("192.0.2.1", 4000)
BEHIND_NAT = ("192.0.2.1", 61_000)
MOVED = ("192.0.2.1", 61_001)
STRANGER = ("198.51.100.9", 4000)
NOW_S = 500.0


def locked(*, any_source: bool = False) -> SourceLock:
    """To the peer."""
    lock = SourceLock(any_source=any_source)
    lock.agree(PEER, NOW_S)
    return lock


def test_before_anything_is_agreed_on_nobody_is_heard() -> None:
    """And nothing is sent."""
    lock = SourceLock(any_source=True)

    assert not lock.admits(PEER, None, NOW_S)
    assert lock.target is None
    assert not lock.of_peer(PEER[0])


def test_any_port_of_the_peer_s_address_is_looked_at_first() -> None:
    """Our sound goes where SDP says until one of them is heard."""
    lock = locked()

    assert [lock.admits(source, None, NOW_S) for source in (PEER, BEHIND_NAT, STRANGER)] == [True, True, False]
    assert lock.target == PEER
    lock.hear(BEHIND_NAT)
    assert lock.target == BEHIND_NAT


def test_who_is_heard_stays_until_it_is_silent() -> None:
    """Another port of the same address may follow it, never another address."""
    lock = locked()
    lock.hear(BEHIND_NAT)

    assert lock.admits(BEHIND_NAT, NOW_S, NOW_S)
    assert not lock.admits(MOVED, NOW_S, NOW_S + SILENT_S - 0.1)
    assert lock.admits(MOVED, NOW_S, NOW_S + SILENT_S)
    assert not lock.admits(STRANGER, NOW_S, NOW_S + 3600)


def test_the_negotiated_port_is_always_looked_at() -> None:
    """The end of another call of the same gateway may have come before."""
    lock = locked()
    lock.hear(MOVED)

    assert lock.admits(PEER, NOW_S, NOW_S)


def test_the_same_agreement_again_changes_nothing() -> None:
    """As when a session timer refreshes the call, or an old telephone holds it."""
    lock = locked()
    lock.hear(BEHIND_NAT)
    lock.agree(PEER, NOW_S)
    lock.agree(None, NOW_S)

    assert lock.heard == BEHIND_NAT


def test_another_address_forgets_who_was_heard() -> None:
    """The peer moved, as when it was transferred."""
    lock = locked()
    lock.hear(BEHIND_NAT)
    lock.agree(STRANGER, NOW_S)

    assert lock.target == STRANGER
    assert not lock.admits(BEHIND_NAT, NOW_S, NOW_S)


def test_where_even_the_address_is_hidden_the_first_who_sends_is_the_peer() -> None:
    """In the first seconds, and then it is locked."""
    lock = locked(any_source=True)

    assert lock.admits(STRANGER, None, NOW_S + ANY_FOR_S - 0.1)
    assert not lock.admits(STRANGER, None, NOW_S + ANY_FOR_S)
    lock.hear(STRANGER)
    assert not lock.admits(("203.0.113.1", 4000), NOW_S, NOW_S + 1)
    assert not lock.admits(MOVED, NOW_S, NOW_S + 3)
    assert lock.admits(PEER, NOW_S, NOW_S + 1)


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("192.0.2.1", ("192.0.2.1", 4000)),
        ("::ffff:192.0.2.1", ("192.0.2.1", 4000)),
        ("2001:DB8:0::1", ("2001:db8::1", 4000)),
        ("0.0.0.0", None),
        ("::", None),
    ],
)
def test_addresses_are_compared_in_their_shortest_form(host: str, known: tuple[str, int] | None) -> None:
    """And hold in the old way is none."""
    assert address(host, 4000) == known


def test_a_host_name_is_no_address() -> None:
    """Nobody is asked for it while a call waits."""
    with pytest.raises(WireError, match="host name"):
        address("media.example.invalid", 4000)


def test_an_address_from_a_socket_has_its_shortest_form() -> None:
    """Without the interface that it came in by."""
    assert ip("::ffff:192.0.2.1") == "192.0.2.1"
    assert ip("fe80::1%eth0") == "fe80::1"


def test_a_telephone_behind_a_nat_is_heard_from_where_its_messages_come() -> None:
    """The first that it sends decides; any other address is nobody."""
    lock = SourceLock()
    lock.agree(("10.0.0.5", 4000), 0.0)
    lock.also = "203.0.113.7"

    assert not lock.admits(("203.0.113.8", 4000), None, 0.1)
    assert lock.admits(("203.0.113.7", 61000), None, 0.1)
    lock.hear(("203.0.113.7", 61000))
    assert lock.target == ("203.0.113.7", 61000)
    assert not lock.admits(("203.0.113.8", 61000), 0.1, 9.0)
