"""Audio as data: one format inside, 16-bit linear PCM at the telephone's 8 kHz.

Every `pcm` in callagent is signed 16-bit little-endian mono at `SAMPLE_RATE`, as bytes; other rates and codings
are converted at the edge where they come in. Positions count samples from the start of a leg's stream, so they
are also a clock: the caller's own.
"""

from dataclasses import dataclass

SAMPLE_RATE = 8000
"""Hertz: what a telephone line carries."""
BYTES_PER_SAMPLE = 2
CHUNK_MS = 20
"""Milliseconds of audio in one message of every carrier that callagent speaks to."""
CHUNK_SAMPLES = SAMPLE_RATE * CHUNK_MS // 1000
CHUNK_BYTES = CHUNK_SAMPLES * BYTES_PER_SAMPLE
SILENCE = bytes(CHUNK_BYTES)
"""One chunk of nothing."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a caller's audio, normally 20 ms."""

    pcm: bytes
    """Signed 16-bit little-endian mono at 8 kHz."""
    position: int
    """Samples between the start of the stream and the first sample of this chunk."""

    @property
    def end(self) -> int:
        """Position of the sample after the last one."""
        return self.position + len(self.pcm) // BYTES_PER_SAMPLE


def duration_s(pcm: bytes) -> float:
    """Seconds that `pcm` plays for."""
    return len(pcm) / (BYTES_PER_SAMPLE * SAMPLE_RATE)


def samples(seconds: float) -> int:
    """Whole samples in `seconds`, rounded to the nearest."""
    return round(seconds * SAMPLE_RATE)


def silence(seconds: float) -> bytes:
    """`seconds` of digital silence."""
    return bytes(samples(seconds) * BYTES_PER_SAMPLE)
