"""The transcript tests that staff keep beside their flows: every one of every shop."""

import pytest
from support.phone_call import ROOT

from callagent.workshop.coverage import coverage_of
from callagent.workshop.rehearsal import Stage
from callagent.workshop.shops import Folders, find_shops, read_shop
from callagent.workshop.transcript_files import read_transcripts
from callagent.workshop.transcripts import play

SHOPS = [folders for folders in find_shops(ROOT / "flows", ROOT / "prompts") if any(folders.tests.glob("*.yaml"))]


@pytest.mark.parametrize("folders", SHOPS, ids=lambda folders: folders.name)
async def test_transcripts(folders: Folders) -> None:
    """The calls go as they are written, and between them they do nearly every step."""
    stage = Stage(read_shop(folders))
    transcripts = read_transcripts(sorted(folders.tests.glob("*.yaml")), stage.flow)
    outcomes = [await play(stage, transcript) for transcript in transcripts]

    assert len(outcomes) >= 15
    assert [outcome.problem for outcome in outcomes if not outcome.passed] == []
    assert coverage_of(stage.flow, outcomes).percent >= 95


def test_the_shops_that_ship_have_transcripts() -> None:
    """Were they lost, nothing above would fail."""
    assert [folders.name for folders in SHOPS] == ["electrical", "medical"]
