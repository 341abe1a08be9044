"""The hysteresis between a voice detector and the floor."""

from callagent.turn.voice import VoiceChange, VoiceGate

WINDOW = 256
"""Samples: 32 ms at 8 kHz."""


def run(gate: VoiceGate, probabilities: list[float]) -> list[tuple[int, VoiceChange]]:
    """The changes, each with the number of the window that made it."""
    changes = []
    for number, probability in enumerate(probabilities):
        change = gate.window(probability, number * WINDOW, (number + 1) * WINDOW)
        if change:
            changes.append((number, change))
    return changes


def test_three_windows_of_speech_make_a_start() -> None:
    """Speech of 96 ms is a start, and it is dated to its first sample."""
    gate = VoiceGate()

    assert run(gate, [0.1, 0.9, 0.9, 0.9]) == [(3, VoiceChange.STARTED)]
    assert gate.speech_began == WINDOW


def test_a_click_is_no_speech() -> None:
    """Two loud windows and then nothing start nothing."""
    assert run(VoiceGate(), [0.9, 0.9, 0.1, 0.1, 0.9, 0.9, 0.0, 0.0]) == []


def test_one_weak_window_does_not_break_an_onset() -> None:
    """A dip inside the first word does not make the caller wait."""
    assert run(VoiceGate(), [0.9, 0.9, 0.2, 0.9]) == [(3, VoiceChange.STARTED)]


def test_a_pause_of_two_hundred_milliseconds_makes_a_stop() -> None:
    """The stop comes after seven quiet windows, and is dated to the last sound."""
    gate = VoiceGate()

    assert run(gate, [0.9] * 5 + [0.1] * 7) == [(2, VoiceChange.STARTED), (11, VoiceChange.STOPPED)]
    assert gate.speech_ended == 5 * WINDOW


def test_a_short_gap_between_words_is_no_stop() -> None:
    """Five quiet windows inside speech change nothing."""
    assert run(VoiceGate(), [0.9] * 3 + [0.1] * 5 + [0.9] * 3) == [(2, VoiceChange.STARTED)]


def test_weak_speech_keeps_the_floor_but_does_not_take_it() -> None:
    """Between the two thresholds, what was so stays so."""
    assert run(VoiceGate(), [0.4] * 20) == []
    assert run(VoiceGate(), [0.9] * 3 + [0.4] * 20) == [(2, VoiceChange.STARTED)]


def test_a_start_can_be_asked_to_be_shorter_or_longer() -> None:
    """Over the agent two windows are enough; on a line that crackled before, six are wanted."""
    quick, slow = VoiceGate(), VoiceGate()
    quick.demand(0.06)
    slow.demand(0.19)

    assert run(quick, [0.1, 0.8, 0.8]) == [(2, VoiceChange.STARTED)]
    assert run(slow, [0.9] * 6) == [(5, VoiceChange.STARTED)]


def test_what_is_surely_speech_starts_at_once_where_that_is_wanted() -> None:
    """Over the agent one window without a doubt is enough; elsewhere it is not."""
    quick = VoiceGate()
    quick.demand(0.06)

    assert run(quick, [0.1, 0.95]) == [(1, VoiceChange.STARTED)]
    assert run(VoiceGate(), [0.1, 0.95]) == []
