"""A SIP user agent: which message belongs to which call or registration, and who answers what belongs to none.

It joins the transactions below to the sessions above (RFC 3261 8, 12.2). No socket and no clock of its own: messages,
failures and the time come in, bytes leave by its `Wire`. What is due when is asked of `next_due_s`.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog
from sipmessage import URI, Request, Response

from callagent.clock import Clock
from callagent.errors import CarrierError, WireError
from callagent.telephony.sip.messages.acceptance import Abilities, refusal
from callagent.telephony.sip.messages.message import answer
from callagent.telephony.sip.parties import Owner, Registrant, SipCall, Tell
from callagent.telephony.sip.sessions.dialog import DialogId, dialog_of_request
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
from callagent.telephony.sip.sessions.session_states import State
from callagent.telephony.sip.sessions.transferring import replaced
from callagent.telephony.sip.transactions.matching import Hop, TransactionId, Transport, id_of_own, id_of_request
from callagent.telephony.sip.transactions.transaction_events import (
    CancelReceived,
    RequestReceived,
    ResponseReceived,
    Send,
    TimedOut,
    Unsendable,
)
from callagent.telephony.sip.transactions.transaction_events import Output as Below
from callagent.telephony.sip.transactions.transaction_tables import Times
from callagent.telephony.sip.transactions.transactions import TransactionLayer
from callagent.telephony.sip.trunks.registration import Registration, RegistrationOutput

log = structlog.get_logger("callagent.sip")


class Wire(Protocol):
    """What carries messages."""

    def send(self, send: Send) -> None:
        """Send it, or say later that it failed; never raises."""
        ...

    def sent_by(self, transport: Transport) -> str:
        """The "host:port" at which a peer reaches us. Raises CarrierError where there is none."""
        ...

    def locate(self, uri: URI, then: Callable[[Sequence[Hop]], None]) -> None:
        """Say where that is, the best place first, at once or later; nowhere when it cannot be found."""
        ...

    def changed(self) -> None:
        """Something happened: `UserAgent.next_due_s` may be another."""
        ...


@dataclass(frozen=True, slots=True)
class Invited:
    """How a call that comes is taken: what its session needs, and who is told of what happens in it."""

    setup: SessionSetup
    tell: Tell
    taken: Callable[[SipCall], None]
    """Is given the call before anything happens in it."""
    dropped: Callable[[], None] = lambda: None
    """Is called instead when no call can come of the INVITE."""


@dataclass(slots=True)
class _Sent:
    owner: Owner
    request: Request
    others: Sequence[Hop]
    """Where else it may be sent, should nobody be found there (RFC 3263 4.3)."""


class UserAgent:
    """All calls and registrations of one process.

    `invited` is asked for each new call: how it is taken, or the status that refuses it. It gets the INVITE, where that
    came from, and the call of ours that its Replaces header means (RFC 3891), if it has one.
    """

    def __init__(
        self,
        wire: Wire,
        clock: Clock,
        invited: "Callable[[Request, Hop, SipCall | None], Invited | int]",
        *,
        times: Times | None = None,
    ) -> None:
        self._wire = wire
        self._clock = clock
        self._invited = invited
        self._layer = TransactionLayer(times=times)
        self._abilities = Abilities()
        self._calls: dict[tuple[str, str], SipCall] = {}
        """By Call-ID and our tag."""
        self._registrants: list[Registrant] = []
        self._sent: dict[TransactionId, _Sent] = {}
        self._invites: dict[TransactionId, SipCall] = {}
        """Calls that came, by the transaction of their INVITE."""

    def __len__(self) -> int:
        """How many calls there are, also those whose goodbyes are on their way."""
        return len(self._calls)

    @property
    def transactions(self) -> int:
        """How many of them run."""
        return len(self._layer)

    @property
    def next_due_s(self) -> float | None:
        """When `on_time` has something to do."""
        due = [self._layer.next_due_s]
        due += [call.session.next_due_s for call in self._calls.values()]
        due += [registrant.registration.next_due_s for registrant in self._registrants]
        return min((due_s for due_s in due if due_s is not None), default=None)

    # --- from above --------------------------------------------------------------------------------------------------

    def call(self, setup: SessionSetup, to: CallTo, tell: Tell, taken: Callable[[SipCall], None]) -> None:
        """Call somebody; `tell` and `taken` as in `Invited`. Raises WireError for an address that is none."""
        session, outputs = InviteSession.call(setup, to)
        call = SipCall((to.call_id, session.local_tag), session, tell, _agent=self)
        self._calls[call.name] = call
        taken(call)
        call.do(outputs)

    def register(self, registration: Registration, tell: Callable[[RegistrationOutput], None]) -> None:
        """Register, and stay so until `unregister`."""
        registrant = Registrant(registration, tell, self)
        self._registrants.append(registrant)
        registrant.do(registration.start())

    def unregister(self) -> None:
        """Give all registrations back; each tells of its end."""
        for registrant in self._registrants:
            registrant.do(registrant.registration.stop(self._clock.now_s()))

    def hang_up(self) -> None:
        """End all calls."""
        for call in tuple(self._calls.values()):
            call.do(call.session.hang_up(self._clock.now_s()))

    def do(self, call: SipCall, outputs: Sequence[Output]) -> None:
        """Carry out what a session has said."""
        now_s = self._clock.now_s()
        for output in outputs:
            match output:
                case SendRequest():
                    self.send_request(call, output)
                case SendAck(request, next_hop):
                    self._send_ack(request, next_hop)
                case SendCancel(invite):
                    self._pass_on(self._layer.cancel(id_of_own(invite), now_s))
                case SendResponse(request, response):
                    self._pass_on(self._layer.respond(id_of_request(request), response, now_s))
                case _ if isinstance(output, LEG_EVENTS):
                    call.tell(output)
        if call.session.finished:
            self._forget(call)
        self._wire.changed()

    def _forget(self, call: SipCall) -> None:
        self._calls.pop(call.name, None)
        for transaction in call.transactions:
            self._sent.pop(transaction, None)
            self._invites.pop(transaction, None)

    def send_request(self, owner: Owner, wanted: SendRequest) -> None:
        """Send a request in a transaction of its own, as soon as it is known where to."""

        def located(hops: Sequence[Hop]) -> None:
            if not hops or owner.given_up:
                owner.undeliverable(wanted.request, self._clock.now_s())
            else:
                self._send_to(owner, wanted.request, hops)

        self._wire.locate(wanted.next_hop, located)

    def _send_to(self, owner: Owner, request: Request, hops: Sequence[Hop]) -> None:
        now_s = self._clock.now_s()
        try:
            sent_by = self._wire.sent_by(hops[0].transport)
            transaction, outputs = self._layer.send(request, hops[0], sent_by, now_s)
        except CarrierError as error:
            log.warning("request not sent", method=request.method, error=str(error))
            owner.undeliverable(request, now_s)
            return
        self._sent[transaction] = _Sent(owner, request, hops[1:])
        if isinstance(owner, SipCall):
            owner.transactions.add(transaction)
        self._pass_on(outputs)

    def _send_ack(self, request: Request, next_hop: URI) -> None:
        def located(hops: Sequence[Hop]) -> None:
            # An ACK that goes nowhere is asked for again: the peer repeats its answer.
            if not hops:
                return
            try:
                sent_by = self._wire.sent_by(hops[0].transport)
            except CarrierError as error:
                log.warning("request not sent", method="ACK", error=str(error))
                return
            self._pass_on(self._layer.send_ack(request, hops[0], sent_by))

        self._wire.locate(next_hop, located)

    # --- from below --------------------------------------------------------------------------------------------------

    def receive(self, message: Request | Response, source: Hop) -> None:
        """A message came."""
        self._pass_on(self._layer.receive(message, source, self._clock.now_s()))

    def failed(self, transaction: TransactionId) -> None:
        """What was to be sent for it could not be."""
        self._pass_on(self._layer.unsendable(transaction, self._clock.now_s()))

    def on_time(self) -> None:
        """Do what is due by now."""
        now_s = self._clock.now_s()
        self._pass_on(self._layer.on_time(now_s))
        for call in tuple(self._calls.values()):
            due_s = call.session.next_due_s
            if due_s is not None and due_s <= now_s:
                call.do(call.session.on_time(now_s))
        for registrant in self._registrants:
            registrant.do(registrant.registration.on_time(now_s))

    def _pass_on(self, outputs: Sequence[Below]) -> None:
        for output in outputs:
            match output:
                case Send():
                    self._wire.send(output)
                case RequestReceived(request, source, transaction):
                    self._on_request(request, source, transaction)
                case CancelReceived(invite):
                    if call := self._invites.get(invite):
                        call.do(call.session.cancelled())
                case ResponseReceived(response, _, transaction):
                    if sent := self._sent.get(transaction):
                        if response.code >= 300 or (response.code >= 200 and transaction.method != "INVITE"):
                            del self._sent[transaction]
                        sent.owner.answered(response, self._clock.now_s())
                case TimedOut(transaction) | Unsendable(transaction):
                    self._on_failure(transaction, timed_out=isinstance(output, TimedOut))
        self._wire.changed()

    def _on_failure(self, transaction: TransactionId, *, timed_out: bool) -> None:
        sent = self._sent.pop(transaction, None)
        if sent is None:
            return
        if sent.others and not sent.owner.given_up:
            self._send_to(sent.owner, sent.request, sent.others)
        elif timed_out:
            sent.owner.timed_out(sent.request, self._clock.now_s())
        else:
            sent.owner.undeliverable(sent.request, self._clock.now_s())

    def _on_request(self, request: Request, source: Hop, transaction: TransactionId | None) -> None:
        try:
            dialog = dialog_of_request(request)
        except WireError:
            self._refuse(request, 400)
            return
        call = self._calls.get((dialog.call_id, dialog.local_tag))
        if request.method == "ACK":
            if call is not None:
                call.do(call.session.receive_request(request, self._clock.now_s()))
            return
        if refused := refusal(request, self._abilities, to_tag=secrets.token_hex(8)):
            self._respond(request, refused)
        elif call is not None:
            call.do(call.session.receive_request(request, self._clock.now_s()))
        elif dialog.local_tag:
            self._refuse(request, 481)
        elif request.method == "INVITE" and transaction is not None:
            self._on_invite(request, source, transaction)
        elif request.method == "OPTIONS":
            self._on_options(request)
        else:
            # REFER from nowhere would have us call for anybody; the others are of no use outside of a call.
            self._refuse(request, 403 if request.method == "REFER" else 481)

    def _on_invite(self, invite: Request, source: Hop, transaction: TransactionId) -> None:
        replacing = None
        if header := invite.headers.get("Replaces"):
            replacing = self._replaced(replaced(header))
            if replacing is None:
                self._refuse(invite, 481)
                return
        invited = self._invited(invite, source, replacing)
        if isinstance(invited, int):
            self._refuse(invite, invited)
            return
        try:
            session, outputs = InviteSession.called(invited.setup, invite)
        except WireError:
            invited.dropped()
            self._refuse(invite, 400)
            return
        call = SipCall((invite.call_id, session.local_tag), session, invited.tell, _agent=self)
        self._calls[call.name] = call
        self._invites[transaction] = call
        call.transactions.add(transaction)
        invited.taken(call)
        call.do(outputs)

    def _replaced(self, dialog: DialogId | None) -> SipCall | None:
        """The answered call that a Replaces header means (RFC 3891 3)."""
        call = self._calls.get((dialog.call_id, dialog.local_tag)) if dialog else None
        known = call.session.dialog.id if call and call.session.dialog else None
        return call if call and known == dialog and call.session.state is State.UP else None

    def _on_options(self, options: Request) -> None:
        response = answer(options, 200, to_tag=secrets.token_hex(8))
        response.headers.set("Allow", ", ".join(self._abilities.methods))
        response.headers.set("Supported", ", ".join(self._abilities.extensions))
        response.headers.set("Accept", "application/sdp")
        self._respond(options, response)

    def _refuse(self, request: Request, code: int) -> None:
        if request.method != "ACK":
            self._respond(request, answer(request, code, to_tag=secrets.token_hex(8)))

    def _respond(self, request: Request, response: Response) -> None:
        self._pass_on(self._layer.respond(id_of_request(request), response, self._clock.now_s()))
