"""The parts of understanding: words, their sound, and numbers."""

import pytest

from callagent.dialogue.understanding.devanagari import in_latin
from callagent.dialogue.understanding.numbers import numbers_in
from callagent.dialogue.understanding.sound import Speller, sound_of
from callagent.dialogue.understanding.tokens import MAX_WORDS, tokens_of, words_in


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What's the PRICE?", ["whats", "the", "price"]),
        ("16A, 2.5sqmm", ["16", "a", "2.5", "sqmm"]),
        ("₹1,25,000", ["rupees", "125000"]),
        ("२.५ नंबर", ["2.5", "nanbar"]),
        ("two-way m.c.b.", ["two", "way", "m", "c", "b"]),
        ("10/11/2024", ["10/11/2024"]),
        ("\uff26\uff21\uff2e \u200dfan", ["fan", "fan"]),
        ("\x00😀--;", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    """One form whatever the script, the width and the punctuation."""
    assert words_in(text) == words


def test_words_are_bounded() -> None:
    """Nobody is read for ever."""
    assert len(tokens_of("a " * 10_000)) == MAX_WORDS


@pytest.mark.parametrize(
    ("word", "latin"),
    [("कितने", "kitne"), ("दुकान", "dukan"), ("नहीं", "nahin"), ("ज़रूरत", "zarurat"), ("बड़ा", "bada"), ("ऑर्डर", "ordar")],
)
def test_devanagari_in_latin_letters(word: str, latin: str) -> None:
    """As people type Hindi."""
    assert in_latin(word) == latin


@pytest.mark.parametrize(
    "words",
    [
        *(("keemat", "kimat", "qeemat"), ("ceiling", "selling", "seeling"), ("chahiye", "chahie", "chaiye")),
        *(("dukaan", "dukan"), ("phir", "fir"), ("light", "lite", "lait")),
    ],
)
def test_spellings_of_one_sound_have_one_key(words: tuple[str, ...]) -> None:
    """The key stands for the sound."""
    assert len({sound_of(word) for word in words}) == 1


def test_a_strange_word_is_known_by_its_sound() -> None:
    """The word itself, its plural, its sound, its consonants in Devanagari, its neighbour; else nothing."""
    speller = Speller(["geyser", "socket", "switch"])

    words = ("socket", "sockets", "geezer", "swich", "sockit", "elephant", "")
    guessed = {word: speller.guesses(word) for word in words}
    first = {word: guesses[0].word if guesses else None for word, guesses in guessed.items()}

    assert first == {
        "socket": "socket",
        "sockets": "socket",
        "geezer": "geyser",
        "swich": "switch",
        "sockit": "socket",
        "elephant": None,
        "": None,
    }
    assert speller.guesses("skit", native=True)[0].word == "socket"
    assert guessed["socket"][0].likeness > guessed["sockets"][0].likeness > guessed["sockit"][0].likeness


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("sixteen", ["16"]),
        ("twenty five", ["25"]),
        ("two point five", ["2.5"]),
        ("two and a half", ["2.5"]),
        ("one hundred and fifty two", ["152"]),
        ("two hundred fifty thousand", ["250000"]),
        ("dedh sau", ["150"]),
        ("dhaai hazaar", ["2500"]),
        ("saadhe teen sau", ["350"]),
        ("savaa sau", ["125"]),
        ("paune do lakh", ["175000"]),
        ("do sau fifty", ["250"]),
        ("do hazaar paanch sau", ["2500"]),
        ("ek lakh pacchees hazaar", ["125000"]),
        ("four five one two seven", ["4", "5", "1", "2", "7"]),
        ("सोलह", ["16"]),
        ("ढाई सौ", ["250"]),
        ("1.5 lakh", ["150000"]),
        ("do coil", ["2"]),
        ("bata do", []),
        ("do you have", []),
        ("hazaar", ["1000"]),
        ("one fifty", ["150"]),
        ("pachaash", ["50"]),
        ("connect kar do", []),
        ("kharid do hi", ["2"]),
        ("9" * 50, []),
        ("", []),
    ],
)
def test_numbers(text: str, numbers: list[str]) -> None:
    """As they are said in both languages, mixed and with fractions."""
    assert [number.text for number in numbers_in(tokens_of(text))] == numbers
