"""Records on their way into a database that fails to order, on disks that are full: none is lost, no call waits."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import structlog
from structlog.typing import EventDict
from support.at_work import kept_at_work
from support.call_records import RECORD
from support.postgres import Cluster, needs_postgres

from callagent.errors import StoreError
from callagent.recording.at_rest.files import PLAIN, key_id
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.changes import WholeFiles
from callagent.store import spool
from callagent.store.calls import CallStore, default_url
from callagent.store.record import CallRecord
from callagent.store.searching import Search
from callagent.store.spool import CallStoreWriter, Patience, Store

STORING = "storing"
QUICK = Patience(pause_s=0.005, longest_pause_s=0.02, goodbye_s=2.0)


class Troubled:
    """A store in memory that fails when it is told to."""

    def __init__(self) -> None:
        self.calls: dict[str, CallRecord] = {}
        self.puts = 0
        self.failures = 0
        """So many of the next requests fail."""
        self.down = False
        self.refused: set[str] = set()
        """Names of calls that are never taken."""
        self.asked = asyncio.Event()

    async def open(self) -> None:
        """As a request."""
        self._ask()

    async def put(self, calls: Iterable[CallRecord]) -> None:
        """All or none."""
        self._ask()
        batch = {call.id: call for call in calls}
        if self.refused & batch.keys():
            raise StoreError("refused")
        self.puts += len(batch)
        self.calls |= batch

    async def aclose(self) -> None:
        """Nothing."""

    def has(self, name: str) -> bool:
        """Whether it was stored."""
        return name in self.calls

    def _ask(self) -> None:
        self.asked.set()
        if self.down or self.failures:
            self.failures -= not self.down
            raise StoreError("down")


def call(number: int) -> CallRecord:
    """One of several."""
    return replace(RECORD, id=f"call-{number}")


def writer(
    store: Store, folder: Path, patience: Patience = QUICK, keys: KeyRing = PLAIN, *, dies: int = 0
) -> AbstractAsyncContextManager[CallStoreWriter]:
    """At work, as a server keeps it."""
    return kept_at_work(CallStoreWriter(store, folder, WholeFiles(keys), patience), STORING, dies=dies)


async def until(condition: Callable[[], bool]) -> None:
    """What nobody tells of has come."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.001)


def left(folder: Path) -> list[str]:
    """What waits."""
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def lines(logs: list[EventDict]) -> list[str]:
    """What they say, without what they say it of."""
    return [str(line["event"]) for line in logs]


async def test_a_record_is_stored_and_its_file_goes(tmp_path: Path) -> None:
    """Into a real database."""
    store = CallStore(default_url(tmp_path))
    async with writer(store, tmp_path / "spool") as at_work:
        at_work.take(RECORD)
        await at_work.stored()
        found = await store.search(Search())

    assert found == [RECORD]
    assert left(tmp_path / "spool") == []


async def test_an_outage_is_told_once_and_loses_nothing(tmp_path: Path) -> None:
    """One line when it begins, one when it is over; each record is stored once."""
    store = Troubled()
    store.failures = 7
    with structlog.testing.capture_logs() as logs:
        async with writer(store, tmp_path) as at_work:
            for number in range(250):
                at_work.take(call(number))
            await at_work.stored()

    assert store.calls.keys() == {f"call-{number}" for number in range(250)}
    assert store.puts == 250
    assert [(line["log_level"], line["event"]) for line in logs] == [
        ("error", "call records are not stored; they are kept until they are"),
        ("info", "call records are stored again"),
    ]


async def test_what_one_process_leaves_the_next_one_stores(tmp_path: Path) -> None:
    """Once: what was stored already is not there any more."""
    down, up = Troubled(), Troubled()
    down.down = True
    async with writer(down, tmp_path, replace(QUICK, goodbye_s=0.0)) as at_work:
        for number in range(3):
            at_work.take(call(number))
    assert len(left(tmp_path)) == 3
    async with writer(up, tmp_path) as at_work:
        await at_work.stored()

    assert list(up.calls.values()) == [call(0), call(1), call(2)]
    assert (up.puts, left(tmp_path)) == (3, [])


async def test_a_process_that_dies_after_storing_stores_it_again_as_the_same(tmp_path: Path) -> None:
    """The file is still there: the call is there once, and a score that was given meanwhile stays."""
    store = CallStore(default_url(tmp_path))
    await store.open()
    await store.put([replace(RECORD, score=None)])
    await store.change(RECORD.id, score=9.0)
    spool._write(WholeFiles(), tmp_path / "spool", RECORD.id, RECORD)
    async with writer(store, tmp_path / "spool") as at_work:
        await at_work.stored()
        found = await store.search(Search())

    assert found == [replace(RECORD, score=9.0)]


async def test_two_workers_share_the_folder(tmp_path: Path) -> None:
    """All records are stored, whoever took them."""
    store = Troubled()
    async with writer(store, tmp_path) as one, writer(store, tmp_path) as other:
        for number in range(20):
            (one, other)[number % 2].take(call(number))
        await one.stored()
        await other.stored()

    assert (len(store.calls), left(tmp_path)) == (20, [])


async def test_a_record_that_is_never_taken_holds_up_no_other(tmp_path: Path) -> None:
    """After some rounds it is set aside for a person to look at."""
    store = Troubled()
    store.refused = {"call-1"}
    with structlog.testing.capture_logs() as logs:
        async with writer(store, tmp_path) as at_work:
            for number in range(4):
                at_work.take(call(number))
            for number in range(4, 20):
                await until(partial(store.has, f"call-{number - 1}"))
                at_work.take(call(number))
            await at_work.stored()

    assert store.calls.keys() == {f"call-{number}" for number in range(20)} - {"call-1"}
    assert left(tmp_path) == ["call-1.refused"]
    assert lines(logs).count("a call record is not stored") == 1


async def test_several_that_are_never_taken_hold_up_no_other(tmp_path: Path) -> None:
    """Although they come first, and look as if the database was down."""
    store = Troubled()
    store.refused = {f"call-{number}" for number in range(1, 6)}
    async with writer(store, tmp_path) as at_work:
        for number in range(1, 10):
            at_work.take(call(number))
        await until(lambda: len(store.calls) == 4)

    assert store.calls.keys() == {f"call-{number}" for number in range(6, 10)}


async def test_while_the_database_is_down_none_is_set_aside(tmp_path: Path) -> None:
    """However often it has failed."""
    store = Troubled()
    store.failures = 60
    async with writer(store, tmp_path) as at_work:
        for number in range(2):
            at_work.take(call(number))
        await at_work.stored()

    assert (len(store.calls), left(tmp_path)) == (2, [])


async def test_a_file_that_is_no_record_is_set_aside(tmp_path: Path) -> None:
    """Cut off, of something else, or without what a record needs."""
    for name, content in {"cut": '{"id": "x', "list": "[]", "bare": "{}", "odd": '{"id": 1, "started": "now"}'}.items():
        (tmp_path / f"{name}.json").write_text(content)
    store = Troubled()
    async with writer(store, tmp_path) as at_work:
        at_work.take(RECORD)
        await at_work.stored()

    assert list(store.calls) == [RECORD.id]
    assert left(tmp_path) == ["bare.refused", "cut.refused", "list.refused", "odd.refused"]


def broken_disk(patch: pytest.MonkeyPatch) -> threading.Event:
    """Nothing can be written until it is set."""
    mended, write = threading.Event(), spool._write

    def fails(files: WholeFiles, folder: Path, name: str, record: CallRecord) -> None:
        if not mended.is_set():
            raise OSError(28, "No space left on device")
        write(files, folder, name, record)

    patch.setattr(spool, "_write", fails)
    return mended


async def test_a_full_disk_is_told_once_and_the_database_gets_them_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be elsewhere."""
    broken_disk(monkeypatch)
    store = Troubled()
    with structlog.testing.capture_logs() as logs:
        async with writer(store, tmp_path) as at_work:
            for number in range(5):
                at_work.take(call(number))
                await at_work.stored()

    assert len(store.calls) == 5
    assert lines(logs) == ["call records cannot be kept on disk"]


async def test_what_a_full_disk_kept_in_memory_is_written_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the database is still down: the end of the process loses nothing then."""
    mended = broken_disk(monkeypatch)
    store = Troubled()
    store.down = True
    async with writer(store, tmp_path, replace(QUICK, goodbye_s=0.0)) as at_work:
        at_work.take(RECORD)
        await store.asked.wait()
        mended.set()
        await until(lambda: bool(left(tmp_path)))

    assert left(tmp_path) == [f"{RECORD.id}.json"]


async def test_memory_is_bounded_when_all_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that hangs, too: what comes beyond the room is dropped, and told once."""
    lets_go = threading.Event()
    monkeypatch.setattr(spool, "_write", lambda *_: lets_go.wait(10))
    at_work = CallStoreWriter(Troubled(), tmp_path, WholeFiles(), replace(QUICK, room_bytes=100_000))
    with structlog.testing.capture_logs() as logs:
        for number in range(5000):
            at_work.take(call(number))
    kept = len(at_work._unwritten)
    lets_go.set()
    at_work._thread.shutdown()

    assert 10 < kept < 60
    assert [line["event"][:24] for line in logs] == ["call records are dropped"]


async def test_taking_never_waits_for_disk_or_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both hang: it returns, again and again, before anything is written."""
    lets_go = threading.Event()
    monkeypatch.setattr(spool, "_write", lambda *_: lets_go.wait(10))
    at_work = CallStoreWriter(Troubled(), tmp_path, WholeFiles(), QUICK)
    for number in range(100):
        at_work.take(call(number))
    taken = at_work._writing
    lets_go.set()
    at_work._thread.shutdown()

    assert taken == 100


def test_taking_never_raises(tmp_path: Path) -> None:
    """Not even where there is no event loop, as after the server's end; it is told."""
    at_work = CallStoreWriter(Troubled(), tmp_path, WholeFiles(), QUICK)
    with structlog.testing.capture_logs() as logs:
        at_work.take(RECORD)

    assert lines(logs) == ["a call record is lost"]


async def test_the_task_that_dies_is_begun_anew(tmp_path: Path) -> None:
    """As a fault in it would end it."""
    store = Troubled()
    store.down = True
    async with writer(store, tmp_path, dies=1) as at_work:
        at_work.take(RECORD)
        await store.asked.wait()
        [task] = [task for task in asyncio.all_tasks() if task.get_name() == STORING]
        task.cancel()
        store.down = False
        await at_work.stored()

    assert list(store.calls) == [RECORD.id]


async def test_what_waits_is_encrypted_and_is_stored_as_it_was(tmp_path: Path) -> None:
    """With keys; what was written before there were any, or with an older one, is stored as well."""
    old, both = KeyRing({"k1": b"1" * 32}), KeyRing({"k2": b"2" * 32, "k1": b"1" * 32})
    down, up = Troubled(), Troubled()
    down.down = True
    for number, keys in enumerate((PLAIN, old, both)):
        async with writer(down, tmp_path, replace(QUICK, goodbye_s=0.0), keys) as at_work:
            at_work.take(call(number))
    waiting = [tmp_path / name for name in left(tmp_path)]
    assert [key_id(file) for file in waiting] == ["", "k1", "k2"]
    assert waiting[0].read_bytes() == json.dumps(call(0).as_json()).encode()
    assert not any(b"price of a fan" in file.read_bytes() for file in waiting[1:])
    async with writer(up, tmp_path, keys=both) as at_work:
        await at_work.stored()

    assert list(up.calls.values()) == [call(0), call(1), call(2)]
    assert left(tmp_path) == []


async def test_what_cannot_be_read_stays_and_is_told_once(tmp_path: Path) -> None:
    """Without its key, or because it was changed; the others go past it, and nothing of it is in the log."""
    keys = KeyRing({"k2": b"2" * 32})
    spool._write(WholeFiles(KeyRing({"k1": b"1" * 32})), tmp_path, "call-1", call(1))
    spool._write(WholeFiles(keys), tmp_path, "call-2", call(2))
    changed = bytearray((tmp_path / "call-2.json").read_bytes())
    changed[1000] ^= 1
    (tmp_path / "call-2.json").write_bytes(changed)
    store = Troubled()
    with structlog.testing.capture_logs() as logs:
        async with writer(store, tmp_path, keys=keys) as at_work:
            for number in (3, 4):
                at_work.take(call(number))
                await at_work.stored()

    assert store.calls.keys() == {"call-3", "call-4"}
    assert left(tmp_path) == ["call-1.json", "call-2.json"]
    assert lines(logs) == ["a call record cannot be read; it waits until it can"] * 2
    told = sorted(line["error"] for line in logs)
    assert "with the key 'k1'" in told[0]
    assert "call-2.json, chunk 0" in told[1]
    assert "fan" not in str(logs)


async def test_what_the_disk_does_not_give_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as a file of another user's: it is a record all the same, and is stored once it can be read."""
    spool._write(WholeFiles(), tmp_path, "call-1", call(1))
    store = Troubled()
    with monkeypatch.context() as disk, structlog.testing.capture_logs() as logs:

        def denied(_files: WholeFiles, path: Path) -> bytes:
            raise PermissionError(13, "Permission denied", str(path))

        disk.setattr(WholeFiles, "read", denied)
        async with writer(store, tmp_path) as at_work:
            await at_work.stored()
    kept = left(tmp_path)
    async with writer(store, tmp_path) as at_work:
        await at_work.stored()

    assert kept == ["call-1.json"]
    assert lines(logs) == ["a call record cannot be read; it waits until it can"]
    assert store.calls.keys() == {"call-1"}


async def test_odd_names_stay_in_the_folder(tmp_path: Path) -> None:
    """A name that leads elsewhere does not."""
    store = Troubled()
    store.down = True
    async with writer(store, tmp_path / "spool", replace(QUICK, goodbye_s=0.0)) as at_work:
        at_work.take(replace(RECORD, id="../../evil"))

    assert left(tmp_path) == ["spool"]
    [name] = left(tmp_path / "spool")
    assert json.loads((tmp_path / "spool" / name).read_text())["id"] == "../../evil"


@needs_postgres
async def test_a_server_that_stops_and_comes_back(postgres: Cluster, tmp_path: Path) -> None:
    """It is stopped under way: what comes meanwhile is stored when it is back, once each."""
    store = CallStore(await postgres.database())
    with structlog.testing.capture_logs() as logs:
        async with writer(store, tmp_path) as at_work:
            at_work.take(call(0))
            await at_work.stored()
            await asyncio.to_thread(postgres.stop)
            try:
                for number in range(1, 30):
                    at_work.take(call(number))
                await until(lambda: "call records are not stored; they are kept until they are" in lines(logs))
            finally:
                await asyncio.to_thread(postgres.start)
            await at_work.stored()
            found = await store.search(Search())

    assert {one.id for one in found} == {f"call-{number}" for number in range(30)}
    assert lines(logs)[-1] == "call records are stored again"
    assert len(logs) == 2
    assert left(tmp_path) == []
