"""An answer that is begun before the caller's turn is over, in case nothing follows: kept, or thrown away.

What cannot be taken back waits until it is known which: an effect is put off, and what depends on one waits.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from callagent.call.journal import Journal
from callagent.call.stage_journal import StageJournal

SAME_CONFIDENCE: Final = 0.1
"""How much less sure of the same words a recogniser may be in the end."""


class EarlyStart:
    """One answer. `turn` is what its frames are marked with."""

    def __init__(self, turn: int, words: tuple[str, ...], confidence: float) -> None:
        self.turn = turn
        self.words = words
        """What it answers."""
        self.waits: dict[str, Callable[[], object]] = {}
        """What it waits for now, and what tells the caller so once the answer is kept."""
        self._confidence = confidence
        self._effects: list[Callable[[], object]] = []
        self._kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def answers(self, words: tuple[str, ...], confidence: float) -> bool:
        """Whether the answer is one to these words."""
        return words == self.words and confidence > self._confidence - SAME_CONFIDENCE

    def later(self, effect: Callable[[], object]) -> None:
        """Do this when the answer is kept."""
        self._effects.append(effect)

    async def settled(self) -> bool:
        """Wait until it is known whether the answer is kept."""
        return await asyncio.shield(self._kept)

    def keep(self) -> None:
        """The turn is over, and these were its words."""
        effects, self._effects = self._effects, []
        for effect in effects:
            effect()
        self._kept.set_result(True)
        for tell in self.waits.values():
            tell()

    def forget(self) -> None:
        """The caller has gone on, or said something else."""
        self._kept.set_result(False)


class Pending:
    """What the stages do for an answer that may be thrown away: it is put off. For any other it is done at once.

    One per call.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = StageJournal(journal)
        """What the stages write into."""
        self.start: EarlyStart | None = None
        """The answer that may be thrown away; None when there is none."""

    def later(self, effect: Callable[[], object]) -> None:
        """Have something done that cannot be taken back: now, or when the answer that it is for is kept."""
        if self.start is None:
            effect()
        else:
            self.start.later(effect)

    async def settled(self) -> bool:
        """Wait until the answer that is being made is known to be kept; False when it is thrown away."""
        return self.start is None or await self.start.settled()

    def waits(self, what: str, tell: Callable[[], object], *, begun: bool) -> bool:
        """The answer begins to wait for something, or has got it; False when there is none to be thrown away.

        `tell` lets the caller be told; it is called when the answer is kept and still waits then.
        """
        if self.start is None:
            return False
        if begun:
            self.start.waits[what] = tell
        else:
            self.start.waits.pop(what, None)
        return True
