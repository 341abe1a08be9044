"""A sound of the caller's while the agent has the floor, as long as it is not known what it is."""

from callagent.call.ear import Ear
from callagent.call.feed import AudioFeed
from callagent.call.frames import InputFrame
from callagent.call.question import Question
from callagent.dialogue.actions import SoFar
from callagent.media.audio import SAMPLE_RATE
from callagent.stt.transcriber import Transcript
from callagent.turn.barge_in import Overlap


class Interjection:
    """One at a time. Times are monotonic seconds."""

    def __init__(
        self,
        audio: AudioFeed,
        began_s: float,
        paused_s: float | None,
        level_dbfs: float,
        *,
        is_familiar: bool,
    ) -> None:
        self.audio = audio
        self.began_s = began_s
        """The caller's first sound."""
        self.since_s = began_s
        """The first sound in `audio`, which may hold one before this."""
        self.paused_s = paused_s
        """When the agent fell silent for it; None where there was nothing to be heard of the agent, or is again."""
        self._silent_s = began_s if paused_s is None else paused_s
        self.level_dbfs = level_dbfs
        """How loud it is."""
        self.is_familiar = is_familiar
        """Whether it is no louder than sounds before that were not the caller's words."""
        self.transcript: Transcript | None = None
        """What it is, as far as it was recognized."""
        self.said = SoFar()
        """The same as an answer to what is asked."""
        self.final: InputFrame | None = None
        """What it was recognized as, once nothing more is to be recognized."""
        self._loudest_dbfs = level_dbfs
        self._before_s = 0.0
        """Of the stretches of sound that have ended."""

    def stops(self, ear: Ear) -> None:
        """There is silence, after which more may follow."""
        self._before_s += (ear.speech_ended - ear.speech_began) / SAMPLE_RATE

    def heard(self, transcript: Transcript, question: Question) -> None:
        """The words so far, and what is being asked."""
        self.transcript = transcript
        self.said = question.so_far(transcript.text)

    def overlap(self, ear: Ear, now_s: float, *, is_asked: bool) -> Overlap:
        """What is known of it by now."""
        if ear.speaking:
            self._loudest_dbfs = max(self._loudest_dbfs, ear.level_dbfs())
        going_on = ear.position_at(now_s) - ear.speech_began if ear.speaking else 0
        # A voice that has just ceased is taken to go on for a while: what it says ended before.
        ended_s = ear.time_of(ear.speech_ended)
        return Overlap(
            voiced_s=self._before_s + going_on / SAMPLE_RATE,
            quiet_s=0.0 if ear.speaking else now_s - ended_s,
            words=self.said.words,
            confidence=self.transcript.confidence if self.transcript is not None else 1.0,
            is_final=self.final is not None,
            is_answer=self.said.is_answer,
            is_asked=is_asked,
            stopped_s=ended_s - self._silent_s,
            level_dbfs=self.level_dbfs,
            loudest_dbfs=self._loudest_dbfs,
            is_familiar=self.is_familiar,
        )
