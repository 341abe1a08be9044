"""Measures a server under many calls, from the carrier's side: what callers would have heard, and what it cost.

Run it in a process of its own. A server must be told Twilio's account and `api_url`, so the order is: enter the
carrier, start the server, `run_bench`. The client measures its own lateness too; when that is not small, the figures
are those of the client.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Generic

import aiohttp

from callagent.errors import CarrierError
from callagent.media.playback import PlaybackCounts, merged
from callagent.simulator.bench_caller import BARGE_IN_EVERY, SILENCE_LIMIT_S, BenchCall, BenchCaller
from callagent.simulator.bench_carrier import BenchCarrier, MeasuredCall, Where
from callagent.simulator.call_end import BAD, BY_SERVER
from callagent.simulator.server_process import ServerProcess, Usage
from callagent.simulator.spread import Spread

SAMPLE_EVERY_S = 2.0
"""The kernel counts a process's memory page by page, which takes time from whoever is measured."""
RAMP_S = 0.1
"""Between two calls at the start: not all of a shop's customers dial in the same instant."""
MARK_CALLS = 20
"""In a sequence, memory after so many calls is what later memory is compared with: all is loaded by then."""


@dataclass(frozen=True, slots=True)
class BenchPlan(Generic[Where]):
    """What to measure."""

    destination: Where
    utterances: tuple[bytes, ...]
    """What callers say in turn, each in one breath; PCM."""
    calls: int = 10
    """At the same time, or one after another in a sequence."""
    seconds: float = 60.0
    """How long each of them lasts."""
    patience_s: float = SILENCE_LIMIT_S
    """How long an agent may say nothing before that is a failure."""
    barge_in_every: int = BARGE_IN_EVERY
    """One in so many utterances interrupts the agent."""
    server_pid: int | None = None
    """Process whose processor time and memory are to be measured."""
    health_url: str = ""
    """Page with the server's own event-loop lag as `loop_lag_peak_ms`."""


@dataclass(frozen=True, slots=True)
class ServerUse:
    """What the server used while all calls were up."""

    cores: float
    """Processor seconds in a second."""
    memory_before_mb: float
    memory_peak_mb: float
    loop_lag_peak_ms: float
    """By the server's own word; 0 when it was not asked."""


@dataclass(frozen=True, slots=True)
class BenchResult:
    """The figures. Times are as heard at the carrier's side."""

    calls: int
    """At the same time."""
    seconds: float
    placed: int
    """All calls; more than `calls` when some ended early and were dialled anew."""
    turns: int
    failures: Mapping[str, int]
    """How often what failed; empty is good."""
    hung_up: int
    """Calls that the server ended in good order before their time."""
    greeting_ms: Spread
    response_ms: Spread
    barge_in_ms: Spread
    late_ms: Spread
    """Lateness of the agent's audio inside sentences; audio in time counts as 0."""
    gap_ms: Spread
    """Silence in the middle of a sentence, because its audio came too late: each is a fault that a caller hears."""
    pause_ms: Spread
    """Silence between two sentences of an answer for want of the second one: long ones sound like hesitation."""
    ahead_peak_ms: float
    """Most audio that the server ever had waiting at the carrier."""
    talked_over: int
    client_late_ms: Spread
    """The measuring client's own lateness."""
    server: ServerUse | None

    def as_dict(self) -> dict[str, Any]:
        """Everything, for a JSON file."""
        return {**asdict(self), "failures": dict(self.failures)}


@dataclass(frozen=True, slots=True)
class SequenceResult:
    """Calls one after another: does the server give back what it took?"""

    calls: int
    failures: Mapping[str, int]
    response_ms: Spread
    memory_marked_mb: float
    """After `MARK_CALLS` calls, or at the end when there were fewer."""
    memory_end_mb: float
    processes_end: int

    def as_dict(self) -> dict[str, Any]:
        """Everything, for a JSON file."""
        return {**asdict(self), "failures": dict(self.failures)}


@dataclass(slots=True)
class _Tally:
    calls: list[BenchCall] = field(default_factory=list)
    playback: list[PlaybackCounts] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    placed: int = 0
    hung_up: int = 0

    def add(self, call: MeasuredCall, outcome: BenchCall) -> None:
        """A call that was answered is over."""
        self.calls.append(outcome)
        self.playback.append(call.playback)
        if outcome.silences:
            self.failures["silence"] += outcome.silences
        if outcome.greeting_ms is None and outcome.report.lasted_s > 1:
            self.failures["no greeting"] += 1
        if call.end in BAD:
            self.failures[str(call.end)] += 1
        elif call.end in BY_SERVER:
            self.hung_up += 1
        if call.complaints:
            self.failures["protocol"] += len(call.complaints)


async def run_bench(
    carrier: BenchCarrier[Where], plan: BenchPlan[Where], progress: Callable[[float], None] = lambda _: None
) -> BenchResult:
    """Keep `plan.calls` calls up for `plan.seconds`. `progress` gets the part that is done, 0 to 1."""
    tally = _Tally()
    ticks_before = len(carrier.ticker.late_ms)
    async with _watching(plan, progress) as watch:
        await asyncio.gather(*(_slot(carrier, plan, tally, number) for number in range(plan.calls)))
        use = watch.use()
    reports = [call.report for call in tally.calls]
    playback = merged(tally.playback)
    return BenchResult(
        calls=plan.calls,
        seconds=plan.seconds,
        placed=tally.placed,
        turns=sum(call.turns for call in tally.calls),
        failures=tally.failures,
        hung_up=tally.hung_up,
        greeting_ms=Spread.of(call.greeting_ms for call in tally.calls if call.greeting_ms is not None),
        response_ms=Spread.of(ms for report in reports for ms in report.response_ms),
        barge_in_ms=Spread.of(ms for report in reports for ms in report.barge_in_ms),
        late_ms=Spread.of(playback.late_ms, zeros=playback.in_time),
        gap_ms=Spread.of(playback.gap_ms),
        pause_ms=Spread.of(playback.pause_ms),
        ahead_peak_ms=playback.ahead_peak_ms,
        talked_over=sum(report.talked_over for report in reports),
        client_late_ms=Spread.of(carrier.ticker.late_ms[ticks_before:]),
        server=use,
    )


async def run_sequence(
    carrier: BenchCarrier[Where], plan: BenchPlan[Where], progress: Callable[[float], None] = lambda _: None
) -> SequenceResult:
    """Place `plan.calls` short calls one after another."""
    tally = _Tally()
    server = ServerProcess(plan.server_pid) if plan.server_pid else None
    marked: Usage | None = None
    for number in range(1, plan.calls + 1):
        await _place(carrier, plan, tally, None)
        if server and number == min(MARK_CALLS, plan.calls):
            marked = await asyncio.to_thread(server.usage)
        progress(number / plan.calls)
    end = await asyncio.to_thread(server.usage) if server else None
    return SequenceResult(
        calls=plan.calls,
        failures=tally.failures,
        response_ms=Spread.of(ms for call in tally.calls for ms in call.report.response_ms),
        memory_marked_mb=marked.memory_mb if marked else 0.0,
        memory_end_mb=end.memory_mb if end else 0.0,
        processes_end=end.processes if end else 0,
    )


async def _slot(carrier: BenchCarrier[Where], plan: BenchPlan[Where], tally: _Tally, number: int) -> None:
    """Keep one caller on the line until the time is over."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(number * RAMP_S)
    over_s = loop.time() + plan.seconds
    while (left_s := over_s - loop.time()) > 0:
        await _place(carrier, plan, tally, left_s)


async def _place(carrier: BenchCarrier[Where], plan: BenchPlan[Where], tally: _Tally, seconds: float | None) -> None:
    """Place one call, of so many seconds or as short as can be."""
    tally.placed += 1
    try:
        call = await carrier.call(plan.destination)
    except CarrierError:
        tally.failures["not answered"] += 1
        await asyncio.sleep(RAMP_S)
        return
    caller = BenchCaller(plan.utterances, plan.patience_s, plan.barge_in_every)
    outcome = await (caller.ask_once(call) if seconds is None else caller.converse(call, seconds))
    # The far end's hangup is complete only when the carrier has said so itself.
    await call.hang_up()
    tally.add(call, outcome)


class _Watch:
    """Samples the server now and then; processor time counts from the moment all calls are up."""

    def __init__(self, plan: BenchPlan[Any], progress: Callable[[float], None]) -> None:
        self._plan = plan
        self._progress = progress
        self._server = ServerProcess(plan.server_pid) if plan.server_pid else None
        self._samples: list[tuple[float, Usage]] = []
        self._lag_peak_ms = 0.0
        self._began_s = asyncio.get_running_loop().time()

    async def run(self) -> None:
        """Sample until cancelled."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
            while True:
                await self.sample()
                if self._plan.health_url:
                    await self._ask_health(http)
                gone_s = asyncio.get_running_loop().time() - self._began_s
                self._progress(min(1.0, gone_s / (self._plan.seconds + self._plan.calls * RAMP_S)))
                await asyncio.sleep(SAMPLE_EVERY_S)

    async def sample(self) -> None:
        """Take one sample now."""
        if self._server is not None:
            usage = await asyncio.to_thread(self._server.usage)
            self._samples.append((asyncio.get_running_loop().time(), usage))

    def use(self) -> ServerUse | None:
        """What the samples say."""
        if not self._samples:
            return None
        # From when the last call was placed until the first is over.
        up_s, down_s = self._began_s + self._plan.calls * RAMP_S, self._began_s + self._plan.seconds
        busy = [sample for sample in self._samples if up_s <= sample[0] <= down_s] or self._samples
        (first_s, first), (last_s, last) = busy[0], busy[-1]
        return ServerUse(
            cores=(last.cpu_s - first.cpu_s) / (last_s - first_s) if last_s > first_s else 0.0,
            memory_before_mb=self._samples[0][1].memory_mb,
            memory_peak_mb=max(usage.memory_mb for _, usage in self._samples),
            loop_lag_peak_ms=self._lag_peak_ms,
        )

    async def _ask_health(self, http: aiohttp.ClientSession) -> None:
        try:
            async with http.get(self._plan.health_url) as answer:
                health = await answer.json()
            self._lag_peak_ms = max(self._lag_peak_ms, float(health["loop_lag_peak_ms"]))
        except (aiohttp.ClientError, TimeoutError, ValueError, TypeError, KeyError):
            pass  # a server too busy to tell shows in every other figure


@contextlib.asynccontextmanager
async def _watching(plan: BenchPlan[Any], progress: Callable[[float], None]) -> AsyncIterator[_Watch]:
    watch = _Watch(plan, progress)
    await watch.sample()
    task = asyncio.create_task(watch.run(), name="bench watch")
    try:
        yield watch
    finally:
        task.cancel()
        await asyncio.wait([task])
