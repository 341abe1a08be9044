"""What all voices are held to."""

from typing import Final

from callagent.errors import ProviderRejectedError
from callagent.tts.synthesizer import Speech

LONGEST_TEXT: Final = 2000
"""Characters; more is no sentence, and would keep other calls waiting."""
FAREWELL_S: Final = 0.6
"""How long a service may be silent once all has been said, before its answer counts as complete."""
_LONGEST_S: Final = 5.0
_LONGEST_PER_CHARACTER_S: Final = 0.5


def check_speech(provider: str, speech: Speech) -> None:
    """Raises ProviderRejectedError for what no voice can speak."""
    if speech.rate <= 0:
        raise ProviderRejectedError(provider, f"a rate of {speech.rate} cannot be spoken; 1.0 is normal")
    if len(speech.text) > LONGEST_TEXT:
        raise ProviderRejectedError(provider, f"a text of more than {LONGEST_TEXT} characters; speak it in sentences")


def longest_s(text: str) -> float:
    """More audio than this, several times what a slow speaker takes, is something else than the text."""
    return _LONGEST_S + _LONGEST_PER_CHARACTER_S * len(text)
