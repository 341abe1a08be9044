"""How values are said aloud, under the names the loader and the checks use; the words are made in `spoken`."""

from collections.abc import Mapping
from dataclasses import dataclass

from callagent.dialogue.spoken import FORMS, LANGUAGES, Language, say_hours, say_value

__all__ = ["FORMS", "SPEAKERS", "Speaker", "say_value"]


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says values in one language."""

    language: Language

    def hours(self, week: Mapping[int, tuple[int, int] | None]) -> str:
        """When the shop is open: weekday (Monday is 0) to opening and closing in minutes; None where it is closed."""
        return say_hours(week, self.language)


SPEAKERS: Mapping[str, Speaker] = {language: Speaker(language) for language in LANGUAGES}
