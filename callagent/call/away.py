"""A caller who has put the line on hold: nobody hears the agent, and what the line carries is somebody's music."""

from dataclasses import replace

from callagent.call.journal import Journal
from callagent.call.lifetime import Watchdog
from callagent.call.sound import Sound
from callagent.events import LineHeld, LineResumed
from callagent.media.audio import Chunk, duration_s, silence
from callagent.turn.floor import Floor


class Away:
    """One per call. While they are away the agent pauses and time stands still, but for the longest call."""

    def __init__(self, journal: Journal, sound: Sound, floor: Floor, watchdog: Watchdog) -> None:
        self._journal = journal
        self._sound = sound
        self._floor = floor
        self._watchdog = watchdog
        self._since_s: float | None = None

    @property
    def is_on(self) -> bool:
        """Whether they are away now."""
        return self._since_s is not None

    def change(self, now_s: float, *, held: bool) -> None:
        """They put the line on hold, or are back: then the agent goes on where it paused."""
        if held and self._since_s is None:
            self._since_s = now_s
            self._journal.write(LineHeld(at_s=self._journal.at_s(now_s)))
            self._sound.mouth.pause(now_s)
        elif not held and self._since_s is not None:
            self._floor.shift(now_s - self._since_s)
            self._since_s = None
            self._journal.write(LineResumed(at_s=self._journal.at_s(now_s)))
            self._watchdog.caller_acted()
            self._sound.mouth.resume(now_s)

    def beat(self, now_s: float) -> None:
        """Every 20 ms of it; a line on hold may bring nothing at all."""
        self._watchdog.audio_came(now_s)

    def instead_of(self, chunk: Chunk) -> Chunk:
        """What the ear is given for what came."""
        return replace(chunk, pcm=silence(duration_s(chunk.pcm)))
