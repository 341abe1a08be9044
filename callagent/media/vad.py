"""Voice activity: how likely each 32 ms of a caller's audio is speech.

The model is Silero VAD (MIT), in the ONNX file that pipecat ships; the file is opened as data, pipecat itself is not
imported. One session serves all calls of the process: a session per call would cost 10 MB each that never come back.
What belongs to a call is its recurrent state, 1 kB; `media.voice_pool` keeps it.

There is no loudness gate: on a clean line it would delay a barge-in by more than the model does.
"""

from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from callagent.errors import ConfigurationError
from callagent.media.audio import SAMPLE_RATE

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

WINDOW: Final = 256
"""Samples that the model judges at once, at 8 kHz."""
CONTEXT: Final = 32
"""Samples of the window before that it is also shown."""
STATE_SIZE: Final = 128

Floats = npt.NDArray[np.float32]


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
