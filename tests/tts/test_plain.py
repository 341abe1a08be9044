"""Text made safe to be spoken."""

import pytest

from callagent.tts.hinglish import DEVANAGARI, respelled
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


@pytest.mark.parametrize(
    ("word", "spoken"),
    [
        ("Namaste", "नमस्ते"),
        ("kya", "क्या"),
        ("hain?", "हैं?"),
        ("(ji)", "(जी)"),
        ("main", "main"),
        ("do", "do"),
        ("fan,", "fan,"),
        ("1,249", "1,249"),
        ("haan-ji", "haan-ji"),
        ("?!", "?!"),
    ],
)
def test_common_hindi_words_get_their_own_script(word: str, spoken: str) -> None:
    """English words, also those that are Hindi as well, stay."""
    assert respelled(word) == spoken


def test_the_list_is_all_latin_to_devanagari() -> None:
    """No slip of the keyboard in it."""
    assert all(latin.isascii() and latin.islower() for latin in DEVANAGARI)
    assert all("\u0900" <= letter <= "\u097f" for hindi in DEVANAGARI.values() for letter in hindi)
