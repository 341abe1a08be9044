"""What a server does for its recordings beside all calls."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.kept_calls import BEGAN, NAME, record, started, whole

from callagent.clock import ManualClock
from callagent.recording.audit import entries
from callagent.recording.folder import SOUND
from callagent.recording.upkeep import DAY_S, Upkeep


def sounds(recordings: Path) -> list[str]:
    """The calls whose sound is there."""
    return sorted(path.parent.name for path in recordings.glob(f"*/{SOUND}"))


async def test_dead_calls_are_finished_and_old_ones_let_go(tmp_path: Path) -> None:
    """At the start and then once a day; whoever keeps something of a dead call elsewhere is told."""
    record(tmp_path / NAME, (started(),), summary=False)
    whole(tmp_path, f"{NAME}2")
    clock = ManualClock(BEGAN + timedelta(days=29.5))
    recovered: list[str] = []

    def told(folder: Path, summary: Mapping[str, Any]) -> None:
        recovered.append(f"{folder.name} {summary['disposition']}")

    upkeep = Upkeep(tmp_path, {"audio": 30}, clock, told)
    await upkeep.look()
    clock.advance(DAY_S - 1)
    await upkeep.look()
    early = sounds(tmp_path)
    clock.advance(1)
    await upkeep.look()
    await upkeep.look()

    assert recovered == [f"{NAME} crashed"]
    assert early == [NAME, f"{NAME}2"]
    assert [one.call for one in entries(tmp_path) if one.what == "purged"] == [NAME, f"{NAME}2"]
    assert sounds(tmp_path) == []
    assert {one.by for one in entries(tmp_path)} == {"callagent"}


async def test_a_folder_that_cannot_be_read_ends_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is logged, and tried again later."""
    (tmp_path / "audit.jsonl").mkdir()
    whole(tmp_path)
    await Upkeep(tmp_path, {"audio": 1}, ManualClock(BEGAN + timedelta(days=2))).look()

    assert "recording not purged" in capsys.readouterr().out
    assert (tmp_path / NAME / "call.wav").exists()
