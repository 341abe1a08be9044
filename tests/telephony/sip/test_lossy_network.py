"""Two transaction layers over a network that loses 15 % of all datagrams."""

from functools import partial
from itertools import cycle

from support.sip_network import OURS, THEIRS, End, Network, outgoing, tokens

from callagent.telephony.sip.messages.message import answer
from callagent.telephony.sip.transactions.transaction_events import Output, RequestReceived, ResponseReceived
from callagent.telephony.sip.transactions.transactions import TransactionLayer

LOST = (7, 11, 20, 24, 33, 45, 46, 58, 63, 64, 71, 79, 85, 90, 97)
"""Of each 100 datagrams: 15, some in a row."""
EXCHANGES = 60


class Caller:
    """Calls, acknowledges each 2xx, and hangs up at once; counts what it heard to the end."""

    def __init__(self) -> None:
        self.end = End(OURS, TransactionLayer(token=tokens("a")), self.take)
        self.finals: dict[str, int] = {}
        self.hung_up: set[str] = set()

    def begin(self, number: int, now_s: float) -> list[Output]:
        """Every third exchange asks for the options, the others are calls."""
        method = "OPTIONS" if number % 3 == 0 else "INVITE"
        return self.end.layer.send(outgoing(method, number), THEIRS, "192.0.2.1:5060", now_s)[1]

    def take(self, event: Output, now_s: float) -> list[Output]:
        """What a dialog would do."""
        if not isinstance(event, ResponseReceived) or event.response.code < 200:
            return []
        number = event.response.call_id.removeprefix("call-")
        method = event.response.cseq.method
        if method == "BYE":
            self.hung_up.add(number)
            return []
        copies = self.finals.setdefault(number, event.response.code) and number in self.hung_up
        if method != "INVITE" or event.response.code != 200:
            return []
        out = self.end.layer.send_ack(outgoing("ACK", int(number)), THEIRS, "192.0.2.1:5060")
        if not copies and number not in self.hung_up:
            self.hung_up.add(number)
            out += self.end.layer.send(outgoing("BYE", int(number)), THEIRS, "192.0.2.1:5060", now_s)[1]
        return out


class Callee:
    """Takes every second call, is busy for the others, and repeats its 200 until the ACK comes (section 13.3.1.4)."""

    def __init__(self) -> None:
        self.end = End(THEIRS, TransactionLayer(token=tokens("b")), self.take)
        self.network: Network | None = None
        self.acknowledged: set[str] = set()
        self.byes: set[str] = set()
        self.requests = 0

    def take(self, event: Output, now_s: float) -> list[Output]:
        """What a dialog would do."""
        if not isinstance(event, RequestReceived):
            return []
        if event.request.method == "ACK":
            self.acknowledged.add(event.request.call_id)
            return []
        self.requests += 1
        if event.request.method == "BYE":
            self.byes.add(event.request.call_id)
        if event.request.method != "INVITE":
            return self.answer(event, 200, now_s)
        if event.request.cseq.sequence % 2:
            return self.answer(event, 180, now_s) + self.answer(event, 486, now_s)
        self.repeat(event, 0.5)
        return self.answer(event, 180, now_s) + self.answer(event, 200, now_s)

    def answer(self, event: RequestReceived, code: int, now_s: float) -> list[Output]:
        """One response."""
        assert event.transaction is not None
        return self.end.layer.respond(event.transaction, answer(event.request, code, to_tag="callee"), now_s)

    def repeat(self, event: RequestReceived, after_s: float) -> None:
        """T1, doubled up to T2."""

        def due(now_s: float) -> list[Output]:
            if event.request.call_id in self.acknowledged:
                return []
            self.repeat(event, min(2 * after_s, 4.0))
            return self.answer(event, 200, now_s)

        assert self.network is not None
        self.network.alarm(self.end, after_s, due)


def test_sixty_of_sixty_exchanges_end_well() -> None:
    """Each request reaches the other side's user once, each is answered, and nothing is left of any."""
    caller, callee = Caller(), Callee()
    network = Network(caller.end, callee.end, cycle(number in LOST for number in range(100)))
    callee.network = network
    for number in range(EXCHANGES):
        network.alarm(caller.end, number * 0.3, partial(caller.begin, number))
    network.run()

    expected = {str(n): 200 if n % 3 == 0 or n % 2 == 0 else 486 for n in range(EXCHANGES)}
    taken = {f"call-{n}" for n in range(EXCHANGES) if n % 3 and n % 2 == 0}
    assert caller.finals == expected
    assert callee.acknowledged == callee.byes == taken
    assert callee.requests == EXCHANGES + len(taken)
    assert network.dropped >= 0.14 * network.sent
    assert len(caller.end.layer) == len(callee.end.layer) == 0
    assert caller.end.layer.next_due_s is None
    assert callee.end.layer.next_due_s is None
