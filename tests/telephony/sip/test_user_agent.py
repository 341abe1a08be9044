"""Which message belongs to whom, and who answers what belongs to nobody; time and the network are given."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from sipmessage import URI, Request, Response
from support.sip_pair import TO, setup
from support.sip_transactions import incoming, reply

from callagent.clock import ManualClock
from callagent.errors import CarrierError
from callagent.telephony.sip.messages.message import write
from callagent.telephony.sip.messages.reading import read
from callagent.telephony.sip.parties import SipCall
from callagent.telephony.sip.sessions.session_core import SessionSetup
from callagent.telephony.sip.sessions.session_events import Answered, Ended, EndReason, SessionEvent
from callagent.telephony.sip.sessions.session_states import State
from callagent.telephony.sip.transactions.matching import Hop, Transport
from callagent.telephony.sip.transactions.transaction_events import Send
from callagent.telephony.sip.trunks.registration import Registration, RegistrationOutput, TrunkAccount
from callagent.telephony.sip.user_agent import Invited, UserAgent

PEER, OTHER = Hop("UDP", "192.0.2.2", 5060), Hop("UDP", "192.0.2.3", 5060)
SDP = b"v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"


class Network:
    """The wire of a user agent: what it sends is kept, and where peers are is told by the test."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.hops: Sequence[Hop] | None = (PEER,)
        """None: it is not known yet."""
        self.asked: list[Callable[[Sequence[Hop]], None]] = []
        self.sent: list[tuple[Request | Response, Hop]] = []
        self.sends: list[Send] = []
        self.listens = True
        self.told: list[SessionEvent] = []
        self.calls: list[SipCall] = []
        self.refuse: int = 0
        self.agent = UserAgent(self, self.clock, self._invited)

    def send(self, send: Send) -> None:
        """As a `Wire`."""
        self.sends.append(send)
        self.sent.append((read(send.data), send.to))

    def sent_by(self, _transport: Transport) -> str:
        """As a `Wire`."""
        if not self.listens:
            raise CarrierError("SIP: we do not listen there")
        return "192.0.2.1:5060"

    def locate(self, _uri: URI, then: Callable[[Sequence[Hop]], None]) -> None:
        """As a `Wire`."""
        if self.hops is None:
            self.asked.append(then)
        else:
            then(self.hops)

    def changed(self) -> None:
        """As a `Wire`."""

    def _invited(self, _invite: Request, _source: Hop, _replacing: SipCall | None) -> Invited | int:
        return self.refuse or Invited(self._setup(), self.told.append, self.calls.append)

    def _setup(self) -> SessionSetup:
        return replace(setup(1), new_tag=lambda: f"tag{len(self.calls)}")

    def call(self) -> SipCall:
        """A call of ours."""
        to = replace(TO, call_id=f"c{len(self.calls)}@192.0.2.1")
        self.agent.call(self._setup(), to, self.told.append, self.calls.append)
        return self.calls[-1]

    def come(self, message: Request | Response) -> list[str]:
        """Something comes from the peer: what is sent because of it, in short."""
        before = len(self.sent)
        self.agent.receive(read(write(message)), PEER)
        return [short(message) for message, _ in self.sent[before:]]

    def invite(self) -> Request:
        """The peer's INVITE."""
        invite = incoming("INVITE")
        invite.headers.set("Contact", "<sip:far@192.0.2.2>")
        invite.headers.set("Content-Type", "application/sdp")
        invite.body = SDP
        return invite

    def wait(self, seconds: float) -> None:
        """Let time pass, with everything that is due in it."""
        until_s = self.clock.now_s() + seconds
        while (due_s := self.agent.next_due_s) is not None and due_s <= until_s:
            self.clock.advance(max(0.0, due_s - self.clock.now_s()))
            self.agent.on_time()
        self.clock.advance(until_s - self.clock.now_s())


def short(message: Request | Response) -> str:
    """Method or status."""
    return message.method if isinstance(message, Request) else str(message.code)


def last_request(network: Network) -> Request:
    """The last one that was sent."""
    return [message for message, _ in network.sent if isinstance(message, Request)][-1]


def ok(request: Request) -> Response:
    """The peer answers our INVITE."""
    response = reply(request, 200)
    response.headers.set("Contact", "<sip:far@192.0.2.2>")
    response.headers.set("Content-Type", "application/sdp")
    response.body = SDP
    return response


@pytest.mark.parametrize(
    ("method", "answered"),
    [("OPTIONS", "200"), ("REFER", "403"), ("BYE", "481"), ("INFO", "481"), ("MESSAGE", "405"), ("DANCE", "501")],
)
def test_what_belongs_to_no_call(method: str, answered: str) -> None:
    """Everybody may ask what we can; nobody may have us call somebody, and a stray gets told so."""
    assert Network().come(incoming(method)) == [answered]


def test_an_ack_of_nothing_is_dropped() -> None:
    """It is never answered (RFC 3261 17)."""
    assert Network().come(incoming("ACK")) == []


def test_an_extension_that_must_be_known() -> None:
    """Require with something unknown gets 420, and the name of it."""
    network = Network()
    invite = network.invite()
    invite.headers.set("Require", "telepathy")

    assert network.come(invite) == ["420"]
    assert network.sent[-1][0].headers["Unsupported"] == "telepathy"


def test_a_request_inside_a_dialog_that_is_gone() -> None:
    """It gets 481 (RFC 3261 12.2.2)."""
    assert Network().come(incoming("BYE", to="<sip:shop@192.0.2.1>;tag=gone")) == ["481"]


def test_a_call_comes_and_goes() -> None:
    """Its requests find its session; when all is over nothing is remembered."""
    network = Network()
    network.come(network.invite())
    (call,) = network.calls
    call.do(call.session.accept(0.0))
    accepted = network.sent[-1][0]
    to = accepted.headers["To"]
    network.come(incoming("ACK", branch="z9hG4bKack", to=to))
    leaving = incoming("BYE", branch="z9hG4bKbye", to=to)
    leaving.headers.set("CSeq", "2 BYE")
    bye = network.come(leaving)
    network.wait(70)

    assert short(accepted) == "200"
    assert [type(event) for event in network.told] == [Answered, Ended]
    assert bye == ["200"]
    assert (len(network.agent), network.agent.transactions, network.agent.next_due_s) == (0, 0, None)


def test_a_cancelled_call() -> None:
    """The caller gives up before it was taken: 200 for the CANCEL, 487 for the INVITE."""
    network = Network()
    network.come(network.invite())
    answered = network.come(incoming("CANCEL"))

    assert answered == ["200", "487"]
    assert network.told == [Ended(EndReason.CANCELLED)]


def test_a_call_that_is_not_taken() -> None:
    """The status that refuses it goes out, and no session was made."""
    network = Network()
    network.refuse = 503

    assert network.come(network.invite()) == ["503"]
    assert len(network.agent) == 0


def test_an_invite_without_contact() -> None:
    """It cannot begin a dialog."""
    network = Network()
    invite = network.invite()
    invite.headers.setlist("Contact", [])

    assert network.come(invite) == ["400"]
    assert len(network.agent) == 0


def test_the_next_place_is_tried() -> None:
    """Where nobody can be reached, the request goes to the next hop, in a transaction of its own (RFC 3263 4.3)."""
    network = Network()
    network.hops = (PEER, OTHER)
    call = network.call()
    transaction = network.sends[-1].transaction
    assert transaction is not None
    network.agent.failed(transaction)

    assert [hop for _, hop in network.sent] == [PEER, OTHER]
    assert call.session.state is State.CALLING
    vias = [message.headers["Via"] for message, _ in network.sent]
    assert vias[0] != vias[1]


def test_nobody_anywhere() -> None:
    """A peer that cannot be found ends the call as if its transport had failed."""
    network = Network()
    network.hops = ()
    network.call()

    assert network.told == [Ended(EndReason.REFUSED, 503)]
    assert len(network.agent) == 0


def test_a_transport_that_we_have_not() -> None:
    """It is as if the request could not be sent."""
    network = Network()
    network.listens = False
    network.call()

    assert network.told == [Ended(EndReason.REFUSED, 503)]


def test_an_answer_from_a_transport_that_we_have_not() -> None:
    """The call is up, although its ACK cannot be sent, and can be hung up."""
    network = Network()
    call = network.call()
    answer = ok(last_request(network))
    network.listens = False
    assert network.come(answer) == []
    call.do(call.session.hang_up(1.0))
    network.wait(70)

    assert [type(event) for event in network.told] == [Answered, Ended]
    assert len(network.agent) == 0


def test_hanging_up_before_the_peer_was_found() -> None:
    """The INVITE is never sent."""
    network = Network()
    network.hops = None
    call = network.call()
    call.do(call.session.hang_up(0.0))
    network.asked[0]((PEER,))

    assert network.sent == []
    assert len(network.agent) == 0


def test_a_call_of_ours() -> None:
    """It is answered, acknowledged also when the answer comes again, and hung up."""
    network = Network()
    call = network.call()
    answer = ok(last_request(network))
    assert network.come(answer) == ["ACK"]
    assert network.come(answer) == ["ACK"]
    call.do(call.session.hang_up(1.0))
    assert network.come(reply(last_request(network), 200)) == []
    network.wait(70)

    assert [type(event) for event in network.told] == [Answered, Ended]
    assert (len(network.agent), network.agent.transactions) == (0, 0)


def test_nobody_answers() -> None:
    """After 32 s the call is over."""
    network = Network()
    network.call()
    network.wait(40)

    assert network.told == [Ended(EndReason.REFUSED, 408)]
    assert (len(network.agent), network.agent.transactions) == (0, 0)


def test_a_registration_is_kept_and_given_back() -> None:
    """Its answers find it; nothing of its transactions stays."""
    network = Network()
    told: list[RegistrationOutput] = []
    account = TrunkAccount("sip:192.0.2.2", "shop", "<sip:shop@192.0.2.1:5060>", "r1", expires_s=600)
    network.agent.register(Registration(account, lambda: 0.5), told.append)
    network.come(reply(last_request(network), 200))
    network.wait(700)
    refreshed = [message.headers["CSeq"] for message, _ in network.sent if isinstance(message, Request)]
    network.come(reply(last_request(network), 200))
    network.agent.unregister()
    network.come(reply(last_request(network), 200))
    network.wait(10)

    assert [type(output).__name__ for output in told[:1]] == ["Registered"]
    assert type(told[-1]).__name__ == "Unregistered"
    assert "2 REGISTER" in refreshed
    assert network.agent.transactions == 0
