"""A caller leaves a message after the tone, on the loopback leg in virtual time."""

from pathlib import Path

import numpy as np
import pytest
from support.echo import Echo
from support.phone_call import PhoneCall, Setting, place_call

from callagent.dialogue.actions import CallBegan, Consent, Decision, Input, Person, Record, Recorded, Say
from callagent.events import AgentStopped, MessageLeft, TranscriptReceived
from callagent.media.tone import LENGTH_S, PITCH_HZ, beep
from callagent.media.wav import read_wav
from callagent.recording.recorder import DiskWriter, Recorder
from callagent.simulator.script import parse_script

WORDS = "please call me back about the fan I bought from you last week"
OWNER = Person("owner", "+919800000002")


class TakesMessage(Echo):
    """Asks for a message, and thanks for it."""

    def __init__(self, limit_s: float = 60.0) -> None:
        super().__init__()
        self.limit_s = limit_s

    def begin(self, began: CallBegan) -> Decision[int]:
        """A refusal, and the message all the same."""
        line = Say("leave_message", "Please leave a message.", fixed=True)
        refused = Consent("recording", allowed=False)
        return Decision(0, (refused, line, Record("leave_message", self.limit_s, (OWNER,))))

    def advance(self, state: int, given: Input, now: object) -> Decision[int]:
        """Thank, and listen."""
        if isinstance(given, Recorded):
            self.given.append(given)
            return Decision(1, (Say("thanks", "Thank you.", fixed=True), self.listen))
        return super().advance(state, given, now)


def leave(folder: Path, steps: str, dialogue: TakesMessage | None = None) -> tuple[PhoneCall, TakesMessage]:
    """A recorded call whose caller does `steps`, and the dialogue that it was with."""
    dialogue = dialogue or TakesMessage()
    writer = DiskWriter()
    recorder = Recorder(folder / "call", writer)
    setting = Setting(folder, dialogue=dialogue, tap=recorder, listeners=[recorder.on_event])
    call = place_call(setting, parse_script("steps:\n" + steps))
    recorder.finish(call.summary.as_dict())
    writer.close()
    return call, dialogue


@pytest.mark.parametrize(
    "end", [pytest.param("- press: '#'", id="hash key"), pytest.param("- silent: 6 seconds", id="silence")]
)
def test_a_message_is_kept_and_the_call_goes_on(tmp_path: Path, end: str) -> None:
    """In a file of its own, even of a caller who would not be recorded; the event says whose it is."""
    call, dialogue = leave(tmp_path, f"- hear\n- say: {WORDS}\n{end}\n- hear\n- hang up")
    (left,) = call.of(MessageLeft)

    assert call.said == ["leave_message", "beep", "thanks"]
    assert (left.name, left.file, left.send_to) == ("leave_message", "message.wav", ("owner",))
    assert 2 < left.seconds < 7
    assert isinstance(dialogue.given[0], Recorded)
    assert dialogue.given[0].seconds == pytest.approx(left.seconds, abs=0.01)
    assert len(read_wav(tmp_path / "call" / "message.wav")) == pytest.approx(left.seconds * 16000, abs=200)
    assert (tmp_path / "call" / "message.wav").stat().st_mode & 0o077 == 0
    assert not (tmp_path / "call" / "call.wav").exists()
    assert call.of(TranscriptReceived) == []
    assert call.summary.failures == ()


def test_a_message_ends_with_the_call(tmp_path: Path) -> None:
    """Who hangs up has left their message."""
    call, dialogue = leave(tmp_path, f"- hear\n- say: {WORDS}\n- hang up")
    (left,) = call.of(MessageLeft)

    assert left.seconds > 2
    assert (tmp_path / "call" / left.file).exists()
    assert dialogue.given == []


def test_a_message_has_a_limit(tmp_path: Path) -> None:
    """At which the agent takes the floor back, although the caller speaks."""
    call, _ = leave(tmp_path, f"- hear\n- say: {WORDS}\n- hear\n- hang up", TakesMessage(limit_s=2.0))

    assert [event.seconds for event in call.of(MessageLeft)] == [pytest.approx(2.0, abs=0.05)]


def test_who_says_nothing_leaves_no_message(tmp_path: Path) -> None:
    """After five seconds the call goes on; there is no file."""
    call, dialogue = leave(tmp_path, "- hear\n- silent: 6 seconds\n- hear\n- hang up")
    (left,) = call.of(MessageLeft)
    (tone, *_) = call.of(AgentStopped)

    assert (left.seconds, left.file) == (0.0, "")
    assert left.at_s - tone.at_s == pytest.approx(5.0, abs=0.1)
    assert dialogue.given[0] == Recorded(0.0)
    assert list((tmp_path / "call").glob("message*")) == []


def test_the_tone_is_a_tone() -> None:
    """Of the pitch and length that it claims, beginning and ending in silence."""
    audio = np.frombuffer(beep(), "<i2").astype(float)
    loudest = np.argmax(np.abs(np.fft.rfft(audio))) * 8000 / len(audio)

    assert loudest == pytest.approx(PITCH_HZ, abs=8)
    assert len(audio) == round(LENGTH_S * 8000)
    assert max(abs(audio[0]), abs(audio[-1])) < 1000
