"""A sentence that was paused, recognized from what the carrier played: no word is missing, and none is said twice.

The agent says figures, in a real voice; the recogniser is told that there are figures, and not how many.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from stt.speech import on_the_line
from support.echo import Echo
from support.phone_call import PhoneCall, Setting, have_call

from callagent.dialogue.actions import CallBegan, Decision, Say
from callagent.events import AgentPaused, AgentResumed, AgentSaid
from callagent.media.audio import CHUNK_BYTES, CHUNK_MS, SILENCE, samples
from callagent.simulator.virtual_time import run
from callagent.stt.pocketsphinx import PocketsphinxTranscriber
from callagent.stt.scripted import ScriptedTranscriber
from callagent.stt.transcriber import Hints
from callagent.telephony.loopback import LoopbackLine
from callagent.tts.espeak import EspeakSynthesizer
from callagent.tts.synthesizer import Speech

FIGURES = "9615384"
WORDS = "Nine, six, one, five, three, eight, four."
CHUNK_S = CHUNK_MS / 1000
LASTS_S = 8.0
"""Of a call: the figures, and a pause in them."""
FIGURE_S = 0.5
"""How long one takes, and the comma after it."""


class Figures(Echo):
    """Says the figures."""

    def begin(self, began: CallBegan) -> Decision[int]:
        """At once."""
        return Decision(0, (Say("figures", WORDS, fixed=True), self.listen))


class Listens:
    """A caller who says "hmm" so many seconds after the agent began, or nothing; keeps what the carrier played."""

    def __init__(self, after_s: float | None, hears: ScriptedTranscriber) -> None:
        self.heard = b""
        self._after_s = after_s
        self._hears = hears

    async def call(self, line: LoopbackLine) -> None:
        """Listen, and hang up."""
        voice = EspeakSynthesizer(EspeakSynthesizer.Options())
        hmm = b"".join([chunk.pcm async for chunk in voice.synthesize(Speech("hmm", voice="en-us+f3"))])
        await voice.aclose()
        self._hears.say("hmm")
        waiting = [] if self._after_s is None else [SILENCE] * round(self._after_s / CHUNK_S) + in_chunks(hmm)
        began = False
        for _ in range(round(LASTS_S / CHUNK_S)):
            chunk = await line.exchange(waiting.pop(0) if waiting and began else SILENCE)
            assert chunk is not None
            began = began or any(chunk)
            self.heard += chunk
        await line.hang_up()


def in_chunks(pcm: bytes) -> list[bytes]:
    """20 ms each."""
    return [pcm[at : at + CHUNK_BYTES].ljust(CHUNK_BYTES, b"\0") for at in range(0, len(pcm), CHUNK_BYTES)]


def have(folder: Path, after_s: float | None) -> tuple[PhoneCall, bytes]:
    """A call, and the carrier's recording of the agent."""
    transcriber = ScriptedTranscriber(ScriptedTranscriber.Options())
    caller = Listens(after_s, transcriber)
    voice = EspeakSynthesizer(EspeakSynthesizer.Options())
    setting = Setting(folder, dialogue=Figures(), synthesizer=voice, voice="en-us")
    return run(have_call(setting, transcriber, caller.call)), caller.heard


def without_the_pause(recording: bytes) -> tuple[bytes, float]:
    """The recording with its longest silence left out, a word that was cut by it joined; and how long that was.

    A recogniser takes the two halves of a word for two words, as nobody who listens does.
    """
    chunks = in_chunks(recording)
    shown = "".join("x" if any(chunk) else " " for chunk in chunks).rstrip()
    longest = max(shown.strip().split("x"), key=len)
    at = shown.index("x" + longest + "x") + 1
    return b"".join(chunks[:at] + chunks[at + len(longest) : len(shown)]), len(longest) * CHUNK_S


async def recognized(recording: bytes, folder: Path) -> str:
    """The figures in a recording."""
    transcriber = PocketsphinxTranscriber(
        PocketsphinxTranscriber.Options(workers=1, accept=0.0, timeout_s=60, cache_dir=folder)
    )

    async def audio() -> AsyncIterator[bytes]:
        for chunk in in_chunks(on_the_line(recording)):
            yield chunk

    try:
        [transcript] = [each async for each in transcriber.transcribe(audio(), Hints(digits=(1, 20)))]
    finally:
        await transcriber.aclose()
    return transcript.text


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of what was made once for all tests of this file: the agent's words, and the adapted acoustic model."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("after_s", [0.7, 1.3, 1.9, 2.5])
def test_no_word_is_missing_or_doubled_after_a_pause(folder: Path, after_s: float) -> None:
    """Wherever the caller says "hmm", in a word or between two: the agent pauses, and all is heard once."""
    call, recording = have(folder, after_s)
    speech, paused_s = without_the_pause(recording)

    assert len(call.of(AgentPaused)) == len(call.of(AgentResumed)) == 1
    assert paused_s >= 0.5
    assert asyncio.run(recognized(speech, folder)) == FIGURES
    assert [event.heard for event in call.of(AgentSaid)] == [WORDS]


@pytest.mark.parametrize("at_s", [0.8, 2.0])
def test_a_missing_or_doubled_word_would_be_recognized(folder: Path, at_s: float) -> None:
    """The same recording, with half a second left out or played twice, is another number."""
    _, whole = have(folder, None)
    at, figure = 2 * samples(at_s), 2 * samples(FIGURE_S)
    missing, doubled = whole[:at] + whole[at + figure :], whole[:at] + whole[at - figure :]

    assert asyncio.run(recognized(missing, folder)) != FIGURES
    assert asyncio.run(recognized(doubled, folder)) != FIGURES
