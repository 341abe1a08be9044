"""Several recognisers in order: no word is lost when some of them fail."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from support.faulty import FaultyEar
from support.troubles import troubles

from callagent.errors import ProviderError, ProviderUnavailableError
from callagent.resilience.breaker import BreakerPolicy
from callagent.resilience.deadlines import ENOUGH
from callagent.resilience.incidents import Failed, Incident, TookOver, reporting
from callagent.resilience.lineup import Lineup
from callagent.simulator.virtual_time import VirtualClock, run
from callagent.stt.chain import TranscriberChain
from callagent.stt.transcriber import Hints, Transcriber

REFUSED = ProviderUnavailableError("one", "refused")
CHUNKS = [bytes([number]) * 320 for number in range(100)]
"""A turn of 2 s, each chunk to be told from the others."""


class Outcome:
    """What came of a turn."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.after_s = 0.0
        """From the end of the turn to its final transcript."""
        self.error: ProviderError | None = None
        self.incidents: list[Incident] = []
        self.states: list[str] = []


def lineup(*ears: FaultyEar) -> Lineup[Transcriber]:
    """The recognisers in order, on the running loop's clock."""
    return Lineup([(ear.name, ear) for ear in ears], VirtualClock(asyncio.get_running_loop()))


def transcribe(*ears: FaultyEar, chunks: list[bytes] = CHUNKS) -> Outcome:
    """Have a chain of recognisers hear one turn as it is spoken; all in virtual time."""

    async def listen() -> Outcome:
        loop = asyncio.get_running_loop()
        ears_in_order = lineup(*ears)
        chain = TranscriberChain(ears_in_order)
        outcome = Outcome()
        ended_s = 0.0

        async def spoken() -> AsyncIterator[bytes]:
            nonlocal ended_s
            for chunk in chunks:
                await asyncio.sleep(0.02)
                yield chunk
            ended_s = loop.time()

        with reporting(troubles(outcome.incidents)):
            try:
                async for transcript in chain.transcribe(spoken(), Hints()):
                    outcome.texts.append(f"{transcript.provider}: {transcript.text}")
            except ProviderError as error:
                outcome.error = error
        outcome.after_s = loop.time() - ended_s
        outcome.states = [member.breaker.state for member in ears_in_order.members]
        return outcome

    return run(listen())


def test_one_that_has_become_slower_is_asked_again() -> None:
    """It was quick, and then takes longer than twice its time, yet not too long: that costs it no more than a rest."""

    async def scenario() -> list[str]:
        one = FaultyEar("one", [0.1, "yes"])
        chain = TranscriberChain(lineup(one, FaultyEar("two", ["yes"])))

        for _ in range(ENOUGH):
            await _hear(chain)
        one.script = [0.6, "yes"]
        ears = [await _hear(chain) for _ in range(3)]
        await asyncio.sleep(BreakerPolicy().rest_s)
        return [*ears, await _hear(chain)]

    assert run(scenario()) == ["two"] * 3 + ["one"]


@pytest.mark.parametrize(("needs_network", "hears"), [(True, "two"), (False, "one")])
def test_short_turns_bind_no_recogniser_on_this_machine(needs_network: bool, hears: str) -> None:
    """It takes the longer the longer a turn was; only from one in the network may be expected what it usually does."""

    async def scenario() -> str:
        one = FaultyEar("one", [0.1, "yes"], needs_network=needs_network)
        chain = TranscriberChain(lineup(one, FaultyEar("two", ["yes"])))
        for _ in range(ENOUGH):
            await _hear(chain)
        one.script = [1.2, "a long story"]
        return await _hear(chain)

    assert run(scenario()) == hears


def test_a_demoted_one_does_not_take_the_patience_of_the_last() -> None:
    """The recogniser on this machine stays last, and is waited for as long as nobody else would be."""
    ears = (
        FaultyEar("one", [REFUSED]),
        FaultyEar("two", [REFUSED]),
        FaultyEar("here", [6.0, "fan"], needs_network=False),
    )

    async def scenario() -> tuple[str, list[str]]:
        clock = VirtualClock(asyncio.get_running_loop())
        members = Lineup[Transcriber](
            [(ear.name, ear) for ear in ears], clock, is_demoted=lambda name: name in {"one", "here"}
        )
        return await _hear(TranscriberChain(members)), [member.name for member in members.order("en")]

    assert run(scenario()) == ("here", ["two", "one", "here"])


async def _hear(chain: TranscriberChain) -> str:
    """Who hears a turn."""

    async def spoken() -> AsyncIterator[bytes]:
        for chunk in CHUNKS:
            yield chunk

    return [transcript.provider async for transcript in chain.transcribe(spoken(), Hints())].pop()


def test_the_first_is_believed_when_it_answers() -> None:
    """Interims and the final one come through; the others hear nothing."""
    two = FaultyEar("two", ["no"])
    outcome = transcribe(FaultyEar("one", ["ceiling?", 0.1, "ceiling fan"]), two)

    assert outcome.texts == ["one: ceiling", "one: ceiling fan"]
    assert two.heard == []
    assert outcome.incidents == []


@pytest.mark.parametrize(
    ("ear", "after_s"),
    [
        (FaultyEar("one", [REFUSED], reads=False), 0.0),
        (FaultyEar("one", [0.5, REFUSED], reads=False), 0.0),
        (FaultyEar("one", [0.2, "ceil?", 0.3, "ceiling?", REFUSED], reads=False), 0.0),
        (FaultyEar("one", [REFUSED]), 0.0),
        (FaultyEar("one", []), 0.0),
        (FaultyEar("one", [60.0, "fan"]), 1.5),
        (FaultyEar("one", [60.0, "fan"], interims=False), 1.5),
        (FaultyEar("one", [60.0, "fan"], interims=False, needs_network=False), 3.0),
        (FaultyEar("one", [0.2, "fan?"] * 100), 1.5),
    ],
    ids=[
        "refuses",
        "drops early",
        "drops after interims",
        "drops at the end",
        "no final",
        "hangs",
        "hangs at the end",
        "works on this machine, and hangs",
        "interims without end",
    ],
)
def test_the_next_hears_the_whole_turn(ear: FaultyEar, after_s: float) -> None:
    """From its first chunk to its last, each once; the caller waits for the deadline at most."""
    two = FaultyEar("two", ["ceiling fan"])
    outcome = transcribe(ear, two)

    assert two.heard == [b"".join(CHUNKS)]
    assert outcome.texts[-1] == "two: ceiling fan"
    assert outcome.after_s == pytest.approx(after_s, abs=0.3)
    assert outcome.incidents[-1] == TookOver("stt", "one", "two")


def test_a_recogniser_that_hears_nothing_while_the_caller_talks_is_left() -> None:
    """It gives interims, but none for three seconds of speech: the next one is listening before the turn is over."""
    two = FaultyEar("two", ["ceiling fan"])
    outcome = transcribe(FaultyEar("one", [60.0]), two, chunks=CHUNKS * 3)

    assert outcome.after_s < 0.1
    assert outcome.incidents == [Failed("stt", "one", "ProviderTimeoutError"), TookOver("stt", "one", "two")]


def test_one_that_gives_no_interims_may_be_silent_while_the_caller_talks() -> None:
    """There is nothing to expect of it before the turn is over."""
    outcome = transcribe(FaultyEar("one", ["fan"], interims=False), FaultyEar("two", ["no"]), chunks=CHUNKS * 5)

    assert outcome.texts == ["one: fan"]


def test_the_last_is_waited_for_longer() -> None:
    """There is nobody to ask after it."""
    outcome = transcribe(FaultyEar("one", [REFUSED]), FaultyEar("two", [6.0, "fan"]))

    assert outcome.texts == ["two: fan"]


def test_when_none_can_the_last_error_is_told() -> None:
    """Whoever asked does something else then."""
    last = ProviderUnavailableError("two", "refused")
    outcome = transcribe(FaultyEar("one", [REFUSED]), FaultyEar("two", [last]))

    assert outcome.error is last
    assert [type(incident) for incident in outcome.incidents] == [Failed]


def test_a_turn_that_was_given_up_counts_for_nothing() -> None:
    """The caller hangs up in the middle: no breaker hears of it."""

    async def scenario() -> list[str]:
        ears = lineup(FaultyEar("one", [60.0]), FaultyEar("two", []))
        chain = TranscriberChain(ears)

        async def endless() -> AsyncIterator[bytes]:
            while True:
                await asyncio.sleep(0.02)
                yield bytes(320)

        async def listen() -> None:
            async for _ in chain.transcribe(endless(), Hints()):
                pass

        for _ in range(4):
            listening = asyncio.create_task(listen())
            await asyncio.sleep(1.0)
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
        return [member.breaker.state for member in ears.members]

    assert run(scenario()) == ["closed", "closed"]
