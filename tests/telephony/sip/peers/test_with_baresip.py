"""Calls with baresip: an ordinary telephone's SIP, over UDP, TCP and TLS, and its own recording of what it heard."""

from pathlib import Path

import pytest
from support.caller_voice import chunks
from support.peers.agent import Agent, account, agent
from support.peers.baresip import Baresip, baresip
from support.peers.ports import HOST
from support.peers.program import needs
from support.peers.sounds import HEARD, likeness

from callagent.telephony.leg import LegEnd
from callagent.telephony.sip.offers.agreement import SrtpPolicy

pytestmark = needs("baresip")


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_a_call_both_ways(tmp_path: Path, transport: str) -> None:
    """Its voice and its keys reach the call, and what is said back reaches its ear."""
    async with agent(tmp_path, tls=transport == "tls") as here:
        trusts = f"sip_cafile {here.certificate}" if transport == "tls" else ""
        async with baresip(tmp_path, transport=transport, config=trusts) as caller:
            await talk(here, caller, transport)


async def test_encrypted_sound(tmp_path: Path) -> None:
    """Where both sides take nothing but SRTP, both hear each other."""
    async with (
        agent(tmp_path, srtp=SrtpPolicy.REQUIRED) as here,
        baresip(tmp_path, account=";mediaenc=srtp-mand", config="module srtp.so") as caller,
    ):
        await talk(here, caller, "udp")


async def talk(here: Agent, caller: Baresip, transport: str) -> None:
    """A call in which everything is said and heard."""
    said = b"".join(await chunks("opening hours"))
    await caller.dial(f"sip:100@{HOST}:{here.tls_port if transport == 'tls' else here.port};transport={transport}")
    call = await here.call()
    # What it is told to say before it sends anything may be lost in it.
    await call.until("the telephone's silence", lambda call: len(call.heard) > 0)
    await caller.speak(said, times=10)
    await caller.press("5#")
    await call.until("both keys", lambda call: len(call.digits) == 2)
    await caller.hears(said)
    await caller.hang_up()

    assert await call.over() is LegEnd.CALLER_HUNG_UP
    assert call.digits == "5#"
    assert likeness(bytes(call.heard), said) > HEARD


async def test_hold_and_resume(tmp_path: Path) -> None:
    """What it holds the call hears of, and that it goes on."""
    said = b"".join(await chunks("opening hours"))
    async with agent(tmp_path) as here, baresip(tmp_path) as caller:
        await caller.dial(f"sip:100@{HOST}:{here.port}")
        call = await here.call()
        await caller.tell("hold")
        await call.until("hold", lambda call: call.holds == [True])
        await caller.tell("resume")
        await call.until("no hold", lambda call: call.holds == [True, False])
        before = len(call.heard)
        await caller.speak(said, times=10)
        await call.hears(said * 2, since=before)
        await caller.hang_up()
        await call.over()

    assert likeness(bytes(call.heard), said) > HEARD


async def test_the_agent_hangs_up(tmp_path: Path) -> None:
    """And the telephone knows that the call is over."""
    async with agent(tmp_path) as here, baresip(tmp_path) as caller:
        await caller.dial(f"sip:100@{HOST}:{here.port}")
        call = await here.call()
        await call.leg.hang_up()
        reason = await caller.closed()
        end = await call.over()

    assert end is LegEnd.AGENT_HUNG_UP
    assert "reset" in reason.lower() or "bye" in reason.lower()


async def test_a_telephone_is_rung(tmp_path: Path) -> None:
    """It picks up by itself, hears what is said to it and presses keys; then the agent hangs up."""
    said = b"".join(await chunks("opening hours"))
    async with (
        baresip(tmp_path, "shop", account=";answermode=auto") as callee,
        agent(tmp_path, trunk=account(callee.port)) as here,
    ):
        async with here.ringing("shop") as call:
            await callee.press("1")
            await call.until("a key", lambda call: call.digits == "1")
            async with call.saying(said):
                await callee.hears(said)
        await callee.closed()

    assert here.progress == ["ringing", "answered"]
