"""What a test of one transaction layer needs: messages of the other side, and time that runs by itself."""

from sipmessage import Request, Response
from support.sip_network import THEIRS, outgoing, tokens

from callagent.telephony.sip.messages.message import answer, write
from callagent.telephony.sip.messages.reading import read
from callagent.telephony.sip.transactions.matching import Hop, TransactionId
from callagent.telephony.sip.transactions.transaction_events import Output, RequestReceived, Send
from callagent.telephony.sip.transactions.transactions import TransactionLayer

TCP = Hop("TCP", "192.0.2.2", 5060)
SENT_BY = "192.0.2.1:5060"


def layer(most: int = 100) -> TransactionLayer:
    """A layer whose branches can be read."""
    return TransactionLayer(most=most, token=tokens("t"))


def sent(outputs: list[Output]) -> list[Request | Response]:
    """The messages that are to be sent."""
    return [read(output.data) for output in outputs if isinstance(output, Send)]


def schedule(transactions: TransactionLayer, until_s: float = 1000.0) -> list[tuple[float, str]]:
    """Every moment at which something happens by itself: "send", or the event's name."""
    happened = []
    while (due_s := transactions.next_due_s) is not None and due_s <= until_s:
        happened += [(due_s, type(output).__name__) for output in transactions.on_time(due_s)]
    return happened


def reply(request: Request | Response, code: int, tag: str = "far") -> Response:
    """What the other side answers."""
    assert isinstance(request, Request)
    response = read(write(answer(request, code, to_tag=tag)))
    assert isinstance(response, Response)
    return response


def incoming(method: str, branch: str = "z9hG4bKin", number: int = 1, to: str = "<sip:shop@192.0.2.1>") -> Request:
    """A request that comes over the network."""
    request = outgoing(method, number)
    request.headers.set("Via", f"SIP/2.0/UDP 192.0.2.2:5060;branch={branch};rport")
    request.headers.set("To", to)
    message = read(write(request))
    assert isinstance(message, Request)
    return message


def started(transactions: TransactionLayer, method: str, to: Hop = THEIRS) -> tuple[TransactionId, Request | Response]:
    """A request of ours that has just been sent at 0 s."""
    transaction, out = transactions.send(outgoing(method), to, SENT_BY, 0.0)
    (message,) = sent(out)
    return transaction, message


def received(transactions: TransactionLayer, request: Request, now_s: float = 0.0) -> RequestReceived:
    """The event of a new request."""
    (event,) = transactions.receive(request, THEIRS, now_s)
    assert isinstance(event, RequestReceived)
    return event
