"""A first recogniser that fails late, in whole calls: no word is lost with it."""

import asyncio
from pathlib import Path

import pytest
from support.caller_voice import chunks
from support.echo import Echo
from support.faulty import FaultyEar
from support.phone_call import PhoneCall, Setting, have_call

from callagent.errors import ProviderError, ProviderUnavailableError
from callagent.events import AgentSaid, ProviderFellBack, TranscriptReceived
from callagent.media.audio import SILENCE
from callagent.resilience.lineup import Lineup
from callagent.simulator.virtual_time import VirtualClock, run
from callagent.stt.chain import TranscriberChain
from callagent.stt.transcriber import Transcriber
from callagent.telephony.loopback import LoopbackLine

SENTENCE = "what is the price of the ceiling fan"


Script = list[float | bytes | str | ProviderError]


def heard(folder: Path, text: str, first: Script, after_s: float) -> PhoneCall:
    """A call whose caller says `text` some seconds after the answer, to a first recogniser that does as told."""

    async def caller(line: LoopbackLine) -> None:
        voice = await chunks(text)
        for _ in range(round(after_s * 50)):
            await line.exchange(SILENCE)
        for chunk in voice + [SILENCE] * 350:
            await line.exchange(chunk)
        await line.hang_up()

    async def call() -> PhoneCall:
        clock = VirtualClock(asyncio.get_running_loop())
        second = FaultyEar("second", [0.2, text], needs_network=False, interims=False)
        ears: list[tuple[str, Transcriber]] = [("first", FaultyEar("first", first)), ("second", second)]
        lineup = Lineup(ears, clock)
        return await have_call(Setting(folder, dialogue=Echo()), TranscriberChain(lineup), caller)

    return run(call())


@pytest.mark.parametrize(
    "after_the_interim",
    [[60.0], [0.3, ProviderUnavailableError("first", "broke")], [0.8, ProviderUnavailableError("first", "broke")]],
    ids=["hangs", "breaks soon", "breaks late"],
)
def test_a_partial_transcript_is_never_taken_for_the_whole(tmp_path: Path, after_the_interim: Script) -> None:
    """An answer that was begun to an interim is thrown away when another recogniser hears the rest."""
    call = heard(tmp_path, SENTENCE, ["what is the price of?", *after_the_interim], after_s=7.0)

    assert [(event.text, event.provider) for event in call.of(TranscriptReceived)] == [(SENTENCE, "second")]
    assert len(call.of(ProviderFellBack)) == 1


@pytest.mark.parametrize("late_s", [0.1, 0.3, 0.6, 1.0])
def test_a_late_final_is_waited_for(tmp_path: Path, late_s: float) -> None:
    """A recogniser that is slow and sound is not cut short either, and the answer to all of the words is heard."""
    call = heard(tmp_path, SENTENCE, ["what is the price of?", late_s, SENTENCE], after_s=7.0)
    answers = [said.text for said in call.of(AgentSaid) if said.text == said.heard and "answer" in said.text]

    assert answers == ["This is answer 1."]

    assert [(event.text, event.provider) for event in call.of(TranscriptReceived)] == [(SENTENCE, "first")]


@pytest.mark.parametrize("word", ["stop", "price", "order status"])
def test_a_word_over_the_agent_counts_though_its_recogniser_hangs(tmp_path: Path, word: str) -> None:
    """The agent may go on meanwhile; once the word is known, the caller has the floor."""
    call = heard(tmp_path, word, [60.0], after_s=1.0)

    assert [event.text for event in call.of(TranscriptReceived)] == [word]
    assert len(call.of(ProviderFellBack)) == 1
