"""Requests of others under manual time: what is answered again and when, and how each ends."""

import pytest
from sipmessage import Response
from support.sip_network import THEIRS, outgoing
from support.sip_transactions import SENT_BY, TCP, incoming, layer, received, schedule, sent

from callagent.errors import CarrierError
from callagent.telephony.sip.messages.message import answer, write
from callagent.telephony.sip.messages.reading import read
from callagent.telephony.sip.transactions.matching import Hop
from callagent.telephony.sip.transactions.transaction_events import CancelReceived, RequestReceived, Send
from callagent.telephony.sip.transactions.transaction_tables import State


def test_an_invite_is_answered_with_trying_when_the_user_takes_long() -> None:
    """After 200 ms; then copies of the INVITE are answered with it, and the user hears nothing of them."""
    transactions = layer()
    invite = incoming("INVITE")
    before = transactions.receive(incoming("INVITE"), THEIRS, 0.0)

    assert [type(each) for each in before] == [RequestReceived]
    assert transactions.receive(invite, THEIRS, 0.1) == []
    assert transactions.next_due_s == 0.2
    (trying,) = sent(transactions.on_time(0.2))
    assert isinstance(trying, Response)
    assert trying.code == 100
    (again,) = sent(transactions.receive(invite, THEIRS, 0.5))
    assert write(again) == write(trying)


def test_trying_tells_the_caller_when_it_asked() -> None:
    """A Timestamp comes back in the 100 alone (RFC 3261 section 8.2.6.1)."""
    invite = outgoing("INVITE")
    invite.headers.set("Timestamp", "54")

    assert answer(invite, 100).headers.get("Timestamp") == "54"
    assert answer(invite, 180).headers.get("Timestamp") is None


def test_a_refusal_is_repeated_until_it_is_acknowledged() -> None:
    """Timer G doubles up to T2; the ACK ends it, and timer I absorbs its copies for T4."""
    transactions = layer()
    event = received(transactions, incoming("INVITE"))
    assert event.transaction is not None
    transactions.respond(event.transaction, answer(event.request, 486, to_tag="us"), 0.0)

    assert schedule(transactions, 12.0) == [(at, "Send") for at in (0.5, 1.5, 3.5, 7.5, 11.5)]
    ack = incoming("ACK", to="<sip:shop@192.0.2.1>;tag=us")
    assert transactions.receive(ack, THEIRS, 12.0) == []
    assert transactions.receive(ack, THEIRS, 12.1) == []
    assert transactions.next_due_s == 17.0
    assert schedule(transactions) == []
    assert len(transactions) == 0


def test_a_refusal_that_nobody_acknowledges_ends_in_32_seconds() -> None:
    """Timer H."""
    transactions = layer()
    event = received(transactions, incoming("INVITE"))
    assert event.transaction is not None
    transactions.respond(event.transaction, answer(event.request, 486, to_tag="us"), 0.0)

    assert schedule(transactions)[-1] == (32.0, "TimedOut")
    assert transactions.respond(event.transaction, answer(event.request, 200, to_tag="us"), 33.0) == []
    assert len(transactions) == 0


def test_an_acceptance_is_repeated_only_by_the_user() -> None:
    """RFC 6026: copies of the INVITE are absorbed, the ACK is handed on, timer L ends it after 64 T1."""
    transactions = layer()
    event = received(transactions, incoming("INVITE"))
    assert event.transaction is not None
    accepted = answer(event.request, 200, to_tag="us")
    transactions.respond(event.transaction, accepted, 1.0)

    assert transactions.receive(incoming("INVITE"), THEIRS, 1.5) == []
    assert len(sent(transactions.respond(event.transaction, accepted, 1.5))) == 1
    assert [type(each) for each in transactions.receive(incoming("ACK"), THEIRS, 2.0)] == [RequestReceived]
    assert transactions.next_due_s == 33.0
    assert schedule(transactions) == []
    assert len(transactions) == 0


def test_the_ack_of_an_acceptance_comes_with_a_branch_of_its_own() -> None:
    """It belongs to no transaction, and is never answered."""
    transactions = layer()

    event = received(transactions, incoming("ACK", "z9hG4bKnew"))

    assert event.transaction is None
    assert len(transactions) == 0


def test_copies_of_a_request_get_copies_of_its_answer() -> None:
    """Nothing before there is one; timer J keeps it for 64 T1."""
    transactions = layer()
    event = received(transactions, incoming("BYE"))
    assert event.transaction is not None

    assert transactions.receive(incoming("BYE"), THEIRS, 0.5) == []
    first = transactions.respond(event.transaction, answer(event.request, 200, to_tag="us"), 1.0)
    assert transactions.receive(incoming("BYE"), THEIRS, 1.5) == first
    assert transactions.respond(event.transaction, answer(event.request, 500, to_tag="us"), 1.6) == []
    assert transactions.next_due_s == 33.0
    assert schedule(transactions) == []
    assert len(transactions) == 0


def test_a_request_that_the_user_forgets_is_forgotten() -> None:
    """Nobody waits for an answer after 64 T1."""
    transactions = layer()
    received(transactions, incoming("INFO"))

    assert schedule(transactions) == []
    assert len(transactions) == 0


def test_an_answer_goes_where_the_request_came_from() -> None:
    """The Via says where that was (received, rport); without rport its own port is taken, never its address."""
    transactions = layer()
    source = Hop("UDP", "203.0.113.5", 40123)
    with_rport, without = incoming("OPTIONS", "z9hG4bKa"), incoming("OPTIONS", "z9hG4bKb", number=2)
    without.headers.set("Via", "SIP/2.0/UDP 192.0.2.2:5080;branch=z9hG4bKb")

    hops = []
    for request in (with_rport, without):
        (event,) = transactions.receive(request, source, 0.0)
        assert isinstance(event, RequestReceived)
        assert event.transaction is not None
        (send,) = transactions.respond(event.transaction, answer(event.request, 200, to_tag="us"), 0.0)
        assert isinstance(send, Send)
        hops.append((send.to.host, send.to.port, read(send.data).headers["Via"]))

    assert hops == [
        ("203.0.113.5", 40123, "SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKa;rport=40123;received=203.0.113.5"),
        ("203.0.113.5", 5080, "SIP/2.0/UDP 192.0.2.2:5080;branch=z9hG4bKb;received=203.0.113.5"),
    ]


@pytest.mark.parametrize("branch", ["", ";branch=1", ";branch=z9hG4bK"])
def test_a_sender_of_the_old_kind_is_matched_by_all_that_it_repeats(branch: str) -> None:
    """Section 17.2.3: without an identifying branch, and with nothing after its beginning."""
    transactions = layer()
    requests = [incoming("INVITE"), incoming("INVITE"), incoming("ACK", to="<sip:shop@192.0.2.1>;tag=us")]
    for request in requests:
        request.headers.set("Via", f"SIP/2.0/UDP 192.0.2.2{branch}")
    event = received(transactions, requests[0])
    assert event.transaction is not None
    refused = transactions.respond(event.transaction, answer(event.request, 486, to_tag="us"), 0.1)

    assert transactions.receive(requests[1], THEIRS, 0.2) == refused
    assert transactions.receive(requests[2], THEIRS, 0.3) == []
    assert transactions.state(event.transaction) is State.CONFIRMED


def test_a_callers_cancel_is_answered_and_told() -> None:
    """With the tag that the INVITE was answered with; the INVITE itself is the user's to end."""
    transactions = layer()
    event = received(transactions, incoming("INVITE"))
    assert event.transaction is not None
    transactions.respond(event.transaction, answer(event.request, 180, to_tag="us"), 0.1)

    out = transactions.receive(incoming("CANCEL"), THEIRS, 0.2)

    (okay,) = sent(out)
    assert isinstance(okay, Response)
    assert (okay.code, str(okay.cseq), okay.to_address.parameters["tag"]) == (200, "1 CANCEL", "us")
    assert [each.invite for each in out if isinstance(each, CancelReceived)] == [event.transaction]
    (ended,) = sent(transactions.respond(event.transaction, answer(event.request, 487, to_tag="us"), 0.2))
    assert isinstance(ended, Response)
    assert ended.code == 487


def test_a_cancel_that_comes_too_late_changes_nothing() -> None:
    """An accepted INVITE stays so, and a CANCEL for nothing is answered 481."""
    transactions = layer()
    event = received(transactions, incoming("INVITE"))
    assert event.transaction is not None
    transactions.respond(event.transaction, answer(event.request, 200, to_tag="us"), 0.1)

    late = transactions.receive(incoming("CANCEL"), THEIRS, 0.2)
    lost = transactions.receive(incoming("CANCEL", "z9hG4bKother"), THEIRS, 0.2)

    assert [[each.code for each in sent(out) if isinstance(each, Response)] for out in (late, lost)] == [[200], [481]]
    assert not any(isinstance(each, CancelReceived) for each in (*late, *lost))


def test_the_number_of_transactions_is_bounded() -> None:
    """Requests beyond it are turned away without a memory of them; ours are refused, and may be tried again."""
    transactions = layer(most=2)
    received(transactions, incoming("OPTIONS", "z9hG4bKa"))
    received(transactions, incoming("OPTIONS", "z9hG4bKb", number=2))

    (busy,) = sent(transactions.receive(incoming("OPTIONS", "z9hG4bKc"), THEIRS, 0.0))

    assert isinstance(busy, Response)
    assert (busy.code, len(transactions), transactions.turned_away) == (503, 2, 1)
    with pytest.raises(CarrierError) as refused:
        transactions.send(outgoing("OPTIONS"), THEIRS, SENT_BY, 0.0)
    assert refused.value.retryable


def test_a_flood_leaves_nothing_behind() -> None:
    """Timers that were stopped do not pile up until their time would have come."""
    transactions = layer()
    for number in range(500):
        request = incoming("OPTIONS", f"z9hG4bK{number}")
        (event,) = transactions.receive(request, TCP, 0.0)
        assert isinstance(event, RequestReceived)
        assert event.transaction is not None
        transactions.respond(event.transaction, answer(event.request, 404, to_tag="us"), 0.0)

    assert len(transactions) == 0
    assert len(transactions._due) <= 64


def test_a_request_that_comes_on_two_ways_is_taken_once() -> None:
    """Section 8.2.2.2: the second copy has another branch; without this one call would ring twice."""
    transactions = layer()
    event = received(transactions, incoming("INVITE", "z9hG4bKa"))
    assert event.transaction is not None

    (loop,) = sent(transactions.receive(incoming("INVITE", "z9hG4bKb"), THEIRS, 0.1))

    assert isinstance(loop, Response)
    assert (loop.code, len(transactions)) == (482, 1)
    transactions.respond(event.transaction, answer(event.request, 486, to_tag="us"), 0.2)
    assert schedule(transactions)[-1] == (32.2, "TimedOut")
    assert received(transactions, incoming("INVITE", "z9hG4bKc"), 33.0).transaction != event.transaction


def test_inside_a_dialog_and_for_others_nothing_is_a_copy() -> None:
    """Another number or a To with a tag make another request; what is no call may come twice."""
    transactions = layer()
    received(transactions, incoming("INVITE", "z9hG4bKa"))

    for request in (
        incoming("INVITE", "z9hG4bKb", number=2),
        incoming("INVITE", "z9hG4bKc", to="<sip:shop@192.0.2.1>;tag=us"),
        incoming("OPTIONS", "z9hG4bKd"),
    ):
        assert received(transactions, request).transaction is not None

    assert len(transactions) == 4
