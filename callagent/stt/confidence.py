"""How far a recognized phrase can be believed.

A grammar always finds something: whatever was said, one of its phrases is the nearest. So the same audio is also
decoded with no grammar at all, as a free string of phonemes, and the first witness is how much more likely the phrase
makes the sound than that string does (the likelihood ratio of utterance verification: Rose and Paul, "A hidden Markov
model based keyword recognition system", ICASSP 1990). The second is the phrase's worst word, as strange speech rarely
fits every word badly. The third is how much of the speech was only fillers, which are short and fit anything.
The weights come from a logistic regression over right and wrong answers; `tests/stt/tools/measure.py` counts both.
"""

import math
from dataclasses import dataclass

WEIGHT_RATIO = 2.4
WEIGHT_WORST = 0.32
WEIGHT_FILLERS = -7.1
BIAS = 4.4
HINDI_NUMBER_DOUBT = 1.3
"""Log odds. Hindi digits are short and near to each other, and to the English ones that may stand between them: of
those heard with a middling score two of three are wrong, and a wrong number is worse than being asked again."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What two decodings of one utterance say about each other."""

    ratio: float
    """Log likelihood of the phrase less that of the free phonemes, per frame of speech; above 0 for most that is
    right."""
    worst: float
    """Mean log score of the worst word's frames against the best of the whole model, 0 or less."""
    fillers: float
    """Share of the speech, 0 to 1, that is fillers."""
    hindi_number: bool = False
    """Whether it is a number of one who talks Hindi."""


def confidence(signs: Signs) -> float:
    """0 to 1: the chance that the phrase is what was said."""
    score = WEIGHT_RATIO * signs.ratio + WEIGHT_WORST * signs.worst + WEIGHT_FILLERS * signs.fillers + BIAS
    if signs.hindi_number:
        score -= HINDI_NUMBER_DOUBT
    return 1 / (1 + math.exp(-score))
