"""What a caller said in private is silent in the recording, and the call is had again all the same."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.differing import differing
from support.examples import public, setting
from support.phone_call import Setting
from support.recorded_call import jittery_call, kept_call, replay, services_of

from callagent.events import CallerStarted, CallerStopped, Event, TranscriptReceived
from callagent.evidence import DialogueAdvanced
from callagent.media.audio import CHUNK_BYTES, CHUNK_SAMPLES, Chunk
from callagent.media.level import SPEECH_DBFS, normalised, rms_dbfs
from callagent.media.vad import load_voice_model
from callagent.media.voice_pool import VoicePool
from callagent.recording.folder import CallFolder
from callagent.recording.sound_tests import copy_for_test
from callagent.replay.cast import AS_RECORDED, Cast
from callagent.replay.players.murmur import murmur
from callagent.replay.players.silenced import Silenced
from callagent.replay.sound import replay_into
from callagent.simulator.script import parse_script
from callagent.simulator.virtual_time import run
from callagent.stt.scripted import ScriptedTranscriber

TOLERANCE_S = 0.05
"""A window of the voice detector, and a beat."""

SHORT = "hear, say: four five one two seven"
ANSWERS = {
    "with a pause": "hear, say: four five, silent: 1.2 seconds, say: one two seven",
    "too short at first": "hear, say: four five one, hear, say: four five one two seven",
    "into the question": "interrupt: {after: 1 second, say: four five one two seven}",
    "after a while": "hear, silent: 9 seconds, say: four five one two seven",
}


def talking(cache: Path, *lines: str, interims: bool = False) -> Setting:
    """A shop that asks for the number of an order in private; who transcribes hears what is said, or `lines`."""
    return replace(
        setting("en", cache),
        transcriber=ScriptedTranscriber(ScriptedTranscriber.Options(lines=lines, interims=interims)),
    )


def record(answer: str, place: Path, *, interims: bool = False) -> CallFolder:
    """A call in which that number is asked for and told."""
    return had(f"hear, say: order status, {answer}", place, interims=interims)


def had(steps: str, place: Path, *, interims: bool = False) -> CallFolder:
    """A call of somebody who may be recorded."""
    script = parse_script(f"steps: [hear, say: 'yes', {steps}, hear, say: goodbye, wait for hang up]")
    return kept_call(talking(place / "cache", interims=interims), script, place / "call", public())


def decided(events: tuple[Event, ...]) -> list[tuple[Any, Any]]:
    """All that the dialogue was given and wanted done."""
    return [(event.given, event.actions) for event in events if isinstance(event, DialogueAdvanced)]


@pytest.mark.parametrize("interims", [False, True], ids=["finals", "interims"])
def test_a_call_with_a_spoken_private_answer_is_the_call_again(tmp_path: Path, interims: bool) -> None:
    """Every field of every event, and their order, though the answer can be heard no more; nothing is missing."""
    folder = record(SHORT, tmp_path, interims=interims)
    again = replay(folder, talking(tmp_path / "other cache"))

    assert differing(folder.events(), again.events) == ()
    assert again.missing == ()
    with folder.sound() as sound:
        assert Silenced(sound, folder.events())


@pytest.mark.parametrize("interims", [False, True], ids=["finals", "interims"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_it_is_given_again_however_it_was_given(tmp_path: Path, answer: str, interims: bool) -> None:
    """In pieces, late, or into the question: but for how soon the detector was sure of a voice, it is the same."""
    folder = record(ANSWERS[answer], tmp_path, interims=interims)
    again = replay(folder, talking(tmp_path / "other cache"))

    assert decided(again.events) == decided(folder.events())
    assert differing(folder.events(), again.events, TOLERANCE_S) == ()
    assert again.missing == ()


@pytest.mark.parametrize("interims", [False, True], ids=["finals", "interims"])
def test_what_was_told_in_private_unasked_is_told_again(tmp_path: Path, interims: bool) -> None:
    """It was silenced afterwards."""
    folder = had("hear, say: order status four five one two seven", tmp_path, interims=interims)
    again = replay(folder, talking(tmp_path / "other cache"))

    assert differing(folder.events(), again.events) == ()
    with folder.sound() as sound:
        assert Silenced(sound, folder.events())


def test_who_speaks_on_after_the_answer_is_heard_from_there(tmp_path: Path) -> None:
    """Of speech that is silent in part, today's detector hears the rest: it ends where it did but for one window."""
    steps = "hear, say: eight two zero nine six, silent: 1.4 seconds, say: seven two"
    folder = record(steps, tmp_path)
    again = replay(folder, talking(tmp_path / "other cache"))

    with folder.sound() as sound:
        silenced = Silenced(sound, folder.events())
        whole = sound.read(0, sound.samples)[:, 0]
    filled = whole.copy()
    silenced.stand_in(filled, 0)
    begins, ends = [
        [event.position for event in folder.events() if isinstance(event, kind)][3]
        for kind in (CallerStarted, CallerStopped)
    ]
    assert not whole[begins : begins + CHUNK_SAMPLES].any()
    assert whole[ends - 2000 : ends].any()
    assert filled[begins : begins + CHUNK_SAMPLES].any()
    assert (filled[ends - 2000 : ends] == whole[ends - 2000 : ends]).all()
    assert decided(again.events) == decided(folder.events())
    assert {one.field for one in differing(folder.events(), again.events, TOLERANCE_S)} <= {"position"}  # in samples
    assert again.missing == ()


def test_a_jittery_line_takes_nothing_from_it(tmp_path: Path) -> None:
    """On a real line sound comes as it comes, and so it does again."""
    said = "yes", "order status", "four five one two seven"
    folder = jittery_call(talking(tmp_path / "cache", *said), said, tmp_path / "call", public(), pauses=(360, 350))
    again = replay(folder, talking(tmp_path / "other cache"))

    assert any(isinstance(event, TranscriptReceived) and event.text == "[private]" for event in folder.events())
    assert differing(folder.events(), again.events, TOLERANCE_S) == ()
    assert again.missing == ()


def test_for_a_recogniser_of_today_the_recorded_words_stand_there(tmp_path: Path) -> None:
    """It hears the other turns, and it is noted which it does not."""
    folder = record(SHORT, tmp_path)
    today = talking(tmp_path / "other cache", "yes", "order status", "goodbye")
    again = replay(folder, today, Cast(hears="today"))

    assert decided(again.events) == decided(folder.events())
    [missing] = again.missing
    assert (missing.what, missing.instead) == ("private", "the recorded words stand for it")


def test_nothing_of_it_is_kept(tmp_path: Path) -> None:
    """Neither is the recording touched, nor does the voice that stood in get into that of the replay."""
    folder = record(SHORT, tmp_path)
    before = {path.name: path.read_bytes() for path in folder.path.iterdir()}

    async def keep() -> None:
        services = services_of(talking(tmp_path / "other cache"))
        await replay_into(tmp_path / "again", folder, folder.events(), services, public=public(), cast=AS_RECORDED)

    run(keep())
    assert {path.name: path.read_bytes() for path in folder.path.iterdir()} == before
    with CallFolder(tmp_path / "again").sound() as again, folder.sound() as sound:
        assert (again.read(0, again.samples)[:, 0] == sound.read(0, sound.samples)[:, 0]).all()


def test_a_sound_test_of_it_is_had_as_well(tmp_path: Path) -> None:
    """In the copy more is silent than in the recording."""
    folder = record(SHORT, tmp_path)
    copy_for_test(folder, tmp_path / "test" / "copy")
    again = replay(CallFolder(tmp_path / "test" / "copy"), talking(tmp_path / "other cache"))

    assert differing(folder.events(), again.events) == ()


def test_no_voice_stands_in_where_nothing_is_known_to_be_private(tmp_path: Path) -> None:
    """Older recordings do not tell of it, and some hold the sound of it: they are had again as they are."""
    folder = record(SHORT, tmp_path)
    events = folder.events()
    untold = [
        replace(event, private=False, actions=()) if isinstance(event, DialogueAdvanced) else event for event in events
    ]
    with folder.sound() as sound:
        assert not Silenced(sound, untold)

        class Noisy:
            samples = sound.samples

            def read(self, begins: int, ends: int) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
                return np.ones((ends - begins, 2), "<i2")

        assert not Silenced(Noisy(), events)  # type: ignore[arg-type]


def test_the_voice_is_as_loud_as_the_caller(tmp_path: Path) -> None:
    """Loudness decides whether a sound over the agent is the caller's."""
    folder = record(SHORT, tmp_path)
    with folder.sound() as sound:
        whole = sound.read(0, sound.samples)[:, 0]
        filled = whole.copy()
        Silenced(sound, folder.events()).stand_in(filled, 0)
    said = [event.position for event in folder.events() if isinstance(event, CallerStarted | CallerStopped)]
    heard, told = (rms_dbfs(filled[said[at] : said[at + 1]].tobytes()) for at in (2, 4))

    assert told == pytest.approx(heard, abs=4)


def test_the_voice_is_one_to_the_voice_detector() -> None:
    """Nearly all of it, and as long as it may be wanted."""
    likely: list[float] = []
    pool = VoicePool(load_voice_model())
    activity = pool.join(lambda probability, *_: likely.append(probability))
    pcm = normalised(murmur().tobytes(), SPEECH_DBFS) * 4
    for at in range(0, len(pcm) - CHUNK_BYTES, CHUNK_BYTES):
        activity.feed(Chunk(pcm[at : at + CHUNK_BYTES], at // 2))

    assert np.mean(np.array(likely) >= 0.5) > 0.95
