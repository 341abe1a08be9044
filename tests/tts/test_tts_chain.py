"""Several voices in order: what is heard when some of them fail."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import pytest
from support.faulty import FaultyVoice, Script
from support.troubles import troubles

from callagent.errors import ProviderError, ProviderTimeoutError, ProviderUnavailableError
from callagent.resilience.breaker import BreakerPolicy
from callagent.resilience.deadlines import ENOUGH
from callagent.resilience.incidents import Failed, Incident, TookOver, reporting
from callagent.resilience.lineup import Lineup
from callagent.simulator.virtual_time import VirtualClock, run
from callagent.tts.chain import SynthesizerChain
from callagent.tts.synthesizer import Speech, Synthesizer

T = TypeVar("T")
TEXT = "The fan is in stock. It costs two thousand rupees."
FIRST, SECOND = "The fan is in stock.", "It costs two thousand rupees."
SOUND = b"\x01\x00" * 800
"""A tenth of a second."""
NOTHING = bytes(1600)
REFUSED = ProviderUnavailableError("one", "refused")


def good(_: Speech) -> Script:
    """Half a second of sound at once."""
    return [SOUND] * 5


def always(*script: float | bytes | str | ProviderError) -> Callable[[Speech], Script]:
    """The same for each text."""
    return lambda _: script


def on_second(*script: float | bytes | str | ProviderError) -> Callable[[Speech], Script]:
    """Fails only from the second sentence on."""
    return lambda speech: script if speech.text == SECOND else good(speech)


class Heard:
    """What came of a speech."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        """Of audio, by provider."""
        self.first_s: float | None = None
        self.longest_gap_s = 0.0
        self.error: ProviderError | None = None
        self.incidents: list[Incident] = []


def lineup(*voices: FaultyVoice) -> Lineup[Synthesizer]:
    """The voices in order, on the running loop's clock."""
    return Lineup([(voice.name, voice) for voice in voices], VirtualClock(asyncio.get_running_loop()))


def speak(*voices: FaultyVoice, text: str = TEXT) -> Heard:
    """Have a chain of voices say a text; all in virtual time."""

    async def listen() -> Heard:
        loop = asyncio.get_running_loop()
        chain = SynthesizerChain(lineup(*voices))
        heard = Heard()
        last_s = loop.time()
        with reporting(troubles(heard.incidents)):
            try:
                async for chunk in chain.synthesize(Speech(text, voice="anna")):
                    heard.longest_gap_s = max(heard.longest_gap_s, loop.time() - last_s)
                    last_s = loop.time()
                    heard.seconds[chunk.provider] = heard.seconds.get(chunk.provider, 0) + len(chunk.pcm) / 16_000
            except ProviderError as error:
                heard.error = error
        return heard

    return run(listen())


def test_one_that_has_become_slower_is_asked_again() -> None:
    """It was quick, and then takes longer than twice its time, yet not too long: that costs it no more than a rest."""

    async def scenario() -> list[str]:
        slow_s = iter([0.1] * ENOUGH + [0.6] * 10)
        voices = FaultyVoice("one", lambda _: [next(slow_s), SOUND]), FaultyVoice("two", good)
        chain = SynthesizerChain(lineup(*voices))

        async def speaker() -> str:
            return {chunk.provider async for chunk in chain.synthesize(Speech(FIRST))}.pop()

        for _ in range(ENOUGH):
            await speaker()
        speakers = [await speaker() for _ in range(3)]
        await asyncio.sleep(BreakerPolicy().rest_s)
        return [*speakers, await speaker()]

    assert run(scenario()) == ["two"] * 3 + ["one"]


def test_the_first_speaks_when_it_can() -> None:
    """The others are not asked, and nothing is told."""
    one, two = FaultyVoice("one", good), FaultyVoice("two", good)
    heard = speak(one, two)

    assert (one.asked, two.asked) == ([FIRST, SECOND], [])
    assert heard.seconds == {"one": pytest.approx(1.0)}
    assert heard.incidents == []


@pytest.mark.parametrize(
    ("script", "longest_s", "error"),
    [
        (always(REFUSED), 0.1, "ProviderUnavailableError"),
        (always(60.0), 1.6, "ProviderTimeoutError"),
        (always(), 0.1, "ProviderUnavailableError"),
        (always(NOTHING, NOTHING), 0.1, "ProviderUnavailableError"),
        (always(bytes(10_000_000)), 0.1, "ProviderUnavailableError"),
        (always(SOUND * 6_000), 0.1, "ProviderUnavailableError"),
    ],
    ids=["refused", "hangs", "says nothing", "sends silence", "sends 10 MB of silence", "sends 10 MB of noise"],
)
def test_the_next_speaks_when_the_first_cannot(
    script: Callable[[Speech], Script], longest_s: float, error: str
) -> None:
    """Nothing of the failed one is heard, the whole text is, and the call hears of it."""
    two = FaultyVoice("two", good)
    heard = speak(FaultyVoice("one", script), two)

    assert heard.seconds == {"two": pytest.approx(1.0)}
    assert two.asked == [FIRST, SECOND]
    assert heard.longest_gap_s <= longest_s
    assert heard.incidents == [Failed("tts", "one", error), TookOver("tts", "one", "two")]


def test_only_the_broken_sentence_is_said_again() -> None:
    """The first sentence was heard in full; of the second, what was heard comes once more, at the sentence's edge."""
    two = FaultyVoice("two", good)
    heard = speak(FaultyVoice("one", on_second(SOUND, SOUND, REFUSED)), two)

    assert two.asked == [SECOND]
    assert heard.seconds == {"one": pytest.approx(0.7), "two": pytest.approx(0.5)}


def test_a_voice_that_stops_in_the_middle_is_not_waited_for() -> None:
    """A second and a half without audio is a stall."""
    heard = speak(FaultyVoice("one", on_second(SOUND, 60.0)), FaultyVoice("two", good))

    assert heard.longest_gap_s == pytest.approx(1.5)
    assert heard.incidents[0] == Failed("tts", "one", "ProviderTimeoutError")


def test_a_voice_slower_than_speech_is_given_up() -> None:
    """A tenth of a second of audio every half second leaves holes that grow."""
    trickle = [step for _ in range(50) for step in (SOUND, 0.5)]
    heard = speak(FaultyVoice("one", on_second(*trickle)), FaultyVoice("two", good))

    assert heard.seconds["one"] < 1.0
    assert heard.seconds["two"] == pytest.approx(0.5)


def test_another_provider_has_other_voices() -> None:
    """The name of a voice means something only to the first."""
    one, two = FaultyVoice("one", always(REFUSED)), FaultyVoice("two", good)
    speak(one, two)

    assert (one.voices, two.voices) == (["anna"], ["", ""])


def test_when_none_can_the_last_error_is_told() -> None:
    """Whoever asked does something else then."""
    last = ProviderTimeoutError("two", "hangs")
    heard = speak(FaultyVoice("one", always(REFUSED)), FaultyVoice("two", always(last)))

    assert heard.error is last
    assert heard.seconds == {}


@pytest.mark.parametrize("text", ["", "... !", "<break/> **"])
def test_nothing_to_say_asks_nobody(text: str) -> None:
    """It is no failure, and no success that a resting voice could be taken up again for."""
    one, two = FaultyVoice("one", always(REFUSED)), FaultyVoice("two", good)
    heard = speak(one, two, text=text)

    assert (one.asked, two.asked) == ([], [])
    assert (heard.seconds, heard.incidents, heard.error) == ({}, [], None)


def test_a_voice_that_is_alone_gets_the_text_whole() -> None:
    """So that it makes its own pauses between sentences; nobody could go on in the middle."""
    one = FaultyVoice("one", good)
    speak(one, text="One. ... Two.")

    assert one.asked == ["One. Two."]


def test_signs_between_sentences_are_no_sentence() -> None:
    """A voice gives no sound for them, which would count against it."""
    one = FaultyVoice("one", good)
    speak(one, FaultyVoice("two", good), text="One. ... Two.")

    assert one.asked == ["One.", "Two."]


def test_a_voice_that_keeps_failing_is_left_alone() -> None:
    """After three failures it is not asked, until its rest is over and one call tries."""

    async def scenario() -> list[int]:
        one, two = FaultyVoice("one", always(60.0)), FaultyVoice("two", good)
        chain = SynthesizerChain(lineup(one, two))

        async def say() -> None:
            async for _ in chain.synthesize(Speech(FIRST)):
                pass

        asked = []
        for wait_s in (0, 0, 0, 0, 11, 0):
            await asyncio.sleep(wait_s)
            await say()
            asked.append(len(one.asked))
        return asked

    assert run(scenario()) == [1, 2, 3, 3, 4, 4]


def test_an_interruption_stops_the_voice_and_counts_for_nothing() -> None:
    """A caller who interrupts three times has not broken the provider."""

    async def scenario() -> tuple[str, int]:
        one = FaultyVoice("one", always(SOUND, 1.0, SOUND))
        voices = lineup(one, FaultyVoice("two", good))
        chain = SynthesizerChain(voices)

        async def say() -> None:
            async for _ in chain.synthesize(Speech(FIRST)):
                pass

        for _ in range(4):
            speaking = asyncio.create_task(say())
            await asyncio.sleep(0.5)
            speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)
        await asyncio.sleep(0.1)
        return voices.members[0].breaker.state, one.closed

    assert run(scenario()) == ("closed", 4)
