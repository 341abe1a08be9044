"""The stages of a call in their pipeline: begun, fed, and begun anew where a task of theirs died."""

from typing import Protocol

import structlog

from callagent.call.errands import Errands
from callagent.call.frames import EarlyInputFrame, InputFrame, TurnOpenedFrame
from callagent.call.journal import EventLog
from callagent.call.mouth import Mouth
from callagent.call.pipeline import CallPipeline
from callagent.call.services import Services
from callagent.call.stages.dialogue import DialogueStage
from callagent.call.stages.speak import SpeakStage
from callagent.call.stages.stage import Desk
from callagent.call.stages.transcribe import TranscribeStage
from callagent.events import StageFailed, TaskRestarted
from callagent.resilience.supervision import RestartBudget

log = structlog.get_logger("callagent.call")


class KeptDesk(Desk, Protocol):
    """What is told besides of the stages' life and death."""

    def renewed(self) -> None:
        """Others are in place of dead stages: they know where the conversation stands, not what those were at."""
        ...

    def out_of_order(self) -> None:
        """They died once too often: there are none any more."""
        ...


class StageKeeper:
    """One per call. What is sent is for the stages that live then."""

    def __init__(
        self, call_id: str, services: Services, journal: EventLog, desk: KeptDesk, dialogue: DialogueStage, mouth: Mouth
    ) -> None:
        self.dialogue = dialogue
        """The one that decides now."""
        self._call_id = call_id
        self._services = services
        self._journal = journal
        self._desk = desk
        self._mouth = mouth
        self._errands = Errands(call_id, journal)
        self._restarts = RestartBudget()
        self._pipeline = self._make_pipeline()

    def _make_pipeline(self) -> CallPipeline:
        services, journal, desk = self._services, self._journal, self._desk
        return CallPipeline(
            [
                TranscribeStage(services, journal, desk),
                self.dialogue,
                SpeakStage(services, journal, desk, self._mouth),
            ],
            self._died,
        )

    async def start(self) -> None:
        """Have the stages take frames."""
        await self._pipeline.start()

    async def stop(self, within_s: float) -> bool:
        """End them; False when the pipeline had to be left behind."""
        self._errands.stop()
        return await self._pipeline.stop(within_s)

    def send(self, frame: EarlyInputFrame | InputFrame | TurnOpenedFrame) -> None:
        """Give them something to do, after what they were given before."""
        self._pipeline.send(frame)

    def interrupt(self) -> None:
        """Cancel what they are doing; what is sent afterwards is not touched."""
        self._pipeline.interrupt()

    def _died(self, task: str, error: str) -> None:
        log.error("a task of a call died", call=self._call_id, task=task, error=error)
        if not self._restarts.spend(self._services.clock.now_s()):
            self._journal.write(StageFailed(at_s=self._journal.at_s(), stage="pipeline", error=error))
            self._desk.out_of_order()
            return
        self._journal.write(TaskRestarted(at_s=self._journal.at_s(), task=task, error=error))
        dead = self._pipeline
        self.dialogue = self.dialogue.successor()
        self._pipeline = self._make_pipeline()
        self._errands.run(self._replace(dead))
        self._desk.renewed()

    async def _replace(self, dead: CallPipeline) -> None:
        await self._pipeline.start()
        await dead.stop(self._services.limits.pipeline_stop_s)
