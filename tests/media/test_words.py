"""How many words were heard when speech was cut."""

import numpy as np
import pytest

from callagent.media.audio import silence
from callagent.media.words import voiced_part, words_heard
from callagent.tts.synthesizer import SpokenWord

TEXT = "one three fifteen"


def loud(seconds: float) -> bytes:
    """Something that is clearly no silence."""
    return np.full(round(8000 * seconds), 5000, "<i2").tobytes()


@pytest.mark.parametrize(
    ("heard_s", "words"),
    [(0.0, ""), (0.24, ""), (0.25, "one"), (0.74, "one"), (0.75, "one three"), (1.49, "one three"), (1.5, TEXT)],
)
def test_word_times_say_it_exactly(heard_s: float, words: str) -> None:
    """A word counts from its middle on, which lies between its time and the next word's."""
    times = (SpokenWord("one", 0.0), SpokenWord("three", 0.5), SpokenWord("fifteen", 1.0))

    assert words == words_heard(TEXT, loud(2.0), round(8000 * heard_s), times)


def test_the_last_word_ends_where_the_voice_does() -> None:
    """Silence after it is not part of the last word."""
    times = (SpokenWord("yes", 0.0),)

    assert words_heard("yes", loud(1.0) + silence(3.0), 4000, times) == "yes"
    assert words_heard("yes", loud(1.0) + silence(3.0), 3999, times) == ""


@pytest.mark.parametrize(("heard", "count"), [(1599, 0), (1600, 1), (5999, 1), (6000, 2), (12000, 3), (16000, 3)])
def test_without_word_times_characters_share_the_voiced_part(heard: int, count: int) -> None:
    """Twenty characters over 16000 samples: the words' middles lie after 2, 7.5 and 14 characters."""
    text = "four seven eleven ok"
    words = ["four", "seven", "eleven"][:count]

    assert words == words_heard(text, loud(2.0), heard).split()[:3]


def test_silence_before_the_voice_is_not_counted() -> None:
    """After half a second of silence the first word has not begun."""
    pcm = silence(0.5) + loud(1.0)

    assert words_heard("yes", pcm, 4000) == ""
    assert words_heard("yes", pcm, 8000) == "yes"


def test_audio_that_is_not_all_there_is_taken_to_go_on() -> None:
    """Of a long sentence whose first second has come, one second is not the whole."""
    text = "a sentence of forty five characters, or about"

    assert text == words_heard(text, loud(1.0), 8000)
    assert words_heard(text, loud(1.0), 8000, whole=False) == "a sentence of"


def test_silence_says_no_words() -> None:
    """Whatever its length."""
    assert words_heard(TEXT, silence(1.0), 8000) == ""
    assert voiced_part(silence(1.0)) == (0, 0)


def test_the_voiced_part_is_found_to_ten_milliseconds() -> None:
    """Silence around it is left out, a short last window is not passed."""
    assert voiced_part(silence(0.1) + loud(0.1) + silence(0.1)) == (800, 1600)
    assert voiced_part(np.full(90, -5000, "<i2").tobytes()) == (0, 90)
