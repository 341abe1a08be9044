"""What the dialogue wants done besides talking, performed in a live call on the loopback leg in virtual time."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.echo import Echo
from support.loudness import speech_level
from support.phone_call import CALLER, PhoneCall, Setting, place_call

from callagent.call.deeds import LONGEST_TEXT, MOST_TEXTS
from callagent.call.tap import NoTap
from callagent.dialogue.actions import (
    CallBegan,
    Consent,
    Decision,
    Immediate,
    Input,
    Mood,
    Person,
    Say,
    SendText,
)
from callagent.errors import CarrierRefusedError
from callagent.events import (
    AgentStarted,
    AgentStopped,
    ConsentGiven,
    TextFailed,
    TextSent,
    TranscriptReceived,
)
from callagent.media.audio import Chunk
from callagent.recording.recorder import DiskWriter, Recorder
from callagent.simulator.script import parse_script
from callagent.tts.scripted import ScriptedSynthesizer
from callagent.tts.synthesizer import Speech, SpeechChunk

HEARS = "- hear\n- hang up"
COUNTER = Person("counter", "+919800000002")


class Does(Echo):
    """Begins with some actions, then says a line as it is told to."""

    def __init__(self, *actions: Immediate, say: Say | None = None, private: bool = False) -> None:
        super().__init__()
        self.actions = actions
        self.say = say or Say("hello", "Hello, what can I do for you today?", fixed=True)
        self.private = private
        self.people = {"counter": COUNTER}

    def begin(self, began: CallBegan) -> Decision[int]:
        """All of it, and listen."""
        return Decision(0, (*self.actions, self.say, self.listen))

    def advance(self, state: int, given: Input, now: object) -> Decision[int]:
        """As ever; the engine alone knows that there was a secret in the words."""
        done = super().advance(state, given, now)
        return Decision(done.state, done.actions, turn_private=self.private)


@dataclass
class Listener(NoTap):
    """Keeps what the agent played."""

    pcm: bytearray = field(default_factory=bytearray)
    declined: bool = False

    def agent_played(self, chunk: Chunk) -> None:
        """Keep it."""
        self.pcm += chunk.pcm

    def decline(self) -> None:
        """Note it."""
        self.declined = True


def talk(setting: Setting, steps: str = HEARS) -> PhoneCall:
    """A call whose caller does `steps`."""
    return place_call(setting, parse_script("steps:\n" + steps))


def spoken(folder: Path, *, pace: float = 1.0, gain_db: float = 0.0) -> tuple[float, float]:
    """Seconds and level in dB of a greeting, as the caller heard it."""
    tap = Listener()
    say = Say("hello", "Hello, what can I do for you today?", fixed=True, pace=pace, gain_db=gain_db)
    call = talk(Setting(folder, dialogue=Does(say=say), tap=tap))
    (started,), (stopped,) = call.of(AgentStarted), call.of(AgentStopped)
    return stopped.at_s - started.at_s, speech_level(bytes(tap.pcm))


def test_slower_is_slower_and_louder_is_louder(tmp_path: Path) -> None:
    """By as much as was asked for, each without the other."""
    seconds, level = spoken(tmp_path)
    slow_seconds, slow_level = spoken(tmp_path, pace=0.7)
    loud_seconds, loud_level = spoken(tmp_path, gain_db=6.0)

    assert slow_seconds == pytest.approx(seconds / 0.7, abs=0.06)
    assert slow_level == pytest.approx(level, abs=0.5)
    assert loud_level - level == pytest.approx(6.0, abs=0.5)
    assert loud_seconds == pytest.approx(seconds, abs=0.03)


@pytest.mark.parametrize(("mood", "voice"), [("calm", "soft"), ("business", "usual")])
def test_each_mood_has_its_voice(tmp_path: Path, mood: Mood, voice: str) -> None:
    """And what has none of its own is said with the usual one."""

    class Asked(ScriptedSynthesizer):
        """Keeps what it was to say."""

        def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
            """Keep it, and say it."""
            asked.append(speech)
            return super().synthesize(speech)

    asked: list[Speech] = []
    say = Say("sorry", "I am sorry.", fixed=False, mood=mood)
    voices: dict[str, dict[Mood, str]] = {"en": {"calm": "soft"}}
    synthesizer = Asked(Asked.Options())
    talk(Setting(tmp_path, dialogue=Does(say=say), synthesizer=synthesizer, voice="usual", voices=voices))

    assert [speech.voice for speech in asked] == [voice]


@pytest.mark.parametrize("allowed", [True, False])
def test_a_call_that_may_not_be_recorded_is_not(tmp_path: Path, *, allowed: bool) -> None:
    """The sound so far is forgotten, and none is added; the events stay, and tell it."""
    writer = DiskWriter()
    recorder = Recorder(tmp_path / "call", writer)
    dialogue = Does(Consent("recording", allowed=allowed))
    call = talk(Setting(tmp_path, dialogue=dialogue, tap=recorder, listeners=[recorder.on_event]))
    recorder.finish(call.summary.as_dict())
    writer.close()

    assert [(event.to, event.allowed) for event in call.of(ConsentGiven)] == [("recording", allowed)]
    assert (tmp_path / "call" / "call.wav").exists() == allowed
    assert (tmp_path / "call" / "events.jsonl").exists()
    assert not call.summary.recording_incomplete


def test_consent_to_something_else_leaves_the_recording(tmp_path: Path) -> None:
    """Only the one about recording is about the recording."""
    tap = Listener()
    talk(Setting(tmp_path, dialogue=Does(Consent("offers", allowed=False)), tap=tap))

    assert not tap.declined


def test_a_secret_said_ahead_of_its_question_is_in_no_event(tmp_path: Path) -> None:
    """That it is one is known only when the words are understood; nobody hears of them before."""
    call = talk(
        Setting(tmp_path, dialogue=Does(private=True)), "- hear\n- say: price and my code is 4512\n- hear\n- hang up"
    )

    assert [event.text for event in call.of(TranscriptReceived)] == ["[private]"]
    assert "4512" not in repr(call.events)


def test_words_that_break_the_dialogue_are_not_told(tmp_path: Path) -> None:
    """Whether they are private is not known then."""

    class Broken(Does):
        """Understands nothing."""

        def advance(self, state: int, given: Input, now: object) -> Decision[int]:
            """Break."""
            raise ValueError

    call = talk(Setting(tmp_path, dialogue=Broken()), "- hear\n- say: my code is 4512\n- silent: 2 seconds\n- hang up")

    assert [event.text for event in call.of(TranscriptReceived)] == ["[private]"]
    assert call.summary.failures == ("dialogue: ValueError",)


def test_texts_go_to_the_caller_and_to_the_flows_people(tmp_path: Path) -> None:
    """By name; the events say which text and to whom, and neither words nor numbers."""
    dialogue = Does(SendText("rate", "Fan: 1849 rupees.", "caller"), SendText("lead", "Call back.", "counter"))
    call = talk(Setting(tmp_path, dialogue=dialogue))

    assert call.texts == [(CALLER.caller, "Fan: 1849 rupees."), (COUNTER.phone, "Call back.")]
    assert [(event.name, event.to) for event in call.of(TextSent)] == [("rate", "caller"), ("lead", "counter")]
    assert "1849" not in repr(call.of(TextSent))
    assert COUNTER.phone not in repr(call.events)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (SendText("rate", "Hello.", "+919899999999"), "no number"),
        (SendText("rate", "Hello.", "stranger"), "no number"),
        (SendText("rate", "x" * (LONGEST_TEXT + 1), "caller"), "too long"),
    ],
)
def test_other_texts_are_refused(tmp_path: Path, text: SendText, reason: str) -> None:
    """A number is no name; and a text that is cut off may say something else."""
    call = talk(Setting(tmp_path, dialogue=Does(text)))

    assert call.texts == []
    assert [event.reason for event in call.of(TextFailed)] == [reason]
    assert call.said == ["hello"]


def test_a_flow_in_a_circle_does_not_write_for_ever(tmp_path: Path) -> None:
    """What is too much is told each time, and not sent."""
    call = talk(Setting(tmp_path, dialogue=Does(*[SendText("rate", "Hello.", "caller")] * (MOST_TEXTS + 1))))

    assert len(call.texts) == MOST_TEXTS
    assert [event.reason for event in call.of(TextFailed)] == ["too many"]


@pytest.mark.parametrize("error", [CarrierRefusedError("no"), RuntimeError("bug")])
def test_a_text_that_fails_costs_no_call(tmp_path: Path, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does one that is still on its way when the caller hangs up."""

    async def fails(_leg: object, _to: str, _text: str) -> None:
        await asyncio.sleep(4)
        raise error

    monkeypatch.setattr("callagent.telephony.loopback.LoopbackLeg.send_text", fails)
    call = talk(Setting(tmp_path, dialogue=Does(SendText("rate", "Hello.", "caller"))))

    assert [event.reason for event in call.of(TextFailed)] == [type(error).__name__]
    assert call.said == ["hello"]
    assert call.summary.failures == ()
