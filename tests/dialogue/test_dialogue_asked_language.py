"""Which words ask for a language, and which only mention one."""

import pytest

from callagent.dialogue.asked_language import asked_language

ALL = ("en", "hinglish", "hi")


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("hindi", "hi"),
        ("Can you speak in Hindi?", "hi"),
        ("hindi mein bolo", "hi"),
        ("हिन्दी में बात कीजिए", "hi"),
        ("switch to hinglish", "hinglish"),
        ("ok now in English please", "en"),
        ("अंग्रेज़ी में बोलिए", "en"),
    ],
)
def test_a_language_is_asked_for(words: str, language: str) -> None:
    """In any language, with whatever courtesy is around it."""
    assert asked_language(words, ALL) == language


@pytest.mark.parametrize(
    "words",
    ["", "price of ceiling fan in hindi", "hindi nahi aati", "english or hindi", "can you speak", "hindi newspaper"],
)
def test_nothing_else_asks_for_one(words: str) -> None:
    """More is in the sentence, or no one language is."""
    assert asked_language(words, ALL) == ""


def test_a_language_that_the_shop_does_not_speak() -> None:
    """Hindi is nearest to Hinglish; to English nothing is."""
    assert asked_language("hindi please", ("en", "hinglish")) == "hinglish"
    assert asked_language("english please", ("hi",)) == ""
