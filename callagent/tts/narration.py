"""One speech as it comes from a service: its audio cut into chunks, each with the words that begin in it.

Services tell times of characters or of tokens, before or after the audio that they belong to, and are silent about some
words. What comes out is every word of the text, once, in order, with its place in the audio.
"""

from collections.abc import Sequence
from typing import Final

from callagent.media.audio import BYTES_PER_SAMPLE, duration_s, samples
from callagent.tts.synthesizer import SpeechChunk, SpokenWord

HELD: Final = samples(0.01) * BYTES_PER_SAMPLE
"""Bytes of audio kept back to the end, so that the last words have audio to begin in."""
END_S: Final = 0.1
"""Of the last word's time that may still be on its way through decoder and resampler."""
SLACK_S: Final = 0.3
"""How much earlier than a service says its audio may end."""
FASTEST_CHARACTERS_PER_S: Final = 25
"""What nobody speaks faster than, but for a voice that is asked to."""
FAR: Final = 40
"""Characters ahead; what is found further away is another place where the text says the same."""


class Narration:
    """Of one text, whose words are joined by single spaces. Feed it audio and times as they come, then `end` it.

    `words` are the same words as they are to be told of, where the service is given another spelling.
    """

    def __init__(self, text: str, words: Sequence[str] = ()) -> None:
        self.audio_s = 0.0
        """Seconds of audio that came."""
        self.told_s = 0.0
        """Where in the audio the last thing that was told of ends."""
        self._text = text
        self._words: list[tuple[int, str]] = []
        """Those that have no time yet, with the number of their first character."""
        place = 0
        spoken = text.split()
        for said, word in zip(spoken, words or spoken, strict=True):
            self._words.append((place, word))
            place += len(said) + 1
        self._last = max((at for at, character in enumerate(text) if character.isalnum()), default=-1)
        """The last character that is more than a sign."""
        self._known = (0, 0.0)
        """The last character whose time is known, and its time."""
        self._waiting: list[SpokenWord] = []
        """Words with times, whose audio has not gone out."""
        self._held = b""

    @property
    def told_all(self) -> bool:
        """Whether the last letter or digit has been told of."""
        return self.told_s > 0 and self._known[0] >= self._last

    @property
    def said_all(self) -> bool:
        """Whether the audio of everything that was told of is there, to the end of the text."""
        return self.told_all and self.audio_s >= self.told_s - END_S

    @property
    def broken_off(self) -> bool:
        """Whether the audio is too short for what was told of, and for what was not at the pace of a fast speaker."""
        untold_s = max(0, self._last - self._known[0]) / FASTEST_CHARACTERS_PER_S
        return self.told_s > 0 and self.audio_s + SLACK_S < self.told_s + untold_s

    def token(self, token: str, begins_s: float, ends_s: float) -> None:
        """A piece of the text as the service spells it, and when it is spoken; pieces come in order."""
        place = self._text.find(token, self._known[0])
        if not token or not 0 <= place <= self._known[0] + FAR:
            if not self._words:
                return
            # Spelled otherwise than in the text: it stands for the next word.
            place, _ = self._words[0]
            token = self._text[place:].partition(" ")[0]
        self.character(place, begins_s, begins_s)
        self.character(place + len(token), ends_s, ends_s)

    def character(self, place: int, begins_s: float, ends_s: float) -> None:
        """When a character of the text is spoken, by its number; they come in order, and some may be left out."""
        known, known_s = self._known
        while self._words and self._words[0][0] <= place:
            at, word = self._words.pop(0)
            # Nothing was told of the ones before: each gets its share by characters.
            part = (at - known) / (place - known) if place > known else 1.0
            at_s = known_s + part * (begins_s - known_s)
            self._waiting.append(SpokenWord(word, max([at_s, 0.0, *(last.at_s for last in self._waiting[-1:])])))
        self._known = (max(known, place), max(known_s, begins_s))
        self.told_s = max(self.told_s, ends_s)

    def audio(self, pcm: bytes) -> SpeechChunk | None:
        """More of the audio, at 8 kHz and of any length; what may go out now."""
        self._held += pcm
        count = (len(self._held) - HELD) // BYTES_PER_SAMPLE * BYTES_PER_SAMPLE
        if count <= 0:
            return None
        ready, self._held = self._held[:count], self._held[count:]
        return self._out(ready)

    def end(self) -> SpeechChunk | None:
        """The rest; None when there was no audio. Words that were never told of get their share of the time left."""
        ready = self._held[: len(self._held) // BYTES_PER_SAMPLE * BYTES_PER_SAMPLE]
        if not ready:
            return None
        self.character(len(self._text), self.audio_s + duration_s(ready), 0.0)
        last_s = self.audio_s + duration_s(ready) / 2
        self._waiting = [SpokenWord(word.text, min(word.at_s, last_s)) for word in self._waiting]
        self._held = b""
        return self._out(ready)

    def _out(self, ready: bytes) -> SpeechChunk:
        self.audio_s += duration_s(ready)
        begun = tuple(word for word in self._waiting if word.at_s < self.audio_s)
        self._waiting = self._waiting[len(begun) :]
        return SpeechChunk(ready, begun)
