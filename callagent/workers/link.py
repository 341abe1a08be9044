"""The parent as a worker sees it: promises of calls, orders, connections, and the view of all workers."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog

from callagent.telephony.twilio.exchange import Promise, Refusal
from callagent.workers.channel import Channel
from callagent.workers.topic import Topic

REPORT_S: Final = 0.5
"""How often a worker says how it is."""
UNANSWERED: Final = (ConnectionError, TimeoutError)

log = structlog.get_logger("callagent.workers")


@dataclass(frozen=True, slots=True)
class Here:
    """What the parent wants of a worker."""

    take: Callable[[socket.socket], Awaitable[None]]
    """Serve a connection."""
    admits: Callable[[], bool]
    """Whether it can serve another call well."""
    not_ready: Callable[[], str | None]
    """Why no call should be sent to it, or None."""
    view: Callable[[], dict[str, Any]]
    """What it shows of itself."""
    over: Callable[[str], None]
    """The carrier says that a call is over."""


class ParentLink:
    """One per worker: its `Switchboard`, and everything else that passes between it and its parent."""

    def __init__(self, worker: int, channel_fd: int, deliveries_fd: int) -> None:
        self.worker = worker
        self.stop = asyncio.Event()
        """Take no more calls, and end when there are none; also when the parent is gone."""
        self.hurry = asyncio.Event()
        """End at once."""
        self._channel = Channel(socket.socket(fileno=channel_fd), self._on_message)
        self._deliveries = socket.socket(fileno=deliveries_fd)
        self._deliveries.settimeout(0)
        self._here: Here | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def open(self, here: Here) -> None:
        """Take connections and orders, and report, from now on."""
        self._here = here
        await self._channel.open()
        self._channel.tell(Topic.UP)
        asyncio.get_running_loop().add_reader(self._deliveries, self._take)
        self._keep(self._report(here))
        self._keep(self._orphaned())

    async def aclose(self) -> None:
        """No more of that."""
        asyncio.get_running_loop().remove_reader(self._deliveries)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._deliveries.close()
        await self._channel.aclose()

    async def offer(self, call_sid: str) -> Promise | Refusal:
        """As `Exchange.offer`; "busy" when the parent does not answer."""
        return await self._promise(Topic.OFFER, call_sid)

    async def come_back(self, call_sid: str) -> Promise | Refusal:
        """As `Exchange.come_back`; "busy" when the parent does not answer."""
        return await self._promise(Topic.COME_BACK, call_sid)

    async def _promise(self, what: Topic, call_sid: str) -> Promise | Refusal:
        with suppress(*UNANSWERED):
            answer = await self._channel.ask(what, call_sid=call_sid)
            return Promise(**answer) if isinstance(answer, dict) else answer
        return "busy"

    async def redeem(self, call_sid: str, token: str) -> bool:
        """Whether the token opens this call's stream here; it does so once."""
        with suppress(*UNANSWERED):
            return bool(await self._channel.ask(Topic.REDEEM, call_sid=call_sid, token=token))
        return False

    def left(self, call_sid: str) -> None:
        """The call's stream here is over."""
        self._channel.tell(Topic.LEFT, call_sid=call_sid)

    async def over(self, call_sid: str) -> None:
        """The carrier says that the call is over."""
        self._channel.tell(Topic.OVER, call_sid=call_sid)

    async def promised(self) -> int:
        """How many callers are on their way here."""
        with suppress(*UNANSWERED):
            return int(await self._channel.ask(Topic.PROMISED))
        return 0

    def close(self) -> None:
        """Promise no more calls to this worker."""
        if self._here:
            self._tell_how_it_is(self._here)

    async def not_ready(self, own: str | None) -> str | None:
        """Why no call should be sent to the server, or None when a worker takes calls; `own` without a parent."""
        try:
            reason: str | None = await self._channel.ask(Topic.NOT_READY)
        except UNANSWERED:
            return own
        return reason

    async def views(self) -> dict[str, Any] | None:
        """What every worker shows of itself, as `Parent` gathers it; None when it does not answer."""
        with suppress(*UNANSWERED):
            views: dict[str, Any] = await self._channel.ask(Topic.VIEWS)
            return views
        return None

    async def _on_message(self, what: str, given: dict[str, Any]) -> Any:
        match what:
            case Topic.STOP:
                self.stop.set()
            case Topic.HURRY:
                self.stop.set()
                self.hurry.set()
            case Topic.OVER if self._here:
                self._here.over(given["call_sid"])
            case Topic.VIEW if self._here:
                return self._here.view()
        return None

    def _take(self) -> None:
        """Connections have been delivered."""
        while self._here:
            try:
                said, fds, _, _ = socket.recv_fds(self._deliveries, 1, 1)
            except BlockingIOError:
                return
            except OSError:
                said, fds = b"", []
            if not said:
                asyncio.get_running_loop().remove_reader(self._deliveries)
                return
            for fd in fds:
                self._keep(self._serve(self._here, socket.socket(fileno=fd)))

    async def _serve(self, here: Here, connection: socket.socket) -> None:
        connection.settimeout(0)
        try:
            await here.take(connection)
        except OSError as error:  # whoever connected is gone again
            log.info("connection lost", error=type(error).__name__)
            connection.close()

    async def _report(self, here: Here) -> None:
        while True:
            self._tell_how_it_is(here)
            await asyncio.sleep(REPORT_S)

    def _tell_how_it_is(self, here: Here) -> None:
        self._channel.tell(Topic.REPORT, admits=here.admits(), not_ready=here.not_ready())

    async def _orphaned(self) -> None:
        await self._channel.closed.wait()
        if not self.stop.is_set():
            log.error("the parent process is gone", worker=self.worker)
        self.stop.set()

    def _keep(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
