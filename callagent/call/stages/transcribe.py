"""TRANSCRIBE: the caller's audio to words."""

import asyncio
from contextlib import aclosing

from pipecat.frames.frames import Frame

from callagent.call.frames import Given, InputFrame, TurnOpenedFrame
from callagent.call.journal import EventLog
from callagent.call.services import Services
from callagent.call.stages.stage import HIDDEN, Desk, Stage, provider_failed
from callagent.dialogue.actions import CallerSaid, CallerUnheard, NothingWorks
from callagent.errors import ProviderError
from callagent.events import ProviderUsed, TranscriptReceived
from callagent.stt.transcriber import Transcript


class TranscribeStage(Stage):
    """The caller's audio to words."""

    stage_name = "transcribe"

    def __init__(self, services: Services, journal: EventLog, desk: Desk) -> None:
        super().__init__(services, journal, desk)
        self._works: set[asyncio.Task[None]] = set()

    async def handle(self, frame: Frame) -> bool:
        """Have an opened turn transcribed to its end and hand the words on, unless the turn is dropped.

        Nothing waits for that: an answer may have to pass that is begun before the turn is over.
        """
        if not isinstance(frame, TurnOpenedFrame):
            return False
        work = asyncio.create_task(self._work(frame), name="transcribe")
        self._works.add(work)
        work.add_done_callback(self._works.discard)
        frame.audio.when_dropped(work.cancel)
        return True

    async def _work(self, frame: TurnOpenedFrame) -> None:
        try:
            transcript, said = await self._transcribe(frame)
            self.desk.transcribed(frame.audio, transcript, said)
        except Exception as error:  # noqa: BLE001  # the last fence: a call must not die of one turn
            await self.failed(frame, error)

    async def cleanup(self) -> None:
        """Stop what is being transcribed; the call is over."""
        for work in self._works:
            work.cancel()
        await super().cleanup()  # type: ignore[no-untyped-call]  # pipecat leaves it without types

    async def _transcribe(self, frame: TurnOpenedFrame) -> tuple[Transcript, InputFrame]:
        """What was said, and what the dialogue may be given of it."""
        transcriber = self.services.transcriber
        last, is_heard = Transcript("", 0.0, final=True, provider=""), True
        try:
            async with aclosing(transcriber.transcribe(aiter(frame.audio), frame.hints)) as transcripts:
                async for transcript in transcripts:
                    last = transcript
                    if not transcript.final:
                        self.desk.words_came(frame.audio, transcript)
        except ProviderError as error:
            self.journal.write(provider_failed(self.journal.at_s(), "stt", error))
            last, is_heard = Transcript("", 0.0, final=True, provider=error.provider), False
            self.desk.ladder.failed("stt")
        else:
            self.desk.ladder.works("stt")
            version = last.version or transcriber.info.version
            self.journal.write(
                ProviderUsed(at_s=self.journal.at_s(), stage="stt", provider=last.provider, version=version)
            )
        heard = TranscriptReceived(
            at_s=self.journal.at_s(),
            turn=self.desk.turn,
            text=HIDDEN if self.desk.private and last.text else last.text,
            confidence=round(last.confidence, 3),
            provider=last.provider,
        )
        return last, InputFrame(self.desk.turn, self._given(last, is_heard=is_heard), heard)

    def _given(self, transcript: Transcript, *, is_heard: bool) -> Given:
        if is_heard:
            return CallerSaid(transcript.text, transcript.confidence)
        return NothingWorks() if self.desk.ladder.gives_up() else CallerUnheard()

    async def recover(self, frame: Frame) -> None:
        """As if nothing could be understood."""
        if isinstance(frame, TurnOpenedFrame):
            nothing = Transcript("", 0.0, final=True, provider="")
            self.desk.transcribed(frame.audio, nothing, InputFrame(self.desk.turn, CallerSaid("", 0.0)))
