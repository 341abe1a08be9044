"""Audio and times as services tell them, made into chunks with the words that begin in them."""

import pytest

from callagent.media.audio import silence
from callagent.tts.narration import Narration
from callagent.tts.synthesizer import SpeechChunk

TEXT = "It costs 1,249 rupees today."


def told(chunks: list[SpeechChunk | None]) -> list[tuple[str, float]]:
    """The words of all chunks with their times."""
    return [(word.text, round(word.at_s, 3)) for chunk in chunks if chunk for word in chunk.words]


def test_each_word_comes_with_the_audio_that_it_begins_in() -> None:
    """Whether its time was told long before or just in time."""
    narration = Narration("one two three")
    narration.token("one", 0.1, 0.4)
    narration.token("two", 0.5, 0.8)
    first = narration.audio(silence(0.4))
    narration.token("three", 0.9, 1.2)
    second, rest = narration.audio(silence(1.0)), narration.end()

    assert told([first]) == [("one", 0.1)]
    assert told([second]) == [("two", 0.5), ("three", 0.9)]
    assert told([rest]) == []
    assert narration.audio_s == pytest.approx(1.4)


def test_a_word_of_several_tokens_begins_with_the_first() -> None:
    """Services read "1,249" in parts and leave punctuation out."""
    narration = Narration(TEXT)
    for token, at_s in [("It", 0.0), ("costs", 0.2), ("1", 0.5), ("249", 0.9), ("rupees", 1.5), ("today", 2.0)]:
        narration.token(token, at_s, at_s + 0.2)

    assert told([narration.audio(silence(3)), narration.end()]) == [
        ("It", 0.0),
        ("costs", 0.2),
        ("1,249", 0.5),
        ("rupees", 1.5),
        ("today.", 2.0),
    ]


def test_a_word_that_is_spelled_otherwise_is_the_next_one() -> None:
    """Such as a number in words."""
    narration = Narration("Take 5 fans")
    for token, at_s in [("Take", 0.0), ("five", 0.5), ("fans", 1.0)]:
        narration.token(token, at_s, at_s + 0.4)

    assert told([narration.audio(silence(2)), narration.end()]) == [("Take", 0.0), ("5", 0.5), ("fans", 1.0)]


def test_words_never_told_of_get_their_share() -> None:
    """Between their neighbours, or of the time that is left."""
    narration = Narration("aa bb cc dd")
    narration.token("aa", 0.0, 0.2)
    narration.token("cc", 0.6, 0.8)
    words = told([narration.audio(silence(1.2)), narration.end()])

    assert [word for word, _ in words] == ["aa", "bb", "cc", "dd"]
    assert 0.2 < words[1][1] < 0.6
    assert 0.8 < words[3][1] < 1.2


def test_without_any_times_words_are_spread_over_the_audio() -> None:
    """By their characters."""
    narration = Narration("aa bb cc dd")
    words = told([narration.audio(silence(1.1)), narration.end()])

    assert words == [("aa", 0.0), ("bb", 0.3), ("cc", 0.6), ("dd", 0.9)]


def test_characters_count_as_they_come() -> None:
    """Each word begins with its first one; times that go backwards do not."""
    narration = Narration("ab cd ef")
    for place, at_s in enumerate([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.25, 0.6]):
        narration.character(place, at_s, at_s + 0.1)
    words = told([narration.audio(silence(1)), narration.end()])

    assert words == [("ab", 0.0), ("cd", 0.3), ("ef", 0.3)]
    assert narration.told_s == pytest.approx(0.7)


@pytest.mark.parametrize(("tokens", "all_told"), [(["It"], False), (["It", "costs", "1,249", "rupees", "today"], True)])
def test_it_knows_whether_the_text_was_told_to_its_end(tokens: list[str], all_told: bool) -> None:
    """A service that was cut off told of less."""
    narration = Narration(f"{TEXT} -")
    for number, token in enumerate(tokens):
        narration.token(token, number / 2, number / 2 + 0.4)

    assert narration.told_all == all_told


@pytest.mark.parametrize(
    ("told", "audio_s", "broken"),
    [(1, 0.5, True), (1, 3.0, False), (5, 2.0, True), (5, 2.4, False), (0, 0.5, False)],
)
def test_it_is_broken_off_when_the_audio_is_too_short_for_the_text(told: int, audio_s: float, *, broken: bool) -> None:
    """For what was told of, and for the rest; where nothing was told there is nothing to judge by."""
    narration = Narration(TEXT)
    for number, word in enumerate(TEXT.split()[:told]):
        narration.token(word, number / 2, number / 2 + 0.4)
    narration.audio(silence(audio_s))

    assert narration.broken_off == broken


def test_all_is_said_when_the_audio_is_there_to_the_last_letter() -> None:
    """Not when the last word has merely begun."""
    narration = Narration("to go.")
    said = []
    narration.audio(silence(2.0))
    for place, at_s in enumerate([0.0, 0.1, 0.2, 1.0, 1.1]):
        said.append(narration.said_all)
        narration.character(place, at_s, at_s + 0.1)

    assert said == [False] * 5
    assert narration.said_all
    narration.token(".", 9.0, 9.1)
    assert not narration.said_all


def test_before_anything_is_told_nothing_is_said() -> None:
    """Not even the only letter."""
    assert not Narration("A").said_all


def test_no_audio_is_no_chunk() -> None:
    """And half a sample is none."""
    assert Narration("one").end() is None
    narration = Narration("one")
    assert narration.audio(b"\x01") is None
    assert narration.end() is None


def test_a_time_beyond_the_audio_is_brought_into_it() -> None:
    """Every word begins somewhere in what is heard."""
    narration = Narration("one two")
    narration.token("one", 0.0, 0.5)
    narration.token("two", 7.0, 7.5)
    words = told([narration.audio(silence(1)), narration.end()])

    assert words[1][0] == "two"
    assert words[1][1] < 1.0
