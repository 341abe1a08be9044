"""Calls on their way to a bucket, which fails: over S3's own protocol to a server on loopback."""

import asyncio
import json
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from structlog.testing import capture_logs
from support.at_work import kept_at_work
from support.bucket_server import BucketServer, bucket_server, free_port

from callagent.alone import alone
from callagent.clock import ManualClock, SystemClock
from callagent.errors import BucketError, RecordingError
from callagent.recording import uploader
from callagent.recording.at_rest.files import PLAIN, open_for_change, open_new, write_whole
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.at_rest.rotation import rotate_file, undisturbed
from callagent.recording.buckets import PART, Bucket, Waits
from callagent.recording.copying import fetch, let_go, upload
from callagent.recording.uploaded import NOTE, read_note
from callagent.recording.uploader import Patience, Uploader

ONCE = Waits(attempts=1, connect_s=2.0, answer_s=2.0)
QUICK = Patience(pause_s=0.01, longest_pause_s=0.02, look_s=0.01, goodbye_s=5.0)
NAMES = ["call.wav", "events.jsonl", "summary.json"]
NOW = ManualClock().wall()
DAY_S = 86_400


@pytest.fixture
def bucket(server: BucketServer) -> Bucket:
    """An empty one."""
    return Bucket(server.new_bucket(), "", server.url, ONCE)


def leave_call(recordings: Path, name: str = "call-1", *, sound: bytes = b"sound") -> Path:
    """What a call that is over has left."""
    folder = recordings / name
    folder.mkdir()
    for file, content in zip(NAMES, (sound, b"words", b"{}"), strict=True):
        write_whole(folder / file, content, PLAIN)
    return folder


def puts(server: BucketServer) -> list[str]:
    """Names of the files that were sent."""
    return [one.split("/", 2)[2] for one in server.requests if one.startswith("PUT") and one.count("/") == 3]


def at_work(
    bucket: Bucket,
    recordings: Path,
    clock: ManualClock | SystemClock | None = None,
    local_days: float | None = None,
    patience: Patience = QUICK,
) -> AbstractAsyncContextManager[Uploader]:
    """As in a server."""
    return kept_at_work(Uploader(bucket, recordings, clock or SystemClock(), local_days, patience), "upload")


async def test_a_call_is_uploaded_when_it_is_over(bucket: Bucket, server: BucketServer, tmp_path: Path) -> None:
    """All its files, once, and it stays here as well."""
    async with at_work(bucket, tmp_path) as working:
        await working.uploaded()
        working.take(leave_call(tmp_path))
        await working.uploaded()
        working.take(tmp_path / "call-1")
        await working.uploaded()

    assert puts(server) == [f"call-1/{name}" for name in NAMES]
    assert list(bucket.stored("call-1")) == NAMES
    assert [(tmp_path / "call-1" / name).exists() for name in (*NAMES, NOTE)] == [True] * 4


async def test_a_call_that_is_just_about_over_is_waited_for(bucket: Bucket, tmp_path: Path) -> None:
    """Its summary is not written yet, or a file of it is not closed."""
    (folder := tmp_path / "call-1").mkdir()
    sound = open_new(folder / "call.wav", PLAIN)
    async with at_work(bucket, tmp_path) as working:
        working.take(folder)
        looked = asyncio.create_task(working.uploaded())
        await asyncio.wait([looked], timeout=0.05)
        write_whole(folder / "summary.json", b"{}", PLAIN)
        await asyncio.wait([looked], timeout=0.05)

        assert not looked.done()

        sound.append(b"sound")
        sound.close()
        await looked

    assert bucket.stored("call-1")["call.wav"].size == 5


async def test_a_folder_that_is_never_finished_is_not_waited_for(bucket: Bucket, tmp_path: Path) -> None:
    """Nor one that is gone."""
    (tmp_path / "call-1").mkdir()
    async with at_work(bucket, tmp_path, patience=Patience(look_s=0.001, looks=3)) as working:
        working.take(tmp_path / "call-1")
        working.take(tmp_path / "call-2")
        await working.uploaded()

    assert (bucket.stored("call-1"), bucket.stored("call-2")) == ({}, {})


async def test_what_the_process_before_left_is_uploaded(bucket: Bucket, server: BucketServer, tmp_path: Path) -> None:
    """And nothing that it had uploaded already."""
    upload(bucket, leave_call(tmp_path, "call-1"), NOW)
    leave_call(tmp_path, "call-2")
    (tmp_path / ".undelivered").mkdir()
    (tmp_path / "calls.db").touch()
    server.requests.clear()
    async with at_work(bucket, tmp_path) as working:
        await working.uploaded()

    assert puts(server) == [f"call-2/{name}" for name in NAMES]


@pytest.mark.parametrize("fails", NAMES)
async def test_a_folder_is_gone_on_with(fails: str, bucket: Bucket, server: BucketServer, tmp_path: Path) -> None:
    """After a process that ended in the middle of it: no file that was confirmed is sent again."""
    leave_call(tmp_path)
    server.fault = lambda method, path: method == "PUT" and fails in path
    with pytest.raises(BucketError):
        upload(bucket, tmp_path / "call-1", NOW)
    server.fault = lambda _method, _path: False
    async with at_work(bucket, tmp_path) as working:
        await working.uploaded()

    assert puts(server) == [f"call-1/{name}" for name in NAMES]


async def test_parts_that_were_sent_before_it_broke_off_are_forgotten(
    bucket: Bucket, server: BucketServer, tmp_path: Path
) -> None:
    """A long file broke off at its second part, and the server could not be told so; the next time it is all there."""
    leave_call(tmp_path, sound=bytes(PART + 5))
    server.fault = lambda method, path: "partNumber=2" in path or method == "DELETE"
    with pytest.raises(BucketError):
        upload(bucket, tmp_path / "call-1", NOW)
    name = bucket.url.split("/")[2]

    assert len(server.client.list_multipart_uploads(Bucket=name)["Uploads"]) == 1

    server.fault = lambda _method, _path: False
    async with at_work(bucket, tmp_path) as working:
        await working.uploaded()

    assert "Uploads" not in server.client.list_multipart_uploads(Bucket=name)
    assert server.content(name, "call-1/call.wav") == bytes(PART + 5)


async def test_an_outage_is_told_once_and_so_is_its_end(bucket: Bucket, server: BucketServer, tmp_path: Path) -> None:
    """However many calls end meanwhile; all of them are uploaded then."""
    server.fault = lambda _method, _path: True
    with capture_logs() as logs:
        async with at_work(bucket, tmp_path) as working:
            for number in range(5):
                working.take(leave_call(tmp_path, f"call-{number}"))
            await server.until(lambda: server.refused >= 10)
            server.fault = lambda _method, _path: False
            await working.uploaded()

    assert [(one["event"], one["log_level"]) for one in logs] == [
        ("recordings are not uploaded, but kept here", "error"),
        ("recordings are uploaded again", "info"),
    ]
    assert "SlowDown" in logs[0]["error"]
    assert sorted(puts(server)) == [f"call-{number}/{name}" for number in range(5) for name in NAMES]


async def test_a_server_that_is_not_there_at_first(
    shared: BucketServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Comes up later, and has all calls then."""
    failed = Event()

    def noted(*arguments: Any) -> bool:
        try:
            return upload(*arguments)
        except BucketError:
            failed.set()
            raise

    monkeypatch.setattr(uploader, "upload", noted)
    port, name = free_port(), shared.new_bucket()
    bucket = Bucket(name, "", f"http://127.0.0.1:{port}", ONCE)
    leave_call(tmp_path)
    with capture_logs() as logs:
        async with at_work(bucket, tmp_path) as working:
            await asyncio.to_thread(failed.wait, 30)
            with bucket_server(port):
                await working.uploaded()

    assert [one["log_level"] for one in logs] == ["error", "info"]
    assert shared.keys(name) == [f"call-1/{name}" for name in NAMES]


async def test_a_folder_that_fails_holds_up_no_other(bucket: Bucket, server: BucketServer, tmp_path: Path) -> None:
    """The others go on, in the same round and the next ones."""
    server.fault = lambda _method, path: "call-1" in path
    async with at_work(bucket, tmp_path, patience=Patience(pause_s=0.01, goodbye_s=0.0)) as working:
        for number in (1, 2, 3):
            working.take(leave_call(tmp_path, f"call-{number}"))
        await server.until(lambda: len(puts(server)) >= 6)

    assert {one.split("/")[0] for one in puts(server)} == {"call-2", "call-3"}


async def test_a_server_that_hangs_holds_up_nothing(bucket: Bucket, server: BucketServer, tmp_path: Path) -> None:
    """Neither the calls, which go on beside it, nor the end of the process."""
    server.open.clear()
    async with at_work(bucket, tmp_path, patience=Patience(goodbye_s=0.0)) as working:
        working.take(leave_call(tmp_path))
        await server.until(lambda: server.knocks > 0)
        for number in range(1000):
            working.take(tmp_path / f"other-{number}")


HANGING = """
import asyncio
import sys
from pathlib import Path

from callagent.clock import SystemClock
from callagent.recording.buckets import Bucket
from callagent.recording.uploader import Patience, Uploader


async def main():
    uploader = Uploader(Bucket("b-b", "", sys.argv[1]), Path(sys.argv[2]), SystemClock(), None, Patience(goodbye_s=0.0))
    running = asyncio.create_task(uploader.run())
    await asyncio.to_thread(sys.stdin.readline)
    await uploader.aclose()
    running.cancel()


asyncio.run(main())
"""
"""Uploads, until it is told to end."""


async def test_a_process_ends_although_the_server_hangs(server: BucketServer, tmp_path: Path) -> None:
    """Long before the library would have lost patience."""
    leave_call(tmp_path)
    server.open.clear()
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HANGING, server.url, str(tmp_path), stdin=pipe, stderr=pipe
    )
    await server.until(lambda: server.knocks > 0)
    async with asyncio.timeout(15):
        _, told = await child.communicate(b"end\n")

    assert (child.returncode, told) == (0, b"")


async def test_more_calls_than_are_remembered_are_found_on_the_disk(
    bucket: Bucket, server: BucketServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is lost for it."""
    monkeypatch.setattr(uploader, "MOST_WAITING", 2)
    async with at_work(bucket, tmp_path) as working:
        await working.uploaded()
        for number in range(7):
            working.take(leave_call(tmp_path, f"call-{number}"))

            assert len(working._waiting) <= 2
        await server.until(lambda: len(puts(server)) >= 21)
        await working.uploaded()

    assert len({one.split("/")[0] for one in puts(server)}) == 7


async def test_two_workers_upload_each_file_once(bucket: Bucket, server: BucketServer, tmp_path: Path) -> None:
    """Whichever of them had the call: they share the folder."""
    other = Bucket(bucket.url.split("/")[2], "", server.url, ONCE)
    for number in range(4):
        leave_call(tmp_path, f"call-{number}")
    async with at_work(bucket, tmp_path) as one, at_work(other, tmp_path) as two:
        for number in range(4):
            one.take(tmp_path / f"call-{number}")
            two.take(tmp_path / f"call-{number}")
        await one.uploaded()
        await two.uploaded()

    assert sorted(puts(server)) == [f"call-{number}/{name}" for number in range(4) for name in NAMES]


async def test_a_file_that_is_changed_is_uploaded_anew(server: BucketServer, tmp_path: Path) -> None:
    """Silenced, or encrypted anew; of what it was before no version stays."""
    name = server.new_bucket(versions=True)
    bucket, keys = Bucket(name, "", server.url, ONCE), KeyRing({"k1": b"1" * 32})
    folder = leave_call(tmp_path)
    upload(bucket, folder, NOW)
    silenced = open_for_change(folder / "call.wav", PLAIN)
    silenced.write_at(0, bytes(5))
    silenced.close()
    upload(bucket, folder, NOW)

    assert (server.content(name, "call-1/call.wav"), server.all_versions(name)) == (bytes(5), 3)

    with undisturbed(folder) as files:
        for file in files:
            rotate_file(file, keys)
    async with at_work(bucket, tmp_path) as working:
        await working.uploaded()

    assert (b"words" in server.content(name, "call-1/events.jsonl"), server.all_versions(name)) == (False, 3)


async def test_another_bucket_gets_everything(bucket: Bucket, server: BucketServer, tmp_path: Path) -> None:
    """What one has says nothing of the other."""
    upload(bucket, leave_call(tmp_path), NOW)
    other = Bucket(server.new_bucket(), "", server.url, ONCE)
    async with at_work(other, tmp_path) as working:
        await working.uploaded()

    assert list(other.stored("call-1")) == NAMES


async def test_a_note_that_is_of_no_use_is_none(bucket: Bucket, server: BucketServer, tmp_path: Path) -> None:
    """Whatever is in it: the folder is uploaded."""
    for number, text in enumerate(("", "[]", "{}", '{"files": {"call.wav": 1}, "confirmed_s": 1}', "\0")):
        (leave_call(tmp_path, f"call-{number}") / NOTE).write_text(text)
    async with at_work(bucket, tmp_path) as working:
        await working.uploaded()

    assert len(puts(server)) == 15
    assert json.loads((tmp_path / "call-3" / NOTE).read_text())["bucket"] == bucket.url


async def test_a_call_stays_here_for_its_days(bucket: Bucket, tmp_path: Path) -> None:
    """And goes when they are over, but not before the bucket was asked once more."""
    clock = ManualClock()
    folder = leave_call(tmp_path)
    async with at_work(bucket, tmp_path, clock, local_days=7) as working:
        await working.uploaded()
        clock.advance(7 * DAY_S - 1)
        working.take(leave_call(tmp_path, "call-2"))
        await working.uploaded()

        assert folder.is_dir()

        clock.advance(2 * 3600)
        working.take(leave_call(tmp_path, "call-3"))
        await working.uploaded()

    assert [(tmp_path / f"call-{number}").exists() for number in (1, 2, 3)] == [False, True, True]
    assert list(bucket.stored("call-1")) == NAMES


async def test_what_the_bucket_has_lost_is_not_let_go(bucket: Bucket, server: BucketServer, tmp_path: Path) -> None:
    """It is told, and uploaded anew."""
    folder = leave_call(tmp_path)
    upload(bucket, folder, NOW)
    server.client.delete_object(Bucket=bucket.url.split("/")[2], Key="call-1/call.wav")
    clock = ManualClock()
    clock.advance(DAY_S)
    with capture_logs() as logs:
        async with at_work(bucket, tmp_path, clock, local_days=1) as working:
            await working.uploaded()

    assert "call-1 is not there any more as it was" in logs[0]["error"]
    assert [(folder / name).exists() for name in NAMES] == [True] * 3
    assert list(bucket.stored("call-1")) == NAMES


def test_what_was_changed_since_is_not_let_go(bucket: Bucket, tmp_path: Path) -> None:
    """Nor what somebody works on."""
    folder = leave_call(tmp_path)
    upload(bucket, folder, NOW)
    with alone(folder):
        assert not let_go(bucket, folder)
    write_whole(folder / "score.json", b"{}", PLAIN)

    assert not let_go(bucket, folder)
    assert upload(bucket, folder, NOW)
    assert let_go(bucket, folder)
    assert not folder.exists()


class Killed(BaseException):
    """By somebody."""


def test_letting_go_that_was_killed_is_gone_on_with(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And at no moment does the folder look like that of a call that is not over."""
    unlink = Path.unlink
    for step in range(4):
        folder = leave_call(tmp_path, f"call-{step}")
        upload(bucket, folder, NOW)
        steps = 0

        def killed(path: Path, *, missing_ok: bool = False, at: int = step) -> None:
            nonlocal steps
            if steps == at:
                raise Killed
            steps += 1
            unlink(path, missing_ok=missing_ok)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "unlink", killed)
            with pytest.raises(Killed):
                let_go(bucket, folder)
        left = {file.name for file in folder.iterdir()}

        assert "summary.json" in left or not left - {NOTE}
        assert let_go(bucket, folder)
        assert not folder.exists()


def test_a_call_is_fetched(bucket: Bucket, server: BucketServer, tmp_path: Path) -> None:
    """And is neither sent again, nor let go before its days are over once more."""
    folder = leave_call(tmp_path)
    upload(bucket, folder, NOW)
    let_go(bucket, folder)
    server.requests.clear()

    assert fetch(bucket, "call-1", tmp_path, NOW) == folder
    assert fetch(bucket, "call-1", tmp_path, NOW) == folder
    assert [(folder / name).read_bytes() for name in NAMES] == [b"sound", b"words", b"{}"]
    assert upload(bucket, folder, NOW)
    assert puts(server) == []
    assert read_note(folder, bucket.url).confirmed_s == NOW.timestamp()
    with alone(folder), pytest.raises(RecordingError, match="somebody works on it"):
        fetch(bucket, "call-1", tmp_path, NOW)
    with pytest.raises(BucketError, match="is no name"):
        fetch(bucket, "../call-1", tmp_path, NOW)
    with pytest.raises(BucketError, match="there is no call call-2"):
        fetch(bucket, "call-2", tmp_path, NOW)
    assert not (tmp_path / "call-2").exists()
