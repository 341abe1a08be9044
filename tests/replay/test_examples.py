"""The recorded examples: had again by unchanged code, each is the same call."""

import asyncio
from pathlib import Path

import pytest
from support.differing import differing
from support.examples import SHOP, examples, public, setting
from support.recorded_call import services_of

from callagent.errors import RecordingError
from callagent.evidence import DialogueAdvanced
from callagent.recording.folder import EVENTS, CallFolder
from callagent.replay.batch import replay_one
from callagent.replay.dialogue_replay import Level
from callagent.replay.sound import SoundReplay, replay_sound
from callagent.replay.venue import Venue
from callagent.settings.settings import Settings
from callagent.simulator.virtual_time import run

EXAMPLES = pytest.mark.parametrize("folder", examples(), ids=lambda folder: folder.name)


def by_sound(folder: CallFolder, cache: Path) -> SoundReplay:
    """The call through voice detection, turn-taking and all that follows."""
    events = folder.events()
    language = getattr(events[0], "language", "en")

    async def again() -> SoundReplay:
        return await replay_sound(folder, events, services_of(setting(language, cache)), public=public())

    return run(again())


def is_redacted(folder: CallFolder) -> bool:
    """Whether something was taken out of its words."""
    return "⟦" in (folder.path / EVENTS).read_text(encoding="utf-8")


def test_there_are_some() -> None:
    """In two languages, with and without sound, redacted and private."""
    assert len(examples()) == 5
    assert [one.name for one in examples() if not one.has_sound] == ["not_recorded"]
    assert {one.name for one in examples() if is_redacted(one)} >= {"price_and_order", "call_back"}


@EXAMPLES
@pytest.mark.parametrize("level", ["decisions", "words"])
def test_it_is_decided_as_it_was(folder: CallFolder, level: Level) -> None:
    """To the letter: what was understood, the steps, the actions and their words."""
    venue = Venue(Settings(flows=SHOP / "flows", prompts=SHOP / "prompts"))

    found = asyncio.run(replay_one(folder, venue, level))

    assert found.version == found.version_now
    assert found.missing == ()
    # What a caller was understood to want is no wish of today's where numbers stand in for theirs.
    differing_in = [one.turn for one in found.turns if not one.identical]
    assert found.identical or (level == "words" and is_redacted(folder) and len(differing_in) == 1), found
    assert not found.differs


@EXAMPLES
def test_it_sounds_as_it_did(folder: CallFolder, tmp_path: Path) -> None:
    """Every field of every event, evidence included, in the same order; a caller who declined left nothing to hear."""
    if not folder.has_sound:
        with pytest.raises(RecordingError, match="declined"):
            by_sound(folder, tmp_path)
        return

    again = by_sound(folder, tmp_path)

    assert differing(folder.events(), again.events) == ()
    assert again.missing == ()
    assert any(isinstance(event, DialogueAdvanced) for event in again.events)


@EXAMPLES
def test_it_tells_nobodys_number(folder: CallFolder) -> None:
    """Neither what was keyed as private, nor the caller's, nor the one that they said."""
    written = (folder.path / "events.jsonl").read_text(encoding="utf-8")

    assert "45127" not in written
    assert "9000000001" not in written
    assert "nine eight double" not in written
    assert "98112" not in written


def test_a_private_number_is_silent_in_the_sound() -> None:
    """From the moment that it is asked for to the answer, nothing of the caller is in the recording."""
    folder = next(one for one in examples() if one.name == "price_and_order")
    asked, answered = (
        next(event.at_s for event in folder.events() if isinstance(event, DialogueAdvanced) and is_one(event))
        for is_one in (_asks, _answers)
    )

    with folder.sound() as sound:
        between = sound.read(round(asked * 8000), round(answered * 8000))

    assert len(between) > 8000
    assert not between[:, 0].any()
    assert between[:, 1].any()


def _asks(event: DialogueAdvanced) -> bool:
    return bool(event.actions[-1].get("private"))


def _answers(event: DialogueAdvanced) -> bool:
    return bool(event.given["kind"] == "CallerKeyed")
