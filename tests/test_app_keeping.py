"""What becomes of a server's calls once they are over: in the database, in the bucket, and after they are forgotten."""

import asyncio
import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from support.bucket_server import BucketServer, bucket_server
from support.kept_calls import KEYS, NAME, WORDS, record, started, whole
from support.server import OPTIONS, Server, listen_for, server
from support.summary_server import summary_server

from callagent.cli import main
from callagent.clock import SystemClock
from callagent.elsewhere import RecordedCalls
from callagent.events import TranscriptReceived
from callagent.keeping import Keeping
from callagent.media.audio import SILENCE
from callagent.recording.at_rest.files import key_id, read_whole
from callagent.recording.buckets import Bucket
from callagent.recording.callers_key import make_key_of
from callagent.recording.copying import let_go
from callagent.recording.folder import CallFolder
from callagent.recording.forgetting import delete
from callagent.recording.holds import hold
from callagent.settings.settings import Settings
from callagent.simulator.twilio_call import TwilioCall
from callagent.store.calls import CallStore, default_url
from callagent.store.record import CallRecord
from callagent.store.searching import Search
from callagent.tts.espeak import EspeakSynthesizer
from callagent.tts.synthesizer import Speech

KEY = base64.b64encode(bytes(range(32))).decode()
"""That of the support's keys."""
SAID = "Lajwanti of lane seven"
CALLER = "+919800000000"
"""Whose calls the simulated carrier brings."""


@pytest.fixture
def bucket_place() -> Iterator[BucketServer]:
    """Where a bucket may be made."""
    with bucket_server() as running:
        yield running


async def have_a_call(shop: Server) -> Path:
    """A short one; its folder."""
    call = await shop.call()
    await listen_for(call, 60)
    await call.hang_up()
    await shop.ended()
    return shop.summaries[0][1]


async def records(url: Any) -> list[CallRecord]:
    """All that a database has."""
    store = CallStore(url)
    await store.open()
    found = await store.search(Search())
    await store.aclose()
    return found


async def run(*words: str) -> int:
    """A command, which has a loop of its own."""
    return await asyncio.to_thread(main, ["calls", *words])


async def test_a_call_has_a_record(tmp_path: Path) -> None:
    """With its words, whose it was, and how good it was; what was there before the database was, has one as well."""
    recordings = tmp_path / "recordings"
    whole(recordings)
    async with server(tmp_path) as shop:
        folder = await have_a_call(shop)
        waiting = shop.app.view()["status"]["waiting"]
    told = json.loads((folder / "summary.json").read_text())
    [newest, earlier] = await records(default_url(recordings))

    assert (newest.id, newest.call_id, newest.disposition) == (folder.name, told["call_id"], told["disposition"])
    assert newest.caller_key == make_key_of(recordings, "")(CALLER)
    assert newest.has_sound
    assert newest.score is not None
    assert newest.words.startswith("agent: ")
    assert earlier.id == NAME
    assert list((recordings / ".unstored").iterdir()) == []
    assert list(waiting) == ["record"]


async def test_a_database_that_is_down_holds_up_no_call(tmp_path: Path) -> None:
    """The record waits, and is there once the database is; somebody is told meanwhile."""
    place = tmp_path / "later"
    url = f"sqlite:///{place / 'calls.db'}"
    with capture_logs() as logs:
        async with server(tmp_path, calls_url=url) as shop:
            folder = await have_a_call(shop)
            advice = shop.app.status().recommendations
            place.mkdir()
            async with asyncio.timeout(20):
                await shop.app._keeping._read.wait()
                await shop.app._keeping._writer.stored()

    assert shop.summaries[0][0].disposition == "caller hung up"
    assert [one.id for one in await records(url)] == [folder.name]
    assert [line["log_level"] for line in logs if "call records are" in line["event"]] == ["error", "info"]
    assert any("CALLAGENT_CALLS_URL" in line for line in advice)


async def test_a_call_whose_process_was_killed_is_kept_as_any_other(
    tmp_path: Path, bucket_place: BucketServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After the next start it is delivered, stored and uploaded."""
    recordings, bucket = tmp_path / "recordings", bucket_place.new_bucket()
    record(recordings / NAME, (started("key"), *WORDS), summary=False)
    async with summary_server() as mine:
        place = f"s3://{bucket}/calls?endpoint={bucket_place.url}"
        async with server(tmp_path, summary_webhook=mine.url, recordings_bucket=place):
            async with asyncio.timeout(20):
                await mine.took[NAME].wait()
    monkeypatch.setenv("CALLAGENT_RECORDINGS", str(recordings))
    assert await run("list", "--crashed", "--json") == 0
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("{")]

    assert mine.got[0][1]["crashed"] is True
    assert {name: json.loads(line)[name] for name in ("id", "disposition", "caller_key")} == {
        "id": NAME,
        "disposition": "crashed",
        "caller_key": "key",
    }
    assert bucket_place.keys(bucket) == [
        f"calls/{NAME}/{file}" for file in ("call.wav", "events.jsonl", "summary.json")
    ]


async def say(shop: Server, call: TwilioCall) -> None:
    """Talk until it was understood as what the transcriber is told to hear."""
    voice = EspeakSynthesizer(EspeakSynthesizer.Options())
    spoken = b"".join([chunk.pcm async for chunk in voice.synthesize(Speech("opening hours please"))])
    for at in range(0, len(spoken) - 320, 320):
        await call.exchange(spoken[at : at + 320])
    while not any(isinstance(event, TranscriptReceived) for event in shop.events):
        await call.exchange(SILENCE)


def files_with_it(folder: Path) -> list[str]:
    """Where below a folder somebody can read what was said."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path.relative_to(folder)) for path in files if SAID.lower().encode() in path.read_bytes().lower()]


@pytest.mark.parametrize("keys", ["", f"k1:{KEY}"])
async def test_with_keys_no_file_tells_what_was_said(tmp_path: Path, keys: str) -> None:
    """Neither where record and summary wait, nor where the record is stored; without keys it is found by its words."""
    recordings, place = tmp_path / "recordings", tmp_path / "recordings" / "later"
    url = f"sqlite:///{place / 'calls.db'}"
    options = {**OPTIONS, "stt.scripted": {"lines": [f"I am {SAID}"]}}
    async with summary_server() as mine:
        mine.statuses.extend([503] * 100)
        async with server(
            tmp_path, summary_webhook=mine.url, calls_url=url, recording_keys=keys, options=options
        ) as shop:
            call = await shop.call()
            await listen_for(call, 60)
            await say(shop, call)
            await call.hang_up()
            await shop.ended()
            folder, writer = shop.summaries[0][1], shop.app._keeping._writer
            async with asyncio.timeout(20):
                await shop.app._keeping._read.wait()
                await asyncio.to_thread(writer._thread.submit(int).result)  # once what came before is written
                await mine.reached.wait()
            waiting = [recordings / where / f"{folder.name}.json" for where in (".unstored", ".undelivered")]
            record, summary = (read_whole(path, KEYS) for path in waiting)
            ids = [key_id(path) for path in waiting]
            found = files_with_it(recordings)
            place.mkdir()
            async with asyncio.timeout(20):
                await writer.stored()
            found_when_stored = files_with_it(recordings)
            [stored] = await records(url)
    told = [str(path.relative_to(recordings)) for path in (waiting[0], folder / "events.jsonl")]

    assert SAID in record.decode()
    assert json.loads(summary)["disposition"] == "caller hung up"
    assert ids == ["k1" if keys else ""] * 2
    assert sorted(found) == ([] if keys else sorted(told))
    assert (found_when_stored == []) is bool(keys)
    assert (SAID in stored.words) is not bool(keys)
    assert (stored.id, stored.caller_key) == (folder.name, make_key_of(recordings, "")(CALLER))
    assert (files_with_it(recordings) == []) is bool(keys)


async def test_a_caller_is_forgotten_everywhere(
    tmp_path: Path, bucket_place: BucketServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Folder, record, bucket, and what waits to be delivered; also of a call that is in the bucket only."""
    recordings, name = tmp_path / "recordings", bucket_place.new_bucket()
    place = f"s3://{name}?endpoint={bucket_place.url}"
    recordings.mkdir()
    key = make_key_of(recordings, "")(CALLER)
    far, held = (whole(recordings, f"{NAME}{number}", key) for number in (1, 2))
    other = whole(recordings, f"{NAME}3", "another's")
    hold(CallFolder(held), "case 12")
    capsys.readouterr()
    async with summary_server() as mine:
        mine.statuses.extend([503] * 100)
        async with server(tmp_path, summary_webhook=mine.url, recordings_bucket=place) as shop:
            folder = await have_a_call(shop)
            async with asyncio.timeout(20):
                uploader = shop.app._keeping._uploader
                assert uploader is not None
                await uploader.uploaded()
    bucket = Bucket(name, "", bucket_place.url)
    assert let_go(bucket, far)
    assert {key.partition("/")[0] for key in bucket_place.keys(name)} == {
        one.name for one in (far, held, other, folder)
    }
    for setting, value in (("RECORDINGS", str(recordings)), ("RECORDINGS_BUCKET", place)):
        monkeypatch.setenv(f"CALLAGENT_{setting}", value)

    assert await run("forget", "--caller", CALLER, "--json") == 1
    told = capsys.readouterr().out
    proof = json.loads(told[told.index("\n{\n") :])
    assert proof["deleted"] == [folder.name]
    assert [line.partition(" ")[0] for line in proof["held"]] == [held.name]
    assert proof["waiting"] == 1
    assert proof["elsewhere"] == {"sound tests": 0, "files in the bucket": 6, "call records": 2}
    assert {one.id for one in await records(default_url(recordings))} == {held.name, other.name}
    assert not folder.exists()
    assert list((recordings / ".undelivered").iterdir()) == []
    assert {key.partition("/")[0] for key in bucket_place.keys(name)} == {held.name, other.name}


async def test_a_call_that_is_deleted_while_its_record_is_made_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever deletes it is told that nothing of it is left."""
    deleted, other = (whole(tmp_path, f"{NAME}{number}") for number in (1, 2))
    keeping = Keeping(Settings(recordings=tmp_path), SystemClock())
    put = keeping._store.put

    async def meanwhile(calls: Iterable[CallRecord]) -> None:
        await delete(CallFolder(deleted), [RecordedCalls(tmp_path, lambda: CallStore(default_url(tmp_path)))])
        await put(calls)

    monkeypatch.setattr(keeping._store, "put", meanwhile)
    await keeping.catch_up()
    await keeping.disconnect()

    assert [one.id for one in await records(default_url(tmp_path))] == [other.name]
