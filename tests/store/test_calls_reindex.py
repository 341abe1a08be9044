"""The records made anew from folders: those that are whole, a line for those that are not."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.call_records import summary
from support.kept_calls import started

from callagent.errors import CallagentError
from callagent.events import AgentSaid, TranscriptReceived, as_record
from callagent.quality.records import record_in
from callagent.recording.folder import EVENTS, SOUND, SUMMARY, calls_in
from callagent.store.calls import CallStore
from callagent.store.record import CallRecord
from callagent.store.reindexing import reindex
from callagent.store.searching import Search

SAID = TranscriptReceived(at_s=1.0, turn=1, text="ceiling fan", confidence=1.0, provider="scripted")
HEARD = AgentSaid(at_s=2.0, turn=1, text="It costs ₹1,200.", heard="It costs", line="price")


def folder(recordings: Path, name: str, **other: Any) -> Path:
    """A call's folder, whole."""
    made = recordings / name
    made.mkdir(parents=True)
    (made / "summary.json").write_text(json.dumps(summary(**other)))
    lines = [json.dumps({"recording": 2, "callagent": "0.1.0"})]
    lines += [json.dumps(as_record(event), ensure_ascii=False) for event in (started(), SAID, HEARD)]
    (made / "events.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (made / "call.wav").touch()
    return made


def folders(recordings: Path) -> list[Path]:
    """Those that are read."""
    return list(calls_in(recordings, EVENTS, SUMMARY, SOUND))


def no_progress(_done: int, _of: int) -> None:
    """Nobody looks."""


async def test_every_folder_becomes_a_record(store: CallStore, tmp_path: Path) -> None:
    """Twice is once; what people noted stays, and so does a record whose folder is gone."""
    for number in range(3):
        folder(tmp_path, f"call-{number}", disposition="goodbye" if number else "hung up")
    (tmp_path / ".unstored").mkdir()
    folder(tmp_path / "examples", "not-ours")
    (tmp_path / "calls.txt").touch()
    seen: list[tuple[int, int]] = []
    first = await reindex(folders(tmp_path), store, lambda done, of: seen.append((done, of)), record_in)
    await store.change("call-1", score=5.0, notes="nice")
    await store.put([replace(record_in(tmp_path / "call-2"), id="elsewhere")])
    before = await store.search(Search(order="oldest"))
    again = await reindex(folders(tmp_path), store, no_progress, record_in)

    assert (first.stored, first.broken, again) == (3, [], first)
    assert seen == [(3, 3)]
    assert await store.search(Search(order="oldest")) == before
    assert {call.id: (call.disposition, call.score == 5.0) for call in before} == {
        "call-0": ("hung up", False),
        "call-1": ("goodbye", True),
        "call-2": ("goodbye", False),
        "elsewhere": ("goodbye", False),
    }
    assert before[0].words == "caller: ceiling fan\nagent: It costs"
    assert before[0].has_sound


async def test_a_broken_folder_is_told_in_a_line_and_skipped(store: CallStore, tmp_path: Path) -> None:
    """Whatever is wrong with it; the others are there."""
    folder(tmp_path, "good")
    (folder(tmp_path, "no-summary") / "summary.json").unlink()
    (folder(tmp_path, "cut") / "summary.json").write_text('{"call_id": "CA')
    (folder(tmp_path, "list") / "summary.json").write_text("[1,\n2]")
    (folder(tmp_path, "other") / "summary.json").write_text('{"a": 1}')
    (folder(tmp_path, "sealed") / "summary.json").write_bytes(b"\xff\xfe\x00sealed")
    (folder(tmp_path, "no-events") / "events.jsonl").unlink()
    cut = folder(tmp_path, "cut-events") / "events.jsonl"
    cut.write_text(cut.read_text() + '{"event":"TranscriptReceived","text":"an')
    result = await reindex(folders(tmp_path), store, no_progress, record_in)
    found = {call.id: call.words for call in await store.search(Search())}

    assert found == {"good": found["good"], "cut-events": found["good"], "no-events": ""}
    assert [line.partition(":")[0] for line in result.broken] == ["cut", "list", "no-summary", "other", "sealed"]
    assert "no summary.json" in result.broken[2]
    assert "is no summary" in result.broken[0]
    assert all("\n" not in line for line in result.broken)


async def test_a_folder_that_may_not_be_read_is_skipped_as_well(
    store: CallStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that another user made."""
    folder(tmp_path, "good")
    folder(tmp_path, "theirs")
    is_file = Path.is_file

    def looked(path: Path) -> bool:
        if path.parent.name == "theirs":
            raise PermissionError(13, "Permission denied")
        return is_file(path)

    def read(path: Path) -> CallRecord:
        looked(path / "summary.json")
        return record_in(path)

    monkeypatch.setattr(Path, "is_file", looked)
    result = await reindex(folders(tmp_path), store, no_progress, read)

    assert (result.stored, result.broken) == (1, ["theirs: Permission denied"])


async def test_another_reader_may_tell_what_is_wrong(store: CallStore, tmp_path: Path) -> None:
    """Such as one that knows the keys of encrypted folders."""

    def read(path: Path) -> CallRecord:
        if path.name == "locked":
            raise CallagentError("key k1 is missing")
        return record_in(path)

    for name in ("open", "locked"):
        folder(tmp_path, name)
    result = await reindex(folders(tmp_path), store, no_progress, read)

    assert (result.stored, result.broken) == (1, ["locked: key k1 is missing"])


async def test_no_folder_at_all_is_no_call(store: CallStore, tmp_path: Path) -> None:
    """As on the first day."""
    assert (await reindex(folders(tmp_path / "nowhere"), store, no_progress, record_in)).stored == 0
