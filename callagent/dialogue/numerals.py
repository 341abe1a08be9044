"""Numbers as callers say them, for phrases and for numbers dictated; the words are known in `spoken`."""

from collections.abc import Mapping, Sequence

from callagent.dialogue.spoken import read_digits, western
from callagent.dialogue.spoken.lexicon import TEENS, TENS, UNITS

__all__ = ["FIGURES", "figures", "spoken_digits", "western"]

FIGURES: Mapping[str, str] = {
    **{word: str(value) for value, word in enumerate(UNITS)},
    **{word: str(value) for value, word in enumerate(TEENS, 10)},
    **{word: str(value * 10) for value, word in enumerate(TENS, 2)},
}
"""Number words that one figure can be written for."""


def figures(words: Sequence[str]) -> list[str]:
    """The words with numbers as figures, so that "thirty two amp" and "32 amp" are the same."""
    result: list[str] = []
    tens = False
    for word in words:
        figure = FIGURES.get(word, word)
        if tens and word in UNITS[1:]:
            result[-1] = result[-1][:-1] + figure
        else:
            result.append(figure)
        tens = word in TENS
    return result


def spoken_digits(words: Sequence[str], fewest: int, most: int) -> str | None:
    """The number among `words` that is said digit by digit and has a fitting length; None when there is none."""
    reading = read_digits(words, "en", fewest, most)
    return None if reading is None else reading.value
