"""What is on disk during and after a call."""

import json
import os
import wave
from pathlib import Path

import numpy as np
import pytest
from support.kept_calls import caught_up

from callagent.events import DigitPressed, StageFailed
from callagent.media.audio import CHUNK_SAMPLES, Chunk
from callagent.recording.recorder import DiskWriter, Recorder


def tone(value: int, count: int = CHUNK_SAMPLES) -> bytes:
    """A stretch of one sample value, easy to find again."""
    return np.full(count, value, dtype="<i2").tobytes()


def tracks(folder: Path) -> tuple[list[int], list[int]]:
    """Left and right of the call's WAV, one value per chunk."""
    with wave.open(str(folder / "call.wav")) as wav:
        assert (wav.getnchannels(), wav.getframerate(), wav.getsampwidth()) == (2, 8000, 2)
        stereo = np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2").reshape(-1, 2)
    return stereo[::CHUNK_SAMPLES, 0].tolist(), stereo[::CHUNK_SAMPLES, 1].tolist()


class Call:
    """A recorded call whose writer can be waited for."""

    def __init__(self, folder: Path, *, sound: bool = True) -> None:
        self.writer = DiskWriter()
        self.folder = folder / "call"
        self.recorder = Recorder(self.folder, self.writer, sound=sound)

    def caller(self, *values: int, at: int = 0) -> None:
        """The caller's chunks, from chunk number `at`."""
        for number, value in enumerate(values, at):
            self.recorder.caller_heard(Chunk(tone(value), number * CHUNK_SAMPLES))

    def agent(self, *values: int, at: int) -> None:
        """The agent's chunks, heard from chunk number `at`."""
        for number, value in enumerate(values, at):
            self.recorder.agent_played(Chunk(tone(value), number * CHUNK_SAMPLES))

    def finish(self) -> tuple[list[int], list[int]]:
        """End the recording and read it."""
        self.recorder.finish({"disposition": "goodbye"})
        self.writer.close()
        return tracks(self.folder)


def test_both_sides_lie_where_they_were_heard(tmp_path: Path) -> None:
    """The agent's audio stands beside the caller's audio of the same moment."""
    call = Call(tmp_path)
    call.agent(7, 8, at=2)
    call.caller(1, 2, 3, 4, 5)

    assert call.finish() == ([1, 2, 3, 4, 5], [0, 0, 7, 8, 0])


def test_what_was_cut_was_not_heard(tmp_path: Path) -> None:
    """After a barge-in the called-back audio is not in the recording."""
    call = Call(tmp_path)
    call.agent(7, 7, 7, 7, at=1)
    call.caller(1, 1, 1)
    call.recorder.agent_cut(3 * CHUNK_SAMPLES)
    call.caller(1, 1, 1, at=3)

    assert call.finish() == ([1] * 6, [0, 7, 7, 0, 0, 0])


def test_a_cut_falls_within_a_chunk(tmp_path: Path) -> None:
    """Half a chunk that was heard stays."""
    call = Call(tmp_path)
    call.agent(7, at=0)
    call.recorder.agent_cut(CHUNK_SAMPLES // 2)
    call.caller(1)
    call.finish()
    with wave.open(str(call.folder / "call.wav")) as wav:
        right = np.frombuffer(wav.readframes(CHUNK_SAMPLES), dtype="<i2").reshape(-1, 2)[:, 1]

    assert right.tolist() == [7] * (CHUNK_SAMPLES // 2) + [0] * (CHUNK_SAMPLES // 2)


def test_a_gap_is_silence_of_its_length(tmp_path: Path) -> None:
    """Lost chunks do not shift what follows."""
    call = Call(tmp_path)
    call.caller(1, 2)
    call.caller(5, at=4)

    assert call.finish() == ([1, 2, 0, 0, 5], [0] * 5)


def test_a_silent_line_does_not_stop_the_recording(tmp_path: Path) -> None:
    """The agent is recorded while nothing comes from the caller, and what comes too late is left out."""
    call = Call(tmp_path)
    call.caller(1)
    call.agent(7, 7, 7, at=1)
    call.recorder.advance(7 * CHUNK_SAMPLES)
    call.caller(9, at=1)
    call.caller(2, at=7)

    assert call.finish() == ([1, 0, 0, 0, 0, 0, 0, 2], [0, 7, 7, 7, 0, 0, 0, 0])


def test_a_killed_process_leaves_a_wav_that_opens(tmp_path: Path) -> None:
    """Without any ending, the file holds all but the last 80 ms, and its header tells of all but one write of that."""
    call = Call(tmp_path)
    call.caller(*range(1, 51))
    call.writer.close()
    left, _right = tracks(call.folder)

    assert left == list(range(1, 45))
    assert (call.folder / "call.wav").stat().st_size == 44 + 46 * CHUNK_SAMPLES * 4


def test_events_are_one_line_each(tmp_path: Path) -> None:
    """Each event is in the file as it happens, as a JSON object with its name."""
    call = Call(tmp_path)
    call.recorder.on_event(DigitPressed(at_s=1.5, digit="4"))
    call.caller(1)
    call.finish()
    lines = (call.folder / "events.jsonl").read_text(encoding="utf-8").splitlines()

    assert json.loads(lines[0])["recording"] == 2
    assert [json.loads(line) for line in lines[1:]] == [
        {"event": "DigitPressed", "at_s": 1.5, "digit": "x", "position": 12_000, "seq": 1}
    ]
    assert json.loads((call.folder / "summary.json").read_text(encoding="utf-8")) == {"disposition": "goodbye"}


def test_a_caller_who_declines_leaves_no_sound(tmp_path: Path) -> None:
    """Not a byte of audio stays, and the events go on."""
    call = Call(tmp_path)
    call.caller(1, 2, 3, 4, 5)
    call.recorder.decline()
    call.caller(6, 7, 8, 9, at=5)
    call.recorder.on_event(DigitPressed(at_s=1.0, digit="9"))
    call.recorder.finish({})
    call.writer.close()

    assert sorted(path.name for path in call.folder.iterdir()) == ["events.jsonl", "summary.json"]


def test_a_caller_who_declined_before_is_never_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an earlier leg of the call, for one: no file for the sound is ever made."""
    made: list[str] = []
    real = os.open

    def noted(path: Path, *arguments: int) -> int:
        made.append(Path(path).name)
        return real(path, *arguments)

    monkeypatch.setattr(os, "open", noted)
    call = Call(tmp_path)
    call.recorder.decline()
    call.caller(*range(1, 60))
    call.recorder.finish({})
    call.writer.close()

    assert "events.jsonl" in made
    assert "call.wav" not in [path.name for path in call.folder.iterdir()]
    assert made.count("call.wav") <= 1  # to be deleted, were it there


def test_declined_sound_is_overwritten_before_its_name_goes(tmp_path: Path) -> None:
    """Whoever had the file open, or reads the disk, finds nothing in it."""
    call = Call(tmp_path)
    call.caller(*range(1, 51))
    caught_up(call.writer)
    with (call.folder / "call.wav").open("rb") as kept:
        assert len(kept.read()) > 10_000
        call.recorder.decline()
        caught_up(call.writer)
        kept.seek(0)
        assert kept.read() == b""
    call.recorder.finish({})
    call.writer.close()


def test_recording_switched_off_keeps_events_only(tmp_path: Path) -> None:
    """Without sound there are still events and a summary."""
    call = Call(tmp_path, sound=False)
    call.caller(1)
    call.agent(1, at=0)
    call.recorder.advance(8000)
    call.recorder.finish({})
    call.writer.close()

    assert sorted(path.name for path in call.folder.iterdir()) == ["events.jsonl", "summary.json"]


def test_only_the_owner_may_read_a_recording(tmp_path: Path) -> None:
    """Callers' voices are nobody else's business."""
    call = Call(tmp_path)
    call.caller(1)
    call.finish()

    assert [(path.stat().st_mode & 0o077) for path in (call.folder, call.folder / "call.wav")] == [0, 0]


def test_a_broken_disk_does_not_break_the_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """When the folder cannot be made, recording stops with one warning."""
    (tmp_path / "call").write_text("in the way")
    call = Call(tmp_path)
    call.caller(1, 2, 3, 4, 5, 6)
    call.recorder.finish({})
    call.writer.close()

    assert capsys.readouterr().out.count("recording stopped") == 1


def test_a_full_disk_leaves_a_wav_that_tells_the_truth_and_a_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The header tells what was written whole; when there is room again for the summary, it is there."""
    real, room = os.pwrite, 3000

    def short(descriptor: int, data: bytes, offset: int) -> int:
        return real(descriptor, data[: max(0, room - offset)], offset)

    monkeypatch.setattr(os, "pwrite", short)
    call = Call(tmp_path)
    call.caller(*range(1, 21))
    call.recorder.finish({"disposition": "goodbye"})
    call.writer.close()
    with wave.open(str(call.folder / "call.wav")) as wav:
        assert wav.getnframes() == 640
        assert len(wav.readframes(10_000)) == 640 * 4

    assert json.loads((call.folder / "summary.json").read_text())["disposition"] == "goodbye"


def test_text_that_is_none_is_written_all_the_same(tmp_path: Path) -> None:
    """Half a surrogate pair in an event costs neither the event nor the summary."""
    call = Call(tmp_path)
    call.recorder.on_event(StageFailed(at_s=0.0, stage="\ud800", error=""))
    call.recorder.finish({"called": "\ud800"})
    call.writer.close()

    assert "ud800" in (call.folder / "events.jsonl").read_text()
    assert (call.folder / "summary.json").exists()
