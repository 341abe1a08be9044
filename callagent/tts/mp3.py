"""MP3 as a service streams it, to telephone audio.

PyAV decodes: it is fed as bytes come in and answers at once, needs no thread, is maintained with FFmpeg itself, and is
there already where faster-whisper is. (miniaudio is a hundredth of its size, but asks for its input itself and blocks
until it gets it: each voice that speaks would hold a thread.)
"""

from itertools import groupby
from typing import Any, Final

import numpy as np

from callagent.errors import MediaError
from callagent.media.resample import StreamResampler

DECODER: Final = "mp3float"


class Mp3Stream:
    """One stream; the rate is what its frames say."""

    def __init__(self) -> None:
        import av

        self._errors = (av.FFmpegError, ValueError)
        self._codec: Any = av.CodecContext.create(DECODER, "r")
        self._rate = 0
        self._resampler: StreamResampler | None = None

    def feed(self, data: bytes) -> bytes:
        """What can be heard of it so far, at 8 kHz. Raises MediaError for what is no MP3."""
        return self._decode(self._codec.parse(data))

    def flush(self) -> bytes:
        """The rest."""
        rest = self._decode([*self._codec.parse(b""), None])
        return rest + (self._resampler.flush() if self._resampler else b"")

    def _decode(self, packets: list[Any]) -> bytes:
        try:
            frames = [frame for packet in packets for frame in self._codec.decode(packet)]
        except self._errors as error:
            raise MediaError(f"This is no MP3 ({type(error).__name__}).") from error
        # All that came together is resampled at once, which costs a third of frame by frame.
        runs = groupby(frames, key=lambda frame: int(frame.sample_rate))
        return b"".join(self._at_telephone_rate(rate, list(run)) for rate, run in runs)

    def _at_telephone_rate(self, rate: int, frames: list[Any]) -> bytes:
        if rate != self._rate or self._resampler is None:
            self._rate = rate
            self._resampler = StreamResampler(rate)
        mono = np.concatenate([frame.to_ndarray().mean(axis=0) for frame in frames])
        return self._resampler.feed(np.rint(np.clip(mono, -1, 1) * 32767).astype("<i2").tobytes())


def load() -> None:
    """Import the decoder, a fifth of a second. Raises ImportError."""
    import av

    av.CodecContext.create(DECODER, "r")
