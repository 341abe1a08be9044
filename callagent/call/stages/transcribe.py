"""TRANSCRIBE: the caller's audio to words."""

from collections.abc import AsyncGenerator
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
        """Transcribe an opened turn to its end and hand the words on."""
        if not isinstance(frame, TurnOpenedFrame):
            return False
        transcriber = self.services.transcriber
        try:
            transcript = await _final(transcriber.transcribe(aiter(frame.audio), frame.hints))
        except ProviderError as error:
            self.journal.write(provider_failed(self.journal.at_s(), "stt", error))
            transcript, is_heard = Transcript("", 0.0, final=True, provider=error.provider), False
            self.desk.ladder.failed("stt")
        else:
            is_heard = True
            self.desk.ladder.works("stt")
            version = transcript.version or transcriber.info.version
            self.journal.write(
                ProviderUsed(at_s=self.journal.at_s(), stage="stt", provider=transcript.provider, version=version)
            )
        if not self.desk.transcribed(frame.turn):
            return True
        heard = TranscriptReceived(
            at_s=self.journal.at_s(),
            turn=frame.turn,
            text=HIDDEN if self.desk.private and transcript.text else transcript.text,
            confidence=round(transcript.confidence, 3),
            provider=transcript.provider,
        )
        await self.push_frame(InputFrame(frame.turn, self._given(transcript, is_heard=is_heard), heard))
        return True

    def _given(self, transcript: Transcript, *, is_heard: bool) -> Given:
        if is_heard:
            return CallerSaid(transcript.text, transcript.confidence)
        return NothingWorks() if self.desk.ladder.gives_up() else CallerUnheard()

    async def recover(self, frame: Frame) -> None:
        """As if nothing could be understood."""
        if isinstance(frame, TurnOpenedFrame) and self.desk.transcribed(frame.turn):
            await self.push_frame(InputFrame(frame.turn, CallerSaid("", 0.0)))


async def _final(transcripts: AsyncGenerator[Transcript, None]) -> Transcript:
    """The final transcript of a turn."""
    last = Transcript("", 0.0, final=True, provider="")
    async with aclosing(transcripts) as stream:
        async for transcript in stream:
            last = transcript
    return last
