"""Calls whose process was killed: after the next start each has its end, its summary, and its sound."""

import json
import os
import random
import signal
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from support.kept_calls import ENDED, NAME, WORDS, caught_up, record, started, whole

from callagent.events import ConsentGiven
from callagent.media.audio import CHUNK_SAMPLES, Chunk
from callagent.recording.events_file import first_line
from callagent.recording.folder import CallFolder
from callagent.recording.recorder import DiskWriter, Recorder
from callagent.recording.recovery import recover

CHILD = """
import sys
from itertools import count
from pathlib import Path

import numpy as np
from support.kept_calls import started

from callagent.events import DigitPressed
from callagent.media.audio import CHUNK_SAMPLES, Chunk
from callagent.recording.recorder import DiskWriter, Recorder

writer = DiskWriter()
recorders = [Recorder(Path(sys.argv[1]) / f"20261120T053000Z-CA{n}-{n}", writer) for n in range(5)]
print("begun", flush=True)
for recorder in recorders:
    recorder.on_event(started())
for number in count():
    position = number * CHUNK_SAMPLES
    chunk = Chunk(np.full(CHUNK_SAMPLES, number % 30_000 + 1, dtype="<i2").tobytes(), position)
    for recorder in recorders:
        recorder.caller_heard(chunk)
        recorder.on_event(DigitPressed(at_s=position / 8000, digit="1"))
        print(number, flush=True)
"""
"""Has five calls at a time, faster than real ones, until it is killed."""
AGAIN = """
import os, signal, sys
from itertools import count
from pathlib import Path
from callagent.recording.recovery import recover

steps = count()

def die(event, arguments):
    if event == "open" or event.startswith(("os.", "fcntl.")):
        if next(steps) == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(die)
recover(Path(sys.argv[1]))
"""
"""Recovers calls, and dies at a step of it: when a file is opened, locked, cut, renamed or deleted."""


def killed_in_calls(recordings: Path, lines: int) -> None:
    """Have calls, and kill the process when it has told so many lines."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    arguments = [sys.executable, "-c", CHILD, str(recordings)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, env=environment) as child:  # noqa: S603
        assert child.stdout is not None
        for _ in range(lines):
            child.stdout.readline()
        child.kill()
        child.communicate()


def killed_in_recovery(recordings: Path, step: int) -> bool:
    """Whether it had not been through by then."""
    arguments = [sys.executable, "-c", AGAIN, str(recordings), str(step)]
    return subprocess.run(arguments, check=False, stdout=subprocess.DEVNULL).returncode == -signal.SIGKILL  # noqa: S603


def test_no_call_of_a_killed_process_is_missing(tmp_path: Path) -> None:
    """Killed at random moments, in calls and in recovering them, every call is finished, with all that it had."""
    moments = random.Random(7)  # noqa: S311
    for run in range(5):
        recordings = tmp_path / str(run)
        recordings.mkdir()
        killed_in_calls(recordings, moments.choice([1, 3, 40, 900, 5000]) + moments.randrange(30))
        for step in sorted(moments.sample(range(90), 3)):
            killed_in_recovery(recordings, step)
        before = sorted(path.name for path in recordings.iterdir())
        assert recover(recordings).problems == []

        for name in before:
            call = CallFolder(recordings / name)
            events = call.events()
            summary = call.summary()
            assert call.is_over(events)
            assert summary is not None
            assert (summary["crashed"], summary["disposition"]) == (True, "crashed")
            assert sum("CallEnded" in type(event).__name__ for event in events) == 1
            if call.has_sound:
                with wave.open(str(call.path / "call.wav")) as wav:
                    frames = wav.getnframes()
                    caller = np.frombuffer(wav.readframes(frames), "<i2")[::2]
                assert len(caller) == frames
                assert np.array_equal(caller, np.arange(frames) // CHUNK_SAMPLES % 30_000 + 1)
                assert summary["duration_s"] >= round(frames / 8000, 3)
        kept = {path: path.read_bytes() for path in sorted(recordings.rglob("*.*")) if path.is_file()}
        assert recover(recordings).calls == []
        assert kept == {path: path.read_bytes() for path in sorted(recordings.rglob("*.*")) if path.is_file()}


def test_a_live_call_is_not_taken_for_a_dead_one(tmp_path: Path) -> None:
    """Neither while it is recorded, nor before its first event; once its recorder is gone, it is finished."""
    writer = DiskWriter()
    recorder = Recorder(tmp_path / NAME, writer)
    recorder.on_event(started())
    caught_up(writer)
    live = recover(tmp_path)
    recorder.finish(None)
    writer.close()
    dead = recover(tmp_path)

    assert (live.calls, live.problems) == ([], [])
    assert [one.folder.name for one in dead.calls] == [NAME]


def test_what_was_known_last_is_when_it_ended(tmp_path: Path) -> None:
    """Sound may go on where events do not; half a line is cut, and the header of the sound tells what is there."""
    folder = record(tmp_path / NAME, (started(),), summary=False)
    with (folder / "events.jsonl").open("ab") as events:
        events.write(b'{"event":"Digi')
    with (folder / "call.wav").open("r+b") as sound:
        sound.write(b"RIFF\0\0\0\0")
        sound.seek(0, 2)
        sound.write(b"\1")
    (recovered,) = recover(tmp_path).calls
    call = CallFolder(folder)
    with wave.open(str(folder / "call.wav")) as wav:
        frames = wav.getnframes()

    assert frames == 50 * CHUNK_SAMPLES
    assert call.events()[-1].at_s == frames / 8000
    assert recovered.summary == call.summary()
    assert recovered.summary["duration_s"] == 1.0


def test_a_summary_that_was_not_written_is(tmp_path: Path) -> None:
    """A call that came to its end did not crash."""
    record(tmp_path / NAME, (started(), *WORDS, ENDED), summary=False)
    (recovered,) = recover(tmp_path).calls

    assert recovered.summary["disposition"] == "goodbye"
    assert "crashed" not in recovered.summary


def test_a_caller_who_declined_leaves_no_sound_although_the_process_died(tmp_path: Path) -> None:
    """The sound that it had not deleted yet is deleted; the message stays."""
    declined = ConsentGiven(at_s=0.7, to="recording", allowed=False)
    folder = record(tmp_path / NAME, (started(), declined), summary=False, message=True)
    assert (folder / "call.wav").exists()
    recover(tmp_path)

    assert sorted(path.name for path in folder.iterdir()) == ["events.jsonl", "message.wav", "summary.json"]


@pytest.mark.parametrize("written", [b"", first_line(), first_line()[:9], first_line() + b'{"event":"NoInp'])
def test_a_call_that_was_killed_at_once_is_not_missing(tmp_path: Path, written: bytes) -> None:
    """All that is known of it is when it began, from its name."""
    folder = tmp_path / NAME
    folder.mkdir()
    (folder / "events.jsonl").write_bytes(written)
    (recovered,) = recover(tmp_path).calls

    assert recovered.summary["started"] == "2026-11-20T05:30:00.000+00:00"
    assert CallFolder(folder).is_over(CallFolder(folder).events())


def test_a_folder_without_a_file_is_a_call_as_well(tmp_path: Path) -> None:
    """But one that no server made is not."""
    (tmp_path / NAME).mkdir()
    (tmp_path / "examples").mkdir()

    assert [one.folder.name for one in recover(tmp_path).calls] == [NAME]


def test_damaged_lines_cost_only_themselves(tmp_path: Path) -> None:
    """The file is kept as it was, and the recording is marked as incomplete."""
    folder = record(tmp_path / NAME, (started(), *WORDS), summary=False)
    lines = (folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "events.jsonl").write_bytes(b"".join([*lines[:3], bytes(40) + b"\n", *lines[3:]]))
    (recovered,) = recover(tmp_path).calls

    assert recovered.summary["recording_incomplete"]
    assert [type(event).__name__ for event in CallFolder(folder).events()][1:-2] == [
        type(event).__name__ for event in WORDS
    ]
    assert bytes(40) in (folder / "events.jsonl.damaged").read_bytes()


def test_a_later_callagents_call_is_left_alone_and_told(tmp_path: Path) -> None:
    """With what to do; the others are finished all the same."""
    folder = tmp_path / "20261120T053000Z-later-1"
    folder.mkdir()
    (folder / "events.jsonl").write_bytes(b'{"recording":99}\n{"event":"x"}\n')
    record(tmp_path / NAME, (started(),), summary=False)
    found = recover(tmp_path)

    assert [one.folder.name for one in found.calls] == [NAME]
    assert "later one" in found.problems[0]
    assert (folder / "events.jsonl").read_bytes() == b'{"recording":99}\n{"event":"x"}\n'


def test_a_folder_that_may_not_be_read_keeps_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that another user made; it is told."""
    record(tmp_path / NAME, (started(),), summary=False)
    (tmp_path / "20261120T000000Z-theirs-1").mkdir()
    exists = Path.exists

    def looked(path: Path) -> bool:
        if path.parent.name.endswith("theirs-1"):
            raise PermissionError(13, "Permission denied")
        return exists(path)

    monkeypatch.setattr(Path, "exists", looked)
    found = recover(tmp_path)

    assert [one.folder.name for one in found.calls] == [NAME]
    assert "theirs-1: cannot be read (Permission denied)" in found.problems[0]


def test_a_line_with_a_value_that_is_none_costs_only_itself(tmp_path: Path) -> None:
    """As if it could not be read."""
    folder = record(tmp_path / NAME, (started(), *WORDS), summary=False)
    lines = (folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "events.jsonl").write_bytes(b"".join([*lines, b'{"event":"NoInput","at_s":"x","step":1,"count":{}}\n']))

    assert [one.folder for one in recover(tmp_path).calls] == [folder]
    assert recover(tmp_path).problems == []


def test_what_is_written_otherwise_is_left_as_it_is(tmp_path: Path) -> None:
    """Files that are none of ours, or encrypted, are not mended to pieces."""
    folder = record(tmp_path / NAME, (started(),), summary=False)
    (folder / "call.wav").write_bytes(b"SEALED" + bytes(100))
    recover(tmp_path)
    other = record(tmp_path / f"{NAME}2", (started(),), summary=False)
    (other / "events.jsonl").write_bytes(b"SEALED" + bytes(100))
    found = recover(tmp_path)

    assert (folder / "call.wav").read_bytes() == b"SEALED" + bytes(100)
    assert "is no file of events" in found.problems[0]
    assert (other / "events.jsonl").read_bytes() == b"SEALED" + bytes(100)


def test_a_whole_call_is_not_touched(tmp_path: Path) -> None:
    """Nothing is to be recovered of it."""
    folder = whole(tmp_path)
    before = json.loads((folder / "summary.json").read_text())
    assert recover(tmp_path).calls == []

    assert json.loads((folder / "summary.json").read_text()) == before


def test_no_more_than_90_ms_of_sound_are_unwritten(tmp_path: Path) -> None:
    """Whenever a call is broken off, of its caller's sound that came all but the last 90 ms is on its way to disk."""
    writer = DiskWriter()
    recorder = Recorder(tmp_path / NAME, writer)
    unwritten = []
    for number in range(200):
        chunk = Chunk(bytes(2 * CHUNK_SAMPLES), number * CHUNK_SAMPLES)
        recorder.caller_heard(chunk)
        unwritten.append((chunk.end - recorder._written) / 8)
    recorder.finish(None)
    writer.close()

    assert max(unwritten) <= 90
