"""An answer that is begun before the caller's turn is over, in case nothing follows: kept, or thrown away.

What cannot be taken back waits until it is known which: an effect is put off, and what depends on one waits.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from callagent.call.journal import Journal
from callagent.events import Event

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


class StageJournal(Journal):
    """The journal as the stages write it: what they do for an answer that may be thrown away is put off."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._held: list[Event] | None = None

    def at_s(self, now_s: float | None = None) -> float:
        """As `Journal.at_s`."""
        return self._journal.at_s(now_s)

    def write(self, event: Event) -> None:
        """Add an event, now or when it is known that it counts."""
        if self._held is None:
            self._journal.write(event)
        else:
            self._held.append(event)

    def hold(self) -> None:
        """What comes from now on may be thrown away."""
        self._held = []

    def keep(self, first: Event) -> None:
        """It counts, after `first`, and from now on: a stream of events never goes back in time."""
        held, self._held = self._held or [], None
        for event in (first, *held):
            self._journal.write(replace(event, at_s=self._journal.at_s()))

    def forget(self) -> None:
        """Nothing of it ever was."""
        self._held = None
