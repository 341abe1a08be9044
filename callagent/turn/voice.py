"""From the probability of speech, window by window, to "the caller started" and "the caller stopped".

Plain hysteresis over a voice detector's output. Loudness plays no part: it makes quiet callers wait, and on a clean
line it delays a barge-in by more than the detector itself does.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from callagent.media.audio import samples

SURELY: Final = 0.9
"""Probability from which a window counts twice, while starts are wanted quickly."""


@dataclass(frozen=True, slots=True)
class VoicePolicy:
    """How sure to be."""

    start_probability: float = 0.5
    stop_probability: float = 0.35
    start_s: float = 0.09
    """Seconds of speech, nearly without a break, that make a start."""
    stop_s: float = 0.2
    """Seconds without speech that make a stop."""


class VoiceChange(Enum):
    """What a window changed."""

    STARTED = "started"
    STOPPED = "stopped"


class VoiceGate:
    """Follows one caller; positions are samples of the caller's channel."""

    def __init__(self, policy: VoicePolicy | None = None) -> None:
        policy = policy or VoicePolicy()
        self.policy = policy
        self.speaking = False
        self.speech_began = 0
        """Where the current or last stretch of speech began."""
        self.speech_ended = 0
        """After the last window that held speech."""
        self.heard_until = 0
        """After the last window that may have held speech, however short it was."""
        self._voiced = 0
        """Samples of speech in an onset."""
        self._unvoiced = 0
        """Samples without speech since the last that held some."""
        self._start = samples(policy.start_s)
        self._is_quick = False
        self._stop = samples(policy.stop_s)

    def demand(self, start_s: float) -> None:
        """From now on so many seconds of speech make a start."""
        self._start = samples(start_s)
        self._is_quick = start_s < self.policy.start_s

    def window(self, probability: float, begins: int, ends: int) -> VoiceChange | None:
        """Take the detector's word for the samples from `begins` up to `ends`."""
        length = ends - begins
        if probability >= self.policy.stop_probability:
            self.heard_until = ends
        if self.speaking:
            return self._while_speaking(probability, length, ends)
        if probability < self.policy.start_probability:
            # One weak window inside an onset is common; two mean that it was no onset.
            self._unvoiced += length
            if self._unvoiced > length:
                self._voiced = 0
            return None
        if self._voiced == 0:
            self.speech_began = begins
        # What is surely speech need not last as long, where a start costs little.
        self._voiced += 2 * length if self._is_quick and probability >= SURELY else length
        self._unvoiced = 0
        if self._voiced < self._start:
            return None
        self.speaking = True
        self.speech_ended = ends
        return VoiceChange.STARTED

    def _while_speaking(self, probability: float, length: int, ends: int) -> VoiceChange | None:
        if probability >= self.policy.stop_probability:
            self._unvoiced = 0
            self.speech_ended = ends
            return None
        self._unvoiced += length
        if self._unvoiced < self._stop:
            return None
        self.speaking = False
        self._voiced = self._unvoiced = 0
        return VoiceChange.STOPPED
