"""What a dialplan is told about a call that was handed over; pure."""

from uuid import UUID, uuid4

from callagent.telephony.asterisk.handovers import BACK_WITHIN_S, Answer, Handovers, Return, Ring
from callagent.telephony.handed_over import LIFETIME_S, MOST
from callagent.telephony.leg import LegInfo, Whisper

CALL = LegInfo("4f0b9f4e-6c1d-4a51-9a55-0d6f0f2b7a10", "audiosocket", "+919800000001", "100")
OWNER, COUNTER = ("+919800000002", 20.0), ("+919800000003", 12.4)


def begun(*people: tuple[str, float], whisper: str = "A caller.") -> Handovers:
    """A call that was handed over at second 0."""
    handovers = Handovers()
    handovers.begin(CALL, people or (OWNER, COUNTER), Whisper(whisper), 0.0)
    return handovers


def ring(told: object) -> Ring:
    """That somebody is to be rung."""
    assert isinstance(told, Ring)
    return told


def test_people_are_rung_in_order_and_then_the_call_comes_back() -> None:
    """Each with a name of its own; the dialplan reads number, seconds and name."""
    handovers = begun()
    first = ring(handovers.ask(CALL.call_id, "", "", 1.0))
    second = ring(handovers.ask(CALL.call_id, str(first.name), "NOANSWER", 21.0))
    last = handovers.ask(CALL.call_id, str(second.name), "BUSY", 22.0)

    assert (first.number, first.seconds, second.number, second.seconds) == ("+919800000002", 20, "+919800000003", 12)
    assert str(first) == f"+919800000002,20,{first.name}"
    assert first.name != second.name
    assert last == Return(CALL)


def test_what_the_dialplan_did_before_the_first_ring_does_not_count() -> None:
    """Its DIALSTATUS may still be that of the agent's own channel."""
    assert ring(begun().ask(CALL.call_id, "", "ANSWER", 0.0)).number == OWNER[0]


def test_who_has_talked_or_hung_up_is_not_rung_for_again() -> None:
    """The call is over."""
    for status in ("ANSWER", "CANCEL"):
        handovers = begun()
        name = str(ring(handovers.ask(CALL.call_id, "", "", 0.0)).name)

        assert handovers.ask(CALL.call_id, name, status, 9.0) is Answer.HANG_UP
        assert handovers.ask(CALL.call_id, name, "NOANSWER", 9.0) is Answer.HANG_UP


def test_a_question_that_is_asked_twice_gives_out_nothing() -> None:
    """Nor does it change what the dialplan is told next."""
    handovers = begun()
    first = ring(handovers.ask(CALL.call_id, "", "", 0.0))
    again = handovers.ask(CALL.call_id, "", "", 0.0)
    guessed = handovers.ask(CALL.call_id, str(uuid4()), "NOANSWER", 0.0)
    second = ring(handovers.ask(CALL.call_id, str(first.name), "NOANSWER", 0.0))
    late = handovers.ask(CALL.call_id, str(first.name), "NOANSWER", 0.0)

    assert [again, guessed, late] == [Answer.HANG_UP] * 3
    assert second.number == COUNTER[0]


def test_a_call_that_was_not_handed_over_is_none() -> None:
    """Such as one that has ended with a goodbye: the dialplan hangs up."""
    handovers = begun()

    assert handovers.ask(str(uuid4()), "", "", 0.0) is Answer.HANG_UP
    assert handovers.whisper(uuid4(), 0.0) is None


def test_who_hangs_up_during_the_whisper_did_not_take_the_call() -> None:
    """The next one is rung, although Asterisk says that somebody has answered."""
    handovers = begun()
    first = ring(handovers.ask(CALL.call_id, "", "", 0.0))
    handovers.cut(first.name)
    second = ring(handovers.ask(CALL.call_id, str(first.name), "ANSWER", 9.0))

    assert second.number == COUNTER[0]
    assert handovers.whisper(first.name, 9.0) is None
    assert handovers.whisper(second.name, 9.0) == Whisper("A caller.")
    assert handovers.ask(CALL.call_id, str(second.name), "ANSWER", 30.0) is Answer.HANG_UP


def test_a_call_comes_back_once_and_soon() -> None:
    """As who it was, with the promise that was made for it."""
    handovers = begun()
    handovers.promise(CALL, "ticket", 0.0)

    assert handovers.come_back(CALL.call_id, 1.0) == (CALL, "ticket")
    assert handovers.come_back(CALL.call_id, 1.0) is None
    handovers.promise(CALL, "ticket", 0.0)
    assert handovers.come_back(CALL.call_id, BACK_WITHIN_S + 1) is None


def test_a_call_may_be_handed_over_again() -> None:
    """After it came back; what was before counts no more."""
    handovers = begun(OWNER)
    first = ring(handovers.ask(CALL.call_id, "", "", 0.0))
    handovers.ask(CALL.call_id, str(first.name), "NOANSWER", 20.0)
    handovers.begin(CALL, [COUNTER], Whisper(), 60.0)

    assert ring(handovers.ask(CALL.call_id, "", "NOANSWER", 61.0)).number == COUNTER[0]


def test_what_nobody_asks_about_is_forgotten() -> None:
    """The caller has hung up while it rang: after a while, or when there is too much of it."""
    handovers = begun()
    late = handovers.ask(CALL.call_id, "", "", LIFETIME_S + 1)
    handovers.begin(CALL, [OWNER], Whisper(), LIFETIME_S + 1)
    for number in range(MOST):
        handovers.begin(LegInfo(str(UUID(int=number)), "audiosocket", "", ""), [OWNER], Whisper(), LIFETIME_S + 1)

    assert late is Answer.HANG_UP
    assert handovers.ask(CALL.call_id, "", "", LIFETIME_S + 1) is Answer.HANG_UP
    assert len(handovers._calls) <= MOST


def test_a_call_that_could_not_be_taken_is_told_apart() -> None:
    """Once: the dialplan has something to say to such callers."""
    handovers = Handovers()
    handovers.refuse(CALL.call_id, 0.0)
    for number in range(MOST - 1):
        handovers.refuse(str(number), 1.0)

    assert handovers.ask(CALL.call_id, "", "", 1.0) is Answer.BUSY
    assert handovers.ask(CALL.call_id, "", "", 1.0) is Answer.HANG_UP
    assert handovers.ask("5", "", "", BACK_WITHIN_S + 2) is Answer.HANG_UP
