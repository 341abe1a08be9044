"""An answer that is begun before the caller's turn is over: sooner heard, or gone without a trace."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from support.echo import Echo
from support.phone_call import PhoneCall, Setting, place_call

from callagent.call.stages.stage import HIDDEN
from callagent.dialogue.actions import (
    CallBegan,
    CallerKeyed,
    CallerSaid,
    Converse,
    Decision,
    Input,
    Kind,
    Listen,
    LookUp,
    Remember,
    Say,
)
from callagent.events import AgentSaid, TranscriptReceived, TurnDecided, TurnEnded
from callagent.llm.model import Conversation, ModelInfo
from callagent.simulator.script import parse_script
from callagent.stt.scripted import ScriptedTranscriber

ASK = Listen(Kind.FREE, "en")


class Chat(Echo):
    """Lets the model answer whatever is said; remembers each decision that was made for good."""

    def __init__(self) -> None:
        super().__init__(ASK)
        self.states: list[int] = []

    def advance(self, state: int, given: Input, now: object) -> Decision[int]:
        """Have the model speak."""
        self.states.append(state)
        self.given.append(given)
        return Decision(state + 1, (Converse("Be brief."), self.listen))


class Slow:
    """A model that thinks for 200 ms, and keeps what it was asked."""

    info = ModelInfo("slow", "1", needs_network=False)

    def __init__(self) -> None:
        self.asked: list[Conversation] = []
        self.stopped = 0

    async def warm_up(self) -> None:
        """Nothing."""

    async def reply(self, conversation: Conversation) -> AsyncGenerator[str, None]:
        """A sentence, after 200 ms."""
        self.asked.append(conversation)
        try:
            await asyncio.sleep(0.2)
            yield "Let me think about that."
        except (asyncio.CancelledError, GeneratorExit):
            self.stopped += 1
            raise

    async def aclose(self) -> None:
        """Nothing."""


def hearing(*, interims: bool) -> ScriptedTranscriber:
    """A transcriber that tells of words as they come, or only at the end."""
    return ScriptedTranscriber(ScriptedTranscriber.Options(interims=interims))


def talk(setting: Setting, steps: str) -> PhoneCall:
    """A call whose caller does `steps`."""
    return place_call(setting, parse_script("steps:\n" + steps))


def responses(call: PhoneCall) -> list[float]:
    """Milliseconds from the caller's last sound to the agent's first, turn by turn."""
    return [turn.response_ms for turn in call.summary.turns]


def test_the_model_thinks_while_the_pause_is_waited_out(tmp_path: Path) -> None:
    """With words as they come, an answer of the model's is heard sooner than the pause and the thinking together."""
    steps = "- hear\n- say: what is the price of a fan\n- hear\n- hang up"
    early = talk(
        Setting(tmp_path, dialogue=Chat(), model=Slow(), transcriber=hearing(interims=True)),
        steps,
    )
    late = talk(
        Setting(tmp_path, dialogue=Chat(), model=Slow(), transcriber=hearing(interims=False)),
        steps,
    )

    assert [said.text for said in early.of(AgentSaid)][1] == "Let me think about that."
    assert responses(early)[0] < 620
    assert responses(early)[0] < responses(late)[0] - 80


def test_a_caller_who_goes_on_leaves_no_trace_of_the_answer_begun(tmp_path: Path) -> None:
    """The model was asked too early and stopped; dialogue, history and events know of one turn only."""
    chat, model = Chat(), Slow()
    call = talk(
        Setting(tmp_path, dialogue=chat, model=model, transcriber=hearing(interims=True)),
        "- hear\n- say: what is the price, of a fan\n- hear\n- hang up",
    )
    *_, last = model.asked

    assert [message.text for message in last.messages if message.speaker == "caller"] == ["what is the price, of a fan"]
    assert len(call.of(TranscriptReceived)) == len(call.of(TurnEnded)) == 1
    assert len(call.of(TurnDecided)) == 2  # the greeting's, and that of the answer
    assert set(chat.states) == {0}


class Notes(Echo):
    """Does something that cannot be taken back before it answers."""

    def begin(self, began: CallBegan) -> Decision[int]:
        """Greet."""
        return Decision(0, (Say("hello", "Hello.", fixed=True), self.listen))

    def advance(self, state: int, given: Input, now: object) -> Decision[int]:
        """Remember, and say so."""
        self.given.append(given)
        return Decision(state + 1, (Remember("name", "A"), Say("echo", "Noted.", fixed=False), self.listen))


@pytest.mark.parametrize("interims", [True, False])
def test_what_cannot_be_taken_back_waits_for_the_end_of_the_turn(tmp_path: Path, interims: bool) -> None:
    """An effect happens once, after the turn has ended, and its answer is heard."""
    notes = Notes(ASK)
    call = talk(
        Setting(tmp_path, dialogue=notes, transcriber=hearing(interims=interims)),
        "- hear\n- say: my name is anil\n- hear\n- hang up",
    )

    assert notes.given == [CallerSaid("my name is anil", 1.0)]
    assert [said.text for said in call.of(AgentSaid)] == ["Hello.", "Noted."]
    (ended,) = call.of(TurnEnded)
    _, decided = call.of(TurnDecided)
    assert decided.at_s >= ended.at_s


def test_events_never_go_back_in_time(tmp_path: Path) -> None:
    """What was put off is told at the time at which it came to count."""
    call = talk(
        Setting(tmp_path, dialogue=Chat(), model=Slow(), transcriber=hearing(interims=True)),
        "- hear\n- say: what is the price of a fan\n- hear\n- say: thank you\n- hear\n- hang up",
    )
    times = [event.at_s for event in call.events]

    assert times == sorted(times)


class Judge:
    """Says of every pause that it sounds open, or over, and keeps how much it heard."""

    def __init__(self, over: float | None) -> None:
        self._over = over
        self.heard: list[int] = []

    async def completeness(self, pcm: bytes) -> float | None:
        """The same of all."""
        self.heard.append(len(pcm))
        return self._over


def test_a_pause_that_sounds_open_is_waited_out_longer(tmp_path: Path) -> None:
    """The judge is asked where words and question leave it open, and may only lengthen the pause."""
    steps = "- hear\n- say: what is the price of a fan\n- hear\n- hang up"

    def ended_after(judge: Judge) -> float:
        setting = Setting(tmp_path, dialogue=Echo(ASK), transcriber=hearing(interims=True), turn_judge=judge)
        (ended,) = talk(setting, steps).of(TurnEnded)
        return float(ended.at_s - ended.stopped_at_s)

    opened, over, unknown = Judge(0.1), Judge(0.9), Judge(None)
    assert ended_after(opened) > ended_after(unknown) + 0.1
    assert ended_after(over) == ended_after(unknown)
    assert len(opened.heard) == 1
    assert opened.heard[0] > 16_000


class Busy(Echo):
    """Looks something up for a key; finds what is said to be private."""

    def advance(self, state: int, given: Input, now: object) -> Decision[int]:
        """A look-up, then an answer."""
        self.given.append(given)
        if isinstance(given, CallerKeyed):
            return Decision(1, (LookUp("catalogue", {"product": "ceiling fan"}, ("price",)),))
        is_private = isinstance(given, CallerSaid)
        answer = Say("echo", f"This is answer {state}.", fixed=False)
        return Decision(state + 1, (answer, self.listen), turn_private=is_private)


def test_an_answer_that_the_dialogue_has_not_come_to_is_not_kept(tmp_path: Path) -> None:
    """A turn ends while the dialogue is at the one before: its words are decided about first, and stay private."""
    busy = Busy(ASK)
    call = talk(
        Setting(tmp_path, dialogue=busy, transcriber=hearing(interims=True), look_up_takes_s=6.0),
        "- hear\n- press: '1'\n- silent: 1 second\n- say: my word is secret\n- hear\n- hang up",
    )
    (told,) = call.of(TranscriptReceived)

    assert [given.text for given in busy.given if isinstance(given, CallerSaid)] == ["my word is secret"]
    assert told.text == HIDDEN
