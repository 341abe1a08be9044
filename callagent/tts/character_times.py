"""Times of characters, as ElevenLabs sends them with each part of the audio, into a narration.

A part's characters go on where the last ones ended, with or without the space between; or they begin again at the start
of the text and tell more of it; or they are of another text (numbers in words), and then nothing is told by them.
"""

from collections.abc import Sequence
from typing import Final

from callagent.tts.narration import Narration

BACK_S: Final = 0.1
"""Times that go back further than this count from the beginning of their part."""


class CharacterTimes:
    """Those of one text."""

    def __init__(self, text: str, narration: Narration) -> None:
        self.orderly = True
        """Whether each part so far has told of the characters in it, and gone on from the last."""
        self._text = text
        self._narration = narration
        self._place = 0
        self._from_s = 0.0
        """What the times of a part count from."""

    def part(self, characters: Sequence[str], begin_s: Sequence[float], end_s: Sequence[float]) -> None:
        """What came with a part of the audio: characters, and when each begins and ends.

        Raises ValueError when there are not as many of the ones as of the others.
        """
        timed = list(zip(characters, begin_s, end_s, strict=True))
        while timed and not timed[0][0].strip():
            del timed[0]
        told = "".join(character for character, _, _ in timed).rstrip()
        if not told:
            return
        place = self._place + len(self._text[self._place :]) - len(self._text[self._place :].lstrip())
        if self._text.startswith(told, place):
            if timed[0][1] + self._from_s < self._narration.told_s - BACK_S:
                self._from_s = self._narration.told_s
        elif self._text.startswith(told):
            self.orderly, place, self._from_s = False, 0, 0.0
        else:
            self.orderly = False
            return
        for character, begins_s, ends_s in timed:
            self._narration.character(place, self._from_s + begins_s, self._from_s + ends_s)
            place += len(character)
        self._place = max(self._place, min(place, len(self._text)))

    def missing(self) -> None:
        """A part came without."""
        self.orderly = False
