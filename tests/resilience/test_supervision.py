"""Tasks that die are told, and begun anew within a budget; time is an argument."""

import asyncio

from callagent.clock import ManualClock
from callagent.resilience.supervision import RestartBudget, Supervisor


class Workshop:
    """A supervised task that dies as often as it is told to."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.begun = 0
        self.deaths: list[tuple[str, str, bool]] = []
        self._fate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.supervisor = Supervisor(self.clock, lambda *death: self.deaths.append(death))
        self.supervisor.keep("work", self._work)

    async def _work(self) -> None:
        self.begun += 1
        self._fate = asyncio.get_running_loop().create_future()
        await self._fate

    async def die(self, error: Exception | None) -> None:
        """End it with an error, or simply end it."""
        await asyncio.sleep(0)
        if error is None:
            self._fate.set_result(None)
        else:
            self._fate.set_exception(error)
        for _ in range(4):
            await asyncio.sleep(0)


async def test_a_task_that_dies_goes_on() -> None:
    """Whether it raised or merely returned: what was told of it is a class, not a text."""
    work = Workshop()
    await work.die(ValueError("a secret"))
    await work.die(None)
    await work.supervisor.stop()

    assert work.deaths == [("work", "ValueError", True), ("work", "Ended", True)]
    assert work.begun == 3


async def test_one_that_keeps_dying_is_given_up() -> None:
    """Three restarts within a minute are all there are."""
    work = Workshop()
    for _ in range(4):
        await work.die(ValueError())

    assert [restarted for _, _, restarted in work.deaths] == [True, True, True, False]
    assert work.begun == 4


async def test_one_that_dies_now_and_then_is_not_given_up() -> None:
    """The budget fills up again."""
    work = Workshop()
    for _ in range(10):
        await work.die(ValueError())
        work.clock.advance(30)
    await work.supervisor.stop()

    assert all(restarted for _, _, restarted in work.deaths)


async def test_one_that_is_stopped_did_not_die() -> None:
    """The end of the server is no fault."""
    work = Workshop()
    await asyncio.sleep(0)
    await work.supervisor.stop()

    assert (work.begun, work.deaths) == (1, [])


def test_a_budget_is_of_a_sliding_minute() -> None:
    """The fourth within sixty seconds is refused; when the first is a minute old there is one again."""
    budget = RestartBudget(3, 60.0)

    assert [budget.spend(now_s) for now_s in (0, 10, 59, 59.9, 60, 61, 70)] == [True] * 3 + [False, True, False, True]
