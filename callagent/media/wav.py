"""WAV files: whatever a studio, a phone or another program made of speech, to 8 kHz mono PCM, and back.

Follows the RIFF and WAVE definitions of IBM and Microsoft (1991) and WAVE_FORMAT_EXTENSIBLE (Microsoft, 2001). A file
is believed in nothing: lengths are checked against what is there.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from callagent.errors import MediaError
from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from callagent.media.g711 import alaw_decode, ulaw_decode
from callagent.media.resample import HIGHEST_RATE, LOWEST_RATE, resample_floats

LARGEST_FILE: Final = 50_000_000
"""Bytes that are read unless the caller says otherwise: ten minutes of studio sound."""
MOST_CHANNELS: Final = 32
REMEDY: Final = "Make the file anew, such as with `sox in.wav -r 8000 -c 1 -b 16 out.wav`."

_PCM, _FLOAT, _ALAW, _ULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_BITS: Final = {_PCM: (8, 16, 24, 32), _FLOAT: (32, 64), _ALAW: (8,), _ULAW: (8,)}

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Format:
    tag: int
    channels: int
    rate: int
    bits: int

    @property
    def block(self) -> int:
        """Bytes of one sample of all channels."""
        return self.channels * self.bits // 8


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
    layout, sound = _chunks(data, place)
    audio = _decode(layout, sound).reshape(-1, layout.channels).mean(axis=1, dtype=np.float32)
    audio = resample_floats(audio, layout.rate)
    return np.rint(np.clip(audio, -32768, 32767)).astype("<i2").tobytes()


def wav_bytes(pcm: bytes, channels: int = 1) -> bytes:
    """A WAV file of 8 kHz PCM; with two channels, their samples alternate. Raises MediaError for half a sample."""
    block = channels * BYTES_PER_SAMPLE
    if len(pcm) % block:
        raise MediaError(f"PCM of {len(pcm)} bytes ends in half a sample; pass on whole samples of all channels.")
    header = struct.pack("<4sIHHIIHH", b"fmt ", 16, _PCM, channels, SAMPLE_RATE, SAMPLE_RATE * block, block, 16)
    body = header + struct.pack("<4sI", b"data", len(pcm)) + pcm
    return struct.pack("<4sI4s", b"RIFF", 4 + len(body), b"WAVE") + body


def _chunks(data: bytes, place: str) -> tuple[_Format, bytes]:
    if not data:
        raise MediaError(f"{place}: the file is empty. {REMEDY}")
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise MediaError(f"{place}: is no WAV file, although it may be called one. {REMEDY}")
    layout = None
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        at += 8
        if at + size > len(data):
            raise MediaError(f"{place}: is truncated: {size} bytes promised at {at}, {len(data) - at} there. {REMEDY}")
        if name == b"fmt ":
            layout = _format(data[at : at + size], place)
        elif name == b"data":
            if layout is None:
                raise MediaError(f"{place}: has sound before it says of which format. {REMEDY}")
            return layout, _checked(data[at : at + size], layout, place)
        at += size + size % 2
    raise MediaError(f"{place}: holds no sound (no '{'fmt ' if layout is None else 'data'}' chunk). {REMEDY}")


def _format(chunk: bytes, place: str) -> _Format:
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
    layout = _Format(tag, channels, rate, bits)
    if block != layout.block:
        raise MediaError(f"{place}: contradicts itself: blocks of {block} bytes, not {layout.block}. {REMEDY}")
    return layout


def _checked(sound: bytes, layout: _Format, place: str) -> bytes:
    if not sound:
        raise MediaError(f"{place}: is a WAV file without a single sample. {REMEDY}")
    if len(sound) % layout.block:
        raise MediaError(f"{place}: is truncated: it ends within a sample. {REMEDY}")
    return sound


def _decode(layout: _Format, sound: bytes) -> Floats:
    """Samples in the range of 16 bits."""
    if layout.tag == _ULAW:
        return np.frombuffer(ulaw_decode(sound), "<i2").astype(np.float32)
    if layout.tag == _ALAW:
        return np.frombuffer(alaw_decode(sound), "<i2").astype(np.float32)
    if layout.tag == _FLOAT:
        # What is not a number, or not in range, would spread through the whole file when resampled.
        audio = np.nan_to_num(np.frombuffer(sound, f"<f{layout.bits // 8}"), nan=0.0, posinf=1.0, neginf=-1.0)
        return np.asarray(np.clip(audio, -1, 1) * 32767, np.float32)
    if layout.bits == 8:
        return (np.frombuffer(sound, np.uint8).astype(np.float32) - 128) * np.float32(256)
    if layout.bits == 24:
        low, middle, high = np.frombuffer(sound, np.uint8).reshape(-1, 3).astype(np.int32).T
        return np.asarray((high << 24 | middle << 16 | low << 8) / 65536, np.float32)
    scale = 1 if layout.bits == 16 else 1 / 65536
    return np.asarray(np.frombuffer(sound, f"<i{layout.bits // 8}") * scale, np.float32)
