"""Speech from espeak-ng: robotic, but intelligible on a telephone, offline, and a thousand times faster than real time.

The library and its data come in the wheel `espeakng-loader`. Its state is global, so all synthesis of the process goes
through one worker thread; at this speed that is no limit. A sentence is made whole, brought to 8 kHz, trimmed and
levelled, and handed over as one chunk. The voice breathes and flutters on from speech to speech, so the same text is
never the same to the sample.
"""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib.metadata import version
from typing import Final

from callagent.content.hinglish import respelled
from callagent.errors import ConfigurationError, ProviderRejectedError, ProviderUnavailableError
from callagent.media.audio import SAMPLE_RATE, duration_s
from callagent.media.level import normalised, trimmed
from callagent.media.resample import resample
from callagent.tts.espeak_library import EspeakFailure, EspeakLibrary
from callagent.tts.limits import check_speech
from callagent.tts.synthesizer import Speech, SpeechChunk, SpokenWord, SynthesizerInfo

NAME: Final = "espeak"
REVISION: Final = "2"
"""To be raised when what is done to the engine's audio changes: it makes cached audio anew."""
SLOWEST, FASTEST = 80, 450
"""Words a minute that the engine can do."""

DEFAULT_VOICES: Final[Mapping[str, str]] = {"en": "gmw/en", "hi": "inc/hi", "hinglish": "inc/hi"}
"""By language. There is no Indian English; British is the nearest to it. Hindi reads Latin letters as English."""


@dataclass(frozen=True, slots=True)
class EspeakOptions:
    """How it is to sound."""

    voices: Mapping[str, str] = field(default_factory=dict)
    """Voice by language, over `DEFAULT_VOICES`: a name, tag or identifier, perhaps with a variant: "en-us+f3"."""
    words_per_minute: int = 160
    dbfs: float = -20.0
    """RMS level of the speech, in decibels of full scale."""

    def __post_init__(self) -> None:
        if not SLOWEST <= self.words_per_minute <= FASTEST:
            raise ConfigurationError(
                f"espeak's words_per_minute is {self.words_per_minute}; give {SLOWEST} to {FASTEST}, such as 160."
            )


_WORKER: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="espeak")
"""The one thread that may touch the library."""


@cache
def _library() -> EspeakLibrary:
    return EspeakLibrary()


class EspeakSynthesizer:
    """Speaks English, Hindi and Hinglish, and by a voice's name any other language of espeak-ng."""

    Options = EspeakOptions

    def __init__(self, options: EspeakOptions) -> None:
        self._options = options
        self._voices = {**DEFAULT_VOICES, **options.voices}
        self._info = SynthesizerInfo(
            name=NAME,
            version=f"{version('espeakng-loader')}-{REVISION}-{options.words_per_minute}-{options.dbfs:g}",
            languages=tuple(self._voices),
            word_times=True,
            needs_network=False,
            splices=True,
        )

    @property
    def info(self) -> SynthesizerInfo:
        """What it can do."""
        return self._info

    async def warm_up(self) -> None:
        """Load the library and every voice that is set. Raises ProviderError."""
        for language in self._voices:
            await self._in_worker(Speech("ready", language))

    async def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """All of it in one chunk with the times of its words; nothing for a text that has no words.

        Raises ProviderRejectedError for a voice or a language that is not known, or a text beyond all measure.
        """
        check_speech(NAME, speech)
        chunk = await self._in_worker(speech)
        if chunk.pcm:
            yield chunk

    async def aclose(self) -> None:
        """Nothing is held that another synthesizer of the process could not still use."""

    async def _in_worker(self, speech: Speech) -> SpeechChunk:
        try:
            return await asyncio.get_running_loop().run_in_executor(_WORKER, self._render, speech)
        except EspeakFailure as error:
            raise ProviderUnavailableError(NAME, f"espeak-ng {error}") from error

    def _render(self, speech: Speech) -> SpeechChunk:
        words = speech.text.split()
        voice = self._voice(speech)
        spoken = respelled(words) if speech.language == "hinglish" else words
        pace = round(max(SLOWEST, min(FASTEST, self._options.words_per_minute * speech.rate)))
        library = _library()
        rendering = library.speak(" ".join(spoken), voice, pace)
        pcm, skipped = trimmed(resample(rendering.pcm, library.rate))
        starts = _word_starts(spoken, rendering.words, len(rendering.pcm) // 2)
        end_s = duration_s(pcm)
        times = [min(max(0.0, start / library.rate - skipped / SAMPLE_RATE), end_s) for start in starts]
        timed = tuple(SpokenWord(word, time_s) for word, time_s in zip(words, times, strict=True))
        return SpeechChunk(normalised(pcm, self._options.dbfs), timed)

    def _voice(self, speech: Speech) -> str:
        wanted = speech.voice
        if not wanted:
            base = speech.language.split("-", 1)[0].lower()
            wanted = self._voices.get(speech.language) or self._voices.get(base) or speech.language
        return find_voice(wanted)


def find_voice(wanted: str) -> str:
    """What the engine selects a voice by, from a person's name for it: name, language tag or identifier, any case.

    A variant may follow after a plus, such as "en-us+f3". Raises ProviderRejectedError with the nearest name.
    """
    name, _, variant = wanted.partition("+")
    voices, variants = _names()
    identifier = voices.get(name.strip().lower())
    if identifier is None:
        raise ProviderRejectedError(NAME, _unknown("voice", name, voices))
    if not variant:
        return identifier
    file = variants.get(variant.strip().lower())
    if file is None:
        raise ProviderRejectedError(NAME, _unknown("variant of a voice", variant, variants))
    return f"{identifier}+{file}"


@cache
def _names() -> tuple[dict[str, str], dict[str, str]]:
    """Identifiers of voices and files of variants, by all they may be called."""
    voices: dict[str, str] = {}
    listed = _library().voices()
    for voice in listed:
        for name in (voice.identifier, voice.name, voice.identifier.rpartition("/")[2]):
            voices.setdefault(name.lower(), voice.identifier)
    for voice in listed:
        for tag in voice.languages:
            voices.setdefault(tag.lower(), voice.identifier)
    variants: dict[str, str] = {}
    for variant in _library().voices("variant"):
        file = variant.identifier.rpartition("/")[2]
        variants.setdefault(file.lower(), file)
        variants.setdefault(variant.name.lower(), file)
    return voices, variants


def _unknown(what: str, name: str, known: Mapping[str, str]) -> str:
    # A tag of the same language is nearer than a word of similar letters.
    akin = [each for each in known if each.startswith(name[:3].lower())]
    near = get_close_matches(name.lower(), akin, n=1, cutoff=0.3) or get_close_matches(name.lower(), known, n=1)
    hint = f"the nearest is {near[0]!r}" if near else f"such as {', '.join(sorted(known)[:5])}"
    return f"{name!r} is no {what} of espeak-ng; {hint}"


def _word_starts(words: Sequence[str], events: Sequence[tuple[int, int]], length: int) -> list[float]:
    """The sample at which each word begins.

    The engine tells of parts of words ("1,249" has five) and says nothing of a word that it runs together with the one
    before ("of the"); such a word gets its share of the time between its neighbours, by characters.
    """
    places = []
    place = 0
    for word in words:
        places.append(place)
        place += len(word) + 1
    known: dict[int, float] = {}
    for character, sample in events:
        number = bisect_right(places, character) - 1
        if number >= 0 and number not in known:
            known[number] = float(max(sample, max(known.values(), default=0.0)))
    anchors = sorted({-1: (0, 0.0), **{n: (places[n], at) for n, at in known.items()}}.values())
    anchors.append((max(place, 1), float(max([length, *known.values()]))))
    return [_between(anchors, at) for at in places]


def _between(anchors: Sequence[tuple[int, float]], place: int) -> float:
    after = bisect_right(anchors, (place, float("inf")))
    (left, left_at), (right, right_at) = anchors[after - 1], anchors[min(after, len(anchors) - 1)]
    if place <= left or right <= left:
        return left_at
    return left_at + (right_at - left_at) * (place - left) / (right - left)
