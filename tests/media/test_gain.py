"""How loud a caller is, and how much louder to make them."""

from itertools import chain

import numpy as np
import pytest

from callagent.media.audio import CHUNK_BYTES
from callagent.media.gain import MOST_DB, TARGET_DBFS, QuietCaller


def speech(dbfs: float, chunks: int) -> list[bytes]:
    """Chunks of as loud a voice."""
    amplitude = 32768 * 10 ** (dbfs / 20) * np.sqrt(2)
    tone = amplitude * np.sin(2 * np.pi * 200 * np.arange(160 * chunks) / 8000)
    pcm = np.rint(tone).astype("<i2").tobytes()
    return [pcm[at : at + CHUNK_BYTES] for at in range(0, len(pcm), CHUNK_BYTES)]


def heard(*stretches: list[bytes]) -> QuietCaller:
    """A caller who has said these."""
    caller = QuietCaller()
    for chunk in chain(*stretches):
        caller.add(chunk)
    return caller


@pytest.mark.parametrize("dbfs", [-15.0, -22.0, -27.0])
def test_an_ordinary_voice_is_left_alone(dbfs: float) -> None:
    """Loud, or not much too soft."""
    assert heard(speech(dbfs, 50)).gain_db == 0


@pytest.mark.parametrize("dbfs", [-32.0, -40.0])
def test_a_quiet_voice_is_brought_to_the_target(dbfs: float) -> None:
    """By what it lacks."""
    assert heard(speech(dbfs, 50)).gain_db == pytest.approx(TARGET_DBFS - dbfs, abs=0.1)


def test_the_gain_has_a_limit() -> None:
    """Whoever whispers from another room is made louder by 20 dB."""
    assert heard(speech(-60.0, 50)).gain_db == MOST_DB


def test_nothing_is_done_before_anything_is_known() -> None:
    """Not before the first word, nor for a blip, nor for digital silence."""
    assert heard().gain_db == 0
    assert heard(speech(-45.0, 3)).gain_db == 0
    assert heard([bytes(CHUNK_BYTES)] * 50).gain_db == 0
    assert heard([b""] * 50).speech_dbfs is None


def test_the_beginning_of_the_first_word_is_enough() -> None:
    """The detector needs 90 ms to be sure; after that the caller's first turn is helped."""
    assert heard(speech(-42.0, 5)).gain_db == pytest.approx(20.0, abs=0.1)


def test_a_caller_who_comes_nearer_is_not_shouted_through() -> None:
    """Louder speech counts within a fifth of a second, whatever was taken for the voice before."""
    assert heard(speech(-45.0, 200)).gain_db == MOST_DB
    assert heard(speech(-45.0, 200), speech(-20.0, 5)).gain_db < 6.1
    assert heard(speech(-45.0, 200), speech(-20.0, 10)).gain_db == 0


def test_a_caller_who_goes_away_is_followed_slowly() -> None:
    """One soft word is no soft voice."""
    assert heard(speech(-22.0, 100), speech(-42.0, 10)).gain_db == 0
    assert heard(speech(-22.0, 100), speech(-42.0, 1000)).gain_db == pytest.approx(20.0, abs=1.0)
