"""How words sound."""

import pytest

from callagent.stt.pronunciation import Pronouncer
from callagent.stt.telephone_model import TelephoneModel


@pytest.fixture(scope="module")
def pronouncer(tmp_path_factory: pytest.TempPathFactory) -> Pronouncer:
    """Over the dictionary that pocketsphinx brings."""
    return Pronouncer(TelephoneModel(tmp_path_factory.getbasetemp()).dictionary)


@pytest.mark.parametrize(
    ("word", "phonemes"),
    [
        ("price", "P R AY S"),
        ("read", "R IY D"),
        ("read", "R EH D"),
        ("five", "F AY V"),
        ("five", "F AY IH V"),
        ("crompton", "K R AA M P T AH N"),
        ("haan", "HH AA N"),
        ("nahi", "N AH HH IY"),
        ("kitna", "K IH T N AA"),
        ("हाँ", "HH AA N"),
        ("हाँ", "HH AA"),
        ("रेट", "R EY T"),
        ("ऑर्डर", "AO R D ER"),
        ("नहीं", "N AH HH IY N"),
        ("do~", "D OW"),
    ],
)
def test_one_of_the_ways(pronouncer: Pronouncer, word: str, phonemes: str) -> None:
    """English words come from the dictionary, brands and Hindi words by rule."""
    assert tuple(phonemes.split()) in pronouncer.pronounce(word)


@pytest.mark.parametrize(
    ("word", "phonemes"),
    [
        ("ji", "JH IY"),
        ("haan", "HH AA N"),
        ("dukaan", "D UH K AA N"),
        ("dukaan", "DH UW K AA N"),
        ("chaar~", "CH AA R"),
        ("chaar~", "CH AA"),
        ("paanch~", "P AA N CH"),
        ("do", "D OW"),
        ("do", "D UW"),
        ("hai", "HH EH"),
        ("order", "AO R D ER"),
        ("lattu", "L AH T UW"),
        ("price", "P R AY S"),
    ],
)
def test_one_of_the_ways_of_who_talks_hindi(pronouncer: Pronouncer, word: str, phonemes: str) -> None:
    """Hindi words in Latin letters are Hindi; English ones are what the dictionary says."""
    assert tuple(phonemes.split()) in pronouncer.pronounce(word, hindi=True)


def test_english_is_not_spoken_as_hindi(pronouncer: Pronouncer) -> None:
    """To who talks English, a word of the dictionary is what the dictionary says, though Hindi has it too."""
    assert pronouncer.pronounce("do") == (("D", "UW"),)


def test_few_ways(pronouncer: Pronouncer) -> None:
    """Each further way makes decoding slower and other words likelier to be taken for this one."""
    words = ("haan", "nahi", "dukaan", "paanch~", "order", "बताइए", "एग्जॉस्ट")

    assert max(len(pronouncer.pronounce(word, hindi=True)) for word in words) <= 4


def test_no_way(pronouncer: Pronouncer) -> None:
    """Signs in place of a word have no pronunciation."""
    assert pronouncer.pronounce("'") == ()


def test_a_word_inside_another(pronouncer: Pronouncer) -> None:
    """Only whole entries of the dictionary count."""
    assert pronouncer.pronounce("fan") == (("F", "AE", "N"),)
