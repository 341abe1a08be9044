"""Calls through kamailio, a trunk as providers have them: it asks for passwords and stays in every call's route."""

from pathlib import Path

import pytest
from support.caller_voice import chunks
from support.peers.agent import account, agent
from support.peers.baresip import baresip
from support.peers.kamailio import kamailio
from support.peers.ports import HOST
from support.peers.program import needs

from callagent.errors import NotAnsweredError
from callagent.telephony.leg import LegEnd, Whisper

pytestmark = needs("kamailio", "baresip")

ALICE, BOB = "+919800000001", "+919800000002"
NOBODY = "+919800000003"
PICKS_UP = ";answermode=auto"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_call_comes_in_by_the_trunk(tmp_path: Path, transport: str) -> None:
    """The agent registers with its password and is called by another account; its BYE takes the recorded route.

    In the end the registration is given back.
    """
    async with kamailio(tmp_path) as trunk:
        known = account(trunk.port, register=True, transport=transport)
        async with (
            agent(tmp_path, trunk=known) as here,
            baresip(tmp_path, ALICE, account=trunk.account(ALICE)) as alice,
        ):
            await trunk.registered("agent", ALICE)
            await alice.dial(f"sip:agent@{HOST}")
            call = await here.call()
            await alice.press("5")
            await call.until("a key", lambda call: call.digits == "5")
            await call.leg.hang_up()
            await alice.closed()
            await trunk.routed("BYE")
            end = await call.over()
        await trunk.gone("agent")

    assert end is LegEnd.AGENT_HUNG_UP
    assert call.leg.info.caller == ALICE


async def test_a_call_goes_out_by_the_trunk(tmp_path: Path) -> None:
    """The trunk's demand for a password is met, and who picks up hears the agent and is heard."""
    said = b"".join(await chunks("opening hours"))
    async with kamailio(tmp_path) as trunk, agent(tmp_path, trunk=account(trunk.port)) as here:
        async with baresip(tmp_path, BOB, account=trunk.account(BOB) + PICKS_UP) as bob:
            await trunk.registered(BOB)
            async with here.ringing(BOB) as call:
                await bob.press("1")
                await call.until("a key", lambda call: call.digits == "1")
                async with call.saying(said):
                    await bob.hears(said)
            await bob.closed()
            await trunk.routed("BYE")
        with pytest.raises(NotAnsweredError, match="no such number"):
            await here.dial(NOBODY)

    assert call.leg.info.outbound


@pytest.mark.parametrize("refer", [False, True], ids=["carried", "referred"])
async def test_a_caller_is_handed_over(tmp_path: Path, *, refer: bool) -> None:
    """Who does not pick up is passed over; the next hears the whisper, then the caller, whom a hang-up ends as well.

    With REFER the two telephones talk to each other, and the agent is out of the call.
    """
    said = b"".join(await chunks("opening hours"))
    whispered = b"".join(await chunks("a caller for you"))

    async def sound() -> bytes:
        return whispered

    async with (
        kamailio(tmp_path) as trunk,
        agent(tmp_path, trunk=account(trunk.port, register=True, refer=refer)) as here,
        baresip(tmp_path, ALICE, account=trunk.account(ALICE)) as alice,
        baresip(tmp_path, BOB, account=trunk.account(BOB) + PICKS_UP) as bob,
    ):
        await trunk.registered("agent", ALICE, BOB)
        await alice.dial(f"sip:agent@{HOST}")
        call = await here.call()
        await call.leg.transfer([(NOBODY, 10.0), (BOB, 10.0)], Whisper("a caller for you", sound=sound))
        end = await call.over()
        await bob.event("CALL_ESTABLISHED")
        if refer:
            await alice.closed()
            await bob.closed()
        await bob.hears(whispered, alike=0.7)
        # She may begin while the end of the whisper is still being played.
        await alice.speak(said, times=10)
        await bob.hears(said)
        await bob.tell("hangup")
        await alice.closed(times=2 if refer else 1)

    assert end is LegEnd.HANDED_OVER
