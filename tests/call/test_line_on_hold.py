"""A caller puts the line on hold and comes back: the agent waits, and goes on where it stopped."""

from pathlib import Path

from support.echo import Echo
from support.phone_call import PhoneCall, Setting, have_call

from callagent.dialogue.actions import CallerSilent
from callagent.events import AgentSaid, CallerStarted, LineHeld, LineResumed
from callagent.media.audio import CHUNK_BYTES, CHUNK_MS, SILENCE, samples
from callagent.simulator.virtual_time import run
from callagent.stt.scripted import ScriptedTranscriber
from callagent.telephony.loopback import LoopbackLine
from callagent.tts.espeak import EspeakSynthesizer
from callagent.tts.synthesizer import Speech

AWAY_S = 60.0
"""Longer than a caller may be silent."""


class OnHold:
    """A caller who goes away so long after the agent began to speak, and while away sends music, or nothing."""

    def __init__(self, after_s: float, music: bytes = b"") -> None:
        self.heard_away = 0
        """Chunks with sound that were played to nobody."""
        self._after_s = after_s
        self._music = music

    async def _for(self, line: LoopbackLine, seconds: float, sends: bytes = b"") -> list[bytes]:
        heard = []
        for number in range(round(seconds * 1000 / CHUNK_MS)):
            at = number * CHUNK_BYTES % (len(sends) or 1)
            chunk = await line.exchange(sends[at : at + CHUNK_BYTES].ljust(CHUNK_BYTES, b"\0") if sends else SILENCE)
            heard.append(chunk or b"")
        return heard

    async def call(self, line: LoopbackLine) -> None:
        """Listen, go away, come back, listen, and hang up."""
        while not any(await line.exchange(SILENCE) or b""):
            pass
        await self._for(line, self._after_s)
        line.hold(held=True)
        # What the carrier had already is played out.
        away = (await self._for(line, AWAY_S, self._music))[5:]
        self.heard_away = sum(any(chunk) for chunk in away)
        line.hold(held=False)
        await self._for(line, 6.0)
        await line.hang_up()


def have(folder: Path, caller: OnHold) -> tuple[PhoneCall, Echo]:
    """The call, and what its dialogue was given."""
    transcriber, dialogue = ScriptedTranscriber(ScriptedTranscriber.Options()), Echo()
    return run(have_call(Setting(folder, dialogue=dialogue), transcriber, caller.call)), dialogue


def test_the_agent_pauses_and_goes_on(tmp_path: Path) -> None:
    """In the middle of the greeting: nobody is talked to while away, and all of it is heard in the end, once."""
    caller = OnHold(0.4)
    call, _ = have(tmp_path, caller)

    assert caller.heard_away == 0
    (held,), (resumed,) = call.of(LineHeld), call.of(LineResumed)
    assert resumed.at_s - held.at_s >= AWAY_S - 0.1
    assert [event.heard for event in call.of(AgentSaid)][:1] == ["Hello, what can I do for you today?"]


def test_a_caller_who_is_away_is_not_silent(tmp_path: Path) -> None:
    """After the question: nobody asks whether they are there, and nobody hangs up."""
    call, dialogue = have(tmp_path, OnHold(4.0))

    # Once, for the seconds after they came back.
    assert dialogue.given.count(CallerSilent()) <= 1
    assert call.summary.disposition == "caller hung up"


async def music() -> bytes:
    """Somebody sings."""
    voice = EspeakSynthesizer(EspeakSynthesizer.Options())
    sung = b"".join([chunk.pcm async for chunk in voice.synthesize(Speech("what a nice fan", voice="en-us+f3"))])
    await voice.aclose()
    return sung.ljust(2 * samples(3.0), b"\0")


def test_what_a_line_on_hold_plays_is_not_the_caller(tmp_path: Path) -> None:
    """Music with words is heard by nobody, and recorded by nobody."""
    caller = OnHold(4.0, run(music()))
    call, _ = have(tmp_path, caller)
    (held,), (resumed,) = call.of(LineHeld), call.of(LineResumed)

    assert [event for event in call.of(CallerStarted) if held.at_s <= event.at_s <= resumed.at_s] == []
