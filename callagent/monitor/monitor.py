"""Everything that is watched in a process, put together: providers, stages, calls, the process itself."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from callagent.call.journal import Listener
from callagent.call.latency import PARTS
from callagent.clock import Clock
from callagent.events import (
    BreakerChanged,
    CallEnded,
    Event,
    LimitReached,
    LineMeasured,
    ProviderAnswered,
    ProviderFailed,
    ProviderFellBack,
    StageFailed,
    TaskRestarted,
)
from callagent.monitor.call_watch import CallWatch
from callagent.monitor.live_call import LiveCall
from callagent.monitor.process import Process
from callagent.monitor.quality import QualityMonitor
from callagent.monitor.scores import Window

PROCESS_S: Final = 5.0
"""How often the process itself is looked at."""


@dataclass(slots=True)
class Totals:
    """Counted since the server began."""

    calls: int = 0
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By stage and provider; likewise the next three."""
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    fallbacks: Counter[tuple[str, str]] = field(default_factory=Counter)
    breaks: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often a breaker opened."""
    failures: Counter[str] = field(default_factory=Counter)
    """Faults of our own, by stage."""
    restarts: Counter[str] = field(default_factory=Counter)
    """By task."""
    limits: Counter[str] = field(default_factory=Counter)
    """Calls that were ended by a limit, by its name."""
    ended_by: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    """Calls by carrier and MOS to a tenth, such as "sip/4.3", where the carrier tells."""

    def note(self, event: Event) -> None:
        """Count an event of any call."""
        match event:
            case ProviderAnswered():
                self.answers[event.stage, event.provider] += 1
            case ProviderFailed():
                self.errors[event.stage, event.provider] += 1
            case ProviderFellBack():
                self.fallbacks[event.stage, event.failed] += 1
            case BreakerChanged(after="open"):
                self.breaks[event.stage, event.provider] += 1
            case StageFailed():
                self.failures[event.stage] += 1
            case TaskRestarted():
                self.restarts[event.task] += 1
            case LimitReached():
                self.limits[event.limit] += 1
            case CallEnded():
                self.ended_by[event.ended_by] += 1


class Monitor:
    """One per process; used from the event loop's thread only."""

    def __init__(self, clock: Clock, quality: QualityMonitor, lag_peak_s: Callable[[], float]) -> None:
        """`lag_peak_s` tells how late the event loop was at worst lately, in seconds."""
        self.quality = quality
        self.totals = Totals()
        self.calls: dict[int, LiveCall] = {}
        self.parts = {part.removesuffix("_ms"): Window() for part in PARTS}
        """Milliseconds of the turns of all calls, by part of the response."""
        self.process = Process(clock.now_s())
        self.lag_peak_s = lag_peak_s
        self._clock = clock
        self._process_due_s = 0.0

    @contextmanager
    def watching(self) -> Iterator[Listener]:
        """While a call goes on: the listener that its events are to be given to."""
        self.totals.calls += 1
        call = LiveCall(self.totals.calls, self._clock.now_s())
        note = self.quality.note
        watch = CallWatch(lambda key, measure, value, at_s: note(key, measure, value, call.began_s + at_s))

        def listen(event: Event) -> None:
            self.totals.note(event)
            watch.on_event(event)
            if isinstance(event, LineMeasured):
                self.totals.lines[f"{call.carrier}/{event.mos:.1f}"] += 1
            latency = call.on_event(event)
            if latency is not None:
                for part, window in self.parts.items():
                    window.note(getattr(latency, f"{part}_ms"), self._clock.now_s())

        self.calls[call.number] = call
        try:
            yield listen
        finally:
            del self.calls[call.number]

    def look(self, now_s: float) -> None:
        """Judge the providers; about once a second."""
        self.quality.look(now_s)
        if now_s >= self._process_due_s:
            self._process_due_s = now_s + PROCESS_S
            self.process.look(now_s)
