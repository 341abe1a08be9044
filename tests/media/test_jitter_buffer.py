"""Packets early, late, twice, in disorder and lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.packet_line import Sent, play, sound, stream

from callagent.media.audio import CHUNK_BYTES, SILENCE
from callagent.media.jitter_buffer import JitterBuffer


def jitter_60(number: int) -> float:
    """Milliseconds, 0 to 60; and one in 33 held up, so that it comes after the next."""
    return number * 37 % 61 + (25 if number % 33 == 11 else 0)


def five_percent(number: int) -> bool:
    """One in twenty, some two in a row."""
    return number % 40 in {7, 8}


def test_a_good_line_is_heard_to_the_bit_and_soon() -> None:
    """Nothing is filled in after the beginning, and the delay stays as it began."""
    sent = stream(200)
    played = play(sent)

    assert bytes(played.pcm).endswith(b"".join(packet.pcm for packet in sent)[160:])
    assert played.gaps_ms(sent) == [40 + 10]
    assert max(played.delays_ms) <= 60


@pytest.mark.parametrize("ptime_ms", [10, 20, 30])
def test_a_bad_line_has_no_gap_but_the_losses(ptime_ms: int) -> None:
    """5 % lost, 60 ms of jitter and 3 % in disorder: never 60 ms of filling beyond the loss, nor 120 ms of delay."""
    sent = stream(1500, jitter_60, five_percent, ptime_ms=ptime_ms)
    played = play(sent)
    heard = [cell for cell in played.cells(sent) if cell is not None]

    assert max(played.gaps_ms(sent, ptime_ms)[1:]) <= 60
    assert max(played.delays_ms) <= 120
    assert played.waiting_ms <= 120 + ptime_ms
    assert heard == sorted(set(heard))
    assert played.buffer.counts.late <= 5


def test_long_packets_on_a_bad_line_are_within_the_bounds() -> None:
    """60 ms a packet and the same trouble: what 120 ms cannot hold is lost, and nothing is heard twice."""
    sent = stream(500, jitter_60, five_percent, ptime_ms=60)
    played = play(sent)
    heard = [cell for cell in played.cells(sent) if cell is not None]

    assert max(played.delays_ms) <= 120
    assert heard == sorted(set(heard))
    assert len({number for number, _ in heard}) >= 0.95 * len(sent)


@pytest.mark.parametrize("lost", [{50}, {50, 51, 52}, set(range(50, 65))], ids=["one", "three", "fifteen"])
def test_a_loss_adds_no_delay(lost: set[int]) -> None:
    """One packet or many: what follows is heard as soon as what went before."""
    sent = stream(120, lost=lost.__contains__)
    played = play(sent)
    cells = played.cells(sent)

    assert played.buffer.counts.stretched == 320
    assert cells.index((119, 0)) - cells.index((49, 0)) == 2 * 70
    assert played.gaps_ms(sent)[1:] == [10]


def test_a_packet_that_comes_late_is_still_heard_where_nothing_followed() -> None:
    """A stall of 80 ms: the sound stands still, no word is lost, and everything comes later by that."""
    sent = stream(150, lambda number: max(0.0, 80 - (number - 50) * 20) if number >= 50 else 0.0)
    played = play(sent)

    assert {cell[0] for cell in played.cells(sent) if cell} == set(range(150))
    assert played.buffer.counts.late == 0
    assert max(played.delays_ms) <= 120


def test_a_packet_that_comes_late_while_others_do_not_is_waited_for_next_time() -> None:
    """The delay grows at once: the first of such packets is dropped, the second is heard."""
    sent = stream(200, lambda number: 75 if number in {60, 90} else 0)
    played = play(sent)
    heard = {cell[0] for cell in played.cells(sent) if cell}

    assert set(range(200)) - heard == {60}
    assert played.buffer.counts.late == 1


def test_a_stall_of_a_second_costs_what_the_buffer_cannot_hold() -> None:
    """A burst of fifty: the newest 120 ms are heard, and the delay is bounded."""
    sent = stream(200, lambda number: max(0.0, 1000 - (number - 50) * 20) if number >= 50 else 0.0)
    played = play(sent)
    heard = {cell[0] for cell in played.cells(sent) if cell}

    assert heard >= set(range(50)) | set(range(98, 200))
    assert max(played.delays_ms) <= 120


def test_the_delay_shrinks_in_silence_and_only_there() -> None:
    """After a stall the voice goes on late; in the next pause the time is made up for, 20 ms at a time."""
    speaks = stream(1500, lambda number: 60.0 if number == 20 else 0.0)
    pauses = stream(1500, lambda number: 60.0 if number == 20 else 0.0, pcm=lambda n: sound(n) if n < 600 else SILENCE)

    assert play(speaks).delays_ms[-1] == play(speaks).delays_ms[550] >= 60
    assert play(pauses).delays_ms[550] >= 60
    assert play(pauses).delays_ms[-1] <= 35


def test_doubled_packets_are_dropped() -> None:
    """Whether soon or late."""
    once = stream(100)
    twice = sorted(
        [*once, *(Sent(p.number, p.arrival_s + 0.03, p.timestamp, p.pcm) for p in once)], key=lambda p: p.arrival_s
    )
    played = play(twice)

    assert played.buffer.counts.duplicates == 100
    assert played.pcm == play(once).pcm


@pytest.mark.parametrize("leap", [160 * 500, -160 * 500, 1 << 31, 12345], ids=["up", "down", "half round", "odd"])
def test_a_leap_of_the_timestamp_is_no_gap(leap: int) -> None:
    """The sender's clock is another, its audio goes on."""
    sent = [
        Sent(p.number, p.arrival_s, p.timestamp + (leap if p.number >= 60 else 0) & 0xFFFFFFFF, p.pcm)
        for p in stream(120)
    ]
    played = play(sent)

    assert {cell[0] for cell in played.cells(sent) if cell} == set(range(120))
    assert played.buffer.counts.restarts == 1
    assert max(played.delays_ms) <= 60


def test_a_pause_without_packets_is_no_loss() -> None:
    """A sender that sends nothing in silence: its timestamps go on, and so does the sound."""
    sent = [p for p in stream(300) if not 50 <= p.number < 200]
    played = play(sent)
    cells = played.cells(sent)

    assert cells.index((200, 1)) - cells.index((49, 1)) == 2 * 151 - played.buffer.counts.skipped // 80
    assert played.buffer.counts.restarts == 0


@pytest.mark.parametrize("pause_s", [0.5, 60])
def test_a_pause_in_which_the_clock_stood_still_costs_nothing(pause_s: float) -> None:
    """A peer comes back from hold: its timestamps know nothing of the time."""
    sent = [Sent(p.number, p.arrival_s + (pause_s if p.number >= 50 else 0), p.timestamp, p.pcm) for p in stream(100)]
    played = play(sent)

    assert {cell[0] for cell in played.cells(sent) if cell} == set(range(100))


@pytest.mark.parametrize("by_ms", [300, -300])
def test_a_line_that_becomes_longer_or_shorter_is_followed(by_ms: int) -> None:
    """Another route: within 400 ms all is heard again, with the delay bounded."""
    sent = stream(300, lambda number: 400 + (by_ms if number >= 100 else 0))
    played = play(sent)
    heard = {cell[0] for cell in played.cells(sent) if cell}

    assert heard >= set(range(80)) | set(range(120, 300))
    assert max(played.delays_ms) <= 120


def test_what_is_cut_out_of_speech_leaves_no_click() -> None:
    """A line that becomes shorter by 200 ms, in the middle of a steady tone: eleven packets come at once."""
    wave = (np.sin(np.arange(300 * 160) * 2 * np.pi * 190 / 8000) * 9000).astype("<i2").tobytes()
    sent = stream(
        300,
        lambda number: min(200.0, max(0.0, 200.0 - (number - 90) * 20)),
        pcm=lambda number: wave[number * CHUNK_BYTES : (number + 1) * CHUNK_BYTES],
    )
    played = play(sent)
    heard = np.frombuffer(bytes(played.pcm), "<i2").astype(int)

    assert played.buffer.counts.skipped >= 160
    assert np.abs(np.diff(heard)).max() <= 1.5 * np.abs(np.diff(np.frombuffer(wave, "<i2").astype(int))).max()


def test_packets_may_change_their_length_in_mid_stream() -> None:
    """20 ms, then 30, then 10: all of it is heard."""
    sent, timestamp, arrival_s = [], 0, 5.0
    for number in range(120):
        cells = (2, 3, 1)[number // 40]
        sent.append(Sent(number, arrival_s + cells * 0.01, timestamp, sound(number, cells)))
        timestamp += cells * 80
        arrival_s += cells * 0.01
    played = play(sent)

    assert {cell[0] for cell in played.cells(sent) if cell} == set(range(120))


@pytest.mark.parametrize("drift", [200e-6, -200e-6])
@pytest.mark.unmeasured
def test_an_hour_of_a_clock_that_drifts_is_made_up_for(drift: float) -> None:
    """200 ppm are 720 ms an hour: with a pause every ten seconds the delay stays small, and nothing is late."""
    voices = [sound(number, 4) for number in range(50)]

    def pcm(number: int) -> bytes:
        return 2 * SILENCE if number % 250 >= 225 else voices[number % 50]

    played = play(stream(90_000, drift=drift, pcm=pcm, ptime_ms=40), keep=False)
    counts = played.buffer.counts

    assert max(played.delays_ms) <= 70
    assert counts.late + counts.restarts == 0
    assert max(counts.stretched - 320, counts.skipped) // 8 in range(680, 800)


@pytest.mark.parametrize("quiet", [True, False])
def test_a_key_s_events_are_no_gap(quiet: bool) -> None:
    """200 ms without audio: silent where events tell why, filled in where they do not."""
    sent = [p for p in stream(100) if not 50 <= p.number < 60]
    buffer = JitterBuffer()
    first = play([p for p in sent if p.number < 50], buffer)
    if quiet:
        buffer.quiet((1 << 32) - 4000 + 50 * 160 & 0xFFFFFFFF, 1600)
    began = buffer.counts.concealed
    heard = [buffer.take(sent[49].arrival_s + 0.02 * n + 0.0871) for n in range(5)]

    assert bytes(first.pcm).endswith(sent[49].pcm[160:])
    assert ([pcm == SILENCE for pcm in heard[:3]] == [True] * 3) is quiet
    assert (buffer.counts.concealed == began) is quiet


PACKETS = st.lists(
    st.tuples(
        st.integers(0, 0xFFFF),
        st.one_of(st.integers(0, 20_000), st.integers(0, 0xFFFFFFFF)),
        st.integers(1, 500),
        st.floats(0, 0.2),
        st.integers(0, 3),
        st.booleans(),
    ),
    max_size=60,
)


@settings(deadline=None)
@given(PACKETS)
def test_whatever_comes_each_tick_is_20_ms(packets: list[tuple[int, int, int, float, int, bool]]) -> None:
    """Any numbers, times, lengths and sources: no exception, and what waits is bounded."""
    buffer, now_s = JitterBuffer(), 7.0
    for sequence, timestamp, length, apart_s, ticks, foreign in packets:
        now_s += apart_s
        if foreign:
            buffer.change_source()
        buffer.put(sequence, timestamp, sound(1, 7)[: 2 * length], now_s)
        buffer.quiet(timestamp, length)
        for _ in range(ticks):
            now_s += 0.02
            pcm = buffer.take(now_s)
            assert pcm is not None
            assert len(pcm) == CHUNK_BYTES
        assert buffer.waiting <= 2 * 8000


def test_a_flood_of_packets_for_one_moment_is_bounded() -> None:
    """Memory stays flat whatever one source sends between two ticks."""
    buffer = JitterBuffer()
    for sequence in range(5000):
        buffer.put(sequence, 160 if sequence else 0, sound(1), 1.0)

    assert len(buffer._packets) <= 200
    assert buffer.waiting == 320


def test_before_the_first_packet_there_is_nothing() -> None:
    """Not even silence: the call's clock begins with the first packet."""
    assert JitterBuffer().take(1.0) is None
