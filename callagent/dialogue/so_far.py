"""What a caller has said so far, while they may still go on: enough to judge whether that is all."""

from callagent.dialogue.actions import Listen, SoFar
from callagent.dialogue.spoken import LANGUAGES, read_digits
from callagent.dialogue.understanding import without, words_of

MOST_DIGITS = 40


def so_far(text: str, listen: Listen | None) -> SoFar:
    """Read words that were recognized in an open turn; `listen` is what is being asked, None for nothing yet."""
    words = tuple(words_of(text))
    if listen is None:
        return SoFar(words)
    digits = None if listen.digits is None else _digits(text, listen)
    is_phrase = bool(words) and " ".join(without(text, listen.fillers)) in listen.phrases
    return SoFar(words, is_phrase or bool(digits), digits)


def _digits(text: str, listen: Listen) -> int:
    language = next((one for one in LANGUAGES if one == listen.language), LANGUAGES[0])
    reading = read_digits(text, language, 1, MOST_DIGITS)
    return 0 if reading is None else len(reading.value)
