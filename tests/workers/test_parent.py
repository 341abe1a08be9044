"""How a parent keeps its workers; these are no processes here, and end when a test says so."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest

from callagent.clock import ManualClock
from callagent.settings.loading import load_settings
from callagent.workers.channel import OnMessage
from callagent.workers.child import Child
from callagent.workers.parent import Parent


class Worker:
    """In place of a `Child`."""

    def __init__(self, number: int, on_message: OnMessage) -> None:
        self.number = number
        self.pid = 1000 + number
        self.channel = self
        self.last_view: dict[str, Any] | None = None
        self.not_ready: str | None = "starting"
        self.has_been_ready = False
        self.orders: list[str] = []
        self.delivered: list[socket.socket] = []
        self.takes = True
        self.tells = on_message
        self._status: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def tell(self, order: str, **_: str) -> None:
        """The parent's order; this worker ends at once when it is to."""
        self.orders.append(order)
        if order == "stop":
            self.end(0)

    async def ask(self, _: str, __: float) -> dict[str, Any]:
        """Show nothing."""
        raise TimeoutError

    def deliver(self, connection: socket.socket) -> bool:
        """Take a connection."""
        self.delivered.append(connection)
        return self.takes

    async def ended(self) -> int:
        """Wait for `end`."""
        return await self._status

    def end(self, status: int) -> None:
        """Be over."""
        if not self._status.done():
            self._status.set_result(status)

    def kill(self) -> None:
        """Be ended by the parent."""
        self.end(-9)

    async def get_ready(self) -> None:
        """Tell the parent so."""
        await self.tells("up", {})
        await self.tells("report", {"admits": True, "not_ready": None})


class House:
    """A parent of two, and all the workers that it began."""

    def __init__(self) -> None:
        self.begun: list[Worker] = []
        self.clock = ManualClock()
        self.stop, self.hurry = asyncio.Event(), asyncio.Event()
        self.parent = Parent(load_settings(host="127.0.0.1", port=0, workers=2), self.clock)
        self.running = asyncio.create_task(self.parent.run(self.stop, self.hurry))

    async def start(self, number: int, _: Sequence[str], on_message: Callable[..., Any]) -> Worker:
        """In place of `Child.start`."""
        self.begun.append(Worker(number, on_message))
        return self.begun[-1]

    async def settle(self) -> list[int]:
        """Let everybody do what is to be done now; the numbers of the workers that were begun so far."""
        for _ in range(20):
            await asyncio.sleep(0)
        return [worker.number for worker in self.begun]

    async def both_ready(self) -> None:
        """Two workers that take calls."""
        await self.settle()
        await self.begun[0].get_ready()
        await self.settle()
        await self.begun[1].get_ready()


@pytest.fixture(name="house")
async def _house(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    house = House()
    monkeypatch.setattr(Child, "start", house.start)
    yield house
    house.stop.set()
    await house.running


async def test_the_second_begins_when_the_first_is_ready(house: House) -> None:
    """It finds then what the first has prepared."""
    begun = [await house.settle()]
    await house.begun[0].tells("up", {})
    begun.append(await house.settle())
    await house.begun[0].get_ready()

    assert [*begun, await house.settle()] == [[1], [1], [1, 2]]


@pytest.mark.parametrize(("ended", "status"), [(2, 2), (1, 1), (-9, 1)])
async def test_a_server_that_cannot_begin_ends_like_its_first_worker(house: House, ended: int, status: int) -> None:
    """That one has said why, and a second would say it again."""
    await house.settle()
    house.begun[0].end(ended)

    assert await house.running == status
    assert [worker.number for worker in house.begun] == [1]


async def test_a_server_that_gets_no_process_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than waiting for ever for its first worker."""

    async def refused(*_: object) -> Worker:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(Child, "start", refused)

    assert await House().running == 1


async def test_a_worker_that_ends_is_replaced(house: House) -> None:
    """Whatever it ended of, and no other is told anything."""
    await house.both_ready()
    house.begun[0].end(-11)

    assert await house.settle() == [1, 2, 1]
    assert house.begun[1].orders == []


async def test_a_worker_that_keeps_ending_is_left_alone_while_another_serves(house: House) -> None:
    """After three times in a minute; a server that stops meanwhile waits for nothing."""
    await house.both_ready()
    for _ in range(4):
        [last] = [worker for worker in house.begun if worker.number == 2][-1:]
        last.end(1)
        begun = await house.settle()
    house.stop.set()

    assert begun == [1, 2, 2, 2, 2]
    assert await house.running == 0


async def test_a_server_whose_workers_all_keep_ending_ends(house: House) -> None:
    """With a status that tells whoever runs it."""
    await house.both_ready()
    house.begun[1].end(1)
    for _ in range(4):
        await house.settle()
        for worker in house.begun:
            worker.end(1)

    assert await house.running == 1


async def test_a_stopping_server_has_its_workers_end_by_themselves(house: House) -> None:
    """Each gives its own calls the time that they are given."""
    await house.both_ready()
    house.stop.set()

    assert await house.running == 0
    assert [worker.orders for worker in house.begun] == [["stop"], ["stop"]]


async def test_a_connection_goes_where_it_belongs(house: House) -> None:
    """To the worker that it names; else to one that is ready and has fewer calls; to any that takes it at all."""
    await house.both_ready()
    first, second = house.begun
    promise = await first.tells("offer", {"call_sid": "CA1"})
    await second.tells("redeem", {"call_sid": "CA1", "token": promise["token"]})
    with socket.socket() as named, socket.socket() as other, socket.socket() as last:
        taken = [house.parent._hand(named, 2), house.parent._hand(other, None)]
        first.takes = False
        taken.append(house.parent._hand(last, 1))

        assert taken == [True, True, True]
        assert (first.delivered, second.delivered) == ([other, last], [named, last])


async def test_a_worker_that_says_nothing_gets_no_more_calls(house: House) -> None:
    """A process that hangs cannot say that it does."""
    await house.both_ready()
    house.clock.advance(10)
    await house.begun[1].tells("report", {"admits": True, "not_ready": None})
    promises = [await house.begun[1].tells("offer", {"call_sid": f"CA{number}"}) for number in range(3)]

    assert [promise["worker"] for promise in promises] == [2, 2, 2]


async def look_after(house: House, seconds: int, *reporting: Worker) -> list[int]:
    """Let so many seconds pass, in which these workers say how they are; the numbers of the workers begun so far."""
    for _ in range(seconds):
        house.clock.advance(1)
        for worker in reporting:
            await worker.tells("report", {"admits": True, "not_ready": None})
        house.parent.look(house.clock.now_s())
    return await house.settle()


async def test_a_worker_that_hangs_is_ended_and_replaced(house: House) -> None:
    """Its calls are told as lost; not those of the other, and not those that were over before."""
    await house.both_ready()
    first, second = house.begun
    for sid in ("CA1", "CA2", "CA3", "CA4", "CA5"):
        promise = await first.tells("offer", {"call_sid": sid})
        taker = house.begun[promise["worker"] - 1]
        await taker.tells("redeem", {"call_sid": sid, "token": promise["token"]})
    await first.tells("left", {"call_sid": "CA1"})
    before = await look_after(house, 10, second)
    after = await look_after(house, 1, second)
    views = await second.tells("views", {})

    assert (before, after) == ([1, 2], [1, 2, 1])
    assert views["past"] == {"calls_lost": 2}


async def test_a_worker_that_is_only_starting_does_not_hang(house: House) -> None:
    """It may have much to load; whoever waits for it waits for the server."""
    await house.settle()
    await house.begun[0].tells("up", {})

    assert await look_after(house, 100) == [1]


async def test_no_worker_hangs_because_the_parent_did(house: House) -> None:
    """After a standstill of the whole machine each has its time to say how it is; who uses it not, hangs."""
    await house.both_ready()
    house.clock.advance(60)
    house.parent.look(house.clock.now_s())
    begun = [await look_after(house, 9, house.begun[0]), await look_after(house, 2, house.begun[0])]

    assert begun == [[1, 2], [1, 2, 2]]


async def test_the_server_is_ready_while_a_worker_is(house: House) -> None:
    """When none is, one of their reasons is told."""
    await house.both_ready()
    first, second = house.begun
    told = []
    for worker in (first, second):
        await worker.tells("report", {"admits": False, "not_ready": "stopping"})
        told.append(await second.tells("not_ready", {}))

    assert told == [None, "stopping"]
