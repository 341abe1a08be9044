"""How much silence ends a turn, case by case."""

import pytest

from callagent.turn.endpointing import (
    AT_ONCE_S,
    BETWEEN_GROUPS_S,
    KNOWN_S,
    SURE_S,
    UNFINISHED_S,
    Pause,
    Tempo,
    silence_s,
)
from callagent.turn.patience import patience_for

YES_NO, ITEM, PHONE, FREE = (patience_for(kind) for kind in ("yes or no", "catalogue item", "phone number", "free"))

CASES = [
    ("nothing is known of what was said", Pause(FREE), FREE.pause_s),
    ("words that may be all", Pause(FREE, has_words=True), KNOWN_S),
    ("yes", Pause(YES_NO, has_words=True, is_complete=True), AT_ONCE_S),
    ("a product, which may yet get a colour", Pause(ITEM, has_words=True, is_complete=True), SURE_S),
    ("the price and...", Pause(FREE, has_words=True, is_unfinished=True), UNFINISHED_S),
    ("a choice whose name ends so", Pause(YES_NO, has_words=True, is_complete=True, is_unfinished=True), AT_ONCE_S),
    ("five of ten digits", Pause(PHONE, has_words=True, digits=5, fewest=10, most=10), BETWEEN_GROUPS_S),
    ("ten of ten digits", Pause(PHONE, has_words=True, digits=10, fewest=10, most=10), AT_ONCE_S),
    ("enough digits, though more are possible", Pause(PHONE, digits=10, fewest=10, most=12), PHONE.pause_s),
    ("something else than digits", Pause(PHONE, has_words=True, digits=0, fewest=10, most=10), PHONE.pause_s),
    ("a sentence that sounds over", Pause(FREE, has_words=True, over=0.95), KNOWN_S),
    ("a sound that seems over, of unknown words", Pause(FREE, over=0.95), FREE.pause_s),
    ("a sentence that sounds open", Pause(FREE, has_words=True, over=0.1), KNOWN_S * 1.6),
]


@pytest.mark.parametrize(("pause", "seconds"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_how_long_a_pause_is_waited_out(pause: Pause, seconds: float) -> None:
    """Each case is given its own time."""
    assert silence_s(pause) == pytest.approx(seconds)


def test_a_slow_speaker_is_given_time() -> None:
    """Two long pauses within turns are a habit; one is not."""
    tempo = Tempo()
    tempo.went_on(0.8)
    assert silence_s(Pause(FREE), tempo.usual_s) == FREE.pause_s

    tempo.went_on(0.7)
    assert silence_s(Pause(FREE), tempo.usual_s) == pytest.approx(0.7 + Tempo.MARGIN_S)


def test_yes_is_over_for_a_slow_speaker_too() -> None:
    """Nothing is waited for where nothing can follow."""
    assert silence_s(Pause(YES_NO, has_words=True, is_complete=True), 1.0) == AT_ONCE_S
