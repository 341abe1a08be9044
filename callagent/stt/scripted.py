"""A transcriber that hears what it was told to hear: for tests, benches and rehearsals of a flow."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from callagent.media.audio import CHUNK_MS, duration_s
from callagent.stt.transcriber import Hints, TranscriberInfo, Transcript

NAME = "scripted"
LOUD: Final = 1000
"""Samples beyond this are speech: 30 dB under full scale."""
WORDS_PER_S: Final = 2.8
"""How fast words are taken to be spoken, for interims."""
WORD_GAP_S: Final = 0.06
"""Silence after which the last word is taken to be over."""
AGAIN_S: Final = 4.0
"""Within so long, the same sound is the same turn, heard from its beginning once more."""


@dataclass(frozen=True, slots=True)
class ScriptedOptions:
    """What it hears, and how long it takes."""

    lines: tuple[str, ...] = ("",)
    """What each turn in succession turns out to be; begins again at the first. Empty means that nothing is heard."""
    delay_ms: int = 150
    """Milliseconds between the end of the audio and the transcript, and between a word and the interim that has it."""
    confidence: float = 1.0
    """Of every transcript with words in it, 0 to 1."""
    interims: bool = False
    """Whether it tells of words as they come."""


class ScriptedTranscriber:
    """Ignores the sound but for its loudness, and answers from its script; `say` goes before the script."""

    Options = ScriptedOptions

    def __init__(self, options: ScriptedOptions) -> None:
        self._options = options
        self._turns = 0
        self._said: deque[str] = deque()
        self._recent: deque[tuple[bytes, str, float]] = deque(maxlen=64)
        """How turns began to sound, what they turned out to be, and when."""

    @property
    def info(self) -> TranscriberInfo:
        """Hears any language, freely, without a network."""
        return TranscriberInfo(
            name=NAME,
            version="1",
            languages=(),
            interims=self._options.interims,
            free_speech=True,
            needs_network=False,
        )

    def say(self, text: str) -> None:
        """Make `text` what the next turn to begin was; several wait in order."""
        self._said.append(text)

    async def warm_up(self) -> None:
        """Ready at once."""

    async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:  # noqa: ARG002 - the contract's
        """Interims, where it tells of them, and a final `delay_ms` after the audio's end; empty without audio."""
        delay_s = self._options.delay_ms / 1000
        heard = 0
        text: str | None = None
        # That a word is over is known after the gap behind it.
        pace = _Pace(max(0, round((delay_s - WORD_GAP_S) * 1000 / CHUNK_MS)))
        async for pcm in audio:
            heard += len(pcm)
            is_loud = _is_loud(pcm)
            if is_loud and text is None:
                text = self._next(pcm)
            if text and self._options.interims and pace.hear(pcm, text, is_loud=is_loud):
                yield self._transcript(pace.interim, final=False)
        await asyncio.sleep(delay_s)
        if text is None:
            text = self._next(b"") if heard else ""
        yield self._transcript(text, final=True)

    async def aclose(self) -> None:
        """Nothing to let go of."""

    def _transcript(self, text: str, *, final: bool) -> Transcript:
        return Transcript(text=text, confidence=self._options.confidence if text else 0.0, final=final, provider=NAME)

    def _next(self, sound: bytes) -> str:
        """What a turn is that begins with a sound."""
        now_s = asyncio.get_running_loop().time()
        for began, text, at_s in self._recent:
            if sound and began == sound and now_s - at_s <= AGAIN_S:
                return text
        text = self._take()
        self._recent.append((sound, text, now_s))
        return text

    def _take(self) -> str:
        if self._said:
            return self._said.popleft()
        lines = self._options.lines
        if not lines:
            return ""
        self._turns += 1
        return lines[(self._turns - 1) % len(lines)]


class _Pace:
    """How many words of a turn are known, some chunks after they were spoken."""

    def __init__(self, behind: int) -> None:
        self.interim = ""
        self._voiced_s = self._quiet_s = 0.0
        self._counts: deque[int] = deque([0] * behind)

    def hear(self, pcm: bytes, text: str, *, is_loud: bool) -> bool:
        """Take 20 ms; whether there is another interim."""
        words = text.split()
        self._quiet_s = 0.0 if is_loud else self._quiet_s + duration_s(pcm)
        self._voiced_s += duration_s(pcm)
        over = self._quiet_s >= WORD_GAP_S
        self._counts.append(len(words) if over else min(len(words) - 1, int(self._voiced_s * WORDS_PER_S)))
        known = " ".join(words[: self._counts.popleft()])
        changed = bool(known) and known != self.interim
        if changed:
            self.interim = known
        return changed


def _is_loud(pcm: bytes) -> bool:
    samples = np.frombuffer(pcm, "<i2", len(pcm) // 2)
    return bool(len(samples)) and int(np.abs(samples.astype(np.int32)).max()) >= LOUD
