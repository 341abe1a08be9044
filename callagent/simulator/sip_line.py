"""A telephone on a SIP line: a `Line`. Many of them share a `SipTrunk`'s socket of signalling; sound has one each."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from callagent.errors import CarrierRefusedError, WireError
from callagent.media.audio import SILENCE
from callagent.media.playback import PlaybackCounts
from callagent.media.rtp import RtpPacket, read_rtp
from callagent.media.telephone_event import KeysReader
from callagent.simulator.call_end import CallEnd
from callagent.simulator.earpiece import HELD_BACK_MS, Earpiece
from callagent.simulator.handset import Handset
from callagent.simulator.impairment import Path
from callagent.simulator.mouthpiece import Mouthpiece
from callagent.simulator.reports import Reports
from callagent.simulator.sip_caller import SipCaller, SipFaults, Stage
from callagent.simulator.sip_text import EVENTS, PCMU, SipText

MOST_STRANGE: Final = 10
"""Packets from elsewhere that are no fault: the last of a call before may still reach its port."""
GARBAGE: Final = (b"\0", b"\x80\0\0", b"\xff" * 172, b"GET / HTTP/1.1\r\n\r\n", b"\x80\x7f" + bytes(1400))
"""What is sent instead of sound, in turn; the last is RTP of a type that nobody asked for."""

LISTENS: Final = ("sendrecv", "recvonly")
"""Directions in which the server takes sound: not while it has the caller on hold."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One packet of the server's sound."""

    at_s: float
    """Event-loop time at which it came, after all that the network does to it."""
    sequence: int
    timestamp: int


@dataclass(slots=True)
class SipRecord:
    """What the telephone saw of a call."""

    sent_s: list[float] = field(default_factory=list)
    """Event-loop time of each 20 ms that were sent."""
    heard_s: list[float] = field(default_factory=list)
    """Event-loop time of each 20 ms of the server's sound that were heard."""
    keys: list[str] = field(default_factory=list)
    """That the server pressed."""
    arrivals: list[Arrival] = field(default_factory=list)
    """Packets of sound as they came, when the call is recorded."""
    audio: list[tuple[bytes, bytes]] = field(default_factory=list)
    """What was spoken and heard, 20 ms of PCM each, when the call is recorded."""


class SipLine:
    """One call. `send` takes a datagram of signalling; `ended` is called once, when the call is over."""

    def __init__(
        self,
        caller: SipCaller,
        paths: tuple[Path, Path],
        send: Callable[[bytes], None],
        ended: Callable[["SipLine"], None],
        *,
        faults: SipFaults,
        recorded: bool,
    ) -> None:
        self.record = SipRecord()
        self.caller = caller
        """Its signalling."""
        self.out, self.back = paths
        """The network, towards the server and from there."""
        self._wires = _Wires(send, ended, faults, recorded)
        self._handset = Handset()
        # A telephone on a bad line waits longer, so that only what is lost is missing.
        self._earpiece = Earpiece(HELD_BACK_MS + self.back.impairment.jitter)
        ssrc, sequence, timestamp = (random.getrandbits(bits) for bits in (32, 15, 31))
        self._mouthpiece = Mouthpiece(ssrc, sequence, timestamp)
        self._keys = KeysReader()
        self._strange = 0
        """Packets from another address than the server's."""
        self.reports = Reports(self._mouthpiece)
        """What both sides tell each other of the line, in a report every five seconds."""

    @property
    def end(self) -> CallEnd | None:
        """How the call ended; None before it is over."""
        return self.caller.end

    @property
    def gaps(self) -> int:
        """See `Line`: times that packets were missing when they were due."""
        return self._earpiece.gaps

    @property
    def playback(self) -> PlaybackCounts:
        """How well the server kept the time."""
        return self._earpiece.counts

    @property
    def complaints(self) -> list[str]:
        """What the server sent and should not have."""
        return self.caller.complaints

    async def answered(self) -> None:
        """Wait until the call is. Raises CarrierRefusedError when it is not."""
        await self._wires.answered.wait()
        if self.caller.stage is not Stage.TALKING and self.caller.sound is None:
            raise CarrierRefusedError(f"the server did not take the call: {self.caller.refused or self.end}")

    async def exchange(self, spoken: bytes) -> bytes | None:
        """See `Line`. One user only."""
        return await self._handset.exchange(spoken)

    def press(self, digit: str) -> None:
        """See `Line`; the key goes out with the next ticks. ValueError for what is no key."""
        self._handset.press(digit)

    async def hang_up(self) -> None:
        """See `Line`; before the answer it gives the call up. Returns when the server has said yes, or is given up."""
        if self.caller.stage is Stage.TALKING:
            self._report(self.reports.goodbye(self._now_s()))
        self.step(self.caller.hang_up(self._now_s()))
        await self._wires.over.wait()

    def vanish(self) -> None:
        """Be gone without a word; what comes is not answered."""
        self.caller.vanish()
        self.step([])

    # --- signalling ---------------------------------------------------------------------------------------------------

    def dial(self) -> None:
        """Place the call."""
        self.step(self.caller.dial(self._now_s()))

    def hear(self, text: SipText) -> None:
        """A message of this call came, unless the network lost it."""
        if self.back.passes():
            self.step(self.caller.receive(text, self._now_s()))

    def step(self, datagrams: list[bytes]) -> None:
        """Send, and see how far the call has come."""
        wires, caller = self._wires, self.caller
        for datagram in datagrams:
            if self.out.passes():
                wires.send(datagram)
        if caller.sound is not None:
            self._mouthpiece.event_type = caller.sound.event_type
        if caller.stage in {Stage.TALKING, Stage.LEAVING, Stage.OVER}:
            wires.answered.set()
        if caller.stage is Stage.OVER and not wires.over.is_set():
            wires.over.set()
            wires.close()
            self._handset.hear(None)
            wires.ended(self)
        wires.wake_at(caller.next_due_s, self._due)

    def _due(self) -> None:
        self.step(self.caller.due(self._now_s()))

    # --- sound --------------------------------------------------------------------------------------------------------

    def connect(self, sound: asyncio.DatagramTransport, reports: asyncio.DatagramTransport) -> None:
        """Send sound and reports through these; the call closes them."""
        self._wires.sound, self._wires.reports = sound, reports

    async def tick(self, at_s: float) -> None:
        """Send 20 ms to the server and hear 20 ms of it; the ticker calls this."""
        if self.caller.stage is not Stage.TALKING:
            return
        handset, mouthpiece, faults = self._handset, self._mouthpiece, self._wires.faults
        spoken = handset.take()
        while handset.keys:
            mouthpiece.press(handset.keys.pop(0))
        packets = mouthpiece.tick(spoken)
        if faults.garbage:
            packets = [GARBAGE[mouthpiece.packets % len(GARBAGE)]]
        if not faults.no_sound:
            for packet in packets:
                self._send_sound(packet)
            self.record.sent_s.append(at_s)
            self._report(self.reports.due(at_s))
        played = self._earpiece.take(at_s)
        if played is not None:
            self.record.heard_s.append(at_s)
        heard = SILENCE if played is None else played
        if self._wires.recorded:
            self.record.audio.append((spoken, heard))
        handset.hear(heard)

    def receive_sound(self, data: bytes, source: tuple[str, int]) -> None:
        """A datagram came where sound is due."""
        sound = self.caller.sound
        if sound is None or source != (sound.host, sound.port):
            # The last of a call that had this port before may still come.
            self._strange += sound is not None
            if self._strange == MOST_STRANGE + 1:
                self.complaints.append("packets from another address than the answer's")
            return
        now_s = self._now_s()
        for at_s, packet in self.back.through(data, now_s):
            self._wires.at(at_s, now_s, self._take_sound, packet)

    def receive_report(self, data: bytes) -> None:
        """A datagram came where reports are due; none is lost on the way."""
        self.reports.receive(data, self._now_s())

    def _report(self, data: bytes | None) -> None:
        """Send a report, if there is one and somewhere to send it: the port after that of sound (section 11)."""
        reports, sound = self._wires.reports, self.caller.sound
        if data and reports is not None and sound is not None and sound.port:
            reports.sendto(data, (sound.host, sound.port + 1))

    def _send_sound(self, data: bytes) -> None:
        now_s = self._now_s()
        for at_s, packet in self.out.through(data, now_s):
            self._wires.at(at_s, now_s, self._put_on_wire, packet)

    def _put_on_wire(self, data: bytes) -> None:
        wires, sound = self._wires, self.caller.sound
        if wires.sound is not None and sound is not None and sound.port and sound.direction in LISTENS:
            wires.sound.sendto(data, (sound.host, sound.port))

    def _take_sound(self, data: bytes) -> None:
        try:
            packet = read_rtp(data)
            if packet.payload_type == EVENTS:
                self.record.keys += self._keys.read(packet)
                return
        except WireError as error:
            self.complaints.append(str(error))
            return
        if packet.payload_type != PCMU:
            self.complaints.append(f"RTP of type {packet.payload_type}, which was not offered")
            return
        self._listen(packet)

    def _listen(self, packet: RtpPacket) -> None:
        now_s = self._now_s()
        if self._wires.recorded:
            self.record.arrivals.append(Arrival(now_s, packet.sequence, packet.timestamp))
        self.reports.note(packet, now_s)
        self._earpiece.put(packet, now_s)

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()


class _Wires:
    """What a line is connected to."""

    def __init__(
        self,
        send: Callable[[bytes], None],
        ended: Callable[[SipLine], None],
        faults: SipFaults,
        recorded: bool,
    ) -> None:
        self.send = send
        self.ended = ended
        self.faults = faults
        self.recorded = recorded
        self.sound: asyncio.DatagramTransport | None = None
        self.reports: asyncio.DatagramTransport | None = None
        self.answered = asyncio.Event()
        self.over = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None

    def wake_at(self, at_s: float | None, due: Callable[[], None]) -> None:
        """Call `due` then, and not at the time that was told before."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = None if at_s is None else asyncio.get_running_loop().call_at(at_s, due)

    @staticmethod
    def at(at_s: float, now_s: float, deed: Callable[[bytes], None], data: bytes) -> None:
        """Do it then: at once, where that is now."""
        if at_s <= now_s:
            deed(data)
        else:
            asyncio.get_running_loop().call_at(at_s, deed, data)

    def close(self) -> None:
        for transport in (self.sound, self.reports):
            if transport is not None:
                transport.close()
        self.sound = self.reports = None
