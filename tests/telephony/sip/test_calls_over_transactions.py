"""Whole calls of two user agents over the transaction layer, with every datagram that a fixed pattern says lost."""

from collections import deque

from sipmessage import Request
from support.sip_pair import TO, events, setup

from callagent.telephony.sip.messages.reading import read
from callagent.telephony.sip.sessions.invite import InviteSession
from callagent.telephony.sip.sessions.session_events import (
    Answered,
    Ended,
    EndReason,
    Output,
    SendAck,
    SendCancel,
    SendRequest,
    SendResponse,
)
from callagent.telephony.sip.transactions.matching import Hop, TransactionId
from callagent.telephony.sip.transactions.transaction_events import (
    CancelReceived,
    RequestReceived,
    ResponseReceived,
    Send,
    TimedOut,
    Unsendable,
)
from callagent.telephony.sip.transactions.transaction_events import Output as Below
from callagent.telephony.sip.transactions.transactions import TransactionLayer


class Agent:
    """A user agent with one call; it takes what comes at once."""

    def __init__(self, number: int) -> None:
        self.hop = Hop("UDP", f"192.0.2.{number}", 5060)
        self.peer = Hop("UDP", f"192.0.2.{3 - number}", 5060)
        self.layer = TransactionLayer()
        self.session: InviteSession | None = None
        self.heard: list[Output] = []
        self.sent: deque[bytes] = deque()
        self._setup = setup(number)
        self._ours: list[tuple[TransactionId, Request]] = []
        self._theirs: list[tuple[TransactionId, Request]] = []

    @property
    def call(self) -> InviteSession:
        """The session, which is there by now."""
        assert self.session is not None
        return self.session

    @property
    def next_due_s(self) -> float:
        """When it wants to be woken."""
        times = [self.layer.next_due_s, self.session.next_due_s if self.session else None]
        return min((one for one in times if one is not None), default=float("inf"))

    def dial(self) -> None:
        """Make the call."""
        self.session, outputs = InviteSession.call(self._setup, TO)
        self.do(outputs, 0.0)

    def on_time(self, now_s: float) -> None:
        """Everything that is due."""
        self._on(self.layer.on_time(now_s), now_s)
        if self.session is not None:
            self.do(self.session.on_time(now_s), now_s)

    def receive(self, data: bytes, now_s: float) -> None:
        """A datagram came."""
        self._on(self.layer.receive(read(data), self.peer, now_s), now_s)

    def do(self, outputs: list[Output], now_s: float) -> None:
        """Carry out what the session said."""
        self.heard += events(outputs)
        for one in outputs:
            match one:
                case SendRequest(request):
                    transaction, below = self.layer.send(request, self.peer, "192.0.2.9:5060", now_s)
                    self._ours.append((transaction, request))
                    self._on(below, now_s)
                case SendAck(request):
                    self._on(self.layer.send_ack(request, self.peer, "192.0.2.9:5060"), now_s)
                case SendCancel(invite):
                    (transaction,) = [each for each, request in self._ours if request is invite]
                    self._on(self.layer.cancel(transaction, now_s), now_s)
                case SendResponse(request, response):
                    (transaction,) = [each for each, asked in self._theirs if asked is request]
                    self._on(self.layer.respond(transaction, response, now_s), now_s)

    def _on(self, outputs: list[Below], now_s: float) -> None:
        for one in outputs:
            match one:
                case Send(data):
                    self.sent.append(data)
                case RequestReceived(request, _, transaction):
                    if transaction is not None:
                        self._theirs.append((transaction, request))
                    self.do(self._asked(request, now_s), now_s)
                case CancelReceived():
                    self.do(self.call.cancelled(), now_s)
                case ResponseReceived(response):
                    self.do(self.call.receive_response(response, now_s), now_s)
                case TimedOut(transaction) | Unsendable(transaction):
                    for request in [request for each, request in self._ours if each == transaction]:
                        self.do(self.call.timed_out(request, now_s), now_s)

    def _asked(self, request: Request, now_s: float) -> list[Output]:
        if self.session is not None:
            return self.session.receive_request(request, now_s)
        self.session, outputs = InviteSession.called(self._setup, request)
        return outputs + self.session.ring(now_s)


class Network:
    """Two user agents, and what is lost between them."""

    def __init__(self, first: int, lost_percent: int) -> None:
        self.caller, self.callee = Agent(1), Agent(2)
        self.now_s = 0.0
        self.datagrams = first
        self._lost_percent = lost_percent

    def until(self, end_s: float) -> None:
        """Let messages and time pass."""
        while True:
            self._deliver()
            due_s = min(self.caller.next_due_s, self.callee.next_due_s)
            if due_s > end_s or due_s == float("inf"):
                break
            self.now_s = max(self.now_s, due_s)
            self.caller.on_time(self.now_s)
            self.callee.on_time(self.now_s)
        if end_s != float("inf"):
            self.now_s = end_s

    def _deliver(self) -> None:
        while self.caller.sent or self.callee.sent:
            for agent, other in ((self.caller, self.callee), (self.callee, self.caller)):
                if agent.sent:
                    data = agent.sent.popleft()
                    self.datagrams += 1
                    # 79 and 100 have no common factor: each hundred datagrams lose exactly that many.
                    if self.datagrams * 79 % 100 >= self._lost_percent:
                        other.receive(data, self.now_s)


def over(network: Network) -> bool:
    """Whether nothing is left of the call, at either side."""
    agents = (network.caller, network.callee)
    return all(agent.call.finished and len(agent.layer) == 0 for agent in agents)


def test_sixty_calls_get_through_although_15_percent_is_lost() -> None:
    """Each is answered, held and ended as its people wanted, and leaves nothing behind."""
    datagrams, through = 0, 0
    for _ in range(60):
        network = Network(datagrams, lost_percent=15)
        caller, callee = network.caller, network.callee
        caller.dial()
        network.until(10)
        callee.do(callee.call.accept(10), 10)
        network.until(30)
        caller.do(caller.call.hold(30), 30)
        network.until(50)
        callee.do(callee.call.hang_up(50), 50)
        network.until(float("inf"))
        datagrams = network.datagrams
        answered = any(isinstance(one, Answered) for one in caller.heard)
        through += answered and caller.heard[-1] == Ended(EndReason.PEER_HUNG_UP) and over(network)

    assert through == 60
    assert datagrams > 600


def test_sixty_calls_are_cancelled_although_15_percent_is_lost() -> None:
    """Nobody is left ringing."""
    datagrams = 0
    for _ in range(60):
        network = Network(datagrams, lost_percent=15)
        network.caller.dial()
        network.until(10)
        network.caller.do(network.caller.call.hang_up(10), 10)
        network.until(float("inf"))
        datagrams = network.datagrams

        assert over(network)
        assert network.callee.heard == [Ended(EndReason.CANCELLED)]
