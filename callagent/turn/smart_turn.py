"""Whether a caller who has fallen silent has finished, by the sound of what they said.

The model is Smart Turn v3.2 (BSD 2-Clause), in the ONNX file that pipecat ships; the file is opened as data, pipecat
itself is not imported. It hears melody and rhythm, not words: "I would like a" sounds unfinished in any language.

A judgement takes more than a tenth of a second of a core, so it is made in a thread, few at a time, and is a help that
may fail to come: whoever asks must be able to decide without it.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import structlog

from callagent.errors import ConfigurationError, MediaError
from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from callagent.media.resample import resample_floats
from callagent.turn.log_mel import RATE, SECONDS, log_mel

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

AT_MOST: Final = 1
"""Judgements at the same time: each takes a core for as long as it lasts."""
DEADLINE_S: Final = 0.35
"""A judgement that comes later is of no use: by then the caller's silence speaks for itself."""
_LONGEST: Final = SECONDS * SAMPLE_RATE * BYTES_PER_SAMPLE

log = structlog.get_logger("callagent.turn")


class Completeness(Protocol):
    """Anything that can tell how a turn sounds."""

    def probability(self, pcm: bytes) -> float:
        """0 to 1, that the turn is complete; may take long."""
        ...


class TurnModel:
    """The model, stateless and shared; may be used by several threads at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def warm_up(self) -> None:
        """Load it, a third of a second that no caller should wait for; without this, its first use does."""
        self.probability(b"")

    @cached_property
    def _session(self) -> "InferenceSession":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        return onnxruntime.InferenceSession(str(self._path), options, providers=["CPUExecutionProvider"])

    def probability(self, pcm: bytes) -> float:
        """0 to 1, that whoever said `pcm`, their turn so far with the silence at its end, has finished.

        Only the last eight seconds count. Blocks for 0.1 to 0.2 s of one core. Raises MediaError for half a sample.
        """
        if len(pcm) % BYTES_PER_SAMPLE:
            raise MediaError(f"PCM of {len(pcm)} bytes ends in half a sample; pass on whole samples only.")
        audio = np.frombuffer(pcm[-_LONGEST:], "<i2").astype(np.float32)
        features = log_mel(resample_floats(audio / np.float32(32768), SAMPLE_RATE, RATE))
        (probabilities,) = self._session.run(None, {"input_features": features[None]})
        return float(probabilities[0, 0])


@cache
def load_turn_model() -> TurnModel:
    """The process's model.

    Raises ConfigurationError when the installation lacks the model's file.
    """
    package = find_spec("pipecat")
    if package is None or package.origin is None:
        raise ConfigurationError(
            "The package pipecat-ai is missing, which holds the turn model; install callagent anew."
        )
    path = Path(package.origin).parent.joinpath("audio", "turn", "smart_turn", "data", "smart-turn-v3.2-cpu.onnx")
    if not path.is_file():
        raise ConfigurationError(f"The turn model {path} is missing; install pipecat-ai in the version callagent asks.")
    return TurnModel(path)


class SmartTurn:
    """Asks the model for all calls of the process, off the event loop."""

    def __init__(self, model: Completeness, at_most: int = AT_MOST, deadline_s: float = DEADLINE_S) -> None:
        self._model = model
        self._at_most = at_most
        self._deadline_s = deadline_s
        self._under_way = 0
        # Its own threads: a judgement neither waits for others' work nor holds it up.
        self._threads = ThreadPoolExecutor(at_most, thread_name_prefix="smart-turn")

    async def completeness(self, pcm: bytes) -> float | None:
        """0 to 1, that the turn `pcm` is complete; see `TurnModel.probability`.

        None when enough others are being judged, when it takes longer than the deadline, or when the model fails. May
        be cancelled; a judgement that nobody waits for any more still takes its place until it is done.
        """
        if self._under_way >= self._at_most:
            return None
        judging = asyncio.get_running_loop().run_in_executor(self._threads, self._model.probability, pcm)
        self._under_way += 1
        judging.add_done_callback(self._done)
        try:
            async with asyncio.timeout(self._deadline_s):
                return await asyncio.shield(judging)
        except TimeoutError:
            return None
        except Exception as error:  # noqa: BLE001  # a turn must end with or without the model
            log.error("turn not judged", error=type(error).__name__)
            return None

    def close(self) -> None:
        """Ask no more; returns without waiting for a judgement that is under way."""
        self._threads.shutdown(wait=False)

    def _done(self, _: asyncio.Future[float]) -> None:
        self._under_way -= 1
