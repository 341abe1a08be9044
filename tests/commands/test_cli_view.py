"""What a person sees of a call in which something fails."""

import io

import pytest
from rich.console import Console

from callagent.call.summary import summarize
from callagent.commands.view import CallView, summary_panel
from callagent.errors import ProviderError
from callagent.events import CallEnded, CallStarted, Event, LineMeasured, MachineDetected, ProviderFailed, StageFailed


def shown(event: Event) -> str:
    """The line that an event becomes."""
    text = io.StringIO()
    CallView(Console(file=text, width=200)).on_event(event)
    return text.getvalue()


def kinds(base: type[ProviderError]) -> list[type[ProviderError]]:
    """All errors that a provider can fail with."""
    return [kind for one in base.__subclasses__() for kind in (one, *kinds(one))]


@pytest.mark.parametrize("kind", kinds(ProviderError), ids=lambda kind: kind.__name__)
def test_a_providers_failure_is_said_in_words(kind: type[ProviderError]) -> None:
    """Not by the name of a class, whatever the provider did."""
    line = shown(ProviderFailed(at_s=1.0, stage="stt", provider="breakable", error=kind.__name__))

    assert "breakable" in line
    assert kind.__name__ not in line


def test_a_fault_of_our_own_is_named() -> None:
    """Whoever mends it looks for the name."""
    assert "dialogue failed (KeyError)" in shown(StageFailed(at_s=1.0, stage="dialogue", error="KeyError"))


def test_a_call_of_ours_and_a_machine_are_seen() -> None:
    """In words, like everything else."""
    assert "a machine answers, as its beep tells" in shown(MachineDetected(at_s=1.0, by="beep", spoken_s=0.4))


def test_a_line_is_told_as_far_as_it_is_known() -> None:
    """In the summary's picture; what the other end did not report is left out."""
    events: list[Event] = [
        CallStarted(
            at_s=0.0, call_id="1", carrier="sip", caller="", called="", flow="f", flow_version="v", language="en",
            started="2026-11-20T11:00:00.000+05:30",
        ),
        LineMeasured(at_s=9.0, packets=450, loss=0.004, jitter_ms=3.1, round_trip_ms=None, mos=4.36, far_loss=0.01),
        CallEnded(at_s=9.0, disposition="goodbye", ended_by="caller"),
    ]  # fmt: skip
    text = io.StringIO()
    Console(file=text, width=200).print(summary_panel(summarize(events), "recordings/1"))

    assert "MOS 4.4, 0.4% of 450 packets lost, jitter 3 ms, 1.0% of ours lost" in text.getvalue()
