"""Who is calling, as the dialplan said before the call came: AudioSocket itself names nothing but a UUID.

Time is an argument.
"""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

LIFETIME_S: Final = 60.0
"""The call comes at once, or not at all."""
MOST: Final = 1000
"""Calls that are announced; beyond that the oldest is forgotten."""
NUMBER: Final = re.compile(r"\+?[0-9*#]{1,20}")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Of a call; each is empty where nobody said."""

    caller: str = ""
    called: str = ""
    can_transfer: bool = False
    """Whether the dialplan says that it asks whom to ring next when the agent has hung up."""


def number(text: str) -> str:
    """A number as a dialplan gave it; empty for what is none, such as the name of a SIP user."""
    return text if NUMBER.fullmatch(text) else ""


class Announced:
    """One per server."""

    def __init__(self) -> None:
        self._calls: dict[UUID, tuple[float, Numbers]] = {}

    def add(self, call: UUID, numbers: Numbers, now_s: float) -> None:
        """A call is about to come."""
        self._forget(now_s)
        while len(self._calls) >= MOST:
            del self._calls[next(iter(self._calls))]
        self._calls.pop(call, None)
        self._calls[call] = now_s, numbers

    def take(self, call: UUID, now_s: float) -> Numbers:
        """Whose call this is; told once."""
        self._forget(now_s)
        return self._calls.pop(call, (now_s, Numbers()))[1]

    def _forget(self, now_s: float) -> None:
        while self._calls and now_s - next(iter(self._calls.values()))[0] > LIFETIME_S:
            del self._calls[next(iter(self._calls))]
