"""Time as an argument.

Logic never reads a clock: it takes `now_s` as an argument, or is handed a `Clock` where it lives as long as a
call does. `now_s` is monotonic and has no meaning but its differences; `wall` is for people and files only.
"""

import time
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, Protocol
from zoneinfo import ZoneInfo

IST: Final = ZoneInfo("Asia/Kolkata")
"""Indian Standard Time: where a shop is unless its flow or the configuration says otherwise."""


def told_in(zone: tzinfo, moment: str, form: str = "%a %d %b %Y, %H:%M:%S %z") -> str:
    """An ISO 8601 moment as people of a time zone read it; as it is where it is none."""
    try:
        return datetime.fromisoformat(moment).astimezone(zone).strftime(form)
    except (ValueError, OverflowError):
        return moment


class Clock(Protocol):
    """Where a call gets its time from."""

    def now_s(self) -> float:
        """Seconds, monotonic: unharmed by a change of the machine's date."""
        ...

    def wall(self) -> datetime:
        """The date and time that people mean, with its time zone."""
        ...


class SystemClock:
    """The machine's own time; `now_s` agrees with asyncio's event loop."""

    def now_s(self) -> float:
        """Seconds since an arbitrary point."""
        return time.monotonic()

    def wall(self) -> datetime:
        """Now, in UTC: logs and records are, and where a shop is its flow knows, not the machine."""
        return datetime.now(UTC)


class ManualClock:
    """Time that stands still until told to move: for tests and for replay."""

    def __init__(self, wall: datetime = datetime(2026, 11, 20, 11, 0, tzinfo=IST), now_s: float = 0.0) -> None:
        self._began = wall
        self._start_s = now_s
        self._now_s = now_s

    def now_s(self) -> float:
        """Seconds since this clock was made, plus what it started at."""
        return self._now_s

    def wall(self) -> datetime:
        """The starting date moved on by as much as `now_s` was."""
        return self._began + timedelta(seconds=self._now_s - self._start_s)

    def advance(self, seconds: float) -> None:
        """Move on; going back is a ValueError, as no clock of a call may."""
        if seconds < 0:
            raise ValueError(f"time does not go back ({seconds} s)")
        self._now_s += seconds
