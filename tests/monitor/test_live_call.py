"""A call as it stands, and what the process costs."""

from callagent.clock import ManualClock
from callagent.events import (
    AgentStarted,
    AgentStopped,
    BargedIn,
    CallerStarted,
    CallStarted,
    Event,
    ProviderFailed,
    ProviderFellBack,
    ProviderUsed,
    SpeechReady,
    TranscriptReceived,
    TurnDecided,
    TurnEnded,
)
from callagent.monitor.live_call import LiveCall
from callagent.monitor.monitor import Monitor
from callagent.monitor.process import Process
from callagent.monitor.quality import QualityMonitor
from callagent.monitor.status import Reporter
from callagent.monitor.thresholds import DEFAULTS
from callagent.resilience.roster import Roster

STARTED = CallStarted(
    at_s=0.0,
    call_id="CA1",
    carrier="twilio",
    caller="xxxxxxxxx01",
    called="+911140000000",
    flow="electrical",
    flow_version="1",
    language="hi",
    started="",
)
TURN: list[Event] = [
    CallerStarted(at_s=1.0, position=8000),
    TurnEnded(at_s=2.6, turn=1, stopped_at_s=2.0, by="voice"),
    ProviderFailed(at_s=2.7, stage="stt", provider="deepgram", error="ProviderTimeoutError"),
    ProviderFellBack(at_s=2.8, stage="stt", failed="deepgram", took_over="whisper"),
    TranscriptReceived(at_s=2.9, turn=1, text="price", confidence=0.9, provider="whisper"),
    TurnDecided(at_s=3.0, turn=1),
    ProviderUsed(at_s=3.1, stage="tts", provider="espeak", version="1"),
    SpeechReady(at_s=3.1, turn=1, provider="espeak", cached=False),
    AgentStarted(at_s=3.2, turn=1),
    AgentStopped(at_s=5.0, turn=1, interrupted=True),
]


def test_a_call_says_what_it_does() -> None:
    """Event by event, in an operator's words."""
    call = LiveCall(1, 0.0)
    does = []
    for event in (STARTED, *TURN):
        call.on_event(event)
        does.append(call.does)

    assert list(dict.fromkeys(does)) == [
        "beginning",
        "caller speaks",
        "transcribing",
        "deciding",
        "synthesizing",
        "agent speaks",
        "waiting for the caller",
    ]


def test_a_call_counts() -> None:
    """Turns, failures, who answered last, and how long the caller waited, told once."""
    call = LiveCall(1, 0.0)
    latencies = [call.on_event(event) for event in (STARTED, *TURN, *TURN[-2:])]
    call.on_event(BargedIn(at_s=5.0, by="voice", latency_s=0.1))

    assert (call.carrier, call.language, call.turns, call.failures, call.barge_ins) == ("twilio", "hi", 1, 1, 1)
    assert call.providers == {"stt": "whisper", "tts": "espeak"}
    assert [latency.response_ms for latency in latencies if latency] == [1200.0]


def test_a_monitor_adds_the_calls_up() -> None:
    """Response and its parts of all calls, and no trace of who called."""
    clock, roster = ManualClock(), Roster()
    monitor = Monitor(clock, QualityMonitor(roster, DEFAULTS), lambda: 0.25)
    reporter = Reporter(monitor, roster, clock.wall().tzinfo)  # type: ignore[arg-type]
    with monitor.watching() as one, monitor.watching() as two:
        for event in (STARTED, *TURN):
            one(event)
            two(event)
        status = reporter.status(clock.now_s(), clock.wall())

    assert [call.number for call in status.calls] == [1, 2]
    assert status.stages["response"] == {"median_ms": 1200.0, "p95_ms": 1200.0, "turns": 2}
    assert status.stages["endpointing"]["median_ms"] == 600.0
    assert "late by 250 ms" in status.recommendations[0]
    assert "0000" not in str(status)
    assert monitor.calls == {}


def test_the_cost_of_the_process() -> None:
    """Its memory is more than the interpreter's, and CPU is a share of the time that passed."""
    process = Process(0.0)
    before_s = process.cost.cpu_s
    sum(number * number for number in range(200_000))
    process.look(1.0)

    assert process.cost.memory > 10_000_000
    assert 0 < process.cost.cpu < 60
    assert process.cost.cpu_s >= before_s
    assert process.cost.workers >= 0
