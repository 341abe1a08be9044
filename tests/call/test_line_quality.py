"""How the line was, as a call tells it: in its events, its summary, and what is counted of all calls."""

import asyncio
from datetime import UTC
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs
from support.echo import Echo
from support.phone_call import CALLER, Setting, make_services

from callagent.call.call import run_call
from callagent.call.heartbeat import Heartbeat
from callagent.call.summary import CallSummary
from callagent.clock import ManualClock
from callagent.events import CallEnded, Event, LineMeasured, MediaCounted
from callagent.media.audio import SILENCE
from callagent.media.rtp_quality import LineQuality
from callagent.monitor.merged import merged_status
from callagent.monitor.monitor import Monitor
from callagent.monitor.past import Past
from callagent.monitor.quality import QualityMonitor
from callagent.monitor.status import Reporter
from callagent.monitor.thresholds import DEFAULTS
from callagent.resilience.roster import Roster
from callagent.simulator.virtual_time import VirtualClock, run
from callagent.stt.scripted import ScriptedTranscriber
from callagent.telephony.loopback import LoopbackLeg, LoopbackLine, _Wire
from callagent.web.metrics import exposition

GOOD = LineQuality(1550, 0.004, 3.1, 41.5, 4.36, 0.01)


class MeasuredLeg(LoopbackLeg):
    """Of a carrier that tells."""

    @property
    def quality(self) -> LineQuality:  # type: ignore[override]
        """What it tells."""
        return GOOD


def watched_call(folder: Path, kind: type[LoopbackLeg]) -> tuple[CallSummary, list[Event], Monitor]:
    """A call of a caller who hangs up at once."""
    monitor = Monitor(ManualClock(), QualityMonitor(Roster(), DEFAULTS), lambda: 0.0)
    events: list[Event] = []

    async def call() -> CallSummary:
        clock = VirtualClock(asyncio.get_running_loop())
        heartbeat = Heartbeat(clock)
        heartbeat.start()
        transcriber = ScriptedTranscriber(ScriptedTranscriber.Options())
        services = make_services(Setting(folder, dialogue=Echo()), transcriber, clock, heartbeat)
        wire = _Wire()
        with monitor.watching() as listen:
            going_on = asyncio.create_task(run_call(kind(CALLER, wire), services, [events.append, listen]))
            line = LoopbackLine(wire)
            for _ in range(20):
                await line.exchange(SILENCE)
            await line.hang_up()
            summary = await going_on
        await heartbeat.stop()
        await services.synthesizer.aclose()
        return summary

    return run(call()), events, monitor


def test_what_the_carrier_tells_of_the_line_is_kept(tmp_path: Path) -> None:
    """In an event near the end, in the summary, and in the line of the log."""
    with capture_logs() as logs:
        summary, events, _ = watched_call(tmp_path, MeasuredLeg)

    assert [type(event) for event in events[-3:]] == [MediaCounted, LineMeasured, CallEnded]
    assert summary.line == GOOD
    assert next(log for log in logs if log["event"] == "call ended")["line"]["mos"] == 4.36


def test_a_carrier_that_tells_nothing_leaves_nothing(tmp_path: Path) -> None:
    """No event, and no empty values."""
    summary, events, monitor = watched_call(tmp_path, LoopbackLeg)

    assert summary.line is None
    assert not any(isinstance(event, LineMeasured) for event in events)
    assert monitor.totals.lines == {}


def test_the_lines_of_all_calls_are_counted_by_carrier(tmp_path: Path) -> None:
    """Also those of a worker that has ended since."""
    _, _, monitor = watched_call(tmp_path, MeasuredLeg)
    clock, past = ManualClock(), Past()
    health = {"calls_total": 1, "calls_failed": 0}
    past.keep(
        {"status": Reporter(monitor, Roster(), UTC).status(clock.now_s(), clock.wall()).as_dict(), "health": health}
    )
    metrics = exposition(merged_status([], past.counted)).decode()
    told = {
        (sample.name, sample.labels.get("le", "")): sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
        if sample.labels.get("carrier") == CALLER.carrier
    }

    assert told["callagent_line_mos_bucket", "4.3"] == 0
    assert told["callagent_line_mos_bucket", "+Inf"] == told["callagent_line_mos_count", ""] == 1
    assert told["callagent_line_mos_sum", ""] == 4.4
