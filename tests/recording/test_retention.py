"""What is older than it may be goes: sound, words, everything; what is held or live stays."""

import dataclasses
import errno
import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from support.kept_calls import BEGAN, ENDED, NAME, SECRET_WORD, WORDS, record, started, whole

from callagent import events, evidence
from callagent.errors import RecordingError
from callagent.events import Event
from callagent.evidence import DialogueAdvanced, ShopAnswered, SpeechMade, SpeechPiece
from callagent.recording import audit
from callagent.recording.at_rest.files import PLAIN
from callagent.recording.audit import entries, verify
from callagent.recording.folder import CallFolder, Recordings
from callagent.recording.holds import hold, hold_of, release
from callagent.recording.recorder import DiskWriter, Recorder
from callagent.recording.retention import Kept, Purged, purge
from callagent.recording.words import WITHOUT_WORDS
from callagent.recording.words import WORDS as FIELDS

DAYS: dict[Kept, float] = {"audio": 30, "transcript": 90, "summary": 365}


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("days", "what", "left"),
    [
        (29, (), ["call.wav", "events.jsonl", "message.wav", "summary.json"]),
        (31, ("audio",), ["events.jsonl", "summary.json"]),
        (91, ("audio", "transcript"), ["events.jsonl", "summary.json"]),
    ],
)
def test_each_class_goes_in_its_time(tmp_path: Path, days: int, what: tuple[Kept, ...], left: list[str]) -> None:
    """The sound with the messages first, then the words; a second run does nothing."""
    folder = whole(tmp_path, message=True)
    now = BEGAN + timedelta(days=days)
    would = purge(tmp_path, DAYS, now, dry_run=True)
    assert "message.wav" in names(folder)
    done = purge(tmp_path, DAYS, now)

    assert would.calls == done.calls == ([Purged(NAME, what)] if what else [])
    assert names(folder) == left
    assert purge(tmp_path, DAYS, now).calls == []


@pytest.mark.parametrize(
    "half",
    [
        *(".call.wav.rotating", "message.wav.part", ".fetching-a1/call.wav.b2"),
        *(".events.jsonl.rotating", "events.jsonl.old.part", ".fetching-a1/events.jsonl", "events.jsonl.damaged"),
    ],
)
def test_what_killed_processes_left_goes_with_what_it_is_half_of(tmp_path: Path, half: str) -> None:
    """Also where the sound, or the words, have gone before."""
    folder = whole(tmp_path)
    purge(tmp_path, DAYS, BEGAN + timedelta(days=91))
    (folder / half).parent.mkdir(exist_ok=True)
    (folder / half).write_bytes(b"half of it")
    purge(tmp_path, DAYS, BEGAN + timedelta(days=92))

    assert not (folder / half).exists()
    assert {"events.jsonl", "summary.json"} <= set(names(folder))


def test_a_full_disk_does_not_keep_what_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line about it has no room before the sound is gone; it is written all the same."""
    folder = whole(tmp_path)
    append = audit._append

    def full(file: BinaryIO, entry: dict[str, Any]) -> str:
        if (folder / "call.wav").stat().st_size:
            raise OSError(errno.ENOSPC, "No space left on device")
        return append(file, entry)

    monkeypatch.setattr(audit, "_append", full)
    done = purge(tmp_path, DAYS, BEGAN + timedelta(days=31))

    assert (done.calls, done.problems) == ([Purged(NAME, ("audio",))], [])
    assert names(folder) == ["events.jsonl", "summary.json"]
    assert [one.what for one in entries(tmp_path)] == ["purged"]


def test_what_could_not_be_let_go_is_not_told_to_be_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing goes without a line about it."""
    folder = whole(tmp_path)

    def broken(_file: BinaryIO, _entry: dict[str, Any]) -> str:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(audit, "_append", broken)
    done = purge(tmp_path, DAYS, BEGAN + timedelta(days=31))

    assert (done.calls, len(done.problems)) == ([], 1)
    assert (folder / "call.wav").stat().st_size > 0


def test_with_the_summary_goes_everything(tmp_path: Path) -> None:
    """And the audit log says so, by whom, and of which call."""
    whole(tmp_path)
    purge(tmp_path, DAYS, BEGAN + timedelta(days=366), by="asha")

    assert names(tmp_path) == ["audit.jsonl"]
    assert [(one.what, one.call, one.by, one.more) for one in entries(tmp_path)] == [
        ("purged", NAME, "asha", {"classes": ["summary"]})
    ]


def test_events_stay_without_their_words(tmp_path: Path) -> None:
    """What happened, and when, can still be read; nothing that was said is anywhere in the folder."""
    evidence_of_it: tuple[Event, ...] = (
        DialogueAdvanced(
            at_s=1.2,
            turn=1,
            given={"kind": "CallerSaid", "text": SECRET_WORD},
            now="",
            actions=({"say": SECRET_WORD},),
            secrets=(SECRET_WORD,),
        ),
        ShopAnswered(
            at_s=1.3,
            source="orders",
            arguments={"name": SECRET_WORD},
            gives=("state",),
            status="found",
            values={"name": SECRET_WORD},
            candidates=(SECRET_WORD,),
            took_s=0.1,
            by="flow",
        ),
        SpeechMade(
            at_s=1.4,
            text=SECRET_WORD,
            language="en",
            voice="",
            rate=1.0,
            by="made",
            ready=False,
            began_s=1.3,
            pieces=(SpeechPiece(0.1, 800, ((SECRET_WORD, 0.0),)),),
            provider="espeak",
            version="1",
            outcome="spoken",
        ),
    )
    folder = record(tmp_path / NAME, (started("k"), *WORDS, *evidence_of_it, ENDED))
    (folder / "notes.jsonl").write_text(SECRET_WORD)
    card = {"by": "asha", "at": "2026-11-20T11:00:00+05:30", "polite": 4, "comment": f"well done with {SECRET_WORD}"}
    (folder / "scorecard.json").write_text(json.dumps({"version": 1, "cards": [card]}))
    before = CallFolder(folder).events()
    purge(tmp_path, {"transcript": 90}, BEGAN + timedelta(days=91))
    later = CallFolder(folder).events()

    assert [(type(one), one.at_s) for one in later] == [(type(one), one.at_s) for one in before]
    assert later[0] == before[0]
    assert isinstance(later[-2], SpeechMade)
    assert later[-2].pieces == (SpeechPiece(0.1, 800, ()),)
    for path in folder.iterdir():
        assert SECRET_WORD.encode() not in path.read_bytes()
    assert json.loads((folder / "scorecard.json").read_text())["cards"] == [{**card, "comment": ""}]
    assert purge(tmp_path, {"transcript": 90}, BEGAN + timedelta(days=91)).calls == []


def test_events_of_the_first_format_and_of_later_ones(tmp_path: Path) -> None:
    """Of an event that nobody knows here only its name and time stay."""
    folder = whole(tmp_path)
    path = folder / "events.jsonl"
    lines = path.read_text().splitlines()[1:]
    unknown = {"event": "TeaServed", "at_s": 1.5, "to": SECRET_WORD}
    path.write_text("\n".join([*lines[:-1], json.dumps(unknown), "half", lines[-1]]) + "\n")
    purge(tmp_path, {"transcript": 90}, BEGAN + timedelta(days=91))

    assert SECRET_WORD not in path.read_text()
    assert '{"event":"TeaServed","at_s":1.5}' in path.read_text()
    assert CallFolder(folder).is_over(CallFolder(folder).events())
    assert purge(tmp_path, {"transcript": 90}, BEGAN + timedelta(days=91)).calls == []


def test_of_every_event_it_is_known_which_fields_are_words() -> None:
    """A new event, or a new field with text in one that has words, must be thought about."""
    kinds = {
        kind.__name__: kind
        for module in (events, evidence)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Event) and dataclasses.fields(kind)[1:]
    } | {name: getattr(events, name) for name in ("LineHeld", "LineResumed", "RecordingCut")}
    harmless = {
        ("TranscriptReceived", "provider"),
        ("AnswerTaken", "slot"),
        ("AnswerTaken", "by"),
        ("CommandsChosen", "provider"),
        ("AgentSaid", "line"),
        ("ShopAnswered", "source"),
        ("ShopAnswered", "gives"),
        ("ShopAnswered", "status"),
        ("ShopAnswered", "by"),
        ("DialogueAdvanced", "now"),
        *(("UtteranceTranscribed", name) for name in ("provider", "version", "outcome", "error")),
        *(("ModelReplied", name) for name in ("purpose", "instructions", "provider", "version", "outcome", "error")),
        *(("SpeechMade", name) for name in ("language", "voice", "by", "provider", "version", "outcome", "error")),
    }
    plain = {"int", "float", "bool", "float | None"}

    assert set(FIELDS) | WITHOUT_WORDS == set(kinds)
    assert {
        (name, field.name)
        for name in FIELDS
        for field in dataclasses.fields(kinds[name])
        if getattr(field.type, "__name__", str(field.type)) not in plain and field.name not in FIELDS[name]
    } == harmless


def test_a_held_call_stays_and_says_so(tmp_path: Path) -> None:
    """Until it is released; both are in the audit log with their reasons."""
    call = CallFolder(whole(tmp_path))
    hold(call, "case 12/2026", by="asha")
    done = purge(tmp_path, DAYS, BEGAN + timedelta(days=400))

    assert done.calls == []
    assert done.spared == [f"{NAME} is held (case 12/2026)"]
    assert "call.wav" in names(call.path)
    release(call, "settled", by="ravi")
    assert purge(tmp_path, DAYS, BEGAN + timedelta(days=400)).calls == [Purged(NAME, ("summary",))]
    assert [(one.what, one.by) for one in entries(tmp_path)][:2] == [("held", "asha"), ("released", "ravi")]


def test_a_hold_that_cannot_be_read_holds(tmp_path: Path) -> None:
    """Better a call too many is kept."""
    folder = whole(tmp_path)
    (folder / "hold.json").write_text("{")

    assert purge(tmp_path, DAYS, BEGAN + timedelta(days=400)).calls == []
    assert hold_of(folder, PLAIN) is not None


def test_a_hold_needs_a_reason_and_a_release_a_hold(tmp_path: Path) -> None:
    """Both are told what is missing."""
    call = Recordings(tmp_path).find(whole(tmp_path).name)

    with pytest.raises(RecordingError, match="needs a reason"):
        hold(call, "  ")
    with pytest.raises(RecordingError, match="is not held"):
        release(call, "settled")


def test_events_that_cannot_be_read_are_told_and_left(tmp_path: Path) -> None:
    """They are not made empty; other calls are stripped all the same."""
    folder = whole(tmp_path)
    (folder / "events.jsonl").write_bytes(b"SEALED" + bytes(100))
    whole(tmp_path, f"{NAME}2")
    done = purge(tmp_path, {"transcript": 90}, BEGAN + timedelta(days=91))

    assert "is no file of events" in done.problems[0]
    assert (folder / "events.jsonl").read_bytes() == b"SEALED" + bytes(100)
    assert done.calls == [Purged(f"{NAME}2", ("transcript",))]


def test_a_live_call_stays_however_old_it_is(tmp_path: Path) -> None:
    """Nothing is deleted under a recorder."""
    writer = DiskWriter()
    recorder = Recorder(tmp_path / NAME, writer)
    recorder.on_event(started())
    done = purge(tmp_path, DAYS, BEGAN + timedelta(days=4000))
    recorder.finish(None)
    writer.close()

    assert (done.calls, done.problems) == ([], [])


DYING = """
import os, signal, sys
from datetime import timedelta
from itertools import count
from pathlib import Path
from support.kept_calls import BEGAN
from callagent.recording.retention import purge

steps = count()

def die(event, arguments):
    if event == "open" or event.startswith(("os.", "fcntl.")):
        if next(steps) == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(die)
purge(Path(sys.argv[1]), {"audio": 30, "transcript": 90, "summary": 365}, BEGAN + timedelta(days=int(sys.argv[2])))
"""
"""Purges, and dies at a step of it."""


@pytest.mark.parametrize("days", [91, 366])
def test_killed_at_any_step_the_next_run_comes_to_the_same(tmp_path: Path, days: int) -> None:
    """No word and no sound is left, and the call is whole or gone."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    killed = 0
    for step in range(2, 60, 12):
        recordings = tmp_path / str(step)
        folder = whole(recordings)
        arguments = [sys.executable, "-c", DYING, str(recordings), str(days), str(step)]
        ended = subprocess.run(arguments, check=False, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
        killed += ended.returncode == -signal.SIGKILL
        purge(recordings, DAYS, BEGAN + timedelta(days=days))

        assert [path.name for path in recordings.iterdir() if path.name.startswith(".")] == []
        assert folder.exists() == (days == 91)
        if folder.exists():
            assert names(folder) == ["events.jsonl", "summary.json"]
            assert SECRET_WORD not in (folder / "events.jsonl").read_text()
            assert CallFolder(folder).is_over(CallFolder(folder).events())
        assert verify(recordings).broken_at == 0

    assert killed >= 2
