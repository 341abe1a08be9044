"""What a call begins with, and what is kept of it for the next one."""

import zlib
from dataclasses import replace

from callagent.call.frames import Given
from callagent.call.hand_over import HandOver
from callagent.call.memory import Memory
from callagent.call.question import Question
from callagent.call.services import Services
from callagent.call.stage_keeper import StageKeeper
from callagent.dialogue.actions import CallBegan, Say, Transferred
from callagent.telephony.leg import LegInfo


class Opening:
    """That of one call."""

    def __init__(
        self,
        info: LegInfo,
        services: Services,
        memory: Memory,
        hand_over: HandOver,
        stages: StageKeeper,
        question: Question,
    ) -> None:
        self._info = info
        self._services = services
        self._memory = memory
        self._hand_over = hand_over
        self._stages = stages
        self._question = question
        self.first: Given = Transferred("nobody")
        """What the dialogue is told first."""

    async def begin(self) -> None:
        """Recall the caller, or take the call up where it was handed over; `first` is known then."""
        if self._hand_over.take_up():
            return
        info = self._info
        seed = zlib.crc32(info.call_id.encode())
        began = CallBegan(self._services.clock.wall(), info.caller, seed, outbound=info.outbound)
        self.first = await self._memory.recall(began)
        if not info.outbound:  # what they were at when they called is not why they are rung now
            self._stages.dialogue.cut_off = self._memory.cut_off

    def is_for_machine(self) -> bool:
        """A machine has answered: what it is told is `first` now; whether that is anything."""
        if not isinstance(self.first, CallBegan):
            return False
        self.first = replace(self.first, machine=True)
        return any(isinstance(action, Say) for action in self._services.dialogue.begin(self.first).actions)

    async def keep_unfinished(self) -> None:
        """Keep what the caller was in the middle of, for when they call again. After the call; never raises."""
        await self._memory.keep_unfinished(self._stages.dialogue.unfinished())

    async def remember(self, disposition: str) -> None:
        """Keep what the caller agreed to be known by. After the call; never raises."""
        await self._memory.remember(self._question.language, disposition, self._stages.dialogue.place)
