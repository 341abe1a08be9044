"""Outages that are had in a replay of a call in which all went well."""

from pathlib import Path

import pytest
from support.phone_call import Setting
from support.recorded_call import record, replay

from callagent.clock import ManualClock
from callagent.errors import ConfigurationError
from callagent.events import (
    AgentSaid,
    FactsLookedUp,
    ProviderFailed,
    ProviderFellBack,
    ProviderUsed,
    SpeechReady,
    StageBack,
    StageDown,
    TranscriptReceived,
)
from callagent.recording.folder import CallFolder
from callagent.replay.cast import Cast
from callagent.replay.faults import Fault, parse_fault
from callagent.replay.sound import SoundReplay
from callagent.replay.troubled import Captured
from callagent.resilience.lineup import Lineup
from callagent.stt.chain import TranscriberChain
from callagent.stt.scripted import ScriptedTranscriber
from callagent.tts.scripted import ScriptedSynthesizer
from callagent.tts.synthesizer import SynthesizerInfo

SCRIPT = (
    "steps: [hear, say: price, hear, say: ceiling fan, hear, say: order status, hear, press: '10234', hear, "
    "say: no thanks, hear, hang up]"
)


class Reserve(ScriptedSynthesizer):
    """Another voice."""

    @property
    def info(self) -> SynthesizerInfo:
        """By another name."""
        return SynthesizerInfo("reserve", "1", languages=(), word_times=True, needs_network=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> CallFolder:
    """A call in which nothing went wrong."""
    place = tmp_path_factory.mktemp("call")
    return record(Setting(place / "cache"), SCRIPT, place / "call")


def had(folder: CallFolder, tmp_path: Path, *faults: str, **cast: object) -> SoundReplay:
    """The call with these faults."""
    return replay(folder, Setting(tmp_path / "cache"), Cast(faults=tuple(map(parse_fault, faults)), **cast))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("tts hangs at 12s", Fault("tts", "hangs", from_s=12.0)),
        ("stt fails from 3s to 9s", Fault("stt", "fails", from_s=3.0, to_s=9.0)),
        ("llm slow 2s at 4s", Fault("llm", "slow", 2.0, from_s=4.0)),
        ("LLM is slow 0.5s", Fault("llm", "slow", 0.5)),
        ("lookups down", Fault("look-ups", "fails")),
        ("look-ups are down until 9s", None),
        ("look ups hang", Fault("look-ups", "hangs")),
    ],
)
def test_a_fault_is_read_as_it_is_said(text: str, fault: Fault | None) -> None:
    """Stage, what is wrong, and when."""
    if fault is None:
        with pytest.raises(ConfigurationError, match="'until 9s' is no time"):
            parse_fault(text)
    else:
        assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "is empty"),
        ("voice fails", "'voice' is nothing that can have a fault. Begin with stt"),
        ("tts", "does not say what is wrong with it. Write fails"),
        ("tts explodes", "'explodes' is no fault"),
        ("tts slow", "does not say how slow. Write such as slow 2s"),
        ("tts slow much", "'much' is no number of seconds"),
        ("tts hangs at noon", "'noon' is no number of seconds"),
        ("stt fails from 9s to 3s", "ends at 3s, before it begins"),
        ("stt fails whenever", "'whenever' is no time"),
    ],
)
def test_a_fault_that_cannot_be_read_is_told(text: str, what: str) -> None:
    """Place, problem, and what would be right."""
    with pytest.raises(ConfigurationError) as told:
        parse_fault(text)
    assert what in str(told.value)
    assert str(told.value).startswith(f'--fault "{text}": ')
    assert "as in 'tts hangs at 12s'" in str(told.value)


def test_a_voice_that_hangs_is_taken_over_from(folder: CallFolder, tmp_path: Path) -> None:
    """The caller hears every line all the same: what was kept, and the rest from the next voice."""
    reserve = Reserve(Reserve.Options())
    again = had(folder, tmp_path, "tts hangs at 12s", reserves={"tts": (reserve,)})
    before = [event.line for event in folder.events() if isinstance(event, AgentSaid)]
    after = [event.line for event in again.events if isinstance(event, AgentSaid)]
    assert after == before
    spoke = {event.provider for event in again.events if isinstance(event, ProviderUsed) and event.stage == "tts"}
    assert spoke == {"scripted", "reserve"}
    took_over = [event for event in again.events if isinstance(event, ProviderFellBack)]
    assert {(event.failed, event.took_over) for event in took_over} == {("scripted", "reserve")}
    assert all(event.at_s > 12.0 for event in again.events if isinstance(event, ProviderFailed))


def test_without_another_voice_stored_prompts_are_heard(folder: CallFolder, tmp_path: Path) -> None:
    """The stage is down, and the call goes on with what the server has stored."""
    again = had(folder, tmp_path, "tts fails")
    assert [event.stage for event in again.events if isinstance(event, StageDown)] == ["tts"]
    assert "stored" in {event.provider for event in again.events if isinstance(event, SpeechReady)}
    assert any(isinstance(event, AgentSaid) and event.heard for event in again.events)


def test_a_recogniser_that_fails_for_a_while_comes_back(folder: CallFolder, tmp_path: Path) -> None:
    """One turn is not heard; the next is."""
    first, second = [event.at_s for event in folder.events() if isinstance(event, TranscriptReceived)][:2]
    again = had(folder, tmp_path, f"stt fails from 0s to {first + 0.5:.1f}s")
    assert [event.stage for event in again.events if isinstance(event, StageDown)] == ["stt"]
    assert [event.stage for event in again.events if isinstance(event, StageBack)] == ["stt"]
    heard = [event for event in again.events if isinstance(event, TranscriptReceived) and event.text]
    assert heard
    assert heard[0].at_s == pytest.approx(second, abs=1.0)


def test_tables_that_are_down_find_nothing(folder: CallFolder, tmp_path: Path) -> None:
    """Whatever the recording holds of them."""
    again = had(folder, tmp_path, "lookups down")
    assert {event.status for event in again.events if isinstance(event, FactsLookedUp)} == {"down"}


def test_a_slow_recogniser_is_so_much_later(folder: CallFolder, tmp_path: Path) -> None:
    """The first answer comes as much later, whatever follows from that."""
    again = had(folder, tmp_path, "stt slow 1s")
    before, after = (
        next(event.at_s for event in events if isinstance(event, TranscriptReceived))
        for events in (folder.events(), again.events)
    )
    # The recorded words were there before the turn was over.
    assert 0.5 < after - before <= 1.0


def test_who_takes_over_is_whoever_else_is_in_todays_chain() -> None:
    """Without the one that did the work in the recording."""
    first, other = ScriptedTranscriber(ScriptedTranscriber.Options()), Reserve(Reserve.Options())
    captured = Captured()
    chain = TranscriberChain(Lineup([("scripted", first)], ManualClock()))
    assert captured.refit("stt", chain) is chain
    captured.refit("tts", other)
    reserves = captured.reserves({"stt": "scripted", "tts": "scripted"})
    assert (tuple(reserves["stt"]), tuple(reserves["tts"]), tuple(reserves["llm"])) == ((), (other,), ())
