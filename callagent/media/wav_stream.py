"""WAV files of any length, read a little at a time: two hours take no more memory than a second."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from callagent.errors import MediaError
from callagent.media.audio import SAMPLE_RATE
from callagent.media.resample import resample_blocks
from callagent.media.wav_form import REMEDY, Floats, decoded, wav_form

BLOCK_S: Final = 1.0
"""Seconds that are read at a time."""

Rows = npt.NDArray[np.int16]
"""A row for each moment, a column for each channel."""


class WavStream:
    """The sound of one file at 8 kHz, its channels apart; made by `open_wav`."""

    def __init__(self, file: BinaryIO, place: str) -> None:
        """Raises MediaError for a file that is not what it claims to be."""
        self._file = file
        self._form = wav_form(file, place)
        self.place = place

    @property
    def channels(self) -> int:
        """How many there are."""
        return self._form.channels

    @property
    def samples(self) -> int:
        """Of each channel, at 8 kHz."""
        return round(self._form.samples * SAMPLE_RATE / self._form.rate)

    def blocks(self) -> Iterator[Rows]:
        """All of it from the beginning. Raises MediaError for a file that becomes shorter or unreadable meanwhile."""
        for block in resample_blocks(self._floats(), self.channels, self._form.rate):
            yield np.rint(np.clip(block, -32768, 32767)).astype("<i2")

    def _floats(self) -> Iterator[Floats]:
        form = self._form
        left = form.bytes
        most = max(1, round(form.rate * BLOCK_S)) * form.block
        try:
            self._file.seek(form.begins)
            while left:
                sound = self._file.read(min(most, left))
                if len(sound) < min(most, left):
                    raise MediaError(f"{self.place}: has become shorter while it was read. {REMEDY}")
                left -= len(sound)
                yield decoded(form, sound).reshape(-1, form.channels)
        except OSError as error:
            raise MediaError(f"{self.place}: cannot be read ({error.strerror}).") from error


@contextmanager
def open_wav(path: Path) -> Iterator[WavStream]:
    """A file as long as the context is. Raises MediaError for one that is missing or no honest WAV."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise MediaError(f"{path}: is no file, but a folder, a device or a pipe. Name a WAV file.")
        file = path.open("rb")
    except OSError as error:
        raise MediaError(f"{path}: cannot be read ({error.strerror}).") from error
    with file:
        yield WavStream(file, str(path))
