"""What a SIP leg does beyond the contract of legs: with a telephone that shares no SIP with ours, in virtual time."""

import asyncio
import socket
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Literal

import pytest
from support.leg_call import call_over, nothing_goes_on
from support.legs import Carrier, ulaw
from support.sip_legs import NetworkTimeLoop, sip
from support.sip_peer import Offer

from callagent.media.audio import CHUNK_SAMPLES, SILENCE
from callagent.telephony.leg import HoldChanged, LegEnd

LOUD = ulaw(b"\x00\x20" * CHUNK_SAMPLES)


def over(offer: Offer) -> Carrier:
    """SIP, by a telephone that calls so."""
    return Carrier("sip", sip(lambda: offer), loop=NetworkTimeLoop)


def run(call: Coroutine[Any, Any, None]) -> None:
    """In virtual time."""
    with asyncio.Runner(loop_factory=NetworkTimeLoop) as runner:
        runner.run(call)


@pytest.mark.parametrize("hold", ["sendonly", "inactive"])
def test_a_caller_who_holds_is_sent_nothing(hold: str, tmp_path: Path) -> None:
    """What is played meanwhile has its time all the same; afterwards the agent is heard again."""

    async def call() -> None:
        async with call_over(over(Offer()), tmp_path) as (leg, ear, telephone):
            peer = telephone.far.line
            await telephone.hear(2)
            await peer.ask_for(hold)
            await telephone.hear(2)
            before = peer.packets
            for _ in range(10):
                leg.play(LOUD)
            leg.mark("on hold")
            await ear.until(lambda: "on hold" in ear.marks)
            assert peer.packets == before
            await peer.ask_for("sendrecv")
            leg.play(LOUD)
            await telephone.until(lambda: LOUD in telephone.heard)
            assert telephone.heard.count(LOUD) == 1
            assert ear.all(HoldChanged) == [HoldChanged(True), HoldChanged(False)]  # noqa: FBT003
            assert ear.ends == []

    run(call())


def test_keys_may_come_by_info(tmp_path: Path) -> None:
    """Each once, and what is no key not at all."""

    async def call() -> None:
        async with call_over(over(Offer()), tmp_path) as (_, ear, telephone):
            for signal in ("5", "11", "what", "#"):
                await telephone.far.line.ask("INFO", f"Signal={signal}\r\nDuration=160\r\n", "application/dtmf-relay")
            await ear.until(lambda: len(ear.keys) == 3)

            assert ear.keys == "5##"

    run(call())


def test_an_acknowledgement_that_is_lost_is_asked_for_again(tmp_path: Path) -> None:
    """The answer is repeated until it comes, and then no more; the call goes on."""

    async def call() -> None:
        async with call_over(over(Offer(acknowledged=3)), tmp_path) as (leg, ear, telephone):
            peer = telephone.far.line
            await telephone.hear(300)
            assert peer.answers == 3
            leg.play(LOUD)
            await telephone.until(lambda: LOUD in telephone.heard)
            assert ear.ends == []

    run(call())


def test_a_call_that_is_never_acknowledged_is_lost(tmp_path: Path) -> None:
    """After 32 s, though sound comes: that is all there is of a caller who cannot hear our answers."""

    async def call() -> None:
        async with call_over(over(Offer(acknowledged=0)), tmp_path) as (_, ear, telephone):
            await telephone.hear(1)
            await ear.until(lambda: ear.is_over, within_s=40)
            assert ear.ends == [LegEnd.LINE_LOST]

    run(call())


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_a_caller_may_leave_the_offer_to_us(transport: Literal["UDP", "TCP"], tmp_path: Path) -> None:
    """As some gateways do: what both use is known with the acknowledgement (RFC 3264 5)."""

    async def call() -> None:
        async with call_over(over(Offer(transport=transport, late=True)), tmp_path) as (leg, ear, telephone):
            await telephone.hear(2)
            leg.play(LOUD)
            telephone.words.append(LOUD)
            await telephone.until(lambda: LOUD in telephone.heard)
            await ear.until(lambda: LOUD in ear.sounds)

    run(call())


def test_an_invite_that_comes_again_is_the_same_call(tmp_path: Path) -> None:
    """It is answered again, and nobody is called twice."""

    async def call() -> None:
        async with call_over(over(Offer()), tmp_path) as (leg, ear, telephone):
            peer = telephone.far.line
            for _ in range(3):
                peer.send_sip(peer.request)
            await telephone.hear(20)
            leg.play(LOUD)
            await telephone.until(lambda: LOUD in telephone.heard)
            assert ear.ends == []

    run(call())


def test_a_goodbye_to_another_call_is_not_ours(tmp_path: Path) -> None:
    """Neither with another tag nor with another Call-ID does it end the call."""

    async def call() -> None:
        async with call_over(over(Offer()), tmp_path) as (_, ear, telephone):
            peer = telephone.far.line
            await telephone.hear(1)
            right, call_id = peer._remote_to, peer._call_id
            peer._remote_to = right + "x"
            assert (await peer.ask("BYE")).code == 481
            peer._remote_to, peer._call_id = right, "ff" + call_id
            assert (await peer.ask("BYE")).code == 481
            peer._call_id = call_id
            await telephone.hear(2)
            assert ear.ends == []

    run(call())


def test_sound_from_elsewhere_is_not_heard(tmp_path: Path) -> None:
    """Nor does it draw the agent's voice away, however much of it comes."""

    async def call() -> None:
        async with call_over(over(Offer()), tmp_path) as (leg, ear, telephone):
            peer = telephone.far.line
            await telephone.hear(3)
            with socket.socket(type=socket.SOCK_DGRAM) as stranger:
                stranger.bind(("127.0.0.2", 0))
                for number in range(60):
                    header = bytes((0x80, 0)) + (number + 9).to_bytes(2, "big") + (160 * number).to_bytes(4, "big")
                    stranger.sendto(header + b"\0\0\0\1" + b"\x80" * 160, peer._media)
                    await telephone.hear(1)
                stranger.setblocking(False)  # noqa: FBT003
                with pytest.raises(BlockingIOError):
                    stranger.recv(2000)
            leg.play(LOUD)
            await telephone.until(lambda: LOUD in telephone.heard)

            assert set(ear.sounds) == {SILENCE}
            assert leg.counters.malformed == 0

    run(call())


def test_a_connection_that_is_lost_does_not_end_a_call(tmp_path: Path) -> None:
    """The sound has its own way; and hanging up takes no longer for it."""

    async def call() -> None:
        async with call_over(over(Offer(transport="TCP")), tmp_path) as (leg, ear, telephone):
            peer = telephone.far.line
            await telephone.hear(2)
            peer._sip.abort()
            leg.play(LOUD)
            await telephone.until(lambda: LOUD in telephone.heard)
            assert ear.ends == []
            began_s = asyncio.get_running_loop().time()
            await leg.hang_up()
            await ear.until(lambda: ear.is_over)
            assert asyncio.get_running_loop().time() - began_s <= 4
            assert ear.ends == [LegEnd.AGENT_HUNG_UP]
            peer.is_over = True

    run(call())


def test_a_goodbye_may_come_before_the_acknowledgement(tmp_path: Path) -> None:
    """A caller who puts the receiver down at once."""

    async def call() -> None:
        async with nothing_goes_on(), over(Offer(acknowledged=0)).connect(tmp_path) as (leg, far):
            await far.hang_up()
            assert [str(signal.reason) async for signal in leg.signals() if hasattr(signal, "reason")] == [
                LegEnd.CALLER_HUNG_UP
            ]

    run(call())
