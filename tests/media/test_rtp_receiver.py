"""A call's incoming packets, whoever sent them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callagent.media.audio import CHUNK_BYTES, SILENCE
from callagent.media.codec import PCMA, PCMU, Codec
from callagent.media.rtp import RtpPacket, write_rtp
from callagent.media.rtp_receiver import RtpReceiver
from callagent.media.telephone_event import key_packets

TYPES = {0: PCMU, 8: PCMA}
KEYS = {101}


def tone(number: int, level: int = 8000) -> bytes:
    """20 ms of it."""
    wave = np.sin(np.arange(number * 160, (number + 1) * 160) * 2 * np.pi * 200 / 8000)
    return (wave * level).astype("<i2").tobytes()


def datagram(payload_type: int, sequence: int, timestamp: int, ssrc: int, payload: bytes) -> bytes:
    """One packet."""
    return write_rtp(
        RtpPacket(
            payload_type,
            marker=False,
            sequence=sequence & 0xFFFF,
            timestamp=timestamp & 0xFFFFFFFF,
            ssrc=ssrc,
            payload=payload,
        )
    )


class Peer:
    """Sends to a receiver, one packet for each 20 ms, and hears with it."""

    def __init__(self) -> None:
        self.receiver = RtpReceiver(TYPES, KEYS)
        self.now_s = 50.0
        self.sequence, self.timestamp = 65_530, 1000
        self.keys = ""
        self.heard: list[bytes] = []
        self.positions: list[int] = []

    def send(self, payload_type: int, payload: bytes, ssrc: int = 1, *, timestamp: int | None = None) -> None:
        """One packet."""
        stamped = self.timestamp if timestamp is None else timestamp
        data = datagram(payload_type, self.sequence, stamped, ssrc, payload)
        self.keys += "".join(self.receiver.receive(data, self.now_s))
        self.sequence += 1

    def pass_time(self) -> None:
        """20 ms."""
        if chunk := self.receiver.tick(self.now_s + 0.005):
            self.heard.append(chunk.pcm)
            self.positions.append(chunk.position)
        self.now_s += 0.02
        self.timestamp += 160

    def talk(self, chunks: int, codec: Codec = PCMU, ssrc: int = 1) -> None:
        """Audio."""
        for _ in range(chunks):
            self.send(codec.payload_type, codec.encode(tone(self.timestamp // 160)), ssrc)
            self.pass_time()

    def press(self, digit: str, ssrc: int = 1) -> None:
        """A key for 100 ms instead of audio, as most telephones send it."""
        began = self.timestamp
        for packet in key_packets(digit, 800, 160):
            self.send(101, packet.payload, ssrc, timestamp=began)
            if not packet.repeats:
                self.pass_time()


def test_every_20_ms_there_is_a_chunk_and_positions_go_on() -> None:
    """From the first packet on, whatever is lost."""
    peer = Peer()
    peer.pass_time()
    peer.talk(50)
    peer.sequence += 3
    for _ in range(3):
        peer.pass_time()
    peer.talk(50)

    assert peer.positions == list(range(0, 160 * 103, 160))
    assert {len(pcm) for pcm in peer.heard} == {CHUNK_BYTES}
    assert peer.receiver.stats is not None
    assert peer.receiver.stats.lost == 3


@pytest.mark.parametrize("codec", [PCMU, PCMA], ids=lambda codec: codec.name)
def test_both_codings_are_heard(codec: Codec) -> None:
    """As far as eight bits go."""
    peer = Peer()
    peer.talk(20, codec)

    # The first chunk fades in.
    assert peer.heard[3:] == [codec.decode(codec.encode(tone(7 + n))) for n in range(17)]


def test_the_coding_may_change_in_mid_stream() -> None:
    """A peer may use whichever was negotiated."""
    peer = Peer()
    peer.talk(20, PCMU)
    peer.talk(20, PCMA)

    assert peer.heard[-1] == PCMA.decode(PCMA.encode(tone(6 + 37)))
    assert peer.receiver.buffer.counts.concealed == 0


def test_keys_are_no_loss_and_told_once() -> None:
    """Their packets are of the audio's own sequence: nothing is lost, nothing delayed, and the gap is silent."""
    peer = Peer()
    peer.talk(50)
    peer.press("4")
    peer.talk(20)
    peer.press("2")
    peer.talk(50)

    assert peer.keys == "42"
    assert peer.receiver.stats is not None
    assert peer.receiver.stats.lost == 0
    assert peer.receiver.stats.jitter < 1e-6
    assert peer.receiver.buffer.counts.concealed == 0
    assert peer.receiver.buffer.counts.stretched == 320
    assert peer.heard[53] == SILENCE


def test_keys_of_another_source_leave_the_audio_alone() -> None:
    """Its own sequence and clock, while the audio goes on."""
    peer, undisturbed = Peer(), Peer()
    peer.talk(50)
    for packet in key_packets("#", 800, 160):
        sequence, peer.sequence = peer.sequence, 7
        peer.send(101, packet.payload, ssrc=77, timestamp=99)
        peer.sequence = sequence
    peer.talk(50)
    undisturbed.talk(100)

    assert peer.keys == "#"
    assert peer.heard == undisturbed.heard


def test_a_new_source_is_taken_after_two_packets_and_nothing_of_it_is_lost() -> None:
    """A transfer: another telephone, another sequence, another clock."""
    peer = Peer()
    peer.talk(50)
    peer.sequence, peer.timestamp = 300, 160_000
    peer.talk(50, ssrc=2)

    assert peer.receiver.stats is not None
    assert (peer.receiver.stats.ssrc, peer.receiver.stats.lost) == (2, 0)
    assert {PCMU.decode(PCMU.encode(tone(1001 + number))) for number in range(45)} <= set(peer.heard)


def test_two_strays_of_another_source_are_none() -> None:
    """Packets that do not follow each other begin no stream."""
    peer = Peer()
    peer.talk(20)
    for sequence in (5, 900, 40):
        peer.receiver.receive(datagram(0, sequence, 0, 666, bytes(160)), peer.now_s)

    assert peer.receiver.stats is not None
    assert (peer.receiver.stats.ssrc, peer.receiver.ignored) == (1, 3)


def test_a_second_voice_in_between_is_ignored() -> None:
    """Whoever sends audio beside the one who is heard is not heard."""
    peer, undisturbed = Peer(), Peer()
    for number in range(40):
        peer.talk(1)
        data = datagram(0, number, number * 160, 666, bytes(160))
        peer.receiver.receive(data, peer.now_s)
    undisturbed.talk(40)

    assert peer.heard == undisturbed.heard
    assert peer.receiver.ignored == 40


def test_what_was_not_negotiated_is_passed_over() -> None:
    """A first packet of 8 bytes and type 1, as linphone sends it, and comfort noise."""
    peer = Peer()
    peer.send(1, bytes(8), ssrc=3)
    peer.pass_time()
    assert peer.positions == []

    peer.talk(10)
    peer.send(13, b"\x40")
    peer.talk(10)
    assert (peer.receiver.ignored, peer.receiver.malformed) == (2, 0)
    assert peer.receiver.stats is not None
    assert peer.receiver.stats.lost == 0


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(12),
        datagram(0, 0, 0, 1, b""),
        datagram(0, 0, 0, 1, bytes(1601)),
    ],
    ids=["empty", "version 0", "no audio", "too much audio"],
)
def test_what_is_malformed_is_counted_and_dropped(data: bytes) -> None:
    """It does not even begin the stream."""
    receiver = RtpReceiver(TYPES, KEYS)

    assert receiver.receive(data, 1.0) == ()
    assert (receiver.malformed, receiver.tick(1.0), receiver.last_arrival_s) == (1, None, None)


def test_a_malformed_event_is_counted() -> None:
    """Three bytes are no report."""
    receiver = RtpReceiver(TYPES, KEYS)
    receiver.receive(datagram(101, 0, 0, 1, b"abc"), 1.0)

    assert receiver.malformed == 1


def test_a_negotiation_changes_what_is_understood() -> None:
    """From the next packet on."""
    peer = Peer()
    peer.talk(5)
    peer.receiver.negotiate({8: PCMA}, {96})
    peer.talk(5)
    peer.talk(5, PCMA)

    assert peer.receiver.ignored == 5
    assert peer.receiver.last_arrival_s == pytest.approx(50 + 14 * 0.02)


@settings(deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=60), st.sampled_from([b"", b"\x80\x00", b"\x80\x65", b"\xb1\x08"]))))
def test_no_datagram_raises(datagrams: list[tuple[bytes, bytes]]) -> None:
    """Random bytes, some of them behind a plausible beginning."""
    receiver = RtpReceiver(TYPES, KEYS)
    positions = []
    for number, (data, begin) in enumerate(datagrams):
        receiver.receive(begin + data, 9 + number * 0.02)
        if chunk := receiver.tick(9 + number * 0.02):
            positions.append(chunk.position)

    assert positions == list(range(0, 160 * len(positions), 160))
