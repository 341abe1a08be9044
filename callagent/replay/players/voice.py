"""A voice that says what was said in the recording, as fast as then."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable
from dataclasses import replace
from functools import cache
from statistics import median
from typing import Final, Literal, TypeAlias

import numpy as np

from callagent.evidence import SpeechMade, SpeechPiece
from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, samples
from callagent.recording.redaction import TOKEN, restore
from callagent.replay.players.notes import Notes
from callagent.replay.players.pacing import STOPPED_S, Pace, fault, let_others_first
from callagent.replay.players.retold import Retold
from callagent.tts.plain import has_words
from callagent.tts.synthesizer import Speech, SpeechChunk, SpokenWord, SynthesizerInfo

By: TypeAlias = Literal["made", "kept", "remembered"]
CHARACTERS_PER_S: Final = 14.0
"""How fast a text is taken to be spoken where the recording holds no speech to tell."""
FIRST_S: Final = 0.15
"""Likewise, how soon its first sound is there."""
PITCH_HZ: Final = 180.0
_AROUND: Final = re.compile("⟦[^⟧]*⟧")
"""What stands for something that was taken out."""
AMPLITUDE: Final = 3000.0


class RecordedVoice:
    """A `call.services.Voice` for one replay; a tone stands for its sound."""

    def __init__(
        self,
        recorded: Iterable[SpeechMade],
        notes: Notes,
        like: SynthesizerInfo,
        retold: Retold,
    ) -> None:
        self._recorded: list[SpeechMade] = []
        self._redacted: dict[str, re.Pattern[str]] = {}
        """By restored text: what it may be said as, where something was taken out of it."""
        for one in recorded:
            self._recorded.append(replace(one, text=restore(one.text)))
            if TOKEN.search(one.text):
                around = map(re.escape, _AROUND.split(one.text))
                self._redacted[self._recorded[-1].text] = re.compile(".+?".join(around))
        self._retold = retold
        self._notes = notes
        self._info = like
        self._ready: set[tuple[object, ...]] = set()
        """What is kept or remembered since it was said."""
        self._pace = _pace(self._recorded)
        self._first_s = _first_s(self._recorded)

    @property
    def info(self) -> SynthesizerInfo:
        """Of the one that it stands for, as far as that is known."""
        return self._info

    async def warm_up(self) -> None:
        """Ready at once."""

    async def aclose(self) -> None:
        """Nothing to let go of."""

    async def prepare(self, speeches: Iterable[Speech]) -> int:
        """What was ready then is; nothing else becomes so."""
        return sum(self.is_cached(speech) for speech in speeches)

    def is_cached(self, speech: Speech) -> bool:
        """Whether it was there already when the recorded call said it, or has been said as a whole since."""
        return self._is_ready(speech, "kept")

    def is_remembered(self, speech: Speech) -> bool:
        """Likewise."""
        return self._is_ready(speech, "remembered")

    def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """As it was said. Raises what was raised then."""
        return self._say(speech, "made")

    def fixed(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """Likewise."""
        return self._say(speech, "kept")

    def common(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """Likewise."""
        return self._say(speech, "remembered")

    def sound_of(self, speech: Speech) -> SpeechChunk:
        """All of a speech in one, as long as it was or would be."""
        same = (one for one in self._recorded if _key_of(one) == _key(speech) and one.outcome == "spoken")
        made = next(same, None) or self._estimated(speech)
        count = sum(piece.samples for piece in made.pieces)
        words = tuple(SpokenWord(word, at_s) for piece in made.pieces for word, at_s in piece.words)
        return SpeechChunk(tone(0, count), words)

    def _is_ready(self, speech: Speech, by: By) -> bool:
        found = self._find(speech, by)
        if found is None or found.by != by:
            return (by, *_key(speech)) in self._ready
        return found.ready and not self._comes_whole_before(found)

    def _comes_whole_before(self, found: SpeechMade) -> bool:
        """Whether a longer text that begins so was made in one before that: then this was not there yet."""
        return any(
            one.by != "kept"
            and one.began_s < found.began_s
            and len(one.text) > len(found.text)
            and one.text.startswith(found.text)
            for one in self._recorded
        )

    def _find(self, speech: Speech, by: By) -> SpeechMade | None:
        """The first that is left of the same, rather one that was wanted in the same way."""
        key = _key(speech)
        same = [one for one in self._recorded if _key_of(one) == key or self._is_redacted(one, speech)]
        return next((one for one in same if one.by == by), same[0] if same else None)

    def _is_redacted(self, one: SpeechMade, speech: Speech) -> bool:
        """Whether a sentence is another with something else in the place of what was taken out of that."""
        pattern = self._redacted.get(one.text)
        return pattern is not None and _key_of(one)[1:] == _key(speech)[1:] and bool(pattern.fullmatch(speech.text))

    def _part(self, speech: Speech) -> SpeechMade | None:
        """A sentence of something that was said as a whole, as a chain of voices asks for it."""
        spoken = speech.text.split()
        for one in self._recorded:
            if one.outcome != "spoken" or speech.text not in one.text or _key_of(one)[1:] != _key(speech)[1:]:
                continue
            words = [word for piece in one.pieces for word in piece.words]
            texts = [word for word, _ in words]
            ends_s = sum(piece.samples for piece in one.pieces) / SAMPLE_RATE
            for first in range(len(words) - len(spoken) + 1):
                last = first + len(spoken)
                if texts[first:last] == spoken:
                    begins_s = words[first][1]
                    until_s = words[last][1] if last < len(words) else ends_s
                    times = tuple((word, at_s - begins_s) for word, at_s in words[first:last])
                    after_s = one.pieces[0].after_s if not first else 0.0
                    piece = SpeechPiece(after_s, samples(until_s - begins_s), times)
                    return replace(one, pieces=(piece,), began_s=0.0, at_s=after_s)
        return None

    async def _say(self, speech: Speech, by: By) -> AsyncGenerator[SpeechChunk, None]:
        found = self._find(speech, by) or self._part(speech)
        if found is None:
            self._notes.miss("speech", speech.text, "estimated")
            found = self._estimated(speech)
        elif found in self._recorded:
            self._recorded.remove(found)
        pace, spoken, telling = Pace(), 0, self._retold.of(found)
        for piece in found.pieces:
            await telling.before(piece.after_s, pace)
            await pace.until(piece.after_s)
            if by == "kept":
                await let_others_first()  # a cache has them made by a task of its own
            yield _chunk(piece, spoken, found)
            spoken += piece.samples
        await telling.rest(pace)
        ended_s = round(found.at_s - found.began_s, 4)
        if found.outcome == "failed":
            await pace.until(ended_s)
            raise fault(found.error, found.provider or self._info.name)
        if found.outcome == "stopped":
            async for chunk in self._rest(speech, found, spoken, pace):
                yield chunk
        self._ready.add((by, *_key(speech)))

    async def _rest(
        self, speech: Speech, found: SpeechMade, spoken: int, pace: Pace
    ) -> AsyncGenerator[SpeechChunk, None]:
        """What would have followed, had it not been stopped; it may have been complete as well."""
        whole = self._estimated(speech).pieces[0] if has_words(speech.text) else SpeechPiece(0.0, 0)
        await pace.until(round(found.at_s - found.began_s, 4))
        if whole.samples > spoken and len(_words_of(found)) < len(speech.text.split()):
            await asyncio.sleep(STOPPED_S if found.pieces else self._first_s)
            self._notes.miss("rest", speech.text, "estimated")
            words = whole.words[len(_words_of(found)) :]
            yield _chunk(SpeechPiece(0.0, whole.samples - spoken, words), spoken, found)

    def _estimated(self, speech: Speech) -> SpeechMade:
        """A text that is not in the recording, at the pace of what is."""
        per_s = self._pace * max(speech.rate, 0.1)
        words, place = [], 0
        for word in speech.text.split():
            words.append((word, place / per_s))
            place += len(word) + 1
        piece = SpeechPiece(self._first_s, samples(place / per_s), tuple(words))
        return SpeechMade(
            at_s=self._first_s,
            text=speech.text,
            language=speech.language,
            voice=speech.voice,
            rate=speech.rate,
            by="made",
            ready=False,
            began_s=0.0,
            pieces=(piece,) if words else (),
            provider=self._info.name,
            version=self._info.version,
            outcome="spoken",
        )


def _key(speech: Speech) -> tuple[object, ...]:
    return speech.text, speech.language, speech.voice, speech.rate


def _key_of(made: SpeechMade) -> tuple[object, ...]:
    return made.text, made.language, made.voice, made.rate


def _words_of(made: SpeechMade) -> list[str]:
    return [word for piece in made.pieces for word, _ in piece.words]


def _pace(recorded: Iterable[SpeechMade]) -> float:
    """Characters per second of what was said to its end, at a rate of 1."""
    whole = [one for one in recorded if one.outcome == "spoken" and one.pieces]
    spoken_s = sum(piece.samples for one in whole for piece in one.pieces) / SAMPLE_RATE
    return sum(len(one.text) / one.rate for one in whole) / spoken_s if spoken_s else CHARACTERS_PER_S


def _first_s(recorded: Iterable[SpeechMade]) -> float:
    """How soon the first sound was there of what had to be made."""
    return median([one.pieces[0].after_s for one in recorded if one.pieces and not one.ready] or [FIRST_S])


def _chunk(piece: SpeechPiece, begins: int, made: SpeechMade) -> SpeechChunk:
    words = tuple(SpokenWord(word, at_s) for word, at_s in piece.words)
    return SpeechChunk(tone(begins, piece.samples), words, made.provider, made.version)


def tone(begins: int, count: int) -> bytes:
    """So many samples of a hum, from one of its samples on."""
    period = SAMPLE_RATE
    begins %= period
    hum = _hum()
    return (hum * ((begins + count) // period + 1))[begins * BYTES_PER_SAMPLE : (begins + count) * BYTES_PER_SAMPLE]


@cache
def _hum() -> bytes:
    """A second of it: whole periods, so that it can be said again and again."""
    time_s = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    wave = np.sin(2 * np.pi * PITCH_HZ * time_s) * (0.7 + 0.3 * np.sin(2 * np.pi * 4 * time_s))
    return bytes(np.rint(AMPLITUDE * wave).astype("<i2").tobytes())
