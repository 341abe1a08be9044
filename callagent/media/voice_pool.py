"""The voices of all callers, judged together.

A run of the voice model costs nearly the same for one window as for four, so windows wait a few milliseconds for those
of other callers. How long depends on what can hang on them: a window that may be the beginning or the end of speech
waits less than anybody hears, one of a caller who has been silent and is so still waits for more company. With few
callers nobody waits.

A line without a sound needs no model: while a caller has long been silent, windows too faint for any voice are taken
for silence like those before, and the model stays as it is. The last of them is shown to it before the first that is
louder, so that speech is found where it would be if it had heard them all, give or take a window.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from itertools import islice
from typing import Final, TypeAlias

import numpy as np

from callagent.errors import MediaError
from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, Chunk
from callagent.media.vad import CONTEXT, STATE_SIZE, WINDOW, Floats, VoiceModel

GATHER_S: Final = 0.005
"""How long a window waits that may hold speech, or the end of it."""
GATHER_SILENCE_S: Final = 0.016
"""How long one waits that is as quiet as those before."""
MOST: Final = 16
"""Windows in one run: with more, none of them costs less."""
FEW: Final = 3
"""Callers with whom a wait would bring no company."""
SILENT_WINDOWS: Final = 8
"""Windows in a row without speech, a quarter of a second, after which a caller is silent and not only pausing."""
SETTLED_WINDOWS: Final = 32
"""Windows, a second, of silence and since the model began afresh, after which it can be left as it is."""
FAINT: Final = 64
"""No sample of a window that the model is spared is further from zero, 54 dB under full scale."""
FAINT_PROBABILITY: Final = 0.05
"""What the model must have said last to be spared the next."""

# Long silence, noise or music leaves the model in a state in which it under-reports the speech that follows, most of
# all at 8 kHz. Starting afresh clears it, but makes the model unsure for a moment, so it must not happen in speech:
# a run of five windows below 0.1 is no dip inside a word and no soft start of one.
RESET_WINDOWS: Final = 2 * SAMPLE_RATE // WINDOW + 1
"""Windows, a little over 2 s of audio, after which the state is due to be cleared."""
CLEAR_PROBABILITY: Final = 0.1
CLEAR_WINDOWS: Final = 5

_WINDOW_BYTES: Final = WINDOW * BYTES_PER_SAMPLE
_SILENT: Final = bytes(_WINDOW_BYTES)
_SCALE: Final = np.float32(1 / 32768)

Take: TypeAlias = Callable[[float, int, int], None]
"""Gets the probability from 0 to 1 that a window is speech, and the positions of its begin and its end."""


class VoicePool:
    """All callers of a process, on one event loop.

    `take` is called in the context (see contextvars) in which the audio was fed.
    """

    def __init__(self, model: VoiceModel) -> None:
        self._model = model
        self._ready: dict[VoiceActivity, None] = {}
        """Who has a window waiting, in the order in which they came."""
        self._timer: asyncio.TimerHandle | None = None
        self._rows = 0
        self._free: list[int] = []
        self._states: Floats = np.zeros((2, 0, STATE_SIZE), np.float32)
        self._contexts: Floats = np.zeros((0, CONTEXT), np.float32)
        """The end of each caller's window before."""

    def warm_up(self) -> None:
        """As `VoiceModel.warm_up`; blocks, and may be called in a thread."""
        self._model.warm_up()

    def join(self, take: Take) -> "VoiceActivity":
        """Judge another caller's audio; `take` gets each window, in order."""
        if not self._free:
            self._grow()
        row = self._free.pop()
        self.clear(row)
        return VoiceActivity(self, row, take)

    def leave(self, voice: "VoiceActivity") -> None:
        """Judge it no more."""
        self._free.append(voice.row)
        self._ready.pop(voice, None)

    def clear(self, row: int) -> None:
        """Begin afresh with a caller."""
        self._states[:, row] = 0
        self._contexts[row] = 0

    def want(self, voice: "VoiceActivity", *, patient: bool) -> None:
        """A window of a caller's is there."""
        self._ready.setdefault(voice)
        if self._rows - len(self._free) <= FEW or len(self._ready) >= MOST:
            self._judge_all()
            return
        loop = asyncio.get_running_loop()
        due_s = loop.time() + (GATHER_SILENCE_S if patient else GATHER_S)
        if self._timer is None or due_s < self._timer.when():
            self._stop_timer()
            self._timer = loop.call_at(due_s, self._judge_all)

    def _judge_all(self) -> None:
        self._stop_timer()
        while self._ready:
            voices = list(islice(self._ready, MOST))
            for voice in voices:
                del self._ready[voice]
            try:
                self._judge(voices)
            except Exception as error:  # noqa: BLE001  # each caller's own call must hear of it
                for voice in voices:
                    voice.fail(error)
            self._ready |= dict.fromkeys(voice for voice in voices if voice.waiting)

    def _judge(self, voices: list["VoiceActivity"]) -> None:
        """One run, for the oldest window of each."""
        rows = [voice.row for voice in voices]
        pcm = np.frombuffer(b"".join([voice.waiting[0] for voice in voices]), "<i2").reshape(-1, WINDOW)
        audio = np.empty((len(rows), CONTEXT + WINDOW), np.float32)
        audio[:, :CONTEXT] = self._contexts[rows]
        np.multiply(pcm, _SCALE, out=audio[:, CONTEXT:])
        likely, self._states[:, rows] = self._model.probabilities(audio, self._states.take(rows, 1))
        self._contexts[rows] = audio[:, -CONTEXT:]
        for voice, probability in zip(voices, likely.tolist(), strict=True):
            voice.judged(probability)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _grow(self) -> None:
        more = max(4, self._rows)
        self._states = np.concatenate((self._states, np.zeros((2, more, STATE_SIZE), np.float32)), 1)
        self._contexts = np.concatenate((self._contexts, np.zeros((more, CONTEXT), np.float32)))
        self._free = list(range(self._rows + more - 1, self._rows - 1, -1))
        self._rows += more


class VoiceActivity:
    """One caller's audio, on its way to be judged; made by `VoicePool.join`."""

    def __init__(self, pool: VoicePool, row: int, take: Take) -> None:
        self.row = row
        """Where the pool keeps what it must remember of this caller."""
        self.waiting: deque[bytes] = deque()
        """Whole windows that are not judged yet."""
        self._pool = pool
        self._take = take
        self._begins: deque[int | None] = deque()
        """Position of the first sample of each that waits; None for one that was told of before."""
        self._spared: bytes | None = None
        """The latest window, when the model was spared it."""
        self._likely = 1.0
        """The model's last word."""
        self._pending = b""
        """Audio that does not fill a window yet."""
        self._position = 0
        """Position of the sample after it."""
        self._since_reset = 0
        self._clear = 0
        """Windows in a row that were clearly no speech."""
        self._error: Exception | None = None
        self._left = False
        self._context = copy_context()
        """Of the latest feed: what is told from another caller's context must not look like that caller's."""

    def feed(self, chunk: Chunk) -> None:
        """Judge the windows that the chunk completes, now or within `GATHER_SILENCE_S`.

        Raises MediaError for half a sample, and what `take` or the model raised for an earlier chunk. Where positions
        jump, audio was lost: what had been kept of an unfinished window is dropped.
        """
        if len(chunk.pcm) % BYTES_PER_SAMPLE:
            raise MediaError(f"PCM of {len(chunk.pcm)} bytes ends in half a sample; pass on whole samples only.")
        if self._left:
            self._raise()
            return
        pending = self._pending + chunk.pcm if chunk.position == self._position else chunk.pcm
        self._position = chunk.end
        begins = self._position - len(pending) // BYTES_PER_SAMPLE
        whole = 0
        while len(pending) - whole >= _WINDOW_BYTES:
            self.waiting.append(pending[whole : whole + _WINDOW_BYTES])
            self._begins.append(begins + whole // BYTES_PER_SAMPLE)
            whole += _WINDOW_BYTES
        self._pending = pending[whole:]
        if whole:
            self._pass_over()
        if whole and self.waiting:
            self._context = copy_context()
            self._pool.want(self, patient=self._clear >= SILENT_WINDOWS and all(map(_is_quiet, self.waiting)))
        self._raise()

    def _pass_over(self) -> None:
        """Tell of windows that are as silent as the one before; have the last of them judged before what follows."""
        while (
            self._likely < FAINT_PROBABILITY
            and min(self._clear, self._since_reset) >= SETTLED_WINDOWS
            and self.waiting
            and self._begins[0] is not None
            and _is_faint(self.waiting[0])
        ):
            self._spared = self.waiting.popleft()
            self._tell(self._likely, self._begins.popleft())
        if self._spared is not None and self.waiting:
            self.waiting.appendleft(self._spared)
            self._begins.appendleft(None)
            self._spared = None

    def judged(self, probability: float) -> None:
        """The pool's word on the oldest window."""
        if self._left:
            return
        self.waiting.popleft()
        begins = self._begins.popleft()
        self._since_reset += 1
        if begins is None:
            return
        self._likely = probability
        self._clear = self._clear + 1 if probability < CLEAR_PROBABILITY else 0
        if self._since_reset >= RESET_WINDOWS and self._clear >= CLEAR_WINDOWS:
            self._pool.clear(self.row)
            self._since_reset = 0
        self._context.run(self._go_on, probability, begins)

    def _go_on(self, probability: float, begins: int) -> None:
        self._tell(probability, begins)
        self._pass_over()

    def _tell(self, probability: float, begins: int | None) -> None:
        if begins is None:
            return
        try:
            self._take(probability, begins, begins + WINDOW)
        except Exception as error:  # noqa: BLE001  # no business of the other callers in the same run
            self.fail(error)

    def fail(self, error: Exception) -> None:
        """Judge no more; the next chunk raises the error, where the call looks after its own faults."""
        self._error = error
        self.leave()

    def leave(self) -> None:
        """No more audio will come, and nothing is to be told of what came; harmless when it is repeated."""
        if not self._left:
            self._left = True
            self.waiting.clear()
            self._pool.leave(self)

    def _raise(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error


def _is_quiet(pcm: bytes) -> bool:
    """Whether no sample is further from zero than 256, 42 dB under full scale: all upper bytes are 0 or -1."""
    return not pcm[1::BYTES_PER_SAMPLE].strip(b"\x00\xff")


def _is_faint(pcm: bytes) -> bool:
    """Whether no sample is further from zero than `FAINT`."""
    if pcm == _SILENT:
        return True
    levels = np.frombuffer(pcm, "<i2")
    return _is_quiet(pcm) and bool(levels.max() <= FAINT and levels.min() >= -FAINT)
