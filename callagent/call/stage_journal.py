"""The journal as the stages write it: what they do for an answer that may be thrown away is put off."""

from dataclasses import replace

from callagent.call.journal import Journal
from callagent.events import Event


class StageJournal:
    """An `EventLog` in front of the call's; one per call."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._put_off: list[Event] | None = None

    def at_s(self, now_s: float | None = None) -> float:
        """As `EventLog.at_s`."""
        return self._journal.at_s(now_s)

    def write(self, event: Event) -> None:
        """Add an event, now or when it is known that it counts."""
        if self._put_off is None:
            self._journal.write(event)
        else:
            self._put_off.append(event)

    def put_off(self) -> None:
        """What comes from now on may be thrown away."""
        self._put_off = []

    def keep(self, first: Event) -> None:
        """It counts, after `first`, and from now on: a stream of events never goes back in time."""
        events, self._put_off = self._put_off or [], None
        for event in (first, *events):
            self._journal.write(replace(event, at_s=self._journal.at_s()))

    def forget(self) -> None:
        """Nothing of it ever was."""
        self._put_off = None
