"""One call's incoming RTP: packets in, 20 ms of PCM every 20 ms and pressed keys out.

Nothing here trusts a packet: what cannot be read is counted and dropped, what was not negotiated is passed over, and a
single packet of another source changes nothing. Pure: bytes and time come in as arguments.
"""

from collections.abc import Collection, Mapping
from typing import Final

from callagent.errors import WireError
from callagent.media.audio import CHUNK_SAMPLES, Chunk, samples
from callagent.media.codec import Codec
from callagent.media.jitter_buffer import JitterBuffer
from callagent.media.rtp import RtpPacket, read_rtp
from callagent.media.rtp_quality import ReceptionStats
from callagent.media.telephone_event import KeysReader, read_events

LONGEST_PACKET: Final = samples(0.2)
"""Samples in a packet; more is not what a telephone sends."""
EVENT_GOES_ON: Final = samples(0.06)
"""Samples after its last report for which an event is thought to last: as often it is told of."""


class RtpReceiver:
    """Receives one stream; `codecs` by payload type as negotiated, and the types of telephone events."""

    def __init__(self, codecs: Mapping[int, Codec], event_types: Collection[int] = ()) -> None:
        self.buffer = JitterBuffer()
        self.malformed = 0
        """Packets that could not be read."""
        self.ignored = 0
        """Packets of a type or source that was not asked for."""
        self.last_arrival_s: float | None = None
        """When the last packet came that was of use; None before the first."""
        self.stats: ReceptionStats | None = None
        """Of the source that is heard; None before its first packet."""
        self._codecs = dict(codecs)
        self._event_types = frozenset(event_types)
        self._keys = KeysReader()
        self._position = 0
        self._candidate: tuple[RtpPacket, float] | None = None
        """The first packet of another source, with its arrival."""
        self._length = 0
        """Samples in the last packet of audio."""

    def negotiate(self, codecs: Mapping[int, Codec], event_types: Collection[int] = ()) -> None:
        """Other payload types from now on."""
        self._codecs = dict(codecs)
        self._event_types = frozenset(event_types)

    @property
    def lost(self) -> int:
        """Samples of the packets that never came, as far as the numbers of the others tell."""
        return max(0, self.stats.lost) * self._length if self.stats is not None else 0

    def receive(self, data: bytes, arrival_s: float) -> tuple[str, ...]:
        """A datagram came; the keys that it tells of for the first time. `arrival_s` is on the clock of `tick`."""
        try:
            packet = read_rtp(data)
            codec = self._codecs.get(packet.payload_type)
            if codec is not None:
                self._audio(packet, codec, arrival_s)
                return ()
            if packet.payload_type in self._event_types:
                return self._event(packet, arrival_s)
        except WireError:
            self.malformed += 1
            return ()
        self.ignored += 1
        if self.stats is not None and packet.ssrc == self.stats.ssrc:
            self.stats.note(packet.sequence, packet.timestamp, arrival_s, timed=False)
        return ()

    def tick(self, at_s: float) -> Chunk | None:
        """The 20 ms due at `at_s`; None before the first packet. Ticks are 20 ms apart, each at its own time.

        When the loop was late, receive what waits in the socket before catching up on ticks.
        """
        pcm = self.buffer.take(at_s)
        if pcm is None:
            return None
        chunk = Chunk(pcm, self._position)
        self._position += CHUNK_SAMPLES
        return chunk

    def _audio(self, packet: RtpPacket, codec: Codec, arrival_s: float) -> None:
        if not 0 < len(packet.payload) <= LONGEST_PACKET:
            raise WireError(f"RTP with {len(packet.payload)} bytes of G.711; drop it.")
        stats = self.stats
        if stats is None:
            stats = self.stats = ReceptionStats(packet.ssrc)
        elif stats.ssrc != packet.ssrc:
            before = self._takes_over(packet, arrival_s)
            if before is None:
                return
            self.ignored -= 1
            self.buffer.change_source()
            stats.change_source(packet.ssrc)
            self._put(before[0], codec, before[1], stats)
        self._candidate = None
        self._put(packet, codec, arrival_s, stats)

    def _put(self, packet: RtpPacket, codec: Codec, arrival_s: float, stats: ReceptionStats) -> None:
        self.last_arrival_s = arrival_s
        stats.note(packet.sequence, packet.timestamp, arrival_s)
        self._length = len(packet.payload)  # of G.711 each byte is one
        self.buffer.put(packet.sequence, packet.timestamp, codec.decode(packet.payload), arrival_s)

    def _takes_over(self, packet: RtpPacket, arrival_s: float) -> tuple[RtpPacket, float] | None:
        """The packet before this one of another source, once two came in a row and none of the old (RFC 3550, A.1)."""
        before = self._candidate
        self._candidate = (packet, arrival_s)
        if before and before[0].ssrc == packet.ssrc and before[0].sequence + 1 & 0xFFFF == packet.sequence:
            return before
        self.ignored += 1
        return None

    def _event(self, packet: RtpPacket, arrival_s: float) -> tuple[str, ...]:
        pressed = self._keys.read(packet)
        self.last_arrival_s = arrival_s
        if self.stats is not None and packet.ssrc == self.stats.ssrc:
            self.stats.note(packet.sequence, packet.timestamp, arrival_s, timed=False)
            last = read_events(packet.payload)[-1]
            self.buffer.quiet(packet.timestamp, last.duration + (0 if last.ended else EVENT_GOES_ON))
        return pressed
