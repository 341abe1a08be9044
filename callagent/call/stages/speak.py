"""SPEAK: what is to be said to audio, into the mouth."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from pipecat.frames.frames import Frame

from callagent.call.frames import AnswerEndFrame, SayFrame
from callagent.call.journal import EventLog
from callagent.call.mouth import Mouth, Utterance
from callagent.call.services import Services
from callagent.call.stages.stage import Desk, Stage, provider_failed
from callagent.call.stored import StoredPrompt
from callagent.call.voicing import voiced
from callagent.dialogue.actions import Listen, Record
from callagent.dialogue.standing import OUT_OF_ORDER
from callagent.errors import ProviderError, ProviderTimeoutError
from callagent.events import ProviderUsed, SpeechReady
from callagent.media.level import amplified
from callagent.media.tone import beep
from callagent.tts.synthesizer import SpeechChunk

STORED: Final = "stored"
"""Who speaks where no provider does."""
BEEP: Final = "beep"
"""What the tone before a message is called among the lines that were said."""


class SpeakStage(Stage):
    """What is to be said to audio, into the mouth."""

    stage_name = "speak"

    def __init__(self, services: Services, journal: EventLog, desk: Desk, mouth: Mouth) -> None:
        super().__init__(services, journal, desk)
        self.mouth = mouth
        self._readied = -1
        """The last turn whose first audio was reported."""
        self._apologized = -1
        """The last turn in which it was said that something does not work."""
        self._given_up = -1
        """The turn in which nothing works: the rest of its answer waits for what the answer ends with."""
        self._rest: list[SayFrame] = []
        """Of that answer."""

    async def handle(self, frame: Frame) -> bool:
        """Speak a sentence, or note that the answer is complete."""
        match frame:
            case SayFrame() if frame.turn == self.desk.turn == self._given_up:
                self._rest.append(frame)
            case SayFrame() if frame.turn == self.desk.turn:
                await self._speak(frame)
            case AnswerEndFrame(then=Listen()) if frame.turn == self.desk.turn == self._given_up:
                self._given_up = -1
                self.desk.give_up()
            case AnswerEndFrame() if frame.turn == self.desk.turn:
                await self._speak_rest(frame.turn)
                if isinstance(frame.then, Record):
                    tone = Utterance(frame.turn, "", BEEP)
                    self.mouth.add(tone, beep())
                    self.mouth.finish(tone)
                self.mouth.when_silent(lambda: self.desk.answered(frame.then))
                if self.services.ahead is not None:
                    self.services.ahead.prepare(frame.soon)
            case SayFrame() | AnswerEndFrame():
                pass
            case _:
                return False
        return True

    async def _speak_rest(self, turn: int) -> None:
        """The call goes on without a question, as with a message: what leads to that must be heard."""
        if turn == self._given_up:
            self._given_up = -1
            for frame in self._rest:
                await self._speak(frame)

    async def _speak(self, frame: SayFrame) -> None:
        say = frame.say
        if say.fixed and self.desk.ladder.is_down("tts"):
            # What nobody needs to be asked for is not waited for.
            prompt = self.services.stored.exactly(frame.language, say.line, say.text)
            if prompt is not None:
                self._play(frame, prompt)
                return
        spoken, cached = voiced(self.services, say, frame.language)
        # Of the text as it is spoken, so that the history holds what was heard and no markup.
        text = self.services.speech(say, frame.language).text
        utterance = Utterance(frame.turn, text, say.line, say.gain_db)
        broken = True
        try:
            await self._say(utterance, spoken, cached=cached)
            broken = False
        except ProviderError as error:
            self.journal.write(provider_failed(self.journal.at_s(), "tts", error))
            self.desk.ladder.failed("tts")
        finally:
            self.mouth.finish(utterance, broken=broken)
        if broken:
            self._say_stored(frame)
        elif not cached:
            self.desk.ladder.works("tts")

    def _say_stored(self, frame: SayFrame) -> None:
        """In place of what nobody can say."""
        prompt = self.services.stored.nearest(frame.language, frame.say.line, frame.say.text)
        is_lost = prompt is None or prompt.line != frame.say.line
        if is_lost and frame.interruptible and self.desk.ladder.gives_up():
            self._given_up, self._rest = frame.turn, []
            return
        if prompt is None or (prompt.line == OUT_OF_ORDER and self._apologized == frame.turn):
            return
        self._play(frame, prompt)

    def _play(self, frame: SayFrame, prompt: StoredPrompt) -> None:
        if prompt.line == OUT_OF_ORDER:
            self._apologized = frame.turn
        instead = Utterance(frame.turn, prompt.text, prompt.line, frame.say.gain_db)
        self._report(frame.turn, STORED, "", cached=True)
        self.mouth.add(instead, amplified(prompt.audio.pcm, instead.gain_db), prompt.audio.words)
        self.mouth.finish(instead)

    async def _say(self, utterance: Utterance, spoken: AsyncGenerator[SpeechChunk, None], *, cached: bool) -> None:
        info = self.services.synthesizer.info
        first = True
        async with aclosing(spoken) as stream:
            while (chunk := await self._more(stream, first=first)) is not None:
                if utterance.turn != self.desk.turn:
                    return
                if first:
                    first = False
                    who, version = chunk.provider or info.name, chunk.version or info.version
                    self._report(utterance.turn, who, version, cached=cached)
                self.mouth.add(utterance, amplified(chunk.pcm, utterance.gain_db), chunk.words)

    async def _more(self, stream: AsyncGenerator[SpeechChunk, None], *, first: bool) -> SpeechChunk | None:
        within_s = self.services.limits.speak_s
        try:
            async with asyncio.timeout(within_s if first else None):
                return await anext(stream, None)
        except TimeoutError:
            raise ProviderTimeoutError(self.services.synthesizer.info.name, f"no sound within {within_s:g} s") from None

    def _report(self, turn: int, provider: str, version: str, *, cached: bool) -> None:
        at_s = self.journal.at_s()
        if turn != self._readied:
            self._readied = turn
            self.journal.write(SpeechReady(at_s=at_s, turn=turn, provider=provider, cached=cached))
        if not cached:
            self.journal.write(ProviderUsed(at_s=at_s, stage="tts", provider=provider, version=version))
