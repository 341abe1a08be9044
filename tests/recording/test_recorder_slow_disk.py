"""A disk that hangs costs recordings, not memory."""

import os
import wave
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from callagent.events import DigitPressed
from callagent.media.audio import CHUNK_SAMPLES, Chunk
from callagent.recording.call_files import CallFiles
from callagent.recording.events_file import first_line
from callagent.recording.recorder import JOB_BYTES, DiskWriter, Recorder


class Disk:
    """A writer with room for one second of sound, on a disk that hangs until it is told to go on."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._going = Event()
        self.folder = folder
        self.writer = DiskWriter(most_waiting_s=1.0)
        real = os.pwrite

        def hanging(descriptor: int, data: bytes, offset: int) -> int:
            self._going.wait()
            return real(descriptor, data, offset)

        monkeypatch.setattr(os, "pwrite", hanging)

    def call(self, name: str, chunks: int) -> Recorder:
        """A call of so many chunks of 20 ms, each with its number as sound."""
        recorder = Recorder(self.folder / name, self.writer)
        for number in range(chunks):
            pcm = np.full(CHUNK_SAMPLES, number + 1, dtype="<i2").tobytes()
            recorder.caller_heard(Chunk(pcm, number * CHUNK_SAMPLES))
        return recorder

    def go_on(self) -> None:
        """The disk works again, and has caught up."""
        self._going.set()
        caught_up = Event()

        class Last(CallFiles):
            def close(self, data: bytes) -> None:
                caught_up.set()

        last = Last(self.folder)
        self.writer.submit(last, last.close, needed=True)
        caught_up.wait()


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """A disk that hangs."""
    return Disk(tmp_path, monkeypatch)


def sound(folder: Path) -> list[int]:
    """The caller's side of a recording, one value per chunk."""
    with wave.open(str(folder / "call.wav")) as wav:
        both = np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2")
    return [int(value) for value in both[:: 2 * CHUNK_SAMPLES]]


def test_what_waits_for_the_disk_is_bounded(disk: Disk, capsys: pytest.CaptureFixture[str]) -> None:
    """Beyond a second of sound both calls lose the rest of their recordings, which is logged once."""
    calls = [disk.call(name, chunks=500) for name in ("first", "second")]
    waiting = disk.writer._taken - disk.writer._done
    for call in calls:
        call.finish({"disposition": "goodbye"})
    disk.go_on()
    disk.writer.close()
    kept = sound(disk.folder / "first")

    assert [call.incomplete for call in calls] == [True, True]
    assert waiting <= 8000 * 2 * 2
    assert kept == list(range(1, len(kept) + 1))
    assert 30 < len(kept) < 50
    assert all((disk.folder / name / "summary.json").exists() for name in ("first", "second"))
    assert capsys.readouterr().out.count("disk too slow") == 1


def test_a_recording_without_trouble_is_complete(disk: Disk) -> None:
    """What the disk keeps up with is not marked."""
    recorder = disk.call("call", chunks=20)
    recorder.finish({})
    disk.go_on()
    disk.writer.close()

    assert not recorder.incomplete
    assert sound(disk.folder / "call") == list(range(1, 21))


def test_the_call_after_the_trouble_is_recorded(disk: Disk) -> None:
    """A disk that has caught up gets whole recordings again; one that was cut stays cut."""
    cut = disk.call("cut", chunks=500)
    disk.go_on()
    later = disk.call("later", chunks=20)
    cut.on_event(DigitPressed(at_s=9.0, digit="9"))
    for call in (cut, later):
        call.finish({})
    disk.writer.close()

    assert [cut.incomplete, later.incomplete] == [True, False]
    assert sound(disk.folder / "later") == list(range(1, 21))
    assert (disk.folder / "cut" / "events.jsonl").read_bytes() == first_line()


def test_a_caller_who_declines_is_obeyed_all_the_same(disk: Disk) -> None:
    """Although the disk was too slow for the recording, what is on it is deleted."""
    recorder = disk.call("call", chunks=500)
    recorder.decline()
    recorder.finish({})
    disk.go_on()
    disk.writer.close()

    assert recorder.incomplete
    assert sorted(path.name for path in (disk.folder / "call").iterdir()) == ["events.jsonl", "summary.json"]


def test_a_disk_that_fails_marks_the_recording(tmp_path: Path) -> None:
    """Not only slowness: what could not be written at all is known, too."""
    (tmp_path / "call").write_text("in the way")
    writer = DiskWriter()
    recorder = Recorder(tmp_path / "call", writer)
    writer.close()

    assert recorder.incomplete


def test_a_fault_in_one_call_ends_no_other_calls_recording(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that writes for all calls outlives what it should never have met."""

    def faulty(_files: CallFiles, _data: bytes) -> None:
        raise ValueError("not a disk's error")

    broken = disk.call("broken", 0)
    with monkeypatch.context() as patch:
        patch.setattr(CallFiles, "event", faulty)
        broken.on_event(DigitPressed(at_s=1.0, digit="1"))
    disk.go_on()
    whole = disk.call("whole", 5)
    whole.finish(None)
    disk.writer.close()

    assert broken.incomplete
    assert len(sound(disk.folder / "whole")) > 0


def test_a_job_counts_with_what_it_takes_besides_its_data(tmp_path: Path) -> None:
    """Small events fill the room as well, so that they cannot fill the memory."""
    writer = DiskWriter(most_waiting_s=JOB_BYTES / 32_000)
    files = CallFiles(tmp_path)
    taken = writer.submit(files, files.event, b"x")
    writer.close()

    assert not taken
