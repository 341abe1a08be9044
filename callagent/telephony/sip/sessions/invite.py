"""A call over SIP: one INVITE session, from its first message to its last (RFC 3261 13 to 15).

Messages, failures and the time go in; requests, answers and events for the leg come out of every method, in order. A
command that comes too late does nothing. A session is to be kept until `finished`, which is up to half a minute after
its `Ended`: goodbyes are repeated, and answers of other branches still arrive.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from sipmessage import Request, Response

from callagent.errors import WireError
from callagent.telephony.sip.sessions.dialog import Dialog
from callagent.telephony.sip.sessions.incoming import Incoming
from callagent.telephony.sip.sessions.info_digits import BARE, KEYS, RELAY, read_info, write_info
from callagent.telephony.sip.sessions.modifying import Modifying
from callagent.telephony.sip.sessions.outgoing import CallTo, Outgoing
from callagent.telephony.sip.sessions.session_core import ALLOW, GONE, SUPPORTED, Core, SessionSetup
from callagent.telephony.sip.sessions.session_events import DigitPressed, Ended, EndReason, Output
from callagent.telephony.sip.sessions.session_states import State, Step
from callagent.telephony.sip.sessions.transferring import Transferring

USUAL_DIGIT_MS: Final = 160
CAUSE = re.compile(r";\s*cause\s*=\s*(?P<code>[0-9]{1,3})\b", re.IGNORECASE)


class InviteSession:
    """One call. Make it with `call` or `called`."""

    def __init__(self, setup: SessionSetup, *, caller: bool) -> None:
        self._core = Core(setup)
        self._modifying = Modifying(self._core, caller=caller)
        self._outgoing = Outgoing(self._core, self._modifying.timer)
        self._incoming = Incoming(self._core, self._modifying.timer)
        self._transferring = Transferring(self._core)
        self._handlers: Mapping[str, Callable[[Request, float], None]] = {
            "INVITE": self._modifying.on_request,
            "UPDATE": self._modifying.on_request,
            "BYE": lambda request, _: self._on_bye(request),
            "PRACK": lambda request, _: self._incoming.on_prack(request),
            "INFO": lambda request, _: self._on_info(request),
            "REFER": lambda request, _: self._transferring.on_refer(request),
            "NOTIFY": lambda request, _: self._transferring.on_notify(request),
            "OPTIONS": lambda request, _: self._on_options(request),
        }

    @classmethod
    def call(cls, setup: SessionSetup, to: CallTo) -> "tuple[InviteSession, list[Output]]":
        """Call somebody. Raises WireError for an address in `to` that is none."""
        session = cls(setup, caller=True)
        session._outgoing.call(to)
        return session, session._core.take()

    @classmethod
    def called(cls, setup: SessionSetup, invite: Request) -> "tuple[InviteSession, list[Output]]":
        """Somebody calls: `ring`, `accept` or `refuse`, unless it is refused (and `Ended`) already.

        Raises WireError for an INVITE that cannot begin a dialog: answer it with 400.
        """
        session = cls(setup, caller=False)
        session._incoming.called(invite)
        return session, session._core.take()

    @property
    def state(self) -> State:
        """Where the call is."""
        return self._core.state

    @property
    def dialog(self) -> Dialog | None:
        """The call's dialog; None before a call of ours is answered."""
        return self._core.dialog

    @property
    def local_tag(self) -> str:
        """Our tag: with the Call-ID it tells whose call a message belongs to, before and after there is a dialog."""
        return self._core.local_tag

    @property
    def ended(self) -> Ended | None:
        """Why the call is over for the leg."""
        return self._core.ended

    @property
    def finished(self) -> bool:
        """Whether nothing can come any more: forget the session."""
        return self._core.state is State.OVER and not self._core.waiting

    @property
    def next_due_s(self) -> float | None:
        """When `on_time` wants to be called next."""
        return self._core.next_due_s

    def on_time(self, now_s: float) -> list[Output]:
        """The time has come."""
        self._core.on_time(now_s)
        return self._core.take()

    def ring(self, now_s: float, code: int = 180) -> list[Output]:
        """Tell the caller that somebody is being alerted (180), or that it takes a while (183)."""
        self._incoming.ring(now_s, code)
        return self._core.take()

    def accept(self, now_s: float) -> list[Output]:
        """Take the call."""
        self._incoming.accept(now_s)
        return self._core.take()

    def refuse(self, code: int = 486) -> list[Output]:
        """Do not take the call: 486 busy, 480 nobody there, 603 not wanted, 503 overloaded."""
        self._incoming.refuse(code)
        return self._core.take()

    def hang_up(self, now_s: float, reason: str = "") -> list[Output]:
        """End the call, wherever it is: CANCEL, a refusal, or BYE with `reason` in its Reason header (RFC 3326)."""
        if self._outgoing.hang_up(now_s) or self._incoming.refuse(486):
            return self._core.take()
        if self._incoming.hang_up():
            self._core.end(EndReason.HUNG_UP)
        elif self._core.state is State.UP and self._core.step(Step.HANG_UP):
            self._modifying.stop()
            self._core.end(EndReason.HUNG_UP)
            self._core.bye(reason)
        return self._core.take()

    def hold(self, now_s: float) -> list[Output]:
        """Ask the peer not to send for now; `MediaChanged` or `ChangeRefused` tells how it went."""
        self._modifying.hold(held=True, now_s=now_s)
        return self._core.take()

    def resume(self, now_s: float) -> list[Output]:
        """Ask it to send again."""
        self._modifying.hold(held=False, now_s=now_s)
        return self._core.take()

    def transfer(self, target: str, now_s: float, *, replaces: str = "") -> list[Output]:
        """Ask the peer to call `target`, a URI; `TransferDone` comes for certain while the call lasts.

        With `replaces` (see `transferring.replaces`) the peer takes over another call of ours: an attended transfer.
        Who may be called is for others to judge. Raises WireError for a target that is no URI.
        """
        self._transferring.refer(target, replaces, now_s)
        return self._core.take()

    def report_transfer(self, code: int) -> list[Output]:
        """Tell the peer how the call goes that it asked for with `TransferAsked`."""
        self._transferring.report(code)
        return self._core.take()

    def send_digit(self, key: str, duration_ms: int = USUAL_DIGIT_MS) -> list[Output]:
        """Send 0-9 * # A-D by INFO, for peers that take no telephone-event."""
        if key not in KEYS:
            raise ValueError("a key is one of 0-9 * # A-D")
        if self._core.state is State.UP:
            body, kind = write_info(key, duration_ms)
            self._core.send_inside("INFO", self._on_info_answered, body=body, content_type=kind)
        return self._core.take()

    def receive_response(self, response: Response, now_s: float) -> list[Output]:
        """An answer to one of our requests, also a 2xx to INVITE that comes again; what is none is dropped."""
        try:
            self._core.answered(response, now_s)
        except WireError:
            # Nothing can be acknowledged or said inside of a dialog that cannot be read.
            if response.code >= 200 and self._core.dialog is None and self._core.step(Step.FAILURE):
                self._core.end(EndReason.LOST, response.code)
        return self._core.take()

    def timed_out(self, request: Request, now_s: float) -> list[Output]:
        """Nobody answered our request in time."""
        self._core.failed(request, 408, now_s)
        return self._core.take()

    def undeliverable(self, request: Request, now_s: float) -> list[Output]:
        """Our request could not be sent."""
        self._core.failed(request, 503, now_s)
        return self._core.take()

    def cancelled(self) -> list[Output]:
        """The peer cancels its INVITE; the CANCEL itself is answered by the transactions (RFC 3261 9.2)."""
        self._incoming.on_cancel()
        return self._core.take()

    def receive_request(self, request: Request, now_s: float) -> list[Output]:
        """A request of the peer's inside the call."""
        try:
            self._receive(request, now_s)
        except WireError:
            if request.method != "ACK":
                self._core.reply(request, 400)
        return self._core.take()

    def _receive(self, request: Request, now_s: float) -> None:
        dialog = self._core.dialog
        if request.method == "ACK":
            if self._incoming.on_ack(request):
                self._modifying.go_on(now_s)
            else:
                self._modifying.on_ack(request, now_s)
        elif dialog is None or self._core.state is State.OVER:
            self._core.reply(request, 481)
        elif not dialog.in_order(request):
            self._core.reply(request, 500)
        elif handle := self._handlers.get(request.method):
            handle(request, now_s)
        else:
            self._core.reply(request, 405, [("Allow", ALLOW)])

    def _on_bye(self, bye: Request) -> None:
        self._core.reply(bye, 200)
        self._incoming.on_bye()
        if self._core.step(Step.LEFT):
            self._modifying.stop()
            self._core.sleep("transfer")
            found = CAUSE.search(bye.headers.get("Reason") or "")
            self._core.end(EndReason.PEER_HUNG_UP, int(found["code"]) if found else None)

    def _on_info(self, info: Request) -> None:
        key = read_info(info) if info.body else ""
        if key is None:
            self._core.reply(info, 415, [("Accept", f"{RELAY}, {BARE}")])
            return
        self._core.reply(info, 200)
        if key and self._core.ended is None:
            self._core.emit(DigitPressed(key))

    def _on_options(self, options: Request) -> None:
        self._core.reply(options, 200, [("Allow", ALLOW), ("Supported", SUPPORTED)])

    def _on_info_answered(self, _info: Request, response: Response, _now_s: float) -> None:
        if response.code in GONE:
            self._core.lose(response.code)
