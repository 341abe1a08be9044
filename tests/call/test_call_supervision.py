"""Tasks of a call that die: noticed, begun anew, and the caller is asked again; in virtual time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from pathlib import Path

from support.caller_voice import chunks
from support.echo import Echo
from support.leaks import nothing_is_left
from support.phone_call import PhoneCall, Setting, have_call
from support.stored import standing_prompts

from callagent.dialogue.actions import CallerSaid, Decision, Input
from callagent.events import AgentSaid, LimitReached, TaskRestarted
from callagent.media.audio import SILENCE
from callagent.simulator.virtual_time import run
from callagent.stt.scripted import ScriptedTranscriber
from callagent.stt.transcriber import Hints, Transcript
from callagent.telephony.loopback import LoopbackLine

TASKS = ("pipeline", "pipeline pump")


def kill(name: str) -> None:
    """End the task of that name, as a fault in it would."""
    [task] = [task for task in asyncio.all_tasks() if task.get_name() == name]
    task.cancel()


def have(echo: Echo, folder: Path, caller: Callable[[LoopbackLine], Awaitable[None]]) -> PhoneCall:
    """The call, in virtual time; nothing of it is left behind."""

    async def call() -> PhoneCall:
        async with nothing_is_left():
            transcriber = ScriptedTranscriber(ScriptedTranscriber.Options())
            setting = Setting(folder, dialogue=echo, stored=standing_prompts())
            return await have_call(setting, transcriber, caller)

    return run(call())


async def wait(line: LoopbackLine, seconds: float) -> None:
    """Say nothing for so long."""
    for _ in range(round(seconds * 50)):
        await line.exchange(SILENCE)


def test_a_call_goes_on_where_its_pipeline_died(tmp_path: Path) -> None:
    """Whichever task it was: it is told, and the next turn is answered from where the conversation stood."""

    async def caller(line: LoopbackLine) -> None:
        await wait(line, 5)
        for task in TASKS:
            line.press("1")
            await wait(line, 5)
            kill(task)
            await wait(line, 1)
        line.press("1")
        await wait(line, 5)
        await line.hang_up()

    call = have(Echo(), tmp_path, caller)

    assert tuple(event.task for event in call.of(TaskRestarted)) == TASKS
    assert [event.text for event in call.of(AgentSaid)[1:]] == [f"This is answer {number}." for number in (1, 2, 3)]
    assert call.summary.disposition == "caller hung up"


def test_a_turn_that_was_being_heard_is_not_lost(tmp_path: Path) -> None:
    """The stages die while the caller speaks: the new ones hear the sentence from its beginning."""
    heard: list[int] = []

    class Ears(ScriptedTranscriber):
        """Counts the audio of each turn that it was let finish."""

        async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:
            """As the scripted one, with a note."""
            pieces = [pcm async for pcm in audio]
            heard.append(sum(map(len, pieces)))

            async def again() -> AsyncIterator[bytes]:
                for pcm in pieces:
                    yield pcm

            async for transcript in super().transcribe(again(), hints):
                yield transcript

    echo = Echo()

    async def caller(line: LoopbackLine) -> None:
        await wait(line, 5)
        voice = await chunks("what is the price of a ceiling fan")
        for number, chunk in enumerate(voice):
            await line.exchange(chunk)
            if number == len(voice) // 2:
                kill("pipeline")
        await wait(line, 4)
        await line.hang_up()

    async def call() -> PhoneCall:
        return await have_call(Setting(tmp_path, dialogue=echo), Ears(Ears.Options()), caller)

    made = run(call())

    assert len(made.of(TaskRestarted)) == 1
    assert len([given for given in echo.given if isinstance(given, CallerSaid)]) == 1
    assert heard[-1] / 16000 > 1.7


def test_an_answer_that_died_is_asked_for_again(tmp_path: Path) -> None:
    """The stages die while they decide: the caller has the floor back at once, and is not left in silence."""

    class Slow(Echo):
        """Dies at its first decision."""

        def advance(self, state: int, given: Input, now: object) -> Decision[int]:
            """Take the pipeline down with it."""
            if not self.given:
                kill("pipeline")
            return super().advance(state, given, now)

    slow = Slow()

    async def caller(line: LoopbackLine) -> None:
        await wait(line, 5)
        line.press("1")
        await wait(line, 8)
        await line.hang_up()

    call = have(slow, tmp_path, caller)

    assert len(call.of(TaskRestarted)) == 1
    assert len(slow.given) >= 2
    assert call.summary.ended_by == "caller"


def test_a_call_that_keeps_dying_ends_politely(tmp_path: Path) -> None:
    """After three restarts within a minute the caller is told, and the agent hangs up."""

    async def caller(line: LoopbackLine) -> None:
        await wait(line, 5)
        for _ in range(4):
            kill("pipeline")
            await wait(line, 2)
        while await line.exchange(SILENCE) is not None:
            pass

    call = have(Echo(), tmp_path, caller)

    assert len(call.of(TaskRestarted)) == 3
    assert [event.limit for event in call.of(LimitReached)] == ["restarts"]
    assert call.said[-2:] == ["out_of_order", "call_later"]
    assert (call.summary.disposition, call.summary.ended_by) == ("failed", "agent")
