"""Calls that the agent makes: it waits for the greeting, speaks with people, and leaves machines a message."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from call.test_keys_in_a_call import silent
from support.caller_voice import chunks
from support.echo import Echo
from support.phone_call import CALLER, PhoneCall, Setting, have_call

from callagent.dialogue.actions import CallBegan, Decision, HangUp
from callagent.events import AgentStarted, CallStarted, CallTransferred, MachineDetected
from callagent.media.audio import CHUNK_BYTES, SAMPLE_RATE, SILENCE
from callagent.simulator.virtual_time import run
from callagent.stt.scripted import ScriptedTranscriber
from callagent.telephony.loopback import LoopbackLine

RUNG = replace(CALLER, outbound=True)
TAPE = (
    "Hello, you have reached the mailbox of the Gupta family. We are not at home at the moment, or we cannot come to "
    "the telephone. Please leave your name and your number after the tone, and we will call you back."
)


async def tone(line: LoopbackLine, seconds: float, hz: float = 1000.0) -> None:
    """A machine's beep."""
    time_s = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    pcm = (7000 * np.sin(2 * np.pi * hz * time_s)).astype("<i2").tobytes()
    for at in range(0, len(pcm), CHUNK_BYTES):
        await line.exchange(pcm[at : at + CHUNK_BYTES])


async def say(line: LoopbackLine, text: str) -> None:
    """A voice."""
    for chunk in await chunks(text):
        await line.exchange(chunk)


async def stay(line: LoopbackLine) -> None:
    """Be silent until the agent hangs up."""
    while await line.exchange(SILENCE) is not None:
        pass


def ring(folder: Path, callee: Callable[[LoopbackLine], Awaitable[None]], *heard: str, **setting: object) -> PhoneCall:
    """A call of ours of the shop's flow; `heard` is what is recognized of the callee's turns."""
    transcriber = ScriptedTranscriber(ScriptedTranscriber.Options(lines=heard))

    async def caller(line: LoopbackLine) -> None:
        await callee(line)

    return run(have_call(Setting(folder, info=RUNG, **setting), transcriber, caller))  # type: ignore[arg-type]


def first_word_s(call: PhoneCall) -> float:
    """When the agent began to speak."""
    event: AgentStarted = call.of(AgentStarted)[0]
    return event.at_s


def test_a_person_is_heard_out_and_greeted(tmp_path: Path) -> None:
    """The agent says who it is once they have said hello, and is in its flow for calls of ours."""

    async def person(line: LoopbackLine) -> None:
        await silent(line, 0.6)
        await say(line, "hello?")
        await silent(line, 9.0)
        await say(line, "yes")
        await silent(line, 9.0)
        await line.hang_up()

    call = ring(tmp_path, person, "yes")

    assert [line.rstrip("…") for line in call.said[:2]] == ["our_call", "main_menu"]
    assert 1.5 < first_word_s(call) < 3.0
    assert call.of(MachineDetected) == []
    assert (call.summary.outbound, call.summary.machine) == (True, False)
    assert call.summary.disposition == "caller hung up"


def test_who_says_nothing_is_spoken_to(tmp_path: Path) -> None:
    """After two and a half seconds: perhaps they wait for us."""

    async def shy(line: LoopbackLine) -> None:
        await silent(line, 5.0)
        await line.hang_up()

    call = ring(tmp_path, shy)

    assert call.said == ["our_call…"]
    assert 2.4 < first_word_s(call) < 3.0


def test_a_machine_is_left_a_message_after_its_beep(tmp_path: Path) -> None:
    """Once, to the end, and the call is over as "voicemail"."""
    beeped_s: list[float] = []

    async def machine(line: LoopbackLine) -> None:
        await silent(line, 0.4)
        await say(line, TAPE)
        await silent(line, 0.5)
        await tone(line, 0.6)
        beeped_s.append(line._position / SAMPLE_RATE)
        await stay(line)

    call = ring(tmp_path, machine)
    (detected,) = call.of(MachineDetected)

    assert call.said == ["leave_message"]
    assert detected.by == "speech"
    assert 3.5 <= detected.spoken_s < 3.7
    assert 0 <= first_word_s(call) - beeped_s[0] < 1.0
    assert (call.summary.disposition, call.summary.ended_by, call.summary.machine) == ("voicemail", "agent", True)
    assert call.summary.failures == ()


def test_a_short_greeting_with_a_beep_is_a_machine(tmp_path: Path) -> None:
    """Though its length is a person's."""

    async def machine(line: LoopbackLine) -> None:
        await silent(line, 0.4)
        await say(line, "leave a message")
        await silent(line, 0.3)
        await tone(line, 0.4, 1400.0)
        await stay(line)

    call = ring(tmp_path, machine)
    (detected,) = call.of(MachineDetected)

    assert (detected.by, call.said) == ("beep", ["leave_message"])
    assert call.summary.disposition == "voicemail"


def test_a_machine_without_a_beep_is_left_its_message_in_the_silence(tmp_path: Path) -> None:
    """After a second and a half of it."""
    stopped_s: list[float] = []

    async def machine(line: LoopbackLine) -> None:
        await say(line, TAPE)
        stopped_s.append(line._position / SAMPLE_RATE)
        await stay(line)

    call = ring(tmp_path, machine)

    assert call.said == ["leave_message"]
    assert 1.0 < first_word_s(call) - stopped_s[0] < 2.2


def test_a_machine_that_talks_on_does_not_cut_the_message(tmp_path: Path) -> None:
    """It has no floor to take."""

    async def machine(line: LoopbackLine) -> None:
        await say(line, TAPE)
        await tone(line, 0.5)
        await silent(line, 1.5)
        await say(line, "You have nine minutes left. Stop, stop, stop, press one to hear it again.")
        await stay(line)

    call = ring(tmp_path, machine, "stop stop")

    assert call.said == ["leave_message"]
    assert call.summary.barge_ins == ()
    assert call.summary.disposition == "voicemail"


def test_a_flow_without_a_message_hangs_up_on_a_machine(tmp_path: Path) -> None:
    """As soon as it is known."""

    class SaysNothing(Echo):
        def begin(self, began: CallBegan) -> Decision[int]:
            return Decision(0, (HangUp("voicemail"),)) if began.machine else super().begin(began)

    async def machine(line: LoopbackLine) -> None:
        await say(line, TAPE)
        await stay(line)

    call = ring(tmp_path, machine, dialogue=SaysNothing())

    assert call.said == []
    assert call.summary.disposition == "voicemail"
    assert call.summary.duration_s < 5.0


def test_a_machine_that_hangs_up_first_was_one_all_the_same(tmp_path: Path) -> None:
    """Whoever had it rung learns that nobody was there."""

    async def machine(line: LoopbackLine) -> None:
        await say(line, TAPE)
        await line.hang_up()

    call = ring(tmp_path, machine)

    assert (call.summary.disposition, call.summary.ended_by) == ("voicemail", "caller")
    assert call.said == []


def test_keys_and_calls_that_come_in_wait_for_nothing(tmp_path: Path) -> None:
    """A key before the first word is no answer; who calls us is greeted at once."""

    async def keys(line: LoopbackLine) -> None:
        await silent(line, 0.5)
        line.press("1")
        await silent(line, 5.0)
        await line.hang_up()

    assert ring(tmp_path, keys).said == ["our_call…"]
    call = run(have_call(Setting(tmp_path), ScriptedTranscriber(ScriptedTranscriber.Options()), keys))
    assert call.said[0].startswith("welcome")
    assert first_word_s(call) < 0.5
    assert not call.summary.outbound


def test_a_line_that_is_dead_after_the_answer_ends_the_call(tmp_path: Path) -> None:
    """No media, no machine."""

    async def dead(line: LoopbackLine) -> None:
        line.lose()

    call = ring(tmp_path, dead)

    assert call.summary.disposition == "line lost"
    assert call.of(CallStarted)[0].outbound
    assert call.of(CallTransferred) == []


@pytest.mark.parametrize("hz", [440.0, 1850.0])
def test_a_beep_alone_is_a_machine(tmp_path: Path, hz: float) -> None:
    """Its greeting was over before we were connected."""

    async def machine(line: LoopbackLine) -> None:
        await silent(line, 0.3)
        await tone(line, 0.5, hz)
        await stay(line)

    assert ring(tmp_path, machine).said == ["leave_message"]
