"""All cases through the code of live calls; each exchange is a call of its own, and many go on at the same time."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from callagent.call.heartbeat import Heartbeat
from callagent.clock import ManualClock
from callagent.simulator.turns.case import Case, LineSound
from callagent.simulator.turns.case_file import read_cases
from callagent.simulator.turns.figures import NOISE_DB, Judged, TurnResult
from callagent.simulator.turns.verdict import judge
from callagent.simulator.virtual_time import VirtualClock, run
from callagent.turn_bench.exchange import MORNING, Played, Rehearsals, play
from callagent.turn_bench.shelf import Shelf, read_scenes

AT_ONCE: Final = 16
"""Calls at the same time: what each waits for costs nothing, and more would only take memory."""
FOLDER: Final = Path(__file__).parent.parent / "simulator" / "turns"
SHOP: Final = FOLDER / "shop"
CASES: Final = FOLDER / "cases"


def read(folder: Path | None) -> list[Case]:
    """The cases of a folder, or those that ship. Raises ContentError."""
    return read_cases(folder or CASES, read_scenes(SHOP, ManualClock(MORNING)))


def measure(cases: Sequence[Case], cache: Path, progress: Callable[[float], None] = lambda _: None) -> TurnResult:
    """Have every exchange, and once more in noise where the case has none of its own.

    The agent's audio is kept in `cache`. `progress` gets the part that is done, 0 to 1.
    """
    began_s = time.process_time()
    noisy = [in_noise(case) for case in cases if case.line.snr_db is None]
    judged = run(_play_all([*cases, *noisy], cache, progress))
    return TurnResult(judged[: len(cases)], judged[len(cases) :], round(time.process_time() - began_s, 1))


def one(case: Case, cache: Path) -> Played:
    """Have one exchange, such as to listen to it."""

    async def only() -> Played:
        async with _bench(cache) as (shelf, heartbeat):
            rehearsals = await _rehearse([case], shelf, heartbeat)
            return await play(case, shelf, rehearsals, heartbeat)

    return run(only())


def in_noise(case: Case) -> Case:
    """The same in a noisy street."""
    return replace(case, line=replace(case.line, snr_db=NOISE_DB))


@asynccontextmanager
async def _bench(cache: Path) -> AsyncIterator[tuple[Shelf, Heartbeat]]:
    clock = VirtualClock(asyncio.get_running_loop(), MORNING)
    heartbeat = Heartbeat(clock)
    heartbeat.start()
    shelf = Shelf(SHOP, cache, clock)
    try:
        yield shelf, heartbeat
    finally:
        await heartbeat.stop()
        await shelf.aclose()


async def _play_all(cases: Sequence[Case], cache: Path, progress: Callable[[float], None]) -> tuple[Judged, ...]:
    async with _bench(cache) as (shelf, heartbeat):
        rehearsals = await _rehearse(cases, shelf, heartbeat)
        places = asyncio.Semaphore(AT_ONCE)
        done = 0

        async def judged(case: Case) -> Judged:
            nonlocal done
            async with places:
                played = await play(case, shelf, rehearsals, heartbeat)
            verdict = judge(played.exchange)
            done += 1
            progress(done / len(cases))
            return Judged(case, verdict)

        return tuple(await asyncio.gather(*map(judged, cases)))


async def _rehearse(cases: Sequence[Case], shelf: Shelf, heartbeat: Heartbeat) -> Rehearsals:
    """Hear what the agent says in each scene when nobody disturbs it."""
    rehearsals = Rehearsals()
    for language, scene in dict.fromkeys((case.language, case.scene) for case in cases):
        case = Case(f"{scene} undisturbed", "", language, scene, (), LineSound())
        exchange = (await play(case, shelf, rehearsals, heartbeat)).exchange
        rehearsals.turns[language, scene] = tuple(one.sentence for one in exchange.stretches)
        rehearsals.lasting[language, scene] = exchange.audible[-1].ends - exchange.audible[0].begins
    return rehearsals
