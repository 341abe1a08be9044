"""Simulated callers, on the in-process leg and in virtual time."""

import asyncio
from pathlib import Path

import pytest

from callagent.media.audio import CHUNK_BYTES, CHUNK_SAMPLES
from callagent.media.wav import wav_bytes
from callagent.simulator.caller import RecordedCaller, ScriptedCaller
from callagent.simulator.observations import AgentBegan, CallerBegan, CallOver, Observation
from callagent.simulator.phone import CallerReport
from callagent.simulator.script import parse_script
from callagent.simulator.virtual_time import run
from callagent.telephony.leg import AudioReceived, DigitReceived, Leg, LegEnded
from callagent.telephony.loopback import loopback

LOUD = b"\x00\x20" * CHUNK_SAMPLES


async def speak(text: str) -> bytes:
    """A voice: 200 ms for every letter."""
    return LOUD * 10 * len(text)


class Agent:
    """Speaks for `talks_s`; falls silent when the caller is heard; speaks again 300 ms after the caller has ended.

    After as many speeches as `hangs_up_after` it hangs up.
    """

    def __init__(self, leg: Leg, talks_s: float = 2.0, hangs_up_after: int = 99) -> None:
        self.keys = ""
        self._leg = leg
        self._chunks = round(talks_s * 50)
        self._left = self._chunks
        self._quiet = 0
        self._speeches = 1
        self._hangs_up_after = hangs_up_after

    async def run(self) -> None:
        """Be there until the call ends."""
        async for signal in self._leg.signals():
            match signal:
                case DigitReceived(digit):
                    self.keys += digit
                    self._left = self._chunks
                case AudioReceived(chunk):
                    self._hear(loud=any(chunk.pcm))
                    if self._left:
                        self._left -= 1
                        self._leg.play(LOUD)
                    elif self._speeches >= self._hangs_up_after:
                        await self._leg.hang_up()
                case LegEnded():
                    return

    def _hear(self, *, loud: bool) -> None:
        if loud:
            self._left, self._quiet = 0, 1
        elif self._quiet:
            self._quiet += 1
            if self._quiet > 15:
                self._left, self._quiet = self._chunks, 0
                self._speeches += 1


def call(
    script: str, talks_s: float = 2.0, hangs_up_after: int = 99, folder: Path = Path()
) -> tuple[CallerReport, list[Observation], str]:
    """Have a script's caller call an agent; returns report, observations and the keys that arrived."""
    seen: list[Observation] = []

    async def both() -> tuple[CallerReport, str]:
        leg, line = loopback()
        agent = Agent(leg, talks_s, hangs_up_after)
        caller = ScriptedCaller(parse_script(script, "s.yaml", folder), speak, seen.append)
        await caller.prepare()
        running = asyncio.create_task(agent.run())
        report = await caller.call(line)
        await running
        return report, agent.keys

    report, keys = run(both())
    return report, seen, keys


def test_a_conversation_is_timed_as_it_is_heard() -> None:
    """Greeting, question, answer; the agent answers 300 ms after the caller, one tick later it is heard."""
    report, seen, _ = call("steps:\n- hear\n- say: hi\n- hear\n- hang up\n")

    assert report.reached_end
    assert report.problem == ""
    assert report.ended_by == "caller"
    assert report.response_ms == (320.0,)
    assert [len(turn) // CHUNK_BYTES for turn in report.heard] == [100, 100]
    assert round(report.heard_s, 2) == 4.0
    assert report.gaps == report.talked_over == 0
    assert seen[0] == AgentBegan(0.04)
    assert CallerBegan(2.62, "hi") in seen
    assert seen[-1] == CallOver(report.lasted_s, "caller")


def test_an_interruption_is_timed_as_it_is_heard() -> None:
    """The agent gives way as soon as it hears the caller."""
    report, _, _ = call("steps:\n- interrupt: {after: 0.5 seconds, say: stop}\n- hear\n- hang up\n")

    assert report.reached_end
    assert report.barge_in_ms == (40.0,)
    assert report.response_ms == (320.0,)


def test_keys_go_out_one_after_the_other() -> None:
    """All of a number, in order, 150 ms apart."""
    report, _, keys = call('steps:\n- hear\n- press: "12#"\n- silent: 1 second\n- hear\n- hang up\n')

    assert keys == "12#"
    assert report.reached_end


def test_a_file_is_played_into_the_call(tmp_path: Path) -> None:
    """Its sound is heard by the agent."""
    (tmp_path / "hello.wav").write_bytes(wav_bytes(LOUD * 20))
    report, seen, _ = call("steps:\n- hear\n- play: hello.wav\n- hear\n- hang up\n", folder=tmp_path)

    assert report.reached_end
    assert any(isinstance(each, CallerBegan) and each.text == "hello.wav" for each in seen)


def test_the_agent_hangs_up_when_it_is_due() -> None:
    """That is the end the caller wanted."""
    report, _, _ = call("steps:\n- hear\n- say: goodbye\n- hear\n- wait for hang up\n", hangs_up_after=2)

    assert report.reached_end
    assert report.ended_by == "agent"


@pytest.mark.parametrize(
    ("script", "talks_s", "hangs_up_after", "problem"),
    [
        ("- hear: {limit: 2 seconds, for: greeting}", 0.0, 99, "nothing was heard for 2 s (greeting was due)"),
        ("- wait for hang up: {limit: 1 second}", 1.0, 99, "the agent did not hang up within 1 s"),
        ("- interrupt: {after: 1 second, say: no}", 0.0, 99, "there was nobody to interrupt"),
        ("- interrupt: {after: 3 seconds, say: no}", 1.0, 99, "fell silent before it could be interrupted"),
        ("- silent: 3 seconds", 1.0, 1, "the agent hung up too early"),
    ],
)
def test_what_did_not_come_is_told_with_its_step(
    script: str, talks_s: float, hangs_up_after: int, problem: str
) -> None:
    """The report names step, file and line."""
    report, _, _ = call(f"steps:\n{script}\n- say: x\n", talks_s, hangs_up_after)

    assert not report.reached_end
    assert report.problem.startswith("step 1 (s.yaml:2): ")
    assert problem in report.problem


def test_a_script_that_just_ends_hangs_up() -> None:
    """Nobody is left on the line."""
    report, _, _ = call("steps:\n- hear\n")

    assert report.reached_end
    assert report.ended_by == "caller"


@pytest.mark.parametrize(("hangs_up_after", "ended_by"), [(2, "agent"), (99, "caller")])
def test_a_recording_is_played_and_its_caller_stays_a_while(hangs_up_after: int, ended_by: str) -> None:
    """Until the agent hangs up, or five seconds."""

    async def both() -> CallerReport:
        leg, line = loopback()
        running = asyncio.create_task(Agent(leg, 1.0, hangs_up_after).run())
        report = await RecordedCaller(LOUD * 30 + b"\0\0", "call.wav").call(line)
        await running
        return report

    report = run(both())

    assert report.reached_end
    assert report.ended_by == ended_by
    assert report.response_ms
    assert report.lasted_s < 6
