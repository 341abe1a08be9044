"""Two SIP transaction layers joined by a network that loses what it is told to; time is moved by hand."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from sipmessage import URI, Request

from callagent.telephony.sip.messages.addresses import read_uri
from callagent.telephony.sip.messages.message import OwnRequest
from callagent.telephony.sip.messages.reading import read
from callagent.telephony.sip.transactions.matching import Hop
from callagent.telephony.sip.transactions.transaction_events import Output, Send
from callagent.telephony.sip.transactions.transactions import TransactionLayer

OURS = Hop("UDP", "192.0.2.1", 5060)
THEIRS = Hop("UDP", "192.0.2.2", 5060)


def tokens(name: str) -> Callable[[], str]:
    """Names for branches and tags that a test can read."""
    numbers = count(1)
    return lambda: f"{name}{next(numbers)}"


def outgoing(method: str, number: int = 1, uri: URI | None = None) -> Request:
    """A request of ours, as a dialog would make it."""
    request = OwnRequest(method, uri or read_uri("sip:shop@192.0.2.2"))
    request.headers.set("From", "<sip:asha@192.0.2.1>;tag=from")
    request.headers.set("To", "<sip:shop@192.0.2.2>")
    request.headers.set("Call-ID", f"call-{number}")
    request.headers.set("CSeq", f"{number} {method}")
    return request


@dataclass
class End:
    """One user agent on the network."""

    hop: Hop
    layer: TransactionLayer
    user: Callable[[Output, float], list[Output]] = lambda _output, _now_s: []
    """What is done about each event; what it returns is sent."""
    alarms: list[tuple[float, int, Callable[[float], list[Output]]]] = field(default_factory=list)
    """The user's own timers."""


class Network:
    """Brings each datagram over in 10 ms, except those that `lost` says are lost."""

    def __init__(self, here: End, there: End, lost: Iterator[bool]) -> None:
        self._ends = {here.hop: here, there.hop: there}
        self._lost = lost
        self._flying: list[tuple[float, int, Hop, Hop, bytes]] = []
        self._numbers = count()
        self.now_s = 0.0
        self.dropped = 0
        self.sent = 0

    def take(self, end: End, outputs: list[Output]) -> None:
        """Send what is to be sent, and tell the end's user of the rest."""
        for output in outputs:
            if not isinstance(output, Send):
                self.take(end, end.user(output, self.now_s))
                continue
            self.sent += 1
            if next(self._lost):
                self.dropped += 1
            else:
                heapq.heappush(self._flying, (self.now_s + 0.01, next(self._numbers), end.hop, output.to, output.data))

    def alarm(self, end: End, after_s: float, deed: Callable[[float], list[Output]]) -> None:
        """Wake an end's user."""
        heapq.heappush(end.alarms, (self.now_s + after_s, next(self._numbers), deed))

    def run(self) -> None:
        """Until nothing flies and nobody waits for anything."""
        while (due := self._next()) is not None:
            self.now_s = max(self.now_s, due)
            while self._flying and self._flying[0][0] <= self.now_s:
                _, _, source, to, data = heapq.heappop(self._flying)
                end = self._ends[to]
                self.take(end, end.layer.receive(read(data), source, self.now_s))
            for end in self._ends.values():
                self.take(end, end.layer.on_time(self.now_s))
                while end.alarms and end.alarms[0][0] <= self.now_s:
                    self.take(end, heapq.heappop(end.alarms)[2](self.now_s))

    def _next(self) -> float | None:
        dues = [end.layer.next_due_s for end in self._ends.values()]
        dues += [end.alarms[0][0] for end in self._ends.values() if end.alarms]
        dues += [self._flying[0][0]] if self._flying else []
        return min((due for due in dues if due is not None), default=None)
