"""Which stages of a call are down, all their providers included, and what goes on in their place.

    stage down          the call goes on
    stt                 by keypad
    llm                 by the flow alone
    tts                 with stored prompts
    stt and tts         to a person of the flow, or to a message for one

A stage is down from the turn on in which the last of its providers failed, until one of them does its work again.
"""

from typing import Final, Literal

from callagent.call.journal import Journal
from callagent.events import StageBack, StageDown, StageName

INSTEAD: Final[dict[StageName, Literal["keypad", "flow", "stored prompts"]]] = {
    "stt": "keypad",
    "llm": "flow",
    "tts": "stored prompts",
}


class Ladder:
    """One per call."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._down: set[StageName] = set()
        self._given_up = False

    def gives_up(self) -> bool:
        """Whether the caller can neither be heard nor be told anything new; True once in a call."""
        if self._given_up or not {"stt", "tts"} <= self._down:
            return False
        self._given_up = True
        return True

    def is_down(self, stage: StageName) -> bool:
        """Whether all providers of a stage failed when they were last needed."""
        return stage in self._down

    def failed(self, stage: StageName) -> None:
        """All providers of a stage failed in a turn."""
        if stage not in self._down:
            self._down.add(stage)
            self._journal.write(StageDown(at_s=self._journal.at_s(), stage=stage, instead=INSTEAD[stage]))

    def works(self, stage: StageName) -> None:
        """One of them did its work."""
        if stage in self._down:
            self._down.discard(stage)
            self._journal.write(StageBack(at_s=self._journal.at_s(), stage=stage))
