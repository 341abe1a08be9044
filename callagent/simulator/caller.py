"""Simulated callers: one follows a script, one plays a recording. They judge the call from its sound alone."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import assert_never

from callagent.media.wav import read_wav
from callagent.simulator.line import Line
from callagent.simulator.observations import Observation
from callagent.simulator.phone import CallerReport, HungUpError, Phone
from callagent.simulator.script import (
    AwaitHangUp,
    HangUp,
    Hear,
    Interrupt,
    Play,
    Press,
    Script,
    Silent,
    Speak,
    Step,
)

Voice = Callable[[str], Awaitable[bytes]]
"""The caller's voice: a text in, PCM at 8 kHz out."""
STAYS_S = 5.0
"""How long a caller with a recording stays after it has ended."""
GIVES_WAY_S = 3.0
"""How long the agent may go on speaking after an interruption before the caller goes on with the script."""


def nobody(_: Observation) -> None:
    """An observer that looks away."""


class ScriptedCaller:
    """Follows a script on any `Line`.

    `prepare` must be awaited before the call is placed: a caller who had to think of the words first would miss the
    greeting.
    """

    def __init__(self, script: Script, speak: Voice, observe: Callable[[Observation], None] = nobody) -> None:
        self._script = script
        self._speak = speak
        self._observe = observe
        self._sounds: dict[str | Path, bytes] = {}

    async def prepare(self) -> None:
        """Have all words spoken and all files read. Raises what `speak` raises, and MediaError."""
        for step in self._script.steps:
            match step:
                case Speak(text) | Interrupt(text=text):
                    self._sounds[text] = await self._speak(text)
                case Play(path):
                    self._sounds[path] = read_wav(path)

    async def call(self, line: Line) -> CallerReport:
        """Go through the script on an answered call, then hang up. Never raises for what the far end does."""
        phone = Phone(line, self._observe)
        for number, (step, row) in enumerate(zip(self._script.steps, self._script.lines, strict=True), 1):
            place = f"step {number} ({self._script.path}:{row}): "
            begun = phone.judge.agent.position
            try:
                problem = await self._do(phone, step)
            except HungUpError:
                due = isinstance(step, AwaitHangUp) or (isinstance(step, Hear) and phone.judge.agent.last > begun)
                left = [each for each in self._script.steps[number:] if not isinstance(each, AwaitHangUp | HangUp)]
                in_order = self._script.may_end_early or (due and not left)
                return phone.report("" if in_order else place + "the agent hung up too early", "agent")
            if problem:
                await phone.hang_up()
                return phone.report(place + problem, "caller")
        await phone.hang_up()
        return phone.report("", "caller")

    async def _do(self, phone: Phone, step: Step) -> str:
        """Do one step; returns what went wrong, if anything."""
        match step:
            case Hear(limit_s, what):
                heard = await phone.hear(limit_s)
                return "" if heard else f"nothing was heard for {limit_s:g} s" + (f" ({what} was due)" if what else "")
            case Speak(text):
                await phone.say(self._sounds[text], text)
            case Interrupt():
                return await self._interrupt(phone, step)
            case Press(keys):
                await phone.press(keys)
            case Silent(seconds):
                await phone.wait(seconds)
            case Play(path):
                await phone.say(self._sounds[path], path.name)
            case AwaitHangUp(limit_s):
                await phone.wait(limit_s)
                return f"the agent did not hang up within {limit_s:g} s"
            case HangUp():
                await phone.hang_up()
            case _:
                assert_never(step)
        return ""

    async def _interrupt(self, phone: Phone, step: Interrupt) -> str:
        agent = phone.judge.agent
        if not await phone.wait_until(lambda: agent.audible, 20.0):
            return "there was nobody to interrupt: the agent said nothing for 20 s"
        begun_s = phone.now_s
        await phone.wait_until(lambda: not agent.audible or phone.now_s - begun_s >= step.after_s, step.after_s)
        if not agent.audible:
            return f"the agent fell silent before it could be interrupted after {step.after_s:g} s"
        await phone.say(self._sounds[step.text], step.text)
        await phone.wait_until(lambda: not phone.judge.interrupting, GIVES_WAY_S)
        return ""


class RecordedCaller:
    """Plays a recording into the call from the moment it is answered, then stays until the agent hangs up, or 5 s."""

    def __init__(self, recording: bytes, name: str, observe: Callable[[Observation], None] = nobody) -> None:
        self._recording = recording
        self._name = name
        self._observe = observe

    async def call(self, line: Line) -> CallerReport:
        """Be the caller on an answered call."""
        phone = Phone(line, self._observe)
        try:
            await phone.play(self._recording, self._name)
            await phone.wait(STAYS_S)
        except HungUpError:
            return phone.report("", "agent")
        await phone.hang_up()
        return phone.report("", "caller")
