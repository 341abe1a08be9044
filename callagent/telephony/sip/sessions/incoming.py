"""A peer's call until its ACK (RFC 3261 13.3, 9.2): ringing, also reliably (RFC 3262), accepting, refusing, CANCEL."""

import re
from typing import Final

from sipmessage import Request

from callagent.errors import CarrierError, WireError
from callagent.telephony.sip.messages.replies import reply, with_body
from callagent.telephony.sip.messages.verbatim import words
from callagent.telephony.sip.offers.agreement import NotAcceptableError
from callagent.telephony.sip.sessions.dialog import Dialog, cseq_of
from callagent.telephony.sip.sessions.repeating import Repeating
from callagent.telephony.sip.sessions.session_core import ALLOW, SDP, SUPPORTED, T2_S, Core, sdp_of
from callagent.telephony.sip.sessions.session_events import Answered, EndReason, SendResponse
from callagent.telephony.sip.sessions.session_states import State, Step
from callagent.telephony.sip.sessions.session_timer import SessionTimer

FIRST_RSEQ: Final = 1

RACK = re.compile(r"\s*(?P<rseq>[0-9]{1,10})\s+(?P<cseq>[0-9]{1,10})\s+INVITE\s*")


class Incoming:
    """The INVITE that came."""

    def __init__(self, core: Core, timer: SessionTimer) -> None:
        self._core = core
        self._timer = timer
        self._invite: Request | None = None
        self._answer = b""
        self._rseq = FIRST_RSEQ - 1
        self._unheard = False
        """Whether a reliable 1xx waits for its PRACK: it is taken also after the call was answered (RFC 3262 3)."""
        self._acked = Repeating(core, "2xx", T2_S)
        self._ringing = Repeating(core, "1xx")

    def called(self, invite: Request) -> None:
        """Take the INVITE up, or refuse at once what can never become a call. Raises WireError without a dialog."""
        if not self._core.step(Step.CALLED):
            return
        self._invite = invite
        self._core.dialog = Dialog.as_callee(invite, self._core.local_tag, self._core.setup.contact)
        if headers := self._timer.too_short(invite):
            self._refuse(422, EndReason.REFUSED, headers)
            return
        try:
            offer = sdp_of(invite)
        except WireError:
            self._refuse(415, EndReason.NO_MEDIA, [("Accept", SDP)])
            return
        try:
            if offer is not None:
                self._answer = self._core.negotiation.answer(offer)
        except NotAcceptableError:
            self._refuse(488, EndReason.NO_MEDIA)
        except CarrierError:
            self._refuse(400, EndReason.NO_MEDIA)

    def ring(self, now_s: float, code: int = 180) -> None:
        """Tell the caller that somebody is being alerted; reliably where the caller requires that."""
        if self._invite is None or self._core.state is not State.INCOMING or self._ringing.sent is not None:
            return
        headers = [("Contact", self._core.setup.contact), ("Allow", ALLOW)]
        if "100rel" not in words(self._invite, "Require"):
            self._core.reply(self._invite, code, headers)
            return
        self._rseq += 1
        self._unheard = True
        headers += [("Require", "100rel"), ("RSeq", str(self._rseq))]
        response = reply(self._invite, code, headers, tag=self._core.local_tag)
        self._ringing.start(SendResponse(self._invite, response), now_s, self._on_ringing_not_heard)

    def accept(self, now_s: float) -> None:
        """Answer with 200; audio may flow at once, unless the caller left the offer to us."""
        if self._invite is None or self._core.dialog is None or not self._core.step(Step.ACCEPT):
            return
        self._ringing.stop()
        body = self._answer or self._core.negotiation.offer()
        headers = [("Contact", self._core.setup.contact), ("Allow", ALLOW), ("Supported", SUPPORTED)]
        headers += self._timer.settle_as_callee(self._invite, now_s)
        response = with_body(reply(self._invite, 200, headers, tag=self._core.local_tag), body, SDP)
        self._core.dialog.confirmed = True
        self._acked.start(SendResponse(self._invite, response), now_s, self._on_not_acknowledged)
        if self._core.negotiation.agreed is not None:
            self._core.emit(Answered(self._core.negotiation.agreed))

    def refuse(self, code: int) -> bool:
        """Answer with a refusal; False when it is too late for one."""
        if self._core.state is not State.INCOMING:
            return False
        self._refuse(code, EndReason.HUNG_UP)
        return True

    def hang_up(self) -> bool:
        """Leave while the ACK is still awaited: the BYE comes after it. False when that is not the case."""
        return self._core.state is State.ACCEPTED and self._core.step(Step.HANG_UP)

    def on_cancel(self) -> None:
        """The caller gives up: the INVITE gets 487; too late, and it has no effect (9.2)."""
        if self._invite is not None and self._core.step(Step.CANCELLED):
            self._ringing.stop()
            self._core.reply(self._invite, 487)
            self._core.end(EndReason.CANCELLED)

    def on_prack(self, prack: Request) -> None:
        """The ringing was heard (RFC 3262 3)."""
        found = RACK.fullmatch(prack.headers.get("RAck") or "")
        heard = (
            found is not None
            and self._invite is not None
            and self._unheard
            and (int(found["rseq"]), int(found["cseq"])) == (self._rseq, cseq_of(self._invite).sequence)
        )
        if heard:
            self._unheard = False
            self._ringing.stop()
        self._core.reply(prack, 200 if heard else 481)

    def on_bye(self) -> None:
        """The caller left: nothing is repeated to it any more; an INVITE without an answer gets one (15.1.2)."""
        self._ringing.stop()
        if self._acked.stop() is None and self._invite is not None and self._core.state is State.INCOMING:
            self._core.reply(self._invite, 487)

    def on_ack(self, ack: Request) -> bool:
        """Whether it was for our 200; a late offer finds its answer in it."""
        if self._acked.sent is None or cseq_of(ack).sequence != cseq_of(self._acked.sent.request).sequence:
            return False
        self._acked.stop()
        departing = self._core.state is State.DEPARTING
        self._core.step(Step.ACKNOWLEDGED)
        if departing:
            self._core.bye()
            return True
        if self._core.negotiation.offering:
            try:
                self._core.emit(Answered(self._core.negotiation.take_answer(sdp_of(ack) or b"")))
            except CarrierError:
                self._core.negotiation.withdraw()
                self._core.step(Step.HANG_UP)
                self._core.end(EndReason.NO_MEDIA)
                self._core.bye("SIP;cause=488")
        return True

    def _on_not_acknowledged(self, _now_s: float) -> None:
        if self._core.step(Step.NOT_ACKNOWLEDGED):
            self._core.end(EndReason.NOT_ACKNOWLEDGED)
            self._core.bye("SIP;cause=408")

    def _on_ringing_not_heard(self, _now_s: float) -> None:
        self._refuse(504, EndReason.LOST)

    def _refuse(self, code: int, reason: EndReason, headers: list[tuple[str, str]] | None = None) -> None:
        if self._invite is not None and self._core.step(Step.REFUSE):
            self._ringing.stop()
            self._core.reply(self._invite, code, headers or [])
            self._core.end(reason, code)
