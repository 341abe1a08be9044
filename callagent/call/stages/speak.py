"""SPEAK: what is to be said to audio, into the mouth."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from pipecat.frames.frames import Frame

from callagent.call.frames import AnswerEndFrame, SayFrame
from callagent.call.journal import Journal
from callagent.call.mouth import Mouth, Utterance
from callagent.call.services import Services
from callagent.call.stages.stage import Desk, Stage, provider_failed
from callagent.dialogue.actions import Record
from callagent.errors import ProviderError
from callagent.events import ProviderUsed, SpeechReady
from callagent.media.level import amplified
from callagent.media.tone import beep
from callagent.tts.synthesizer import Speech, SpeechChunk

BEEP: Final = "beep"
"""What the tone before a message is called among the lines that were said."""


class SpeakStage(Stage):
    """What is to be said to audio, into the mouth."""

    stage_name = "speak"

    def __init__(self, services: Services, journal: Journal, desk: Desk, mouth: Mouth) -> None:
        super().__init__(services, journal, desk)
        self.mouth = mouth
        self._readied = -1
        """The last turn whose first audio was reported."""

    async def handle(self, frame: Frame) -> bool:
        """Speak a sentence, or note that the answer is complete."""
        match frame:
            case SayFrame() if frame.turn == self.desk.turn:
                await self._speak(frame)
            case AnswerEndFrame() if frame.turn == self.desk.turn:
                if isinstance(frame.then, Record):
                    tone = Utterance(frame.turn, "", BEEP)
                    self.mouth.add(tone, beep())
                    self.mouth.finish(tone)
                self.mouth.when_silent(lambda: self.desk.answered(frame.then))
            case SayFrame() | AnswerEndFrame():
                pass
            case _:
                return False
        return True

    async def _speak(self, frame: SayFrame) -> None:
        synthesizer = self.services.synthesizer
        say = frame.say
        speech = Speech(say.text, frame.language, self.services.voice_for(frame.language, say.mood), say.pace)
        cached = say.fixed and synthesizer.is_cached(speech)
        spoken = synthesizer.fixed(speech) if say.fixed else synthesizer.synthesize(speech)
        # Of the text as it is spoken, so that the history holds what was heard and no markup.
        utterance = Utterance(frame.turn, speech.text, say.line, say.gain_db)
        broken = True
        try:
            await self._say(utterance, spoken, cached=cached)
            broken = False
        except ProviderError as error:
            self.journal.write(provider_failed(self.journal.at_s(), "tts", error))
        finally:
            self.mouth.finish(utterance, broken=broken)

    async def _say(self, utterance: Utterance, spoken: AsyncGenerator[SpeechChunk, None], *, cached: bool) -> None:
        info = self.services.synthesizer.info
        first = True
        async with aclosing(spoken) as stream:
            async for chunk in stream:
                if utterance.turn != self.desk.turn:
                    return
                if first:
                    first = False
                    who, version = chunk.provider or info.name, chunk.version or info.version
                    self._report(utterance.turn, who, version, cached=cached)
                self.mouth.add(utterance, amplified(chunk.pcm, utterance.gain_db), chunk.words)

    def _report(self, turn: int, provider: str, version: str, *, cached: bool) -> None:
        at_s = self.journal.at_s()
        if turn != self._readied:
            self._readied = turn
            self.journal.write(SpeechReady(at_s=at_s, turn=turn, provider=provider, cached=cached))
        if not cached:
            self.journal.write(ProviderUsed(at_s=at_s, stage="tts", provider=provider, version=version))
