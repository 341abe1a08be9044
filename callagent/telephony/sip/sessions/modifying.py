"""Changes of a session that is up: re-INVITE and UPDATE of either side (RFC 3261 14, RFC 3311), hold, refreshes.

Only one offer may be on its way. When both sides ask at once each refuses the other's with 491 and tries again after
a pause of its own (14.1), so that one comes first.
"""

from sipmessage import Request, Response

from callagent.errors import CarrierError
from callagent.telephony.sip.messages.replies import reply, with_body
from callagent.telephony.sip.offers.agreement import Agreed, NotAcceptableError
from callagent.telephony.sip.offers.audio_line import Direction
from callagent.telephony.sip.sessions.dialog import cseq_of
from callagent.telephony.sip.sessions.repeating import Repeating
from callagent.telephony.sip.sessions.session_core import ALLOW, GONE, SDP, SUPPORTED, T2_S, Core, sdp_of
from callagent.telephony.sip.sessions.session_events import (
    ChangeRefused,
    EndReason,
    Held,
    MediaChanged,
    Resumed,
    SendAck,
    SendResponse,
)
from callagent.telephony.sip.sessions.session_states import State, Step
from callagent.telephony.sip.sessions.session_timer import SessionTimer


class Modifying:
    """Re-INVITEs and UPDATEs, ours and theirs."""

    def __init__(self, core: Core, *, caller: bool) -> None:
        self.timer = SessionTimer(core, self._on_refresh_due, self._on_expiry)
        self._core = core
        self._caller = caller
        self._wish = Direction.SENDRECV
        self._wanted = False
        """Whether an offer of ours is to be made as soon as possible."""
        self._in_flight: Request | None = None
        self._ack: tuple[int, SendAck] | None = None
        self._acked = Repeating(core, "re-2xx", T2_S)

    def hold(self, *, held: bool, now_s: float) -> None:
        """Ask the peer to be silent, or to speak again; at once or as soon as another change is through."""
        self._wish = Direction.SENDONLY if held else Direction.SENDRECV
        self._wanted = True
        self.go_on(now_s)

    def go_on(self, _now_s: float) -> None:
        """Send our offer, unless another request is on its way: its end asks again."""
        if not self._wanted or self._core.state is not State.UP:
            return
        if self._in_flight is not None or self._core.negotiation.offering or self._acked.sent is not None:
            return
        self._wanted = False
        headers = [("Allow", ALLOW), ("Supported", SUPPORTED), *(self.timer.ask() if self.timer.active else [])]
        offer = self._core.negotiation.offer(self._wish)
        self._in_flight = self._core.send_inside("INVITE", self._on_answer, headers, body=offer, content_type=SDP)

    def on_request(self, request: Request, now_s: float) -> None:
        """A re-INVITE or UPDATE of the peer's."""
        invite = request.method == "INVITE"
        if self._core.state is State.LEAVING or self._core.dialog is None:
            self._core.reply(request, 481)
        elif self._core.state is not State.UP:
            # An offer before the first one is through (RFC 3261 14.2, RFC 3311 5.2); an UPDATE without one may come.
            self._core.reply(request, *((500, [("Retry-After", "1")]) if invite or request.body else (200, ())))
        elif (invite or request.body) and (self._in_flight is not None or self._core.negotiation.offering):
            self._core.reply(request, 491)
        elif headers := self.timer.too_short(request):
            self._core.reply(request, 422, headers)
        else:
            self._change(request, now_s)

    def on_ack(self, ack: Request, now_s: float) -> None:
        """For our 200 to a re-INVITE; where that held the offer, here is the answer."""
        if self._acked.sent is None or cseq_of(ack).sequence != cseq_of(self._acked.sent.request).sequence:
            return
        self._acked.stop()
        if self._core.negotiation.offering:
            before = self._core.negotiation.agreed
            try:
                self._tell(before, self._core.negotiation.take_answer(sdp_of(ack) or b""))
            except CarrierError:
                self._core.negotiation.withdraw()
        self.go_on(now_s)

    def stop(self) -> None:
        """The session ends: nothing is repeated and nothing refreshed any more."""
        self._acked.stop()
        self.timer.stop()
        self._core.sleep("glare")

    def _change(self, request: Request, now_s: float) -> None:
        dialog = self._core.dialog
        if dialog is None:
            return
        before, target = self._core.negotiation.agreed, dialog.target
        invite = request.method == "INVITE"
        try:
            offer = sdp_of(request)
            dialog.refresh_target(request)
            if offer is not None:
                body = self._core.negotiation.answer(offer, self._wish)
            else:
                body = self._core.negotiation.offer(self._wish) if invite else b""
        except CarrierError as error:
            dialog.target = target
            self._core.reply(request, 488 if isinstance(error, NotAcceptableError) else 400)
            return
        headers = [("Contact", self._core.setup.contact), ("Allow", ALLOW), ("Supported", SUPPORTED)]
        headers += self.timer.settle_as_callee(request, now_s)
        response = with_body(reply(request, 200, headers, tag=self._core.local_tag), body, SDP)
        answer = SendResponse(request, response)
        if invite:
            self._acked.start(answer, now_s, self._on_not_acknowledged)
        else:
            self._core.emit(answer)
        if offer is not None and self._core.negotiation.agreed is not None:
            self._tell(before, self._core.negotiation.agreed)

    def _on_answer(self, invite: Request, response: Response, now_s: float) -> None:
        if response.code < 200 or self._core.dialog is None:
            return
        if response.code < 300:
            self._on_success(invite, response, now_s)
            return
        self._in_flight = None
        self._core.negotiation.withdraw()
        if response.code in GONE:
            self._core.lose(response.code)
        elif response.code == 491:
            self._wanted = True
            # Who made the call waits longer (14.1), in steps of 10 ms.
            pause_s = 2.1 + 1.9 * self._core.setup.chance() if self._caller else 2.0 * self._core.setup.chance()
            self._core.wake("glare", now_s + round(pause_s, 2), self.go_on)
        elif response.code == 422 and self.timer.ask_longer(response):
            self._wanted = True
            self.go_on(now_s)
        else:
            self._core.emit(ChangeRefused(response.code))
            self.go_on(now_s)

    def _on_success(self, invite: Request, response: Response, now_s: float) -> None:
        dialog = self._core.dialog
        number = cseq_of(invite).sequence
        if dialog is None:
            return
        if self._ack is not None and self._ack[0] == number:
            self._core.emit(self._ack[1])
            return
        dialog.refresh_target(response)
        ack = SendAck(dialog.ack(invite), dialog.next_hop)
        self._ack = (number, ack)
        self._core.emit(ack)
        self._in_flight = None
        before = self._core.negotiation.agreed
        try:
            agreed = self._core.negotiation.take_answer(sdp_of(response) or b"")
        except CarrierError:
            self._core.negotiation.withdraw()
            self._core.emit(ChangeRefused(488))
        else:
            self._tell(before, agreed)
        if self._core.state is State.UP:
            self.timer.settle_as_caller(response, now_s)
            self.go_on(now_s)

    def _tell(self, before: Agreed | None, agreed: Agreed) -> None:
        """What is new for the leg, if anything."""
        if before == agreed:
            return
        # Our own wish not to listen to them is none of theirs not to listen to us.
        could = before is None or before.direction.sends
        if could and not agreed.direction.sends:
            self._core.emit(Held(agreed))
        elif agreed.direction.sends and not could:
            self._core.emit(Resumed(agreed))
        else:
            self._core.emit(MediaChanged(agreed))

    def _on_refresh_due(self, now_s: float) -> None:
        self._wanted = True
        self.go_on(now_s)

    def _on_expiry(self, _now_s: float) -> None:
        self._leave(Step.HANG_UP, EndReason.NOT_REFRESHED)

    def _on_not_acknowledged(self, _now_s: float) -> None:
        self._core.negotiation.withdraw()
        self._leave(Step.NOT_ACKNOWLEDGED, EndReason.NOT_ACKNOWLEDGED)

    def _leave(self, step: Step, reason: EndReason) -> None:
        if self._core.state is State.UP and self._core.step(step):
            self.stop()
            self._core.end(reason)
            self._core.bye("SIP;cause=408")
