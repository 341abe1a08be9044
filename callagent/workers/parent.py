"""The parent of a server's workers: it starts them, hands out connections and keeps their common table.

Workers share nothing but what passes through here, so that one that dies takes no other's calls with it. The parent
serves no call and loads neither flows nor models: what it does is little, and little can go wrong with it.
"""

import asyncio
import socket
from collections.abc import Sequence
from typing import Any, Final

import structlog

from callagent.clock import Clock
from callagent.monitor.past import Past
from callagent.resilience.supervision import RestartBudget
from callagent.settings.settings import Settings
from callagent.telephony.server import listen
from callagent.telephony.twilio.exchange import Exchange, Promise
from callagent.workers.child import Child
from callagent.workers.front_door import FrontDoor
from callagent.workers.topic import Topic

OK: Final = 0
FAILED: Final = 1
VIEW_WITHIN_S: Final = 2.0
"""A worker that has not shown itself by then is left out of the view."""
REST_S: Final = 60.0
"""How long a worker that keeps dying is left alone while others serve."""
HUNG_S: Final = 10.0
"""A worker that was ready, and has not said for so long how it is, is ended: its callers hear nothing any more."""
LOOK_S: Final = 1.0
"""How often that is looked at."""
BEYOND_DRAIN_S: Final = 30.0
"""How long workers have to end after their calls have had all the time that a stopping server gives them."""

log = structlog.get_logger("callagent.workers")


class Parent:
    """One per server; `arguments` are those of `callagent serve` for its workers, as the parent got them.

    Making it takes the port. Raises ConfigurationError when that cannot be had.
    """

    def __init__(self, settings: Settings, clock: Clock, arguments: Sequence[str] = ()) -> None:
        self._listener = listen(settings.host, settings.port)
        self.port: int = self._listener.getsockname()[1]
        self.children: dict[int, Child] = {}
        """The workers that there are now, by number."""
        self._numbers = range(1, settings.workers + 1)
        self._host = settings.host
        self._arguments = (*arguments, "--port", str(self.port))
        self._drain_s = settings.drain_s
        self._clock = clock
        self._exchange = Exchange(settings.most_calls)
        self._door = FrontDoor(self._listener, self._hand, self._exchange.home)
        self._turn = 0
        """Counts connections, so that workers which are as good are taken in turn."""
        self._restarts = dict.fromkeys(self._numbers, 0)
        self._past = Past()
        self._status: int | None = None
        """The server's exit status, once it is about to end."""
        self._over = asyncio.Event()
        self._first_up = asyncio.Event()
        self._first_ready = asyncio.Event()
        self._looked_s = clock.now_s()
        self._excused_until_s = 0.0
        """No worker is said to hang before then: it was the parent that heard nothing."""

    async def run(self, stop: asyncio.Event, hurry: asyncio.Event) -> int:
        """Serve until `stop` is set, and the calls are over or `hurry` is set; the process's exit status."""
        log.info("listening", host=self._host, port=self.port, workers=len(self._numbers))
        watching = asyncio.create_task(self._watch(), name="workers watched")
        first, *others = self._numbers
        keeping = [self._begin(first)]
        if await self._goes_on(self._first_up, stop):
            self._door.open()
        # What keeps the first one from being ready it has told then; the others would but repeat it. And they find what
        # it has prepared.
        if await self._goes_on(self._first_ready, stop):
            keeping += map(self._begin, others)
        await self._goes_on(asyncio.Event(), stop)
        self._end(OK)
        await self._stop(keeping, hurry)
        watching.cancel()
        return self._status or OK

    async def _goes_on(self, until: asyncio.Event, stop: asyncio.Event) -> bool:
        """Wait for something; False when the server is to end first."""
        waits = [asyncio.create_task(event.wait()) for event in (until, stop, self._over)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return not stop.is_set() and not self._over.is_set()

    async def _stop(self, keeping: Sequence[asyncio.Task[None]], hurry: asyncio.Event) -> None:
        """Have all workers end: when their calls are over, when somebody is in a hurry, or when that takes too long."""
        self._exchange.stopping = True
        self._tell_all(Topic.STOP)
        ended = asyncio.create_task(_all_of(keeping))
        hurrying = asyncio.create_task(hurry.wait())
        limit_s = self._drain_s + BEYOND_DRAIN_S
        await asyncio.wait({ended, hurrying}, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
        hurrying.cancel()
        self._tell_all(Topic.HURRY)
        await asyncio.wait({ended}, timeout=BEYOND_DRAIN_S)
        for child in tuple(self.children.values()):
            log.error("a worker does not end", worker=child.number)
            child.kill()
        await ended
        self._door.close()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self.look(self._clock.now_s())

    def look(self, now_s: float) -> None:
        """End the workers that hang, with their calls: another one begins in place of each, as of one that dies."""
        if now_s - self._looked_s > HUNG_S / 2:
            # The parent, or the whole machine, stood still: what they have said meanwhile is yet to be read.
            self._excused_until_s = now_s + HUNG_S
        self._looked_s = now_s
        for child in self.children.values():
            silent_s = self._exchange.silent_s(child.number, now_s)
            if child.has_been_ready and silent_s > HUNG_S and now_s >= self._excused_until_s:
                log.error("worker hangs: it is ended, with its calls", worker=child.number, silent_s=round(silent_s))
                child.kill()

    def _begin(self, number: int) -> asyncio.Task[None]:
        return asyncio.create_task(self._keep(number), name=f"worker {number}")

    def _tell_all(self, order: Topic) -> None:
        for child in self.children.values():
            child.channel.tell(order)

    async def _keep(self, number: int) -> None:
        """Have a worker of that number, another one whenever it ends, until the server is about to."""
        budget = RestartBudget()
        while self._status is None:
            try:
                status = await self._have(number)
            except OSError as error:  # the machine has no room for another process
                log.error("worker not started", worker=number, error=type(error).__name__, number=error.errno)
                status = FAILED
            if self._status is not None:
                return
            log.error("worker ended", worker=number, status=status)
            if not self._first_ready.is_set():
                self._end(status if status > 0 else FAILED)  # it has said why
                return
            await self._before_the_next(budget)
            self._restarts[number] += 1

    async def _have(self, number: int) -> int:
        """Have one process of that number until it ends; its exit status. Raises OSError when it cannot be begun."""
        child = await Child.start(number, self._arguments, lambda *message: self._on_message(number, *message))
        self.children[number] = child
        self._exchange.enter(number)
        if self._status is not None:
            child.channel.tell(Topic.STOP)
        log.info("worker started", worker=number, pid=child.pid)
        status = await child.ended()
        del self.children[number]
        self._past.keep(child.last_view)
        if lost := self._exchange.leave(number):
            self._past.lose(lost)
            log.error("calls lost with their worker", worker=number, calls=lost)
        return status

    async def _before_the_next(self, budget: RestartBudget) -> None:
        if budget.spend(self._clock.now_s()):
            return
        if not self.children:
            log.error("all workers keep ending: the server ends")
            self._end(FAILED)
            return
        resting = asyncio.create_task(self._over.wait())
        await asyncio.wait({resting}, timeout=REST_S)
        resting.cancel()

    def _end(self, status: int) -> None:
        if self._status is None:
            self._status = status
        self._over.set()

    def _hand(self, connection: socket.socket, named: int | None) -> bool:
        """Give a connection to the worker that it names, else to one that is ready and has little to do."""
        self._turn += 1
        now_s = self._clock.now_s()
        loads = self._exchange.loads(now_s)
        fit = sorted(
            self.children.values(),
            key=lambda child: (
                child.number != named,
                self._exchange.hangs(child.number, now_s),
                child.not_ready is not None,
                loads.get(child.number, 0),
                (child.number + self._turn) % len(self._numbers),
            ),
        )
        return any(child.deliver(connection) for child in fit)

    async def _on_message(self, number: int, what: str, given: dict[str, Any]) -> Any:
        """A worker asks or tells something."""
        match what:
            case Topic.UP:
                self._first_up.set()
            case Topic.REPORT if number in self.children:
                self._report(self.children[number], **given)
            case Topic.VIEWS:
                return await self._views()
            case Topic.NOT_READY:
                return self._not_ready()
            case _:
                return self._about_a_call(number, what, **given)
        return None

    def _report(self, child: Child, *, admits: bool, not_ready: str | None) -> None:
        child.not_ready = not_ready
        child.has_been_ready = child.has_been_ready or not_ready is None
        self._exchange.report(child.number, self._clock.now_s(), admits=admits and not_ready is None)
        if not_ready is None:
            self._first_ready.set()

    def _about_a_call(self, number: int, what: str, call_sid: str = "", token: str = "") -> Any:
        exchange, now_s = self._exchange, self._clock.now_s()
        match what:
            case Topic.OFFER:
                return _as_data(exchange.offer(call_sid, now_s))
            case Topic.COME_BACK:
                return _as_data(exchange.come_back(call_sid, now_s))
            case Topic.REDEEM:
                return exchange.redeem(call_sid, token, number, now_s)
            case Topic.PROMISED:
                return exchange.promised(number, now_s)
            case Topic.LEFT:
                exchange.left(call_sid, number)
            case Topic.OVER:
                home = exchange.over(call_sid)
                if home in self.children and home != number:
                    self.children[home].channel.tell(Topic.OVER, call_sid=call_sid)
        return None

    def _not_ready(self) -> str | None:
        """Why no call should be sent here, or None when a worker takes calls."""
        reasons = [child.not_ready for child in self.children.values()]
        return "stopping" if self._exchange.stopping else None if None in reasons else (reasons or ["starting"])[0]

    async def _views(self) -> dict[str, Any]:
        """What every worker shows of itself; a worker that does not answer in time shows nothing."""
        children = sorted(self.children.values(), key=lambda child: child.number)
        views = await asyncio.gather(*map(_view, children))
        return {
            "past": self._past.counted,
            "workers": [
                {
                    "worker": child.number,
                    "pid": child.pid,
                    "not_ready": child.not_ready,
                    "restarts": self._restarts[child.number],
                    "view": view,
                }
                for child, view in zip(children, views, strict=True)
            ],
        }


async def _all_of(tasks: Sequence[asyncio.Task[None]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)


async def _view(child: Child) -> dict[str, Any] | None:
    try:
        view: dict[str, Any] | None = await child.channel.ask(Topic.VIEW, VIEW_WITHIN_S)
    except (ConnectionError, TimeoutError):
        return None
    child.last_view = view or child.last_view
    return view


def _as_data(offered: Promise | str) -> dict[str, Any] | str:
    return {"token": offered.token, "worker": offered.worker} if isinstance(offered, Promise) else offered
