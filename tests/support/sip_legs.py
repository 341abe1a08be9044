"""SIP's legs for the contract of legs: over this machine's own network, in virtual time."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any, Final

from support.far_side import SipFar
from support.legs import Carrier, Ends, Taken, ulaw
from support.sip_peer import HOST, Offer, SipPeer

from callagent.media.g711 import alaw_decode, alaw_encode
from callagent.simulator.virtual_time import VirtualClock, VirtualTimeLoop
from callagent.telephony.sip.carrier import SipCarrier, SipSetup
from callagent.telephony.sip.network.listening import listen, read_listening
from callagent.telephony.sip.offers.agreement import SrtpPolicy
from callagent.telephony.sip.trunks.trunk import Trunk
from callagent.telephony.twilio.switchboard import OwnSwitchboard

ON_THE_WAY_S: Final = 0.0005
"""Real seconds that a datagram may take through the kernel, before time goes on."""
MEDIA_PORTS: Final = (34000, 34999)
LOOKED_S: Final = 4.0
"""How often that is looked at."""
FORGOTTEN_S: Final = 100.0
"""An INVITE that nobody answers takes 32 s, and its CANCEL as long again (RFC 3261 17.1)."""


class NetworkTimeLoop(VirtualTimeLoop):
    """Virtual time that waits for what is on its way through the kernel."""

    def _wait(self, timeout_s: float | None, poll: Callable[[float], list[Any]]) -> list[Any]:
        ready = poll(ON_THE_WAY_S) if timeout_s else []
        return ready or super()._wait(timeout_s, poll)


def sip(offer: Callable[[], Offer], *, has_trunk: bool = False) -> Callable[[Path], AbstractAsyncContextManager[Ends]]:
    """What connects a telephone that calls so; with a trunk, nobody who is rung through that answers."""

    @asynccontextmanager
    async def connect(_folder: Path) -> AsyncIterator[Ends]:
        with closing(socket.socket(type=socket.SOCK_DGRAM)) as nobody:
            # Somebody who is rung there never answers.
            nobody.bind((HOST, 0))
            trunk = Trunk("nobody", f"sip:{HOST}:{nobody.getsockname()[1]}", "shop", register=False)
            setup = SipSetup(
                media_ports=MEDIA_PORTS,
                trunks=(trunk,) if has_trunk else (),
                srtp=SrtpPolicy.ACCEPTED,
            )
            clock, taken = VirtualClock(asyncio.get_running_loop()), Taken()
            places = [read_listening(f"{kind}:{HOST}:0") for kind in ("udp", "tcp")]
            wires = [(place, listen(place)) for place in places]
            carrier = SipCarrier(wires, setup, OwnSwitchboard(clock), clock, taken.answer)
            await carrier.start()
            called = offer()
            at = dict(zip(("UDP", "TCP"), (wire.getsockname() for _, wire in wires), strict=True))[called.transport]
            peer = await SipPeer.call(at, called)
            try:
                yield await taken.leg, SipFar(peer)
            finally:
                taken.done.set()
                peer.is_frozen = False
                await peer.hang_up()
                await _idle(carrier)
                await carrier.stop()

    return connect


@asynccontextmanager
async def _rung(_folder: Path) -> AsyncIterator[Ends]:
    """A call of ours through a trunk, to a telephone that picks up."""
    clock, taken = VirtualClock(asyncio.get_running_loop()), Taken()
    place = read_listening(f"udp:{HOST}:0")
    wire = listen(place)
    peer = await SipPeer.wait(wire.getsockname())
    trunk = Trunk("peer", f"sip:{HOST}:{peer.port}", "shop", number="+911140000000", register=False)
    setup = SipSetup(media_ports=MEDIA_PORTS, trunks=(trunk,))
    carrier = SipCarrier([(place, wire)], setup, OwnSwitchboard(clock), clock, taken.answer)
    await carrier.start()
    dialling = asyncio.create_task(carrier.dial("+919800000001", 20.0, taken.answer))
    try:
        yield await taken.leg, SipFar(peer)
    finally:
        taken.done.set()
        peer.is_frozen = False
        await peer.hang_up()
        await dialling
        await _idle(carrier)
        await carrier.stop()


async def _idle(carrier: SipCarrier) -> None:
    """Wait until nothing of a call is left, goodbyes that nobody answers included."""
    used = ("calls", "dialogs", "transactions", "media_ports")
    with suppress(TimeoutError):
        async with asyncio.timeout(FORGOTTEN_S):
            while any(carrier.figures()[name] for name in used):  # noqa: ASYNC110  # it tells nobody
                await asyncio.sleep(LOOKED_S)

    assert {name: carrier.figures()[name] for name in used} == dict.fromkeys(used, 0)


def alaw(pcm: bytes) -> bytes:
    """What A-law leaves."""
    return alaw_decode(alaw_encode(pcm))


def _carrier(name: str, connect: Callable[[Path], AbstractAsyncContextManager[Ends]], **given: Any) -> Carrier:
    noticed: dict[str, Any] = {
        "breaks_off": False,
        "loses": True,
        "held_ms": 20.0,
        "keeps": 300,
        "notices_s": 40.0,
        "loop": NetworkTimeLoop,
    }
    return Carrier(name, connect, **noticed | given)


OVER_SIP: Final = (
    _carrier("sip udp", sip(Offer, has_trunk=True), coded=ulaw, refuses=False, hands_over=True),
    _carrier("sip rung", _rung, coded=ulaw, refuses=False, hands_over=True, outbound=True),
    _carrier("sip srtp", sip(lambda: Offer(encrypted=True)), coded=ulaw),
    _carrier("sip tcp", sip(lambda: Offer(transport="TCP", payload_type=8)), coded=alaw),
)
