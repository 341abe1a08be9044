"""Many verdicts as figures, held against the limits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from callagent.simulator.spread import Spread
from callagent.simulator.turns.case import Case
from callagent.simulator.turns.verdict import Verdict

LIMITS: Final[Mapping[str, float]] = {"false_stop": 0.03, "missed_stop": 0.01, "cut_in": 0.02}
"""Shares of the exchanges in which it could happen."""
IN_NOISE: Final = 2.0
"""How many times as much is allowed in noise."""
NOISE_DB: Final = 10.0
"""The caller's voice above the noise, where all exchanges are had once more in it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A case and what came of it."""

    case: Case
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Share:
    """How often something happened, of how often it could have."""

    count: int
    of: int

    @property
    def part(self) -> float:
        """0 to 1; 0 where it could never happen."""
        return self.count / self.of if self.of else 0.0

    @classmethod
    def over(cls, verdicts: Iterable[bool | None]) -> "Share":
        """Of verdicts that are True where it happened, and None where it could not have."""
        known = [verdict for verdict in verdicts if verdict is not None]
        return cls(sum(known), len(known))


@dataclass(frozen=True, slots=True)
class Figures:
    """Of some exchanges."""

    exchanges: int
    false_stop: Share
    missed_stop: Share
    cut_in: Share
    unanswered: Share
    misunderstood: Share
    history_wrong: Share
    joined_wrong: Share
    response_ms: Spread
    barge_in_ms: Spread

    @classmethod
    def of(cls, judged: Sequence[Judged]) -> "Figures":
        """Of these."""
        verdicts = [one.verdict for one in judged]

        def wrong(rights: Iterable[bool | None]) -> Share:
            return Share.over(None if right is None else not right for right in rights)

        return cls(
            exchanges=len(verdicts),
            false_stop=Share.over(one.false_stop for one in verdicts),
            missed_stop=Share.over(one.missed_stop for one in verdicts),
            cut_in=Share.over(one.cut_in for one in verdicts),
            unanswered=Share.over(one.unanswered for one in verdicts),
            misunderstood=wrong(one.understood for one in verdicts),
            history_wrong=wrong(one.history_right for one in verdicts),
            joined_wrong=wrong(one.joined_right for one in verdicts),
            response_ms=Spread.of(one.response_ms for one in verdicts if one.response_ms is not None),
            barge_in_ms=Spread.of(one.barge_in_ms for one in verdicts if one.barge_in_ms is not None),
        )

    def beyond(self, allowed: float = 1.0) -> list[str]:
        """The limits that are passed, each as a sentence; `allowed` times as much is let go."""
        found = []
        for name, limit in LIMITS.items():
            share: Share = getattr(self, name)
            if share.part > limit * allowed:
                what = name.replace("_", " ")
                found.append(
                    f"{what} {100 * share.part:.1f} % ({share.count} of {share.of}), limit {100 * limit * allowed:g} %"
                )
        for name, share in (("the history is not what was heard", self.history_wrong),
                            ("a sentence does not go on where it stopped", self.joined_wrong)):  # fmt: skip
            if share.count:
                found.append(f"{name}: {share.count} of {share.of}")
        return found

    def as_dict(self) -> dict[str, Any]:
        """For a JSON file."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class TurnResult:
    """All exchanges: as they are, and once more in noise."""

    clean: tuple[Judged, ...]
    noisy: tuple[Judged, ...]
    took_s: float
    """Seconds of work."""

    @property
    def beyond(self) -> tuple[str, ...]:
        """The limits that are passed."""
        clean = Figures.of(self.clean).beyond()
        noisy = Figures.of(self.noisy).beyond(IN_NOISE)
        return (*clean, *(f"at {NOISE_DB:g} dB noise: {one}" for one in noisy))

    def as_dict(self) -> dict[str, Any]:
        """Everything, for a JSON file."""
        return {
            "clean": _part(self.clean),
            "noise": _part(self.noisy),
            "noise_db": NOISE_DB,
            "limits": dict(LIMITS),
            "in_noise_times": IN_NOISE,
            "beyond": list(self.beyond),
            "took_s": self.took_s,
        }


def by_kind(judged: Sequence[Judged]) -> dict[str, Figures]:
    """Figures for each kind of case, in the order in which the kinds come."""
    kinds = dict.fromkeys(one.case.kind for one in judged)
    return {kind: Figures.of([one for one in judged if one.case.kind == kind]) for kind in kinds}


def _part(judged: Sequence[Judged]) -> dict[str, Any]:
    return {
        "all": Figures.of(judged).as_dict(),
        "kinds": {kind: figures.as_dict() for kind, figures in by_kind(judged).items()},
        "cases": [
            {"case": one.case.name, "kind": one.case.kind, "language": one.case.language, "place": one.case.place}
            | asdict(one.verdict)
            for one in judged
        ],
    }
