"""How far a recognized phrase can be believed.

A grammar always finds something: whatever was said, one of its phrases is the nearest. So the same audio is also
decoded with no grammar at all, as a free string of phonemes, and the phrase is believed as far as its phonemes are
those. The second witness is how badly the phrase fits the model frame by frame, the third its length: a short word fits
much by chance.
The weights come from a logistic regression over right and wrong answers; `tests/stt/tools/measure.py` counts both.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_KINDS = (
    "P T K B D G",
    "S Z SH ZH F TH HH CH JH V DH",
    "M N NG",
    "L R ER W Y",
    "IY IH EY EH AE",
    "AA AO AH OW UH UW AW AY OY",
)
_KIND = {phoneme: kind for kind, phonemes in enumerate(_KINDS) for phoneme in phonemes.split()}
WEIGHT_SIMILARITY = 7.6
WEIGHT_FIT = 0.3
WEIGHT_LENGTH = -0.39
BIAS = 2.65
_SIMILAR = 0.5
"""Cost of one phoneme in place of another of its kind; of another kind it is 1."""
_LONG = 12
"""Phonemes from which on length proves nothing more."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What two decodings of one utterance say about each other."""

    similarity: float
    """1 when both heard the same phonemes, 0 when they have nothing in common."""
    fit: float
    """Mean log score of the phrase's frames against the best of the whole model, 0 or less."""
    phonemes: int
    """In the phrase."""


def confidence(evidence: Evidence) -> float:
    """0 to 1: the chance that the phrase is what was said."""
    score = (
        WEIGHT_SIMILARITY * evidence.similarity
        + WEIGHT_FIT * evidence.fit
        + WEIGHT_LENGTH * min(evidence.phonemes, _LONG)
        + BIAS
    )
    return 1 / (1 + math.exp(-score))


def phone_similarity(expected: Sequence[str], heard: Sequence[str]) -> float:
    """1 less the edit distance between two strings of phonemes, relative to the longer one."""
    longest = max(len(expected), len(heard))
    if not longest:
        return 0.0
    above = [float(column) for column in range(len(heard) + 1)]
    for row, phoneme in enumerate(expected, start=1):
        line = [float(row)]
        for column, other in enumerate(heard, start=1):
            line.append(min(above[column] + 1, line[-1] + 1, above[column - 1] + _cost(phoneme, other)))
        above = line
    return 1 - above[-1] / longest


def _cost(one: str, other: str) -> float:
    if one == other:
        return 0.0
    return _SIMILAR if _KIND.get(one) == _KIND.get(other) else 1.0
