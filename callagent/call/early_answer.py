"""Begins to answer what a caller said before it is sure that this was all; keeps the answer, or throws it away."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from callagent.call.caller_turn import CallerTurn
from callagent.call.early import EarlyStart, StageJournal
from callagent.call.frames import EarlyInputFrame, InputFrame
from callagent.call.question import Question
from callagent.call.sound import Sound
from callagent.call.stage_keeper import StageKeeper
from callagent.call.turn_end import TurnEnd
from callagent.clock import Clock
from callagent.dialogue.actions import CallerSaid
from callagent.events import TranscriptReceived

QUIET_S: Final = 0.06
"""Silence after which what was said by then may be all."""


class EarlyAnswer:
    """One per call; at most one answer at a time."""

    def __init__(
        self,
        clock: Clock,
        turn: CallerTurn,
        turn_end: TurnEnd,
        question: Question,
        sound: Sound,
        stages: StageKeeper,
        journal: StageJournal,
    ) -> None:
        self._clock = clock
        self._turn = turn
        self._turn_end = turn_end
        self._question = question
        self._sound = sound
        self._stages = stages
        self._journal = journal
        self._start: EarlyStart | None = None

    @property
    def under_way(self) -> bool:
        """Whether there is one."""
        return self._start is not None

    def consider(self) -> None:
        """Begin to answer what was said so far, where that may be all; drop an answer to other words."""
        turn, now_s = self._turn, self._clock.now_s()
        if self._start is not None:
            if turn.said.words == self._start.words:
                return
            self.forget()
        if self._question.private or turn.transcript is None or self._sound.ear.quiet_s(now_s) < QUIET_S:
            return
        if not self._turn_end.may_be_over(turn) or self._stages.dialogue.state is None:
            return
        said = CallerSaid(turn.transcript.text, turn.transcript.confidence)
        self._start = EarlyStart(turn.number, turn.said.words, said.confidence)
        self._journal.hold()
        self._sound.mouth.pause(now_s)
        self._stages.send(EarlyInputFrame(turn.number, said))

    def is_to(self, said: InputFrame) -> bool:
        """Whether an answer to just these words was begun, and not only asked for."""
        given, start = said.given, self._start
        # A stage that has not come to it yet would not know what there is to keep.
        if start is None or not self._stages.dialogue.answers_early:
            return False
        if said.heard is None or not isinstance(given, CallerSaid):
            return False
        return start.answers(self._question.so_far(given.text).words, given.confidence)

    def keep(self, heard: TranscriptReceived) -> None:
        """That was all: the answer is heard, and has its effects."""
        start, self._start = self._start, None
        if start is None:
            return
        heard = replace(heard, at_s=self._journal.at_s(), turn=start.turn)
        self._journal.keep(self._stages.dialogue.keep(heard))
        start.keep()
        self._sound.mouth.resume(self._clock.now_s())

    def forget(self) -> None:
        """The caller goes on, or has said something else: nothing of the answer ever was."""
        start, self._start = self._start, None
        if start is None:
            return
        start.forget()
        self._stages.dialogue.undo()
        self._journal.forget()
        self._turn.renumber()
        self._sound.mouth.stop(self._clock.now_s())
        self._stages.interrupt()

    def waits(self, what: str, tell: Callable[[], object], *, begun: bool) -> bool:
        """It begins to wait for something, or has got it; False when there is no such answer.

        `tell` lets the caller be told; it is called when the answer is kept and still waits then.
        """
        if self._start is None:
            return False
        if begun:
            self._start.waits[what] = tell
        else:
            self._start.waits.pop(what, None)
        return True

    def later(self, effect: Callable[[], object]) -> None:
        """Have something done that cannot be taken back: now, or when the answer that it is for is kept."""
        if self._start is None:
            effect()
        else:
            self._start.later(effect)

    async def settled(self) -> bool:
        """Wait until the answer that is being made is known to be kept; False when it is thrown away."""
        return self._start is None or await self._start.settled()
