"""Times of characters, however a service cuts them into parts."""

import pytest

from callagent.media.audio import silence
from callagent.tts.character_times import CharacterTimes
from callagent.tts.narration import Narration

TEXT = "Hello my friend"
PER_CHARACTER_S = 0.1


class Told:
    """A narration, and the times that it is told of."""

    def __init__(self) -> None:
        self.narration = Narration(TEXT)
        self.times = CharacterTimes(TEXT, self.narration)

    def part(self, text: str, from_s: float) -> None:
        """A part that begins at a time."""
        begin_s = [from_s + at * PER_CHARACTER_S for at in range(len(text))]
        self.times.part(list(text), begin_s, [at_s + PER_CHARACTER_S for at_s in begin_s])

    def words(self) -> list[tuple[str, float]]:
        """All of them, once there is all of the audio."""
        chunks = [self.narration.audio(silence(3)), self.narration.end()]
        return [(word.text, round(word.at_s, 3)) for chunk in chunks if chunk for word in chunk.words]


EXPECTED = [("Hello", 0.0), ("my", 0.6), ("friend", 0.9)]


@pytest.mark.parametrize(
    "parts",
    [
        [("Hello my friend", 0.0)],
        [("Hello m", 0.0), ("y friend", 0.7)],
        [("Hello", 0.0), (" my", 0.5), (" friend ", 0.8)],
        [("Hello", 0.0), ("my", 0.6), ("friend", 0.9)],
        [("Hello ", 0.0), ("", 0.6), (" ", 0.6), ("my friend", 0.6)],
    ],
)
def test_parts_go_on_where_the_last_one_ended(parts: list[tuple[str, float]]) -> None:
    """In the middle of a word, with or without the space."""
    told = Told()
    for text, from_s in parts:
        told.part(text, from_s)

    assert told.words() == EXPECTED
    assert told.times.orderly


def test_times_may_count_from_the_beginning_of_a_part() -> None:
    """They then go back to nothing."""
    told = Told()
    told.part("Hello my", 0.0)
    told.part(" friend", 0.0)

    assert told.words() == EXPECTED


def test_a_part_that_begins_again_only_adds() -> None:
    """Nothing is said twice."""
    told = Told()
    told.part("Hello m", 0.0)
    told.part("Hello my friend", 0.0)

    assert told.words() == EXPECTED
    assert not told.times.orderly


def test_characters_of_another_text_tell_nothing() -> None:
    """Words are spread then."""
    told = Told()
    told.part("Salut", 0.0)

    assert [word for word, _ in told.words()] == TEXT.split()
    assert not told.times.orderly


def test_a_part_without_times_is_not_orderly() -> None:
    """Later ones are taken all the same."""
    told = Told()
    told.part("Hello ", 0.0)
    told.times.missing()
    told.part("my friend", 0.6)

    assert told.words() == EXPECTED
    assert not told.times.orderly


def test_as_many_times_as_characters() -> None:
    """Anything else is no answer."""
    with pytest.raises(ValueError, match="zip"):
        Told().times.part(["a", "b"], [0.0], [0.1])
