"""Both sides' audio of one call, on its short way: from the leg into the ear, from the mouth into the leg."""

from collections.abc import Callable
from typing import Final

from callagent.call.ear import LONGEST_STALL_S, Ear
from callagent.call.history import History
from callagent.call.journal import Journal
from callagent.call.line_timing import LineTiming
from callagent.call.mouth import Mouth
from callagent.call.services import Services
from callagent.call.tap import Tap
from callagent.media.audio import Chunk, duration_s, samples
from callagent.telephony.leg import Leg
from callagent.turn.voice import VoiceChange

LINE_PATIENCE: Final = samples(LONGEST_STALL_S)
"""How long a recording waits for the caller's audio before it goes on without it, in samples."""


class Sound:
    """One per call; `changed` is told when the caller begins to speak and when they have stopped."""

    def __init__(
        self,
        leg: Leg,
        services: Services,
        journal: Journal,
        tap: Tap,
        history: History,
        changed: Callable[[VoiceChange], None],
    ) -> None:
        self._services = services
        self._tap = tap
        self.ear = Ear(services.voice_pool, changed, services.noise)
        self.mouth = Mouth(leg, services.clock, journal, tap, self.ear, history)
        self._timing = LineTiming(journal)
        self.heard_s = 0.0
        """Seconds of the caller's audio that came."""
        self.lag_peak_s = 0.0
        """How late the event loop was at worst."""

    @property
    def spoken_s(self) -> float:
        """Seconds of the agent's audio that were played."""
        return self.mouth.played_s

    def begin(self, now_s: float) -> None:
        """The call begins: position 0 is now."""
        self.ear.begin(now_s)
        self._timing.begin(now_s)

    def hear(self, received: Chunk, now_s: float) -> Chunk:
        """20 ms from the caller: where they were on the line."""
        self.heard_s += duration_s(received.pcm)
        chunk = self.ear.place(received, now_s)
        self._timing.heard(chunk, now_s)
        self._tap.caller_heard(chunk)
        self.ear.hear(chunk)
        return chunk

    def beat(self, now_s: float) -> None:
        """Every 20 ms: audio out."""
        self._timing.ticked(now_s)
        self.lag_peak_s = max(self.lag_peak_s, self._services.heartbeat.lag_s)
        self.mouth.beat(now_s)
        self._tap.advance(self.ear.position_at(now_s) - LINE_PATIENCE)

    def stop(self, now_s: float) -> None:
        """The call is over."""
        self._timing.close()
        self.ear.close()
        self.mouth.stop(now_s)
