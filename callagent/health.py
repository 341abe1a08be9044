"""Whether calls should be sent to a server, and what it shows at /health."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from callagent.call.heartbeat import Heartbeat
from callagent.call.services import Services
from callagent.edition import Editions
from callagent.live_calls import LiveCalls
from callagent.resilience.held import HeldModel, held_by

if TYPE_CHECKING:
    from callagent.telephony.sip.carrier import SipCarrier


class Health:
    """One per server."""

    def __init__(self, calls: LiveCalls, heartbeat: Heartbeat, editions: Editions, services: Services) -> None:
        self.not_ready: str | None = "starting"
        """Why no call should be sent here, or None."""
        self.is_broken = asyncio.Event()
        """Nothing but another process can serve calls: a part that all calls need keeps dying."""
        self.sip: SipCarrier | None = None
        """SIP's calls and ports, where there is SIP."""
        self._calls = calls
        self._heartbeat = heartbeat
        self._editions = editions
        self._services = services

    def breaks(self) -> None:
        """Such a part is given up."""
        self.not_ready = "broken"
        self.is_broken.set()

    def held(self) -> tuple[HeldModel, ...]:
        """The models that this machine has in memory now."""
        return held_by((self._services.transcriber, self._services.synthesizer))

    def memory_of_models(self) -> dict[str, int]:
        """The bytes of each of them."""
        return {f"{model.provider} {model.name}": model.memory for model in self.held()}

    def figures(self, given_up: Sequence[str]) -> dict[str, Any]:
        """What /health shows; `given_up` are the tasks that the server does without."""
        calls, heartbeat = self._calls, self._heartbeat
        return {
            "calls": len(calls),
            "calls_total": calls.total,
            "calls_failed": calls.failed,
            "loop_lag_ms": round(heartbeat.lag_s * 1000, 2),
            "loop_lag_peak_ms": round(heartbeat.lag_peak_s() * 1000, 2),
            "flow": self._editions.current.dialogue.version,
            "change_refused": list(self._editions.refused),
            "models": [asdict(model) for model in self.held()],
            "given_up": list(given_up),
            **({"sip": self.sip.figures()} if self.sip else {}),
        }
