"""Who sends requests through a user agent: calls and registrations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from sipmessage import Request, Response

from callagent.telephony.sip.sessions.invite import InviteSession
from callagent.telephony.sip.sessions.session_events import Output, SendRequest, SessionEvent
from callagent.telephony.sip.sessions.session_states import State
from callagent.telephony.sip.transactions.matching import TransactionId
from callagent.telephony.sip.trunks.registration import Registration, RegistrationOutput

Tell: TypeAlias = Callable[[SessionEvent], None]


class Owner(Protocol):
    """Who sent a request."""

    @property
    def given_up(self) -> bool:
        """Whether what is not sent yet need not be."""
        ...

    def answered(self, response: Response, now_s: float) -> None:
        """An answer to a request of ours."""
        ...

    def timed_out(self, request: Request, now_s: float) -> None:
        """Nobody answered it."""
        ...

    def undeliverable(self, request: Request, now_s: float) -> None:
        """It could not be sent."""
        ...


class Agent(Protocol):
    """What carries out what calls and registrations say."""

    def do(self, call: "SipCall", outputs: Sequence[Output]) -> None:
        """As `UserAgent.do`."""
        ...

    def send_request(self, owner: Owner, wanted: SendRequest) -> None:
        """As `UserAgent.send_request`."""
        ...


@dataclass(eq=False, slots=True)
class SipCall:
    """A call's session in the hands of its user agent. Commands are the session's; what they say is given to `do`."""

    name: tuple[str, str]
    """Its Call-ID and our tag."""
    session: InviteSession
    tell: Tell
    _agent: "Agent" = field(kw_only=True, repr=False)
    transactions: set[TransactionId] = field(default_factory=set)
    """Those of its own requests, and of the INVITE that began it."""

    def do(self, outputs: Sequence[Output]) -> None:
        """Carry out what a command of the session has said."""
        self._agent.do(self, outputs)

    @property
    def given_up(self) -> bool:
        """Whether an INVITE that is not sent yet need not be."""
        return self.session.state is State.ABANDONED

    def answered(self, response: Response, now_s: float) -> None:
        """An answer to a request of ours."""
        self.do(self.session.receive_response(response, now_s))

    def timed_out(self, request: Request, now_s: float) -> None:
        """Nobody answered it."""
        self.do(self.session.timed_out(request, now_s))

    def undeliverable(self, request: Request, now_s: float) -> None:
        """It could not be sent."""
        self.do(self.session.undeliverable(request, now_s))


@dataclass(eq=False, slots=True)
class Registrant:
    """A registration in the hands of its user agent."""

    registration: Registration
    tell: Callable[[RegistrationOutput], None]
    _agent: "Agent" = field(repr=False)

    @property
    def given_up(self) -> bool:
        """Never: a registration is tried as long as there is one."""
        return False

    def do(self, outputs: Sequence[RegistrationOutput]) -> None:
        """Carry out what the registration has said."""
        for output in outputs:
            if isinstance(output, SendRequest):
                self._agent.send_request(self, output)
            else:
                self.tell(output)

    def answered(self, response: Response, now_s: float) -> None:
        """An answer to its REGISTER."""
        self.do(self.registration.receive_response(response, now_s))

    def timed_out(self, _request: Request, now_s: float) -> None:
        """Nobody answered it."""
        self.do(self.registration.timed_out(now_s))

    def undeliverable(self, _request: Request, now_s: float) -> None:
        """It could not be sent."""
        self.do(self.registration.undeliverable(now_s))
