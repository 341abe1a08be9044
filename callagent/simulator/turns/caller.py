"""The caller of one case: makes its sounds on a line at the moments that the case names, and keeps what was heard."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from callagent.media.audio import CHUNK_BYTES, CHUNK_SAMPLES, SAMPLE_RATE, SILENCE, samples
from callagent.simulator.line import Line
from callagent.simulator.turns.case import USUAL_DBFS, Case, Press, Sound
from callagent.simulator.turns.trace import Trace
from callagent.simulator.voice import LOUD

LIMIT_S: Final = 30.0
"""No exchange takes longer."""
ANSWER_S: Final = 5.0
"""So long an answer is waited for."""
QUIET_S: Final = 2.0
"""An agent that has been silent for so long has said what it has to say; more than any pause in its speech."""
ENDED_S: Final = 0.5
"""The same, once it has been told that all was played."""
LISTENS_S: Final = 0.4
"""How long the caller listens to the answer before hanging up."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word that a recogniser may make out; positions are samples of the caller's channel."""

    text: str
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Made:
    """A sound as audio; positions count from its first sample."""

    pcm: bytes
    words: tuple[Word, ...] = ()

    @property
    def length(self) -> int:
        """Samples."""
        return len(self.pcm) // 2


class CaseCaller:
    """Follows one case on any `Line`; `sounds` are those of the case, made; `background` goes round and round.

    `agent_lasts` is how many samples the agent's turn takes when nobody disturbs it, for sounds that come before its
    end; 0 where that is not known yet.
    """

    def __init__(
        self, case: Case, sounds: Sequence[Made], background: bytes, trace: Trace, agent_lasts: int = 0
    ) -> None:
        self.position = 0
        """Samples that the caller's side has sent."""
        self.began: list[int] = []
        """Where each sound so far began, in samples of the caller's channel."""
        self.spoken = bytearray()
        """All that was sent, PCM."""
        self.heard = bytearray(SILENCE)
        """All that came back. It is heard one chunk after what was sent at the same tick."""
        self.trace = trace
        self._case = case
        self._sounds = sounds
        self._background = np.frombuffer(background, "<i2").astype(np.int32)
        self._agent_lasts = agent_lasts
        self._agent_ends: list[int] = []
        self._places: dict[bytes, int] = {}
        """Where each chunk that is not silent was sent."""
        self._edges = [_edges(case.sounds[number], made.pcm) for number, made in enumerate(sounds)]
        delay = max(1, round(case.line.echo_delay_s * SAMPLE_RATE / CHUNK_SAMPLES))
        self._echo: deque[bytes] = deque([SILENCE] * delay, maxlen=delay)
        self._echo_gain = 10 ** (case.line.echo_db / 20) if case.line.echo_db is not None else 0.0
        self._delay = delay * CHUNK_SAMPLES

    def agent_ended(self) -> None:
        """The agent's turn is over: all of it was played."""
        self._agent_ends.append(self.position)

    async def call(self, line: Line) -> None:
        """Be the caller on an answered call until the case is over, then hang up."""
        while not self._over():
            self._begin_due(line)
            spoken = self._mixed()
            heard = await line.exchange(spoken)
            if heard is None:
                return
            self.trace.hear(heard, self.position + CHUNK_SAMPLES)
            if spoken is not SILENCE:
                self._places[spoken] = self.position
            self.position += CHUNK_SAMPLES
            self.spoken += spoken
            self.heard += heard
            self._echo.append(heard)
        await line.hang_up()

    @property
    def taken(self) -> tuple[int, int] | None:
        """First audible sample of the caller's own turn and the one after its last; None before it is over."""
        numbers = self._case.taking
        if not numbers or numbers[-1] >= len(self.began):
            return None
        first, last = numbers[0], numbers[-1]
        return self.began[first] + self._edges[first][0], self.began[last] + self._edges[last][1]

    def words(self) -> list[Word]:
        """All that a recogniser could make out, as far as it has begun; in the order of their time."""
        found = []
        for begin, made in zip(self.began, self._sounds, strict=False):
            found += [Word(word.text, begin + word.begins, begin + word.ends) for word in made.words]
        if self._case.line.echo_recognised:
            found += self._echoed()
        return sorted(found, key=lambda word: word.ends)

    def place_of(self, pcm: bytes) -> int | None:
        """Where a chunk was sent; None for silence, and for what was not sent like this."""
        return self._places.get(pcm)

    # --- what goes out ------------------------------------------------------------------------------------------------

    def _begin_due(self, line: Line) -> None:
        """Give the sounds whose moment lies in the next 20 ms their place, and press the keys among them."""
        while len(self.began) < len(self._sounds):
            at = self._due(self._case.sounds[len(self.began)])
            if at is None or at >= self.position + CHUNK_SAMPLES:
                return
            self.began.append(max(at, self.position))
            what = self._case.sounds[len(self.began) - 1].what
            if isinstance(what, Press):
                line.press(what.key)

    def _due(self, sound: Sound) -> int | None:
        """The position at which a sound begins; None while that cannot be known."""
        offset = samples(sound.at.seconds)
        audible = self.trace.audible
        match sound.at.anchor:
            case "the previous sound":
                return self.began[-1] + self._sounds[len(self.began) - 1].length + offset
            case "the agent begins":
                return audible[0].begins + offset if audible else None
            case "the agent ends" if offset < 0:
                return audible[0].begins + self._agent_lasts + offset if audible else None
            case _:
                since = self.began[-1] if self.began else 0
                return next((end + offset for end in self._agent_ends if end >= since), None)

    def _mixed(self) -> bytes:
        """The caller's next 20 ms."""
        mixed = np.zeros(CHUNK_SAMPLES, np.int32)
        if len(self._background):
            mixed += self._background[(self.position + np.arange(CHUNK_SAMPLES)) % len(self._background)]
        if self._echo_gain:
            mixed += np.rint(np.frombuffer(self._echo[0], "<i2") * self._echo_gain).astype(np.int32)
        for begin, made in zip(self.began, self._sounds, strict=False):
            first, until = max(self.position, begin), min(self.position + CHUNK_SAMPLES, begin + made.length)
            if first < until:
                part = np.frombuffer(made.pcm, "<i2", until - first, (first - begin) * 2)
                mixed[first - self.position : until - self.position] += part
        return np.clip(mixed, -32768, 32767).astype("<i2").tobytes() if mixed.any() else SILENCE

    # --- what is known ------------------------------------------------------------------------------------------------

    def _echoed(self) -> list[Word]:
        """The agent's words as they come back."""
        found = []
        for stretch in self.trace.stretches:
            words = stretch.sentence.words
            nexts = [*(second for _, second in words[1:]), stretch.sentence.length / SAMPLE_RATE]
            for (text, second), following in zip(words, nexts, strict=False):
                begins, ends = samples(second), samples(following)
                if stretch.begins <= begins and ends <= stretch.ends:
                    moved = stretch.at - stretch.begins + self._delay - CHUNK_SAMPLES
                    found.append(Word(text.strip(".,?!।").lower(), begins + moved, ends + moved))
        return found

    def _over(self) -> bool:
        now = self.position
        if now >= samples(LIMIT_S):
            return True
        if len(self.began) < len(self._sounds):
            # A moment that never comes, such as the end of a turn that was cut, is not waited for.
            return self._due(self._case.sounds[len(self.began)]) is None and self._quiet(ANSWER_S)
        taken = self.taken
        if taken is None:
            done = max((at + made.length for at, made in zip(self.began, self._sounds, strict=True)), default=0)
            ended = bool(self._agent_ends) and self._agent_ends[-1] >= done
            return now > done and self._quiet(ENDED_S if ended else QUIET_S)
        done = taken[1]
        if now < done:
            return False
        answer = next((one.at for one in self.trace.stretches if one.at > done and not one.begins), None)
        wait_s = ANSWER_S if self._case.answered else QUIET_S
        return now >= (done + samples(wait_s) if answer is None else answer + samples(LISTENS_S))

    def _quiet(self, seconds: float) -> bool:
        """Whether the agent has spoken and been silent for so long."""
        audible = self.trace.audible
        return bool(audible) and self.position - audible[-1].ends >= samples(seconds)


def _edges(sound: Sound, pcm: bytes) -> tuple[int, int]:
    """The first audible sample and the one after the last, had it been at the usual level; of a key its moment."""
    threshold = max(1.0, LOUD * 10 ** ((sound.dbfs - USUAL_DBFS) / 20))
    loud = np.flatnonzero(np.abs(np.frombuffer(pcm, "<i2").astype(np.int32)) >= threshold)
    return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, 0)


PAUSE_S: Final = 0.3
"""Less silence than this is within a sentence."""


def groups(trace: Trace) -> list[tuple[int, int]]:
    """From where to where the agent could be heard, as positions on the line; pauses within sentences are left in."""
    found: list[tuple[int, int]] = []
    for one in trace.audible:
        if found and one.begins - found[-1][1] < samples(PAUSE_S):
            found[-1] = found[-1][0], one.ends
        else:
            found.append((one.begins, one.ends))
    return found


def padded(pcm: bytes) -> bytes:
    """Filled up to whole chunks with silence."""
    return pcm + bytes(-len(pcm) % CHUNK_BYTES)
