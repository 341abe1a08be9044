"""The quality monitor: who falls short of the thresholds is demoted before they fail, and restored after a rest.

::

    in its place ──falls short, and somebody better is there──► demoted ──its rest is over──► on trial
         ▲                                                        ▲                              │
         │                                                        └──falls short (longer rest)───┤
         └────────────────────────────────────────────────────────────does well for as long──────┘

A provider on trial is judged by fewer turns. Pure but for the roster, which does as it is told; time is an argument.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from callagent.events import StageName
from callagent.monitor.scores import ENOUGH, Key, Score, Scores, Shortcoming
from callagent.monitor.thresholds import Thresholds
from callagent.monitor.wording import shortcoming_in_words
from callagent.resilience.rests import next_rest_s
from callagent.resilience.roster import Roster

ON_TRIAL: Final = 5
"""Values that suffice to judge a provider that was demoted before."""
LONGEST_REST_S: Final = 1800.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """A provider that falls short, now or before it was demoted."""

    stage: StageName
    provider: str
    shortcomings: tuple[Shortcoming, ...]
    since_s: float
    """Monotonic time at which it was first seen."""
    demoted_until_s: float | None
    """When it is asked in its place again; None where it is not demoted."""
    instead: str
    """Who is asked first meanwhile; empty for nobody better."""


@dataclass(slots=True)
class _Standing:
    """What is remembered of one provider."""

    trouble: Trouble | None = None
    rests: int = 0
    """Demotions since it last did well for long."""
    restored_s: float | None = None


class QualityMonitor:
    """One per process. With `demotes` false it only says what it sees."""

    def __init__(
        self, roster: Roster, thresholds: Mapping[StageName, Thresholds], *, demotes: bool = True, rest_s: float = 120.0
    ) -> None:
        self.scores = Scores()
        self._roster = roster
        self._thresholds = thresholds
        self._demotes = demotes
        self._rest_s = rest_s
        self._standings: dict[Key, _Standing] = {}

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """Those that there are as of the last look."""
        return tuple(one.trouble for one in self._standings.values() if one.trouble is not None)

    def note(self, key: Key, measure: str, value: float, now_s: float) -> None:
        """As `Scores.note`; of what is none of the providers nothing is kept."""
        if self._roster.has(*key):
            self.scores.note(key, measure, value, now_s)

    def look(self, now_s: float) -> None:
        """Judge everybody; about once a second."""
        for key in {*self.scores.keys, *self._standings}:
            standing = self._standings.setdefault(key, _Standing())
            until_s = standing.trouble.demoted_until_s if standing.trouble else None
            if until_s is None:
                self._judge(key, standing, now_s)
            elif now_s >= until_s:
                self._restore(key, standing, now_s)

    def _judge(self, key: Key, standing: _Standing, now_s: float) -> None:
        short = self._shortcomings(key, now_s, ON_TRIAL if standing.rests else ENOUGH)
        if not short:
            standing.trouble = None
            if standing.restored_s is not None and now_s - standing.restored_s > self._next_rest_s(standing):
                standing.rests, standing.restored_s = 0, None
            return
        stage, provider = key
        since_s = standing.trouble.since_s if standing.trouble else now_s
        instead = self._better(key, now_s)
        until_s = None
        if instead and self._demotes:
            until_s = now_s + self._next_rest_s(standing)
            standing.rests += 1
        standing.trouble = Trouble(stage, provider, short, since_s, until_s, instead)
        if until_s is not None:
            self._roster.demote(stage, provider, "; ".join(map(shortcoming_in_words, short)))

    def _restore(self, key: Key, standing: _Standing, now_s: float) -> None:
        standing.trouble, standing.restored_s = None, now_s
        self.scores.forget(key)
        self._roster.restore(*key)

    def _next_rest_s(self, standing: _Standing) -> float:
        return next_rest_s(self._rest_s, standing.rests, LONGEST_REST_S)

    def _shortcomings(self, key: Key, now_s: float, enough: int) -> tuple[Shortcoming, ...]:
        return self._score(key, now_s).shortcomings(self._thresholds[key[0]], enough)

    def _score(self, key: Key, now_s: float) -> Score:
        return self.scores.of(key, now_s)

    def _better(self, key: Key, now_s: float) -> str:
        """Somebody who could be asked first and is not known to fall short as well."""
        stage, provider = key
        others = self._roster.rivals(stage, provider)
        return next((other for other in others if not self._shortcomings((stage, other), now_s, ON_TRIAL)), "")
