"""What providers did, as events of the call that heard of it."""

from dataclasses import asdict

import pytest

from callagent.call.journal import Journal
from callagent.call.news import event_of
from callagent.clock import ManualClock
from callagent.events import (
    BreakerChanged,
    CallEnded,
    Event,
    ProviderAnswered,
    ProviderDemoted,
    ProviderFailed,
    ProviderRestored,
)
from callagent.resilience.incidents import Answered, BreakerMoved, Demoted, Failed, Incident, Restored


@pytest.mark.parametrize(
    ("incident", "kind"),
    [
        (Failed("stt", "ear", "ProviderTimeoutError"), ProviderFailed),
        (Answered("tts", "voice", 0.25, "gap"), ProviderAnswered),
        (BreakerMoved("llm", "model", "closed", "open"), BreakerChanged),
        (Demoted("stt", "ear", "p95 is 1.9 s"), ProviderDemoted),
        (Restored("stt", "ear"), ProviderRestored),
    ],
)
def test_an_incident_is_an_event(incident: Incident, kind: type[Event]) -> None:
    """With the call's time, and all that the incident says."""
    event = event_of(2.5, incident)

    assert type(event) is kind
    assert asdict(event) == {"at_s": 2.5, **asdict(incident)}


def test_nothing_happens_after_the_end_of_a_call() -> None:
    """A prompt that is still being made for a caller who is gone leaves no event behind the last one."""
    heard: list[Event] = []
    journal = Journal(ManualClock(), [heard.append])
    ended = CallEnded(at_s=1.0, disposition="goodbye", ended_by="caller")
    journal.write(ended)
    journal.write(event_of(2.0, Restored("stt", "ear")))

    assert (journal.events, heard) == ([ended], [ended])
