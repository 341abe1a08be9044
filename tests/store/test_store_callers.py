"""Callers across calls: consent, expiry, deletion, and a database that lets nobody down."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from callagent.call.callers import (
    KEPT,
    RESUMABLE,
    Acquaintance,
    CallerMemory,
    Reception,
    UnfinishedCall,
    Welcome,
    caller_key,
)
from callagent.clock import IST
from callagent.errors import ConfigurationError, StoreError
from callagent.store.callers import SqlCallerMemory

NOW = datetime(2026, 11, 21, 11, 0, tzinfo=IST)
LATER = NOW + timedelta(days=30)
NUMBER = "+919812345678"
SECRET = "a secret of the shop's own"
KEY = caller_key(NUMBER, SECRET)
ASHA = Acquaintance("hi", "Asha", ("45127",), "price", "goodbye", "price 2")
CUT_OFF = UnfinishedCall("electrical", "abc123", {"slots": [["caller number", NUMBER], ["product", "ceiling fan"]]})


@pytest.fixture(name="memory")
async def _memory(tmp_path: Path) -> AsyncGenerator[SqlCallerMemory, None]:
    memory = SqlCallerMemory(f"sqlite+aiosqlite:///{tmp_path / 'callers.db'}")
    await memory.open(NOW)
    yield memory
    await memory.aclose()


async def test_a_caller_who_agreed_is_known_until_it_expires(memory: SqlCallerMemory) -> None:
    """All that was kept comes back, and nothing from the moment it expires."""
    assert await memory.remember(KEY, ASHA, consent=True, expires=LATER, now=NOW)

    assert await memory.recall(KEY, NOW) == ASHA
    assert await memory.recall(KEY, LATER - timedelta(seconds=1)) == ASHA
    assert await memory.recall(KEY, LATER) is None
    assert await memory.recall("somebody else", NOW) is None


async def test_without_consent_nothing_is_kept(memory: SqlCallerMemory) -> None:
    """And what was kept before is deleted: consent can be taken back."""
    await memory.remember(KEY, ASHA, consent=True, expires=LATER, now=NOW)

    assert not await memory.remember(KEY, ASHA, consent=False, expires=LATER, now=NOW)
    assert await memory.recall(KEY, NOW) is None


async def test_a_caller_can_be_forgotten(memory: SqlCallerMemory, tmp_path: Path) -> None:
    """Everything of that caller, in SQLite's log as well, and nothing of another."""
    for key in (KEY, "other"):
        await memory.remember(key, ASHA, consent=True, expires=LATER, now=NOW)
        await memory.keep(key, CUT_OFF, expires=LATER, now=NOW)
    await memory.forget(KEY)
    kept = await asyncio.to_thread(lambda: b"".join(path.read_bytes() for path in tmp_path.iterdir()))

    assert KEY.encode() not in kept
    assert (await memory.recall(KEY, NOW), await memory.take(KEY, NOW)) == (None, None)
    assert (await memory.recall("other", NOW), await memory.take("other", NOW)) == (ASHA, CUT_OFF)


async def test_a_call_that_was_cut_off_is_taken_up_once(memory: SqlCallerMemory) -> None:
    """The last one counts, for ten minutes."""
    await memory.keep(KEY, UnfinishedCall("electrical", "old", {}), expires=NOW + RESUMABLE, now=NOW)
    await memory.keep(KEY, CUT_OFF, expires=NOW + RESUMABLE, now=NOW)

    assert await memory.take(KEY, NOW + timedelta(minutes=9)) == CUT_OFF
    assert await memory.take(KEY, NOW) is None
    await memory.keep(KEY, CUT_OFF, expires=NOW + RESUMABLE, now=NOW)
    assert await memory.take(KEY, NOW + RESUMABLE) is None


async def test_what_expired_leaves_the_file(memory: SqlCallerMemory, tmp_path: Path) -> None:
    """It is deleted with the next write, not only hidden."""
    await memory.remember(KEY, ASHA, consent=True, expires=LATER, now=NOW)
    await memory.remember("other", ASHA, consent=True, expires=LATER + KEPT, now=LATER)
    await memory.aclose()
    with sqlite3.connect(tmp_path / "callers.db") as file:
        keys = file.execute("SELECT key FROM callers").fetchall()
    file.close()

    assert keys == [("other",)]


async def test_the_number_is_nowhere_in_the_file(memory: SqlCallerMemory, tmp_path: Path) -> None:
    """Neither in what is known nor in a call that was cut off; and it is whole again when the call is taken up."""
    reception = Reception(memory, SECRET, answer_s=5)
    await reception.remember(NUMBER, ASHA, consent=True, now=NOW)
    await reception.keep(NUMBER, CUT_OFF, NOW)
    written = await asyncio.to_thread(lambda: b"".join(path.read_bytes() for path in tmp_path.iterdir()))

    assert b"Asha" in written
    assert NUMBER[1:].encode() not in written
    welcome = await reception.welcome(NUMBER, "electrical", "abc123", NOW + timedelta(minutes=5))
    assert welcome == Welcome(ASHA.facts(), CUT_OFF)


async def test_another_version_of_the_flow_takes_up_nothing(memory: SqlCallerMemory) -> None:
    """Its steps may be others."""
    reception = Reception(memory, SECRET, answer_s=5)
    await reception.keep(NUMBER, CUT_OFF, NOW)

    assert await reception.welcome(NUMBER, "electrical", "abc124", NOW) == Welcome()


async def test_what_is_too_long_is_cut(memory: SqlCallerMemory) -> None:
    """A name of ten thousand letters is no reason to fail."""
    long = Acquaintance(name="x" * 10_000, open_orders=("9" * 1_000,) * 1_000)
    await memory.remember(KEY, long, consent=True, expires=LATER, now=NOW)
    known = await memory.recall(KEY, NOW)

    assert known is not None
    assert (len(known.name), len(known.open_orders), len(known.open_orders[0])) == (200, 20, 50)


async def test_the_librarys_errors_are_translated(tmp_path: Path) -> None:
    """A database without tables, and one that cannot be opened; neither the key nor the path is told."""
    memory = SqlCallerMemory(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(StoreError) as caught:
        await memory.recall(KEY, NOW)
    await memory.aclose()
    nowhere = SqlCallerMemory(f"sqlite+aiosqlite:///{tmp_path / 'no such folder' / 'callers.db'}")
    with pytest.raises(StoreError):
        await nowhere.open(NOW)
    await nowhere.aclose()

    assert KEY not in str(caught.value)
    with pytest.raises(ConfigurationError, match="sqlite"):
        SqlCallerMemory("nonsense://user:password@host/callers")


class Broken:
    """A store that fails, or never answers."""

    def __init__(self, *, hangs: bool) -> None:
        self.hangs = hangs
        self.asked = 0

    async def recall(self, *given: Any, **named: Any) -> Any:
        """Fail or hang, as everything here."""
        self.asked += 1
        if self.hangs:
            await asyncio.sleep(3600)
        raise StoreError("down")

    remember = forget = keep = take = recall

    async def aclose(self) -> None:
        """Nothing."""


@pytest.mark.parametrize("hangs", [False, True])
async def test_a_store_that_is_down_makes_callers_new(*, hangs: bool) -> None:
    """The call goes on as with somebody unknown, and writing after it raises nothing."""
    broken = Broken(hangs=hangs)
    memory: CallerMemory = broken
    reception = Reception(memory, SECRET, answer_s=0.01)

    assert await reception.welcome(NUMBER, "electrical", "abc123", NOW) == Welcome()
    assert broken.asked == 2
    if not hangs:
        await reception.remember(NUMBER, ASHA, consent=True, now=NOW)
        await reception.keep(NUMBER, CUT_OFF, NOW)


async def test_a_store_that_never_answers_is_not_asked_for_ever() -> None:
    """Questions that wait do not pile up without end."""
    broken = Broken(hangs=True)
    reception = Reception(broken, SECRET, answer_s=0)
    for _ in range(200):
        await reception.welcome(NUMBER, "electrical", "abc123", NOW)

    assert broken.asked <= 51


def test_a_key_is_no_number() -> None:
    """The same caller has the same key however the number is written; a withheld number has none."""
    assert caller_key("+91 98123 45678", SECRET) == KEY
    assert len({KEY, caller_key("+919812345679", SECRET), caller_key(NUMBER, SECRET + "!")}) == 3
    assert "98123" not in KEY
    assert caller_key("", SECRET) == caller_key("anonymous", SECRET) == ""
    with pytest.raises(ValueError, match="16 characters"):
        caller_key(NUMBER, "short")


async def test_a_withheld_number_is_nobodys() -> None:
    """It is not even asked for."""
    broken = Broken(hangs=False)
    reception = Reception(broken, SECRET)
    await reception.remember("", ASHA, consent=True, now=NOW)

    assert await reception.welcome("", "electrical", "abc123", NOW) == Welcome()
    assert broken.asked == 0
