"""G.711, against the standard library's own tables where those still exist."""

import warnings
from importlib import import_module
from types import ModuleType

import numpy as np
import pytest

from callagent.errors import MediaError
from callagent.media.g711 import ALAW_SILENCE, ULAW_SILENCE, alaw_decode, alaw_encode, ulaw_decode, ulaw_encode

ALL_SAMPLES = np.arange(65536, dtype="<u2").tobytes()
ALL_CODES = bytes(range(256))


@pytest.fixture
def audioop() -> ModuleType:
    """The oracle, which Python 3.13 no longer has."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return import_module("audioop")
        except ImportError:
            pytest.skip("this Python has no audioop to compare with")


def test_ulaw_agrees_with_the_standard_library_on_every_value(audioop: ModuleType) -> None:
    """All 65536 samples and all 256 codes of µ-law come out as audioop has them."""
    assert audioop.lin2ulaw(ALL_SAMPLES, 2) == ulaw_encode(ALL_SAMPLES)
    assert audioop.ulaw2lin(ALL_CODES, 2) == ulaw_decode(ALL_CODES)


def test_alaw_agrees_with_the_standard_library_on_every_value(audioop: ModuleType) -> None:
    """All 65536 samples and all 256 codes of A-law come out as audioop has them."""
    assert audioop.lin2alaw(ALL_SAMPLES, 2) == alaw_encode(ALL_SAMPLES)
    assert audioop.alaw2lin(ALL_CODES, 2) == alaw_decode(ALL_CODES)


def test_codes_survive_decoding_and_encoding() -> None:
    """Decoding loses nothing, except that µ-law has two codes for zero."""
    ulaw_again = ulaw_encode(ulaw_decode(ALL_CODES))

    assert alaw_encode(alaw_decode(ALL_CODES)) == ALL_CODES
    assert ALL_CODES.replace(b"\x7f", b"\xff") == ulaw_again


def test_known_values_of_the_recommendation() -> None:
    """Silence and the loudest codes are where ITU-T G.711 puts them."""
    assert bytes([ULAW_SILENCE, ALAW_SILENCE]) == ulaw_encode(b"\0\0") + alaw_encode(b"\0\0")
    assert np.frombuffer(ulaw_decode(b"\x00\x80"), "<i2").tolist() == [-32124, 32124]
    assert np.frombuffer(alaw_decode(b"\x2a\xaa"), "<i2").tolist() == [-32256, 32256]


@pytest.mark.parametrize("encode", [ulaw_encode, alaw_encode])
def test_half_a_sample_is_refused(encode: object) -> None:
    """An odd number of bytes is an error that says what to do."""
    assert callable(encode)

    with pytest.raises(MediaError, match="3 bytes ends in half a sample; pass on whole samples"):
        encode(b"\0\0\0")


def test_nothing_becomes_nothing() -> None:
    """Empty audio is fine."""
    assert b"" == ulaw_encode(b"") == ulaw_decode(b"") == alaw_encode(b"") == alaw_decode(b"")
