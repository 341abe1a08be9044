"""One labelled exchange as data; `case_file` reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

USUAL_DBFS: Final = -20.0
"""RMS level of a caller who speaks normally."""

Anchor: TypeAlias = Literal["the agent begins", "the agent ends", "the previous sound"]


@dataclass(frozen=True, slots=True)
class Moment:
    """When a sound begins, as the case's author sees it."""

    seconds: float
    """After the anchor; below 0 before it, which only the end of the agent's turn can have."""
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Say:
    """The caller speaks."""

    text: str


@dataclass(frozen=True, slots=True)
class Noise:
    """Something is heard that is no word of the caller's."""

    name: str
    """One of `sounds.NOISES`, or "television"."""
    lasts_s: float


@dataclass(frozen=True, slots=True)
class Press:
    """The caller presses a key."""

    key: str


@dataclass(frozen=True, slots=True)
class Sound:
    """One thing that comes from the caller's side."""

    at: Moment
    what: Say | Noise | Press
    takes_floor: bool
    """Whether the caller wants to be answered; False for a cough, and for a "hmm" that only says "go on"."""
    dbfs: float = USUAL_DBFS
    recognised: str | None = None
    """The words that a recogniser makes of it; None for those that were spoken, which of a noise are none."""
    line: int = 0
    """Where it stands in its file, counted from 1."""


@dataclass(frozen=True, slots=True)
class LineSound:
    """What is on the line all the time."""

    snr_db: float | None = None
    """The caller's voice above the background noise; None for a silent background."""
    background: str = "street"
    """One of `sounds.BACKGROUNDS`."""
    echo_db: float | None = None
    """The agent's own voice coming back, relative to what was sent; None for no echo."""
    echo_delay_s: float = 0.2
    echo_recognised: bool = False
    """Whether a recogniser makes the agent's own words of it."""


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled exchange: a turn of the agent's, and what the caller does about it."""

    name: str
    kind: str
    language: str
    scene: str
    """What the agent says or asks: a choice of the first menu in shop/flows/turns/flow.yaml."""
    sounds: tuple[Sound, ...]
    line: LineSound = LineSound()
    understood: str | None = None
    """The caller's turn in the words that must reach the dialogue; None where that does not matter."""
    answered: bool = True
    """Whether the agent is to say something when the caller is done."""
    place: str = ""
    """File and line."""

    @property
    def taking(self) -> tuple[int, ...]:
        """Numbers of the sounds with which the caller takes the floor; they are one turn."""
        return tuple(number for number, sound in enumerate(self.sounds) if sound.takes_floor)

    @property
    def speech_dbfs(self) -> float:
        """How loud the caller speaks."""
        return max((sound.dbfs for sound in self.sounds if isinstance(sound.what, Say)), default=USUAL_DBFS)


@dataclass(frozen=True, slots=True)
class Scenes:
    """What cases may name."""

    names: tuple[str, ...]
    keys: Mapping[str, str] = field(default_factory=dict)
    """By scene: the key that chooses it in the first menu."""
    languages: tuple[str, ...] = ("en", "hi", "hinglish")
