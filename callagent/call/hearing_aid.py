"""What is done to a caller's audio before it is recognized: less noise, and a quiet voice made louder.

Only the transcriber hears it; the recording and the voice detector get what was on the line. A turn is treated in one
way from its first sample to its last: what was learned in it counts from the next one on.
"""

from callagent.media.audio import Chunk
from callagent.media.gain import QuietCaller
from callagent.media.level import amplified
from callagent.media.noise import Floats as Spectrum
from callagent.media.noise import NoiseMeter, NoiseMode, Suppressor


class HearingAid:
    """Learns one caller's voice and line."""

    def __init__(self, noise: NoiseMode = "off") -> None:
        self._mode = noise
        self._noise = NoiseMeter()
        self._caller = QuietCaller()

    def hear_caller(self, chunk: Chunk) -> None:
        """A chunk in which the caller speaks."""
        self._caller.add(chunk.pcm)

    def hear_line(self, chunk: Chunk) -> None:
        """A chunk in which nobody speaks."""
        if self._mode != "off":
            self._noise.add(chunk.pcm)

    def treatment(self) -> "Treatment":
        """For a turn that begins now."""
        return Treatment(self._caller.gain_db, self._noise.spectrum if self._suppresses() else None)

    def _suppresses(self) -> bool:
        return self._mode == "on" or (self._mode == "auto" and self._noise.is_noisy())


class Treatment:
    """Of one turn's audio."""

    def __init__(self, gain_db: float = 0.0, noise: Spectrum | None = None) -> None:
        self.gain_db = gain_db
        self.noise = noise
        self._suppressor: Suppressor | None = None
        self._position = 0
        """Of the next sample that the suppressor brings."""
        self._end = 0
        """Of what it was given."""

    def apply(self, chunk: Chunk) -> list[Chunk]:
        """What of the turn is ready now; the last 32 ms may not be."""
        if self.noise is None:
            return [self._louder(chunk)]
        ready = [] if chunk.position == self._end else self.rest()
        if self._suppressor is None:
            self._suppressor, self._position = Suppressor(self.noise), chunk.position
        self._end = chunk.end
        return ready + self._placed(self._suppressor.feed(chunk.pcm))

    def rest(self) -> list[Chunk]:
        """What was not ready, as the turn or a piece of its audio ends here."""
        if self._suppressor is None:
            return []
        suppressor, self._suppressor = self._suppressor, None
        return self._placed(suppressor.flush())

    def _placed(self, pcm: bytes) -> list[Chunk]:
        if not pcm:
            return []
        chunk = Chunk(pcm, self._position)
        self._position = chunk.end
        return [self._louder(chunk)]

    def _louder(self, chunk: Chunk) -> Chunk:
        return Chunk(amplified(chunk.pcm, self.gain_db), chunk.position) if self.gain_db else chunk
