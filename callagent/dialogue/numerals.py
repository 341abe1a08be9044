"""Number words as figures, so that a phrase is the same however its numbers are written."""

from collections.abc import Mapping, Sequence

from callagent.dialogue.spoken.lexicon import TEENS, TENS, UNITS

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
