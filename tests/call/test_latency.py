"""Where the time between the caller's last sound and the agent's first went."""

import pytest

from callagent.call.latency import Spread, TurnLatency, spread, spreads, turn_latencies
from callagent.events import (
    AgentStarted,
    Event,
    ModelAnswered,
    PlaybackConfirmed,
    SpeechReady,
    TranscriptReceived,
    TurnDecided,
    TurnEnded,
)


def spoken_turn(turn: int, began_s: float) -> list[Event]:
    """A turn with a model: 500 + 150 + 5 + 200 + 100 + 15 ms, and 30 ms of line."""
    return [
        TurnEnded(at_s=began_s + 0.5, turn=turn, stopped_at_s=began_s, by="voice"),
        TranscriptReceived(at_s=began_s + 0.65, turn=turn, text="price", confidence=1.0, provider="x"),
        TurnDecided(at_s=began_s + 0.655, turn=turn),
        ModelAnswered(at_s=began_s + 0.855, turn=turn, provider="m"),
        SpeechReady(at_s=began_s + 0.955, turn=turn, provider="y", cached=False),
        AgentStarted(at_s=began_s + 0.97, turn=turn),
        PlaybackConfirmed(at_s=began_s + 1.02, turn=turn, delay_s=0.03),
    ]


def test_the_parts_add_up_to_the_whole() -> None:
    """Every millisecond of a response is in exactly one part."""
    assert turn_latencies(spoken_turn(1, 10.0)) == (
        TurnLatency(1, "voice", 1000.0, 500.0, 150.0, 5.0, 200.0, 100.0, 45.0),
    )


def test_a_keyed_turn_has_no_transcription() -> None:
    """A part that was skipped took no time."""
    events: list[Event] = [
        TurnEnded(at_s=1.0, turn=1, stopped_at_s=1.0, by="keys"),
        TurnDecided(at_s=1.01, turn=1),
        SpeechReady(at_s=1.02, turn=1, provider="y", cached=True),
        AgentStarted(at_s=1.04, turn=1),
    ]

    assert turn_latencies(events) == (TurnLatency(1, "keys", 40.0, 0.0, 0.0, 10.0, 0.0, 10.0, 20.0),)


def test_only_the_first_sound_of_an_answer_counts() -> None:
    """A second sentence of the same answer changes nothing."""
    again: list[Event] = [
        SpeechReady(at_s=15.0, turn=1, provider="y", cached=False),
        AgentStarted(at_s=15.0, turn=1),
        PlaybackConfirmed(at_s=15.1, turn=1, delay_s=0.5),
    ]

    assert turn_latencies([*spoken_turn(1, 10.0), *again]) == turn_latencies(spoken_turn(1, 10.0))


def test_a_turn_that_was_never_answered_has_no_latency() -> None:
    """A caller who hangs up while the agent thinks leaves no figure."""
    assert turn_latencies(spoken_turn(1, 0.0)[:3]) == ()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], None),
        ([7.0], Spread(7.0, 7.0, 7.0)),
        ([1.0, 2.0, 3.0, 10.0], Spread(2.5, 10.0, 10.0)),
        ([float(number) for number in range(1, 101)], Spread(50.5, 95.0, 100.0)),
    ],
)
def test_a_spread_is_median_p95_and_maximum(values: list[float], expected: Spread | None) -> None:
    """The 95th percentile is the nearest rank: a figure that was really measured."""
    assert spread(values) == expected


def test_silences_are_no_responses() -> None:
    """The time after a silence is the agent's own choice and counts towards no figure."""
    silent = TurnLatency(2, "silence", 9000.0, 0.0, 0.0, 0.0, 0.0, 0.0, 9000.0)
    figures = spreads([*turn_latencies(spoken_turn(1, 10.0)), silent])

    assert figures["response"] == {"median_ms": 1000.0, "p95_ms": 1000.0, "max_ms": 1000.0}
    assert list(figures) == [
        "response", "endpointing", "transcription", "dialogue", "model", "synthesis", "playout",
    ]  # fmt: skip
