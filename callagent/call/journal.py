"""The one stream of a call's events, and the clock they are stamped with."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import structlog

from callagent.call.faults import fault
from callagent.clock import Clock
from callagent.events import CallEnded, Event
from callagent.evidence import Evidence

Listener: TypeAlias = Callable[[Event], None]
"""Takes each event as it happens: quickly, and without waiting for anything."""

log = structlog.get_logger("callagent.call")


class EventLog(Protocol):
    """Where what happens in a call is written."""

    def at_s(self, now_s: float | None = None) -> float:
        """Seconds since the call began: now, or at the monotonic time `now_s`."""
        ...

    def write(self, event: Event) -> None:
        """Add an event."""
        ...


class Journal:
    """Keeps a call's events and passes them on; evidence goes to `record` alone."""

    def __init__(self, clock: Clock, listeners: Sequence[Listener] = (), record: Listener | None = None) -> None:
        self._clock = clock
        self._began_s = clock.now_s()
        self._listeners = tuple(listeners)
        self._record = (record,) if record else ()
        self.events: list[Event] = []

    def at_s(self, now_s: float | None = None) -> float:
        """Seconds since the call began: now, or at the monotonic time `now_s`."""
        return round((self._clock.now_s() if now_s is None else now_s) - self._began_s, 4)

    def write(self, event: Event) -> None:
        """Add an event; nothing happens in a call that has ended.

        A listener that fails is a fault of the listener, not of the call.
        """
        if self.events and isinstance(self.events[-1], CallEnded):
            return
        is_evidence = isinstance(event, Evidence)
        if not is_evidence:
            self.events.append(event)
        for listener in self._record if is_evidence else self._listeners:
            try:
                listener(event)
            except Exception as error:  # noqa: BLE001  # whoever listens must not be able to end a call
                log.error("a listener failed", event_name=type(event).__name__, **fault(error))
