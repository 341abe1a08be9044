"""Several workers seen as one server."""

from typing import Any
from zoneinfo import ZoneInfo

from prometheus_client.parser import text_string_to_metric_families
from support.faulty import FaultyEar

from callagent.clock import ManualClock
from callagent.events import ProviderAnswered, StageFailed
from callagent.monitor.merged import merged_health, merged_status
from callagent.monitor.monitor import Monitor
from callagent.monitor.past import Past
from callagent.monitor.quality import QualityMonitor
from callagent.monitor.scores import FIRST_S
from callagent.monitor.status import Reporter
from callagent.monitor.thresholds import DEFAULTS
from callagent.resilience.lineup import Lineup
from callagent.resilience.roster import Roster
from callagent.web.metrics import exposition


class Worker:
    """What a worker's monitor has seen, and how its parent tells of it."""

    def __init__(self, number: int, lag_s: float = 0.0) -> None:
        self.number = number
        self.clock, roster = ManualClock(), Roster()
        roster.enrol("stt", Lineup([("ear", FaultyEar("ear", []))], self.clock))
        self.monitor = Monitor(self.clock, QualityMonitor(roster, DEFAULTS), lambda: lag_s)
        self.reporter = Reporter(self.monitor, roster, ZoneInfo("Asia/Kolkata"))

    def hear(self, *seconds: float) -> None:
        """A turn each: so long until its transcript, and as long until its answer."""
        for one in seconds:
            self.monitor.quality.scores.note(("stt", "ear"), FIRST_S, one, self.clock.now_s())
            self.monitor.parts["response"].note(one * 1000, self.clock.now_s())
            self.monitor.totals.answers["stt", "ear"] += 1

    def view(self) -> dict[str, Any]:
        """As it shows itself."""
        now_s = self.clock.now_s()
        status = self.reporter.status(now_s, self.clock.wall()).as_dict()
        health = {
            "calls": len(status["calls"]), "calls_total": status["calls_total"], "calls_failed": 1,
            "loop_lag_ms": 1.0, "loop_lag_peak_ms": status["loop_lag_peak_ms"], "flow": "f1",
            "change_refused": ["flow.yaml:1: no"], "models": [], "given_up": [],
        }  # fmt: skip
        return {"status": status, "samples": self.reporter.samples(now_s), "health": health}

    def told(self) -> dict[str, Any]:
        """As the parent tells of it."""
        return {
            "worker": self.number, "pid": 100 + self.number, "not_ready": None, "restarts": 0, "view": self.view(),
        }  # fmt: skip


def test_the_figures_are_those_of_all_values() -> None:
    """As one process would have them that had had all the calls: not a mean of percentiles."""
    first, second, alone = Worker(1), Worker(2), Worker(3)
    few, many = [5.0, 6.0], [0.1 + number / 1000 for number in range(38)]
    first.hear(*few)
    second.hear(*many)
    alone.hear(*few, *many)
    merged = merged_status([first.told(), second.told()], {})
    expected = alone.reporter.status(0.0, alone.clock.wall())

    assert merged.providers == expected.providers
    assert merged.stages == expected.stages


def test_counts_add_up_and_calls_are_told_by_worker() -> None:
    """The worst lateness is the server's; each worker's own is there as well."""
    first, second = Worker(1, lag_s=0.01), Worker(2, lag_s=0.03)
    with first.monitor.watching() as listen, second.monitor.watching(), second.monitor.watching():
        listen(StageFailed(at_s=0.0, stage="speak", error="E"))
        merged = merged_status([first.told(), second.told()], {})
        health = merged_health([first.told(), second.told()], {})

    assert [(call.worker, call.number) for call in merged.calls] == [(1, 1), (2, 1), (2, 2)]
    assert (merged.calls_total, merged.failures) == (3, {"speak": 1})
    assert merged.loop_lag_peak_ms == 30
    assert [(one.worker, one.calls, one.loop_lag_peak_ms) for one in merged.workers] == [(1, 1, 10), (2, 2, 30)]
    assert (health["calls"], health["calls_total"], health["calls_failed"], health["flow"]) == (3, 3, 2, "f1")
    assert health["change_refused"] == ["flow.yaml:1: no"]


def test_no_counter_goes_back_when_a_worker_ends() -> None:
    """What was shown of it is kept; what stands for it begins at nothing."""
    first, second, past = Worker(1), Worker(2), Past()
    for worker in (first, second):
        with worker.monitor.watching() as listen:
            listen(ProviderAnswered(at_s=0.0, stage="stt", provider="ear", first_s=1.0, flaw=""))
    before = merged_status([first.told(), second.told()], past.counted)
    past.keep(first.view())
    past.keep(None)  # one that had shown nothing yet
    past.lose(1)
    after = merged_status([Worker(1).told(), second.told()], past.counted)
    metrics = exposition(after).decode()
    values = {one.name: one.value for family in text_string_to_metric_families(metrics) for one in family.samples}

    assert (before.calls_total, after.calls_total) == (2, 2)
    assert [one.answers for one in (*before.providers, *after.providers)] == [2, 2]
    assert values["callagent_calls_begun_total"] == 2
    assert (values["callagent_calls_lost_total"], after.calls_lost) == (1, 1)
    assert values["callagent_provider_answers_total"] == 2
    assert after.process.cpu_s >= before.process.cpu_s


def test_a_worker_that_does_not_answer_is_told_as_such() -> None:
    """And counts for nothing; one that is only starting is no reason to do anything."""
    silent = {**Worker(2).told(), "view": None}
    starting = {**silent, "worker": 3, "not_ready": "starting"}
    merged = merged_status([Worker(1).told(), silent, starting], {})

    assert [one.state for one in merged.workers] == ["well", "no answer", "starting"]
    assert merged.recommendations == ("Worker 2 does not answer. If it stays so, end its process, 102.",)


def test_what_all_workers_advise_is_said_once() -> None:
    """What only one does, with its number."""
    late, later, well = Worker(1, lag_s=0.2), Worker(2, lag_s=0.2), Worker(3)
    [advice] = merged_status([late.told(), later.told()], {}).recommendations
    [told] = merged_status([late.told(), well.told()], {}).recommendations

    assert told == f"Worker 1: {advice}"
