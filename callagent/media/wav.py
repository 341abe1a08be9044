"""WAV files: whatever a studio, a phone or another program made of speech, to 8 kHz mono PCM, and back.

A file is believed in nothing: lengths are checked against what is there.
"""

import struct
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np

from callagent.errors import MediaError
from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from callagent.media.resample import resample_floats
from callagent.media.wav_form import PCM, decoded, wav_form

HEADER: Final = 44
"""Bytes of what `wav_header` makes."""
LARGEST_FILE: Final = 50_000_000
"""Bytes that are read unless the caller says otherwise: ten minutes of studio sound."""


def read_wav(path: Path, largest: int = LARGEST_FILE) -> bytes:
    """The file's sound as 8 kHz mono PCM.

    Reads linear PCM of 8, 16, 24 and 32 bits, floats, µ-law and A-law, of any usual rate; channels are mixed. Raises
    MediaError for a file that is missing, larger than `largest` bytes, or not what it claims to be.
    """
    try:
        size = path.stat().st_size
        if size > largest:
            raise MediaError(f"{path}: {size} bytes of WAV are more than the {largest} allowed; cut it up.")
        data = path.read_bytes()
    except OSError as error:
        raise MediaError(f"{path}: cannot be read ({error.strerror}).") from error
    return parse_wav(data, str(path))


def parse_wav(data: bytes, place: str = "WAV") -> bytes:
    """As `read_wav`, of the bytes of a file; `place` is named in errors."""
    form = wav_form(BytesIO(data), place)
    audio = decoded(form, data[form.begins : form.begins + form.bytes])
    audio = audio.reshape(-1, form.channels).mean(axis=1, dtype=np.float32)
    audio = resample_floats(audio, form.rate)
    return np.rint(np.clip(audio, -32768, 32767)).astype("<i2").tobytes()


def wav_bytes(pcm: bytes, channels: int = 1) -> bytes:
    """A WAV file of 8 kHz PCM; with two channels, their samples alternate. Raises MediaError for half a sample."""
    block = channels * BYTES_PER_SAMPLE
    if len(pcm) % block:
        raise MediaError(f"PCM of {len(pcm)} bytes ends in half a sample; pass on whole samples of all channels.")
    return wav_header(len(pcm), channels) + pcm


def wav_header(size: int, channels: int = 1) -> bytes:
    """What stands in a WAV file before `size` bytes of 8 kHz PCM: for sound that is written piece by piece."""
    block = channels * BYTES_PER_SAMPLE
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, PCM, channels, SAMPLE_RATE, SAMPLE_RATE * block, block, 16)
    return struct.pack("<4sI4s", b"RIFF", HEADER - 8 + size, b"WAVE") + form + struct.pack("<4sI", b"data", size)
