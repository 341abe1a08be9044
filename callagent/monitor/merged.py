"""The states of all workers of a server as the state of one: sums, and figures over the values of all of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from callagent.monitor.past import CALLS_LOST, added, below, counters_of
from callagent.monitor.process import Cost
from callagent.monitor.scores import figures_of
from callagent.monitor.status import CallStatus, ProviderStatus, Status, WorkerStatus, part_of

View = Mapping[str, Any]
"""What a worker shows of itself: its `status` as data, the `samples` behind the figures, and its `health`."""
BREAKERS: Final = ("closed", "half-open", "open")
"""From good to bad."""


def merged_status(workers: Sequence[Mapping[str, Any]], past: Mapping[str, float]) -> Status:
    """Of the server, from what its parent process gathered; `past` are the counters of workers that have ended.

    A worker whose view is missing does not answer, or not yet: it is listed, and counts for nothing else.
    """
    views = [one["view"] for one in workers if one["view"] is not None]
    statuses = [view["status"] for view in views]
    counted: Mapping[str, float] = past
    for view in views:
        counted = added(counted, counters_of(view))
    return Status(
        providers=tuple(_providers(views, counted)),
        stages=_stages(views),
        calls=tuple(
            CallStatus(**{**call, "worker": one["worker"]})
            for one in workers
            if one["view"] is not None
            for call in one["view"]["status"]["calls"]
        ),
        calls_total=int(counted.get("calls_total", 0)),
        calls_lost=int(past.get(CALLS_LOST, 0)),
        process=_cost([status["process"] for status in statuses], counted.get("cpu_s", 0.0)),
        loop_lag_peak_ms=max((status["loop_lag_peak_ms"] for status in statuses), default=0.0),
        models=_summed(status["models"] for status in statuses),
        failures=below(counted, "failures"),
        restarts=below(counted, "restarts"),
        limits=below(counted, "limits"),
        recommendations=tuple(_recommendations(workers)),
        workers=tuple(map(_worker, workers)),
        lines=below(counted, "lines"),
        waiting=_summed(status["waiting"] for status in statuses),
    )


def merged_health(workers: Sequence[Mapping[str, Any]], past: Mapping[str, float]) -> dict[str, Any]:
    """What /health shows of the server, likewise."""
    views = [one["view"] for one in workers if one["view"] is not None]
    healths = [view["health"] for view in views]
    counted: Mapping[str, float] = past
    for view in views:
        counted = added(counted, counters_of(view))
    return {
        "calls": sum(health["calls"] for health in healths),
        "calls_total": int(counted.get("health/calls_total", 0)),
        "calls_failed": int(counted.get("health/calls_failed", 0)),
        "calls_lost": int(past.get(CALLS_LOST, 0)),
        "loop_lag_ms": max((health["loop_lag_ms"] for health in healths), default=0.0),
        "loop_lag_peak_ms": max((health["loop_lag_peak_ms"] for health in healths), default=0.0),
        # While a change of the files is being taken up, workers may differ for a second.
        "flow": " ".join(_once(health["flow"] for health in healths)),
        "change_refused": _once(line for health in healths for line in health["change_refused"]),
        "models": [
            {**model, "worker": one["worker"]}
            for one in workers
            if one["view"] is not None
            for model in one["view"]["health"]["models"]
        ],
        "given_up": _once(task for health in healths for task in health["given_up"]),
        "workers": [
            {
                "worker": one["worker"],
                "pid": one["pid"],
                "restarts": one["restarts"],
                "state": _state(one),
                **{name: (one["view"] or {"health": {}})["health"].get(name) for name in ("calls", "loop_lag_peak_ms")},
            }
            for one in workers
        ],
    }


def _worker(one: Mapping[str, Any]) -> WorkerStatus:
    status = one["view"]["status"] if one["view"] is not None else None
    return WorkerStatus(
        worker=one["worker"],
        pid=one["pid"],
        state=_state(one),
        calls=len(status["calls"]) if status else 0,
        cpu=status["process"]["cpu"] if status else 0.0,
        memory=status["process"]["memory"] if status else 0,
        loop_lag_peak_ms=status["loop_lag_peak_ms"] if status else 0.0,
        restarts=one["restarts"],
    )


def _state(one: Mapping[str, Any]) -> str:
    silent = "" if one["view"] is not None else "no answer"
    return one["not_ready"] or silent or "well"


def _providers(views: Sequence[View], counted: Mapping[str, float]) -> Iterable[ProviderStatus]:
    rows: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for view in views:
        for row in view["status"]["providers"]:
            rows.setdefault((row["stage"], row["provider"]), []).append(row)
    for (stage, provider), same in rows.items():
        key = f"{stage}/{provider}"
        values: dict[str, list[float]] = {}
        for view in views:
            for measure, some in view["samples"]["providers"].get(key, {}).items():
                values.setdefault(measure, []).extend(some)
        worst = max(same, key=lambda row: BREAKERS.index(row["breaker"]))
        yield ProviderStatus(
            **{
                **worst,
                # Each worker has its own order, as its own calls went.
                "place": max(row["place"] for row in same),
                "demoted": any(row["demoted"] for row in same),
                "figures": {name: figure.value for name, figure in figures_of(values).items()},
                **{name: int(counted.get(f"{name}/{key}", 0)) for name in ("answers", "errors", "fallbacks")},
            }
        )


def _stages(views: Sequence[View]) -> dict[str, dict[str, float]]:
    parts = _once(part for view in views for part in view["samples"]["parts"])
    return {part: part_of([value for view in views for value in view["samples"]["parts"][part]]) for part in parts}


def _cost(costs: Sequence[Mapping[str, Any]], cpu_s: float) -> Cost:
    return Cost(
        cpu=round(sum(cost["cpu"] for cost in costs), 4),
        cpu_s=round(cpu_s, 2),
        memory=sum(cost["memory"] for cost in costs),
        workers=sum(cost["workers"] for cost in costs),
        workers_memory=sum(cost["workers_memory"] for cost in costs),
    )


def _recommendations(workers: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    """What all workers say is said once, and what only some say with their numbers."""
    said: dict[str, list[int]] = {}
    answering = [one for one in workers if one["view"] is not None]
    for one in answering:
        for line in one["view"]["status"]["recommendations"]:
            said.setdefault(line, []).append(one["worker"])
    for line, numbers in said.items():
        yield line if len(numbers) == len(answering) else f"Worker {', '.join(map(str, numbers))}: {line}"
    for one in workers:
        if one["view"] is None and one["not_ready"] is None:
            yield f"Worker {one['worker']} does not answer. If it stays so, end its process, {one['pid']}."


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in counts:
        for name, count in one.items():
            total[name] = total.get(name, 0) + count
    return total


def _once(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
