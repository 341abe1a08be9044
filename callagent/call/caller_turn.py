"""The caller's turn that is open, or is being answered."""

from dataclasses import dataclass
from typing import Final

from callagent.call.feed import AudioFeed
from callagent.call.frames import InputFrame
from callagent.dialogue.actions import SoFar
from callagent.stt.transcriber import Transcript

NOTHING: Final = SoFar()


@dataclass(slots=True)
class CallerTurn:
    """One object for all turns of a call; times are monotonic."""

    number: int = 0
    """Counted from 1; 0 for the greeting. Some are left out: of turns that were begun and thrown away."""
    until_s: float = 0.0
    """When it is closed, whatever goes on."""
    stopped_at_s: float = 0.0
    """The caller's last sound or key."""
    audio: AudioFeed | None = None
    """What was said, as long as its words are not known, or the caller may yet go on."""
    closed_at_s: float = 0.0
    """When it was taken to be over."""
    transcript: Transcript | None = None
    """What was said so far, as far as it was recognized."""
    said: SoFar = NOTHING
    """The same as an answer to what is asked."""
    over: float | None = None
    """Probability that it is over, by the sound of the last pause; None where nobody knows."""
    final: InputFrame | None = None
    """What was said up to the last silence, once nothing more is to be recognized of it."""

    def hears(self, transcript: Transcript, said: SoFar, final: InputFrame | None = None) -> None:
        """More was recognized of what was said; with `final`, nothing more will be of what was said by now."""
        self.transcript, self.said, self.final = transcript, said, final

    def begin(self) -> None:
        """Another turn begins: whatever is still made for the old one must find it over."""
        self.number += 1
        self.forget_words()

    def renumber(self) -> None:
        """The same turn, but whatever was made for it so far must find it over."""
        self.number += 1

    def forget_words(self) -> None:
        """More was said than was recognized."""
        self.over = None
        self.transcript, self.said, self.final = None, NOTHING, None

    def forget_audio(self) -> None:
        """What was said is understood, or is not worth it any more."""
        if self.audio is not None:
            self.audio.drop()
        self.audio = None
        self.forget_words()
