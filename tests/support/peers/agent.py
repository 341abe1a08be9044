"""callagent's SIP in the test's own process: who answers repeats what is heard, and the test has a hand on the call."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import pytest
from support.peers.ports import HOST, free_ports
from support.peers.program import PATIENT_S
from support.peers.sounds import PAUSE_S, loud_s
from support.tls import CERTIFICATE, server_context

from callagent.clock import SystemClock
from callagent.media.audio import BYTES_PER_SAMPLE, CHUNK_BYTES, SAMPLE_RATE, silence
from callagent.telephony.leg import AudioReceived, DigitReceived, HoldChanged, Leg, LegEnd, LegEnded
from callagent.telephony.sip.carrier import SipCarrier, SipSetup
from callagent.telephony.sip.network.listening import listen, read_listening
from callagent.telephony.sip.offers.agreement import SrtpPolicy
from callagent.telephony.sip.trunks.trunk import Trunk
from callagent.telephony.twilio.exchange import Promise, Refusal
from callagent.telephony.twilio.switchboard import OwnSwitchboard

MEDIA_PORTS = 160
_AHEAD = 10
"""Chunks that wait at the leg, so that a busy machine makes no gaps."""
_AFTERWARDS = SAMPLE_RATE // 2 * BYTES_PER_SAMPLE
"""Half a second of sound: whatever is said back is heard by then."""


@dataclass
class Call:
    """One call that the agent has, and all that came of it."""

    leg: Leg
    heard: bytearray = field(default_factory=bytearray)
    """PCM from the caller."""
    digits: str = ""
    holds: list[bool] = field(default_factory=list)
    """Each time that the caller put the line on hold, and took it up again."""
    ended: LegEnd | None = None
    echoes: bool = True
    """Whether what is heard is said back."""
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def have(self) -> None:
        """Follow the call to its end."""
        async for signal in self.leg.signals():
            async with self._news:
                match signal:
                    case AudioReceived(chunk):
                        self.heard += chunk.pcm
                        if self.echoes:
                            self.leg.play(chunk.pcm)
                    case DigitReceived(digit):
                        self.digits += digit
                    case HoldChanged(held):
                        self.holds.append(held)
                    case LegEnded(reason):
                        self.ended = reason
                self._news.notify_all()

    async def until(self, what: str, holds: Callable[["Call"], bool], seconds: float = PATIENT_S) -> None:
        """Once that holds."""
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(lambda: holds(self))
        except TimeoutError:
            heard = f"{len(self.heard) / 16000:.1f} s heard, {loud_s(bytes(self.heard)):.1f} s of it loud"
            pytest.fail(f"not within {seconds:g} s: {what}; keys {self.digits!r}, {heard}, ended: {self.ended}")

    async def hears(self, said: bytes, since: int = 0) -> None:
        """Once so much voice has come since byte `since` of `heard`, and a while: it has been said back as well."""
        enough = 0.9 * loud_s(said)
        await self.until("the caller's voice", lambda call: loud_s(bytes(call.heard[since:])) >= enough)
        await self._more(_AFTERWARDS)

    @asynccontextmanager
    async def saying(self, pcm: bytes) -> AsyncIterator[None]:
        """Say something again and again meanwhile, at the pace of the caller's sound, and repeat nobody."""
        self.echoes = False
        talking = asyncio.create_task(self._say(pcm + silence(PAUSE_S)))
        yield
        talking.cancel()
        self.leg.clear()

    async def _say(self, pcm: bytes) -> None:
        pieces = [pcm[at : at + CHUNK_BYTES].ljust(CHUNK_BYTES, b"\0") for at in range(0, len(pcm), CHUNK_BYTES)]
        for number, piece in enumerate(cycle(pieces)):
            self.leg.play(piece)
            if number >= _AHEAD:
                await self._more(CHUNK_BYTES)

    async def _more(self, count: int) -> None:
        enough = len(self.heard) + count
        await self.until("more of the caller", lambda call: len(call.heard) >= enough)

    async def over(self, seconds: float = PATIENT_S) -> LegEnd:
        """Why it ended, once it has."""
        await self.until("the call's end", lambda call: call.ended is not None, seconds)
        assert self.ended
        return self.ended


class _Switchboard(OwnSwitchboard):
    """Promises calls only while it is open."""

    def __init__(self) -> None:
        super().__init__(SystemClock())
        self.is_open = asyncio.Event()
        self.is_open.set()

    async def offer(self, call_sid: str) -> Promise | Refusal:
        """As `Switchboard.offer`."""
        await self.is_open.wait()
        return await super().offer(call_sid)


class Agent:
    """A running SIP carrier; every call that it takes is in the hands of the test."""

    def __init__(self, folder: Path, *, tls: bool, trunk: Trunk | None, any_source: bool, srtp: SrtpPolicy) -> None:
        self.port = free_ports()
        """Of UDP and TCP."""
        self.tls_port = free_ports()
        self.certificate = folder / "certificate.pem"
        """Whom a peer has to believe."""
        self.progress: list[str] = []
        """What dialling told."""
        self._switchboard = _Switchboard()
        self._calls: asyncio.Queue[Call] = asyncio.Queue()
        names = [
            f"udp:{HOST}:{self.port}",
            f"tcp:{HOST}:{self.port}",
            *([f"tls:{HOST}:{self.tls_port}"] if tls else []),
        ]
        if tls:
            self.certificate.write_text(CERTIFICATE, encoding="ascii")
        media = free_ports(MEDIA_PORTS)
        setup = SipSetup(
            media_ports=(media, media + MEDIA_PORTS - 1),
            trunks=(trunk,) if trunk else (),
            any_source=any_source,
            srtp=srtp,
            server_tls=server_context(folder) if tls else None,
        )
        places = [read_listening(name) for name in names]
        self.carrier = SipCarrier(
            [(place, listen(place)) for place in places], setup, self._switchboard, SystemClock(), self._have
        )

    async def _have(self, leg: Leg) -> None:
        call = Call(leg)
        self._calls.put_nowait(call)
        await call.have()

    async def call(self) -> Call:
        """The next call that it took."""
        try:
            return await asyncio.wait_for(self._calls.get(), PATIENT_S)
        except TimeoutError:
            pytest.fail(f"no call came within {PATIENT_S:g} s; {self.carrier.figures()}")

    @property
    def calls(self) -> int:
        """How many it took that nobody asked for yet."""
        return self._calls.qsize()

    @contextmanager
    def thinking(self) -> Iterator[None]:
        """Answer nobody meanwhile: calls wait for it."""
        self._switchboard.is_open.clear()
        yield
        self._switchboard.is_open.set()

    async def dial(self, number: str, ring_s: float = PATIENT_S) -> None:
        """Ring a number, and hang up once somebody answers."""

        async def goodbye(leg: Leg) -> None:
            self.progress.append("goodbye")

        await self.carrier.dial(number, ring_s, goodbye, self.progress.append)

    @asynccontextmanager
    async def ringing(self, number: str) -> AsyncIterator[Call]:
        """The call with whoever answers that number; it is hung up in the end."""
        dialling = asyncio.create_task(self.carrier.dial(number, PATIENT_S, self._have, self.progress.append))
        answered = asyncio.create_task(self.call())
        await asyncio.wait({dialling, answered}, return_when=asyncio.FIRST_COMPLETED)
        if not answered.done():
            answered.cancel()
            await dialling
        call = await answered
        yield call
        await call.leg.hang_up()
        async with asyncio.timeout(PATIENT_S):
            await dialling

    async def is_idle(self) -> None:
        """Once no call is left, and none of their ports."""
        try:
            async with asyncio.timeout(PATIENT_S):
                # Nothing tells of it.
                while (figures := self.carrier.figures())["calls"] or figures["media_ports"]:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        except TimeoutError:
            pytest.fail(f"calls are left: {self.carrier.figures()}")


@asynccontextmanager
async def agent(
    folder: Path,
    *,
    tls: bool = False,
    trunk: Trunk | None = None,
    any_source: bool = False,
    srtp: SrtpPolicy = SrtpPolicy.REFUSED,
) -> AsyncIterator[Agent]:
    """A carrier that takes calls, and rings numbers through a trunk if it has one."""
    made = Agent(folder, tls=tls, trunk=trunk, any_source=any_source, srtp=srtp)
    await made.carrier.start()
    try:
        yield made
        await made.is_idle()
    finally:
        await made.carrier.stop()


def account(port: int, *, register: bool = False, refer: bool = False, transport: str = "udp") -> Trunk:
    """The user `agent` at the trunk at a port, as a setting of `agent`."""
    registrar = f"sip:{HOST}:{port};transport={transport}"
    return Trunk("test", registrar, "agent", password="secret-agent", register=register, refer=refer)
