"""What is kept of calls in the database and in the bucket goes in its time, and with its call."""

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from support.bucket_server import BucketServer, bucket_server
from support.kept_calls import BEGAN, NAME, SECRET_WORD, whole

from callagent.cli import main
from callagent.elsewhere import FarRetention, RecordedCalls
from callagent.errors import BucketError, RecordingError
from callagent.quality.records import record_in
from callagent.recording.at_rest.files import PLAIN
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.audit import AUDIT
from callagent.recording.buckets import Bucket, Stored, Waits
from callagent.recording.changes import WholeFiles
from callagent.recording.copying import let_go, upload
from callagent.recording.folder import CallFolder
from callagent.recording.folder_names import UNSTORED
from callagent.recording.holds import hold
from callagent.recording.retention import Kept, purge
from callagent.store.calls import CallStore, default_url

LATER = BEGAN + timedelta(days=40)


@pytest.fixture(scope="module")
def server() -> Iterator[BucketServer]:
    """One for all tests here."""
    with bucket_server() as running:
        yield running
        running.fault = lambda _method, _path: False


@dataclass
class Place:
    """Calls that are kept in folders, in a database and in a bucket."""

    recordings: Path
    server: BucketServer
    name: str
    with_texts: bool = True
    """Whether the database has what was said."""

    @property
    def bucket(self) -> Bucket:
        """The bucket."""
        return Bucket(self.name, "", self.server.url, Waits(attempts=1, connect_s=2.0, answer_s=2.0))

    async def keep(self, *folders: Path) -> None:
        """Have calls in database and bucket."""
        store = await self.store()
        await store.put([record_in(folder) for folder in folders])
        await store.aclose()
        for folder in folders:
            assert upload(self.bucket, folder, BEGAN)

    async def store(self) -> CallStore:
        """The database, open."""
        made = CallStore(default_url(self.recordings), with_texts=self.with_texts)
        await made.open()
        return made

    async def purge(self, days: dict[Kept, float]) -> None:
        """As a server does it once a day."""
        store = await self.store()
        try:
            purge(self.recordings, days, LATER)
            await FarRetention(self.recordings, days, store, self.bucket, "test").purge(LATER)
        finally:
            await store.aclose()

    def files(self, call: str) -> list[str]:
        """What the bucket has of a call."""
        return [key.partition("/")[2] for key in self.server.keys(self.name) if key.startswith(f"{call}/")]


@pytest.fixture
def place(tmp_path: Path, server: BucketServer) -> Place:
    """Empty."""
    return Place(tmp_path, server, server.new_bucket())


async def test_the_sound_goes_in_its_time(place: Place) -> None:
    """In the bucket too, whether the call is here as well or not; of a held call it stays."""
    here, far, held = (whole(place.recordings, f"{NAME}{number}", message=True) for number in (1, 2, 3))
    hold(CallFolder(held), "case 12")
    await place.keep(here, far, held)
    assert let_go(place.bucket, far)
    assert let_go(place.bucket, held)
    await place.purge({"audio": 30})
    await place.purge({"audio": 30})
    store = await place.store()
    kept = {name: await store.get(name) for name in (here.name, far.name, held.name)}
    await store.aclose()

    assert [place.files(name) for name in (here.name, far.name)] == [["events.jsonl", "summary.json"]] * 2
    assert "call.wav" in place.files(held.name)
    assert [record.has_sound for record in kept.values() if record] == [False, False, True]


@pytest.mark.parametrize("with_texts", [True, False])
async def test_the_words_go_in_their_time(place: Place, *, with_texts: bool) -> None:
    """A call that is in the bucket only comes back for that, and goes up again without them, in the database or not."""
    place.with_texts = with_texts
    here, far = (whole(place.recordings, f"{NAME}{number}") for number in (1, 2))
    await place.keep(here, far)
    assert let_go(place.bucket, far)
    await place.purge({"transcript": 30})
    store = await place.store()
    kept = [await store.get(folder.name) for folder in (here, far)]
    await store.aclose()
    for folder in (here, far):
        assert upload(place.bucket, folder, LATER)

    assert [record.words for record in kept if record] == ["", ""]
    for folder in (here, far):
        assert SECRET_WORD.encode() not in place.server.content(place.name, f"{folder.name}/events.jsonl")


async def test_the_rest_goes_in_its_time(place: Place) -> None:
    """The record last: while the bucket is down it stays, so that nothing is forgotten there."""
    here, far = (whole(place.recordings, f"{NAME}{number}") for number in (1, 2))
    await place.keep(here, far)
    assert let_go(place.bucket, far)
    place.server.fault = lambda _method, _path: True
    with pytest.raises(BucketError):
        await place.purge({"summary": 30})
    store = await place.store()
    assert await store.missing([far.name]) == []
    place.server.fault = lambda _method, _path: False
    await place.purge({"summary": 30})

    assert await store.missing([here.name, far.name]) == [here.name, far.name]
    assert place.server.keys(place.name) == []
    await store.aclose()


def test_a_call_in_the_bucket_only_is_deleted_by_its_name(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not while it is held there or the bucket is down; then everywhere, and it is written down."""
    far, held = whole(place.recordings), whole(place.recordings, f"{NAME}2")
    hold(CallFolder(held), "case 12")
    asyncio.run(place.keep(far, held))
    assert let_go(place.bucket, far)
    assert let_go(place.bucket, held)
    monkeypatch.setenv("CALLAGENT_RECORDINGS", str(place.recordings))
    monkeypatch.setenv("CALLAGENT_RECORDINGS_BUCKET", f"s3://{place.name}?endpoint={place.server.url}")

    assert main(["calls", "delete", held.name]) == 1
    assert "is held, in the bucket" in capsys.readouterr().out
    assert main(["calls", "delete", NAME]) == 0
    told = capsys.readouterr().out
    assert "deleted  3 of: files in the bucket" in told
    assert "deleted  1 of: call records" in told
    assert main(["calls", "delete", NAME]) == 1
    assert place.files(NAME) == []
    assert "call.wav" in place.files(held.name)
    assert [json.loads(line)["what"] for line in (place.recordings / AUDIT).read_text().splitlines()] == [
        "held",
        "deleted",
    ]


def unstored(recordings: Path, name: str, keys: KeyRing) -> Path:
    """A record that waits to be stored, of a call of the caller's whose folder is elsewhere."""
    (recordings / UNSTORED).mkdir(exist_ok=True)
    waiting = recordings / UNSTORED / f"{name}.json"
    WholeFiles(keys).write(waiting, json.dumps({"id": name, "caller_key": "theirs"}).encode())
    return waiting


async def test_of_a_record_that_the_disk_does_not_give_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be the caller's: nobody is to be told that all is gone."""

    def denied(path: Path, _keys: KeyRing) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    unstored(tmp_path, "far", PLAIN)
    monkeypatch.setattr("callagent.elsewhere.read_whole", denied)
    with pytest.raises(
        RecordingError, match=r"far\.json: cannot be read \(Permission denied\)\. It may be the caller's"
    ):
        await RecordedCalls(tmp_path, lambda: None, PLAIN).forget("theirs")


async def test_encrypted_records_that_wait_are_forgotten(tmp_path: Path) -> None:
    """With whatever key; of one that nobody can read it is told, unless its folder tells whose it is."""
    old, both = KeyRing({"k1": b"1" * 32}), KeyRing({"k2": b"2" * 32, "k1": b"1" * 32})
    records = RecordedCalls(tmp_path, lambda: None, both)
    mine = [unstored(tmp_path, f"call-{number}", keys) for number, keys in enumerate((PLAIN, old, both))]
    await records.forget("another's")
    assert all(path.exists() for path in mine)
    await records.forget("theirs")
    assert not any(path.exists() for path in mine)

    unstored(tmp_path, whole(tmp_path).name, KeyRing({"k0": b"0" * 32}))
    await records.forget("theirs")
    lost, found = unstored(tmp_path, "lost", KeyRing({"k0": b"0" * 32})), unstored(tmp_path, "found", both)
    with pytest.raises(RecordingError, match=r"lost\.json: is encrypted with the key 'k0'.* may be the caller's"):
        await records.forget("theirs")
    assert lost.exists()
    assert not found.exists()


def test_a_call_in_the_bucket_only_is_fetched(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is whole here again, and can be held; one that is not there, or whose name leads elsewhere, is told of."""
    far = whole(place.recordings)
    files = {file.name: file.read_bytes() for file in far.iterdir()}
    asyncio.run(place.keep(far))
    assert let_go(place.bucket, far)
    monkeypatch.setenv("CALLAGENT_RECORDINGS", str(place.recordings))
    assert main(["calls", "fetch", NAME]) == 2
    assert "CALLAGENT_RECORDINGS_BUCKET is not set" in capsys.readouterr().err
    monkeypatch.setenv("CALLAGENT_RECORDINGS_BUCKET", f"s3://{place.name}?endpoint={place.server.url}")

    assert main(["calls", "fetch", "../secret", NAME, "20260101-000000-gone"]) == 1
    fetched = capsys.readouterr()
    assert fetched.out.strip() == str(far)
    assert "'../secret' is no name" in fetched.err
    assert "there is no call 20260101-000000-gone" in fetched.err
    assert {file.name: file.read_bytes() for file in far.iterdir() if file.name in files} == files
    assert main(["calls", "hold", NAME, "--reason", "case 12"]) == 0
    assert upload(place.bucket, far, BEGAN)
    assert "hold.json" in place.files(NAME)
    assert [one.name for one in place.recordings.iterdir() if one.is_dir() and not one.name.startswith(".")] == [NAME]


def test_what_people_write_about_a_call_is_in_its_record(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Score, card, note and hold; a database that is down is told, and the folder has it all the same."""
    folder = whole(place.recordings)
    asyncio.run(place.keep(folder))
    monkeypatch.setenv("CALLAGENT_RECORDINGS", str(place.recordings))
    assert main(["calls", "score", NAME, "--polite", "4", "--by", "asha"]) == 0
    assert main(["calls", "note", NAME, "asked twice"]) == 0
    assert main(["calls", "hold", NAME, "--reason", "case 12"]) == 0
    capsys.readouterr()
    assert main(["calls", "list", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)

    assert (record["notes"], record["held"], record["scorecard"][0]["polite"]) == ("asked twice", True, 4)
    assert record["score"] is not None
    monkeypatch.setenv("CALLAGENT_CALLS_URL", "sqlite:////nowhere/calls.db")
    assert main(["calls", "note", NAME, "once more"]) == 0
    assert "its folder has it, but" in capsys.readouterr().err.replace("\n", " ")


def test_a_bucket_that_hangs_does_not_hold_up_the_end_of_the_process(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was being asked of it is left."""
    asked, go_on = threading.Event(), threading.Event()

    def hangs(_bucket: Bucket, _name: str) -> dict[str, Stored]:
        asked.set()
        go_on.wait(60)
        return {}

    async def serve() -> None:
        await place.keep(whole(place.recordings))
        monkeypatch.setattr(Bucket, "stored", hangs)
        purging = asyncio.create_task(place.purge({"summary": 30}))
        await asyncio.to_thread(asked.wait, 10)
        purging.cancel()
        await asyncio.gather(purging, return_exceptions=True)

    process = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    process.start()
    process.join(20)
    has_ended = not process.is_alive()
    go_on.set()
    process.join(20)

    assert asked.is_set()
    assert has_ended
