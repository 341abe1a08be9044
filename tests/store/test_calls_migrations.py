"""The tables come from every version to this one, whoever else opens them at the same moment."""

import asyncio
import os
import stat
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from support.call_records import RECORD
from support.postgres import Cluster, needs_postgres

from callagent.errors import ConfigurationError, StoreError
from callagent.recording.ownership import make_owned
from callagent.store import calls, migrations
from callagent.store.calls import CallStore, default_url
from callagent.store.migrations import HEAD, VERSION_TABLE, config, is_portable, migrate
from callagent.store.searching import Search
from callagent.store.tables import METADATA

VERSIONS = ["base", *(script.revision for script in ScriptDirectory(Path(migrations.__file__).parent).walk_revisions())]
OPENS = """
import asyncio, sys
from callagent.store.calls import CallStore
async def main():
    store = CallStore(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    await store.open()
    await store.aclose()
asyncio.run(main())
"""


def differences(connection: Connection) -> list[object]:
    """Between the tables that are there and those that should be."""
    options = {"version_table": VERSION_TABLE, "include_object": is_portable, "compare_type": True}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, METADATA))


def files(folder: Path) -> list[Path]:
    """All in it."""
    return list(folder.iterdir())


def insert_old(connection: Connection) -> None:
    """A call, as the first version has it."""
    columns = (
        "id call_id carrier caller caller_key flow flow_version language disposition ended_by failures consent notes"
    )
    numbers = "duration_s turns barge_ins pauses no_inputs no_matches take_overs errors"
    flags = "outbound recording_incomplete crashed has_sound held"
    given = dict.fromkeys(columns.split(), "'old'") | dict.fromkeys(numbers.split(), "1")
    given |= dict.fromkeys(flags.split(), "false") | {"started": "1", "consent": "'yes'"}
    connection.execute(text(f"INSERT INTO calls ({', '.join(given)}) VALUES ({', '.join(given.values())})"))  # noqa: S608
    connection.execute(text("INSERT INTO call_texts SELECT number, 'caller: Hello!', 'hello' FROM calls"))


@pytest.mark.parametrize("version", VERSIONS)
async def test_from_each_version_to_this_one(database: str, version: str) -> None:
    """The tables are as the code has them, and calls that were there are found by their words."""
    store = CallStore(database)
    async with store._writing() as connection:
        if version != "base":
            await connection.run_sync(migrate, version)
            await connection.run_sync(insert_old)
    await store.open()
    async with store._reading() as connection:
        found = await connection.run_sync(differences)
    calls = await store.search(Search(words="hello"))
    await store.put([RECORD])
    count = await store.count(Search())
    await store.aclose()

    assert found == []
    assert [call.id for call in calls] == ([] if version == "base" else ["old"])
    assert count == len(calls) + 1


async def test_versions_are_one_chain(database: str) -> None:
    """Two that follow the same one would leave it open which tables there are."""
    store = CallStore(database)
    async with store._writing() as connection:
        heads = await connection.run_sync(lambda sync: ScriptDirectory.from_config(config(sync)).get_heads())
    await store.aclose()

    assert heads == [HEAD]


async def test_tables_of_a_newer_version_are_told(database: str) -> None:
    """They are left as they are."""
    store = CallStore(database)
    await store.open()
    async with store._writing() as connection:
        await connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))  # noqa: S608
    with pytest.raises(StoreError, match="newer callagent"):
        await store.open()
    await store.aclose()


async def test_a_step_that_fails_leaves_the_tables_as_they_were(database: str) -> None:
    """All of it is one transaction, in SQLite as well: there are none of the tables, and no version."""

    def fails(connection: Connection) -> None:
        migrate(connection)
        connection.execute(text("SELECT * FROM nowhere"))

    store = CallStore(database)
    with suppress(StoreError):
        async with store._writing() as connection:
            await connection.run_sync(fails)
    async with store._reading() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    await store.aclose()

    assert names == []


async def test_workers_that_start_at_once_make_the_tables_once(database: str) -> None:
    """Processes of their own, all let go at the same moment: each has the tables, and none fails."""
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", OPENS, database, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
    for process in started:
        assert process.stdin
        process.stdin.write(b"\n")
    outcomes = [await process.communicate() for process in started]
    store = CallStore(database)
    await store.put([RECORD])
    found = await store.search(Search())
    await store.aclose()

    assert [process.returncode for process in started] == [0] * 4, outcomes
    assert found == [RECORD]


async def test_the_file_is_its_owners_only(tmp_path: Path) -> None:
    """It holds what callers said; and so does what SQLite puts beside it."""
    store = CallStore(default_url(tmp_path))
    await store.open()
    await store.put([RECORD])
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in files(tmp_path)}
    await store.aclose()

    assert "calls.db" in modes
    assert set(modes.values()) == {0o600}


async def test_deleted_words_leave_the_file(tmp_path: Path) -> None:
    """Also the index's parts of it and SQLite's log, though a server has the file open."""
    server, command = CallStore(default_url(tmp_path)), CallStore(default_url(tmp_path))
    await server.open()
    await server.put([RECORD, *(RECORD for _ in range(3))])
    await server.put([RECORD])
    await command.delete([RECORD.id])
    content = b"".join(file.read_bytes() for file in files(tmp_path))
    await command.aclose()
    await server.aclose()

    assert "पंखा".encode() not in content
    assert b"price" not in content


async def test_a_database_that_is_being_opened_holds_up_no_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bringing the tables of a large one to this version takes its time, and calls come meanwhile."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        begun.set()
        go_on.wait(10)
        migrate(connection)

    monkeypatch.setattr(calls, "migrate", slow)
    store = CallStore(default_url(tmp_path))
    opening = asyncio.create_task(store.open())
    await asyncio.to_thread(begun.wait, 10)
    async with asyncio.timeout(5):
        os.close(await asyncio.to_thread(make_owned, tmp_path / "a call"))
    go_on.set()
    await opening
    await store.aclose()


async def test_a_database_that_is_not_there_is_told_without_its_password(tmp_path: Path) -> None:
    """Nor is the address repeated."""
    for url in (f"sqlite:///{tmp_path}/nowhere/calls.db", "postgresql://me:hidden@127.0.0.1:9/calls"):
        store = CallStore(url)
        with pytest.raises(StoreError) as caught:
            await store.open()
        await store.aclose()
        assert "hidden" not in str(caught.value)
        assert "nowhere" not in str(caught.value)
    with pytest.raises(ConfigurationError, match="postgresql://") as wrong:
        CallStore("nonsense://me:hidden@host/calls")
    assert "hidden" not in str(wrong.value)


@needs_postgres
async def test_a_server_that_says_no_is_told(postgres: Cluster) -> None:
    """As a StoreError, as all that comes from the database."""
    store = CallStore(postgres.url("no_such_database"))
    with pytest.raises(StoreError):
        await store.open()
    await store.aclose()
