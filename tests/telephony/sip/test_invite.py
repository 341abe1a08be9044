"""A call from its first message to its last: both sides, late, lost and crossing messages, and forks."""

import pytest
from support.sip_pair import TO, Pair, of, setup, words_of

from callagent.telephony.sip.offers.audio_line import Codec
from callagent.telephony.sip.sessions.invite import InviteSession
from callagent.telephony.sip.sessions.session_events import (
    Answered,
    Ended,
    EndReason,
    Ringing,
    SendRequest,
)
from callagent.telephony.sip.sessions.session_states import TRANSITIONS, State


def test_a_call_is_made_answered_and_ended() -> None:
    """INVITE, 180, 200, ACK, BYE, 200 (RFC 3665 3.1); both legs are told the same."""
    pair = Pair()

    pair.dial()
    pair.run(pair.callee, pair.callee.call.ring(0.0))
    pair.run(pair.callee, pair.callee.call.accept(0.0))
    pair.run(pair.caller, pair.caller.call.hang_up(10.0, "Q.850;cause=16"))

    assert pair.wire == ["> INVITE", "< 180 INVITE", "< 200 INVITE", "> ACK", "> BYE", "< 200 BYE"]
    ringing, answered, ended = pair.caller.heard
    assert ringing == Ringing(180, None)
    assert isinstance(answered, Answered)
    assert (answered.agreed.codec, answered.agreed.host) == (Codec.PCMU, "192.0.2.2")
    assert ended == Ended(EndReason.HUNG_UP)
    assert pair.callee.heard[-1] == Ended(EndReason.PEER_HUNG_UP, 16)
    pair.wait(40)
    assert pair.caller.call.finished
    assert pair.callee.call.finished


def test_the_callee_hangs_up() -> None:
    """Its first request inside the dialog is the BYE."""
    pair = Pair().up()

    pair.run(pair.callee, pair.callee.call.hang_up(1.0))

    assert pair.wire == ["< BYE", "> 200 BYE"]
    assert pair.caller.heard == [Ended(EndReason.PEER_HUNG_UP)]


def test_a_call_is_refused() -> None:
    """The code is what the caller's leg is told."""
    pair = Pair()

    pair.dial()
    pair.run(pair.callee, pair.callee.call.refuse(486))

    assert pair.wire == ["> INVITE", "< 486 INVITE"]
    assert pair.caller.heard == [Ended(EndReason.REFUSED, 486)]
    assert pair.caller.call.finished
    assert pair.callee.call.finished


def test_a_ringing_call_is_cancelled() -> None:
    """CANCEL, and 487 for the INVITE (RFC 3665 3.8)."""
    pair = Pair()

    pair.dial()
    pair.run(pair.callee, pair.callee.call.ring(0.0))
    pair.run(pair.caller, pair.caller.call.hang_up(1.0))

    assert pair.wire[2:] == ["> CANCEL", "< 487 INVITE"]
    assert pair.caller.heard[-1] == pair.callee.heard[-1] == Ended(EndReason.CANCELLED)
    assert pair.caller.call.finished


def test_a_cancel_waits_for_the_first_answer() -> None:
    """Before anything came back none may be sent (RFC 3261 9.1)."""
    pair = Pair()
    pair.dial()

    given_up = pair.caller.call.hang_up(1.0)
    pair.run(pair.caller, given_up)
    assert words_of(given_up) == []
    pair.run(pair.callee, pair.callee.call.ring(2.0))

    assert pair.wire[-2:] == ["> CANCEL", "< 487 INVITE"]
    assert pair.caller.call.state is State.OVER


def test_an_answer_that_crosses_the_cancel_is_hung_up() -> None:
    """ACK and BYE: the callee had picked up already (RFC 3261 15)."""
    pair = Pair()
    pair.dial()
    pair.run(pair.callee, pair.callee.call.ring(0.0))
    answered = pair.callee.call.accept(0.0)

    pair.run(pair.caller, pair.caller.call.hang_up(0.0))
    assert pair.wire[-1:] == ["> CANCEL"]
    pair.run(pair.callee, answered)

    assert pair.wire[-4:] == ["< 200 INVITE", "> ACK", "> BYE", "< 200 BYE"]
    assert pair.caller.heard[-1] == Ended(EndReason.CANCELLED)
    assert not of(Answered, pair.caller.heard)


def test_a_cancel_that_nobody_answers_ends_by_time() -> None:
    """After 32 s the call counts as ended (RFC 3261 9.1)."""
    pair = Pair()
    pair.dial()
    pair.run(pair.callee, pair.callee.call.ring(0.0))
    pair.lost = lambda word: word != ""

    pair.run(pair.caller, pair.caller.call.hang_up(0.0))
    pair.wait(31.9)
    assert pair.caller.call.state is State.CANCELLING
    pair.wait(0.2)

    assert pair.caller.call.finished


def test_the_200_is_repeated_until_the_ack() -> None:
    """After 0.5 s, then with doubling pauses up to 4 s (RFC 3261 13.3.1.4); the same ACK answers each."""
    pair = Pair()
    pair.dial()
    pair.lost = lambda word: word == "> ACK"
    pair.run(pair.callee, pair.callee.call.accept(0.0))
    pair.wait(12)

    assert pair.wire.count("< 200 INVITE") == pair.wire.count("> ACK") == 6, "at 0, 0.5, 1.5, 3.5, 7.5 and 11.5 s"
    assert len(of(Answered, pair.caller.heard)) == 1
    pair.lost = lambda _word: False
    pair.wait(4)
    assert (pair.wire[-2:], pair.callee.call.state) == (["< 200 INVITE", "> ACK"], State.UP)
    pair.wait(10)
    assert pair.wire[-2:] == ["< 200 INVITE", "> ACK"]


def test_a_call_whose_ack_never_comes_is_ended() -> None:
    """After 32 s with a BYE (RFC 3261 13.3.1.4)."""
    pair = Pair()
    pair.dial()
    pair.lost = lambda word: word == "> ACK"
    pair.run(pair.callee, pair.callee.call.accept(0.0))

    pair.wait(33)

    assert pair.wire[-2:] == ["< BYE", "> 200 BYE"]
    assert pair.callee.heard[-1] == Ended(EndReason.NOT_ACKNOWLEDGED)


def test_who_hangs_up_before_the_ack_says_so_after_it() -> None:
    """A callee may not send BYE before (RFC 3261 15)."""
    pair = Pair()
    pair.dial()
    pair.lost = lambda word: word == "< 200 INVITE"
    pair.run(pair.callee, pair.callee.call.accept(0.0))

    pair.run(pair.callee, pair.callee.call.hang_up(0.1))
    assert "< BYE" not in pair.wire
    pair.lost = lambda _word: False
    pair.wait(1)

    assert pair.wire[-4:] == ["< 200 INVITE", "> ACK", "< BYE", "> 200 BYE"]
    assert pair.callee.heard[-1] == Ended(EndReason.HUNG_UP)


def test_byes_that_cross_end_the_call_once() -> None:
    """Each side answers the other's."""
    pair = Pair().up()
    ours, theirs = pair.caller.call.hang_up(1.0), pair.callee.call.hang_up(1.0)

    pair.send(pair.caller, ours)
    pair.run(pair.callee, theirs)

    assert [len(of(Ended, end.heard)) for end in (pair.caller, pair.callee)] == [1, 1]
    assert pair.caller.call.state is pair.callee.call.state is State.OVER


def test_a_bye_that_nobody_answers_ends_all_the_same() -> None:
    """The transaction tells that nobody answered."""
    pair = Pair().up()
    (bye,) = of(SendRequest, pair.caller.call.hang_up(1.0))

    pair.caller.call.timed_out(bye.request, 33.0)
    pair.wait(40)

    assert pair.caller.call.finished


@pytest.mark.parametrize(("late", "code"), [("timed_out", 408), ("undeliverable", 503)])
def test_an_invite_without_any_answer(late: str, code: int) -> None:
    """It is as if the code had come (RFC 3261 8.1.3.1)."""
    session, outputs = InviteSession.call(setup(1), TO)
    (invite,) = of(SendRequest, outputs)

    assert getattr(session, late)(invite.request, 32.0) == [Ended(EndReason.REFUSED, code)]
    assert session.finished


def test_commands_that_come_too_late_do_nothing() -> None:
    """The leg need not know how far the other side got."""
    pair = Pair().up()
    session = pair.callee.call
    pair.run(pair.caller, pair.caller.call.hang_up(1.0))

    late = [session.ring(2.0), session.accept(2.0), session.refuse(), session.hang_up(2.0), session.hold(2.0)]
    late += [session.send_digit("1"), session.transfer("sip:c@example.org", 2.0), session.report_transfer(200)]

    assert late == [[]] * 8


def test_every_state_can_come_to_its_end() -> None:
    """No state of the table is a trap, and none is out of reach."""
    reached, waiting = set(), [State.IDLE]
    while waiting:
        state = waiting.pop()
        reached.add(state)
        waiting += [following for following in TRANSITIONS[state].values() if following not in reached]

    assert reached == set(State)
    assert all(TRANSITIONS[state] for state in State if state is not State.OVER)
