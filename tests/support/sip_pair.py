"""Two SIP sessions that are fed each other's messages, as bytes, by manual time; what their legs hear is kept."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sipmessage import Message, Request, Response

from callagent.telephony.sip.offers.agreement import AudioPlan
from callagent.telephony.sip.offers.offer_answer import Negotiation
from callagent.telephony.sip.sessions.invite import InviteSession
from callagent.telephony.sip.sessions.outgoing import CallTo
from callagent.telephony.sip.sessions.session_core import SessionSetup
from callagent.telephony.sip.sessions.session_events import (
    LEG_EVENTS,
    Output,
    SendAck,
    SendCancel,
    SendRequest,
    SendResponse,
)

AnyOutput = TypeVar("AnyOutput")

TO = CallTo("sip:bob@192.0.2.2", "<sip:alice@192.0.2.1>", "c1@192.0.2.1")


def setup(number: int) -> SessionSetup:
    """What a session at 192.0.2.<number> needs to know."""
    host = f"192.0.2.{number}"
    return SessionSetup(
        contact=f"<sip:{number}@{host}:5060>",
        negotiation=Negotiation(AudioPlan(host, 4000, 4001), session_id=number),
        new_tag=lambda: f"tag+{number}",
        chance=lambda: 0.5,
    )


def of(kind: type[AnyOutput], outputs: list[Output]) -> list[AnyOutput]:
    """The outputs of one kind."""
    return [one for one in outputs if isinstance(one, kind)]


def events(outputs: list[Output]) -> list[Output]:
    """What the leg is told."""
    return [one for one in outputs if isinstance(one, LEG_EVENTS)]


def words_of(outputs: list[Output]) -> list[str]:
    """What goes onto the wire, in short: methods and codes."""
    short = []
    for one in outputs:
        match one:
            case SendRequest(request) | SendAck(request):
                short.append(request.method)
            case SendCancel():
                short.append("CANCEL")
            case SendResponse(request, response):
                short.append(f"{response.code} {request.method}")
    return short


def copied(message: Request | Response) -> Request | Response:
    """What the other side reads."""
    return Message.parse(bytes(message))


@dataclass
class End:
    """One side: its setup, its session once there is one, and what its leg was told."""

    setup: SessionSetup
    session: InviteSession | None = None
    heard: list[Output] = field(default_factory=list)

    @property
    def call(self) -> InviteSession:
        """The session, which is there by now."""
        assert self.session is not None
        return self.session


class Pair:
    """A caller and a callee with a wire between them."""

    def __init__(self, caller: SessionSetup | None = None, callee: SessionSetup | None = None) -> None:
        self.now_s = 0.0
        self.caller = End(caller or setup(1))
        self.callee = End(callee or setup(2))
        self.wire: list[str] = []
        """Everything that was sent, in order, with > from the caller and < from the callee."""
        self._travelling: deque[tuple[End, Output]] = deque()
        self.lost: Callable[[str], bool] = lambda _word: False
        """Which messages do not arrive."""

    def dial(self, to: CallTo = TO) -> None:
        """The caller's INVITE, and its arrival."""
        self.caller.session, outputs = InviteSession.call(self.caller.setup, to)
        self.run(self.caller, outputs)

    def up(self) -> "Pair":
        """A call that was answered, with what the legs heard so far put away."""
        self.dial()
        self.run(self.callee, self.callee.call.accept(self.now_s))
        self.caller.heard.clear()
        self.callee.heard.clear()
        self.wire.clear()
        return self

    def send(self, end: End, outputs: list[Output]) -> None:
        """What a session said is on its way; it arrives with the next `run`."""
        other = self.callee if end is self.caller else self.caller
        end.heard += events(outputs)
        for one in outputs:
            for word in words_of([one]):
                self.wire.append(f"{'>' if end is self.caller else '<'} {word}")
                if not self.lost(self.wire[-1]):
                    self._travelling.append((other, one))

    def run(self, end: End, outputs: list[Output]) -> None:
        """Carry out what a session said, and all that follows from it, in the order it was sent."""
        self.send(end, outputs)
        while self._travelling:
            other, one = self._travelling.popleft()
            self.send(other, self._arrive(other, one))

    def wait(self, seconds: float) -> None:
        """Let time pass, alarm by alarm."""
        until_s = self.now_s + seconds
        while True:
            ends = [end for end in (self.caller, self.callee) if end.session is not None]
            due = [(due_s, end) for end in ends if (due_s := end.call.next_due_s) is not None and due_s <= until_s]
            if not due:
                break
            self.now_s, end = min(due, key=lambda one: one[0])
            self.run(end, end.call.on_time(self.now_s))
        self.now_s = until_s

    def _arrive(self, other: End, output: Output) -> list[Output]:
        match output:
            case SendRequest(request) | SendAck(request):
                arrived = copied(request)
                assert isinstance(arrived, Request)
                if other.session is None:
                    other.session, outputs = InviteSession.called(other.setup, arrived)
                    return outputs
                return other.call.receive_request(arrived, self.now_s)
            case SendCancel():
                return other.call.cancelled()
            case SendResponse(_, response):
                answer = copied(response)
                assert isinstance(answer, Response)
                return other.call.receive_response(answer, self.now_s)
        return []


def allowing(number: int, *targets: str) -> SessionSetup:
    """A setup that lets peers transfer to these targets."""
    return replace(setup(number), may_transfer=lambda target: target in targets)
