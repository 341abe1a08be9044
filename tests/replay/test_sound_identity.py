"""A recorded call that is had again by unchanged code and flow is the same call, event by event."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from support.differing import MAY_DIFFER, Difference, differing
from support.phone_call import Setting
from support.recorded_call import record, replay, replay_here

from callagent.dialogue.actions import LookedUp
from callagent.errors import ProviderUnavailableError, RecordingError
from callagent.events import AnswerTaken, DigitPressed, Event, LineHeld, LineResumed
from callagent.evidence import DialogueAdvanced, LineTimed, ModelReplied, ShopAnswered, SpeechMade, UtteranceTranscribed
from callagent.llm.scripted import ScriptedModel
from callagent.replay.cast import Cast
from callagent.replay.players.caller import deeds
from callagent.replay.players.notes import Notes
from callagent.simulator.virtual_time import run
from callagent.stt.scripted import ScriptedTranscriber

CALLS = {
    "short": "steps: [hear, say: price, hear, hang up]",
    "keys": "steps: [hear, press: '1', hear, say: ceiling fan, hear, say: no thanks, hear, hang up]",
    "silence": "steps: [hear, silent: 8 seconds, hear, say: opening hours, hear, silent: 9 seconds, hear, hang up]",
    "barge-in": (
        "steps: [hear, say: price, interrupt: {after: 1 second, say: ceiling fan}, hear, say: order status, hear, "
        "press: '10234', hear, say: no thanks, hear, hang up]"
    ),
    "handed over": "steps: [hear, say: operator, hear, silent: 12 seconds]",
}


def transcriber(*, interims: bool = False) -> ScriptedTranscriber:
    """One that hears what the caller says."""
    return ScriptedTranscriber(ScriptedTranscriber.Options(interims=interims))


@pytest.mark.parametrize("interims", [False, True], ids=["finals", "interims"])
@pytest.mark.parametrize("name", CALLS)
def test_a_replay_is_the_call(tmp_path: Path, name: str, interims: bool) -> None:
    """Every field of every event, evidence included, and their order; nothing is missing in the recording."""
    setting = Setting(tmp_path / "cache", transcriber=transcriber(interims=interims))
    folder = record(setting, CALLS[name], tmp_path / "call")
    again = replay(folder, Setting(tmp_path / "other cache", transcriber=transcriber(interims=interims)))
    assert differing(folder.events(), again.events) == ()
    assert again.missing == ()
    assert {LineTimed, DialogueAdvanced, SpeechMade} <= {type(event) for event in again.events}


def test_a_transcriber_that_fails_fails_again(tmp_path: Path) -> None:
    """What the caller hears then is the same."""

    class Broken(ScriptedTranscriber):
        async def transcribe(self, audio, hints):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            async for _ in audio:
                pass
            raise ProviderUnavailableError("scripted", "is broken")
            yield

    setting = Setting(tmp_path / "cache", transcriber=Broken(Broken.Options()))
    folder = record(setting, "steps: [hear, say: price, hear, hang up]", tmp_path / "call")
    again = replay(folder, Setting(tmp_path / "other cache"))
    assert "failed" in [event.outcome for event in folder.events() if isinstance(event, UtteranceTranscribed)]
    assert differing(folder.events(), again.events) == ()


def test_nothing_is_written_into_the_folder_and_two_replays_go_on_at_once(tmp_path: Path) -> None:
    """Both are the call, and the files are as they were."""
    setting = Setting(tmp_path / "cache")
    folder = record(setting, CALLS["short"], tmp_path / "call")
    before = {path.name: path.read_bytes() for path in folder.path.iterdir()}

    async def both() -> list[tuple[Event, ...]]:
        other = Setting(tmp_path / "other cache")
        return [one.events for one in await asyncio.gather(replay_here(folder, other), replay_here(folder, other))]

    one, other = run(both())
    assert differing(one, other, 0.03) == ()
    assert differing(folder.events(), one, 0.03) == ()
    assert {path.name: path.read_bytes() for path in folder.path.iterdir()} == before


def test_look_ups_answer_from_the_recording(tmp_path: Path) -> None:
    """Today's tables are not asked, and would not change what was told then."""
    setting = Setting(tmp_path / "cache")
    folder = record(setting, CALLS["keys"], tmp_path / "call")
    assert any(isinstance(event, ShopAnswered) for event in folder.events())

    async def nobody(*_: object) -> LookedUp:
        raise AssertionError("the tables were asked")

    again = replay(folder, setting, change=lambda services: replace(services, look_up=nobody))
    assert differing(folder.events(), again.events) == ()


def test_what_was_not_recorded_is_estimated_and_noted(tmp_path: Path) -> None:
    """A prompt that the recording does not hold is spoken at the recording's own pace; the call goes on."""
    setting = Setting(tmp_path / "cache")
    folder = record(setting, CALLS["short"], tmp_path / "call")
    lines = (folder.path / "events.jsonl").read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if b'"SpeechMade"' not in line or b"Which product" not in line]
    (folder.path / "events.jsonl").write_bytes(b"".join(kept))
    again = replay(folder, Setting(tmp_path / "other cache"))
    assert len(kept) == len(lines) - 1
    (missing,) = again.missing
    assert (missing.what, missing.instead) == ("speech", "estimated")
    assert missing.asked.startswith("Which product")


def test_a_model_writes_again_what_it_wrote(tmp_path: Path) -> None:
    """Its words are those of the recording, whatever a model of today would say."""

    def talking(reply: str) -> ScriptedModel:
        return ScriptedModel(ScriptedModel.Options(replies=(reply,)))

    setting = Setting(tmp_path / "cache", model=talking("I can help you choose a fan."))
    steps = "steps: [hear, say: can you help me choose something, hear, hang up]"
    folder = record(setting, steps, tmp_path / "call")
    assert any(isinstance(event, ModelReplied) and event.pieces for event in folder.events())
    again = replay(folder, Setting(tmp_path / "other cache", model=talking("I cannot.")))
    assert differing(folder.events(), again.events) == ()
    assert again.told_otherwise == 0


def test_hidden_keys_come_from_what_the_dialogue_was_given(tmp_path: Path) -> None:
    """A key beyond those has closed the number; what nobody knows is noted."""
    keyed = DialogueAdvanced(
        at_s=3.0, turn=1, given={"kind": "CallerKeyed", "keys": "⟦private 1: digits 2⟧"}, now="", actions=()
    )
    pressed = [DigitPressed(at_s=at_s, digit="x") for at_s in (1.0, 1.5, 2.0)]
    notes = Notes()
    done = deeds((*pressed, keyed), notes)
    assert [(deed.at_s, deed.key) for deed in done] == [(1.0, "1"), (1.5, "7"), (2.0, "#")]
    assert not notes.missing


def test_a_held_line_is_held_again(tmp_path: Path) -> None:
    """Hold and resume come at their times."""
    done = deeds((LineHeld(at_s=1.0), LineResumed(at_s=2.0)), Notes())
    assert [(deed.at_s, deed.kind) for deed in done] == [(1.0, "hold"), (2.0, "resume")]


def test_a_folder_without_sound_says_so(tmp_path: Path) -> None:
    """Who declined to be recorded cannot be replayed at this level."""
    setting = Setting(tmp_path / "cache")
    folder = record(setting, CALLS["short"], tmp_path / "call")
    (folder.path / "call.wav").unlink()
    with pytest.raises(RecordingError, match=r"holds no call\.wav"):
        replay(folder, setting)


def test_a_recording_without_evidence_says_so(tmp_path: Path) -> None:
    """Those of older versions hold nothing of when which words were recognized: somebody of today has to hear them."""
    setting = Setting(tmp_path / "cache")
    folder = record(setting, CALLS["short"], tmp_path / "call")
    lines = (folder.path / "events.jsonl").read_bytes().splitlines(keepends=True)
    evidence = (b'"DialogueAdvanced"', b'"UtteranceTranscribed"', b'"SpeechMade"')
    old = [line for line in lines if not any(kind in line for kind in evidence)]
    (folder.path / "events.jsonl").write_bytes(b"".join(old))
    with pytest.raises(RecordingError, match=r"older versions do not.*--stt pocketsphinx"):
        replay(folder, setting)
    today = ScriptedTranscriber(ScriptedTranscriber.Options(lines=("price",)))
    again = replay(folder, Setting(tmp_path / "cache", transcriber=today), Cast(hears="today"))

    said = [[one.value for one in events if isinstance(one, AnswerTaken)] for events in (folder.events(), again.events)]
    assert said[0]
    assert said[1] == said[0]


def test_differences_are_told_with_their_field(tmp_path: Path) -> None:
    """Within the tolerance times are the same; what may differ is left out; turns are counted anew."""
    before = (DigitPressed(at_s=1.0, digit="1"),)
    after = (DigitPressed(at_s=1.08, digit="1"),)
    assert differing(before, after, 0.1) == ()
    assert differing(before, after, 0.05) == (Difference(before[0], after[0], "at_s"),)
    assert str(differing(before, after)[0]) == "1.000 s: DigitPressed.at_s was 1.0 and is 1.08"
    assert LineTimed in MAY_DIFFER
    assert all(MAY_DIFFER.values())
