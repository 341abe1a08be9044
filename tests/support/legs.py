"""Every carrier's leg with a far side that can be told what to do: what the contract of legs is tested with.

Those here run in virtual time, over sockets that never leave the process; SIP's are in `sip_legs`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

from aiohttp import ClientSession, UnixConnector, web
from support.asterisk_call import Connect, audiosocket, websocket
from support.far_side import AudioSocketFar, FarSide, LoopbackFar, TwilioFar, WebSocketFar

from callagent.errors import CarrierRefusedError
from callagent.media.g711 import ulaw_decode, ulaw_encode
from callagent.simulator.stream_messages import CallIds
from callagent.simulator.ticker import Ticker
from callagent.simulator.twilio_call import Faults, TwilioCall
from callagent.simulator.virtual_time import VirtualClock, VirtualTimeLoop
from callagent.simulator.websocket_line import Channel
from callagent.telephony.leg import Leg
from callagent.telephony.loopback import loopback
from callagent.telephony.twilio.account import TwilioAccount
from callagent.telephony.twilio.exchange import Promise
from callagent.telephony.twilio.rest import TwilioApi
from callagent.telephony.twilio.routes import TwilioRoutes
from callagent.telephony.twilio.switchboard import OwnSwitchboard

Result = TypeVar("Result")
Ends: TypeAlias = tuple[Leg, FarSide[Any]]

REFUSED: Final = "+910000000000"
"""A number that no carrier here writes to or rings."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """One way in which calls come."""

    name: str
    connect: Callable[[Path], AbstractAsyncContextManager[Ends]]
    """A call that was answered, for as long as the context lasts."""
    coded: Callable[[bytes], bytes] = bytes
    """What a line's coding leaves of 20 ms of PCM."""
    loses: bool = False
    """Whether sound can be lost on its way."""
    babbles: bool = True
    """Whether a peer can send what means nothing."""
    breaks_off: bool = True
    """Whether too much of that ends the call: not where strangers could send it."""
    refuses: bool = True
    """Whether it may refuse to write or to ring."""
    hands_over: bool = False
    """Whether it can have somebody else rung."""
    outbound: bool = False
    """Whether the agent rang."""
    held_ms: float = 0.0
    """What the telephone holds back of what it was sent."""
    keeps: int = 6000
    """Chunks of a caller's that may wait for somebody to hear them: what the buffers of a connection hold."""
    notices_s: float = 0.0
    """How long it takes until a peer is missed that vanished."""
    loop: Callable[[], asyncio.AbstractEventLoop] = VirtualTimeLoop
    """Whose time goes by in a test."""

    def run(self, call: Coroutine[Any, Any, Result]) -> Result:
        """Have a call in a loop's time."""
        with asyncio.Runner(loop_factory=self.loop) as runner:
            return runner.run(call)


def ulaw(pcm: bytes) -> bytes:
    """What µ-law leaves."""
    return ulaw_decode(ulaw_encode(pcm))


@asynccontextmanager
async def _loopback(_folder: Path) -> AsyncIterator[Ends]:
    leg, line = loopback()
    yield leg, LoopbackFar(line)


def _asterisk(
    connect: Connect, far: Callable[[Any], FarSide[Any]]
) -> Callable[[Path], AbstractAsyncContextManager[Ends]]:
    @asynccontextmanager
    async def connected(folder: Path) -> AsyncIterator[Ends]:
        taken = Taken()
        async with connect(taken.answer, folder) as line:
            try:
                yield await taken.leg, far(line)
            finally:
                taken.done.set()

    return connected


class Taken:
    """What a server gives its leg to; it returns when told."""

    def __init__(self) -> None:
        self.leg: asyncio.Future[Leg] = asyncio.get_running_loop().create_future()
        self.done = asyncio.Event()

    async def answer(self, leg: Leg) -> None:
        """Take a leg."""
        if not self.leg.done():  # else it was handed over, and is back
            self.leg.set_result(leg)
        await self.done.wait()


class _Api(TwilioApi):
    """Twilio's REST API, without a network."""

    def __init__(self, account: TwilioAccount) -> None:
        super().__init__(account)
        self.far: TwilioFar | None = None

    async def hang_up(self, call_sid: str) -> None:
        """End the call, unless nobody is there any more."""
        if self.far is not None and not self.far.is_frozen:
            self.far.line.end_by_api()

    async def redirect(self, call_sid: str, twiml: str) -> None:
        """Take the call from its stream."""
        if REFUSED in twiml:
            raise CarrierRefusedError("Twilio refused a redirect")
        await self.hang_up(call_sid)

    async def send_text(self, to: str, sender: str, text: str) -> None:
        """Send it."""
        if to == REFUSED:
            raise CarrierRefusedError("Twilio refused a text message")


@asynccontextmanager
async def _twilio(folder: Path) -> AsyncIterator[Ends]:
    account = TwilioAccount("AC0123456789abcdef0123456789abcdef", "a-secret-of-the-test", "https://shop.example.com")
    clock = VirtualClock(asyncio.get_running_loop())
    api, switchboard, taken, ticker = _Api(account), OwnSwitchboard(clock), Taken(), Ticker()
    app = web.Application()
    TwilioRoutes(account, api, clock, taken.answer, switchboard).add_to(app)
    runner = web.AppRunner(app, handle_signals=False)
    await runner.setup()
    place = str(folder / "http")
    await web.UnixSite(runner, place).start()
    ids = CallIds(account.account_sid, "CA1", "MZ1")
    promise = await switchboard.offer(ids.call)
    assert isinstance(promise, Promise)

    async def ended(call: TwilioCall) -> None:
        ticker.leave(call)

    async with ClientSession(connector=UnixConnector(place)) as client:
        stream = await client.ws_connect("http://twilio/twilio/media")
        call = TwilioCall(ids, stream, (), Faults(), ended)
        api.far = TwilioFar(call, ticker)
        await call.begin({"token": promise.token, "from": "+919800000001", "to": "+911140000000"})
        ticker.join(call)
        try:
            yield await taken.leg, api.far
        finally:
            taken.done.set()
            await call.hang_up()
            await stream.close()
            await ticker.aclose()
    await runner.cleanup()


IN_PROCESS: Final = (
    Carrier("loopback", _loopback, babbles=False, refuses=False, hands_over=True, keeps=300),
    Carrier("twilio", _twilio, ulaw, loses=True, hands_over=True),
    Carrier(
        "audiosocket",
        _asterisk(audiosocket(can_transfer=True), AudioSocketFar),
        held_ms=40.0,
        refuses=False,
        hands_over=True,
    ),
    Carrier("websocket lines", _asterisk(websocket(Channel()), WebSocketFar), ulaw),
    Carrier(
        "websocket json",
        _asterisk(websocket(Channel(format="slin", is_json=True), can_transfer=True), WebSocketFar),
        refuses=False,
        hands_over=True,
    ),
)
