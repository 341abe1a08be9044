"""Whole calls that are watched: a slow recogniser is moved aside in mid-call, and the callers notice nothing."""

import asyncio
from pathlib import Path

from support.caller_voice import chunks
from support.echo import Echo
from support.faulty import FaultyEar
from support.phone_call import PhoneCall, Setting, have_call

from callagent.events import ProviderAnswered, ProviderDemoted, TranscriptReceived
from callagent.media.audio import SILENCE
from callagent.monitor.monitor import Monitor
from callagent.monitor.quality import QualityMonitor
from callagent.monitor.scores import ENOUGH, FIRST_S
from callagent.monitor.thresholds import DEFAULTS
from callagent.resilience.lineup import Lineup
from callagent.resilience.roster import Roster
from callagent.simulator.virtual_time import VirtualClock, run
from callagent.stt.chain import TranscriberChain
from callagent.stt.transcriber import Transcriber
from callagent.telephony.loopback import LoopbackLine

LATE, TURNS = 3, 5
SLOW_S = 1.4
"""In time, but later than is expected."""


def test_a_slow_recogniser_is_moved_aside_in_mid_call(tmp_path: Path) -> None:
    """Once enough transcripts were late, the next turns are heard by the other, and the call's events say why."""

    async def caller(line: LoopbackLine) -> None:
        voice = await chunks("price")
        for _ in range(100):
            await line.exchange(SILENCE)
        for _ in range(TURNS):
            for chunk in voice + [SILENCE] * 200:
                await line.exchange(chunk)
        await line.hang_up()

    async def call() -> tuple[PhoneCall, Monitor]:
        clock = VirtualClock(asyncio.get_running_loop())
        roster = Roster()
        ears: list[tuple[str, Transcriber]] = [
            ("slow", FaultyEar("slow", [SLOW_S, "price"])),
            ("quick", FaultyEar("quick", [0.2, "price"])),
        ]
        lineup = Lineup(ears, clock, is_demoted=lambda name: roster.is_demoted("stt", name))
        roster.enrol("stt", lineup)
        monitor = Monitor(clock, QualityMonitor(roster, DEFAULTS), lambda: 0.0)
        for _ in range(ENOUGH - LATE):  # in calls before this one
            monitor.quality.scores.note(("stt", "slow"), FIRST_S, SLOW_S, clock.now_s())

        async def watch() -> None:
            while True:
                await asyncio.sleep(1)
                monitor.look(clock.now_s())

        watching = asyncio.create_task(watch())
        with monitor.watching() as listener:
            setting = Setting(tmp_path, dialogue=Echo(), listeners=[listener])
            made = await have_call(setting, TranscriberChain(lineup), caller)
        watching.cancel()
        return made, monitor

    made, monitor = run(call())
    heard_by = [event.provider for event in made.of(TranscriptReceived)]
    [demoted] = made.of(ProviderDemoted)

    assert heard_by == ["slow"] * LATE + ["quick"] * (TURNS - LATE)
    assert (demoted.stage, demoted.provider, demoted.reason) == ("stt", "slow", "p95 is 1.4 s")
    assert monitor.totals.answers["stt", "slow"] == LATE
    assert made.summary.failures == ()
    assert {event.flaw for event in made.of(ProviderAnswered)} == {""}
    assert monitor.calls == {}
