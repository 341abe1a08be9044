"""How long a line takes to say: an estimate from its letters, before any voice has spoken it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from callagent.dialogue.flow import Flow
from callagent.dialogue.wording import Place, Template

LETTERS_PER_S: Final[Mapping[str, float]] = {"en": 14.0, "hi": 11.5, "hinglish": 13.5}
"""By language, spaces and signs included; Devanagari writes a syllable with fewer letters."""
USUAL_LETTERS_PER_S: Final = 13.0
VALUE_LETTERS: Final = 14
"""Taken for a value that only a call knows."""
LONG_S: Final = 12.0
"""A caller has forgotten the beginning of what takes longer."""


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line in one language."""

    line: str
    language: str
    first_s: float
    """The first time it is said."""
    longest_s: float
    """In its longest wording."""


def spoken_lines(flow: Flow) -> Iterator[SpokenLine]:
    """Every line of every language, in the order of the prompts."""
    for language, prompts in flow.prompts.items():
        for name, line in prompts.lines.items():
            seconds = {variant: _seconds(wording, language) for variant, wording in line.wordings.items()}
            yield SpokenLine(name, language, round(seconds["text"], 1), round(max(seconds.values()), 1))


def _seconds(template: Template, language: str) -> float:
    pieces = [piece for sentence in template.sentences for piece in sentence]
    letters = sum(VALUE_LETTERS if isinstance(piece, Place) else len(piece) for piece in pieces)
    return (letters + len(template.sentences) - 1) / LETTERS_PER_S.get(language, USUAL_LETTERS_PER_S)
