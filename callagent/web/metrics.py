"""A server's state in Prometheus' text format. Importing this takes long: do so when somebody asks."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from callagent.monitor.status import ProviderStatus, Status, WorkerStatus

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
BREAKERS: Final[Mapping[str, int]] = {"closed": 0, "half-open": 1, "open": 2}
QUANTILES: Final[Mapping[str, str]] = {"p50_s": "0.5", "p95_s": "0.95"}
MOS_BUCKETS: Final = (2.5, 3.0, 3.5, 4.0, 4.3)
"""From hardly to be understood to as good as a telephone gets."""
PROVIDER: Final = ("stage", "provider")


def exposition(status: Status) -> bytes:
    """The metrics as they are served."""
    registry = CollectorRegistry()
    registry.register(_Reading(status))
    return generate_latest(registry)


class _Reading(Collector):
    """One look at a server."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        yield from _server(self._status)
        yield from _workers(self._status.workers, self._status.calls_lost)
        yield from _stages(self._status)
        yield from _providers(self._status.providers)
        yield from _lines(self._status.lines)


def _server(status: Status) -> Iterator[Metric]:
    cost = status.process
    for name, about, value in (
        ("calls", "Calls that go on now.", len(status.calls)),
        ("cpu_cores", "Cores that the process uses.", cost.cpu),
        ("memory_bytes", "Resident memory of the process.", cost.memory),
        ("model_processes", "Processes that were started for models.", cost.workers),
        ("model_processes_memory_bytes", "Their resident memory.", cost.workers_memory),
        (
            "loop_lag_peak_seconds",
            "Worst lateness of the event loop in the last minute.",
            status.loop_lag_peak_ms / 1e3,
        ),
        ("recommendations", "Things that a person should look at; `callagent status` names them.", _advice(status)),
    ):
        yield GaugeMetricFamily(f"callagent_{name}", about, value)
    yield CounterMetricFamily("callagent_calls_begun", "Calls since the server began.", status.calls_total)
    yield CounterMetricFamily("callagent_cpu_seconds", "CPU since the process began.", cost.cpu_s)
    yield _labelled(GaugeMetricFamily, "model_memory_bytes", "Memory of loaded models.", "model", status.models)
    yield _labelled(CounterMetricFamily, "failures", "Faults of callagent's own, by stage.", "stage", status.failures)
    yield _labelled(CounterMetricFamily, "restarts", "Tasks that died and were restarted.", "task", status.restarts)
    yield _labelled(CounterMetricFamily, "limits", "Calls that a limit ended.", "limit", status.limits)
    yield _labelled(GaugeMetricFamily, "calls_waiting", "Calls still to be kept, by where.", "place", status.waiting)


def _lines(lines: Mapping[str, int]) -> Iterator[Metric]:
    """How well the lines of the calls were that have ended."""
    family = HistogramMetricFamily(
        "callagent_line_mos", "Estimated MOS, 1 to 4.5, of calls whose carrier tells.", labels=("carrier",)
    )
    by_carrier: dict[str, dict[float, int]] = {}
    for key, calls in lines.items():
        carrier, _, mos = key.rpartition("/")
        by_carrier.setdefault(carrier, {})[float(mos)] = calls
    for carrier, counts in by_carrier.items():
        buckets = [(str(top), sum(calls for mos, calls in counts.items() if mos <= top)) for top in MOS_BUCKETS]
        buckets.append(("+Inf", sum(counts.values())))
        family.add_metric((carrier,), buckets, sum(mos * calls for mos, calls in counts.items()))
    yield family


def _advice(status: Status) -> int:
    return len(status.recommendations)


def _workers(workers: Sequence[WorkerStatus], lost: int) -> Iterator[Metric]:
    """Of each process that serves calls, where there are several."""
    gauges: list[tuple[str, str, Callable[[WorkerStatus], float]]] = [
        ("up", "1 for one that takes calls.", lambda one: one.state == "well"),
        ("calls", "Calls that go on in it.", lambda one: one.calls),
        ("cpu_cores", "Cores that it uses.", lambda one: one.cpu),
        ("memory_bytes", "Its resident memory.", lambda one: one.memory),
        (
            "loop_lag_peak_seconds",
            "Worst lateness of its event loop in the last minute.",
            lambda one: one.loop_lag_peak_ms / 1e3,
        ),
    ]
    if not workers:
        return
    for name, about, value in gauges:
        values = {str(one.worker): value(one) for one in workers}
        yield _labelled(GaugeMetricFamily, f"worker_{name}", about, "worker", values)
    yield CounterMetricFamily("callagent_calls_lost", "Calls that ended with their worker.", lost)
    restarts = {str(one.worker): one.restarts for one in workers}
    yield _labelled(CounterMetricFamily, "worker_restarts", "Workers that ended and were replaced.", "worker", restarts)


def _stages(status: Status) -> Iterator[Metric]:
    family = GaugeMetricFamily(
        "callagent_response_seconds",
        "Response latency of the last ten minutes, and its parts.",
        labels=("part", "quantile"),
    )
    for part, figures in status.stages.items():
        for name, quantile in (("median_ms", "0.5"), ("p95_ms", "0.95")):
            if name in figures:
                family.add_metric((part, quantile), figures[name] / 1000)
    yield family


def _providers(providers: Iterable[ProviderStatus]) -> Iterator[Metric]:
    first = GaugeMetricFamily(
        "callagent_provider_first_output_seconds",
        "Until a provider's first useful output, in the last ten minutes.",
        labels=(*PROVIDER, "quantile"),
    )
    score = GaugeMetricFamily(
        "callagent_provider_score",
        "Shares from 0 to 1 of the last ten minutes, by measure.",
        labels=(*PROVIDER, "measure"),
    )
    breaker = GaugeMetricFamily("callagent_provider_breaker", "0 closed, 1 half-open, 2 open.", labels=PROVIDER)
    demoted = GaugeMetricFamily("callagent_provider_demoted", "1 for one that is asked later.", labels=PROVIDER)
    answers = CounterMetricFamily("callagent_provider_answers", "Turns or sentences that it did.", labels=PROVIDER)
    errors = CounterMetricFamily("callagent_provider_errors", "Those that it did not.", labels=PROVIDER)
    fallbacks = CounterMetricFamily("callagent_provider_fallbacks", "Those that another did.", labels=PROVIDER)
    for one in providers:
        names = one.stage, one.provider
        for measure, value in one.figures.items():
            if measure in QUANTILES:
                first.add_metric((*names, QUANTILES[measure]), value)
            else:
                score.add_metric((*names, measure), value)
        breaker.add_metric(names, BREAKERS[one.breaker])
        demoted.add_metric(names, one.demoted)
        answers.add_metric(names, one.answers)
        errors.add_metric(names, one.errors)
        fallbacks.add_metric(names, one.fallbacks)
    yield from (first, score, breaker, demoted, answers, errors, fallbacks)


def _labelled(
    kind: type[GaugeMetricFamily] | type[CounterMetricFamily],
    name: str,
    about: str,
    label: str,
    values: Mapping[str, float],
) -> Metric:
    family = kind(f"callagent_{name}", about, labels=(label,))
    for value, count in values.items():
        family.add_metric((value,), count)
    return family
