"""A caller who wants to be forgotten is, everywhere; and it can be proved without the number."""

import json
from pathlib import Path

import pytest
from support.kept_calls import NAME, started, whole

from callagent.errors import ConfigurationError, RecordingError, StoreError
from callagent.recording.audit import AUDIT, entries, verify
from callagent.recording.callers_key import SECRET, keys_of, make_key_of
from callagent.recording.folder import CallFolder, Recordings
from callagent.recording.folder_names import UNDELIVERED, UNSTORED
from callagent.recording.forgetting import delete, forget
from callagent.recording.holds import hold
from callagent.recording.recorder import DiskWriter, Recorder

NUMBER = "+919800000001"


class Records:
    """A store that keeps something of calls and of callers."""

    name = "call records"

    def __init__(self, calls: dict[str, str], *, down: bool = False) -> None:
        self.calls = calls
        self._down = down

    async def forget(self, caller_key: str) -> int:
        """Delete a caller's."""
        return sum([await self.delete(call) for call, key in list(self.calls.items()) if key == caller_key])

    async def delete(self, call: str) -> int:
        """Delete a call's."""
        if self._down:
            raise StoreError("The store failed.")
        return int(self.calls.pop(call, None) is not None)


def calls(recordings: Path, key: str, count: int = 3) -> list[str]:
    """Calls of one caller, and one of another's."""
    whole(recordings, "20261120T053000Z-other-9", key="b" * 64)
    names = [f"20261120T053000Z-CAtest-{number}" for number in range(count)]
    for name in names:
        whole(recordings, name, key)
        for place in (UNDELIVERED, UNSTORED):
            (recordings / place).mkdir(exist_ok=True)
            (recordings / place / f"{name}.json").write_text("{}")
    (recordings / ".undelivered" / f"{names[0]}0.json").write_text("another call's")
    return names


async def test_nothing_of_the_caller_is_left(tmp_path: Path) -> None:
    """Folders, what waits to be sent or stored, and the stores; other callers' calls stay."""
    key = make_key_of(tmp_path, "")(NUMBER)
    mine = calls(tmp_path, key)
    (tmp_path / UNSTORED / f".{mine[0]}.json.rotating").write_text("what a process that was killed has left")
    records = Records({"20261120T053000Z-old-1": key, mine[0]: key, "other": "b"})
    proof = await forget(tmp_path, keys_of(tmp_path, "", NUMBER), [records], by="asha")
    again = await forget(tmp_path, keys_of(tmp_path, "", NUMBER), [records], by="asha")

    assert proof.deleted == mine
    assert (proof.is_complete, proof.waiting, proof.elsewhere) == (True, 7, {"call records": 2})
    assert [folder.name for folder in Recordings(tmp_path).all()] == ["20261120T053000Z-other-9"]
    assert [path.name for path in (tmp_path / ".undelivered").iterdir()] == [f"{mine[0]}0.json"]
    assert records.calls == {"other": "b"}
    assert (again.deleted, again.waiting, again.elsewhere) == ([], 0, {"call records": 0})
    assert again.is_complete


async def test_the_proof_holds_neither_number_nor_key(tmp_path: Path) -> None:
    """But names of calls, who asked, and a hash that a later run gives again."""
    key = make_key_of(tmp_path, "")(NUMBER)
    mine = calls(tmp_path, key)
    proof = await forget(tmp_path, [key], by="asha")
    written = (tmp_path / AUDIT).read_text()
    *_, entry = entries(tmp_path)

    assert (entry.what, entry.by, entry.more["calls"]) == ("forgot", "asha", mine)
    assert entry.more["caller"] == proof.caller == (await forget(tmp_path, [key])).caller
    assert NUMBER[1:] not in written
    assert NUMBER[-10:] not in written
    assert key not in written
    assert verify(tmp_path).broken_at == 0


async def test_a_held_call_stays_and_is_told(tmp_path: Path) -> None:
    """Whoever asks, and however."""
    mine = calls(tmp_path, "a" * 64)
    call = CallFolder(tmp_path / mine[1])
    hold(call, "case 12")
    proof = await forget(tmp_path, ["a" * 64])

    assert proof.held == [f"{mine[1]} is held (case 12)"]
    assert proof.deleted == [mine[0], mine[2]]
    assert not proof.is_complete
    assert (tmp_path / ".undelivered" / f"{mine[1]}.json").exists()
    with pytest.raises(RecordingError, match=r"is held \(case 12\) and stays\. .*--release"):
        await delete(call)
    assert (call.path / "call.wav").exists()


async def test_a_call_that_goes_on_is_told(tmp_path: Path) -> None:
    """It is deleted when it is over."""
    writer = DiskWriter()
    recorder = Recorder(tmp_path / NAME, writer)
    recorder.on_event(started("a" * 64))
    recorder.finish(None)
    second = Recorder(tmp_path / f"{NAME}2", writer)
    second.on_event(started("a" * 64))
    writer.submit(second._files, second._files.mark, needed=True)
    from support.kept_calls import caught_up

    caught_up(writer)
    proof = await forget(tmp_path, ["a" * 64])
    with pytest.raises(RecordingError, match="goes on"):
        await delete(CallFolder(second.folder))
    second.finish(None)
    writer.close()

    assert (proof.deleted, proof.live) == ([NAME], [f"{NAME}2"])
    assert (await forget(tmp_path, ["a" * 64])).deleted == [f"{NAME}2"]


async def test_a_store_that_is_down_is_told(tmp_path: Path) -> None:
    """It is not complete then; the next run asks again."""
    calls(tmp_path, "a" * 64)
    proof = await forget(tmp_path, ["a" * 64], [Records({}, down=True)])

    assert not proof.is_complete
    assert "call records: The store failed." in proof.problems


async def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof is not complete then, and the caller's other calls are gone."""
    key = make_key_of(tmp_path, "")(NUMBER)
    mine = calls(tmp_path, key)
    exists = Path.exists

    def looked(path: Path) -> bool:
        if path.parent.name == mine[0]:
            raise PermissionError(13, "Permission denied")
        return exists(path)

    monkeypatch.setattr(Path, "exists", looked)
    proof = await forget(tmp_path, [key])

    assert proof.deleted == mine[1:]
    assert not proof.is_complete
    assert "Permission denied" in proof.problems[0]


async def test_calls_of_before_there_were_keys_are_pointed_out(tmp_path: Path) -> None:
    """Nobody can tell whose they are; a person has to look."""
    whole(tmp_path, NAME)
    proof = await forget(tmp_path, ["a" * 64], ends="01")

    assert (proof.deleted, proof.perhaps) == ([], [NAME])
    with pytest.raises(RecordingError, match="withheld number"):
        await forget(tmp_path, [])


async def test_one_call_is_deleted(tmp_path: Path) -> None:
    """With what waits of it, and only of it."""
    first, second, _ = calls(tmp_path, "a" * 64)
    records = Records({first: "a", second: "a"})
    proof = await delete(CallFolder(tmp_path / first), [records], by="asha")

    assert (proof.deleted, proof.waiting) == ([first], 2)
    assert records.calls == {second: "a"}
    assert (tmp_path / second / "call.wav").exists()


def test_the_secret_is_made_once_and_is_its_owners(tmp_path: Path) -> None:
    """Whoever asks first makes it; all later keys are made with it."""
    first = make_key_of(tmp_path, "")(NUMBER)

    assert make_key_of(tmp_path, "")(NUMBER) == first
    assert (tmp_path / SECRET).stat().st_mode & 0o777 == 0o600
    assert len(first) == 64
    assert make_key_of(tmp_path, "")("anonymous") == ""
    assert [path.name for path in tmp_path.iterdir()] == [SECRET]


def test_calls_are_found_whichever_secret_they_began_with(tmp_path: Path) -> None:
    """One that was configured later does not hide the earlier calls."""
    before = make_key_of(tmp_path, "")(NUMBER)
    configured = make_key_of(tmp_path, "s" * 16)(NUMBER)

    assert keys_of(tmp_path, "s" * 16, NUMBER) == (configured, before)
    assert keys_of(tmp_path / "none", "", NUMBER) == ()


@pytest.mark.parametrize("content", [b"short", b"\xff" * 40])
def test_a_secret_that_is_none_is_told(tmp_path: Path, content: bytes) -> None:
    """With where it is, or how it is set."""
    (tmp_path / SECRET).write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"\.secret"):
        make_key_of(tmp_path, "")
    with pytest.raises(ConfigurationError, match="CALLAGENT_CALLERS_SECRET"):
        make_key_of(tmp_path, "short")


def test_the_key_is_in_the_recording(tmp_path: Path) -> None:
    """And nowhere in the summary."""
    folder = CallFolder(whole(tmp_path, key="a" * 64))
    begun = folder.started()

    assert begun is not None
    assert begun.caller_key == "a" * 64
    assert "a" * 64 not in json.dumps(folder.summary())
