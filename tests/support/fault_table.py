"""Each provider with each fault, in a call of its own: what the callers heard.

``PYTHONPATH=tests python -m support.fault_table`` measures and writes docs/faults.md.
"""

import asyncio
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from support.fault_call import (
    ANSWER,
    SPOKEN,
    CallerVoice,
    EmbeddedEar,
    Heard,
    Room,
    WatchedModel,
    WatchedVoice,
    stored_prompts,
    usual_model,
    usual_transcriber,
    usual_voice,
)
from support.fault_page import PAGE, Row, page
from support.fault_vendors import FAULTS, REFUSED, VENDORS, Vendor, edge_redirected, load_all, opened
from support.gate import Names, made_up_names
from support.vendors import sockets

from callagent.call.heartbeat import Heartbeat
from callagent.clock import ManualClock, SystemClock
from callagent.content.sentences import sentences
from callagent.events import ProviderFailed, ProviderFellBack
from callagent.llm.chain import ModelChain
from callagent.logs import configure_logs
from callagent.resilience.breaker import BreakerState
from callagent.resilience.lineup import Lineup
from callagent.stt.chain import TranscriberChain
from callagent.tts.cache import CachedSynthesizer
from callagent.tts.chain import SynthesizerChain

AT_ONCE: Final = 20
"""Calls that are made at the same time: more would have them wait for each other."""
FEWER_AT_ONCE: Final = 5
"""The same, where a limit was not kept: a busy machine is late with everything."""
STAGGERED_S: Final = 0.15
"""Between two calls at the beginning."""
RESTED_S: Final = 700.0
"""After this every breaker lets a probe through."""
LEFT_S: Final = 5.0
"""What a call opened may take so long to be gone."""


@dataclass(frozen=True)
class Left:
    """What is open, or is left over."""

    tasks: int
    sockets: int
    threads: int

    @classmethod
    def now(cls) -> "Left":
        """The event loop's own threads do not count: it keeps a few."""
        threads = [thread for thread in threading.enumerate() if not thread.name.startswith("asyncio_")]
        return cls(len(asyncio.all_tasks()), sockets(), len(threads))

    def beyond(self, before: "Left") -> "Left":
        """What there is more than before."""
        return Left(
            max(0, self.tasks - before.tasks),
            max(0, self.sockets - before.sockets),
            max(0, self.threads - before.threads),
        )


NOTHING_LEFT: Final = Left(0, 0, 0)


@dataclass(frozen=True)
class Measured:
    """What came of all of them."""

    rows: list[Row]
    left: Left
    """More than there was before the first call, once all is over."""
    complaints: list[str]
    """The event loop's: errors that nobody looked at."""


class Chain:
    """One stage: the vendor, and behind it the embedded provider."""

    def __init__(self, vendor: Vendor, provider: Any, room: Room) -> None:
        self.vendor = vendor
        self.clock = ManualClock()
        self.changes: list[tuple[BreakerState, BreakerState]] = []
        self.first: Any = WatchedVoice(provider) if vendor.stage == "tts" else provider
        self.backup: Any = _backup(vendor, room)

        def note(name: str, before: BreakerState, after: BreakerState) -> None:
            if name == vendor.name:
                self.changes.append((before, after))

        members = [(vendor.name, self.first), ("embedded", self.backup)]
        self.lineup: Lineup[Any] = Lineup(members, self.clock, on_change=note)

    async def call(self, room: Room) -> Heard:
        """A call over it; the other stages work."""
        stage = self.vendor.stage
        transcriber = TranscriberChain(self.lineup) if stage == "stt" else usual_transcriber()
        model = ModelChain(self.lineup) if stage == "llm" else usual_model()
        voice = SynthesizerChain(self.lineup) if stage == "tts" else usual_voice()
        return await room.call(stage, transcriber, model, CachedSynthesizer(voice, room.folder))

    def breaker(self, failures: int) -> str:
        """What it has done."""
        if ("closed", "open") in self.changes:
            return "opened"
        return f"closed, {failures} of 3" if failures else "closed"


def _backup(vendor: Vendor, room: Room) -> Any:
    if vendor.stage == "stt":
        return EmbeddedEar(room.voice)
    return WatchedModel(usual_model()) if vendor.stage == "llm" else WatchedVoice(usual_voice())


async def _row(vendor: Vendor, fault: str, room: Room, names: Names) -> Row:
    async with opened(vendor, fault, names) as made:
        chain = Chain(vendor, made.provider, room)
        try:
            heard = await chain.call(room)
            breaker = chain.breaker(len(heard.of(ProviderFailed)))
            first_s, failed_s = chain.backup.first_s, heard.failed_s
            lost, repeated = _lost(chain, heard), _repeated(chain, heard)
            if fault == REFUSED:
                breaker = await _tried_on(chain, room)
            await made.mend()
            chain.clock.advance(RESTED_S)
            after = await chain.call(room)
        finally:
            await chain.lineup.aclose()
    known = first_s is not None and failed_s is not None
    return Row(
        vendor.name,
        vendor.stage,
        fault,
        heard.silence_ms,
        round((first_s - failed_s) * 1000) if known else None,
        lost,
        repeated,
        breaker,
        _served_by(vendor, after),
    )


async def _tried_on(chain: Chain, room: Room) -> str:
    """What the breaker makes of two more failures, and of the call after them."""
    await asyncio.gather(chain.call(room), chain.call(room))
    fourth = await chain.call(room)
    left_alone = fourth.answered and not fourth.of(ProviderFailed)
    return f"{chain.breaker(3)} after 3{', then left alone' if left_alone else ''}"


def _lost(chain: Chain, heard: Heard) -> int:
    """Words: of the caller's that were not recognized, or of the agent's that nobody said."""
    if chain.vendor.stage == "stt":
        return _missing(SPOKEN.split(), heard.recognized)
    if chain.vendor.stage == "llm":
        return _missing(ANSWER.split(), [word for sentence in heard.said for word in sentence.split()])
    said: dict[str, list[str]] = {}
    for sentence, words in chain.first.said + chain.backup.said:
        said[sentence] = max(said.get(sentence, []), words, key=len)
    return _missing(ANSWER.split(), [word for words in said.values() for word in words])


def _repeated(chain: Chain, heard: Heard) -> int:
    if chain.vendor.stage == "stt":
        return 0
    said = heard.said if chain.vendor.stage == "llm" else [one for one, _ in chain.first.said + chain.backup.said]
    return sum(count - 1 for sentence, count in Counter(said).items() if sentence in sentences(ANSWER))


def _missing(wanted: Iterable[str], there: Iterable[str]) -> int:
    return (Counter(wanted) - Counter(there)).total()


def _served_by(vendor: Vendor, heard: Heard) -> str:
    """Who served a call that had no fault to meet."""
    if not heard.answered:
        return "nobody"
    return "embedded" if heard.of(ProviderFailed) or heard.of(ProviderFellBack) else vendor.name


async def measure(vendors: Iterable[Vendor] = VENDORS) -> Measured:
    """All faults of all providers, several at a time, and what is left when all is over."""
    complaints: list[str] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: complaints.append(f"{context['message']}: {context.get('exception')!r}")
    )
    with tempfile.TemporaryDirectory() as folder, made_up_names() as names, edge_redirected():
        await load_all()
        heartbeat = Heartbeat(SystemClock())
        heartbeat.start()
        room = Room(heartbeat, await CallerVoice.make(), Path(folder), await stored_prompts())
        before = Left.now()
        cases = [(vendor, fault) for fault in FAULTS for vendor in vendors if fault not in vendor.senseless]
        rows = {row.place: row for row in await _all(cases, room, names, AT_ONCE)}
        late = [(vendor, fault) for vendor, fault in cases if rows[vendor.name, fault].too_much]
        rows |= {row.place: row for row in await _all(late, room, names, FEWER_AT_ONCE)}
        left = await _left(before)
        await heartbeat.stop()
    return Measured(list(rows.values()), left, complaints)


async def _all(cases: Sequence[tuple[Vendor, str]], room: Room, names: Names, at_once: int) -> list[Row]:
    turns = asyncio.Semaphore(at_once)

    async def one(number: int, vendor: Vendor, fault: str) -> Row:
        await asyncio.sleep(number * STAGGERED_S)
        async with turns:
            return await _row(vendor, fault, room, names)

    # Tasks of their own: each has its own address of Edge in its context.
    return await asyncio.gather(*[asyncio.create_task(one(number, *case)) for number, case in enumerate(cases)])


async def _left(before: Left) -> Left:
    """More than there was before, once what is on its way out has had its time."""
    now = asyncio.get_running_loop().time
    over_s = now() + LEFT_S
    while True:
        left = Left.now().beyond(before)
        if left == NOTHING_LEFT or now() > over_s:
            return left
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    configure_logs("ERROR")
    measured = asyncio.run(measure())
    if measured.left != NOTHING_LEFT or measured.complaints:
        raise SystemExit(f"nothing is written, for the calls left something behind: {measured}")
    PAGE.write_text(page(measured.rows), encoding="utf-8")
    print(f"{len(measured.rows)} faults measured; {PAGE} is written.")  # noqa: T201
