"""What was played of which sentence: the agent's audio on the line, found again in the audio that was synthesized.

Sample by sample, so that it does not depend on what the agent says of itself. 20 ms that are not in any sentence as
they are, such as a voice that dies away in the middle of a word, are counted by their audible part.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from callagent.media.audio import BYTES_PER_SAMPLE, CHUNK_BYTES, CHUNK_SAMPLES
from callagent.simulator.voice import LOUD


@dataclass(frozen=True, slots=True)
class Sentence:
    """Audio that was made for a text."""

    text: str
    pcm: bytes
    words: tuple[tuple[str, float], ...] = ()
    """Each with the second at which it begins."""

    @property
    def length(self) -> int:
        """Samples."""
        return len(self.pcm) // BYTES_PER_SAMPLE


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a sentence that was played without a break; positions are samples of the line."""

    sentence: Sentence
    begins: int
    """Its first sample in the sentence."""
    ends: int
    """The sample after its last."""
    at: int
    """Where its first sample was on the line."""

    @property
    def until(self) -> int:
        """The position after it on the line."""
        return self.at + self.ends - self.begins


@dataclass(frozen=True, slots=True)
class Audible:
    """20 ms of which something could be heard: the first loud sample on the line and the one after the last."""

    begins: int
    ends: int


class Trace:
    """Follows one line; positions must come in order."""

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        self.stretches: list[Stretch] = []
        self.audible: list[Audible] = []
        self.unknown: list[Audible] = []
        """What could be heard and is in no sentence as it is."""
        self._sentences = sentences
        """Of all that may be said; may grow."""

    def hear(self, pcm: bytes, position: int) -> None:
        """Take the 20 ms that were heard from `position` on."""
        loud = np.flatnonzero(np.abs(np.frombuffer(pcm, "<i2").astype(np.int32)) >= LOUD)
        if len(loud):
            self.audible.append(Audible(position + int(loud[0]), position + int(loud[-1]) + 1))
        if self._goes_on(pcm, position):
            return
        if not any(pcm):
            return
        found = self._find(pcm)
        if found is not None:
            sentence, begins = found
            left = min(CHUNK_SAMPLES, sentence.length - begins)
            self.stretches.append(Stretch(sentence, begins, begins + left, position))
        elif len(loud):
            self.unknown.append(self.audible[-1])

    def _goes_on(self, pcm: bytes, position: int) -> bool:
        if not self.stretches:
            return False
        last = self.stretches[-1]
        if last.until != position or last.ends >= last.sentence.length:
            return False
        for sentence in self._alike(last):
            length = _match(pcm, sentence, last.ends)
            if length:
                self.stretches[-1] = Stretch(sentence, last.begins, last.ends + length, last.at)
                return True
        return False

    def _alike(self, stretch: Stretch) -> Iterator[Sentence]:
        """The sentence of a stretch, and then others that it may be of as well: many begin with the same sound."""
        yield stretch.sentence
        begins, ends = stretch.begins * BYTES_PER_SAMPLE, stretch.ends * BYTES_PER_SAMPLE
        played = stretch.sentence.pcm[begins:ends]
        for sentence in reversed(self._sentences):
            if sentence.pcm[begins:ends] == played:
                yield sentence

    def _find(self, pcm: bytes) -> tuple[Sentence, int] | None:
        """Where a chunk is from: the sentence that was cut goes on, or another begins, or anywhere at all."""
        if self.stretches and _match(pcm, self.stretches[-1].sentence, self.stretches[-1].ends):
            return self.stretches[-1].sentence, self.stretches[-1].ends
        for sentence in reversed(self._sentences):
            if _match(pcm, sentence, 0):
                return sentence, 0
        nearby = [self.stretches[-1].sentence] if self.stretches else []
        for sentence in (*nearby, *reversed(self._sentences)):
            at = _within(pcm, sentence)
            if at is not None:
                return sentence, at
        for sentence in nearby:  # where it goes on, its first samples may rise out of silence
            at = sentence.pcm.find(pcm[CHUNK_BYTES // 2 :], CHUNK_BYTES // 2)
            if at >= 0 and at % BYTES_PER_SAMPLE == 0 and any(pcm[CHUNK_BYTES // 2 :]):
                return sentence, (at - CHUNK_BYTES // 2) // BYTES_PER_SAMPLE
        return None


def _match(pcm: bytes, sentence: Sentence, begins: int) -> int:
    """Samples of the sentence from `begins` on that the chunk holds; 0 when it is something else."""
    there = sentence.pcm[begins * BYTES_PER_SAMPLE : begins * BYTES_PER_SAMPLE + CHUNK_BYTES]
    return len(there) // BYTES_PER_SAMPLE if there and pcm == there.ljust(CHUNK_BYTES, b"\0") else 0


def _within(pcm: bytes, sentence: Sentence) -> int | None:
    """Where in a sentence the chunk is; its last one may be filled up with silence."""
    at = sentence.pcm.find(pcm)
    while at % BYTES_PER_SAMPLE and at >= 0:
        at = sentence.pcm.find(pcm, at + 1)
    if at >= 0:
        return at // BYTES_PER_SAMPLE
    last = sentence.length - sentence.length % CHUNK_SAMPLES
    return last if _match(pcm, sentence, last) else None
