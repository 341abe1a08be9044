"""Records of calls, and the summaries that they come from."""

from datetime import UTC, datetime
from typing import Any, Final

from callagent.store.record import CallRecord

STARTED: Final = datetime(2026, 11, 21, 12, 14, 43, 146000, tzinfo=UTC)
RECORD: Final = CallRecord(
    id="20261121T121443Z-cb42472db8c0-1",
    call_id="CAb61335f1aee314d567bdcb42472db8c0",
    started=STARTED,
    duration_s=61.25,
    carrier="twilio",
    caller="xxxxxxxxxxx00",
    caller_key="5e" * 32,
    outbound=True,
    flow="electrical",
    flow_version="07359c7fcce5",
    language="hinglish",
    disposition="goodbye",
    ended_by="agent",
    turns=6,
    response_median_ms=569.6,
    response_p95_ms=715.1,
    barge_ins=1,
    pauses=2,
    no_inputs=3,
    no_matches=4,
    take_overs=5,
    errors=7,
    failures="stt: ValueError\ntts: KeyError",
    recording_incomplete=True,
    crashed=False,
    has_sound=True,
    consent="yes",
    score=81.5,
    scorecard={"polite": True, "पक्का": [1, None]},
    notes="a good one",
    held=True,
    words="caller: What is the price of a fan?\nagent: एक पंखा ₹1,200 का है।",
)
"""A value in every field."""


def summary(**other: Any) -> dict[str, Any]:
    """As `summary.json` holds it, with other values where they are given."""
    return {
        "call_id": "CA1",
        "carrier": "twilio",
        "caller": "xxxxxxxxxxx00",
        "called": "+911140000000",
        "flow": "electrical",
        "flow_version": "07359c7fcce5",
        "language": "en",
        "started": STARTED.isoformat(),
        "duration_s": 60.4,
        "disposition": "goodbye",
        "ended_by": "agent",
        "turns": [{"turn": 1}, {"turn": 2}],
        "latency": {"response": {"median_ms": 569.6, "p95_ms": 715.1, "max_ms": 715.1}},
        "barge_ins": [{"at_s": 19.1}],
        "pauses": 3,
        "providers": [{"stage": "stt", "errors": 1}, {"stage": "tts", "errors": 2}],
        "take_overs": [{"at_s": 1.0}],
        "outages": [],
        "no_inputs": 1,
        "no_matches": 2,
        "failures": ["stt: ValueError"],
        "recording_incomplete": False,
        **other,
    }
