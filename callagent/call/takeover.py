"""A caller who makes a sound over the agent: the agent pauses, and goes on or gives up the floor."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from callagent.call.ear import Ear
from callagent.call.feed import AudioFeed
from callagent.call.frames import InputFrame
from callagent.call.interjection import Interjection
from callagent.call.mouth import Mouth
from callagent.call.question import Question
from callagent.stt.transcriber import Transcript
from callagent.turn.barge_in import ECHO_S, ONSET_S, QUIET_S, Familiar, Manners, Verdict, after_echo, judge


class Takeover:
    """One per call. `transcribe` has the words recognized of what comes through a feed."""

    def __init__(
        self, ear: Ear, mouth: Mouth, question: Question, manners: Manners, transcribe: Callable[[AudioFeed], None]
    ) -> None:
        self._ear = ear
        self._mouth = mouth
        self._question = question
        self._manners = manners
        self._transcribe = transcribe
        self._interjection: Interjection | None = None
        self._unread: Interjection | None = None
        """One after which the agent went on before its words were known: they may yet take the floor."""
        self._familiar = Familiar()
        self._false_alarms = 0
        """Sounds over the answer that is being given for which the agent paused in vain."""

    @property
    def under_way(self) -> bool:
        """Whether there is a sound of which it is not known yet what it is."""
        return self._interjection is not None

    def begin(self, now_s: float) -> None:
        """The agent falls silent for a sound of the caller's, before anybody knows what that is."""
        level_dbfs = self._ear.level_dbfs()
        is_familiar = self._familiar.knows(level_dbfs)
        # What was no speech of the caller's before is not heeded before there are words in it.
        paused = not is_familiar and self._mouth.pause(now_s)
        before, self._unread = self._unread, None
        audio = self._ear.open_feed(before=before.audio if before else None)
        if before is not None:
            before.audio.drop()
        began_s = self._ear.time_of(self._ear.speech_began)
        self._interjection = Interjection(
            audio, began_s, now_s if paused else None, level_dbfs, is_familiar=is_familiar
        )
        if before is not None:
            self._interjection.since_s = before.since_s
        self._transcribe(audio)

    def stops(self) -> None:
        """There is silence, after which more may follow."""
        if self._interjection is not None:
            self._interjection.stops(self._ear)

    def goes_on(self) -> None:
        """More follows: what was recognized too early is recognized again."""
        interjection = self._interjection
        if interjection is not None and interjection.audio.ended:
            before, interjection.audio = interjection.audio, self._ear.open_feed(before=interjection.audio)
            interjection.final = None
            before.drop()
            self._transcribe(interjection.audio)

    def heard(self, audio: AudioFeed, transcript: Transcript, final: InputFrame | None = None) -> bool:
        """Take what was recognized so far, or at last; False when the feed is not of such a sound."""
        for interjection in (self._interjection, self._unread):
            if interjection is not None and audio is interjection.audio:
                interjection.final = final
                interjection.heard(transcript, self._question)
                return True
        return False

    def verdict(self, now_s: float) -> Verdict:
        """What it is, from what is known by now."""
        interjection = self._interjection or self._unread
        if interjection is None:
            return Verdict.WAIT
        is_asked = self._mouth.at_the_last and not self._question.deciding
        overlap = interjection.overlap(self._ear, now_s, is_asked=is_asked)
        if overlap.words:
            overlap = replace(overlap, spoken=self._question.words_of(self._could_come_back(interjection, now_s)))
        has_ended = is_asked and self._mouth.silent_from_s <= now_s
        if has_ended and overlap.is_familiar and (own := after_echo(overlap.words, overlap.spoken)):
            is_answer = self._question.so_far(" ".join(own)).is_answer
            overlap = replace(overlap, words=own, is_answer=is_answer, spoken=())
        if self._interjection is not None and overlap.quiet_s >= QUIET_S:
            self._ear.close_feed()
        verdict = judge(overlap, self._manners)
        if verdict is Verdict.RESUME:
            self._familiar.learn(overlap)
        return verdict

    def _could_come_back(self, interjection: Interjection, now_s: float) -> str:
        return self._mouth.heard_since(interjection.since_s - ECHO_S, now_s)

    def take(self) -> Interjection | None:
        """The caller has the floor, and the sound is the beginning of their turn."""
        taken = self._interjection or self._unread
        self._interjection = self._unread = None
        return taken

    def release(self, now_s: float) -> None:
        """The agent goes on as if nothing had been."""
        interjection, self._interjection = self._interjection, None
        if interjection is not None:
            self._ear.close_feed()
            interjection.paused_s = None  # the agent is heard again
            self._unread = interjection
        self.settle()
        self._false_alarms += 1
        self.be_alert(over_agent=True)
        self._mouth.resume(now_s)

    def settle(self) -> None:
        """Whatever the agent went on after, if all of its words are known now, they asked for nothing."""
        if self._unread is not None and self._unread.final is not None:
            self._unread.audio.drop()
            self._unread = None

    def forget(self) -> None:
        """Nobody wants to know what it was."""
        if self._interjection is not None:
            self._ear.close_feed()
        for interjection in (self._interjection, self._unread):
            if interjection is not None:
                interjection.audio.drop()
        self._interjection = self._unread = None

    def begin_answer(self) -> None:
        """What the agent says next is another answer."""
        self.forget()
        self._false_alarms = 0

    def be_alert(self, *, over_agent: bool) -> None:
        """Pause soon for a voice; on a line that crackles, not so soon again in the same answer."""
        self._ear.be_alert(ONSET_S[min(self._false_alarms, len(ONSET_S) - 1)] if over_agent else None)


def barge_in_latency_s(
    by: Literal["voice", "keys"], interjection: Interjection | None, began_s: float, stopped_s: float | None
) -> float | None:
    """Seconds from the caller's first sound, or key, to the agent's silence; None when there was nothing to hear.

    `stopped_s` is when the agent was stopped that had not paused before; None when it was not to be heard.
    """
    paused_s = None if interjection is None else interjection.paused_s
    silent_s = stopped_s if paused_s is None else paused_s
    if silent_s is None:
        return None
    if by == "voice" and interjection is not None:
        began_s = interjection.began_s
    return round(max(0.0, silent_s - began_s), 4)
