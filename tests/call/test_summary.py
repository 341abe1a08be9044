"""The fold from events to a summary."""

import json

import pytest

from callagent.call.summary import BargeIn, ProviderRecord, summarize
from callagent.events import (
    BargedIn,
    CallEnded,
    CallStarted,
    Event,
    LineMeasured,
    MediaCounted,
    NoInput,
    NoMatch,
    ProviderConnected,
    ProviderFailed,
    ProviderFellBack,
    ProviderUsed,
    RecordingCut,
    StageFailed,
)
from callagent.media.rtp_quality import LineQuality

STARTED = CallStarted(
    at_s=0.0,
    call_id="CA1",
    carrier="twilio",
    caller="xxxxxxxxxxx01",
    called="+911100000000",
    flow="electrical",
    flow_version="abc",
    language="en",
    started="2026-11-20T11:00:00.000+05:30",
)
ENDED = CallEnded(at_s=31.25, disposition="goodbye", ended_by="caller")
MIDDLE: list[Event] = [
    ProviderUsed(at_s=1.0, stage="tts", provider="espeak", version="1.52"),
    ProviderConnected(at_s=1.9, stage="stt", provider="deepgram", ready=False),
    ProviderUsed(at_s=2.0, stage="stt", provider="deepgram", version="3"),
    ProviderConnected(at_s=2.9, stage="stt", provider="deepgram", ready=True),
    ProviderFailed(at_s=3.0, stage="stt", provider="deepgram", error="ProviderTimeoutError"),
    ProviderFellBack(at_s=3.0, stage="stt", failed="deepgram", took_over="pocketsphinx"),
    ProviderUsed(at_s=3.5, stage="stt", provider="pocketsphinx", version="5"),
    ProviderUsed(at_s=4.0, stage="tts", provider="espeak", version="1.52"),
    NoInput(at_s=5.0, step="main", count=1),
    NoMatch(at_s=6.0, step="main", count=1),
    NoMatch(at_s=7.0, step="main", count=2),
    BargedIn(at_s=8.0, by="voice", latency_s=0.1042),
    StageFailed(at_s=9.0, stage="dialogue", error="KeyError"),
    MediaCounted(
        at_s=31.2, audio_in_s=31.0, audio_out_s=12.5, lost_chunks=3, late_chunks=1, malformed=2, loop_lag_peak_s=0.0123
    ),
]


def test_everything_that_happened_is_counted() -> None:
    """Repairs, barge-ins, providers and the line's figures are all there."""
    summary = summarize([STARTED, *MIDDLE, ENDED])

    assert (summary.no_inputs, summary.no_matches) == (1, 2)
    assert summary.barge_ins == (BargeIn(8.0, "voice", 104.2),)
    assert summary.providers == (
        ProviderRecord("stt", "deepgram", "3", uses=1, errors=1, fallbacks=1, requests=2, connections_opened=1),
        ProviderRecord("stt", "pocketsphinx", "5", uses=1, errors=0, fallbacks=0),
        ProviderRecord("tts", "espeak", "1.52", uses=2, errors=0, fallbacks=0),
    )
    assert summary.failures == ("dialogue: KeyError",)
    assert (summary.lost_chunks, summary.late_chunks, summary.malformed) == (3, 1, 2)
    assert (summary.audio_in_s, summary.audio_out_s, summary.loop_lag_peak_ms) == (31.0, 12.5, 12.3)
    assert (summary.duration_s, summary.disposition, summary.ended_by) == (31.25, "goodbye", "caller")


def test_how_the_line_was_is_there_where_the_carrier_tells() -> None:
    """And missing, not empty, of other carriers and of calls from before it was told."""
    measured = LineMeasured(
        at_s=31.2, packets=1550, loss=0.004, jitter_ms=3.1, round_trip_ms=41.5, mos=4.36, far_loss=None
    )
    told = summarize([STARTED, *MIDDLE, measured, ENDED])
    untold = summarize([STARTED, *MIDDLE, ENDED])

    assert told.line == LineQuality(1550, 0.004, 3.1, 41.5, 4.36, None)
    assert told.as_dict() == untold.as_dict() | {
        "line": {
            "packets": 1550, "loss": 0.004, "jitter_ms": 3.1, "round_trip_ms": 41.5, "mos": 4.36, "far_loss": None
        }
    }  # fmt: skip
    assert "line" not in untold.as_dict()


def test_a_call_whose_process_died_says_so() -> None:
    """And no other does, not even one that ended badly."""
    died = summarize([STARTED, *MIDDLE, CallEnded(at_s=31.25, disposition="crashed", ended_by="server")])

    assert died.as_dict()["crashed"] is True
    assert "crashed" not in summarize([STARTED, *MIDDLE, ENDED]).as_dict()


def test_the_same_events_make_the_same_bytes() -> None:
    """Folding twice gives one text: a summary can be recomputed."""
    events = [STARTED, *MIDDLE, ENDED]

    assert json.dumps(summarize(events).as_dict()) == json.dumps(summarize(list(events)).as_dict())


def test_a_recording_that_lacks_something_is_marked() -> None:
    """Whoever looks for the recording is told that not all of it is there."""
    events = [STARTED, RecordingCut(at_s=31.2), ENDED]

    assert [summarize(events).recording_incomplete, summarize([STARTED, ENDED]).recording_incomplete] == [True, False]


def test_the_shortest_call_has_a_summary() -> None:
    """A caller who hangs up at once leaves zeros, not an error."""
    summary = summarize([STARTED, ENDED])

    assert (summary.turns, summary.latency, summary.audio_in_s) == ((), {}, 0.0)


@pytest.mark.parametrize("events", [[], [STARTED], [ENDED], [ENDED, STARTED]])
def test_half_a_call_has_none(events: list[Event]) -> None:
    """What does not begin and end is not a call."""
    with pytest.raises(ValueError, match="begin with CallStarted and end with CallEnded"):
        summarize(events)
