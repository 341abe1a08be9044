"""Answers sent again until the peer says that it has them: 2xx (RFC 3261 13.3.1.4), reliable 1xx (RFC 3262)."""

from collections.abc import Callable

from callagent.telephony.sip.sessions.session_core import PATIENCE_S, T1_S, Core
from callagent.telephony.sip.sessions.session_events import SendResponse


class Repeating:
    """One answer at a time, with doubling pauses, for 32 s at most."""

    def __init__(self, core: Core, name: str, longest_pause_s: float = PATIENCE_S) -> None:
        self._core = core
        self._again = f"{name} again"
        self._over = f"{name} over"
        self._longest_pause_s = longest_pause_s
        self.sent: SendResponse | None = None
        """What is being repeated; None when nothing is."""

    def start(self, answer: SendResponse, now_s: float, give_up: Callable[[float], None]) -> None:
        """Send it now, and again and again; `give_up` is called when nobody heard it."""
        self.sent = answer
        self._core.emit(answer)
        self._later(T1_S, now_s)

        def over(now_s: float) -> None:
            self.stop()
            give_up(now_s)

        self._core.wake(self._over, now_s + PATIENCE_S, over)

    def stop(self) -> SendResponse | None:
        """It has arrived, or does not matter any more."""
        self._core.sleep(self._again, self._over)
        sent, self.sent = self.sent, None
        return sent

    def _later(self, pause_s: float, now_s: float) -> None:
        def again(now_s: float) -> None:
            if self.sent is not None:
                self._core.emit(self.sent)
                self._later(min(2 * pause_s, self._longest_pause_s), now_s)

        self._core.wake(self._again, now_s + pause_s, again)
