"""The port to which Asterisk connects its AudioSocket calls.

Nothing is started for a connection before it comes from an allowed address, has said which call it is, and that call
was admitted.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, cast
from uuid import UUID

import structlog

from callagent.clock import Clock
from callagent.telephony.asterisk.access import Sources
from callagent.telephony.asterisk.announced import Announced
from callagent.telephony.asterisk.audiosocket import HANG_UP, Frame, FrameReader, Identified
from callagent.telephony.asterisk.audiosocket_leg import AudioSocketLeg
from callagent.telephony.asterisk.handovers import HandOver, Handovers
from callagent.telephony.leg import Leg, LegInfo, Whisper
from callagent.telephony.masking import masked_number
from callagent.telephony.twilio.exchange import Promise
from callagent.telephony.twilio.switchboard import Switchboard
from callagent.telephony.whispering import whisper_to

START_WITHIN_S: Final = 5.0
"""A connection that has not said by then which call it is, is closed."""
MOST_UNSTARTED: Final = 64
"""Such connections at one time; beyond that the oldest is closed, for Asterisk says so at once."""
MOST: Final = 512
"""Connections at one time; further ones are closed."""
SEND_BUFFER: Final = 16 * 1024
"""Bytes that the system may hold for a line that reads slowly: some tenths of a second."""
STOP_WITHIN_S: Final = 2.0
"""How long calls have to notice that their connections are closed."""
TELL_EVERY_S: Final = 10.0
"""How often the log tells of connections that were refused."""

log = structlog.get_logger("callagent.asterisk")


class AudioSocketServer:
    """One per server; `answer` takes a leg and returns when its call is over."""

    def __init__(
        self,
        listener: socket.socket | None,
        sources: Sources,
        announced: Announced,
        handovers: Handovers,
        switchboard: Switchboard,
        clock: Clock,
        answer: Callable[[Leg], Awaitable[None]],
    ) -> None:
        """Without a `listener` it serves the connections that `take` is given."""
        self._listener = listener
        self._sources = sources
        self._announced = announced
        self._handovers = handovers
        self._switchboard = switchboard
        self._clock = clock
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._connections: dict[_Connection, None] = {}
        """Oldest first."""
        self._refused = 0
        self._told_s = float("-inf")
        self._calls: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many connections there are."""
        return len(self._connections)

    async def start(self) -> None:
        """Take connections."""
        if self._listener is not None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(self._connect, sock=self._listener)

    async def take(self, connection: socket.socket) -> None:
        """Serve a connection that was accepted elsewhere."""
        await asyncio.get_running_loop().connect_accepted_socket(self._connect, connection)

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._server is not None:
            self._server.close()
        for connection in tuple(self._connections):
            connection.drop()
        calls = set(self._calls)
        if calls:
            await asyncio.wait(calls, timeout=STOP_WITHIN_S)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    def _connect(self) -> asyncio.Protocol:
        return _Connection(self)

    def enter(self, connection: "_Connection", peer: object) -> bool:
        """Whether a new connection may stay."""
        if not self._sources.allow(peer):
            self.tell("connections from elsewhere refused", "Set CALLAGENT_ASTERISK_FROM to Asterisk's address.")
            return False
        unstarted = [one for one in self._connections if not one.is_started]
        if len(unstarted) >= MOST_UNSTARTED:
            unstarted[0].drop()
        if len(self._connections) >= MOST:
            self.tell("too many connections", f"There are {MOST}.")
            return False
        self._connections[connection] = None
        return True

    def leave(self, connection: "_Connection") -> None:
        """A connection is gone."""
        self._connections.pop(connection, None)

    def tell(self, what: str, remedy: str) -> None:
        """Log what a stranger could repeat at will, now and then."""
        self._refused += 1
        now_s = self._clock.now_s()
        if now_s - self._told_s >= TELL_EVERY_S:
            log.warning(what, refused=self._refused, remedy=remedy)
            self._refused, self._told_s = 0, now_s

    def begin(self, connection: "_Connection", call: UUID) -> None:
        """A connection has said which call it is."""
        task = asyncio.create_task(self._have(connection, call), name="audiosocket call")
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _have(self, connection: "_Connection", call: UUID) -> None:
        try:
            whisper = self._handovers.whisper(call, self._clock.now_s())
            if whisper is not None:
                await self._whisper(connection, call, whisper)
            elif (known := await self._admitted(call)) is not None:
                info, can_transfer = known
                await self._talk(connection, info, can_transfer=can_transfer)
            else:
                connection.refuse()
        finally:
            connection.close()

    async def _whisper(self, connection: "_Connection", ring: UUID, whisper: Whisper) -> None:
        """Tell who has picked up what it is about."""
        leg = connection.leg(LegInfo(str(ring), "audiosocket", "", ""))
        if not await whisper_to(leg, whisper):
            self._handovers.cut(ring)

    async def _admitted(self, call: UUID) -> tuple[LegInfo, bool] | None:
        """Whose call it is, and whether it can be handed over; None for one that cannot be taken."""
        call_id, now_s = str(call), self._clock.now_s()
        if back := self._handovers.come_back(call_id, now_s):
            info, token = back
            return (info, True) if await self._switchboard.redeem(call_id, token) else None
        numbers = self._announced.take(call, now_s)
        offered = await self._switchboard.offer(call_id)
        if not isinstance(offered, Promise):
            log.warning("call refused", call=call_id, reason=offered)
            self._handovers.refuse(call_id, now_s)
            return None
        if not await self._switchboard.redeem(call_id, offered.token):
            log.warning("call refused", call=call_id, reason="its UUID was used before")
            return None
        return LegInfo(call_id, "audiosocket", numbers.caller, numbers.called), numbers.can_transfer

    async def _talk(self, connection: "_Connection", info: LegInfo, *, can_transfer: bool) -> None:
        def hand_over(numbers: Sequence[tuple[str, float]], whisper: Whisper) -> None:
            self._handovers.begin(info, numbers, whisper, self._clock.now_s())

        log.info("call connected", call=info.call_id, caller=masked_number(info.caller))
        leg = connection.leg(info, hand_over if can_transfer else None)
        try:
            await self._answer(leg)
        finally:
            self._switchboard.left(info.call_id)
            if not leg.is_handed_over:
                await self._switchboard.over(info.call_id)


class _Connection(asyncio.Protocol):
    """One of Asterisk's."""

    def __init__(self, server: AudioSocketServer) -> None:
        self.is_started = False
        """Whether it has said which call it is."""
        self._server = server
        self._reader = FrameReader()
        self._early: list[Frame] = []
        """What came before there was a leg to take it."""
        self._leg: AudioSocketLeg | None = None
        self._waiting_for_room: asyncio.Task[None] | None = None
        self._limit: asyncio.TimerHandle | None = None
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if not self._server.enter(self, transport.get_extra_info("peername")):
            self._transport.abort()
            return
        wire = transport.get_extra_info("socket")
        if wire is not None:
            with suppress(OSError):
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self._limit = asyncio.get_running_loop().call_later(START_WITHIN_S, self._too_late)

    def _too_late(self) -> None:
        if not self.is_started:
            self._is_no_call()

    def _is_no_call(self) -> None:
        self._server.tell("connections that were no call closed", "Only Asterisk's AudioSocket belongs here.")
        self.drop()

    def data_received(self, data: bytes) -> None:
        frames = self._reader.feed(data)
        if not self.is_started and frames:
            if not isinstance(frames[0], Identified):
                self._is_no_call()
                return
            self.is_started = True
            self._transport.pause_reading()  # until there is a leg
            self._server.begin(self, frames[0].call)
            self._early = frames[1:]
        elif self._leg is not None:
            for frame in frames:
                self._leg.received(frame)
            self._rest(self._leg)

    def _rest(self, leg: AudioSocketLeg) -> None:
        """Read no more while the call has enough to do."""
        if not leg.room.is_set() and self._waiting_for_room is None:
            self._transport.pause_reading()
            self._waiting_for_room = asyncio.create_task(self._resume(leg), name="audiosocket rests")

    async def _resume(self, leg: AudioSocketLeg) -> None:
        await leg.room.wait()
        self._waiting_for_room = None
        self._read_on()

    def _read_on(self) -> None:
        if not self._ended and not self._transport.is_closing():
            self._transport.resume_reading()

    def leg(self, info: LegInfo, hand_over: HandOver | None = None) -> AudioSocketLeg:
        """The leg of this connection, made once."""
        leg = self._leg = AudioSocketLeg(self._transport, info, hand_over)
        for frame in self._early:
            leg.received(frame)
        self._early = []
        if self._ended:
            leg.closed(clean=not self._reader.inside)
        self._read_on()
        return leg

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._server.leave(self)
        if self._limit is not None:
            self._limit.cancel()
        if self._waiting_for_room is not None:
            self._waiting_for_room.cancel()
        if self._leg is not None:
            # Asterisk seldom has read all when the caller hangs up, and what it closes then is reset.
            closed = exc is None or isinstance(exc, ConnectionResetError | BrokenPipeError)
            self._leg.closed(clean=closed and not self._reader.inside)

    def refuse(self) -> None:
        """Have Asterisk hang up or go on with its dialplan."""
        self._transport.write(HANG_UP)
        self._transport.close()

    def close(self) -> None:
        """Let go of it; what was written is still sent."""
        self._transport.close()

    def drop(self) -> None:
        """Close at once, without a word."""
        self._transport.abort()
