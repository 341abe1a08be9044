"""Calls over a network that loses what is sent, with telephones that share no code with callagent's own SIP."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from support.sip_phone import Shop, ports

from callagent.media.audio import CHUNK_SAMPLES
from callagent.simulator.call_end import CallEnd
from callagent.simulator.impairment import Impairment
from callagent.simulator.sip_caller import SipFaults
from callagent.simulator.sip_line import SipLine
from callagent.simulator.sip_trunk import SipDestination, SipTrunk
from callagent.telephony.sip.carrier import SipSetup

LOUD = b"\x00\x20" * CHUNK_SAMPLES
CALLS = 60
RAMP_S = 0.05
LIMIT_S = 60.0


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """A carrier whose conversations last until the caller hangs up."""
    made = Shop(SipSetup(media_ports=ports()))
    await made.carrier.start()
    yield made
    await made.carrier.stop()


async def speak(line: SipLine, ticks: int) -> None:
    """Say something for so long, or until the server hangs up."""
    for _ in range(ticks):
        if await line.exchange(LOUD) is None:
            break


@pytest.mark.slow
async def test_every_call_comes_about_where_signalling_is_lost(shop: Shop) -> None:
    """Fifteen percent in each direction: sixty calls are answered and ended, and nothing of them stays."""

    async def call(trunk: SipTrunk, number: int) -> SipLine:
        await asyncio.sleep(number * RAMP_S)
        line = await trunk.call(SipDestination("127.0.0.1", shop.port))
        await speak(line, 10)
        await line.hang_up()
        return line

    async with asyncio.timeout(LIMIT_S), SipTrunk(Impairment(signalling=15)) as trunk:
        lines = await asyncio.gather(*(call(trunk, number) for number in range(CALLS)))
        await shop.idle()

    assert {line.end for line in lines} == {CallEnd.CALLER_HUNG_UP}
    assert {complaint for line in lines for complaint in line.complaints} == set()
    assert shop.legs.qsize() == CALLS


async def test_the_leg_knows_what_the_network_lost(shop: Shop) -> None:
    """By the numbers of the packets; a fifth of them never came, give or take a few that were still on the way."""
    async with SipTrunk(Impairment(rtp=20, jitter=30, reorder=5)) as trunk:
        line = await trunk.call(SipDestination("127.0.0.1", shop.port))
        leg = await shop.leg()
        await speak(line, 100)
        quality = leg.quality
        lost = line.out.lost / len(line.record.sent_s)

    assert quality is not None
    assert quality.loss == pytest.approx(lost, abs=0.05)
    assert quality.jitter_ms > 1


async def test_a_caller_who_sends_garbage_is_not_heard(shop: Shop) -> None:
    """And ends the call as everybody does."""
    async with SipTrunk() as trunk:
        line = await trunk.call(SipDestination("127.0.0.1", shop.port), faults=SipFaults(garbage=True))
        await speak(line, 30)
        await line.hang_up()
        await shop.idle()

    assert line.end is CallEnd.CALLER_HUNG_UP


async def test_an_invite_that_comes_three_times_is_one_call(shop: Shop) -> None:
    """The network may double what it carries."""
    async with SipTrunk() as trunk:
        line = await trunk.call(SipDestination("127.0.0.1", shop.port), faults=SipFaults(invites=3))
        await speak(line, 5)
        assert shop.carrier.figures()["calls"] == 1
        await line.hang_up()
        await shop.idle()

    assert shop.legs.qsize() == 1
