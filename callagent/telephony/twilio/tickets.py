"""Single-use tokens that bind a media socket to the webhook of its call.

Twilio strips the query from a `<Stream>`'s address, so the token travels in a `<Parameter>`. Whoever opens a media
socket must show, in `start`, a token that this server gave to that very CallSid not long ago. Time is an argument.
"""

import secrets
from dataclasses import dataclass
from typing import Final

LIFETIME_S: Final = 60.0
MOST: Final = 10_000
"""Tokens kept; beyond that the oldest go, so that a flood of webhooks cannot fill the memory."""


@dataclass(slots=True)
class _Ticket:
    token: str
    issued_s: float
    used: bool = False


class TicketOffice:
    """All tokens of a server."""

    def __init__(self, lifetime_s: float = LIFETIME_S) -> None:
        self.lifetime_s = lifetime_s
        self._by_call: dict[str, _Ticket] = {}

    def issue(self, call_sid: str, now_s: float) -> str:
        """A token for this call; the same one when asked again within its life.

        A webhook that is replayed must not mint a fresh token, so a token that was used stays the answer until its
        life is over.
        """
        self._forget(now_s)
        ticket = self._by_call.get(call_sid)
        if ticket is None:
            ticket = self._by_call[call_sid] = _Ticket(secrets.token_urlsafe(24), now_s)
        return ticket.token

    def renew(self, call_sid: str, now_s: float) -> str:
        """A fresh token for a call that comes back: the one that it had opens nothing any more."""
        self._by_call.pop(call_sid, None)
        return self.issue(call_sid, now_s)

    def redeem(self, call_sid: str, token: str, now_s: float) -> bool:
        """Whether `token` opens this call's stream; it does so once."""
        self._forget(now_s)
        ticket = self._by_call.get(call_sid)
        if ticket is None or ticket.used or not secrets.compare_digest(ticket.token.encode(), token.encode()):
            return False
        ticket.used = True
        return True

    def withdraw(self, call_sid: str) -> None:
        """The call is over: its token opens nothing any more."""
        if ticket := self._by_call.get(call_sid):
            ticket.used = True

    def knows(self, call_sid: str, now_s: float) -> bool:
        """Whether the call was given a token within its life, used or not."""
        self._forget(now_s)
        return call_sid in self._by_call

    def waiting(self, now_s: float) -> list[str]:
        """The calls whose tokens may still be redeemed: callers who are on their way here."""
        self._forget(now_s)
        return [call_sid for call_sid, ticket in self._by_call.items() if not ticket.used]

    def _forget(self, now_s: float) -> None:
        # Insertion order is age order, so the old ones are in front.
        while self._by_call:
            call_sid, ticket = next(iter(self._by_call.items()))
            if now_s - ticket.issued_s <= self.lifetime_s and len(self._by_call) < MOST:
                return
            del self._by_call[call_sid]
