"""AudioSocket's frames as bytes: cut anywhere, unknown, too long, broken off."""

import random
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callagent.media.audio import CHUNK_BYTES
from callagent.telephony.asterisk.audiosocket import (
    HANG_UP,
    LARGEST,
    RATES,
    Failed,
    Frame,
    FrameReader,
    HungUp,
    Identified,
    Keyed,
    Malformed,
    Sound,
    sound_frame,
)
from callagent.telephony.asterisk.sound import CODINGS, Coding, Inward, Outward

CALL = UUID("4f0b9f4e-6c1d-4a51-9a55-0d6f0f2b7a10")


def frame(kind: int, payload: bytes = b"") -> bytes:
    """As Asterisk writes it."""
    return bytes((kind, len(payload) >> 8, len(payload) & 0xFF)) + payload


CALL_BYTES = (
    frame(0x01, CALL.bytes) + frame(0x10, b"\x01\x00" * 160) + frame(0x03, b"5") + frame(0x12, b"\x02\x00" * 320)
    + frame(0x77, b"what") + frame(0xFF, b"\x04") + frame(0x00)
)  # fmt: skip
FRAMES: list[Frame] = [
    Identified(CALL),
    Sound(8000, b"\x01\x00" * 160),
    Keyed("5"),
    Sound(16_000, b"\x02\x00" * 320),
    Malformed("unknown type"),
    Failed(4),
    HungUp(),
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 320, 10_000])
def test_frames_are_the_same_however_they_are_cut(size: int) -> None:
    """Headers and payloads may come in any pieces, and many frames in one."""
    reader = FrameReader()
    frames = [one for at in range(0, len(CALL_BYTES), size) for one in reader.feed(CALL_BYTES[at : at + size])]

    assert frames == FRAMES
    assert not reader.inside


@pytest.mark.parametrize(
    ("kind", "payload", "reason"),
    [
        (0x01, b"short", "no UUID"),
        (0x03, b"x", "no key"),
        (0x03, b"", "no key"),
        (0x03, b"12", "no key"),
        (0x10, b"\x00", "half a sample"),
        (0x19, b"", "unknown type"),
        (0x12, bytes(LARGEST + 2), "too long"),
    ],
)
def test_a_frame_that_makes_no_sense_is_passed_over(kind: int, payload: bytes, reason: str) -> None:
    """And the next one is read as ever."""
    reader = FrameReader()

    assert reader.feed(frame(kind, payload) + frame(0x03, b"#")) == [Malformed(reason), Keyed("#")]


def test_what_is_too_long_is_not_kept() -> None:
    """Its payload is counted down as it comes."""
    reader = FrameReader()
    told = reader.feed(b"\x10\xff\xff")
    for _ in range(65_535 // 5):
        told += reader.feed(bytes(5))
        assert len(reader._held) == 0

    assert told == [Malformed("too long")]
    assert not reader.inside


def test_a_connection_that_breaks_off_is_noticed() -> None:
    """In a header and in a payload."""
    for cut in (1, 2, 3, 10):
        reader = FrameReader()
        reader.feed(frame(0x10, bytes(320))[:cut])
        assert reader.inside


@given(st.binary(max_size=3000), st.integers(1, 400))
def test_no_bytes_raise(data: bytes, size: int) -> None:
    """Whatever comes, frames come out, and they do not depend on how it was cut."""
    reader, whole = FrameReader(), FrameReader()
    frames = [one for at in range(0, len(data), size) for one in reader.feed(data[at : at + size])]

    assert frames == whole.feed(data)


def test_what_is_sent_is_what_asterisk_reads() -> None:
    """Type, length, payload."""
    assert sound_frame(8000, b"\x01\x02") == b"\x10\x00\x02\x01\x02"
    assert sound_frame(192_000, b"")[0] == 0x18
    assert HANG_UP == b"\x00\x00\x00"


@pytest.mark.parametrize("rate", RATES.values())
def test_every_rate_becomes_ours_and_back(rate: int) -> None:
    """A tone comes through both ways, in chunks of exactly 20 ms; what goes out is exactly 20 ms as well."""
    seconds = 1
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(rate * seconds) / rate)).astype("<i2").tobytes()
    inward, outward = Inward(Coding(rate)), Outward(Coding(rate))
    cut, at, chunks = random.Random(rate), 0, []  # noqa: S311
    while at < len(tone):
        size = cut.randrange(1, 4000)
        chunks += inward.feed(tone[at : at + size])
        at += size
    sent = [outward.coded(chunk) for chunk in chunks]

    assert {len(chunk) for chunk in chunks} == {CHUNK_BYTES}
    assert {len(one) for one in sent} == {rate // 50 * 2}
    assert len(chunks) in {49, 50}
    for pcm, at_rate in ((b"".join(chunks), 8000), (b"".join(sent), rate)):
        heard = np.frombuffer(pcm, "<i2").astype(float)[at_rate // 10 :]
        spectrum = np.abs(np.fft.rfft(heard))
        assert np.argmax(spectrum) * at_rate / len(heard) == pytest.approx(440, abs=3)
        assert np.sqrt(np.mean(heard**2)) == pytest.approx(8000 / np.sqrt(2), rel=0.03)


@pytest.mark.parametrize("name", ["ulaw", "alaw", "slin"])
def test_the_telephones_own_codings_need_no_filter(name: str) -> None:
    """20 ms are 20 ms, and nothing is held back."""
    pcm = (8000 * np.sin(np.arange(160) / 5)).astype("<i2").tobytes()
    coding = CODINGS[name]
    (back,) = Inward(coding).feed(Outward(coding).coded(pcm))

    assert np.abs(np.frombuffer(back, "<i2").astype(int) - np.frombuffer(pcm, "<i2")).max() <= 300


def test_after_a_restart_nothing_is_left_in_the_filter() -> None:
    """What was cut is not heard four milliseconds later."""
    outward = Outward(Coding(16_000))
    outward.coded(b"\x00\x40" * 160)
    outward.restart()

    assert not any(outward.coded(bytes(CHUNK_BYTES)))
