"""What a call begins with, and what is kept of it for the next one."""

import zlib

from callagent.call.frames import Given
from callagent.call.hand_over import HandOver
from callagent.call.memory import Memory
from callagent.call.question import Question
from callagent.call.services import Services
from callagent.call.stage_keeper import StageKeeper
from callagent.dialogue.actions import CallBegan, Transferred
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
        began = CallBegan(self._services.clock.wall(), info.caller, seed=zlib.crc32(info.call_id.encode()))
        self.first = await self._memory.recall(began)
        self._stages.dialogue.cut_off = self._memory.cut_off

    async def keep_unfinished(self) -> None:
        """Keep what the caller was in the middle of, for when they call again. After the call; never raises."""
        await self._memory.keep_unfinished(self._stages.dialogue.unfinished())

    async def remember(self, disposition: str) -> None:
        """Keep what the caller agreed to be known by. After the call; never raises."""
        await self._memory.remember(self._question.language, disposition, self._stages.dialogue.place)
