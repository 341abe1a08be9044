"""A bad network on purpose: datagrams that are lost, come late or overtake each other, by a seed."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Final

OVERTAKEN_S: Final = 0.001
"""By how much a packet comes after the one that overtakes it."""


@dataclass(frozen=True, slots=True)
class Impairment:
    """What goes wrong on the way, in each direction; nothing, unless said."""

    signalling: float = 0.0
    """Percent of signalling that is lost."""
    rtp: float = 0.0
    """Percent of sound that is lost."""
    jitter: float = 0.0
    """Milliseconds by which sound may come later than the quickest; alone it changes no order."""
    reorder: float = 0.0
    """Percent of sound that is overtaken by the packet after it."""
    seed: int = 1
    """With the same seed, the same befalls the n-th datagram of the n-th call."""

    def __post_init__(self) -> None:
        percents = (self.signalling, self.rtp, self.reorder)
        if not all(0 <= percent <= 100 for percent in percents) or self.jitter < 0:
            raise ValueError("an impairment's percents are 0 to 100, and its jitter is milliseconds of at least 0")

    @property
    def is_nothing(self) -> bool:
        """Whether everything arrives as it was sent."""
        return not (self.signalling or self.rtp or self.jitter or self.reorder)


NOTHING: Final = Impairment()
WHAT: Final = tuple(field.name for field in fields(Impairment))


def read_impairment(text: str) -> Impairment:
    """What a text such as "signalling=15,rtp=5,jitter=60,reorder=3,seed=7" says; nothing, where it is empty.

    ValueError for anything else.
    """
    given: dict[str, float] = {}
    for part in filter(None, text.split(",")):
        what, _, number = part.partition("=")
        if what not in WHAT or not re.fullmatch(r"\d+(\.\d+)?", number):
            raise ValueError(f"'{part}' is no impairment; write signalling=15,rtp=5,jitter=60,reorder=3")
        given[what] = float(number)
    seed = int(given.pop("seed", NOTHING.seed))
    return replace(NOTHING, **given, seed=seed)


class Path:
    """One direction of one call. Pure: time is an argument."""

    def __init__(self, impairment: Impairment, name: str) -> None:
        self.lost = 0
        """Packets of sound that never arrive."""
        self.impairment = impairment
        # Of their own, so that retransmissions do not change what befalls the sound.
        self._for_signalling = random.Random(f"{impairment.seed}/{name}/signalling")  # noqa: S311  # no secret
        self._for_sound = random.Random(f"{impairment.seed}/{name}/sound")  # noqa: S311
        self._last_s = 0.0
        self._overtaken: bytes | None = None

    def passes(self) -> bool:
        """Whether the next datagram of signalling arrives."""
        percent = self.impairment.signalling
        return not percent or self._for_signalling.random() * 100 >= percent

    def through(self, data: bytes, now_s: float) -> Iterator[tuple[float, bytes]]:
        """What arrives because this packet of sound was sent now, and when.

        One that is to be overtaken waits for the next, so the last of all may never arrive.
        """
        how = self.impairment
        if how.is_nothing:
            yield now_s, data
            return
        # As many numbers for every packet: what befalls one does not hang on what befell another.
        lost, late, overtaken = (self._for_sound.random() for _ in range(3))
        if lost * 100 < how.rtp:
            self.lost += 1
            return
        if overtaken * 100 < how.reorder and self._overtaken is None:
            self._overtaken = data
            return
        self._last_s = max(self._last_s, now_s + late * how.jitter / 1000)
        yield self._last_s, data
        if self._overtaken is not None:
            self._last_s += OVERTAKEN_S
            yield self._last_s, self._overtaken
            self._overtaken = None
