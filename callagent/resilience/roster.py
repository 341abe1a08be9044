"""All lineups of a process by stage, and which of their providers are asked after the others for a while."""

from collections.abc import Mapping
from typing import Any

import structlog

from callagent.events import StageName
from callagent.resilience.incidents import Demoted, Restored, announce
from callagent.resilience.lineup import Lineup

log = structlog.get_logger("callagent.resilience")


class Roster:
    """One per process. A provider is demoted by whoever watches how it does; every live call hears of it."""

    def __init__(self) -> None:
        self._lineups: dict[StageName, Lineup[Any]] = {}
        self._demoted: set[tuple[StageName, str]] = set()

    @property
    def lineups(self) -> Mapping[StageName, Lineup[Any]]:
        """By stage; one without a chain is missing."""
        return self._lineups

    def enrol(self, stage: StageName, lineup: Lineup[Any]) -> None:
        """A stage's providers are these."""
        self._lineups[stage] = lineup

    def has(self, stage: StageName, provider: str) -> bool:
        """Whether it is one of a stage's providers, and not the stage as a whole, which fails under a name as well."""
        lineup = self._lineups.get(stage)
        return lineup is not None and any(member.name == provider for member in lineup.members)

    def is_demoted(self, stage: StageName, provider: str) -> bool:
        """Whether it is asked after the others."""
        return (stage, provider) in self._demoted

    def stand_ins(self, stage: StageName, provider: str) -> tuple[str, ...]:
        """Who could be asked in its place, likeliest first: not demoted, and not left alone just now."""
        lineup = self._lineups.get(stage)
        return () if lineup is None else self._fit(stage, lineup, lineup.others(provider))

    def rivals(self, stage: StageName, provider: str) -> tuple[str, ...]:
        """As `stand_ins`, those alone who would be asked before it, were it demoted."""
        lineup = self._lineups.get(stage)
        return () if lineup is None else self._fit(stage, lineup, lineup.rivals(provider))

    def _fit(self, stage: StageName, lineup: Lineup[Any], names: tuple[str, ...]) -> tuple[str, ...]:
        resting = {member.name for member in lineup.members if member.breaker.state == "open"}
        return tuple(name for name in names if name not in resting and not self.is_demoted(stage, name))

    def demote(self, stage: StageName, provider: str, reason: str) -> None:
        """Have it asked after the others from the next turn on."""
        self._demoted.add((stage, provider))
        log.warning("provider demoted", stage=stage, provider=provider, reason=reason)
        announce(Demoted(stage, provider, reason))

    def restore(self, stage: StageName, provider: str) -> None:
        """Give it its place back."""
        self._demoted.discard((stage, provider))
        log.info("provider restored", stage=stage, provider=provider)
        announce(Restored(stage, provider))
