"""A call with linphonec: another project's stack, which begins its sound with packets that are none, and holds."""

from pathlib import Path

from support.caller_voice import chunks
from support.peers.agent import account, agent
from support.peers.linphone import linphone
from support.peers.ports import HOST
from support.peers.program import needs
from support.peers.sounds import HEARD, likeness

from callagent.telephony.leg import LegEnd

pytestmark = needs("linphonec")


async def test_hold_and_resume(tmp_path: Path) -> None:
    """A call is paused, goes on with its sound, takes a key, and is ended by the caller.

    Its description names the machine's own address, where the sound comes from another one, as through a NAT.
    """
    said = b"".join(await chunks("opening hours"))
    async with agent(tmp_path) as here, linphone(tmp_path, said) as caller:
        await caller.dial(f"sip:100@{HOST}:{here.port}")
        call = await here.call()
        await call.hears(said * 2)
        caller.types("pause")
        await caller.says("is now paused")
        await call.until("hold", lambda call: call.holds == [True])
        before = len(call.heard)
        caller.types("resume")
        await caller.says("Media streams established")
        await call.hears(said * 2, since=before)
        caller.types("5")
        await call.until("a key", lambda call: call.digits == "5")
        caller.types("terminate")
        await caller.says("ended")
        end = await call.over()
        await caller.quit()

    assert end is LegEnd.CALLER_HUNG_UP
    assert call.holds == [True, False]
    assert likeness(bytes(call.heard), said) > HEARD
    assert likeness(caller.heard(), said) > HEARD


async def test_it_is_rung(tmp_path: Path) -> None:
    """It picks up by itself, and both hear each other until the agent hangs up."""
    said = b"".join(await chunks("opening hours"))
    async with (
        linphone(tmp_path, said, picks_up=True) as callee,
        agent(tmp_path, trunk=account(callee.port), any_source=True) as here,
    ):
        async with here.ringing("+919800000002") as call:
            await call.hears(said * 2)
        await callee.says("ended")
        await callee.quit()

    assert here.progress == ["ringing", "answered"]
    assert likeness(bytes(call.heard), said) > HEARD
    assert likeness(callee.heard(), said) > HEARD
