"""Being registered at a trunk (RFC 3261 10.2): REGISTER, again before it ends, again after failures, and goodbye."""

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from sipmessage import Request, Response

from callagent.errors import WireError
from callagent.telephony.sip.messages.message import OwnRequest
from callagent.telephony.sip.messages.replies import with_body
from callagent.telephony.sip.messages.verbatim import addresses, is_loose, read_uri, uri_of
from callagent.telephony.sip.sessions.dialog import MAX_FORWARDS, again, cseq_of
from callagent.telephony.sip.sessions.session_core import MOST_ATTEMPTS, Authorize
from callagent.telephony.sip.sessions.session_events import SendRequest
from callagent.telephony.sip.trunks.registration_states import TRANSITIONS, RegistrationState, RegistrationStep

SHORTEST_PAUSE_S: Final = 30.0
LONGEST_PAUSE_S: Final = 1800.0
"""Pauses after failures double from the one to the other, each shortened by chance by up to half (RFC 5626 4.5)."""
LONGEST_ASKED_S: Final = 3600.0
"""No registrar is left alone for longer than this for asking to be (Retry-After)."""
LONGEST_EXPIRES_S: Final = 86_400
SHORTEST_REFRESH_S: Final = 5.0
"""No registrar is asked more often, whatever it grants."""
REFRESH_MARGIN_S: Final = 40.0
"""A refresh begins so long before the end, which leaves it the 32 s that a request may take."""

DENIED: Final = frozenset({401, 403, 404, 407})
"""A person has to mend these; asking often gets an account or an address locked."""


ASKING: Final = frozenset(
    {RegistrationState.REGISTERING, RegistrationState.REFRESHING, RegistrationState.UNREGISTERING}
)
"""States that begin with a REGISTER."""


@dataclass(frozen=True, slots=True)
class TrunkAccount:
    """Where to register, and as whom."""

    registrar: str
    """The request's URI: `sip:example.org`, without a user."""
    user: str = field(repr=False)
    """The account's name or number at the registrar."""
    contact: str = field(repr=False)
    """Where calls are to be sent: `<sip:agent@192.0.2.7:5060>`."""
    call_id: str
    """Unique to this registration, and the same for its whole life."""
    user_phone: bool = False
    """Whether addresses say `;user=phone`, as some trunks demand."""
    expires_s: int = 600
    """What is asked for; the registrar's answer counts."""
    routes: tuple[str, ...] = ()
    """An outbound proxy, such as `<sip:proxy.example.org;lr>`."""
    authorize: Authorize = field(default=lambda _request, _challenge: False, repr=False)


@dataclass(frozen=True, slots=True)
class Registered:
    """Calls can come for so long; it is refreshed before."""

    expires_s: int


@dataclass(frozen=True, slots=True)
class RegistrationFailed:
    """It is tried again by itself. `code` is 408 when nobody answered, 503 when nothing could be sent."""

    code: int
    retry_s: float
    denied: bool
    """Whether a person has to mend it: a wrong password, an unknown account."""


@dataclass(frozen=True, slots=True)
class Unregistered:
    """After `stop`: nothing more comes."""


RegistrationOutput: TypeAlias = SendRequest | Registered | RegistrationFailed | Unregistered


def phone_uri(user: str, host: str, *, user_phone: bool) -> str:
    """The URI of an account or a number at a trunk, for From, To and the request itself."""
    return f"sip:{user}@{host}{';user=phone' if user_phone else ''}"


class Registration:
    """One account at one registrar. Raises WireError for addresses of the account that are none."""

    def __init__(self, account: TrunkAccount, chance: Callable[[], float] = random.random) -> None:
        self.state = RegistrationState.IDLE
        self._account = account
        self._chance = chance
        self._uri = read_uri(account.registrar)
        self._contact = uri_of(account.contact)
        self._tag = secrets.token_hex(8)
        self._cseq = 0
        self._expires_s = account.expires_s
        self._failures = 0
        self._attempts = 0
        self._sent: Request | None = None
        self._due_s: float | None = None
        self._valid_until_s: float | None = None
        self._out: list[RegistrationOutput] = []

    def registered(self, now_s: float) -> bool:
        """Whether the registrar still knows us: also while a refresh is on its way, or has failed once."""
        return self._valid_until_s is not None and now_s < self._valid_until_s

    @property
    def next_due_s(self) -> float | None:
        """When `on_time` wants to be called next."""
        return self._due_s

    def start(self) -> list[RegistrationOutput]:
        """Register, and stay so until `stop`."""
        return self._move(RegistrationStep.START)

    def stop(self, now_s: float) -> list[RegistrationOutput]:
        """Give the registration back (10.2.2); `Unregistered` follows in any case."""
        self._due_s = None
        nothing = self.state is RegistrationState.WAITING and not self.registered(now_s)
        return self._move(RegistrationStep.DROP if nothing else RegistrationStep.STOP)

    def on_time(self, now_s: float) -> list[RegistrationOutput]:
        """The time has come."""
        if self._due_s is None or now_s < self._due_s:
            return []
        self._due_s = None
        return self._move(RegistrationStep.DUE)

    def timed_out(self, now_s: float) -> list[RegistrationOutput]:
        """Nobody answered in time."""
        return self._fail(408, None, now_s)

    def undeliverable(self, now_s: float) -> list[RegistrationOutput]:
        """The request could not be sent."""
        return self._fail(503, None, now_s)

    def receive_response(self, response: Response, now_s: float) -> list[RegistrationOutput]:
        """An answer; one to an older request, or none at all, is dropped."""
        sent = self._sent
        try:
            if sent is None or cseq_of(response) != cseq_of(sent) or response.code < 200:
                return []
        except WireError:
            return []
        if response.code < 300:
            return self._accept(response, now_s)
        if response.code in {401, 407} and self._attempts < MOST_ATTEMPTS:
            signed = again(sent, self._cseq + 1)
            if self._account.authorize(signed, response):
                return self._resend(signed)
        if response.code == 423 and self._attempts < MOST_ATTEMPTS and (longer := self._longer(response)):
            self._expires_s = longer
            return self._resend(again(sent, self._cseq + 1, [("Expires", str(longer))]))
        return self._fail(response.code, _number(response.headers.get("Retry-After"), LONGEST_ASKED_S), now_s)

    def _move(self, step: RegistrationStep) -> list[RegistrationOutput]:
        following = TRANSITIONS[self.state].get(step)
        if following is not None:
            self.state = following
            if following in ASKING:
                self._ask()
            elif following is RegistrationState.STOPPED:
                self._sent, self._valid_until_s, self._due_s = None, None, None
                self._out.append(Unregistered())
        taken, self._out = self._out, []
        return taken

    def _ask(self) -> None:
        account = self._account
        person = f"<{phone_uri(account.user, self._host, user_phone=account.user_phone)}>"
        leaving = self.state is RegistrationState.UNREGISTERING
        self._cseq += 1
        self._attempts = 0
        request = OwnRequest("REGISTER", self._uri)
        for route in account.routes:
            request.headers.add("Route", route)
        for name, value in (
            ("Max-Forwards", MAX_FORWARDS),
            ("From", f"{person};tag={self._tag}"),
            ("To", person),
            ("Call-ID", account.call_id),
            ("CSeq", f"{self._cseq} REGISTER"),
            ("Contact", account.contact),
            ("Expires", "0" if leaving else str(self._expires_s)),
        ):
            request.headers.set(name, value)
        self._send(with_body(request))

    def _resend(self, request: Request) -> list[RegistrationOutput]:
        self._cseq += 1
        self._send(request)
        taken, self._out = self._out, []
        return taken

    def _send(self, request: Request) -> None:
        self._attempts += 1
        self._sent = request
        routes = self._account.routes
        nearest = uri_of(routes[0]) if routes else self._uri
        self._out.append(SendRequest(request, nearest if routes and is_loose(nearest) else self._uri))

    @property
    def _host(self) -> str:
        return self._uri.host if self._uri.port is None else f"{self._uri.host}:{self._uri.port}"

    def _accept(self, response: Response, now_s: float) -> list[RegistrationOutput]:
        self._sent = None
        expires_s = self._granted(response)
        if self.state is not RegistrationState.UNREGISTERING:
            if expires_s == 0:
                return self._fail_now(response.code, None, now_s)
            self._failures = 0
            self._valid_until_s = now_s + expires_s
            margin_s = REFRESH_MARGIN_S if expires_s > 2 * REFRESH_MARGIN_S else expires_s / 2
            if self.state is not RegistrationState.STOPPING:
                self._due_s = now_s + max(expires_s - margin_s, SHORTEST_REFRESH_S)
                self._out.append(Registered(expires_s))
        return self._move(RegistrationStep.ACCEPTED)

    def _granted(self, response: Response) -> int:
        """Our Contact's own time, else that of the whole answer, else what we asked for (10.2.4)."""
        try:
            contacts = [(uri_of(one), one) for one in addresses(response, "Contact")]
        except WireError:
            contacts = []
        ours = [one for uri, one in contacts if (uri.user, uri.host) == (self._contact.user, self._contact.host)]
        exactly = [one for uri, one in contacts if uri.port == self._contact.port and one in ours]
        # A registrar behind a NAT of ours may have put another address in its place.
        for one in exactly or ours or [text for _, text in contacts[:1]]:
            parameters = one[one.rfind(">") + 1 :].split(";")
            for name, _, value in (parameter.partition("=") for parameter in parameters):
                if name.strip().lower() == "expires" and (told := _number(value, LONGEST_EXPIRES_S)) is not None:
                    return int(told)
        told = _number(response.headers.get("Expires"), LONGEST_EXPIRES_S)
        return self._expires_s if told is None else int(told)

    def _longer(self, response: Response) -> int | None:
        """What a 423 asks for, where that is more than we asked for, so that it comes to an end (10.2.8)."""
        wanted = _number(response.headers.get("Min-Expires"), LONGEST_EXPIRES_S)
        leaving = self.state is RegistrationState.UNREGISTERING
        return int(wanted) if wanted is not None and wanted > self._expires_s and not leaving else None

    def _fail(self, code: int, asked_s: float | None, now_s: float) -> list[RegistrationOutput]:
        return [] if self._sent is None else self._fail_now(code, asked_s, now_s)

    def _fail_now(self, code: int, asked_s: float | None, now_s: float) -> list[RegistrationOutput]:
        self._sent = None
        if self.state in {RegistrationState.REGISTERING, RegistrationState.REFRESHING}:
            longest = LONGEST_PAUSE_S if code in DENIED else min(SHORTEST_PAUSE_S * 2**self._failures, LONGEST_PAUSE_S)
            pause_s = max(longest * (0.5 + 0.5 * self._chance()), asked_s or 0.0)
            self._failures = min(self._failures + 1, 16)
            self._due_s = now_s + pause_s
            self._out.append(RegistrationFailed(code, pause_s, code in DENIED))
        return self._move(RegistrationStep.FAILED)


def _number(text: str | None, most: float) -> float | None:
    """The whole number that a header begins with, at most `most`; None where it begins with none."""
    digits = (text or "").strip().split(";")[0].split(" ")[0]
    if not digits.isascii() or not digits.isdigit() or len(digits) > 10:
        return None
    return min(float(digits), most)
