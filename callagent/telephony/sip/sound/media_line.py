"""The sound of one SIP call on its two UDP sockets: RTP and RTCP both ways, to and from the negotiated peer only.

The call's clock beats every 20 ms; then all that came is read, 20 ms are heard, and what is due is sent. Sockets are
not waited for: the kernel stamps every datagram with its arrival, so that nothing is lost by reading it only then, and
a flood costs no more than one reading of it does.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from callagent.errors import WireError
from callagent.media.audio import CHUNK_SAMPLES, Chunk
from callagent.media.codec import CODECS, PCMU
from callagent.media.rtcp_session import RtcpSession
from callagent.media.rtp import is_rtcp
from callagent.media.rtp_quality import LineQuality
from callagent.media.rtp_receiver import RtpReceiver
from callagent.media.rtp_sender import RtpSender
from callagent.media.srtp import SrtpStreams
from callagent.telephony.sip.offers.agreement import Agreed
from callagent.telephony.sip.offers.sdes import SrtpKeys
from callagent.telephony.sip.sound.media_clock import MediaClock
from callagent.telephony.sip.sound.media_ports import CONTROL_BYTES, MediaPorts, reader, stamped_s
from callagent.telephony.sip.sound.source_lock import Address, SourceLock, address, ip

LONGEST: Final = 2048
"""Bytes of a datagram that are read; what is longer is no telephone's."""
MOST_READ: Final = 200
"""Datagrams read in one beat; the kernel keeps those beyond, and drops what it has no room for."""
REPORTS_EVERY: Final = 25
"""Beats between two looks at RTCP and at whether the line is dead."""
DEAD_S: Final = 30.0
"""Without anything from the peer while it is expected to send."""
LATEST_S: Final = 2.0
"""A stamp further than that from the beat is wrong, as where the machine's date was set."""


class MediaLine:
    """One call's. All callbacks come from the clock's beat, and none after `close`.

    `hears` gets 20 ms every 20 ms from the first packet on, `pressed` keys of RFC 4733, `marked` the marks that were
    reached, and `dead` is called once, when the peer has sent nothing for `DEAD_S` while it should, or on a fault.
    """

    def __init__(
        self,
        ports: MediaPorts,
        clock: MediaClock,
        hears: Callable[[Chunk], None],
        pressed: Callable[[str], None],
        marked: Callable[[str], None],
        dead: Callable[[], None],
        *,
        any_source: bool = False,
    ) -> None:
        """Takes a pair of ports; raises CarrierError where there is none."""
        self.strangers = 0
        """Datagrams that were not from the peer."""
        self.unsent = 0
        """Datagrams that could not be sent."""
        self._ports = ports
        self._clock = clock
        self._hears = hears
        self._pressed = pressed
        self._marked = marked
        self._dead = dead
        self._sender = RtpSender(
            PCMU,
            ssrc=secrets.randbits(32),
            # In the lower half, so that no early wrap is missed where it counts for the key (RFC 3711, section 3.3.1).
            sequence=secrets.randbits(15),
            timestamp=secrets.randbits(32),
        )
        self._receiver = RtpReceiver({})
        self._rtcp = RtcpSession(self._sender, self._receiver, secrets.token_hex(12))
        self._lock = SourceLock(any_source=any_source)
        self._reports_to: Address | None = None
        self._reports_from: Address | None = None
        """Where the peer's reports came from: past a NAT, ours go there."""
        self._mux = False
        self._keys: SrtpKeys | None = None
        self._protect: SrtpStreams | None = None
        self._unprotect: SrtpStreams | None = None
        self._refused = 0
        """Datagrams that were not encrypted with the peer's key."""
        self._agreed = self._closed = self._told_dead = False
        self._receives = False
        self._read_s = 0.0
        """The beat that last read."""
        self._beats_left = secrets.randbelow(REPORTS_EVERY)
        self._alive_s = 0.0
        self._counted = 0
        """Packets and reports of the peer at the last look."""
        self._reported = 0
        """Reports of the peer."""
        self._pair = ports.take()
        self._sound, self._reports = self._pair
        self._next_sound, self._next_report = reader(self._sound), reader(self._reports)
        self._mapped = len(self._sound.getsockname()) > 2
        """Whether the sockets are of IPv6, where IPv4 has a longer form."""
        self.port: int = self._sound.getsockname()[1]
        self.rtcp_port: int = self._reports.getsockname()[1]

    # --- what the call asks for ---------------------------------------------------------------------------------------

    def agree(self, agreed: Agreed) -> None:
        """Begin, or go on with another coding, address, direction or keys; what was played and not sent stays.

        Raises, and changes nothing, ConfigurationError for SRTP without its package and WireError for keys that cannot
        be or a host name in place of an IP address.
        """
        if self._closed:
            return
        peer, reports = address(agreed.host, agreed.port), address(agreed.rtcp_host, agreed.rtcp_port)
        self._take_keys(agreed.srtp)
        now_s = self._clock.now_s()
        self._lock.agree(peer, now_s)
        if reports is not None and reports != self._reports_to:
            self._reports_to, self._reports_from = reports, None
        self._mux = agreed.rtcp_mux
        sent = replace(CODECS[agreed.codec], payload_type=agreed.send_type)
        self._sender.negotiate(sent, agreed.send_ptime_ms, agreed.send_event_type)
        self._sender.active = agreed.direction.sends
        events = () if agreed.receive_event_type is None else (agreed.receive_event_type,)
        self._receiver.negotiate({number: CODECS[codec] for number, codec in agreed.receives}, events)
        if agreed.direction.receives and not self._receives:
            self._alive_s = now_s
        self._receives = agreed.direction.receives
        if not self._agreed:
            self._agreed = True
            self._read_s = now_s
            self._drain()
            self._clock.add(self)

    def known_at(self, host: str) -> None:
        """The peer's messages come from that IP address: past a NAT, so may its sound."""
        self._lock.also = ip(host)

    def play(self, pcm: bytes) -> None:
        """Send PCM of any length after what waits; of more than two seconds the oldest are dropped."""
        if not self._closed:
            self._sender.play(pcm)

    def mark(self, name: str) -> None:
        """Have `marked` told when all that was played so far has been sent."""
        if not self._closed:
            self._sender.mark(name)

    def clear(self) -> tuple[str, ...]:
        """Throw away what is not sent; the pending marks, which `marked` is not told."""
        return self._sender.clear()

    def press(self, digit: str) -> bool:
        """Send a key; False where the peer takes none. ValueError for what is no key."""
        return not self._closed and self._sender.press(digit)

    def close(self) -> None:
        """Tell the peer goodbye and give the ports back; harmless when that was done."""
        if self._closed:
            return
        self._closed = True
        self._clock.remove(self)
        if self._agreed:
            self._report(self._rtcp.goodbye(self._clock.now_s()))
        self._ports.give_back(self._pair)

    # --- how the line did ---------------------------------------------------------------------------------------------

    @property
    def quality(self) -> LineQuality | None:
        """The line so far; None before any packet."""
        stats = self._receiver.stats
        return self._rtcp.quality() if stats is not None and stats.received else None

    @property
    def malformed(self) -> int:
        """The peer's datagrams that could not be read or decrypted."""
        return self._receiver.malformed + self._rtcp.malformed + self._refused

    @property
    def lost_chunks(self) -> int:
        """What never came, in chunks of 20 ms."""
        return self._receiver.lost // CHUNK_SAMPLES

    @property
    def late_chunks(self) -> int:
        """Packets that came after their time."""
        return self._receiver.buffer.counts.late

    @property
    def delay_s(self) -> float:
        """How long packets wait in the jitter buffer."""
        return self._receiver.buffer.delay_s

    # --- the beat -----------------------------------------------------------------------------------------------------

    def tick(self, at_s: float, now_s: float) -> None:
        """20 ms, as the clock has it."""
        self._read(now_s)
        chunk = self._receiver.tick(at_s)
        if chunk is not None and self._receives and not self._closed:
            self._hears(chunk)
        due = self._sender.due(now_s)
        if due.packets:
            target = self._lock.target
            if target is not None and not self._closed:
                self._send(due.packets, target)
        for mark in due.marks:
            if not self._closed:
                self._marked(mark)
        self._beats_left -= 1
        if self._beats_left < 0 and not self._closed:
            self._beats_left = REPORTS_EVERY
            self._look(now_s)

    def failed(self) -> None:
        """A callback raised: the call is told that its line is dead, and the line closed."""
        try:
            self._tell_dead()
        finally:
            self.close()

    def _read(self, now_s: float) -> None:
        """All sound that came since the last beat."""
        receive, heard = self._next_sound, self._lock.heard
        offset_s, earliest_s, latest_s = self._clock.date_offset_s, self._read_s, now_s + LATEST_S
        self._read_s = now_s
        for _ in range(MOST_READ):
            try:
                data, control, _, source = receive(LONGEST, CONTROL_BYTES)
            except OSError:
                # BlockingIOError: that was all. What else UDP may tell is of datagrams that were sent.
                return
            arrival_s = stamped_s(control) - offset_s
            if not earliest_s <= arrival_s <= latest_s:
                arrival_s = now_s
            if self._mapped:
                source = ip(source[0]), source[1]
            if source == heard:
                self._take(data, arrival_s, source)
            elif self._lock.admits(source, self._receiver.last_arrival_s, now_s):
                self._get_to_know(data, arrival_s, source)
                heard = self._lock.heard
            else:
                self.strangers += 1
            if self._closed:
                return

    def _get_to_know(self, data: bytes, arrival_s: float, source: Address) -> None:
        """A datagram of one who is not heard yet: whoever sends sound that is of use is."""
        before_s = self._receiver.last_arrival_s
        self._take(data, arrival_s, source)
        if self._receiver.last_arrival_s != before_s:
            self._lock.hear(source)

    def _take(self, data: bytes, arrival_s: float, source: Address) -> None:
        if self._mux and is_rtcp(data):
            self._learn(data, arrival_s, source)
            return
        if self._unprotect is not None:
            try:
                data = self._unprotect.unprotect(data)
            except WireError:
                self._refused += 1
                return
        pressed = self._receiver.receive(data, arrival_s)
        if pressed and self._receives:
            for digit in pressed:
                if not self._closed:
                    self._pressed(digit)

    def _send(self, packets: tuple[bytes, ...], target: Address) -> None:
        if self._mapped:
            target = _on_ipv6(target)
        protect, send = self._protect, self._sound.sendto
        for packet in packets:
            try:
                send(packet if protect is None else protect.protect(packet), target)
            except (OSError, WireError):
                self.unsent += 1

    # --- twice a second -----------------------------------------------------------------------------------------------

    def _look(self, now_s: float) -> None:
        """Reports both ways, and whether anybody is there."""
        if not self._mux:
            self._read_reports(now_s)
        # Reports tell times that are compared to milliseconds: not the beat's, but what it really is.
        if (report := self._rtcp.due(self._clock.now_s())) is not None:
            self._report(report)
        stats = self._receiver.stats
        counted = self._reported + (stats.received if stats is not None else 0)
        if counted != self._counted or not self._receives:
            self._counted = counted
            self._alive_s = now_s
        elif now_s - self._alive_s >= DEAD_S:
            self._tell_dead()

    def _read_reports(self, now_s: float) -> None:
        for _ in range(MOST_READ):
            try:
                data, control, _, source = self._next_report(LONGEST, CONTROL_BYTES)
            except OSError:
                return
            if self._mapped:
                source = ip(source[0]), source[1]
            if not self._lock.of_peer(source[0]):
                self.strangers += 1
                continue
            arrival_s = stamped_s(control) - self._clock.date_offset_s
            self._learn(data, arrival_s if abs(arrival_s - now_s) <= LATEST_S else now_s, source)

    def _learn(self, data: bytes, arrival_s: float, source: Address) -> None:
        if self._unprotect is not None:
            try:
                data = self._unprotect.unprotect_rtcp(data)
            except WireError:
                self._refused += 1
                return
        malformed = self._rtcp.malformed
        # A stamp may be younger than the loop's time, which asyncio may keep while it is busy.
        self._rtcp.receive(data, min(arrival_s, self._clock.now_s()))
        if self._rtcp.malformed == malformed:
            self._reported += 1
            self._reports_from = source

    def _report(self, report: bytes) -> None:
        target = self._lock.target if self._mux else self._reports_from or self._reports_to
        if target is None:
            return
        try:
            if self._protect is not None:
                report = self._protect.protect_rtcp(report)
            sending = self._sound if self._mux else self._reports
            sending.sendto(report, _on_ipv6(target) if self._mapped else target)
        except (OSError, WireError):
            self.unsent += 1

    # --- beginnings and ends ------------------------------------------------------------------------------------------

    def _take_keys(self, keys: SrtpKeys | None) -> None:
        """Only what changed begins anew: the count of packets belongs to a key."""
        if keys == self._keys:
            return
        protect = unprotect = None
        if keys is not None:
            fresh = SrtpStreams(keys.suite, keys.send_key, keys.receive_key)
            before = self._keys
            same = before is not None and before.suite == keys.suite
            protect = self._protect if same and before and before.send_key == keys.send_key else fresh
            unprotect = self._unprotect if same and before and before.receive_key == keys.receive_key else fresh
        self._keys, self._protect, self._unprotect = keys, protect, unprotect

    def _drain(self) -> None:
        """What came before anything was agreed on is nobody's."""
        for waiting in self._pair:
            try:
                for _ in range(10 * MOST_READ):
                    waiting.recv(LONGEST)
            except OSError:
                continue

    def _tell_dead(self) -> None:
        if not self._told_dead and not self._closed:
            self._told_dead = True
            self._dead()


def _on_ipv6(target: Address) -> Address:
    """As a socket of IPv6 wants it."""
    return target if ":" in target[0] else (f"::ffff:{target[0]}", target[1])
