"""TRANSCRIBE: the caller's audio to words."""

import asyncio
from contextlib import aclosing

from pipecat.frames.frames import Frame

from callagent.call.frames import Given, InputFrame, TurnOpenedFrame
from callagent.call.stages.stage import HIDDEN, Stage, provider_failed
from callagent.dialogue.actions import CallerSaid, CallerUnheard, NothingWorks
from callagent.errors import ProviderError
from callagent.events import ProviderUsed, TranscriptReceived
from callagent.stt.transcriber import Transcript


class TranscribeStage(Stage):
    """The caller's audio to words."""

    stage_name = "transcribe"

    async def handle(self, frame: Frame) -> bool:
        """Transcribe an opened turn to its end and hand the words on, unless the turn is dropped."""
        if not isinstance(frame, TurnOpenedFrame):
            return False
        work = asyncio.create_task(self._transcribe(frame), name="transcribe")
        frame.audio.when_dropped(work.cancel)
        try:
            # Not awaited by itself: a dropped turn must not look like a stage that was cancelled.
            await asyncio.wait({work})
        finally:
            work.cancel()
        given = None if work.cancelled() else work.result()
        if given is None or frame.audio.dropped:
            return True
        said, heard = given
        push = self.desk.transcribed(frame.audio, InputFrame(self.desk.turn, said, heard))
        if push is not None:
            await self.push_frame(push)
        return True

    async def _transcribe(self, frame: TurnOpenedFrame) -> tuple[Given, TranscriptReceived]:
        """What was said, and the event that tells of it."""
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
        return self._given(last, is_heard=is_heard), heard

    def _given(self, transcript: Transcript, *, is_heard: bool) -> Given:
        if is_heard:
            return CallerSaid(transcript.text, transcript.confidence)
        return NothingWorks() if self.desk.ladder.gives_up() else CallerUnheard()

    async def recover(self, frame: Frame) -> None:
        """As if nothing could be understood."""
        if isinstance(frame, TurnOpenedFrame):
            push = self.desk.transcribed(frame.audio, InputFrame(self.desk.turn, CallerSaid("", 0.0)))
            if push is not None:
                await self.push_frame(push)
