"""A transcriber that knows what is said on its line, and when: it hears just that, as late as a real one would."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Final, Protocol

from callagent.media.audio import BYTES_PER_SAMPLE, samples
from callagent.simulator.turns.caller import Word
from callagent.stt.transcriber import Hints, TranscriberInfo, Transcript

NAME: Final = "labelled"
DELAY_S: Final = 0.15
"""Between the end of a word and its interim, and between the end of the audio and the final transcript."""
CUT: Final = samples(0.06)
"""A word of which no more than this is missing at either end is still made out."""


class Speaker(Protocol):
    """Whoever speaks on the line; positions are samples of what they sent."""

    @property
    def position(self) -> int:
        """How much has been sent."""
        ...

    def words(self) -> Sequence[Word]:
        """All that has been said so far."""
        ...

    def place_of(self, pcm: bytes) -> int | None:
        """Where a chunk was sent; None for silence, and for what was not."""
        ...


class LabelledTranscriber:
    """Of one line."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    @property
    def info(self) -> TranscriberInfo:
        """Hears any language, freely, without a network."""
        return TranscriberInfo(
            name=NAME, version="1", languages=(), interims=True, free_speech=True, needs_network=False
        )

    async def warm_up(self) -> None:
        """Ready at once."""

    async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:  # noqa: ARG002 - the contract's
        """An interim for every further word that the audio holds, then the final."""
        held = _Held(self._speaker)
        shown = ""
        async for pcm in audio:
            held.add(pcm)
            text = self._text(held, self._speaker.position - samples(DELAY_S))
            if text != shown:
                shown = text
                yield Transcript(text, 1.0, final=False, provider=NAME)
        said = self._speaker.position
        await asyncio.sleep(DELAY_S)
        text = self._text(held, said + CUT)
        yield Transcript(text, 1.0 if text else 0.0, final=True, provider=NAME)

    async def aclose(self) -> None:
        """Nothing to let go of."""

    def _text(self, held: "_Held", until: int) -> str:
        """The words that ended by a position, as far as the audio holds them."""
        return " ".join(word.text for word in self._speaker.words() if word.ends <= until and held.has(word))


class _Held:
    """Which of the speaker's audio a turn's audio is: a turn that goes on may lack the silence in its middle."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._stretches: list[tuple[int, int]] = []
        """From position to position."""
        self._unplaced = 0
        """Samples before the first whose place is known."""

    def add(self, pcm: bytes) -> None:
        """The next chunk. Silence follows on what was before it."""
        length = len(pcm) // BYTES_PER_SAMPLE
        place = self._speaker.place_of(pcm)
        last = self._stretches[-1][1] if self._stretches else None
        if last is None and place is None:
            self._unplaced += length
        elif last is None or (place is not None and place != last):
            begins = (place or 0) - (self._unplaced if last is None else 0)
            self._stretches.append((begins, (place or 0) + length))
        else:
            self._stretches[-1] = self._stretches[-1][0], last + length

    def has(self, word: Word) -> bool:
        """Whether a word is in it, from about its beginning to about its end."""
        now = self._speaker.position
        # Audio of which nothing is known by its sound is told by its time: it has just come.
        stretches = self._stretches or [(now - self._unplaced, now)]
        return any(begins - CUT <= word.begins and word.ends <= ends + CUT for begins, ends in stretches)
