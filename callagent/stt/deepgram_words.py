"""What Deepgram is told of a turn before it, and what it makes of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from callagent.stt.transcriber import Hints

LANGUAGES: Final = {"hinglish": "multi"}
"""Its name for a language, where that is not the tag itself."""
KEYTERM_TOKENS: Final = 400
"""Of the 500 that it takes: with more it falls silent, and its tokens can only be estimated here."""
BYTES_PER_TOKEN: Final = 3
LONGEST_TEXT: Final = 4000
"""Characters of one turn; a minute of fast speech has 1500."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a stream listens for."""

    language: str
    """As Deepgram calls it."""
    keyterms: tuple[str, ...] = ()
    numerals: bool = False
    """Whether numbers are to be written in figures."""


def setting_for(hints: Hints, *, keyterms: bool) -> Setting:
    """What to listen for in a turn."""
    language = LANGUAGES.get(hints.language, hints.language)
    return Setting(
        language=language,
        keyterms=_affordable(hints.phrases) if keyterms else (),
        # Its figures do not include Hindi; among several languages those others are written so that have them.
        numerals=hints.digits is not None and language != "hi",
    )


def _affordable(phrases: Sequence[str]) -> tuple[str, ...]:
    """The first of the phrases, as many as it takes at a time."""
    chosen: list[str] = []
    left = KEYTERM_TOKENS
    for phrase in dict.fromkeys(phrases):
        cost = max(len(phrase.split()), math.ceil(len(phrase.encode()) / BYTES_PER_TOKEN))
        if not phrase.strip() or "," in phrase or cost > left:
            continue
        chosen.append(phrase)
        left -= cost
    return tuple(chosen)


class Words:
    """What has been heard of one turn so far: the settled stretches, and a guess at the one being spoken."""

    def __init__(self) -> None:
        self.results = 0
        """How many were taken."""
        self._settled: list[str] = []
        self._guess = ""
        self._confidences: list[tuple[float, int]] = []
        """Of each settled stretch that has words, with how many."""

    def take(self, results: Any) -> None:
        """Take a `Results` message. Raises ValueError for one that is not sound."""
        try:
            best = results.channel.alternatives[0]
            text, confidence = best.transcript, float(best.confidence)
        except (AttributeError, IndexError, TypeError) as error:
            raise ValueError("a result without a transcript") from error
        if not isinstance(text, str) or not 0 <= confidence <= 1 or len(self.text) + len(text) > LONGEST_TEXT:
            raise ValueError("a result that no speech can have")
        self.results += 1
        text = " ".join(text.lower().split())
        if results.is_final is True:
            self._guess = ""
            if text:
                self._settled.append(text)
                self._confidences.append((confidence, len(text.split())))
        else:
            self._guess = text

    @property
    def text(self) -> str:
        """Lower case."""
        return " ".join([*self._settled, *([self._guess] if self._guess else [])])

    @property
    def confidence(self) -> float:
        """0 to 1: the mean over the settled words; 0 without any."""
        words = sum(count for _, count in self._confidences)
        return round(sum(mean * count for mean, count in self._confidences) / words, 3) if words else 0.0
