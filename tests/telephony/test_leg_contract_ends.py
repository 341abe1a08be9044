"""What every leg promises (`telephony/leg.py`), whoever carries it: how calls end, and what does not end them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from support.leg_call import Ear, Telephone, call_over, nothing_goes_on
from support.leg_contract import CARRIERS, HANG_UP_S, SOON_S, carriers, now_s, those, words
from support.legs import REFUSED, Carrier

from callagent.errors import CarrierError
from callagent.media.audio import CHUNK_BYTES, SILENCE
from callagent.media.rtp_quality import LineQuality
from callagent.telephony.leg import AudioReceived, Leg, LegEnd, LegEnded, Whisper

# --- the end ---------------------------------------------------------------------------------------------------------


async def the_caller_hangs_up(_leg: Leg, telephone: Telephone) -> None:
    """As callers do."""
    await telephone.far.hang_up()


async def the_line_vanishes(_leg: Leg, telephone: Telephone) -> None:
    """Without a goodbye."""
    await telephone.put_down()
    await telephone.far.vanish()


async def the_agent_hangs_up(leg: Leg, _telephone: Telephone) -> None:
    """Both at once, and again, as a call that is being closed from two places."""
    await asyncio.gather(leg.hang_up(), leg.hang_up())
    await leg.hang_up()


async def the_call_is_handed_over(leg: Leg, _telephone: Telephone) -> None:
    """Somebody is rung."""
    await leg.transfer([("+911234567890", 20.0)], Whisper("A question about fans.", "en"))


async def the_peer_talks_nonsense(_leg: Leg, telephone: Telephone) -> None:
    """More than a leg puts up with."""
    await telephone.far.babble(60)


End = Callable[[Leg, Telephone], Awaitable[None]]


def ends() -> Iterator[object]:
    """Each way in which a call over each carrier can end."""
    for carrier in CARRIERS:
        ways: list[tuple[End, LegEnd]] = [
            (the_caller_hangs_up, LegEnd.CALLER_HUNG_UP),
            (the_line_vanishes, LegEnd.LINE_LOST),
            (the_agent_hangs_up, LegEnd.AGENT_HUNG_UP),
        ]
        if carrier.hands_over:
            ways.append((the_call_is_handed_over, LegEnd.HANDED_OVER))
        if carrier.babbles and carrier.breaks_off:
            ways.append((the_peer_talks_nonsense, LegEnd.PROTOCOL_BROKEN))
        for end, reason in ways:
            yield pytest.param(carrier, end, reason, id=f"{carrier.name}: {reason}")


@pytest.mark.parametrize(("carrier", "end", "reason"), list(ends()))
def test_the_end_is_told_once_and_is_the_last(carrier: Carrier, end: End, reason: LegEnd, tmp_path: Path) -> None:
    """With its reason; whatever is done with the leg afterwards is swallowed, and nobody is told of a fault."""

    async def call() -> None:
        async with call_over(carrier, tmp_path) as (leg, ear, telephone):
            leg.play(words(1, carrier)[0])
            leg.mark("heard")
            await ear.until(lambda: ear.marks)
            info = leg.info
            await end(leg, telephone)
            await ear.until(lambda: ear.is_over, SOON_S + carrier.notices_s)

            assert ear.ends == [reason]
            assert ear.told[-1][1] == LegEnded(reason)
            for _ in range(100):
                leg.play(bytes(CHUNK_BYTES * 2))
                leg.mark("late")
            leg.clear()
            began_s = now_s()
            await leg.hang_up()
            await leg.hang_up()
            assert now_s() - began_s <= HANG_UP_S
            assert ear.told[-1][1] == LegEnded(reason)
            assert (leg.info, leg.counters.lost_chunks) == (info, 0)
            assert leg.quality is None or isinstance(leg.quality, LineQuality)

    with capture_logs() as logs:
        carrier.run(call())

    assert [log for log in logs if log["log_level"] in {"error", "critical"}] == []


@carriers
def test_an_end_before_anybody_reads_is_told(carrier: Carrier, tmp_path: Path) -> None:
    """The caller hung up at once."""

    async def call() -> None:
        async with nothing_goes_on(), carrier.connect(tmp_path) as (leg, far):
            far.press("7")
            for _ in range(3):
                await far.exchange(SILENCE)
            await far.hang_up()
            ear = Ear(leg)
            await ear.until(lambda: ear.is_over)
            await leg.hang_up()

            assert ear.keys == "7"
            assert ear.ends == [LegEnd.CALLER_HUNG_UP]

    carrier.run(call())


@carriers
def test_hanging_up_a_dead_line_takes_no_longer_than_that(carrier: Carrier, tmp_path: Path) -> None:
    """The connection stands, and nobody is there who would answer."""

    async def call() -> None:
        async with call_over(carrier, tmp_path) as (leg, ear, telephone):
            await telephone.hear(1)
            await telephone.put_down()
            await telephone.far.freeze()
            began_s = now_s()
            await asyncio.gather(leg.hang_up(), leg.hang_up())
            await ear.until(lambda: ear.is_over)

            assert now_s() - began_s <= HANG_UP_S
            assert ear.ends == [LegEnd.AGENT_HUNG_UP]

    carrier.run(call())


@carriers
def test_hanging_up_needs_no_reader(carrier: Carrier, tmp_path: Path) -> None:
    """A call that fails at its beginning has none yet."""

    async def call() -> None:
        async with nothing_goes_on(), carrier.connect(tmp_path) as (leg, _):
            began_s = now_s()
            await leg.hang_up()
            assert now_s() - began_s <= HANG_UP_S

    carrier.run(call())


@carriers
def test_a_reader_that_is_cancelled_leaves_nothing(carrier: Carrier, tmp_path: Path) -> None:
    """It ends at once, and the leg can be hung up all the same."""

    async def call() -> None:
        async with call_over(carrier, tmp_path) as (leg, ear, telephone):
            leg.play(words(1, carrier)[0])
            await telephone.hear(3)
            ear.task.cancel()
            began_s = now_s()
            await asyncio.wait({ear.task})
            assert now_s() - began_s <= SOON_S
            leg.play(SILENCE)
            leg.mark("nobody hears of it")
            leg.clear()
            await leg.hang_up()
            assert now_s() - began_s <= HANG_UP_S
            await telephone.until(lambda: telephone.is_over)

    carrier.run(call())


# --- a bad peer, and a slow reader ----------------------------------------------------------------------------------


@those(lambda carrier: carrier.babbles)
def test_nonsense_is_counted_and_survived(carrier: Carrier, tmp_path: Path) -> None:
    """Of every kind that the peer knows; sound, keys and marks go on."""

    async def call() -> None:
        async with call_over(carrier, tmp_path) as (leg, ear, telephone):
            await telephone.hear(1)
            await telephone.far.babble(40)
            said = words(5, carrier)
            telephone.words.extend(said)
            telephone.far.press("9")
            leg.play(said[0])
            leg.mark("heard")
            await ear.until(lambda: said[-1] in ear.sounds and ear.keys and ear.marks)

            assert (ear.keys, ear.marks, ear.ends) == ("9", ["heard"], [])
            assert leg.counters.malformed == 40

    with capture_logs() as logs:
        carrier.run(call())

    assert [log for log in logs if log["log_level"] in {"error", "critical"}] == []


@carriers
@pytest.mark.parametrize("has_begun", [False, True])
def test_what_nobody_reads_is_not_hoarded(carrier: Carrier, has_begun: bool, tmp_path: Path) -> None:
    """A peer that says more than is listened to has to wait, or is not heard; and the call goes on."""

    async def call() -> None:
        async with nothing_goes_on(), carrier.connect(tmp_path) as (leg, far):
            signals = leg.signals()
            if has_begun:
                await far.exchange(SILENCE)
                await far.exchange(SILENCE)
                await anext(signals)
            await far.flood(carrier.keeps + 100)
            ear = Ear(leg, signals)
            await ear.until(lambda: ear.sounds)
            telephone = Telephone(far)
            telephone.far.press("5")
            await ear.until(lambda: ear.keys)
            positions = [one.chunk.position for one in ear.all(AudioReceived)]
            await telephone.put_down()
            await leg.hang_up()
            await ear.until(lambda: ear.is_over)

            assert 0 < len(positions) < carrier.keeps
            assert positions == sorted(set(positions))
            assert ear.keys == "5"

    carrier.run(call())


# --- what a carrier may refuse ------------------------------------------------------------------------------------


@those(lambda carrier: carrier.refuses)
def test_a_refusal_leaves_the_call_as_it_was(carrier: Carrier, tmp_path: Path) -> None:
    """Neither a text nor a transfer that fails is heard of in the call, but as an error."""

    async def call() -> None:
        async with call_over(carrier, tmp_path) as (leg, ear, telephone):
            with pytest.raises(CarrierError):
                await leg.send_text(REFUSED, "Your order is ready.")
            with pytest.raises(CarrierError):
                await leg.transfer([(REFUSED, 20.0)], Whisper("A question about fans.", "en"))
            said = words(3, carrier)
            telephone.words.extend(said)
            telephone.far.press("1")
            leg.play(said[0])
            leg.mark("heard")
            await ear.until(lambda: said[-1] in ear.sounds and ear.marks and ear.keys)
            assert (ear.keys, ear.marks, ear.ends) == ("1", ["heard"], [])
            await telephone.far.hang_up()
            await ear.until(lambda: ear.is_over)
            assert ear.ends == [LegEnd.CALLER_HUNG_UP]

    carrier.run(call())
