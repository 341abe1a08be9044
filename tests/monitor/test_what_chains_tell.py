"""What a chain tells of each answer: who gave it, how soon it began, and what was wrong with its sound."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from support.faulty import FaultyEar, FaultyModel, FaultyVoice, Script

from callagent.llm.chain import ModelChain
from callagent.llm.model import Conversation, LanguageModel, Message
from callagent.resilience.incidents import Answered, Incident, reporting
from callagent.resilience.lineup import Lineup
from callagent.simulator.virtual_time import VirtualClock, run
from callagent.stt.chain import TranscriberChain
from callagent.stt.transcriber import Hints, Transcriber
from callagent.tts.chain import SynthesizerChain
from callagent.tts.synthesizer import Speech, Synthesizer

LOUD = (12_000).to_bytes(2, "little", signed=True) * 800
FAINT = (100).to_bytes(2, "little", signed=True) * 800
CUT = (32_767).to_bytes(2, "little", signed=True) * 800
"""A tenth of a second each."""


def clock() -> VirtualClock:
    """The running loop's."""
    return VirtualClock(asyncio.get_running_loop())


@pytest.mark.parametrize(
    ("script", "flaw"),
    [
        ([0.2, LOUD, LOUD, LOUD], ""),
        ([0.2, LOUD, 0.05, LOUD, 0.15, LOUD], ""),
        ([0.2, LOUD, 0.3, LOUD], "gap"),
        ([0.2, FAINT, FAINT], "silent"),
        ([0.2, CUT, LOUD], "clipped"),
    ],
    ids=["well", "just in time", "with a hole", "hardly audible", "clipped"],
)
def test_a_sentence_that_was_spoken(script: Script, flaw: str) -> None:
    """Once for each sentence, when it is complete."""
    told: list[Incident] = []

    async def speak() -> None:
        voices: list[tuple[str, Synthesizer]] = [
            ("voice", FaultyVoice("voice", lambda _: script)),
            ("never asked", FaultyVoice("never asked", lambda _: script)),
        ]
        with reporting(told.append):
            async for _ in SynthesizerChain(Lineup(voices, clock())).synthesize(Speech("One. Two.")):
                pass

    run(speak())

    assert [
        (one.stage, one.provider, round(one.first_s, 3), one.flaw) for one in told if isinstance(one, Answered)
    ] == [("tts", "voice", 0.2, flaw)] * 2
    assert len(told) == 2


def test_a_turn_that_was_heard() -> None:
    """From the end of the turn, however long the caller spoke."""
    told: list[Incident] = []

    async def spoken() -> AsyncIterator[bytes]:
        for _ in range(50):
            await asyncio.sleep(0.02)
            yield bytes(320)

    async def listen() -> None:
        ears: list[tuple[str, Transcriber]] = [("ear", FaultyEar("ear", [0.4, "price"]))]
        with reporting(told.append):
            async for _ in TranscriberChain(Lineup(ears, clock())).transcribe(spoken(), Hints()):
                pass

    run(listen())
    [one] = told

    assert isinstance(one, Answered)
    assert (one.stage, one.provider, one.flaw) == ("stt", "ear", "")
    assert one.first_s == pytest.approx(0.4, abs=0.01)


def test_an_answer_that_was_written() -> None:
    """Until the first word, not the last."""
    told: list[Incident] = []

    async def ask() -> None:
        models: list[tuple[str, LanguageModel]] = [
            ("model", FaultyModel("model", lambda _: [0.3, "It is ", 0.5, "open."]))
        ]
        conversation = Conversation("Answer.", (Message("caller", "Open?"),))
        with reporting(told.append):
            async for _ in ModelChain(Lineup(models, clock())).reply(conversation):
                pass

    run(ask())
    [one] = told

    assert isinstance(one, Answered)
    assert (one.stage, one.provider, round(one.first_s, 3)) == ("llm", "model", 0.3)


def test_a_demoted_voice_is_still_called_by_the_configured_name() -> None:
    """The name of the agent's voice is that of the voice configured first; others choose their own."""
    one, two = FaultyVoice("one", lambda _: [LOUD]), FaultyVoice("two", lambda _: [LOUD])

    async def speak(demoted: str) -> None:
        voices: list[tuple[str, Synthesizer]] = [("one", one), ("two", two)]
        lineup = Lineup(voices, clock(), is_demoted=lambda name: name == demoted)
        async for _ in SynthesizerChain(lineup).synthesize(Speech("Hello.", voice="anna")):
            pass

    run(speak("one"))
    run(speak("two"))

    assert (one.voices, two.voices) == (["anna"], [""])
