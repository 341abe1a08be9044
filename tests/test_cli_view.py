"""What a person sees of a call in which something fails."""

import io

import pytest
from rich.console import Console

from callagent.cli_view import CallView
from callagent.errors import ProviderError
from callagent.events import Event, MachineDetected, ProviderFailed, StageFailed


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
