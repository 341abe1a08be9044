"""Which worker of a server takes which call: one table for all of them. Pure; time is an argument.

A worker is a process that serves calls. A server of one process is a single worker, number 0. Whoever is told to
connect is *promised* to the least loaded worker that can serve one more call well; the token of that promise opens one
stream, whichever worker it reaches.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from callagent.telephony.twilio.tickets import TicketOffice

STALE_S: Final = 3.0
"""A worker that has not reported for so long hangs."""
MOST_HOMES: Final = 10_000
"""Calls of which it is known who had them; beyond that the oldest are forgotten."""

Refusal: TypeAlias = Literal["busy", "stopping"]
"""Why a call is not taken now: none could serve it well, or the server is about to end."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What a caller is told to connect with, and to whom."""

    token: str
    worker: int


@dataclass(slots=True)
class _Worker:
    admits: bool = False
    """Whether it says that it can serve another call well."""
    reported_s: float = 0.0
    calls: set[str] = field(default_factory=set)


class Exchange:
    """All promises and calls of a server; with `most_calls` it takes no more than those at one time, 0 for any."""

    def __init__(self, most_calls: int = 0) -> None:
        self.tickets = TicketOffice()
        self.stopping = False
        """Whether new calls are turned away because the server is about to end."""
        self._most_calls = most_calls
        self._workers: dict[int, _Worker] = {}
        self._homes: OrderedDict[str, int] = OrderedDict()
        """By call: the worker that it is promised to, or that had it last."""

    def enter(self, worker: int) -> None:
        """A worker has begun; it is given calls once it reports that it admits them."""
        self._workers[worker] = _Worker()

    def leave(self, worker: int) -> int:
        """A worker is gone; how many calls are with it."""
        gone = self._workers.pop(worker, None)
        return len(gone.calls) if gone else 0

    def report(self, worker: int, now_s: float, *, admits: bool) -> None:
        """A worker says how it is."""
        if known := self._workers.get(worker):
            known.admits, known.reported_s = admits, now_s

    def offer(self, call_sid: str, now_s: float) -> Promise | Refusal:
        """Promise a call to a worker, or say why not; a call that is promised already stays so."""
        if self.stopping:
            return "stopping"
        if self.tickets.knows(call_sid, now_s):
            return self._promise(call_sid, self.tickets.issue(call_sid, now_s), now_s)
        if self._most_calls and sum(self.loads(now_s).values()) >= self._most_calls:
            return "busy"
        worker = self.least_loaded(now_s)
        if worker is None:
            return "busy"
        self._settle(call_sid, worker)
        return Promise(self.tickets.issue(call_sid, now_s), worker)

    def come_back(self, call_sid: str, now_s: float) -> Promise:
        """A call that was handed over comes back, to the worker that had it if that is still there."""
        return self._promise(call_sid, self.tickets.renew(call_sid, now_s), now_s)

    def redeem(self, call_sid: str, token: str, worker: int, now_s: float) -> bool:
        """Whether the token opens this call's stream, at that worker; it does so once."""
        if not self.tickets.redeem(call_sid, token, now_s):
            return False
        self._settle(call_sid, worker)
        if worker in self._workers:
            self._workers[worker].calls.add(call_sid)
        return True

    def left(self, call_sid: str, worker: int) -> None:
        """A call's stream at that worker is over."""
        if worker in self._workers:
            self._workers[worker].calls.discard(call_sid)

    def over(self, call_sid: str) -> int | None:
        """The carrier says that the call is over: its token opens nothing any more. The worker that had it."""
        self.tickets.withdraw(call_sid)
        return self._homes.pop(call_sid, None)

    def home(self, call_sid: str) -> int | None:
        """The worker that a call is promised to, or that had it last; None for one that is over or was never here."""
        return self._homes.get(call_sid)

    def promised(self, worker: int, now_s: float) -> int:
        """How many callers are on their way to a worker."""
        return sum(self._homes.get(call_sid) == worker for call_sid in self.tickets.waiting(now_s))

    def loads(self, now_s: float) -> dict[int, int]:
        """By worker: how many calls it has or is promised."""
        loads = {number: len(worker.calls) for number, worker in self._workers.items()}
        for call_sid in self.tickets.waiting(now_s):
            home = self._homes.get(call_sid)
            if home in loads:
                loads[home] += 1
        return loads

    def least_loaded(self, now_s: float) -> int | None:
        """The worker that a new call is best given to; None when none could serve it well."""
        loads = self.loads(now_s)
        fit = [number for number, worker in self._workers.items() if worker.admits and not self.hangs(number, now_s)]
        return min(fit, key=lambda number: (loads[number], number), default=None)

    def hangs(self, worker: int, now_s: float) -> bool:
        """Whether a worker has not said for some seconds how it is, or there is none of that number."""
        return self.silent_s(worker, now_s) > STALE_S

    def silent_s(self, worker: int, now_s: float) -> float:
        """Seconds since a worker said how it is; endless for one that there is not."""
        known = self._workers.get(worker)
        return now_s - known.reported_s if known else float("inf")

    def _promise(self, call_sid: str, token: str, now_s: float) -> Promise:
        home = self._homes.get(call_sid)
        if home is None or home not in self._workers:
            loads = self.loads(now_s)
            least = self.least_loaded(now_s)
            home = least if least is not None else min(loads, key=loads.__getitem__, default=0)
        self._settle(call_sid, home)
        return Promise(token, home)

    def _settle(self, call_sid: str, worker: int) -> None:
        self._homes[call_sid] = worker
        self._homes.move_to_end(call_sid)
        while len(self._homes) > MOST_HOMES:
            self._homes.popitem(last=False)
