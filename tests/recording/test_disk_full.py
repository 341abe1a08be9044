"""A disk that is full costs recordings, never a call; what a call cannot be told without is written when it can be."""

import errno
import gc
import os
import subprocess
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.kept_calls import ENDED, KEYS, NAME, caught_up, started

from callagent.call.summary import summarize
from callagent.events import DigitPressed, RecordingCut
from callagent.media.audio import CHUNK_SAMPLES, Chunk
from callagent.recording.at_rest.files import PLAIN
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.folder import CallFolder
from callagent.recording.recorder import DiskWriter, Recorder
from callagent.recording.recovery import recover

ROOM = 1024 * 1024


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A real file system with room for a megabyte; where none can be mounted, the test is left out."""
    place = tmp_path / "small"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "callagent-test", str(place)]
    try:
        mounted = subprocess.run(mounting, check=False, capture_output=True).returncode == 0  # noqa: S603
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("only root may mount a small file system; the fake disk below is tested everywhere")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)  # noqa: S603, S607


def begin(recordings: Path, writer: DiskWriter, number: int = 1) -> Recorder:
    """A call."""
    recorder = Recorder(recordings / f"{NAME[:-1]}{number}", writer)
    recorder.on_event(started())
    return recorder


def talk(recorder: Recorder, chunks: int, first: int = 0) -> None:
    """So many times 20 ms of the caller."""
    for number in range(first, first + chunks):
        recorder.caller_heard(Chunk(np.full(CHUNK_SAMPLES, 9, "<i2").tobytes(), number * CHUNK_SAMPLES))
        recorder.on_event(DigitPressed(at_s=number / 50, digit="1"))


def end(recorder: Recorder) -> None:
    """As `run_call` does."""
    events = [started(), *([RecordingCut(at_s=2.0)] if recorder.incomplete else []), ENDED]
    for event in events[1:]:
        recorder.on_event(event)
    recorder.finish(summarize(events).as_dict())


@pytest.mark.parametrize("keys", [PLAIN, KEYS], ids=["plain", "sealed"])
def test_a_full_disk_is_one_alarm_and_its_calls_are_marked(
    small: Path, capsys: pytest.CaptureFixture[str], keys: KeyRing
) -> None:
    """Three calls in one outage; each has its end and its summary when there is room again, which is told once."""
    (small / "filler").write_bytes(bytes(ROOM // 2))
    writer = DiskWriter(enough=ROOM // 4, keys=keys)
    calls = [begin(small, writer, number) for number in range(2)]
    for call in calls:
        talk(call, 1000)
    caught_up(writer)
    calls.append(begin(small, writer, 2))
    talk(calls[2], 50)
    for call in calls:
        end(call)
    caught_up(writer)
    alarms = capsys.readouterr().out
    (small / "filler").unlink()
    writer.close()
    told = capsys.readouterr().out

    assert alarms.count("recordings cannot be written") == 1
    assert "make room" in alarms
    assert "recording stopped" not in alarms
    assert told.count("recordings are written again") == 1
    for call in calls:
        folder = CallFolder(call.folder, keys)
        summary = folder.summary()
        assert summary is not None
        assert summary["recording_incomplete"]
        assert summary["disposition"] == "goodbye"
        assert folder.is_over(folder.events())
        assert not (call.folder / "incomplete").exists()
    assert recover(small).calls == []


def test_what_stays_full_is_finished_by_the_next_process(small: Path) -> None:
    """The mark tells it that something is missing."""
    (small / "filler").write_bytes(bytes(ROOM // 8))
    writer = DiskWriter(enough=ROOM // 4)
    call = begin(small, writer)
    talk(call, 2000)
    caught_up(writer)
    fill(small / "rest")
    end(call)
    writer.close()
    assert not (call.folder / "summary.json").exists()
    (small / "filler").unlink()
    (recovered,) = recover(small).calls

    assert recovered.summary["recording_incomplete"]
    assert CallFolder(call.folder).summary() == recovered.summary


def fill(path: Path) -> None:
    """Take all the room that is left."""
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    try:
        while os.write(descriptor, bytes(512)):
            pass
    except OSError:
        return
    finally:
        os.close(descriptor)


class FullDisk:
    """A disk that refuses some operations."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def refuse(self, what: str) -> None:
        """One of os.pwrite, os.open, os.mkdir, Path.replace."""

        def full(*_arguments: object, **_named: object) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        place, name = what.split(".")
        self._monkeypatch.setattr({"os": os, "Path": Path}[place], name, full)

    def make_room(self) -> None:
        """It refuses nothing any more."""
        self._monkeypatch.undo()


@pytest.mark.parametrize("keys", [PLAIN, KEYS], ids=["plain", "sealed"])
@pytest.mark.parametrize("what", ["os.pwrite", "os.open", "os.mkdir", "Path.replace"])
def test_whatever_the_disk_refuses_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], what: str, keys: KeyRing
) -> None:
    """The folder, the first line, an event, the sound or the summary: the call ends as any, and is marked."""
    disk = FullDisk(monkeypatch)
    writer = DiskWriter(enough=0, keys=keys)
    disk.refuse(what)
    call = begin(tmp_path, writer)
    talk(call, 20)
    caught_up(writer)
    end(call)
    caught_up(writer)
    disk.make_room()
    writer.close()
    told = capsys.readouterr().out
    folder = CallFolder(call.folder, keys)
    summary = folder.summary()

    assert summary is not None
    assert summary["recording_incomplete"]
    assert folder.is_over(folder.events())
    assert told.count("recordings cannot be written") == 1
    assert told.count("recordings are written again") == 1


def test_memory_does_not_grow_with_the_call(tmp_path: Path) -> None:
    """What a call takes besides its files is the same after one minute as after three."""
    writer = DiskWriter()
    call = begin(tmp_path, writer)
    talk(call, 500)
    caught_up(writer)
    tracemalloc.start()
    held = []
    for minute in range(1, 4):
        talk(call, 3000, 3000 * minute)
        caught_up(writer)
        gc.collect()
        held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    call.finish(None)
    writer.close()

    recorded = (call.folder / "call.wav").stat().st_size
    assert held[-1] - held[0] < recorded / 50
