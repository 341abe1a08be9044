"""A worker's link to its parent; the parent's end is in this process."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from callagent.telephony.twilio.exchange import Promise
from callagent.workers.channel import Channel
from callagent.workers.link import Here, ParentLink


class Pair:
    """A worker's link, what the worker got through it, and the parent's end of it."""

    def __init__(self) -> None:
        theirs, ours = socket.socketpair()
        their_deliveries, self.deliveries = socket.socketpair()
        self.link = ParentLink(2, theirs.detach(), their_deliveries.detach())
        self.parent = Channel(ours, self.on_message)
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {}
        self.served: list[socket.socket] = []
        self.over: list[str] = []
        self.reported = asyncio.Event()

    async def open(self) -> None:
        """Begin."""
        await self.parent.open()
        view = {"health": {"calls": 1}}
        await self.link.open(Here(self.take, lambda: True, lambda: "starting", lambda: view, self.over.append))

    async def on_message(self, what: str, given: dict[str, Any]) -> Any:
        """The parent keeps what it is told, and answers as the test says."""
        self.told.append((what, given))
        if what == "report":
            self.reported.set()
        return self.answers.get(what)

    async def take(self, connection: socket.socket) -> None:
        """Serve a connection."""
        self.served.append(connection)


@pytest.fixture(name="pair")
async def _pair() -> AsyncIterator[Pair]:
    pair = Pair()
    await pair.open()
    yield pair
    await pair.link.aclose()
    await pair.parent.aclose()
    pair.deliveries.close()
    for connection in pair.served:
        connection.close()


async def test_a_worker_says_that_it_is_there_and_how_it_is(pair: Pair) -> None:
    """At once, and from then on."""
    await pair.reported.wait()

    assert pair.told == [("up", {}), ("report", {"admits": True, "not_ready": "starting"})]


async def test_promises_come_from_the_parent(pair: Pair) -> None:
    """As from a table of the worker's own."""
    pair.answers = {"offer": {"token": "t", "worker": 1}, "come_back": "busy", "redeem": True, "promised": 3}

    assert await pair.link.offer("CA1") == Promise("t", 1)
    assert await pair.link.come_back("CA1") == "busy"
    assert await pair.link.redeem("CA1", "t")
    assert await pair.link.promised() == 3


async def test_connections_are_handed_over(pair: Pair) -> None:
    """Each as it is, with what was said on it unread."""
    callers = [socket.socketpair() for _ in range(3)]
    for number, (ours, theirs) in enumerate(callers):
        ours.send(bytes([number]))
        socket.send_fds(pair.deliveries, [b"c"], [theirs.fileno()])
        theirs.close()
    async with asyncio.timeout(5):
        while len(pair.served) < len(callers):  # noqa: ASYNC110  # the loop's own poll is what is waited for
            await asyncio.sleep(0)
    read = [connection.recv(1) for connection in pair.served]
    for ours, _ in callers:
        ours.close()

    assert read == [b"\0", b"\1", b"\2"]


async def test_the_parents_orders_are_followed(pair: Pair) -> None:
    """A view, the end of a call, and the worker's own."""
    view = await pair.parent.ask("view")
    pair.parent.tell("over", call_sid="CA1")
    await pair.parent.ask("stop")
    stops = [pair.link.stop.is_set(), pair.link.hurry.is_set()]
    await pair.parent.ask("hurry")

    assert view == {"health": {"calls": 1}}
    assert pair.over == ["CA1"]
    assert [*stops, pair.link.hurry.is_set()] == [True, False, True]


async def test_a_worker_whose_parent_is_gone_ends_its_calls_well(pair: Pair) -> None:
    """It is to stop, takes nobody else, and still shows itself."""
    await pair.parent.aclose()
    async with asyncio.timeout(5):
        await pair.link.stop.wait()

    assert await pair.link.offer("CA1") == "busy"
    assert not await pair.link.redeem("CA1", "t")
    assert await pair.link.promised() == 0
    assert await pair.link.not_ready("stopping") == "stopping"
    assert await pair.link.views() is None
    assert not pair.link.hurry.is_set()
