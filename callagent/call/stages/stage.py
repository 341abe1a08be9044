"""What the three stages have in common."""

from typing import Final, Protocol

import structlog
from pipecat.frames.frames import Frame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from callagent.call.early import Pending
from callagent.call.faults import fault
from callagent.call.feed import AudioFeed
from callagent.call.frames import InputFrame, Last
from callagent.call.journal import EventLog
from callagent.call.ladder import Ladder
from callagent.call.services import Services
from callagent.call.waiting import Waiting
from callagent.dialogue.actions import HangUp, Listen
from callagent.errors import ProviderError
from callagent.events import ProviderFailed, StageFailed, StageName
from callagent.stt.transcriber import Transcript

log = structlog.get_logger("callagent.call")

HIDDEN: Final = "[private]"


class Desk(Protocol):
    """What the stages may ask of, and must tell, their call."""

    @property
    def turn(self) -> int:
        """The caller's turn that is being answered, or is open."""
        ...

    @property
    def listening(self) -> Listen | None:
        """What the caller was last asked."""
        ...

    @property
    def private(self) -> bool:
        """Whether the answer to it must be hidden."""
        ...

    @property
    def ladder(self) -> Ladder:
        """Which stages are down."""
        ...

    @property
    def waiting(self) -> Waiting:
        """What the caller who waits is told."""
        ...

    @property
    def pending(self) -> Pending:
        """What is put off for an answer that may be thrown away."""
        ...

    def give_up(self) -> None:
        """Nothing works: let the dialogue leave the caller to a person."""
        ...

    def words_came(self, audio: AudioFeed, transcript: Transcript) -> None:
        """What was said so far, of what is still being said."""
        ...

    def transcribed(self, audio: AudioFeed, transcript: Transcript, said: InputFrame) -> None:
        """All that came through a feed was recognized, or could not be."""
        ...

    def expect(self, listen: Listen) -> None:
        """The dialogue knows what the caller can say next."""
        ...

    def goodbye(self, wanted: HangUp) -> int:
        """The dialogue wants to end the call; the turn under which its last words are to be spoken."""
        ...

    def must_be_heard(self) -> None:
        """The caller's voice must not cut what is said now."""
        ...

    def answered(self, then: Last) -> None:
        """Everything that was to be said has been heard, or was dropped."""
        ...


class Stage(FrameProcessor):
    """A processor that handles its own frames in `handle` and lets all others pass."""

    def __init__(self, services: Services, journal: EventLog, desk: Desk) -> None:
        super().__init__()
        self.services = services
        self.journal = journal
        self.desk = desk

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Take a frame; an exception in our own code is reported, and the call goes on."""
        await super().process_frame(frame, direction)
        try:
            handled = await self.handle(frame)
        except Exception as error:  # noqa: BLE001  # the last fence: a call must not die of one turn
            handled = True
            await self.failed(frame, error)
        if not handled:
            await self.push_frame(frame, direction)

    async def failed(self, frame: Frame, error: Exception) -> None:
        """Report an exception in our own code, and let the call go on."""
        log.error("stage failed", stage=self.stage_name, **fault(error))
        self.journal.write(StageFailed(at_s=self.journal.at_s(), stage=self.stage_name, error=type(error).__name__))
        await self.recover(frame)

    stage_name = "stage"

    async def handle(self, frame: Frame) -> bool:
        """Deal with a frame of this stage's own; False for any other."""
        raise NotImplementedError

    async def recover(self, frame: Frame) -> None:
        """Let the conversation go on after `frame` could not be handled."""


def provider_failed(at_s: float, stage: StageName, error: ProviderError) -> ProviderFailed:
    """A provider's error as an event: its class only, since its text may hold what nobody should log."""
    return ProviderFailed(at_s=at_s, stage=stage, provider=error.provider, error=type(error).__name__)
