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
    if _is_made_of(tuple(without(text, listen.fillers)), listen.phrases):
        return SoFar(words, is_answer=True)  # "one minute" is no beginning of a number
    digits = None if listen.digits is None else _digits(text, listen)
    return SoFar(words, bool(digits), digits)


def _is_made_of(words: tuple[str, ...], phrases: tuple[str, ...]) -> bool:
    """Whether there are words, and they are one of the phrases or several in a row: "haan haan", "haan ji bilkul"."""
    if not 0 < len(words) <= MOST_WORDS:
        return False
    ends = range(1, len(words) + 1)
    # The few that it could be are looked for among the thousands that may be said, not the other way round.
    known = {" ".join(words[at:end]) for end in ends for at in range(end)}.intersection(phrases)
    reached = {0}
    for end in ends:
        if any(" ".join(words[at:end]) in known for at in reached):
            reached.add(end)
    return len(words) in reached


def _digits(text: str, listen: Listen) -> int:
    language = next((one for one in LANGUAGES if one == listen.language), LANGUAGES[0])
    reading = read_digits(text, language, 1, MOST_DIGITS)
    return 0 if reading is None else len(reading.value)
