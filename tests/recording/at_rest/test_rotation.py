"""Recordings encrypted anew, over a folder of calls and through the command."""

import os
from argparse import Namespace
from base64 import b64encode
from pathlib import Path

import pytest

from callagent.alone import alone
from callagent.commands.calls.rotate import run
from callagent.errors import ConfigurationError, RecordingError
from callagent.recording.at_rest import rotation
from callagent.recording.at_rest.files import PLAIN, key_id, open_existing, open_new, read_whole, write_whole
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.changes import append

K1, K2 = b"1" * 32, b"2" * 32
OLD, BOTH = KeyRing({"k1": K1}), KeyRing({"k2": K2, "k1": K1})
NAMES = ("call.wav", "events.jsonl", "message.wav", "summary.json")


def content(call: int, name: str) -> bytes:
    """Of a file, longer than a chunk."""
    return f"{call} {name} ".encode() * 1000


@pytest.fixture
def recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three calls: one encrypted with the old key, one plain, one with the new key."""
    for call, keys in enumerate((OLD, PLAIN, BOTH)):
        (tmp_path / "recordings" / f"call-{call}").mkdir(parents=True)
        for name in NAMES:
            write_whole(tmp_path / "recordings" / f"call-{call}" / name, content(call, name), keys)
    (tmp_path / "recordings" / "calls.db").touch()
    (tmp_path / "recordings" / ".undelivered").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CALLAGENT_RECORDING_KEYS", f"k2:{b64encode(K2).decode()},k1:{b64encode(K1).decode()}")
    return tmp_path / "recordings"


def rotate(*, plain: bool = False) -> int:
    """By the command."""
    return run(Namespace(plain=plain, recordings=None))


def key_ids(recordings: Path) -> list[str]:
    """Of all files of all calls."""
    return [key_id(recordings / f"call-{call}" / name) for call in range(3) for name in NAMES]


def assert_all_there(recordings: Path) -> None:
    """Nothing but the encryption has changed."""
    for call in range(3):
        folder = recordings / f"call-{call}"

        assert sorted(file.name for file in folder.iterdir()) == list(NAMES)
        assert [read_whole(folder / name, BOTH) for name in NAMES] == [content(call, name) for name in NAMES]


def test_all_are_encrypted_with_the_first_key(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And a second run finds nothing to do, and touches nothing."""
    assert rotate() == 0
    assert "Now encrypted with the key 'k2': 8 files of 2 calls, of 3." in capsys.readouterr().out
    assert set(key_ids(recordings)) == {"k2"}
    assert_all_there(recordings)

    before = [file.stat() for file in sorted(recordings.rglob("*"))]

    assert rotate() == 0
    assert "Nothing to do: 3 calls encrypted with the key 'k2' already." in capsys.readouterr().out
    # When a file was last read does not count.
    assert [(one.st_ino, one.st_mtime_ns) for one in before] == [
        (one.st_ino, one.st_mtime_ns) for one in (file.stat() for file in sorted(recordings.rglob("*")))
    ]


def test_all_are_decrypted(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --plain."""
    assert rotate(plain=True) == 0
    assert "Now plain: 8 files of 2 calls" in capsys.readouterr().out
    assert set(key_ids(recordings)) == {""}
    assert_all_there(recordings)


class Killed(BaseException):
    """By somebody."""


@pytest.mark.parametrize("step", range(17))
def test_a_run_that_was_killed_is_gone_on_with(step: int, recordings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it was: every file is whole, old or new, and the next run does the rest."""
    steps = 0

    def counted(path: Path) -> None:
        nonlocal steps
        steps += 1
        if steps > step:
            raise Killed

    def left_lying(_path: Path, *, missing_ok: bool = False) -> None:
        assert missing_ok

    with monkeypatch.context() as patch:
        patch.setattr(rotation, "sync", counted)
        patch.setattr(Path, "unlink", left_lying)
        try:
            rotate()
        except Killed:
            assert steps == step + 1
    for call in range(3):
        for name in NAMES:
            assert read_whole(recordings / f"call-{call}" / name, BOTH) == content(call, name)

    assert rotate() == 0
    assert set(key_ids(recordings)) == {"k2"}
    assert_all_there(recordings)


def test_what_waits_to_be_sent_or_stored_is_encrypted_as_well(
    recordings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also what was refused, and with --plain no longer; while a server sends it, it is left alone."""
    for place, name, keys in ((".undelivered", "a.json", OLD), (".unstored", "b.refused", PLAIN)):
        (recordings / place).mkdir(exist_ok=True)
        write_whole(recordings / place / name, b"words", keys)
    (recordings / ".unstored" / ".c.json.rotating").touch()
    waiting = [recordings / ".undelivered" / "a.json", recordings / ".unstored" / "b.refused"]
    with alone(recordings / ".undelivered"):
        assert rotate() == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "Now encrypted with the key 'k2': 1 file of what waits to be sent or stored." in told
    assert ".undelivered, for a server sends or stores what waits there" in told
    assert [key_id(path) for path in waiting] == ["k1", "k2"]

    assert rotate() == 0
    assert [key_id(path) for path in waiting] == ["k2", "k2"]
    assert rotate(plain=True) == 0
    assert [path.read_bytes() for path in waiting] == [b"words"] * 2
    assert [path.name for path in (recordings / ".unstored").iterdir()] == ["b.refused"]


def test_what_is_deleted_meanwhile_does_not_come_back(recordings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told that it was not there any more."""
    waiting = recordings / ".undelivered" / "a.json"
    write_whole(waiting, b"words", OLD)
    monkeypatch.setattr(rotation, "_copy", lambda file, *_: file.unlink())

    with pytest.raises(RecordingError, match="meanwhile"):
        rotation.rotate_file(waiting, BOTH)
    assert list(waiting.parent.iterdir()) == []


def test_calls_in_use_are_left_alone(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One that goes on, and one that somebody works on; a file that is being written is told, and the others done."""
    (recordings / "call-0" / "summary.json").unlink()
    growing = open_new(recordings / "call-1" / "message-2.wav", OLD)
    growing.append(b"words")
    with alone(recordings / "call-2"):
        assert rotate() == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "Left alone: 2 calls" in told
    assert "message-2.wav: another process writes to it" in told
    assert key_id(recordings / "call-0" / "call.wav") == "k1"
    assert key_id(recordings / "call-1" / "call.wav") == "k2"
    growing.close()

    assert rotate() == 0
    assert key_id(recordings / "call-1" / "message-2.wav") == "k2"


def test_what_cannot_be_read_is_told_and_the_rest_done(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that was tampered with stays as it is."""
    broken = recordings / "call-0" / "call.wav"
    broken.write_bytes(broken.read_bytes()[:-1])

    assert rotate() == 1
    assert "call-0/call.wav, chunk 2: is cut off" in " ".join(capsys.readouterr().out.split())
    assert key_ids(recordings)[4:] == ["k2"] * 8
    assert key_ids(recordings)[:4] == ["k1", "k2", "k2", "k2"]


def test_a_key_that_is_missing_is_told_once(
    recordings: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """However many files need it; what needs none is encrypted all the same."""
    monkeypatch.setenv("CALLAGENT_RECORDING_KEYS", f"k2:{b64encode(K2).decode()}")

    assert rotate() == 1
    assert capsys.readouterr().out.count("4 files need the key 'k1', which is not in CALLAGENT_RECORDING_KEYS") == 1
    assert key_ids(recordings) == ["k1"] * 4 + ["k2"] * 8


def test_whose_a_file_is_it_stays(recordings: Path) -> None:
    """Root may encrypt what a server of its own user is to read afterwards, and write notes beside it."""
    files, note = [recordings / "call-0" / name for name in NAMES], recordings / "call-0" / "notes.jsonl"
    server = (4321, 4322) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    for path in (recordings / "call-0", *files):
        os.chown(path, *server)

    assert rotate() == 0
    append(note, b"a note", BOTH)
    assert {(path.stat().st_uid, path.stat().st_gid) for path in (*files, note)} == {server}


def test_without_keys_nothing_is_encrypted(recordings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And it says how to make one."""
    monkeypatch.delenv("CALLAGENT_RECORDING_KEYS")

    with pytest.raises(ConfigurationError, match="openssl rand"):
        rotate()


def test_a_file_that_was_not_closed_stays_known_as_such(recordings: Path) -> None:
    """What a killed process left is no whole file for having been encrypted anew."""
    file = open_new(recordings / "call-0" / "message-2.wav", OLD)
    file.append(b"words" * 1000)
    file.abandon()

    assert rotate() == 0
    with open_existing(recordings / "call-0" / "message-2.wav", BOTH) as left:
        assert (left.finished, left.key_id, left.read()) == (False, "k2", b"words" * 1000)
