"""Callers who are known from earlier calls: what is kept of them, and how a call asks for it without waiting.

The number itself is never kept: callers are told apart by a keyed hash of it. What a caller chose to be known by is
kept with their consent and until it expires. A call that was cut off is kept for ten minutes, to be taken up where it
was.
"""

import asyncio
import hmac
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

import structlog

from callagent.call.faults import fault

KEPT: Final = timedelta(days=180)
"""How long a caller is known after the last call."""
RESUMABLE: Final = timedelta(minutes=10)
"""How long a call that was cut off may be taken up."""
ANSWER_S: Final = 0.3
"""The longest that an answer to a caller waits for the store; after it the caller is as good as unknown."""
WRITE_S: Final = 5.0
MOST_WAITING: Final = 50
"""Questions to a store that does not answer; more are not asked."""
_CALLER: Final = "\u0001caller\u0001"
"""Stands for the number in what is kept of a call."""

log = structlog.get_logger("callagent.call")

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """What a caller chose to be known by."""

    language: str = ""
    name: str = ""
    open_orders: tuple[str, ...] = ()
    last_topic: str = ""
    disposition: str = ""
    """How the last call ended."""
    step: str = ""
    """Where it ended."""

    def facts(self) -> dict[str, str]:
        """For the `when` of a flow, and its lines; what is not known is left out."""
        values = {
            "caller": "known",
            "caller's last call": self.disposition,
            "caller's last step": self.step,
            "caller's last topic": self.last_topic,
            "caller's name": self.name,
            "caller's orders": ", ".join(self.open_orders),
            "language": self.language,
        }
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class UnfinishedCall:
    """A call that was cut off in the middle."""

    flow: str
    flow_version: str
    """It can be taken up only in the version that it was in."""
    state: Mapping[str, Any]
    """The dialogue's state as plain JSON data."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """What is known when a call begins."""

    facts: Mapping[str, str] = field(default_factory=lambda: {"caller": "new"})
    unfinished: UnfinishedCall | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    """What a call knows of its caller, and may or may not keep."""

    known: Mapping[str, str] = field(default_factory=dict)
    """From earlier calls."""
    consent: bool | None = None
    """To being remembered; None when the caller was not asked in this call."""
    kept: Mapping[str, str] = field(default_factory=dict)
    """Values for the next calls, should the caller agree."""


class CallerMemory(Protocol):
    """A store of callers by their keys. Every method may raise StoreError, and may take long."""

    async def recall(self, key: str, now: datetime) -> Acquaintance | None:
        """What is known of a caller; None for one who is not known, or no longer."""
        ...

    async def remember(
        self, key: str, values: Acquaintance, *, consent: bool, expires: datetime, now: datetime
    ) -> bool:
        """Keep it in place of what was known; without consent nothing is kept, and what was is deleted."""
        ...

    async def forget(self, key: str) -> None:
        """Delete all that there is of a caller."""
        ...

    async def keep(self, key: str, unfinished: UnfinishedCall, *, expires: datetime, now: datetime) -> None:
        """Keep a call that was cut off, in place of an earlier one."""
        ...

    async def take(self, key: str, now: datetime) -> UnfinishedCall | None:
        """The call that was cut off, once: it is deleted. None when there is none, or it came too late."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


def caller_key(number: str, secret: str) -> str:
    """The key that a caller is known by; empty for a number that is withheld, which is nobody's.

    Without the secret no number can be tried against it. Raises ValueError for a secret that is too short to be one.
    """
    if len(secret) < 16:
        raise ValueError("the secret that callers' keys are made with needs 16 characters or more")
    plain = "".join(char for char in number if char.isascii() and char.isdigit())
    return hmac.new(secret.encode(), plain.encode(), "sha256").hexdigest() if len(plain) >= 6 else ""


class Reception:
    """Asks the store for a call, and lets neither its slowness nor its faults reach the caller."""

    def __init__(self, memory: CallerMemory, secret: str, answer_s: float = ANSWER_S) -> None:
        caller_key("", secret)  # a bad secret is to be told at start, not in a call
        self._memory = memory
        self._secret = secret
        self._answer_s = answer_s
        self._asked: set[asyncio.Task[Any]] = set()

    async def welcome(self, number: str, flow: str, flow_version: str, now: datetime) -> Welcome:
        """What is known of a caller who has just been answered; nothing when the store fails or is late."""
        key = caller_key(number, self._secret)
        if not key:
            return Welcome()
        known, unfinished = await asyncio.gather(
            self._in_time(lambda: self._memory.recall(key, now), self._answer_s),
            self._in_time(lambda: self._memory.take(key, now), self._answer_s),
        )
        if unfinished is not None and (unfinished.flow, unfinished.flow_version) != (flow, flow_version):
            unfinished = None
        if unfinished is not None:
            unfinished = replace(unfinished, state=_replaced(unfinished.state, _CALLER, number))
        return Welcome({"caller": "new"} if known is None else known.facts(), unfinished)

    async def remember(self, number: str, values: Acquaintance, *, consent: bool, now: datetime) -> None:
        """Keep what the caller allowed to be kept, after the call. Never raises."""
        key = caller_key(number, self._secret)
        if key:
            await self._in_time(
                lambda: self._memory.remember(key, values, consent=consent, expires=now + KEPT, now=now), WRITE_S
            )

    async def keep(self, number: str, unfinished: UnfinishedCall, now: datetime) -> None:
        """Keep a call that the caller dropped in the middle, without the caller's number. Never raises."""
        key = caller_key(number, self._secret)
        if key:
            bare = replace(unfinished, state=_replaced(unfinished.state, number, _CALLER))
            await self._in_time(lambda: self._memory.keep(key, bare, expires=now + RESUMABLE, now=now), WRITE_S)

    async def aclose(self) -> None:
        """Wait a little for what is still being written, then let go."""
        if self._asked:
            _, late = await asyncio.wait(self._asked, timeout=WRITE_S)
            for task in late:
                task.cancel()
        await self._memory.aclose()

    async def _in_time(self, ask: Callable[[], Coroutine[Any, Any, Result | None]], within_s: float) -> Result | None:
        """The answer; None when there is none in time.

        A late one is left to end by itself: to cut it off in the middle would cost the connection.
        """
        if len(self._asked) >= MOST_WAITING:
            return None
        task = asyncio.create_task(ask())
        self._asked.add(task)
        task.add_done_callback(self._done)
        done, _ = await asyncio.wait({task}, timeout=within_s)
        if not done:
            log.warning("the store of callers is late", waited_s=within_s)
            return None
        return None if task.cancelled() or task.exception() else task.result()

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._asked.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("the store of callers failed", **fault(error))


def _replaced(value: Any, what: str, by: str) -> Any:
    """JSON data with a text replaced wherever it stands."""
    if isinstance(value, str):
        return value.replace(what, by)
    if isinstance(value, Mapping):
        return {name: _replaced(inner, what, by) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(inner, what, by) for inner in value]
    return value
