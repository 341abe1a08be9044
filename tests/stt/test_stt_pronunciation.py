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
        ("हाँ", "HH AE N"),
        ("नहीं", "N AH HH IY N"),
        ("do~", "D OW"),
    ],
)
def test_one_of_the_ways(pronouncer: Pronouncer, word: str, phonemes: str) -> None:
    """English words come from the dictionary, brands and Hindi words by rule."""
    assert tuple(phonemes.split()) in pronouncer.pronounce(word)


def test_no_way(pronouncer: Pronouncer) -> None:
    """Signs in place of a word have no pronunciation."""
    assert pronouncer.pronounce("'") == ()


def test_a_word_inside_another(pronouncer: Pronouncer) -> None:
    """Only whole entries of the dictionary count."""
    assert pronouncer.pronounce("fan") == (("F", "AE", "N"),)
