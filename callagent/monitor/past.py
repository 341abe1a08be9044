"""Counters of processes that are gone: what has been shown once is never taken back.

A program that adds up what a server counts would else take a worker's end for calls that never were.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

NAMES: Final = ("failures", "restarts", "limits", "lines")
"""Counters by name of a `Status`."""
BY_PROVIDER: Final = ("answers", "errors", "fallbacks")
CALLS_LOST: Final = "calls_lost"

Counted: TypeAlias = dict[str, float]
"""By path, such as "failures/speak" or "answers/stt/deepgram"."""


class Past:
    """The counters of all workers that have ended, as they were shown last."""

    def __init__(self) -> None:
        self.counted: Counted = {}

    def keep(self, view: Mapping[str, Any] | None) -> None:
        """A worker is gone; `view` is what it showed of itself the last time, if it ever did."""
        if view is not None:
            self.counted = added(self.counted, counters_of(view))

    def lose(self, calls: int) -> None:
        """A worker has ended in the middle of so many calls."""
        self.counted = added(self.counted, {CALLS_LOST: calls})


def counters_of(view: Mapping[str, Any]) -> Counted:
    """All counters in a view of one worker."""
    status, health = view["status"], view["health"]
    counted: Counted = {
        "calls_total": status["calls_total"],
        "cpu_s": status["process"]["cpu_s"],
        "health/calls_total": health["calls_total"],
        "health/calls_failed": health["calls_failed"],
    }
    for name in NAMES:
        counted |= {f"{name}/{key}": count for key, count in status[name].items()}
    for one in status["providers"]:
        counted |= {f"{name}/{one['stage']}/{one['provider']}": one[name] for name in BY_PROVIDER}
    return counted


def added(one: Mapping[str, float], other: Mapping[str, float]) -> Counted:
    """Both together."""
    return {path: one.get(path, 0) + other.get(path, 0) for path in one.keys() | other.keys()}


def below(counted: Mapping[str, float], name: str) -> dict[str, int]:
    """The counters of a name, such as "failures", by what comes after it."""
    return {path.removeprefix(f"{name}/"): int(count) for path, count in counted.items() if path.startswith(f"{name}/")}
