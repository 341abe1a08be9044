"""What a caller who waits is told meanwhile, from what the stages say of their work."""

from callagent.call.early import Pending
from callagent.call.hold import Hold
from callagent.clock import Clock


class Waiting:
    """One per call; of an answer that may be thrown away the caller is told nothing before it is kept."""

    def __init__(self, hold: Hold, pending: Pending, clock: Clock) -> None:
        self._hold = hold
        self._pending = pending
        self._clock = clock

    def thinking(self, *, begun: bool) -> None:
        """A language model has begun to think for the caller who waits, or has done so."""
        if self._pending.waits("model", self._think, begun=begun):
            return
        if begun:
            self._think()
        else:
            self._hold.answered()

    def looking_up(self, *, begun: bool) -> None:
        """The shop's data is asked for the caller who waits, or has answered."""
        if not self._pending.waits("data", self._look_up, begun=begun):
            self._hold.looking_up(self._clock.now_s(), begun=begun)

    def _think(self) -> None:
        self._hold.thinking(self._clock.now_s())

    def _look_up(self) -> None:
        self._hold.looking_up(self._clock.now_s(), begun=True)
