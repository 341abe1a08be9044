"""Tokens for media sockets."""

from callagent.telephony.twilio import tickets
from callagent.telephony.twilio.tickets import TicketOffice


def test_a_token_opens_its_call_once() -> None:
    """The second use of a token is refused."""
    office = TicketOffice()
    token = office.issue("CA1", now_s=0.0)

    assert [office.redeem("CA1", token, 1.0), office.redeem("CA1", token, 2.0)] == [True, False]


def test_a_token_is_bound_to_its_call() -> None:
    """One call's token does not open another's stream."""
    office = TicketOffice()
    token = office.issue("CA1", now_s=0.0)
    office.issue("CA2", now_s=0.0)

    assert not office.redeem("CA2", token, 1.0)


def test_a_token_lives_for_sixty_seconds() -> None:
    """At 60 s it is still good, a moment later it is not."""
    office = TicketOffice()
    early, late = office.issue("CA1", now_s=0.0), office.issue("CA2", now_s=0.0)

    assert office.redeem("CA1", early, 60.0)
    assert not office.redeem("CA2", late, 60.1)


def test_a_replayed_webhook_mints_no_fresh_token() -> None:
    """The answer to a repeated webhook is the first token, used or not."""
    office = TicketOffice()
    token = office.issue("CA1", now_s=0.0)
    office.redeem("CA1", token, 1.0)

    assert office.issue("CA1", now_s=2.0) == token
    assert not office.redeem("CA1", token, 3.0)


def test_a_call_that_is_over_needs_no_token() -> None:
    """A withdrawn token opens nothing, a repeated webhook mints no other, and an unknown call is no matter."""
    office = TicketOffice()
    token = office.issue("CA1", now_s=0.0)
    office.withdraw("CA1")
    office.withdraw("CA9")

    assert office.issue("CA1", now_s=1.0) == token
    assert not office.redeem("CA1", token, 1.0)


def test_a_made_up_token_is_refused() -> None:
    """Neither an empty nor a foreign nor a non-ASCII token opens anything."""
    office = TicketOffice()
    office.issue("CA1", now_s=0.0)

    assert not any(office.redeem("CA1", token, 1.0) for token in ("", "guess", "हाँ"))


def test_a_flood_of_webhooks_fills_no_memory() -> None:
    """Beyond the limit the oldest tokens are forgotten."""
    office = TicketOffice()
    for number in range(tickets.MOST + 500):
        office.issue(f"CA{number}", now_s=0.0)

    assert len(office._by_call) <= tickets.MOST
