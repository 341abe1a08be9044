"""Telephones on this machine that call a SIP carrier, and that it rings: each number behaves as it is told to."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import numpy as np
from sipmessage import Request

from callagent.clock import SystemClock
from callagent.media.audio import Chunk
from callagent.telephony.leg import DigitReceived, Leg, LegEnd
from callagent.telephony.sip.carrier import SipCarrier, SipSetup
from callagent.telephony.sip.endpoint import Endpoint
from callagent.telephony.sip.line import SipLine
from callagent.telephony.sip.messages.numbers import called_of
from callagent.telephony.sip.network.listening import listen, read_listening
from callagent.telephony.sip.offers.agreement import AudioPlan
from callagent.telephony.sip.offers.offer_answer import Negotiation
from callagent.telephony.sip.parties import SipCall
from callagent.telephony.sip.sessions.outgoing import CallTo
from callagent.telephony.sip.sessions.session_core import SessionSetup
from callagent.telephony.sip.sound.media_clock import MediaClock
from callagent.telephony.sip.sound.media_line import MediaLine
from callagent.telephony.sip.sound.media_ports import MediaPorts
from callagent.telephony.sip.transactions.matching import Hop
from callagent.telephony.sip.trunks.trunk import Trunk
from callagent.telephony.sip.user_agent import Invited
from callagent.telephony.twilio.switchboard import OwnSwitchboard

SHOP = "+911140000001"
LIMIT_S = 8.0
"""Nothing here takes so long unless it is broken."""
_ranges = count(30000, 200)


def ports() -> tuple[int, int]:
    """A range for sound that no other user agent of the tests has."""
    first = next(_ranges)
    return first, first + 199


class End:
    """A telephone's end of a call: hears, is told of keys, and knows when it is over."""

    def __init__(self, line: SipLine) -> None:
        self.line = line
        self.sound = bytearray()
        self.keys = ""
        self.reason: LegEnd | None = None
        self.heard_any = asyncio.Event()
        self.key_pressed = asyncio.Event()
        self._louder: tuple[float, asyncio.Event] | None = None
        line.hold_by(self)

    def moved(self, line: SipLine) -> None:
        """As a `Holder`."""
        self.line = line

    def heard(self, chunk: Chunk) -> None:
        """As a `Holder`."""
        self.sound += chunk.pcm
        self.heard_any.set()
        if self._louder and loudness(chunk.pcm) > self._louder[0]:
            self._louder[1].set()

    def pressed(self, digit: str) -> None:
        """As a `Holder`."""
        self.keys += digit
        self.key_pressed.set()

    def played(self, mark: str) -> None:
        """As a `Holder`."""

    def held(self, *, held: bool) -> None:
        """As a `Holder`."""

    def ended(self, reason: LegEnd) -> None:
        """As a `Holder`."""
        self.reason = reason

    async def hears(self, louder_than: float) -> None:
        """Wait until it hears something as loud as that."""
        heard = asyncio.Event()
        self._louder = (louder_than, heard)
        async with asyncio.timeout(LIMIT_S):
            await heard.wait()

    async def over(self) -> None:
        """Wait until the call is over."""
        async with asyncio.timeout(LIMIT_S):
            await self.line.over.wait()


class Phones:
    """A private exchange: `does` says what each number does when it is rung: "answer", "ring", or a refusal."""

    def __init__(self) -> None:
        self.does: dict[str, str | int] = {}
        self.rung: asyncio.Queue[End] = asyncio.Queue()
        """Who picked up, in order."""
        self.invites: list[Request] = []
        at = read_listening("udp:127.0.0.1:0")
        wire = listen(at)
        self.port: int = wire.getsockname()[1]
        self._endpoint = Endpoint([(at, wire)], ["127.0.0.0/8"], SystemClock(), self._invited)
        self.agent = self._endpoint.agent
        self._ports = MediaPorts("127.0.0.1", *ports())
        self._clock = MediaClock()

    async def start(self) -> None:
        """Take messages."""
        await self._endpoint.start()

    async def stop(self) -> None:
        """Hang up, and close everything."""
        self.agent.hang_up()
        await self._endpoint.stop()

    def _line(self) -> SipLine:
        def media(line: SipLine) -> MediaLine:
            return MediaLine(self._ports, self._clock, line.hears, line.pressed, line.marked, line.died)

        return SipLine(SystemClock(), media)

    def _setup(self, line: SipLine) -> SessionSetup:
        plan = AudioPlan("127.0.0.1", line.media.port, line.media.rtcp_port)
        return SessionSetup(
            f"<sip:phone@127.0.0.1:{self.port}>", Negotiation(plan, 1), may_transfer=lambda _target: True
        )

    def _invited(self, invite: Request, _source: Hop, _replacing: SipCall | None) -> Invited | int:
        self.invites.append(invite)
        does = self.does.get(called_of(invite), 404)
        if isinstance(does, int):
            return does
        line = self._line()

        def taken(call: SipCall) -> None:
            line.begin(call)
            asyncio.get_running_loop().call_soon(self._pick_up, line, does)

        return Invited(self._setup(line), line.tell, taken)

    def _pick_up(self, line: SipLine, does: str | int) -> None:
        if does == "ring":
            line.call.do(line.call.session.ring(SystemClock().now_s()))
        else:
            line.accept()
            self.rung.put_nowait(End(line))

    def call(self, port: int, caller: str = "+919812345678", headers: tuple[tuple[str, str], ...] = ()) -> SipLine:
        """Ring the shop at that port; the line settles when it is answered."""
        line = self._line()
        to = CallTo(f"sip:{SHOP}@127.0.0.1:{port}", f"<sip:{caller}@127.0.0.1>", secrets.token_hex(8), headers=headers)
        self.agent.call(self._setup(line), to, line.tell, line.begin)
        return line

    async def talk(self, port: int, caller: str = "+919812345678") -> End:
        """Ring the shop, and be answered."""
        line = self.call(port, caller)
        async with asyncio.timeout(LIMIT_S):
            await line.settled.wait()
        assert line.is_up
        return End(line)

    async def answered(self) -> End:
        """Whoever picks up next."""
        async with asyncio.timeout(LIMIT_S):
            return await self.rung.get()


class Shop:
    """A carrier under test; its conversations are handed to the test, which ends them."""

    def __init__(self, setup: SipSetup, at: str = "udp:127.0.0.1:0", most_calls: int = 0) -> None:
        place = read_listening(at)
        wire = listen(place)
        self.port: int = wire.getsockname()[1]
        self.legs: asyncio.Queue[Leg] = asyncio.Queue()
        self.keys: asyncio.Queue[str] = asyncio.Queue()
        """What the callers press, to the agent."""
        clock = SystemClock()
        self._over = asyncio.Event()
        switchboard = OwnSwitchboard(clock, most_calls=most_calls)
        self.carrier = SipCarrier([(place, wire)], setup, switchboard, clock, self._answer)

    async def _answer(self, leg: Leg) -> None:
        """The conversation: until the leg is over."""
        self.legs.put_nowait(leg)
        async for signal in leg.signals():
            if isinstance(signal, DigitReceived):
                self.keys.put_nowait(signal.digit)
        await leg.hang_up()

    async def leg(self) -> Leg:
        """The next conversation."""
        async with asyncio.timeout(LIMIT_S):
            return await self.legs.get()

    async def idle(self) -> None:
        """Wait until no call and no port for sound is in use."""
        async with asyncio.timeout(LIMIT_S):
            while self.carrier.figures()["calls"] or self.carrier.figures()["media_ports"]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@asynccontextmanager
async def shop_and_phones(
    setup: SipSetup | None = None, *, most_calls: int = 0, refer: bool = False
) -> AsyncIterator[tuple[Shop, Phones]]:
    """A shop whose trunk are the phones."""
    phones = Phones()
    trunk = Trunk("phones", f"sip:127.0.0.1:{phones.port}", "shop", number=SHOP, register=False, refer=refer)
    shop = Shop(setup or SipSetup(trunks=(trunk,), media_ports=ports()), most_calls=most_calls)
    await phones.start()
    await shop.carrier.start()
    try:
        yield shop, phones
    finally:
        await shop.carrier.stop()
        await phones.stop()


def loudness(pcm: bytes) -> float:
    """Root mean square."""
    wave = np.frombuffer(pcm, dtype="<i2").astype(float)
    return float(np.sqrt(np.mean(wave**2))) if wave.size else 0.0


def hum(seconds: float, amplitude: int = 12000, hz: float = 300.0) -> bytes:
    """A steady sound."""
    time_s = np.arange(round(8000 * seconds)) / 8000
    return bytes(np.rint(amplitude * np.sin(2 * np.pi * hz * time_s)).astype("<i2").tobytes())
