"""The agent's last words where a limit ends the call: stored prompts, past the stages, which may be stuck."""

from collections.abc import Mapping
from typing import Final

from callagent.call.lifetime import Limit
from callagent.call.mouth import Mouth, Utterance
from callagent.call.stored import StoredPrompts
from callagent.dialogue.standing import CALL_LATER, CALL_TOO_LONG, NOBODY_THERE, OUT_OF_ORDER

LINES: Final[Mapping[Limit, tuple[str, ...]]] = {
    "length": (CALL_TOO_LONG,),
    "silence": (NOBODY_THERE,),
    "restarts": (OUT_OF_ORDER, CALL_LATER),
}
"""By limit: what is said. A line without media has nobody to hear it."""
DISPOSITIONS: Final[Mapping[Limit, str]] = {
    "length": "longest call",
    "silence": "nobody there",
    "restarts": "failed",
}
"""How a call ended that a limit ended; a line without media is lost, as the leg would say."""


def say_farewell(limit: Limit, language: str, turn: int, stored: StoredPrompts, mouth: Mouth) -> None:
    """Put the words for a limit into the mouth, as far as they are stored."""
    for line in LINES[limit]:
        prompt = stored.find(language, line)
        if prompt is not None:
            utterance = Utterance(turn, prompt.text, line)
            mouth.add(utterance, prompt.audio.pcm, prompt.audio.words)
            mouth.finish(utterance)
