"""Phrases as they are said."""

import pytest

from callagent.stt.spoken import spoken_words


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        ("Ceiling Fan", "ceiling fan"),
        ("16 amp switch", "sixteen amp switch"),
        ("A-1 fan", "a one fan"),
        ("2.5 mm wire", "two point five mm wire"),
        ("switch & socket", "switch and socket"),
        ("order 12345678", "order one two three four five six seven eight"),
        ("what's the price?", "what's the price"),
        ("what\u2019s new", "what's new"),
        ("1,200 rupees", "one two hundred rupees"),
        ("कितना है", "कितना है"),
        ("'quoted'", "quoted"),
        ("105 cm", "one hundred and five cm"),
        ("20 of 31", "twenty of thirty one"),
        ("1450 w", "one thousand four hundred and fifty w"),
        ("200000", "two lakh"),
        ("!?", ""),
    ],
)
def test_words(phrase: str, words: str) -> None:
    """A phrase becomes the words that a caller says."""
    assert spoken_words(phrase) == tuple(words.split())
