"""Requests of ours under manual time: what is sent again and when, and how each ends."""

import pytest
from sipmessage import Request
from support.sip_network import THEIRS, outgoing
from support.sip_transactions import SENT_BY, TCP, layer, reply, schedule, sent, started

from callagent.telephony.sip.transactions.transaction_events import ResponseReceived, Send, TimedOut, Unsendable
from callagent.telephony.sip.transactions.transaction_tables import State


def test_an_unanswered_invite_is_sent_seven_times_in_32_seconds() -> None:
    """Timer A doubles from T1 without an end, timer B gives up at 64 T1."""
    transactions = layer()
    started(transactions, "INVITE")

    assert schedule(transactions) == [
        *((at, "Send") for at in (0.5, 1.5, 3.5, 7.5, 15.5, 31.5)),
        (32.0, "TimedOut"),
    ]
    assert len(transactions) == 0


def test_an_unanswered_request_is_sent_eleven_times_in_32_seconds() -> None:
    """Timer E doubles up to T2, timer F gives up at 64 T1."""
    transactions = layer()
    started(transactions, "OPTIONS")

    assert schedule(transactions) == [
        *((at, "Send") for at in (0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5)),
        (32.0, "TimedOut"),
    ]
    assert len(transactions) == 0


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS"])
def test_a_reliable_transport_repeats_nothing(method: str) -> None:
    """Over TCP only the end is waited for."""
    transactions = layer()
    started(transactions, method, TCP)

    assert schedule(transactions) == [(32.0, "TimedOut")]


def test_a_request_that_is_being_dealt_with_is_sent_every_t2() -> None:
    """A provisional response slows a non-INVITE down; timer F still ends it."""
    transactions = layer()
    _, options = started(transactions, "OPTIONS")
    transactions.receive(reply(options, 100), THEIRS, 0.1)

    assert schedule(transactions) == [
        *((at, "Send") for at in (0.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5)),
        (32.0, "TimedOut"),
    ]


def test_a_ringing_invite_waits_without_an_end() -> None:
    """A provisional response stops both timers: how long it may ring is for the user to say."""
    transactions = layer()
    invite, message = started(transactions, "INVITE")

    (event,) = transactions.receive(reply(message, 180), THEIRS, 0.1)

    assert isinstance(event, ResponseReceived)
    assert event.transaction == invite
    assert transactions.next_due_s is None
    assert transactions.state(invite) is State.PROCEEDING


def test_a_refused_invite_is_acknowledged_each_time() -> None:
    """The ACK has the INVITE's branch, number and route; timer D keeps the transaction for 32 s."""
    transactions = layer()
    request = outgoing("INVITE", 7)
    request.headers.set("Route", "<sip:192.0.2.2;lr>")
    _, out = transactions.send(request, THEIRS, SENT_BY, 0.0)
    (invite,) = sent(out)
    busy = reply(invite, 486)

    first = transactions.receive(busy, THEIRS, 1.0)
    again = transactions.receive(busy, THEIRS, 1.5)

    (ack,) = sent(first)
    assert isinstance(ack, Request)
    assert ack.method == "ACK"
    assert ack.headers["Via"] == invite.headers["Via"]
    assert str(ack.cseq) == "7 ACK"
    assert ack.headers["Route"] == "<sip:192.0.2.2;lr>"
    assert ack.to_address.parameters["tag"] == "far"
    assert [type(each) for each in first] == [Send, ResponseReceived]
    assert again == [each for each in first if isinstance(each, Send)]
    assert transactions.next_due_s == 33.0
    assert schedule(transactions) == []
    assert len(transactions) == 0


def test_every_copy_of_an_acceptance_is_handed_on() -> None:
    """The dialog acknowledges each, and each fork's; timer M ends that after 64 T1."""
    transactions = layer()
    _, invite = started(transactions, "INVITE")
    answers = [reply(invite, 200, tag) for tag in ("one", "one", "two")]

    events = [transactions.receive(each, THEIRS, 1.0) for each in answers]

    assert [[type(each) for each in event] for event in events] == [[ResponseReceived]] * 3
    assert transactions.next_due_s == 33.0
    assert schedule(transactions) == []
    assert transactions.receive(answers[0], THEIRS, 40.0) == []
    assert (len(transactions), transactions.strays) == (0, 1)


def test_a_final_answer_is_handed_on_once() -> None:
    """Timer K absorbs its copies for T4."""
    transactions = layer()
    _, options = started(transactions, "OPTIONS")

    assert len(transactions.receive(reply(options, 200), THEIRS, 1.0)) == 1
    assert transactions.receive(reply(options, 200), THEIRS, 1.5) == []
    assert transactions.next_due_s == 6.0
    assert schedule(transactions) == []
    assert len(transactions) == 0


@pytest.mark.parametrize(("method", "code"), [("OPTIONS", 200), ("INVITE", 486)])
def test_over_a_reliable_transport_an_answered_request_is_over_at_once(method: str, code: int) -> None:
    """Nothing can come twice."""
    transactions = layer()
    _, message = started(transactions, method, TCP)

    transactions.receive(reply(message, code), TCP, 1.0)

    assert len(transactions) == 0
    assert transactions.next_due_s is None


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKanother"),
        ("Via", "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKt1"),
        ("CSeq", "1 BYE"),
    ],
)
def test_an_answer_must_match_branch_sender_and_method(header: str, value: str) -> None:
    """Section 17.1.3; anything else is dropped and counted."""
    transactions = layer()
    _, options = started(transactions, "OPTIONS")
    response = reply(options, 200)
    response.headers.set(header, value)

    assert transactions.receive(response, THEIRS, 0.1) == []
    assert transactions.strays == 1


def test_an_answer_with_another_hop_below_is_not_ours() -> None:
    """Section 8.1.3.3: a user agent sees exactly one Via."""
    transactions = layer()
    _, options = started(transactions, "OPTIONS")
    response = reply(options, 200)
    response.headers.add("Via", "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKbelow")

    assert transactions.receive(response, THEIRS, 0.1) == []


def test_a_transport_that_fails_ends_a_request() -> None:
    """The user learns of it once."""
    transactions = layer()
    transaction, _ = started(transactions, "INVITE")

    assert transactions.unsendable(transaction, 0.0) == [Unsendable(transaction)]
    assert transactions.unsendable(transaction, 0.0) == []
    assert len(transactions) == 0


def test_a_cancel_waits_for_a_provisional_answer() -> None:
    """Section 9.1: nothing else may be on its way before; the INVITE is over 64 T1 later at the latest."""
    transactions = layer()
    invite, message = started(transactions, "INVITE")

    assert transactions.cancel(invite, 0.1) == []
    (cancel,) = sent(transactions.receive(reply(message, 100), THEIRS, 0.2))
    assert isinstance(cancel, Request)
    assert cancel.method == "CANCEL"
    assert cancel.headers["Via"] == message.headers["Via"]
    assert str(cancel.cseq) == "1 CANCEL"
    assert transactions.cancel(invite, 0.3) == []
    assert transactions.receive(reply(cancel, 200), THEIRS, 0.4) == []
    ends = transactions.receive(reply(message, 487), THEIRS, 0.5)
    assert [type(each) for each in ends] == [Send, ResponseReceived]


def test_a_cancelled_invite_ends_without_an_answer_too() -> None:
    """The CANCEL's own fate is told to nobody."""
    transactions = layer()
    invite, message = started(transactions, "INVITE")
    transactions.receive(reply(message, 180), THEIRS, 1.0)
    transactions.cancel(invite, 2.0)

    events = [each for each in schedule(transactions) if each[1] != "Send"]

    assert events == [(34.0, "TimedOut")]
    assert len(transactions) == 0


def test_a_request_may_be_changed_and_sent_again_at_once() -> None:
    """What the first transaction needs of it is its own: another CSeq and credentials go into the second."""
    transactions = layer()
    request = outgoing("INVITE", 1)
    _, out = transactions.send(request, THEIRS, SENT_BY, 0.0)
    (first,) = sent(out)
    request.headers.set("CSeq", "2 INVITE")
    transactions.send(request, THEIRS, SENT_BY, 0.0)

    (ack,) = sent(transactions.receive(reply(first, 407), THEIRS, 0.1))

    assert str(ack.cseq) == "1 ACK"


def test_an_ack_is_no_transaction() -> None:
    """The one to a 2xx is sent once, with a branch of its own."""
    transactions = layer()

    (ack,) = sent(transactions.send_ack(outgoing("ACK"), THEIRS, SENT_BY))

    assert ack.via[0].parameters["branch"] == "z9hG4bKt1"
    assert len(transactions) == 0
    with pytest.raises(ValueError, match="send_ack"):
        transactions.send(outgoing("ACK"), THEIRS, SENT_BY, 0.0)


def test_a_timeout_names_its_transaction() -> None:
    """So that the user knows what has ended."""
    transactions = layer()
    transaction, _ = started(transactions, "OPTIONS")

    assert transactions.on_time(32.0)[-1] == TimedOut(transaction)
