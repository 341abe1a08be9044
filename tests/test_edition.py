"""A shop's files at one moment: kept while a call needs them, let go of when none does."""

import asyncio
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from callagent.clock import ManualClock
from callagent.edition import Edition
from callagent.knowledge.shop import Shop
from callagent.settings.settings import Settings
from callagent.workshop.shops import Folders

SHOP = Path(str(resources.files("callagent.simulator") / "bench_shop"))


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[Shop]:
    """The shops whose look-ups were closed, in order."""
    shops: list[Shop] = []
    close: Any = Shop.aclose

    async def note(shop: Shop) -> None:
        shops.append(shop)
        await close(shop)

    monkeypatch.setattr(Shop, "aclose", note)
    return shops


def edition() -> Edition:
    """The bench's shop as its files are."""
    folders = Folders("bench", SHOP / "flows" / "bench", SHOP / "prompts" / "bench")
    return Edition.read(folders, Settings(), ManualClock())


async def test_it_stays_open_while_it_is_the_current_one(closed: list[Shop]) -> None:
    """A call that ends closes nothing that the next one needs."""
    async with edition().in_call():
        pass

    assert closed == []


async def test_without_a_call_it_closes_when_superseded(closed: list[Shop]) -> None:
    """Nobody needs it any more."""
    old = edition()
    await old.supersede()

    assert closed == [old.shop]


async def test_the_last_call_closes_a_superseded_one(closed: list[Shop]) -> None:
    """Two calls go on while staff change the files: the second to end lets go of the old tables."""
    old = edition()
    async with old.in_call():
        async with old.in_call():
            await old.supersede()
        assert closed == []

    assert closed == [old.shop]


async def test_a_call_that_came_back_leaves_nothing_open(closed: list[Shop]) -> None:
    """Returning from a transfer it looks something up in tables that no running call holds."""
    old = edition()
    await old.supersede()
    await old.look_up("catalogue", {"name": "fan"}, [])

    assert closed == [old.shop, old.shop]


async def test_a_look_up_is_not_cut_off_by_another(closed: list[Shop], monkeypatch: pytest.MonkeyPatch) -> None:
    """Two calls that came back ask at once: the tables stay open until both know."""
    old, slow = edition(), asyncio.Event()
    look_up: Any = Shop.look_up

    async def wait_for_it(shop: Shop, source: str, *given: Any) -> Any:
        if source == "slow":
            await slow.wait()
        return await look_up(shop, "catalogue", *given)

    monkeypatch.setattr(Shop, "look_up", wait_for_it)
    await old.supersede()
    closed.clear()
    async with asyncio.TaskGroup() as both:
        both.create_task(old.look_up("slow", {"name": "fan"}, []))
        await both.create_task(old.look_up("catalogue", {"name": "fan"}, []))
        assert closed == []
        slow.set()

    assert closed == [old.shop]
