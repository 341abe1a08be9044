"""A database in which what was said is not: found by all else, and none the wiser."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from support.call_records import RECORD
from support.postgres import Cluster, needs_postgres

from callagent.store.calls import CallStore, default_url
from callagent.store.record import CallRecord
from callagent.store.reindexing import reindex
from callagent.store.searching import WITHHELD, Search, count_of

CARD = {"by": "asha", "polite": 5, "comment": "asked for Lajwanti"}
CALL = replace(RECORD, scorecard=[CARD], notes="for Lajwanti", words="caller: I am Lajwanti")
SILENT = replace(CALL, scorecard=[{**CARD, "comment": ""}], notes="", words="")
LATER = RECORD.started + timedelta(days=100)


@pytest.fixture
async def without(database: str) -> AsyncGenerator[CallStore, None]:
    """Open, empty, and to stay without texts."""
    made = CallStore(database, with_texts=False)
    await made.open()
    yield made
    await made.aclose()


@pytest.fixture
async def both(database: str, without: CallStore) -> AsyncGenerator[CallStore, None]:
    """The same, with texts."""
    made = CallStore(database)
    yield made
    await made.aclose()


def files_with_them(folder: Path) -> list[str]:
    """In which somebody could read them."""
    return sorted(path.name for path in folder.iterdir() if b"lajwanti" in path.read_bytes().lower())


def nothing(_done: int, _of: int) -> None:
    """Nobody looks."""


async def test_what_was_said_and_written_is_not_stored(without: CallStore) -> None:
    """All else is; also where people change it later."""
    await without.put([CALL])
    first = await without.get(CALL.id)
    await without.change(CALL.id, score=7.0, notes="Lajwanti", scorecard=[CARD], words="caller: Lajwanti")

    assert first == SILENT
    assert await without.get(CALL.id) == replace(SILENT, score=7.0)
    assert await without.search(Search(words="lajwanti")) == []
    assert await without.search(Search(caller_keys=(CALL.caller_key,), disposition=CALL.disposition)) != []


async def test_calls_whose_words_are_not_there_are_counted(without: CallStore, both: CallStore) -> None:
    """Of those that are wanted otherwise; not those in which nothing was said."""
    hindi = replace(CALL, id="hindi", language="hi")
    await without.put([CALL, hindi, replace(CALL, id="none", words="", notes="")])
    await both.put([replace(CALL, id="there")])

    assert await both.withheld(Search(words="fan")) == 2
    assert await both.withheld(Search(words="fan", language="hi")) == 1


async def test_a_call_that_is_stored_again_loses_its_words(without: CallStore, both: CallStore) -> None:
    """Where they may no longer be there."""
    await both.put([CALL])
    await without.put([CALL])

    assert await both.get(CALL.id) == SILENT
    assert await both.withheld(Search()) == 1


async def test_they_go_and_come_again(without: CallStore, both: CallStore) -> None:
    """By making the records anew, also those of calls whose folders are elsewhere; what had no words still has none."""

    def read(_folder: Path) -> CallRecord:
        return CALL

    far, none = replace(CALL, id="far"), replace(SILENT, id="none")
    await both.put([CALL, far, none])
    await reindex([Path(CALL.id)], without, nothing, read)
    gone = [await both.get(name) for name in (CALL.id, "far", "none")]
    counted = await both.withheld(Search())
    await reindex([Path(CALL.id)], both, nothing, read)

    assert gone == [SILENT, replace(SILENT, id="far"), none]
    assert counted == 2
    assert await both.get(CALL.id) == CALL
    assert await both.search(Search(words="lajwanti")) == [CALL]


async def test_what_is_not_there_is_let_go_elsewhere_all_the_same(without: CallStore) -> None:
    """The words may be in the bucket: their time is over once, as if they were here."""
    await without.put([replace(CALL, held=False), replace(SILENT, id="none", held=False)])
    before = await without.overdue("transcript", LATER)
    await without.strip(before, "transcript")

    assert before == [CALL.id]
    assert await without.overdue("transcript", LATER) == []
    assert await without.withheld(Search()) == 0


async def test_two_workers_may_let_them_go_at_once(without: CallStore, both: CallStore) -> None:
    """Each looks every hour for what is over, all from the same moment on."""
    calls = [replace(CALL, id=f"call-{number}", held=False) for number in range(200)]
    await without.put(calls)
    names = [call.id for call in calls]
    await asyncio.gather(*(store.strip(names, "transcript") for store in (without, both) * 3))

    assert await without.overdue("transcript", LATER) == []


@needs_postgres
async def test_texts_are_not_read_for_each_call_that_has_none(postgres: Cluster) -> None:
    """Of 100 000 calls that would take PostgreSQL minutes."""
    url = await postgres.database()
    store = CallStore(url)
    await store.open()
    await store.aclose()
    dialect = store._dialect
    query = count_of(Search(), dialect).where(WITHHELD)
    connection = await asyncpg.connect(url)
    plan = await connection.fetch(f"EXPLAIN {query.compile(dialect=dialect)}")
    await connection.close()

    assert not any("SubPlan" in line[0] for line in plan)


async def test_no_byte_of_them_stays_in_the_files(tmp_path: Path) -> None:
    """Neither in SQLite's database nor in its log, while others have it open."""
    both, without = (CallStore(default_url(tmp_path), with_texts=with_texts) for with_texts in (True, False))
    await both.open()
    await both.put([replace(CALL, id=f"call-{number}") for number in range(20)])
    before = files_with_them(tmp_path)
    await without.withhold()
    after = files_with_them(tmp_path)
    await both.aclose()
    await without.aclose()

    assert before != []
    assert after == []
