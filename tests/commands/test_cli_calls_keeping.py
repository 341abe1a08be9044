"""The commands that keep recordings honest, and let them go."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.kept_calls import NAME, record, started, whole

from callagent.cli import main
from callagent.commands.exit_status import MISUSED
from callagent.recording.audit import AUDIT
from callagent.recording.callers_key import make_key_of

NUMBER = "+919800000001"


@pytest.fixture
def recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's calls are kept."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "recordings"
    folder.mkdir()
    monkeypatch.setenv("CALLAGENT_RECORDINGS", str(folder))
    return folder


def test_recover(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A call whose process died is finished, once, and `calls list` knows of it."""
    assert main(["calls", "list"]) == 0
    record(recordings / NAME, (started(),), summary=False)

    assert main(["calls", "recover"]) == 0
    assert f"{NAME}: 1.0 s, crashed" in capsys.readouterr().out
    assert main(["calls", "list", "--crashed", "--json"]) == 0
    assert NAME in capsys.readouterr().out
    assert main(["calls", "recover"]) == 0
    assert "Every call has its end" in capsys.readouterr().out
    assert main(["calls", "recover", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"recovered": {}, "problems": []}


def test_recover_tells_what_it_cannot(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With exit status 1."""
    folder = recordings / NAME
    folder.mkdir()
    (folder / "events.jsonl").write_text('{"recording":99}\n')

    assert main(["calls", "recover"]) == 1
    assert "format 99" in capsys.readouterr().err


def test_purge(recordings: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """First only told, then done; a held call is told."""
    assert main(["calls", "purge"]) == 2
    assert "CALLAGENT_RETENTION is not set" in capsys.readouterr().err
    monkeypatch.setenv("CALLAGENT_RETENTION", '{"audio": 30, "audit": 700}')
    old = datetime(2020, 1, 1, tzinfo=UTC)
    whole(recordings, began=old)
    held = whole(recordings, f"{NAME}2", began=old)
    assert main(["calls", "hold", f"{NAME}2", "--reason", "case 12"]) == 0
    capsys.readouterr()

    assert main(["calls", "purge", "--dry-run"]) == 0
    assert "would be deleted" in capsys.readouterr().out
    assert main(["calls", "purge"]) == 0
    told = capsys.readouterr().out
    assert "sound" in told
    assert "is held (case 12) and is kept" in told
    assert not (recordings / NAME / "call.wav").exists()
    assert (held / "call.wav").exists()
    assert main(["calls", "purge", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["calls"] == []


def test_what_may_be_left_of_a_caller_is_not_called_nothing(
    recordings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A call without a key, whose number ends alike, is pointed out: nobody knows whose it is."""
    make_key_of(recordings, "")
    whole(recordings)

    assert main(["calls", "forget", "--caller", NUMBER]) == 0
    told = capsys.readouterr().out
    assert f"unsure   {NAME} has no caller's key" in told
    assert "Nothing that is known to be this caller's is left." in told
    assert "Nothing of this caller is left." not in told


def test_what_is_purged_is_not_found_any_more(
    recordings: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The words of a call are in the database of calls as well, and go there, too."""
    whole(recordings, began=datetime(2020, 1, 1, tzinfo=UTC))
    assert main(["calls", "list", "--json"]) == 0
    before = json.loads(capsys.readouterr().out)
    monkeypatch.setenv("CALLAGENT_RETENTION", '{"audio": 30, "transcript": 30}')

    assert main(["calls", "purge"]) == 0
    capsys.readouterr()
    assert main(["calls", "list", "--json"]) == 0
    after = json.loads(capsys.readouterr().out)
    assert before["has_sound"]
    assert before["words"]
    assert not after["has_sound"]
    assert not after["words"]


@pytest.mark.parametrize("given", ['{"audio": 0}', '{"sound": 3}', '{"audio": "x"}', "3"])
def test_retention_that_is_none_is_told(
    recordings: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: str
) -> None:
    """With what would be right."""
    monkeypatch.setenv("CALLAGENT_RETENTION", given)

    assert main(["calls", "purge"]) == 2
    assert '"transcript": 90' in capsys.readouterr().err


def test_hold_and_delete(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A held call is deleted after its release, and not before."""
    folder = whole(recordings)
    assert main(["calls", "hold", NAME, "--reason", "case 12", "--by", "asha"]) == 0
    assert main(["calls", "delete", NAME]) == 1
    assert "is held (case 12)" in capsys.readouterr().err
    assert main(["calls", "hold", NAME, "--release", "--reason", "settled"]) == 0
    assert main(["calls", "delete", NAME]) == 0
    assert f"deleted  {NAME}" in capsys.readouterr().out
    assert not folder.exists()
    assert main(["calls", "delete", NAME]) == 1


def test_a_call_is_deleted_by_its_whole_name(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """That of a call which is gone already may be a part of another's."""
    folder = whole(recordings)
    other = folder.rename(folder.with_name(f"{NAME}2"))

    assert main(["calls", "delete", NAME]) == 1
    assert f"only a part of {other.name}" in capsys.readouterr().err
    assert main(["calls", "delete", str(other)]) == 0
    assert not other.exists()


def test_a_reason_may_be_written_in_any_way(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also in letters that are no UTF-8, as a shell gives them."""
    whole(recordings)

    assert main(["calls", "hold", NAME, "--reason", "case \udcff"]) == 0
    assert main(["calls", "delete", NAME]) == 1
    assert "is held (case" in capsys.readouterr().err


def test_forget(recordings: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What was deleted is listed; run again, nothing is left; the number is in neither."""
    assert main(["calls", "forget", "--caller", NUMBER]) == 1
    assert "has a caller's key" in capsys.readouterr().err
    whole(recordings, key=make_key_of(recordings, "")(NUMBER))
    monkeypatch.setenv("CALLAGENT_DATABASE_URL", f"sqlite+aiosqlite:///{recordings}/callers.db")

    assert main(["calls", "forget", "--caller", "+91 98000 00001", "--by", "asha"]) == 0
    first = capsys.readouterr().out
    assert main(["calls", "forget", "--caller", NUMBER]) == 0
    second = capsys.readouterr().out
    assert f"deleted  {NAME}" in first
    assert "Nothing of this caller is left." in second
    assert "98000" not in first + second + (recordings / AUDIT).read_text()
    assert main(["calls", "forget", "--caller", NUMBER, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["complete"] is True
    for wrong in ("nobody", "9800000001"):
        assert main(["calls", "forget", "--caller", wrong]) == 1
        assert "country code" in capsys.readouterr().err


def test_audit(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table; and the line at which the chain breaks, with exit status 1."""
    assert main(["calls", "audit"]) == 0
    assert "Nothing was played" in capsys.readouterr().out
    whole(recordings)
    main(["calls", "hold", NAME, "--reason", "case\x1b[31m [12]", "--by", "asha"])
    main(["calls", "hold", NAME, "--release", "--reason", "settled", "--by", "ravi"])
    capsys.readouterr()

    assert main(["calls", "audit", "--verify", "--since", "1d"]) == 0
    told = capsys.readouterr().out
    assert "asha" in told
    assert "case [12]" in told
    assert "Every line follows the one before it (2)" in told
    assert main(["calls", "audit", "--since", "2999-01-01", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"entries": []}
    assert main(["calls", "audit", "--since", "soon"]) == MISUSED
    path = recordings / AUDIT
    path.write_bytes(path.read_bytes().replace(b"asha", b"nobody"))
    assert main(["calls", "audit", "--verify"]) == 1
    assert "audit.jsonl:2:" in capsys.readouterr().out
