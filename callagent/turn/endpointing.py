"""Endpointing: how much silence ends a caller's turn, judged from what was asked and from what was said so far.

"Yes" is complete when it is said; a telephone number is spoken in groups, and is not complete before its last digit;
"and..." is never the end. What comes in is one `Pause`; what comes out is a number of seconds, counted from the
caller's last sound. How long this caller's pauses are is learned from the ones after which they went on (`Tempo`).
"""

from dataclasses import dataclass
from typing import Final

from callagent.turn.patience import NEVER_S, Patience

AT_ONCE_S: Final = 0.2
"""After an answer to which nothing can be added: the voice detector's own time, and a breath."""
SURE_S: Final = 0.3
"""After words that are a whole answer, to which more may be added."""
KNOWN_S: Final = 0.35
"""After known words that may be all, and do not end as no sentence ends."""
UNFINISHED_S: Final = 1.6
"""After "and", "matlab", "um": the caller is looking for words."""
BETWEEN_GROUPS_S: Final = 2.2
"""Between two groups of a number that is not complete."""
LONGEST_S: Final = 2.5
UNLIKELY: Final = 0.25
"""Probability of the turn's being over, by its sound, up to which the sound counts.

A likely end is not believed alone: on telephone speech the model called every other cut sentence complete.
"""
OPEN: Final = 1.6
"""So many times as long a pause is waited out that sounds open."""


@dataclass(frozen=True, slots=True)
class Pause:
    """What is known while the caller is silent."""

    patience: Patience
    """For the kind of answer that is expected."""
    has_words: bool = False
    """Whether the words so far are known."""
    is_complete: bool = False
    """Whether they are one of the answers, to which nothing is expected to be added."""
    is_unfinished: bool = False
    """Whether they end as no sentence ends."""
    digits: int | None = None
    """Of a number that is asked for, how many were said; None where none is asked for, or not known."""
    fewest: int = 0
    """Digits that make a number complete."""
    most: int = 0
    """Digits after which there can be no more."""
    over: float | None = None
    """Probability that the turn is over by its sound; None where nobody knows."""


def silence_s(pause: Pause, usual_s: float = 0.0) -> float:
    """Seconds of silence, from the caller's last sound, that end the turn.

    `usual_s` is how long this caller's pauses are within a sentence; see `Tempo`.
    """
    if pause.digits is not None and pause.has_words:
        if pause.digits and pause.digits >= pause.most:
            return AT_ONCE_S
        if 0 < pause.digits < pause.fewest:
            return BETWEEN_GROUPS_S
    if pause.is_complete and pause.digits is None:
        return AT_ONCE_S if pause.patience.answers_are_whole else max(SURE_S, usual_s)
    if pause.is_unfinished:
        return max(UNFINISHED_S, pause.patience.pause_s)
    wanted_s = pause.patience.pause_s
    if pause.has_words and pause.patience.early_s < NEVER_S:
        wanted_s = min(wanted_s, KNOWN_S)
    if pause.over is not None and pause.over <= UNLIKELY and pause.digits is None:
        wanted_s *= OPEN
    return min(LONGEST_S, max(wanted_s, usual_s))


class Tempo:
    """How long one caller pauses in the middle of what they say."""

    MARGIN_S: Final = 0.15
    MOST_S: Final = 1.2
    KEPT: Final = 8
    """Pauses; older ones are forgotten."""

    def __init__(self) -> None:
        self._pauses: list[float] = []

    @property
    def usual_s(self) -> float:
        """Silence that this caller's own pauses fill; 0 before two of them were heard."""
        if len(self._pauses) < 2:
            return 0.0
        # The second longest: one long pause is no habit.
        return min(self.MOST_S, sorted(self._pauses)[-2] + self.MARGIN_S)

    def went_on(self, after_s: float) -> None:
        """They were silent for so long and then went on."""
        self._pauses = [*self._pauses, max(0.0, after_s)][-self.KEPT :]
