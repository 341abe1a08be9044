"""Keys that are pressed at an awkward moment; on the loopback leg in virtual time."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from support.caller_voice import chunks
from support.echo import ASK, Echo
from support.phone_call import PhoneCall, Setting, have_call

from callagent.dialogue.actions import CallerKeyed, Decision, Input, Kind, Listen, LookUp, Say
from callagent.events import DigitPressed, TurnEnded
from callagent.media.audio import SILENCE
from callagent.simulator.virtual_time import run
from callagent.stt.scripted import ScriptedTranscriber
from callagent.telephony.loopback import LoopbackLine

NUMBER = Listen(Kind.DIGITS, "en", digits=(4, 8))
SECRET = Listen(Kind.DIGITS, "en", digits=(4, 4), private=True)


def talk(tmp_path: Path, echo: Echo, caller: Callable[[LoopbackLine], Awaitable[None]]) -> PhoneCall:
    """A call with a recognition that takes two seconds."""

    async def call() -> PhoneCall:
        transcriber = ScriptedTranscriber(ScriptedTranscriber.Options(delay_ms=2000))
        return await have_call(Setting(tmp_path, dialogue=echo), transcriber, caller)

    return run(call())


async def silent(line: LoopbackLine, seconds: float) -> None:
    """Say nothing for so long."""
    for _ in range(round(seconds * 50)):
        await line.exchange(SILENCE)


def test_a_key_while_words_are_recognized_is_taken_at_once(tmp_path: Path) -> None:
    """The words are void, and a menu's key is the whole answer."""
    echo = Echo()

    async def caller(line: LoopbackLine) -> None:
        await silent(line, 4.4)
        for chunk in await chunks("price"):
            await line.exchange(chunk)
        await silent(line, 1)
        line.press("2")
        await silent(line, 4)
        await line.hang_up()

    call = talk(tmp_path, echo, caller)
    by_voice, by_keys = call.of(TurnEnded)

    assert (by_voice.by, by_keys.by) == ("voice", "keys")
    assert by_keys.at_s == call.of(DigitPressed)[0].at_s
    assert echo.given == [CallerKeyed("2")]


def test_keys_before_the_question_are_hidden(tmp_path: Path) -> None:
    """Until it is known what they answer, they may be a secret."""

    class AsksASecret(Echo):
        """After any key, looks something up and asks for a secret."""

        def advance(self, state: int, given: Input, now: object) -> Decision[int]:
            """A look-up, then the question."""
            self.given.append(given)
            if isinstance(given, CallerKeyed) and state == 0:
                return Decision(1, (LookUp("catalogue", {"product": "ceiling fan"}, ("price",)),))
            return Decision(2, (Say("secret", "Your secret number please.", fixed=True), SECRET))

    asks = AsksASecret(ASK)

    async def caller(line: LoopbackLine) -> None:
        await silent(line, 4.4)
        for key in "14512":
            line.press(key)
        await silent(line, 4)
        await line.hang_up()

    call = talk(tmp_path, asks, caller)

    assert [event.digit for event in call.of(DigitPressed)] == ["1", "x", "x", "x", "x"]
    assert [given.keys for given in asks.given if isinstance(given, CallerKeyed)] == ["1", "4512"]


def test_a_voice_that_stops_after_a_key_does_not_end_the_keying_earlier(tmp_path: Path) -> None:
    """Latency counts from the last key, however late the end of the speech before it is noticed."""

    async def caller(line: LoopbackLine) -> None:
        await silent(line, 4.4)
        for chunk in await chunks("price"):
            await line.exchange(chunk)
        await silent(line, 0.1)
        line.press("2")
        await silent(line, 4)
        await line.hang_up()

    call = talk(tmp_path, Echo(NUMBER), caller)
    (ended,) = call.of(TurnEnded)

    assert ended.by == "keys"
    assert ended.stopped_at_s == call.of(DigitPressed)[0].at_s
