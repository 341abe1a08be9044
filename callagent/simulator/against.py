"""One server, or carrier, against another: the same callers, in turn, on the same machine, and what must be kept.

Whatever else the machine does befalls all of them, so that the ratios say more than the figures.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, Final

from callagent.simulator import bench_talk
from callagent.simulator.bench import BenchResult


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure that is compared; the less, the better."""

    name: str
    key: str
    """Its name in JSON."""
    of: Callable[[BenchResult], float | None]
    """In one round; None when it was not measured."""
    over_rounds: Callable[[Sequence[float]], float] = median
    unit: str = ""
    digits: int = 0
    limit: float | None = None
    """The most that ours may be; None where nothing is asked."""
    is_relative: bool = False
    """Whether the limit is a part of the better one of the others' figures."""


def _cores(result: BenchResult) -> float | None:
    return 100 * result.server.cores / result.calls if result.server else None


def _memory(result: BenchResult) -> float | None:
    use = result.server
    return (use.memory_peak_mb - use.memory_before_mb) / result.calls if use else None


STOCK_MEASURES: Final = (
    Measure(
        "response p50", "response_p50_ms",
        lambda result: result.response_ms.p50 if result.response_ms.count else None,
        unit="ms", limit=0.65, is_relative=True,
    ),
    Measure(
        "response p95", "response_p95_ms",
        lambda result: result.response_ms.p95 if result.response_ms.count else None,
        unit="ms", limit=0.65, is_relative=True,
    ),
    Measure(
        "barge-in p50", "barge_in_p50_ms",
        lambda result: result.barge_in_ms.p50 if result.barge_in_ms.count else None,
        unit="ms", limit=120,
    ),
    Measure(
        "barge-in p95", "barge_in_p95_ms",
        lambda result: result.barge_in_ms.p95 if result.barge_in_ms.count else None,
        unit="ms", limit=200,
    ),
    Measure("gaps in sentences", "gaps", lambda result: result.gap_ms.count, sum),
    Measure("cut-ins on callers", "talked_over", lambda result: result.talked_over, sum),
    Measure("failures", "failures", lambda result: sum(result.failures.values()), sum, limit=0),
    Measure("core per call", "core_percent", _cores, unit="%", digits=2, limit=0.3, is_relative=True),
    Measure("memory per call", "memory_mb", _memory, unit="MB", digits=2, limit=0.5),
)  # fmt: skip
CARRIER_LIMITS: Final[Mapping[str, float]] = {"failures": 0, "core_percent": 1.2}
"""What a call over SIP may fail or cost, the latter as a part of what one over Twilio does."""
CARRIER_MEASURES: Final = tuple(
    replace(one, limit=CARRIER_LIMITS.get(one.key), is_relative=one.key == "core_percent") for one in STOCK_MEASURES
)


@dataclass(frozen=True, slots=True)
class Contest:
    """Who is compared in what."""

    contenders: Mapping[str, str]
    """In the order in which they are measured, and what they are called; the first one is judged."""
    measures: tuple[Measure, ...]
    title: str
    explained: str
    """What stands under the table."""

    @property
    def judged(self) -> str:
        """Whose limits they are."""
        return next(iter(self.contenders))


STOCK_PIPECAT: Final = Contest(
    {"ours": "callagent", "smart": "Smart Turn", "timeout": "silence timer"},
    STOCK_MEASURES,
    "Against stock pipecat",
    "The other two are stock pipecat, by what ends a caller's turn. Ratio: callagent's figure by that of the better of "
    "them; a limit with × is one for the ratio. Latencies are as heard; memory is that of each call after the first 2; "
    "counts are those of all rounds.",
)
SIP_AGAINST_TWILIO: Final = Contest(
    {"sip": "SIP", "twilio": "Twilio"},
    CARRIER_MEASURES,
    "SIP against Twilio",
    "The same server with the same callers, over one carrier and the other. Ratio: SIP's figure by Twilio's; a limit "
    "with × is one for the ratio. Latencies are as heard: a SIP telephone holds 40 ms back, the media stream nothing. "
    "Over SIP nothing tells where a sentence ends, so that only missing packets are gaps there.",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of all contenders."""

    measure: Measure
    figures: Mapping[str, float | None]
    """None where it was not measured."""
    judged: str
    """Whose limit it is."""

    @property
    def others(self) -> float | None:
        """The figure of the better one of the others."""
        values = (value for name, value in self.figures.items() if name != self.judged and value is not None)
        return min(values, default=None)

    @property
    def ratio(self) -> float | None:
        """The judged figure by that of the better one of the others; None where there is nothing to divide by."""
        ours = self.figures[self.judged]
        return ours / self.others if ours is not None and self.others else None

    @property
    def is_kept(self) -> bool:
        """Whether the limit is; what was not measured keeps none."""
        limit = self.measure.limit
        judged = self.ratio if self.measure.is_relative else self.figures[self.judged]
        return limit is None or (judged is not None and judged <= limit)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All rounds of all contenders."""

    rounds: Mapping[str, Sequence[BenchResult]]
    contest: Contest = STOCK_PIPECAT

    @property
    def lines(self) -> tuple[Line, ...]:
        """The figures: latencies, processor and memory are the median of the rounds, counts their sum."""
        return tuple(
            Line(
                measure,
                {name: _over_rounds(measure, rounds) for name, rounds in self.rounds.items()},
                self.contest.judged,
            )
            for measure in self.contest.measures
        )

    @property
    def is_kept(self) -> bool:
        """Whether all limits are."""
        return all(line.is_kept for line in self.lines)

    @property
    def client_late_ms(self) -> float:
        """The measuring client's own lateness: the highest 99th percentile of all rounds."""
        return max(result.client_late_ms.p99 for rounds in self.rounds.values() for result in rounds)

    @property
    def is_fair(self) -> bool:
        """Whether none of the others failed: one that cannot go on is no measure of anything."""
        others = (rounds for name, rounds in self.rounds.items() if name != self.contest.judged)
        return not any(result.failures for rounds in others for result in rounds)

    def as_dict(self) -> dict[str, Any]:
        """Everything, for a JSON file."""
        return {
            "fair": self.is_fair,
            "kept": self.is_kept,
            "lines": {
                line.measure.key: {
                    **line.figures,
                    "ratio": line.ratio,
                    "limit": line.measure.limit,
                    "limit_is_relative": line.measure.is_relative,
                    "kept": line.is_kept,
                }
                for line in self.lines
            },
            "client_late_p99_ms": self.client_late_ms,
            "floor_ms": {"response": RESPONSE_FLOOR_MS, "barge_in": BARGE_IN_FLOOR_MS},
            "rounds": {name: [result.as_dict() for result in rounds] for name, rounds in self.rounds.items()},
        }


RESPONSE_FLOOR_MS: Final[Mapping[str, float]] = {
    "transcript": bench_talk.TRANSCRIPT_MS,
    "first token": bench_talk.FIRST_TOKEN_MS,
    "first audio": bench_talk.FIRST_AUDIO_MS,
    "a frame of the line, on its way in": 20,
    "a frame of the line, on its way out": 20,
}
"""What lies between the caller's end and the agent's sound when nothing else takes any time."""
BARGE_IN_FLOOR_MS: Final[Mapping[str, float]] = {
    "a window of the voice detector": 32,
    "a frame of the line, on its way in": 20,
    "a frame of the line, on its way out": 20,
}
"""What lies between the caller's first sound and the agent's silence when one window is enough to be sure."""


def floor_in_words() -> str:
    """What the figures are to be read against."""
    stubs = bench_talk.TRANSCRIPT_MS + bench_talk.FIRST_TOKEN_MS + bench_talk.FIRST_AUDIO_MS
    # The model has written a sentence when the token after it comes.
    sentences = [len(answer.split(". ")[0].split()) * 1000 // bench_talk.TOKENS_PER_S for answer in bench_talk.ANSWERS]
    response, barge_in = sum(RESPONSE_FLOOR_MS.values()), sum(BARGE_IN_FLOOR_MS.values())
    return (
        f"Floor of a response: the stub services alone take {stubs} ms ({bench_talk.TRANSCRIPT_MS} transcript, "
        f"{bench_talk.FIRST_TOKEN_MS} first token, {bench_talk.FIRST_AUDIO_MS} first audio), and a frame of 20 ms is "
        f"waited for on the way in and on the way out, where audio goes at the pace of the line: {response:.0f} ms, "
        "for an agent that knows at once that the caller has finished and speaks from the first word. Stock pipecat "
        "waits for 200 ms of silence, then for Smart Turn's verdict or for 600 ms more, and for the model's first "
        f"sentence, {min(sentences)} to {max(sentences)} ms. Only who begins before the caller has finished, from "
        "interim transcripts, can be below the floor.\n"
        f"Floor of a barge-in: {barge_in:.0f} ms, a window of 32 ms of the voice detector and a frame each way."
    )


def _over_rounds(measure: Measure, rounds: Sequence[BenchResult]) -> float | None:
    values = [value for result in rounds if (value := measure.of(result)) is not None]
    return measure.over_rounds(values) if values else None
