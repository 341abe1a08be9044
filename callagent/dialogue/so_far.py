"""What a caller has said so far, while they may still go on: enough to judge whether that is all."""

from callagent.dialogue.actions import Listen, SoFar
from callagent.dialogue.spoken import LANGUAGES, read_digits
from callagent.dialogue.understanding import without, words_of

MOST_DIGITS = 40
MOST_WORDS = 12
"""No answer of the expected ones is longer."""


def so_far(text: str, listen: Listen | None) -> SoFar:
    """Read words that were recognized in an open turn; `listen` is what is being asked, None for nothing yet."""
    words = tuple(words_of(text))
    if listen is None:
        return SoFar(words)
    if _is_made_of(tuple(without(text, listen.fillers)), frozenset(listen.phrases)):
        return SoFar(words, is_answer=True)  # "one minute" is no beginning of a number
    digits = None if listen.digits is None else _digits(text, listen)
    return SoFar(words, bool(digits), digits)


def _is_made_of(words: tuple[str, ...], phrases: frozenset[str]) -> bool:
    """Whether there are words, and they are one of the phrases or several in a row: "haan haan", "haan ji bilkul"."""
    reached = {0}
    for end in range(1, min(len(words), MOST_WORDS) + 1):
        if any(" ".join(words[at:end]) in phrases for at in reached):
            reached.add(end)
    return bool(words) and len(words) in reached


def _digits(text: str, listen: Listen) -> int:
    language = next((one for one in LANGUAGES if one == listen.language), LANGUAGES[0])
    reading = read_digits(text, language, 1, MOST_DIGITS)
    return 0 if reading is None else len(reading.value)
