"""The languages in which values are said and read, and the ways of saying them."""

from typing import Final, Literal, TypeAlias

Language: TypeAlias = Literal["en", "hi", "hinglish"]
"""Indian English; Hindi in Devanagari; Hindi with English words in Latin letters."""

LANGUAGES: Final[tuple[Language, ...]] = ("en", "hi", "hinglish")

Style: TypeAlias = Literal["plain", "colloquial"]
"""Every number in full, which cannot be misheard; or as across a counter: "dedh sau", "savaa lakh"."""

Texts: TypeAlias = tuple[str, str, str]
"""The same words in each of `LANGUAGES`, in their order."""


def checked(language: str) -> Language:
    """`language` as one of `LANGUAGES`. Raises KeyError for any other."""
    for known in LANGUAGES:
        if language == known:
            return known
    raise KeyError(language)


def pick(texts: Texts, language: Language) -> str:
    """The words for a language."""
    return texts[LANGUAGES.index(language)]
