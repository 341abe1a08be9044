"""Calls in which something goes wrong, on the loopback leg in virtual time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest
from support.echo import Echo
from support.phone_call import CALLER, PhoneCall, Setting, have_call, place_call
from support.recorded_call import record

from callagent.call.services import Limits
from callagent.call.stages.dialogue import MOST_LOOK_UPS
from callagent.call.tap import NoTap
from callagent.dialogue.actions import (
    CallBegan,
    CallerKeyed,
    CallerSilent,
    Decision,
    Input,
    Kind,
    Listen,
    LookUp,
    Person,
    Remember,
    Say,
    Transfer,
    Transferred,
)
from callagent.errors import ProviderTimeoutError, ProviderUnavailableError
from callagent.events import (
    ActionDropped,
    AgentPaused,
    AgentSaid,
    AgentStarted,
    AgentStopped,
    BargedIn,
    CallEnded,
    DigitPressed,
    Event,
    FactsLookedUp,
    ProviderFailed,
    RecordingCut,
    TranscriptReceived,
    TransferFailed,
)
from callagent.evidence import UtteranceTranscribed
from callagent.llm.model import Conversation, ModelInfo
from callagent.media.audio import SILENCE
from callagent.simulator.script import parse_script
from callagent.simulator.virtual_time import run
from callagent.stt.scripted import ScriptedTranscriber
from callagent.stt.transcriber import Hints, Transcript
from callagent.telephony.loopback import LoopbackLine
from callagent.tts.synthesizer import Speech, SpeechChunk, SynthesizerInfo

SHORT = parse_script("steps: [hear, say: price, hear, hang up]")


class BrokenTranscriber(ScriptedTranscriber):
    """Fails every other turn."""

    turns = 0

    async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:
        """Drain, then fail or answer."""
        self.turns += 1
        async for transcript in super().transcribe(audio, hints):
            if self.turns % 2:
                raise ProviderUnavailableError("scripted", "dropped")
            yield transcript


class BrokenVoice:
    """Fails in the middle of every sentence but the greeting."""

    info = SynthesizerInfo("broken", "1", languages=(), word_times=False, needs_network=False)

    async def warm_up(self) -> None:
        """Nothing."""

    async def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """A second of sound, then an error."""
        yield SpeechChunk(b"\x00\x20\x00\xe0" * 4000)
        if not speech.text.startswith("Hello"):
            raise ProviderTimeoutError("broken", "stalled")

    async def aclose(self) -> None:
        """Nothing."""


class BrokenModel:
    """Says half a sentence, then fails."""

    info = ModelInfo("broken", "1", needs_network=False)

    async def warm_up(self) -> None:
        """Nothing."""

    async def reply(self, conversation: Conversation) -> AsyncGenerator[str, None]:
        """One sentence, then an error."""
        yield "A fan is a fine thing. "
        yield "And it"
        raise ProviderTimeoutError("broken", "stalled")

    async def aclose(self) -> None:
        """Nothing."""


def talk(setting: Setting, steps: str) -> PhoneCall:
    """A call whose caller does `steps`."""
    return place_call(setting, parse_script("steps:\n" + steps))


class HandsOver(Echo):
    """Wants what this call cannot do, and asks again when it is back."""

    def begin(self, began: CallBegan) -> Decision[int]:
        """A value to remember, and a transfer."""
        said = Say("hello", "Hello, one moment please.", fixed=True)
        person = Person("counter", "+919800000001")
        return Decision(0, (said, Remember("a", "b"), Transfer((person,))))

    def advance(self, state: int, given: Input, now: object) -> Decision[int]:
        """Nobody picked up; then on as ever."""
        if isinstance(given, Transferred):
            return Decision(state, (Say("echo", "What else can I do?", fixed=True), self.listen))
        return super().advance(state, given, now)


def test_what_a_call_cannot_do_is_told_and_passed_over(tmp_path: Path) -> None:
    """A transfer to one who is not of the flow finds nobody, and the call goes on without a silence."""
    call = talk(Setting(tmp_path, dialogue=HandsOver()), "- hear\n- say: bye\n- wait for hang up")

    assert [(event.action, event.name) for event in call.of(ActionDropped)] == [
        ("Remember", "a"),
    ]
    assert [(event.people, event.reason) for event in call.of(TransferFailed)] == [(("counter",), "no number")]
    assert call.summary.disposition == "goodbye"
    assert call.summary.failures == ()


def test_a_transcriber_that_fails_once_leaves_the_next_turn_to_be_spoken(tmp_path: Path) -> None:
    """The caller is asked for keys, the failure is told, and the next turn works."""
    transcriber = BrokenTranscriber(BrokenTranscriber.Options())
    call = talk(
        Setting(tmp_path, transcriber=transcriber), "- hear\n- say: price\n- hear\n- say: price\n- hear\n- hang up"
    )

    assert call.said == ["welcome", "main_menu", "use_keypad", "main_menu", "product"]
    assert [event.error for event in call.of(ProviderFailed)] == ["ProviderUnavailableError"]
    assert [(one.provider, one.errors) for one in call.summary.providers if one.stage == "stt"] == [("scripted", 1)]


def test_a_voice_that_fails_does_not_hang_the_call(tmp_path: Path) -> None:
    """What was made is played, the failure is told, and the floor goes back to the caller."""
    setting = Setting(tmp_path, dialogue=Echo(), synthesizer=BrokenVoice())
    call = talk(setting, "- hear\n- say: price\n- hear\n- say: bye\n- wait for hang up")

    assert call.summary.disposition == "goodbye"
    assert {event.error for event in call.of(ProviderFailed)} == {"ProviderTimeoutError"}
    assert call.summary.failures == ()


def test_a_model_that_fails_gives_the_floor_back(tmp_path: Path) -> None:
    """The whole sentences that it said are heard; half a one is not; the caller goes on."""
    setting = Setting(tmp_path, model=BrokenModel())
    call = talk(setting, "- hear\n- say: something else entirely\n- hear\n- say: price\n- hear\n- hang up")

    assert [event.text for event in call.of(AgentSaid) if not event.line] == ["A fan is a fine thing."]
    assert [(event.stage, event.provider) for event in call.of(ProviderFailed)] == [("llm", "broken")]
    assert call.said[-1] == "product"


def test_what_was_heard_is_what_the_history_holds(tmp_path: Path) -> None:
    """The cut of a barge-in is at the word that was being spoken, checked against the sound."""
    call = talk(Setting(tmp_path), "- interrupt: {after: 1 second, say: price}\n- hear\n- hang up")
    cut = call.of(AgentSaid)[0]
    (barge_in,) = call.of(BargedIn)
    (paused,) = call.of(AgentPaused)
    spoken_s = paused.at_s - call.of(AgentStarted)[0].at_s

    # The scripted voice speaks about fifteen characters a second, so the words tell the time.
    assert cut.text.startswith(cut.heard)
    assert cut.heard != cut.text
    assert abs(len(cut.heard) / 15 - spoken_s) < 0.6
    assert barge_in.latency_s < 0.15


def test_a_caller_who_goes_on_is_not_answered_twice(tmp_path: Path) -> None:
    """Speech that comes while the answer is being decided drops that answer unheard."""
    echo = Echo()
    transcriber = ScriptedTranscriber(ScriptedTranscriber.Options(delay_ms=800))
    steps = "- hear\n- say: price\n- silent: 0.7 seconds\n- say: of a fan\n- hear\n- hang up"
    call = talk(Setting(tmp_path, dialogue=echo, transcriber=transcriber), steps)

    assert len([event for event in call.of(AgentSaid) if event.line == "echo"]) == 1


def test_a_private_answer_is_hidden_everywhere(tmp_path: Path) -> None:
    """Neither words nor keys of a private answer are in any event."""
    private = Listen(Kind.DIGITS, "en", digits=(4, 4), private=True)
    setting = Setting(tmp_path, dialogue=Echo(private))
    call = talk(setting, "- hear\n- say: four five one two\n- hear\n- press: '7788'\n- hear\n- hang up")

    assert [event.text for event in call.of(TranscriptReceived)] == ["[private]"]
    assert [event.digit for event in call.of(DigitPressed)] == ["x", "x", "x", "x"]
    assert "four five one two" not in repr(call.events)


def test_a_private_answer_that_is_broken_off_is_not_recorded(tmp_path: Path) -> None:
    """The caller hangs up in the middle of it, and the dialogue never hears of what was recognized by then."""
    private = Listen(Kind.DIGITS, "en", digits=(4, 4), private=True)
    transcriber = ScriptedTranscriber(ScriptedTranscriber.Options(interims=True))
    setting = Setting(tmp_path / "cache", dialogue=Echo(private), transcriber=transcriber)
    folder = record(setting, "steps: [hear, say: four five one, hang up]", tmp_path / "call")

    [heard] = [event for event in folder.events() if isinstance(event, UtteranceTranscribed)]
    assert heard.interims
    assert {one.text for one in heard.interims} == {""}


def test_keys_are_gathered_as_asked(tmp_path: Path) -> None:
    """A number is complete at its longest, at '#', or after a pause."""
    echo = Echo(Listen(Kind.DIGITS, "en", digits=(4, 6)))
    steps = "- hear\n- press: '123456'\n- hear\n- press: '1234#'\n- hear\n- press: '12345'\n- hear\n- hang up"
    talk(Setting(tmp_path, dialogue=echo), steps)

    assert echo.given == [CallerKeyed("123456"), CallerKeyed("1234"), CallerKeyed("12345")]


def test_silence_is_told_after_as_long_as_was_asked(tmp_path: Path) -> None:
    """The time runs from when the agent fell silent."""
    echo = Echo(Listen(Kind.CHOICE, "en", silence_s=2.5))
    call = talk(Setting(tmp_path, dialogue=echo), "- hear\n- silent: 3 seconds\n- hang up")
    stopped, started = call.of(AgentStopped)[0], call.of(AgentStarted)[1]

    assert echo.given == [CallerSilent()]
    assert 2.5 <= started.at_s - stopped.at_s <= 2.75


def test_the_goodbye_is_heard_to_its_end(tmp_path: Path) -> None:
    """The agent hangs up only when the last word was played, and a voice does not cut it."""
    steps = "- hear\n- say: bye\n- interrupt: {after: 0.1 seconds, say: wait}\n- wait for hang up"
    call = talk(Setting(tmp_path, dialogue=Echo()), steps)
    goodbye = call.of(AgentSaid)[-1]

    assert (goodbye.line, goodbye.heard) == ("bye", "Goodbye.")
    assert call.summary.ended_by == "agent"


def test_a_dialogue_that_looks_things_up_for_ever_is_stopped(tmp_path: Path) -> None:
    """Look-ups without end make the call end, not hang."""

    class Circle(Echo):
        """Asks the same again and again."""

        def advance(self, state: int, given: Input, now: object) -> Decision[int]:
            """Look up, whatever came."""
            return Decision(state, (LookUp("catalogue", {"product": "fan"}, ("price",)),))

    call = talk(Setting(tmp_path, dialogue=Circle()), "- hear\n- say: price\n- wait for hang up")

    assert len(call.of(FactsLookedUp)) == MOST_LOOK_UPS
    assert call.summary.disposition == "failed"


def test_a_stuck_pipeline_does_not_lose_the_summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage that cannot be cancelled is left behind, and the summary says so."""

    class Stuck(BrokenVoice):
        """Does not come back for a while, whatever is done to it."""

        async def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
            """Swallow every cancellation for some seconds."""
            for _ in range(8):
                try:
                    await asyncio.sleep(1)
                except asyncio.CancelledError:
                    continue
            raise asyncio.CancelledError
            yield SpeechChunk(b"")

    setting = Setting(tmp_path, dialogue=Echo(), synthesizer=Stuck(), limits=Limits(pipeline_stop_s=2))
    call = talk(setting, "- silent: 1 second\n- say: price\n- silent: 3 seconds\n- hang up")

    assert call.summary.disposition == "caller hung up"
    assert "pipeline: StillRunning" in call.summary.failures
    assert isinstance(call.events[-1], CallEnded)


def test_a_call_whose_recording_lacks_something_says_so(tmp_path: Path) -> None:
    """What the tap could not keep is told once, before the call's end, and stands in the summary."""

    class FullDisk(NoTap):
        incomplete = True

    lacking, whole = (talk(Setting(tmp_path, tap=tap), "- hear\n- hang up") for tap in (FullDisk(), NoTap()))

    assert [len(call.of(RecordingCut)) for call in (lacking, whole)] == [1, 0]
    assert [call.summary.recording_incomplete for call in (lacking, whole)] == [True, False]
    assert isinstance(lacking.events[-1], CallEnded)


def test_the_caller_can_be_gone_before_the_greeting(tmp_path: Path) -> None:
    """The shortest of all calls has its summary."""

    async def gone(line: LoopbackLine) -> None:
        line.lose()

    async def call() -> PhoneCall:
        return await have_call(Setting(tmp_path), ScriptedTranscriber(ScriptedTranscriber.Options()), gone)

    over = run(call())

    assert (over.summary.disposition, over.summary.ended_by) == ("line lost", "line")
    assert over.summary.call_id == CALLER.call_id


def test_a_line_without_audio_still_hears_the_agent(tmp_path: Path) -> None:
    """A caller whose microphone is dead gets the whole ladder, and the events stay in order."""
    times: list[float] = []

    def keep(event: Event) -> None:
        times.append(event.at_s)

    async def deaf(line: LoopbackLine) -> None:
        while await line.exchange(SILENCE) is not None:
            pass

    async def call() -> PhoneCall:
        setting = Setting(tmp_path, listeners=[keep])
        return await have_call(setting, ScriptedTranscriber(ScriptedTranscriber.Options()), deaf)

    over = run(call())

    assert over.summary.disposition == "no_answer"
    assert over.summary.no_inputs == 3
    assert times == sorted(times)
