"""Voice activity: how likely each 32 ms of a caller's audio is speech.

The model is Silero VAD (MIT), in the ONNX file that pipecat ships; the file is opened as data, pipecat itself is not
imported. One session serves all calls of the process: a session per call would cost 10 MB each that never come back.
What belongs to a call is its recurrent state, 1 kB.

There is no loudness gate: on a clean line it would delay a barge-in by more than the model does.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from callagent.errors import ConfigurationError, MediaError
from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, Chunk

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

WINDOW: Final = 256
"""Samples that the model judges at once, at 8 kHz."""
CONTEXT: Final = 32
"""Samples of the window before that it is also shown."""
STATE_SIZE: Final = 128

# Long silence, noise or music leaves the model in a state in which it under-reports the speech that follows, most of
# all at 8 kHz. Starting afresh clears it, but makes the model unsure for a moment, so it must not happen in speech:
# a run of five windows below 0.1 is no dip inside a word and no soft start of one.
RESET_WINDOWS: Final = 2 * SAMPLE_RATE // WINDOW + 1
"""Windows, a little over 2 s of audio, after which the state is due to be cleared."""
CLEAR_PROBABILITY: Final = 0.1
CLEAR_WINDOWS: Final = 5

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class VoiceWindow:
    """The model's opinion of one window."""

    probability: float
    """0 to 1, that it is speech."""
    begins: int
    """Position of its first sample in the caller's channel."""
    ends: int
    """Position after its last sample."""


class VoiceModel:
    """The model, stateless and shared; may be used by several threads at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rate = np.array(SAMPLE_RATE, dtype=np.int64)

    def warm_up(self) -> None:
        """Load it, a tenth of a second that no caller should wait for; without this, its first use does."""
        _ = self._session

    @cached_property
    def _session(self) -> "InferenceSession":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # A window is far too small to be worth sharing out, and idle threads of the pool would spin.
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        return onnxruntime.InferenceSession(str(self._path), options, providers=["CPUExecutionProvider"])

    def probabilities(self, audio: Floats, states: Floats) -> tuple[Floats, Floats]:
        """Judge one window for each of n callers in one run.

        `audio` is n rows of `CONTEXT` + `WINDOW` samples from -1 to 1 and `states` has the shape (2, n, `STATE_SIZE`),
        zeros for a new caller. Returns n probabilities and the new states.
        """
        likely, after = self._session.run(None, {"input": audio, "state": states, "sr": self._rate})
        return likely[:, 0], after


@cache
def load_voice_model() -> VoiceModel:
    """The process's model.

    Raises ConfigurationError when the installation lacks the model's file.
    """
    return VoiceModel(_model_path())


def _model_path() -> Path:
    package = find_spec("pipecat")
    if package is None or package.origin is None:
        raise ConfigurationError(
            "The package pipecat-ai is missing, which holds the voice model; install callagent anew."
        )
    path = Path(package.origin).parent / "audio" / "vad" / "data" / "silero_vad.onnx"
    if not path.is_file():
        raise ConfigurationError(
            f"The voice model {path} is missing; install pipecat-ai in the version callagent asks."
        )
    return path


class VoiceActivity:
    """Judges one caller's audio, window by window."""

    def __init__(self, model: VoiceModel) -> None:
        self._model = model
        self._pending = b""
        """Audio that does not fill a window yet."""
        self._position = 0
        """Position of its first sample."""
        self._audio: Floats = np.zeros((1, CONTEXT + WINDOW), np.float32)
        """The window to judge, after the end of the one before."""
        self._state: Floats = np.zeros((2, 1, STATE_SIZE), np.float32)
        self._since_reset = 0
        self._clear = 0
        """Windows in a row that were clearly no speech."""

    def feed(self, chunk: Chunk) -> list[VoiceWindow]:
        """What the chunk completes: none, one or several windows. Raises MediaError for half a sample.

        Where positions jump, audio was lost: what had been kept of an unfinished window is dropped.
        """
        if len(chunk.pcm) % BYTES_PER_SAMPLE:
            raise MediaError(f"PCM of {len(chunk.pcm)} bytes ends in half a sample; pass on whole samples only.")
        if chunk.position != self._position + len(self._pending) // BYTES_PER_SAMPLE:
            self._pending, self._position = b"", chunk.position
        self._pending += chunk.pcm
        windows = []
        size = WINDOW * BYTES_PER_SAMPLE
        while len(self._pending) >= size:
            probability = self._judge(self._pending[:size])
            windows.append(VoiceWindow(probability, self._position, self._position + WINDOW))
            self._pending = self._pending[size:]
            self._position += WINDOW
        return windows

    def _judge(self, pcm: bytes) -> float:
        self._audio[0, CONTEXT:] = np.frombuffer(pcm, "<i2")
        self._audio[0, CONTEXT:] *= 1 / 32768
        likely, self._state = self._model.probabilities(self._audio, self._state)
        self._audio[0, :CONTEXT] = self._audio[0, -CONTEXT:]
        probability = float(likely[0])
        self._reset_if_due(probability)
        return probability

    def _reset_if_due(self, probability: float) -> None:
        self._since_reset += 1
        self._clear = self._clear + 1 if probability < CLEAR_PROBABILITY else 0
        if self._since_reset >= RESET_WINDOWS and self._clear >= CLEAR_WINDOWS:
            self._state = np.zeros_like(self._state)
            self._audio[0, :CONTEXT] = 0
            self._since_reset = 0
