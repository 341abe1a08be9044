"""Text made safe to be spoken."""

import pytest

from callagent.tts.plain import plain_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello,  there!\n", ["Hello,", "there!"]),
        ("<b>bold</b> and <br/>", ["bold", "and"]),
        ("5 < 6 > 4", ["5", "<", "6", ">", "4"]),
        ("say [[x]] now", ["say", "x", "now"]),
        ("a\x01b\x00c\x7f", ["abc"]),
        ("tab\tand\u2028line", ["tab", "and", "line"]),
        ("क्\u200dष", ["क्\u200dष"]),
        ("e\u0301", ["é"]),
        ("... - !", []),
        ("", []),
    ],
)
def test_only_words_are_left(text: str, words: list[str]) -> None:
    """With their punctuation, and with what Indic scripts need."""
    assert plain_words(text) == words
