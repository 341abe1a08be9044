"""Calls that a server has Twilio begin: how whoever is rung behaves, and what Twilio asks for (Create a Call resource).

Twilio rings, tells the server's status address how that goes, and asks its `Url` for TwiML once somebody picks up.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Literal

E164 = re.compile(r"\+[1-9][0-9]{1,14}")
EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
RING_LIMIT_S = 600
"""The longest `Timeout`; without one it is 60 s."""


@dataclass(frozen=True, slots=True)
class Callee:
    """How a telephone behaves that is rung."""

    answers_after_s: float = 0.05
    """Of ringing; more than the call's timeout is never."""
    answers_when: asyncio.Event | None = None
    """Instead of after a time."""
    instead: Literal["busy", "failed", ""] = ""
    """What comes of it at once, in place of ringing."""
    sip_code: str = ""
    """What the network says of a call that fails, such as 404; Twilio passes it on."""


ANSWERS = Callee()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call as a server asks for it."""

    to: str
    sender: str
    url: str
    timeout_s: int
    status_url: str
    events: frozenset[str]


class UnusableError(Exception):
    """A request for a call that Twilio refuses; `code` is Twilio's."""

    def __init__(self, code: int, what: str) -> None:
        self.code = code
        super().__init__(what)


def wanted(form: "dict[str, list[str]]", numbers: frozenset[str]) -> Wanted:
    """What a form asks for; `numbers` are the account's. Raises UnusableError."""

    def one(name: str) -> str:
        return form.get(name, [""])[-1]

    to, sender, url = one("To"), one("From"), one("Url")
    if not E164.fullmatch(to):
        raise UnusableError(21211, "The 'To' number is not a valid phone number.")
    if numbers and sender not in numbers:
        raise UnusableError(21210, "The source phone number provided is not yet verified for your account.")
    if not E164.fullmatch(sender):
        raise UnusableError(21212, "The 'From' number is not a valid phone number.")
    if not url.startswith(("http://", "https://")):
        raise UnusableError(21205, "Url is not a valid URL.")
    timeout = one("Timeout") or "60"
    if not timeout.isdecimal() or not 1 <= int(timeout) <= RING_LIMIT_S:
        raise UnusableError(21220, "Invalid Timeout.")
    # Without a list of events Twilio tells the end alone.
    events = frozenset(form.get("StatusCallbackEvent", ["completed"]))
    if not events <= EVENTS:
        raise UnusableError(21626, "Status callback event is invalid.")
    return Wanted(to, sender, url, int(timeout), one("StatusCallback"), events)


async def ring(callee: Callee, timeout_s: float) -> str:
    """Ring; the call's status when that is over: "in-progress", or why nobody took it."""
    if callee.instead:
        return callee.instead
    answers = callee.answers_when.wait() if callee.answers_when else asyncio.sleep(callee.answers_after_s)
    try:
        async with asyncio.timeout(timeout_s):
            await answers
    except TimeoutError:
        return "no-answer"
    return "in-progress"
