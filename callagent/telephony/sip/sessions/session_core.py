"""What all parts of a session share: its state, its dialog, its alarms, and the requests that wait for answers."""

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from sipmessage import URI, Request, Response

from callagent.errors import WireError
from callagent.telephony.sip.messages.acceptance import Abilities
from callagent.telephony.sip.messages.replies import reply
from callagent.telephony.sip.messages.verbatim import tag_of
from callagent.telephony.sip.offers.offer_answer import Negotiation
from callagent.telephony.sip.sessions.dialog import Dialog, Headers, cseq_of
from callagent.telephony.sip.sessions.session_events import (
    LEG_EVENTS,
    Ended,
    EndReason,
    Output,
    SendRequest,
    SendResponse,
)
from callagent.telephony.sip.sessions.session_states import TRANSITIONS, State, Step

T1_S: Final = 0.5
T2_S: Final = 4.0
PATIENCE_S: Final = 64 * T1_S
"""How long RFC 3261 waits for anything: 32 s."""
MOST_ATTEMPTS: Final = 3
"""Of one request whose credentials are asked for: with none, with some, and once more for a stale nonce."""

ALLOW: Final = ", ".join(Abilities().methods)
SUPPORTED: Final = ", ".join(Abilities().extensions)
SDP: Final = "application/sdp"
GONE: Final = frozenset({408, 481})
"""Answers that end the dialog, not only the request (RFC 3261 12.2.1.2)."""

Authorize: TypeAlias = Callable[[Request, Response], bool]
"""Signs a request, in place, as the 401 or 407 to its last try asks; False where that is of no use."""
OnAnswer: TypeAlias = Callable[[Request, Response, float], None]


def _new_tag() -> str:
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class SessionSetup:
    """What a session needs to know of us."""

    contact: str
    """Our Contact header, such as `<sip:agent@192.0.2.7:5060>`."""
    negotiation: Negotiation
    """Of this session alone."""
    authorize: Authorize = field(default=lambda _request, _challenge: False, repr=False)
    may_transfer: Callable[[str], bool] = lambda _target: False
    """Whether a peer's REFER to that URI may be followed: nowhere, unless somebody allows it."""
    session_expires_s: int = 1800
    """What our calls ask for (RFC 4028)."""
    new_tag: Callable[[], str] = _new_tag
    chance: Callable[[], float] = random.random
    """From 0 to 1, for the pause after both sides asked at once."""


@dataclass(slots=True)
class _Pending:
    request: Request
    on_answer: OnAnswer
    again: Callable[[Request], Request]
    next_hop: URI
    attempts: int = 1


class Core:
    """State that the parts of one session work on; outputs are gathered until they are taken."""

    def __init__(self, setup: SessionSetup) -> None:
        self.setup = setup
        self.negotiation = setup.negotiation
        self.state = State.IDLE
        self.dialog: Dialog | None = None
        self.ended: Ended | None = None
        self.local_tag = setup.new_tag()
        self._out: list[Output] = []
        self._alarms: dict[str, tuple[float, Callable[[float], None]]] = {}
        self._pending: dict[tuple[int, str, str], _Pending] = {}

    def step(self, step: Step) -> bool:
        """Move on where the table says so; whether it did."""
        following = TRANSITIONS[self.state].get(step)
        if following is None:
            return False
        self.state = following
        return True

    def emit(self, output: Output) -> None:
        """Say it; after the end nothing is told to the leg."""
        if self.ended is None or not isinstance(output, LEG_EVENTS) or isinstance(output, Ended):
            self._out.append(output)

    def take(self) -> list[Output]:
        """Everything that was said since the last time."""
        taken, self._out = self._out, []
        return taken

    def end(self, reason: EndReason, code: int | None = None) -> None:
        """Tell the leg, once."""
        if self.ended is None:
            self.ended = Ended(reason, code)
            self.emit(self.ended)

    def reply(self, request: Request, code: int, headers: Headers = ()) -> Response:
        """Answer a request without a body."""
        response = reply(request, code, headers, tag=self.local_tag)
        self.emit(SendResponse(request, response))
        return response

    def wake(self, name: str, due_s: float, action: Callable[[float], None]) -> None:
        """Do it then; a later alarm of the same name takes its place."""
        self._alarms[name] = (due_s, action)

    def sleep(self, *names: str) -> None:
        """These alarms are not needed any more."""
        for name in names:
            self._alarms.pop(name, None)

    @property
    def next_due_s(self) -> float | None:
        """When `on_time` wants to be called next."""
        return min((due_s for due_s, _ in self._alarms.values()), default=None)

    def on_time(self, now_s: float) -> None:
        """Do what is due, the earliest first."""
        while due := [(due_s, name) for name, (due_s, _) in self._alarms.items() if due_s <= now_s]:
            _, action = self._alarms.pop(min(due)[1])
            action(now_s)

    @property
    def waiting(self) -> bool:
        """Whether an alarm or an answer is still to come."""
        return bool(self._alarms or self._pending)

    def send(
        self,
        request: Request,
        on_answer: OnAnswer,
        next_hop: URI,
        again: Callable[[Request], Request],
    ) -> None:
        """Send a request; `again` writes it once more when credentials are asked for."""
        self._pending[_key(request)] = _Pending(request, on_answer, again, next_hop)
        self.emit(SendRequest(request, next_hop))

    def send_inside(
        self,
        method: str,
        on_answer: OnAnswer,
        headers: Headers = (),
        *,
        body: bytes = b"",
        content_type: str = "",
        dialog: Dialog | None = None,
    ) -> Request:
        """Send a request inside the session's dialog, or inside another."""
        inside = dialog or self.dialog
        if inside is None:
            raise RuntimeError("there is no dialog yet")
        request = inside.request(method, headers, body=body, content_type=content_type)
        self.send(request, on_answer, inside.next_hop, inside.again)
        return request

    def answered(self, response: Response, now_s: float) -> None:
        """An answer came: it goes to who waits for it, once; credentials are added on the way."""
        cseq = cseq_of(response)
        tag = tag_of(response.headers.get("To") or "") or ""
        for key in ((cseq.sequence, cseq.method, tag), (cseq.sequence, cseq.method, "")):
            if pending := self._pending.get(key):
                break
        else:
            return
        if response.code >= 200 and (cseq.method != "INVITE" or response.code >= 300):
            del self._pending[key]
        elif response.code >= 200:
            # Its 2xx may come again, or from another branch (13.2.2.4): those answers have no transaction any more.
            self.wake(f"late answers {cseq.sequence}", now_s + PATIENCE_S, lambda _: self.forget(pending.request))
        wanted = self.state not in {State.ABANDONED, State.CANCELLING}
        if response.code in {401, 407} and wanted and pending.attempts < MOST_ATTEMPTS:
            request = pending.again(pending.request)
            if self.setup.authorize(request, response):
                self._pending[_key(request)] = _Pending(
                    request, pending.on_answer, pending.again, pending.next_hop, pending.attempts + 1
                )
                self.emit(SendRequest(request, pending.next_hop))
                return
        pending.on_answer(pending.request, response, now_s)

    def failed(self, request: Request, code: int, now_s: float) -> None:
        """No answer came: as if it had been 408, or 503 for a transport that failed (RFC 3261 8.1.3.1)."""
        pending = self._pending.pop(_key(request), None)
        if pending is not None:
            pending.on_answer(pending.request, reply(pending.request, code), now_s)

    def forget(self, request: Request) -> None:
        """Its answers are not waited for any more."""
        self._pending.pop(_key(request), None)

    def bye(self, reason: str = "") -> None:
        """Say goodbye in the dialog; the state has moved to leaving already."""
        self.sleep("refresh", "expiry", "glare", "transfer")
        self.send_inside("BYE", self._on_bye_answered, [("Reason", reason)] if reason else [])

    def lose(self, code: int) -> None:
        """The peer does not know the dialog, or is gone: it is still told goodbye (RFC 3261 12.2.1.2)."""
        if self.step(Step.LOST):
            self.end(EndReason.LOST, code)
            self.bye()

    def _on_bye_answered(self, _request: Request, response: Response, _now_s: float) -> None:
        if response.code >= 200:
            self.step(Step.BYE_ANSWERED)


def _key(request: Request) -> tuple[int, str, str]:
    return cseq_of(request).sequence, request.method, tag_of(request.headers.get("To") or "") or ""


def sdp_of(message: Request | Response) -> bytes | None:
    """The session description that it carries; None without a body. Raises WireError for another body."""
    if not message.body:
        return None
    kind = (message.headers.get("Content-Type") or "").split(";")[0].strip().lower()
    if kind != SDP:
        raise WireError("SIP: a body that is no application/sdp")
    return message.body
