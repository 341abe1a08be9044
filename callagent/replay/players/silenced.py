"""Where a recorded caller said something private, so that the recording is silent: a voice stands in for theirs.

It says no words; those are the recorded ones (`players.transcriber`). From when to when the caller spoke stands in the
events, and the voice detector is told: what it would make of a stand-in tells nothing of the caller, and how it lets go
of a voice, a fifth of a second sooner or later, decides when turns end.
"""

import asyncio
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, product
from operator import itemgetter
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from callagent.events import CallerStarted, CallerStopped, DigitPressed, Event
from callagent.evidence import DialogueAdvanced, UtteranceTranscribed
from callagent.media.audio import CHUNK_SAMPLES, samples
from callagent.media.level import SPEECH_DBFS, normalised, rms_dbfs
from callagent.media.vad import WINDOW, load_voice_model
from callagent.media.voice_pool import Take, VoiceActivity, VoicePool
from callagent.recording.confidential import Confidential
from callagent.recording.folder import BLOCK, RecordedSound
from callagent.recording.redaction import Redactor
from callagent.replay.players.murmur import murmur
from callagent.simulator.virtual_time import VirtualTimeLoop

SPEECH: Final = 0.8
"""Probability that is told of what was speech: enough for any start, and not to make one sooner than usual;"""
SUDDEN: Final = 1.0
"""and of the beginning of speech that was one at once, as it may be over the agent."""
AFTER: Final = samples(1.0)
"""So long after speech the detector is told that there is none, as far as the recording is silent."""
LATE: Final = samples(0.1)
"""So much later than its sound may an event be."""
LEVEL_OF: Final = 5
"""Stretches of speech that tell how loud the caller is,"""
LEVEL_FROM: Final = samples(2.0)
"""and of each this beginning."""

Span: TypeAlias = tuple[int, int]
"""From one sample of the caller's side up to another."""


class Silenced:
    """What of one call was silenced, as it was recorded now or as a copy for a test."""

    def __init__(self, sound: RecordedSound, events: Iterable[Event]) -> None:
        events = list(events)
        hushed = _united(_hushed(events, sound.samples))
        speech = _united(_speech(events, sound.samples)) if hushed else []
        judged = _united((begins, ends + AFTER) for begins, ends in speech)
        self._silent = [silence for span in _common(hushed, judged) for silence in _silences(sound, *span)]
        self._spoken = _common(self._silent, speech)
        started = [event for event in events if isinstance(event, CallerStarted)]
        self._sudden = {
            one.position for one in started if samples(one.at_s) + CHUNK_SAMPLES < one.position + 2 * WINDOW
        }
        self._murmur = np.zeros(0, "<i2")
        if self._spoken:
            heard = (span for span in speech if not _common([span], self._silent))
            self._murmur = np.frombuffer(normalised(murmur().tobytes(), _level_dbfs(sound, heard)), "<i2")

    def __bool__(self) -> bool:
        """Whether the caller spoke where it is silent now."""
        return bool(self._spoken)

    def stand_in(self, side: npt.NDArray[np.int16], position: int) -> None:
        """Put the voice into what was recorded of the caller's side from a position on."""
        for first, last in _common(self._spoken, [(position, position + len(side))]):
            places = np.arange(first, last) % len(self._murmur)
            side[first - position : last - position] = self._murmur[places]

    def holds(self, utterance: UtteranceTranscribed) -> bool:
        """Whether some of the sound that a transcriber got is silent now."""
        ends = samples(utterance.fed_until_s)
        return bool(_common(self._spoken, [(ends - samples(utterance.audio_s), ends)]))

    def told(self, take: Take) -> Take:
        """Have what is known of a window told to `take` in place of what the detector makes of it."""

        def known(probability: float, begins: int, ends: int) -> None:
            at = (begins + ends) // 2
            if _within(at, self._spoken):
                probability = SUDDEN if begins in self._sudden else SPEECH
            elif _within(at, self._silent):
                probability = 0.0
            take(probability, begins, ends)

        return known if self._spoken else take


class RecordedDetection(VoicePool):
    """A pool for one call, whose making took so long before the line had its first sample."""

    def __init__(self, zero_s: float, silenced: Silenced) -> None:
        super().__init__(load_voice_model())
        self._zero_s = zero_s
        self._silenced = silenced

    def join(self, take: Take) -> VoiceActivity:
        """As `VoicePool.join`: a call does it once, while it is made."""
        loop = asyncio.get_running_loop()
        if isinstance(loop, VirtualTimeLoop):
            loop.spend(self._zero_s)
        return super().join(self._silenced.told(take))


def _speech(events: Iterable[Event], end: int) -> Iterator[Span]:
    """When the caller spoke, as the voice detector found; not what is beyond the end of the sound."""
    began = end
    for event in events:
        if isinstance(event, CallerStarted):
            began = event.position
        elif isinstance(event, CallerStopped) and began < end:
            yield began, min(event.position, end)
            began = end
    if began < end:
        yield began, end


def _hushed(events: Iterable[Event], end: int) -> Iterator[Span]:
    """What a recorder silences of the caller's side, and a little around it."""
    confidential = Confidential(Redactor(""))
    asked: int | None = None
    for event in events:
        if not isinstance(event, CallerStarted | CallerStopped | DigitPressed | DialogueAdvanced):
            continue
        list(confidential.take(event))
        for hush in confidential.hushed(event):
            yield hush.begins - LATE, hush.ends + LATE
        if confidential.asked_private and asked is None:
            asked = samples(event.at_s) - LATE
        elif asked is not None and not confidential.asked_private:
            yield asked, samples(event.at_s) + LATE
            asked = None
    if asked is not None:
        yield asked, end


def _silences(sound: RecordedSound, begins: int, ends: int) -> Iterator[Span]:
    """Where nothing of the caller is in the recording, for 20 ms at least: not even the noise of a line."""
    since = begins
    for at in range(begins, ends, BLOCK):
        side = sound.read(at, min(at + BLOCK, ends))[:, 0]
        loud = np.concatenate(([since - 1], np.flatnonzero(side) + at))
        for gap in np.flatnonzero(np.diff(loud) > CHUNK_SAMPLES):
            yield int(loud[gap]) + 1, int(loud[gap + 1])
        since = int(loud[-1]) + 1
    if ends - since >= CHUNK_SAMPLES:
        yield since, ends


def _level_dbfs(sound: RecordedSound, speech: Iterable[Span]) -> float:
    """How loud the caller is where they are heard; as loud as speech is where they are not."""
    heard = [sound.read(begins, min(ends, begins + LEVEL_FROM))[:, 0] for begins, ends in islice(speech, LEVEL_OF)]
    return rms_dbfs(np.concatenate(heard).tobytes()) if heard else SPEECH_DBFS


def _united(spans: Iterable[Span]) -> list[Span]:
    """The same in order, each that touches another made one with it."""
    united: list[Span] = []
    for begins, ends in sorted(spans):
        if united and begins <= united[-1][1]:
            begins, ends = united[-1][0], max(ends, united.pop()[1])  # noqa: PLW2901
        united.append((begins, ends))
    return united


def _common(some: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """What is in both."""
    spans = ((max(one[0], other[0]), min(one[1], other[1])) for one, other in product(some, others))
    return [(begins, ends) for begins, ends in spans if begins < ends]


def _within(position: int, spans: Sequence[Span]) -> bool:
    """Whether it is in one of those, which are in order."""
    before = bisect(spans, position, key=itemgetter(0)) - 1
    return before >= 0 and position < spans[before][1]
