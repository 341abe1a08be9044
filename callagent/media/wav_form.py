"""What a WAV file says of itself, held against what is there; and its samples, however they are coded.

Follows the RIFF and WAVE definitions of IBM and Microsoft (1991) and WAVE_FORMAT_EXTENSIBLE (Microsoft, 2001).
"""

import struct
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from callagent.errors import MediaError
from callagent.media.g711 import alaw_decode, ulaw_decode
from callagent.media.resample import HIGHEST_RATE, LOWEST_RATE

MOST_CHANNELS: Final = 32
REMEDY: Final = "Make the file anew, such as with `sox in.wav -r 8000 -c 1 -b 16 out.wav`."
PCM: Final = 1
"""Format tag of linear PCM."""

_FLOAT, _ALAW, _ULAW, _EXTENSIBLE = 3, 6, 7, 0xFFFE
_BITS: Final = {PCM: (8, 16, 24, 32), _FLOAT: (32, 64), _ALAW: (8,), _ULAW: (8,)}
_MOST_FORMAT: Final = 4096
"""Bytes of a format chunk that are looked at."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class WavForm:
    """How the samples of a file are coded, and where they are."""

    tag: int
    channels: int
    rate: int
    """Hz."""
    bits: int
    begins: int = 0
    """Byte of the file at which they begin."""
    bytes: int = 0
    """That they take."""

    @property
    def block(self) -> int:
        """Bytes of one sample of all channels."""
        return self.channels * self.bits // 8

    @property
    def samples(self) -> int:
        """Of each channel."""
        return self.bytes // self.block


def wav_form(file: BinaryIO, place: str) -> WavForm:
    """Look at a file that can be wound; `place` is named in errors.

    Raises MediaError for a file that is not what it claims to be: all that it promises must be there.
    """
    length = file.seek(0, 2)
    file.seek(0)
    begin = file.read(12)
    if not begin:
        raise MediaError(f"{place}: the file is empty. {REMEDY}")
    if len(begin) < 12 or begin[:4] != b"RIFF" or begin[8:] != b"WAVE":
        raise MediaError(f"{place}: is no WAV file, although it may be called one. {REMEDY}")
    form = None
    at = 12
    while at + 8 <= length:
        file.seek(at)
        name, size = struct.unpack("<4sI", file.read(8))
        at += 8
        if at + size > length:
            raise MediaError(f"{place}: is truncated: {size} bytes promised at {at}, {length - at} there. {REMEDY}")
        if name == b"fmt ":
            form = _form(file.read(min(size, _MOST_FORMAT)), place)
        elif name == b"data":
            if form is None:
                raise MediaError(f"{place}: has sound before it says of which format. {REMEDY}")
            return _checked(form, at, size, place)
        at += size + size % 2
    raise MediaError(f"{place}: holds no sound (no '{'fmt ' if form is None else 'data'}' chunk). {REMEDY}")


def _form(chunk: bytes, place: str) -> WavForm:
    if len(chunk) < 16:
        raise MediaError(f"{place}: its format takes {len(chunk)} bytes, which is too few. {REMEDY}")
    tag, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", chunk)
    if tag == _EXTENSIBLE and len(chunk) >= 26:
        # The real tag is the beginning of the subformat's GUID.
        (tag,) = struct.unpack_from("<H", chunk, 24)
    if tag not in _BITS:
        raise MediaError(f"{place}: is coded in a way that is not known here (format tag {tag}). {REMEDY}")
    if bits not in _BITS[tag]:
        raise MediaError(f"{place}: has {bits} bits a sample; known are {_BITS[tag]}. {REMEDY}")
    if not 1 <= channels <= MOST_CHANNELS:
        raise MediaError(f"{place}: claims {channels} channels. {REMEDY}")
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise MediaError(f"{place}: claims a rate of {rate} Hz. {REMEDY}")
    form = WavForm(tag, channels, rate, bits)
    if block != form.block:
        raise MediaError(f"{place}: contradicts itself: blocks of {block} bytes, not {form.block}. {REMEDY}")
    return form


def _checked(form: WavForm, begins: int, size: int, place: str) -> WavForm:
    if not size:
        raise MediaError(f"{place}: is a WAV file without a single sample. {REMEDY}")
    if size % form.block:
        raise MediaError(f"{place}: is truncated: it ends within a sample. {REMEDY}")
    return WavForm(form.tag, form.channels, form.rate, form.bits, begins, size)


def decoded(form: WavForm, sound: bytes) -> Floats:
    """Whole samples in the range of 16 bits, those of all channels in turn."""
    if form.tag == _ULAW:
        return np.frombuffer(ulaw_decode(sound), "<i2").astype(np.float32)
    if form.tag == _ALAW:
        return np.frombuffer(alaw_decode(sound), "<i2").astype(np.float32)
    if form.tag == _FLOAT:
        # What is not a number, or not in range, would spread through the whole file when resampled.
        audio = np.nan_to_num(np.frombuffer(sound, f"<f{form.bits // 8}"), nan=0.0, posinf=1.0, neginf=-1.0)
        return np.asarray(np.clip(audio, -1, 1) * 32767, np.float32)
    if form.bits == 8:
        return (np.frombuffer(sound, np.uint8).astype(np.float32) - 128) * np.float32(256)
    if form.bits == 24:
        low, middle, high = np.frombuffer(sound, np.uint8).reshape(-1, 3).astype(np.int32).T
        return np.asarray((high << 24 | middle << 16 | low << 8) / 65536, np.float32)
    scale = 1 if form.bits == 16 else 1 / 65536
    return np.asarray(np.frombuffer(sound, f"<i{form.bits // 8}") * scale, np.float32)
