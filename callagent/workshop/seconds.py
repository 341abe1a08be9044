"""How long a line takes to say: an estimate from its letters, before any voice has spoken it."""

from collections.abc import Iterator
from dataclasses import dataclass

from callagent.dialogue.flow import Flow
from callagent.dialogue.wordings import spoken_s


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
            seconds = {variant: spoken_s(wording, language) for variant, wording in line.wordings.items()}
            yield SpokenLine(name, language, round(seconds["text"], 1), round(max(seconds.values()), 1))
