"""The signalling of one call, message by message, in no time at all."""

from dataclasses import dataclass, field

import pytest
from sipmessage import Message, Request

from callagent.simulator.call_end import CallEnd
from callagent.simulator.sip_caller import GIVES_UP_S, NEXT, T1_S, Input, SipCaller, SipFaults, Stage
from callagent.simulator.sip_dialog import CallNames
from callagent.simulator.sip_text import offer, read, read_sound, response

HERE, THERE, SOUND = ("127.0.0.1", 5062), ("127.0.0.1", 5060), ("127.0.0.1", 4000)
NAMES = CallNames("one@here", "ours", "z9hG4bKone", "+919800000000", "+911140000000")


@dataclass
class Talk:
    """One caller, and what it sent; time moves only when told."""

    caller: SipCaller
    now_s: float = 0.0
    sent: list[str] = field(default_factory=list)
    invite: bytes = b""

    def note(self, datagrams: list[bytes]) -> list[str]:
        """What these are: methods, and statuses of answers."""
        for data in datagrams:
            text = read(data)
            self.sent.append(f"{text.status} {text.method}" if text.status else text.method)
            self.invite = self.invite or data
        return self.sent[len(self.sent) - len(datagrams) :] if datagrams else []

    def hear(self, status: str, method: str = "INVITE", body: str = "") -> list[str]:
        """The server answers; what is sent for it."""
        headers = (("Contact", "<sip:server@127.0.0.1:5070>"),) if body else ()
        text = read(response(read(self.invite), status, "theirs", headers, body).replace(b"INVITE", method.encode()))
        return self.note(self.caller.receive(text, self.now_s))

    def answer(self) -> list[str]:
        """The server takes the call."""
        return self.hear("200 OK", body=offer("127.0.0.1", 6000))

    def ask(self, method: str, number: int = 1, body: str = "", tag: str = "ours") -> list[str]:
        """The server sends a request."""
        lines = (f"{method} sip:a@127.0.0.1:5062 SIP/2.0", f"Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKb{number}",
                 "From: <sip:b@127.0.0.1>;tag=theirs", f"To: <sip:a@127.0.0.1>;tag={tag}", "Call-ID: one@here",
                 f"CSeq: {number} {method}", "", body)  # fmt: skip
        return self.note(self.caller.receive(read("\r\n".join(lines).encode()), self.now_s))

    def wait(self, seconds: float) -> list[str]:
        """Time goes by; what is sent again meanwhile."""
        sent: list[str] = []
        until_s = self.now_s + seconds
        while (due_s := self.caller.next_due_s) is not None and due_s <= until_s:
            self.now_s = due_s
            sent += self.note(self.caller.due(due_s))
        self.now_s = until_s
        return sent


def dialled(faults: SipFaults | None = None) -> Talk:
    """A call that was just placed."""
    talk = Talk(SipCaller(NAMES, HERE, THERE, SOUND, faults or SipFaults()))
    talk.note(talk.caller.dial(0.0))
    return talk


def talking() -> Talk:
    """A call that was answered."""
    talk = dialled()
    talk.answer()
    return talk


def test_an_invite_is_what_another_library_reads() -> None:
    """With all that RFC 3261, section 8.1.1, asks for, and µ-law and keys on offer."""
    invite = Message.parse(dialled().invite)

    assert isinstance(invite, Request)
    assert (invite.method, str(invite.uri)) == ("INVITE", "sip:+911140000000@127.0.0.1:5060")
    assert invite.via[0].parameters["branch"] == "z9hG4bKoneINVITE1"
    assert (invite.max_forwards, invite.cseq.sequence, invite.call_id) == (70, 1, "one@here")
    assert invite.from_address.uri.user == "+919800000000"
    assert str(invite.contact[0].uri) == "sip:+919800000000@127.0.0.1:5062"
    assert read_sound(invite.body.decode()).port == 4000


def test_a_call_is_answered_and_hung_up() -> None:
    """INVITE, ACK, BYE, to where the answer says."""
    talk = dialled()

    assert talk.hear("180 Ringing") == []
    assert talk.answer() == ["ACK"]
    assert talk.caller.stage is Stage.TALKING
    assert talk.caller.sound == read_sound(offer("127.0.0.1", 6000))
    sent = talk.caller.hang_up(0.0)
    assert talk.note(sent) == ["BYE"]
    assert sent[0].startswith(b"BYE sip:server@127.0.0.1:5070 SIP/2.0")
    assert read(sent[0]).tag("to") == "theirs"
    assert read(sent[0]).sequence == "2"
    talk.hear("200 OK", "BYE")
    assert (talk.caller.end, talk.caller.complaints, talk.caller.next_due_s) == (CallEnd.CALLER_HUNG_UP, [], None)


def test_an_invite_is_repeated_until_anything_comes() -> None:
    """After 0.5, 1, 2 ... seconds (timer A), and given up after 32 (timer B)."""
    talk = dialled()

    assert talk.wait(0.5 + 1 + 2) == ["INVITE"] * 3
    talk.hear("100 Trying")
    assert talk.wait(100) == []

    silent = dialled()
    assert silent.wait(GIVES_UP_S) == ["INVITE"] * 6
    assert (silent.caller.end, silent.caller.refused) == (CallEnd.NOT_ANSWERED, "no answer for 32 s")


def test_a_bye_is_repeated_too() -> None:
    """Every four seconds at most (timer E), and given up after 32 (timer F)."""
    talk = talking()
    talk.note(talk.caller.hang_up(0.0))

    assert talk.wait(0.5 + 1 + 2 + 4 + 4) == ["BYE"] * 5
    talk.wait(30)
    assert talk.caller.end is CallEnd.SERVER_DEAF


def test_an_answer_that_comes_again_is_acknowledged_again() -> None:
    """The first ACK was lost on the way."""
    talk = talking()

    assert talk.answer() == ["ACK"]
    assert talk.answer() == ["ACK"]


def test_a_refusal_is_acknowledged_each_time() -> None:
    """In the INVITE's own transaction, and the call is over."""
    talk = dialled()

    assert talk.hear("486 Busy Here") == ["ACK"]
    assert talk.hear("486 Busy Here") == ["ACK"]
    assert (talk.caller.end, talk.caller.refused) == (CallEnd.NOT_ANSWERED, "486 Busy Here")
    assert talk.caller.next_due_s is None


def test_a_caller_who_gives_up_while_it_rings_cancels() -> None:
    """With the INVITE's branch and number; what is answered to both ends it."""
    talk = dialled()
    talk.hear("180 Ringing")
    cancel = read(talk.caller.hang_up(0.0)[0])

    assert (cancel.method, cancel.branch, cancel.sequence) == ("CANCEL", "z9hG4bKoneINVITE1", "1")
    talk.hear("200 OK", "CANCEL")
    assert talk.hear("487 Request Terminated") == ["ACK"]
    assert talk.caller.end is CallEnd.CALLER_HUNG_UP


def test_a_cancel_waits_for_a_first_sign() -> None:
    """RFC 3261, section 9.1: until then the server may not know the call."""
    talk = dialled()

    assert talk.caller.hang_up(0.0) == []
    assert talk.wait(T1_S) == ["INVITE"]
    assert talk.hear("100 Trying") == ["CANCEL"]


def test_an_answer_that_crosses_the_cancel_is_hung_up() -> None:
    """Acknowledged, and ended by BYE."""
    talk = dialled()
    talk.hear("180 Ringing")
    talk.caller.hang_up(0.0)

    assert talk.answer() == ["ACK", "BYE"]


def test_a_cancelled_call_that_nobody_ends_is_given_up() -> None:
    """The CANCEL was answered and the INVITE never was."""
    talk = dialled()
    talk.hear("180 Ringing")
    talk.note(talk.caller.hang_up(0.0))
    talk.hear("200 OK", "CANCEL")

    assert talk.wait(GIVES_UP_S) == []
    assert talk.caller.end is CallEnd.SERVER_DEAF


def test_the_server_hangs_up() -> None:
    """Each of its BYEs is answered, the same way."""
    talk = talking()

    assert talk.ask("BYE") == ["200 BYE"]
    assert talk.ask("BYE") == ["200 BYE"]
    assert talk.caller.end is CallEnd.SERVER_HUNG_UP


def test_byes_that_cross_are_both_answered() -> None:
    """Ours is over when it is answered."""
    talk = talking()
    talk.note(talk.caller.hang_up(0.0))

    assert talk.ask("BYE") == ["200 BYE"]
    assert talk.caller.stage is Stage.LEAVING
    talk.hear("481 Call/Transaction Does Not Exist", "BYE")
    assert talk.caller.end is CallEnd.CALLER_HUNG_UP


def test_the_server_holds_the_call() -> None:
    """A re-INVITE is answered, repeated until the ACK, and its direction counts."""
    talk = talking()

    assert talk.ask("INVITE", body=offer("127.0.0.1", 6000, "sendonly")) == ["200 INVITE"]
    assert talk.caller.sound is not None
    assert talk.caller.sound.direction == "sendonly"
    assert talk.wait(T1_S) == ["200 INVITE"]
    assert talk.ask("ACK") == []
    assert talk.wait(60) == []
    assert talk.caller.complaints == []


def test_an_answer_to_a_hold_mirrors_it() -> None:
    """The telephone only listens then."""
    talk = talking()
    hold = offer("127.0.0.1", 6000, "sendonly")
    lines = ("INVITE sip:a@127.0.0.1 SIP/2.0", "Via: SIP/2.0/UDP h;branch=z9hG4bK5", "From: <sip:b@h>;tag=theirs",
             "To: <sip:a@h>;tag=ours", "Call-ID: one@here", "CSeq: 5 INVITE", "", hold)  # fmt: skip
    answer = read(talk.caller.receive(read("\r\n".join(lines).encode()), 0.0)[0])

    assert read_sound(answer.body).direction == "recvonly"


@pytest.mark.parametrize(
    ("method", "answer"), [("OPTIONS", "200 OPTIONS"), ("INFO", "200 INFO"), ("REFER", "405 REFER")]
)
def test_other_requests_are_answered(method: str, answer: str) -> None:
    """By what the telephone can do."""
    assert talking().ask(method) == [answer]


def test_requests_of_another_dialog_are_refused_and_noted() -> None:
    """Our tag is not theirs to guess."""
    talk = talking()

    assert talk.ask("BYE", tag="other") == ["481 BYE"]
    assert talk.caller.complaints == ["BYE of another dialog"]


def test_sound_that_cannot_be_is_noted() -> None:
    """In an answer, and in an offer that comes later."""
    talk = dialled()
    talk.hear("200 OK", body=offer("127.0.0.1", 6000).replace("RTP/AVP 0", "RTP/AVP 8"))
    assert len(talk.caller.complaints) == 1

    later = talking()
    assert later.ask("INVITE", body="v=0\r\n") == ["488 INVITE"]


def test_who_vanishes_says_nothing_more() -> None:
    """Not even to a BYE."""
    talk = talking()
    talk.caller.vanish()

    assert talk.ask("BYE") == talk.wait(60) == []
    assert talk.caller.end is CallEnd.VANISHED


def test_faults_of_signalling() -> None:
    """No ACK, or the INVITE three times."""
    deaf = dialled(SipFaults(no_ack=True))
    assert deaf.answer() == []
    assert deaf.note(deaf.caller.hang_up(0.0)) == ["BYE"]

    assert dialled(SipFaults(invites=3)).sent == ["INVITE"] * 3


def test_every_stage_can_be_reached_and_left() -> None:
    """But for the last, which cannot be left."""
    assert {stage for stage, _ in NEXT} == set(Stage) - {Stage.OVER}
    assert set(NEXT.values()) == set(Stage) - {Stage.CALLING}
    assert {happened for _, happened in NEXT} == set(Input)
