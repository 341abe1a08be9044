"""A shop's files at one moment: kept while a call needs them, let go of when none does."""

import asyncio
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from support.phone_call import ROOT

from callagent.call.stored import StoredPrompts
from callagent.clock import ManualClock
from callagent.dialogue.loader import load_flow
from callagent.edition import Edition, Editions, people_outside
from callagent.errors import ConfigurationError, ContentError
from callagent.knowledge.shop import Shop, open_shop
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


def other_settings(folder: Path) -> Settings:
    """Two shops in a folder: the bench's, and one beside it."""
    for name in ("bench", "beside"):
        shutil.copytree(SHOP / "flows" / "bench", folder / "flows" / name)
        shutil.copytree(SHOP / "prompts" / "bench", folder / "prompts" / name)
    return Settings(shop="bench", flows=folder / "flows", prompts=folder / "prompts", language="en")


async def test_another_shop_is_read_once_and_watched(tmp_path: Path, closed: list[Shop]) -> None:
    """When it is first asked for; what staff change in it is taken up like any change."""
    clock = ManualClock()
    editions = Editions(other_settings(tmp_path), clock)
    beside = await editions.of("beside")
    again = await editions.of("beside")
    prompts = tmp_path / "prompts" / "beside" / "en.yaml"
    prompts.write_text(prompts.read_text() + "# changed\n")
    looked = [await editions.look(at_s) for at_s in (10.0, 20.0)]
    changed = await editions.of("beside")
    await editions.aclose()

    assert (beside.dialogue.name, again) == ("beside", beside)
    assert await editions.of("") is await editions.of("bench") is editions.current
    assert looked == [False, False]
    assert changed.dialogue.version != beside.dialogue.version
    assert [shop in closed for shop in (beside.shop, changed.shop, editions.current.shop)] == [True, True, True]


async def test_another_shop_keeps_its_own_stored_prompts(tmp_path: Path) -> None:
    """What is kept for the server's own shop is in that one's words."""
    editions = Editions(other_settings(tmp_path), ManualClock())

    assert editions.current.stored is None
    assert isinstance((await editions.of("beside")).stored, StoredPrompts)


async def test_a_shop_that_cannot_be_used_is_told_and_may_be_mended(tmp_path: Path) -> None:
    """To whoever asked for it; nothing of the server's own is touched."""
    editions = Editions(other_settings(tmp_path), ManualClock())
    flow = tmp_path / "flows" / "beside" / "flow.yaml"
    right = flow.read_text()
    flow.write_text(right.replace("start: ", "start: not"))
    with pytest.raises(ContentError, match="is not a flow"):
        await editions.of("beside")
    flow.write_text(right)

    assert (await editions.of("beside")).dialogue.name == "beside"
    with pytest.raises(ConfigurationError, match="There is no shop 'nowhere'"):
        await editions.of("nowhere")
    with pytest.raises(ConfigurationError, match="no folder below"):
        await editions.of("../flows/beside")


def test_people_who_may_not_be_rung_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """When the shop is read, by name: their numbers are nobody's business."""
    settings = Settings(dial_allowed=("+9198000000", "+44"), flows=ROOT / "flows", prompts=ROOT / "prompts")
    folders = Folders("electrical", ROOT / "flows" / "electrical", ROOT / "prompts" / "electrical")
    Edition.read(folders, settings, ManualClock())
    quiet = capsys.readouterr().out
    told = people_outside(load_flow(folders.flow, folders.prompts, open_shop(folders.flow)), settings)
    Edition.read(folders, settings.model_copy(update={"dial_allowed": ("+44",)}), ManualClock())
    said = capsys.readouterr().out

    assert (quiet, told) == ("", ())
    assert "counter" in said
    assert "trade counter" in said
    assert "+9198" not in said
