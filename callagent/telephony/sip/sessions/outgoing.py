"""Our call until it is answered (RFC 3261 13.2, 9.1): early dialogs, forked answers, CANCEL, PRACK (RFC 3262)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sipmessage import URI, Request, Response

from callagent.errors import CarrierError, WireError
from callagent.telephony.sip.messages.message import OwnRequest
from callagent.telephony.sip.messages.replies import with_body
from callagent.telephony.sip.messages.verbatim import is_loose, read_uri, tag_of, uri_of, words
from callagent.telephony.sip.offers.agreement import Agreed
from callagent.telephony.sip.sessions.dialog import MAX_FORWARDS, Dialog, Headers, again, cseq_of
from callagent.telephony.sip.sessions.session_core import ALLOW, PATIENCE_S, SDP, SUPPORTED, Core, sdp_of
from callagent.telephony.sip.sessions.session_events import Answered, EndReason, Ringing, SendAck, SendCancel
from callagent.telephony.sip.sessions.session_states import State, Step
from callagent.telephony.sip.sessions.session_timer import SessionTimer

MOST_FORKS = 16
"""Early dialogs of one call; further branches are not followed."""


@dataclass(frozen=True, slots=True)
class CallTo:
    """Whom to call, and as whom. The texts are as they stand in the message: with `;user=phone` where wanted."""

    uri: str = field(repr=False)
    """The request's URI."""
    sender: str = field(repr=False)
    """From, such as `"Shop" <sip:1234@example.org>`, without a tag."""
    call_id: str
    to: str = field(default="", repr=False)
    """To; `<uri>` when empty."""
    routes: tuple[str, ...] = ()
    """An outbound proxy, such as `<sip:proxy.example.org;lr>`."""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Further ones, such as Replaces or Referred-By."""


@dataclass(slots=True)
class _Early:
    dialog: Dialog
    answer: bytes | None = None
    """The SDP of its provisional answers."""
    last_rseq: int | None = None


class Outgoing:
    """The INVITE that we sent; from its 2xx on it acknowledges what still comes."""

    def __init__(self, core: Core, timer: SessionTimer) -> None:
        self._core = core
        self._timer = timer
        self._invite: Request | None = None
        self._cseq = 1
        self._early: dict[str, _Early] = {}
        self._acks: dict[str, SendAck] = {}

    def call(self, to: CallTo) -> None:
        """Send the INVITE, with our offer."""
        if not self._core.step(Step.CALL):
            return
        invite = OwnRequest("INVITE", read_uri(to.uri))
        for route in to.routes:
            invite.headers.add("Route", route)
        for name, value in (
            ("Max-Forwards", MAX_FORWARDS),
            ("From", f"{to.sender};tag={self._core.local_tag}"),
            ("To", to.to or f"<{to.uri}>"),
            ("Call-ID", to.call_id),
            ("CSeq", f"{self._cseq} INVITE"),
            ("Contact", self._core.setup.contact),
            ("Allow", ALLOW),
            ("Supported", SUPPORTED),
            *self._timer.ask(),
            *to.headers,
        ):
            invite.headers.set(name, value)
        self._send(with_body(invite, self._core.negotiation.offer(), SDP))

    def hang_up(self, now_s: float) -> bool:
        """Give up before it was answered; False when that is not how to end it any more."""
        state = self._core.state
        if not self._wanted or not self._core.step(Step.HANG_UP):
            return False
        if state is State.PROCEEDING:
            self._cancel(now_s)
        self._core.end(EndReason.CANCELLED)
        return True

    @property
    def _wanted(self) -> bool:
        return self._core.state in {State.CALLING, State.PROCEEDING}

    def _send(self, invite: Request) -> None:
        self._invite = invite
        self._core.send(invite, self._on_answer, _first_hop(invite), self._again)

    def _again(self, invite: Request, headers: Headers = ()) -> Request:
        self._cseq += 1
        self._invite = again(invite, self._cseq, headers)
        return self._invite

    def _cancel(self, now_s: float) -> None:
        if self._invite is not None:
            self._core.emit(SendCancel(self._invite))
            self._core.wake("cancel", now_s + PATIENCE_S, self._on_cancel_without_answer)

    def _on_cancel_without_answer(self, _now_s: float) -> None:
        """Then the INVITE counts as ended (9.1)."""
        self._core.step(Step.NO_ANSWER_TO_CANCEL)
        if self._invite is not None:
            self._core.forget(self._invite)

    def _on_answer(self, invite: Request, response: Response, now_s: float) -> None:
        if response.code < 200:
            self._on_provisional(invite, response, now_s)
        elif response.code < 300:
            self._on_success(invite, response, now_s)
        elif response.code == 422 and self._wanted and (asked := self._timer.ask_longer(response)):
            self._send(self._again(invite, asked))
        elif self._core.step(Step.FAILURE):
            self._core.sleep("cancel")
            self._core.negotiation.withdraw()
            self._core.end(EndReason.REFUSED, response.code)

    def _on_provisional(self, invite: Request, response: Response, now_s: float) -> None:
        abandoned = self._core.state is State.ABANDONED
        if not self._core.step(Step.PROVISIONAL):
            return
        if abandoned:
            self._cancel(now_s)
            return
        tag = tag_of(response.headers.get("To") or "")
        early = self._early_dialog(tag, invite, response) if tag and response.code > 100 else None
        if early is not None and "100rel" in words(response, "Require") and not self._acknowledge(early, response):
            return
        agreed = self._preview(early, response)
        if response.code > 100:
            self._core.emit(Ringing(response.code, agreed))

    def _early_dialog(self, tag: str, invite: Request, response: Response) -> _Early | None:
        early = self._early.get(tag)
        if early is None and len(self._early) < MOST_FORKS:
            early = self._early[tag] = _Early(Dialog.as_caller(invite, response, self._core.setup.contact))
        return early

    def _preview(self, early: _Early | None, response: Response) -> Agreed | None:
        """Where early media comes from; a description that is none is no reason to end the call yet."""
        try:
            body = sdp_of(response)
            if early is None or body is None:
                return None
            early.answer = body
            return self._core.negotiation.preview(body)
        except CarrierError:
            return None

    def _acknowledge(self, early: _Early, response: Response) -> bool:
        """PRACK a provisional answer that asks for it; False for one out of order or seen before (RFC 3262 4)."""
        number = response.headers.get("RSeq") or ""
        if not number.isascii() or not number.isdigit() or len(number) > 10:
            return False
        rseq = int(number)
        if early.last_rseq is not None and rseq != early.last_rseq + 1:
            return False
        early.last_rseq = rseq
        cseq = cseq_of(response)
        rack = [("RAck", f"{rseq} {cseq.sequence} INVITE")]
        self._core.send_inside("PRACK", _ignore, rack, dialog=early.dialog)
        return True

    def _on_success(self, invite: Request, response: Response, now_s: float) -> None:
        tag = tag_of(response.headers.get("To") or "") or ""
        if ack := self._acks.get(tag):
            self._core.emit(ack)
            return
        early = self._early.get(tag)
        dialog = early.dialog if early else Dialog.as_caller(invite, response, self._core.setup.contact)
        dialog.confirm(response)
        ack = SendAck(dialog.ack(invite), dialog.next_hop)
        if len(self._acks) < MOST_FORKS:
            self._acks[tag] = ack
        self._core.emit(ack)
        self._core.sleep("cancel")
        if self._core.dialog is not None or not self._core.step(Step.SUCCESS):
            # Another branch answered first, or we gave up meanwhile and it did not know yet.
            self._core.send_inside("BYE", _ignore, dialog=dialog)
            return
        self._core.dialog = dialog
        if self._core.state is State.LEAVING:
            self._core.bye()
            return
        try:
            answer = sdp_of(response) or (early.answer if early else None)
            if answer is None:
                raise WireError("SIP: a 200 without SDP")
            agreed = self._core.negotiation.take_answer(answer)
        except CarrierError:
            self._core.step(Step.HANG_UP)
            self._core.end(EndReason.NO_MEDIA)
            self._core.bye("SIP;cause=488")
            return
        self._timer.settle_as_caller(response, now_s)
        self._core.emit(Answered(agreed))


def _ignore(_request: Request, _response: Response, _now_s: float) -> None:
    """Whatever the answer is, nothing hangs on it."""


def _first_hop(invite: Request) -> URI:
    routes: Sequence[str] = invite.headers.getlist("Route")
    if routes and is_loose(nearest := uri_of(routes[0])):
        return nearest
    return invite.uri
