"""Session timers (RFC 4028): who refreshes a session, when, and when it counts as dead.

The side that is the refresher sends a re-INVITE or UPDATE at half the interval; the other ends the session when none
has come shortly before the interval is over.
"""

import re
from collections.abc import Callable
from typing import Final

from sipmessage import Request, Response

from callagent.telephony.sip.messages.verbatim import words
from callagent.telephony.sip.sessions.session_core import Core

SHORTEST_S: Final = 90
"""The least that RFC 4028 5 allows anybody to ask for."""
LONGEST_S: Final = 86_400
MOST_LONGER: Final = 5
"""Refusals as too short that are followed in one session: each proxy on the way may ask for more, but not for ever."""

EXPIRES = re.compile(r"\s*(?P<seconds>[0-9]{1,9})\s*(;.*)?")
REFRESHER = re.compile(r";\s*refresher\s*=\s*(uac|uas)\b", re.IGNORECASE)


class SessionTimer:
    """The timer of one session. `refresh` and `expire` are called with the time when they are due."""

    def __init__(self, core: Core, refresh: Callable[[float], None], expire: Callable[[float], None]) -> None:
        self._core = core
        self._refresh = refresh
        self._expire = expire
        self._interval_s = core.setup.session_expires_s
        self._shortest_s = SHORTEST_S
        self._asked_longer = 0
        self._ours = False
        self.active = False

    def ask(self) -> list[tuple[str, str]]:
        """The headers of a request of ours that asks for a timer, or refreshes the one that runs."""
        headers = [("Session-Expires", str(self._interval_s)), ("Min-SE", str(self._shortest_s))]
        if self.active:
            headers[0] = ("Session-Expires", f"{self._interval_s};refresher={'uac' if self._ours else 'uas'}")
        return headers

    def ask_longer(self, response: Response) -> list[tuple[str, str]]:
        """The headers to ask again with after a 422; none when it asks for nothing longer (RFC 4028 7.3)."""
        wanted = _seconds(response.headers.get("Min-SE"))
        if wanted is None or not self._shortest_s < wanted <= LONGEST_S or self._asked_longer >= MOST_LONGER:
            return []
        self._asked_longer += 1
        self._shortest_s = wanted
        self._interval_s = max(self._interval_s, wanted)
        return self.ask()

    def too_short(self, request: Request) -> list[tuple[str, str]]:
        """The headers of a 422 to a request that asks for less than is allowed; none for any other."""
        wanted = _seconds(request.headers.get("Session-Expires"))
        knows = "timer" in words(request, "Supported") | words(request, "Require")
        return [("Min-SE", str(SHORTEST_S))] if knows and wanted is not None and wanted < SHORTEST_S else []

    def settle_as_callee(self, request: Request, now_s: float) -> list[tuple[str, str]]:
        """The headers of our 2xx to their request (RFC 4028 9); the timer runs from now on, if they know it."""
        wanted = request.headers.get("Session-Expires")
        seconds = _seconds(wanted)
        if seconds is None:
            return []
        knows = "timer" in words(request, "Supported") | words(request, "Require")
        told = REFRESHER.search(wanted or "")
        theirs = knows and (told is None or told[1].lower() == "uac")
        self._interval_s = min(max(seconds, SHORTEST_S), LONGEST_S)
        self._run(now_s, ours=not theirs)
        headers = [("Session-Expires", f"{self._interval_s};refresher={'uac' if theirs else 'uas'}")]
        return [*headers, ("Require", "timer")] if theirs else headers

    def settle_as_caller(self, response: Response, now_s: float) -> None:
        """What their 2xx to our request says (RFC 4028 7.2); without a word there is no timer."""
        told = response.headers.get("Session-Expires")
        seconds = _seconds(told)
        if seconds is None:
            self.stop()
            return
        self._interval_s = min(max(seconds, SHORTEST_S), LONGEST_S)
        refresher = REFRESHER.search(told or "")
        self._run(now_s, ours=refresher is None or refresher[1].lower() == "uac")

    def stop(self) -> None:
        """There is nothing to refresh."""
        self.active = False
        self._core.sleep("refresh", "expiry")

    def _run(self, now_s: float, *, ours: bool) -> None:
        self.stop()
        self.active, self._ours = True, ours
        if ours:
            self._core.wake("refresh", now_s + self._interval_s / 2, self._refresh)
        margin_s = min(32.0, self._interval_s / 3)
        self._core.wake("expiry", now_s + self._interval_s - margin_s, self._expire)


def _seconds(value: str | None) -> int | None:
    found = EXPIRES.fullmatch(value or "")
    return int(found["seconds"]) if found else None
