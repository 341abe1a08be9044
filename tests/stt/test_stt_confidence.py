"""How far an answer is believed."""

from callagent.stt.confidence import Evidence, confidence, phone_similarity


def test_similarity_of_the_same_phonemes() -> None:
    """Two witnesses that heard the same agree fully."""
    assert phone_similarity(["F", "AE", "N"], ["F", "AE", "N"]) == 1


def test_similarity_of_related_phonemes() -> None:
    """A phoneme in place of a related one costs half, of an unrelated one all."""
    assert phone_similarity(["F", "AE"], ["S", "AE"]) == 0.75
    assert phone_similarity(["F", "AE"], ["N", "AE"]) == 0.5


def test_similarity_of_different_lengths() -> None:
    """Phonemes that only one of them heard count against them."""
    assert phone_similarity(["F", "AE", "N", "Z"], ["F", "AE", "N"]) == 0.75


def test_similarity_of_nothing() -> None:
    """Nothing resembles nothing not at all."""
    assert phone_similarity([], []) == 0


def test_confidence_grows_with_every_witness() -> None:
    """More similarity and a better fit make an answer more believable, never beyond 0 to 1."""
    poor = confidence(Evidence(similarity=0.0, fit=-9.0, phonemes=3))
    middling = confidence(Evidence(similarity=0.5, fit=-5.0, phonemes=3))
    good = confidence(Evidence(similarity=1.0, fit=-3.0, phonemes=3))

    assert 0 <= poor < middling < good <= 1
