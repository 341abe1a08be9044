"""Which language a turn is in: the script, then the small words that nobody borrows."""

from collections.abc import Sequence
from functools import cache, lru_cache

from callagent.dialogue.understanding.lexicon import lexicon
from callagent.dialogue.understanding.meaning import Language
from callagent.dialogue.understanding.sound import sound_of
from callagent.dialogue.understanding.tokens import Token

_CLEAR, _SOUNDED, _PHRASED, _SHARED, _WEAK = 1.0, 0.7, 0.45, 0.4, 0.2


def language_of(tokens: Sequence[Token], hint: str = "") -> tuple[Language, bool]:
    """The language, and whether words of both stand in the turn; `hint` decides when nothing else does."""
    letters = [token for token in tokens if token.text[:1].isalpha()]
    native = [token for token in letters if token.native]
    latin = [token for token in letters if not token.native]
    english = sum(_weight(word, "english") for word in _without_thanks([token.text for token in latin]))
    hindi = sum(_weight(token.text, "hindi") for token in latin)
    if native:
        if len(native) * 3 >= len(letters) or english < 2:
            loans = lexicon().loans
            return "hi", bool(latin) or any(token.written in loans for token in native)
        return ("hinglish" if hindi > english else "en"), True
    if hindi > english or (hindi == english and hindi >= _CLEAR and hint != "en"):
        others = sum(_weight(token.text, "hindi") == 0 and token.text.isascii() for token in latin)
        return "hinglish", others > 0
    if english > hindi and (english >= _PHRASED or not hint):
        return "en", hindi >= _CLEAR
    known: tuple[Language, ...] = ("en", "hi", "hinglish")
    hinted = next((language for language in known if language == hint), "en")
    return ("hinglish" if hinted == "hi" and latin else hinted), False  # type: ignore[return-value]


def _without_thanks(words: list[str]) -> list[str]:
    """The words but for "thank you", which Hindi uses as well."""
    return [word for at, word in enumerate(words) if word != "you" or at == 0 or words[at - 1] != "thank"]


@cache
def _phrase_words(language: str) -> frozenset[str]:
    """Words that stand in the phrases of this language's file alone."""
    mine, others = (
        {
            word
            for each in lexicon().languages
            if (each.name == language) is own
            for text in (
                *(phrase for _, phrase, _ in each.phrases),
                *(" ".join(group) for group in each.groups.values()),
            )
            for piece in text.split()
            for word in piece.strip("()").split("/")
        }
        for own in (True, False)
    )
    english = {word for words in lexicon().loans.values() for word in words}
    return frozenset(word for word in mine - others - english if word.isalpha())


@cache
def _sounds(language: str) -> frozenset[str]:
    words = next(each for each in lexicon().languages if each.name == language)
    return frozenset(sound_of(word) for word in words.function_words - words.shared_words if len(word) > 4)


@cache
def _shared() -> frozenset[str]:
    return frozenset[str]().union(*(words.shared_words for words in lexicon().languages))


@lru_cache(maxsize=8_192)
def _weight(word: str, language: str) -> float:
    words = next(each for each in lexicon().languages if each.name == language)
    if word in words.function_words:
        return _SHARED if word in _shared() else _CLEAR
    if word in words.weak_words:
        return _WEAK
    if word in _phrase_words(language) and not any(
        word in each.function_words | each.weak_words | each.ordinary
        for each in lexicon().languages
        if each is not words
    ):
        return _PHRASED
    others = [each for each in lexicon().languages if each.name != language]
    known = any(word in each.function_words | each.weak_words | each.ordinary for each in others)
    if language == "hindi" and not known and len(word) > 4 and sound_of(word) in _sounds(language):
        return _SOUNDED
    return 0.0
