"""Many SIP calls of which some end as calls should not, and what is left of them at the server afterwards.

Fifteen in a hundred, each in another way in turn: see `Manner`. Every call, however it ended, is to leave nothing: no
port, no call, no transaction. A call that nobody hangs up is given back by the server once its line is dead, and a
transaction ends after 32 s (RFC 3261, section 17), so that is waited for.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import cycle
from typing import Any, Final

import aiohttp

from callagent.errors import CarrierError
from callagent.simulator.bench import MARK_CALLS, RAMP_S
from callagent.simulator.call_end import BAD
from callagent.simulator.phone import HungUpError, Phone
from callagent.simulator.server_process import ServerProcess
from callagent.simulator.sip_caller import SipFaults
from callagent.simulator.sip_line import SipLine
from callagent.simulator.sip_trunk import SipDestination, SipTrunk

SILENT_LINE_S: Final = 60.0
"""For so long a caller who sends nothing waits for the server to hang up."""
EMPTY_WITHIN_S: Final = 90.0
"""After the last call: the longest timers of SIP, and the time until a line counts as dead."""
KEPT: Final = ("calls", "dialogs", "transactions", "media_ports")
"""What /health tells of SIP that is to come back to nothing."""
ASK_EVERY_S: Final = 0.5


class Manner(StrEnum):
    """How a caller behaves."""

    PLAIN = "talks and hangs up"
    VANISHES = "vanishes without a BYE"
    CANCELS = "cancels before the answer"
    NO_ACK = "sends BYE and never an ACK"
    NO_SOUND = "sends no sound"
    GARBAGE = "sends garbage for sound"
    REPEATS = "sends its INVITE three times"


ABNORMAL: Final = tuple(manner for manner in Manner if manner is not Manner.PLAIN)
OF_TWENTY: Final = (5, 12, 19)
"""Which calls of twenty are abnormal: 15 %."""
FAULTS: Final[Mapping[Manner, SipFaults]] = {
    Manner.NO_ACK: SipFaults(no_ack=True),
    Manner.NO_SOUND: SipFaults(no_sound=True),
    Manner.GARBAGE: SipFaults(garbage=True),
    Manner.REPEATS: SipFaults(invites=3),
}


@dataclass(frozen=True, slots=True)
class SoakPlan:
    """What to do."""

    destination: SipDestination
    health_url: str
    server_pid: int
    utterances: tuple[bytes, ...]
    """What callers say, one after another; PCM."""
    calls: int
    at_once: int
    """Calls at the same time."""
    seconds: float
    """How long each lasts."""


@dataclass(frozen=True, slots=True)
class SoakResult:
    """What came of it."""

    placed: Mapping[str, int]
    """Calls by manner."""
    failures: Mapping[str, int]
    """What failed how often; empty is good."""
    kept_peak: Mapping[str, int]
    """What the server had at most of what is to come back to nothing."""
    kept_end: Mapping[str, int]
    """And at the end."""
    empty_after_s: float | None
    """From the last call's end until it had nothing; None when that took too long."""
    memory_marked_mb: float
    """After `MARK_CALLS` calls, or before the first when there were fewer."""
    memory_end_mb: float

    @property
    def is_clean(self) -> bool:
        """Whether no call failed, and nothing is left."""
        return not self.failures and self.empty_after_s is not None

    def as_dict(self) -> dict[str, Any]:
        """Everything, for a JSON file."""
        return {**asdict(self), "clean": self.is_clean}


def manner_of(number: int) -> Manner:
    """Of the n-th call, from 0 on."""
    round_, place = divmod(number, 20)
    if place not in OF_TWENTY:
        return Manner.PLAIN
    return ABNORMAL[(round_ * len(OF_TWENTY) + OF_TWENTY.index(place)) % len(ABNORMAL)]


async def run_soak(trunk: SipTrunk, plan: SoakPlan, progress: Callable[[float], None] = lambda _: None) -> SoakResult:
    """Place all calls, then wait until the server has forgotten them. `progress` gets the part that is done, 0 to 1."""
    server = ServerProcess(plan.server_pid)
    soak = _Soak(trunk, plan, server, progress)
    await soak.mark()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
        watch = asyncio.create_task(soak.watch(http), name="soak watch")
        try:
            await asyncio.gather(*(soak.slot(number) for number in range(min(plan.at_once, plan.calls))))
        finally:
            watch.cancel()
            await asyncio.wait([watch])
        empty_after_s = await soak.until_empty(http)
    end = await asyncio.to_thread(server.usage)
    return SoakResult(
        placed={str(manner): soak.placed[manner] for manner in Manner},
        failures=dict(soak.failures),
        kept_peak=soak.peak,
        kept_end=soak.kept,
        empty_after_s=empty_after_s,
        memory_marked_mb=soak.marked_mb,
        memory_end_mb=end.memory_mb,
    )


class _Soak:
    def __init__(
        self, trunk: SipTrunk, plan: SoakPlan, server: ServerProcess, progress: Callable[[float], None]
    ) -> None:
        self.marked_mb = 0.0
        self.placed: Counter[Manner] = Counter()
        self.failures: Counter[str] = Counter()
        self.kept: dict[str, int] = {}
        self.peak: dict[str, int] = {}
        self._trunk = trunk
        self._plan = plan
        self._server = server
        self._progress = progress
        self._done = 0
        self._numbers = iter(range(plan.calls))

    async def mark(self) -> None:
        """The server's memory now is what its later memory is compared with."""
        self.marked_mb = (await asyncio.to_thread(self._server.usage)).memory_mb

    async def slot(self, number: int) -> None:
        """Place calls one after another, as long as there are any left."""
        await asyncio.sleep(number * RAMP_S)
        for call in self._numbers:
            manner = manner_of(call)
            self.placed[manner] += 1
            try:
                problem = await self._call(manner)
            except CarrierError as error:
                problem = str(error)
            if problem:
                self.failures[f"{manner}: {problem}"] += 1
            self._done += 1
            if self._done == MARK_CALLS:
                await self.mark()
            self._progress(self._done / self._plan.calls)

    async def watch(self, http: aiohttp.ClientSession) -> None:
        """Ask the server now and then, until cancelled."""
        while True:
            await self._ask(http)
            await asyncio.sleep(ASK_EVERY_S)

    async def until_empty(self, http: aiohttp.ClientSession) -> float | None:
        """Wait until the server has nothing left; the seconds that took, None when they are too many."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        while loop.time() - began_s < EMPTY_WITHIN_S:
            if await self._ask(http) and not any(self.kept.values()):
                return round(loop.time() - began_s, 1)
            await asyncio.sleep(ASK_EVERY_S)
        return None

    async def _ask(self, http: aiohttp.ClientSession) -> bool:
        """Whether the server told what it has."""
        try:
            async with http.get(self._plan.health_url) as answer:
                told = (await answer.json())["sip"]
            self.kept = {name: int(told[name]) for name in KEPT}
        except (aiohttp.ClientError, TimeoutError, ValueError, TypeError, KeyError):
            return False
        self.peak = {name: max(value, self.peak.get(name, 0)) for name, value in self.kept.items()}
        return True

    async def _call(self, manner: Manner) -> str:
        """One call; what went wrong, empty for nothing."""
        plan, trunk = self._plan, self._trunk
        if manner is Manner.CANCELS:
            line = await trunk.place(plan.destination)
            await line.hang_up()
            return _problem(line)
        line = await trunk.call(plan.destination, faults=FAULTS.get(manner, SipFaults()))
        if manner is Manner.NO_ACK:
            await line.hang_up()
            return _problem(line)
        heard = await _talk(line, plan.utterances, SILENT_LINE_S if manner is Manner.NO_SOUND else plan.seconds)
        is_over = line.end is not None
        if manner is Manner.VANISHES:
            line.vanish()
        await line.hang_up()
        if not heard:
            return "nothing was heard"
        if manner is Manner.NO_SOUND and not is_over:
            return f"the server did not notice for {SILENT_LINE_S:g} s"
        return _problem(line)


def _problem(line: SipLine) -> str:
    if line.end in BAD:
        return str(line.end)
    return "; ".join(sorted(set(line.complaints)))


async def _talk(line: SipLine, utterances: Sequence[bytes], seconds: float) -> bool:
    """Answer whatever the server says for so long, or until it hangs up; whether anything was heard."""
    phone = Phone(line, lambda _: None, keep_audio=False)
    agent = phone.judge.agent
    is_heard = False
    with suppress(HungUpError):
        for utterance in cycle(utterances):
            is_heard = await phone.wait_until(lambda: agent.audible, seconds - phone.now_s) or is_heard
            await phone.wait_until(lambda: not agent.audible, seconds - phone.now_s)
            if phone.now_s >= seconds:
                break
            await phone.say(utterance, "")
    return is_heard
