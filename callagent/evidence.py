"""What a call was given from outside, as events: with them it can be had again without carrier, providers and tables.

The other events (events.py) say what callagent did; these, the evidence, say what it did that from. They are of the
same stream, but only the recording gets them: they hold words as they were said, which it redacts before it writes.
`began_s` and `at_s` are seconds since the call began; `after_s` counts from `began_s`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from callagent.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Event):
    """What a call was given, with all its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopAnswered(Evidence):
    """The shop's data was asked, and this came of it."""

    source: str
    arguments: Mapping[str, str]
    gives: tuple[str, ...]
    """Names of the facts that were wanted."""
    status: Literal["found", "not found", "down", "several"]
    values: Mapping[str, str]
    candidates: tuple[str, ...]
    took_s: float
    by: Literal["flow", "model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueAdvanced(Evidence):
    """The dialogue was given something and decided about it. The records are of dialogue/records.py."""

    turn: int
    given: Mapping[str, Any]
    """The input."""
    now: str
    """Wall time that it was decided at, ISO 8601 with zone: opening hours depend on it."""
    actions: tuple[Mapping[str, Any], ...]
    """What it wanted done."""
    understood: Mapping[str, Any] | None = None
    """What the caller's sentence was taken to say; None where nobody had to interpret one."""
    state: Mapping[str, Any] | None = None
    """Where the conversation stood, for one that goes on from another call."""
    private: bool = False
    """Whether the input holds an answer that must be hidden."""
    plain: bool = False
    """Although it is private, it is a yes, a no or a command: words that tell nothing."""
    secrets: tuple[str, ...] = ()
    """All private answers that are known by now, as the dialogue keeps them."""
    took_s: float = 0.0
    """How long deciding kept the call's process busy."""


@dataclass(frozen=True, slots=True)
class Interim:
    """What a transcriber had heard by then."""

    after_s: float
    text: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceTranscribed(Evidence):
    """A transcriber is done with what came through one feed of the caller's audio, or was stopped."""

    began_s: float
    audio_s: float
    """How much sound it got."""
    ended_s: float | None
    """When the feed ended; None for a transcriber that did not wait for that."""
    interims: tuple[Interim, ...]
    text: str
    """Of the final transcript; empty where none came."""
    confidence: float
    provider: str
    version: str
    outcome: Literal["heard", "stopped", "failed"]
    error: str = ""
    """Class of the error."""

    @property
    def fed_until_s(self) -> float:
        """When it got the last of its sound, or was done without waiting for that."""
        return self.at_s if self.ended_s is None else self.ended_s


@dataclass(frozen=True, slots=True)
class ModelPiece:
    """Some of what a language model wrote."""

    after_s: float
    text: str = ""
    tool: str = ""
    """Name of what it asks for; empty for text."""
    arguments: str = ""
    """Of the tool, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReplied(Evidence):
    """A language model is done with one answer, or was stopped."""

    purpose: Literal["commands", "talk"]
    """Whether it was to tell what the caller meant, or to talk."""
    asked: str
    """What the caller said last."""
    round: int
    """How many look-ups of its own it had the results of."""
    instructions: str
    """Hash of what it was told to be: the same hash means the same instructions."""
    began_s: float
    pieces: tuple[ModelPiece, ...]
    provider: str
    version: str
    outcome: Literal["written", "stopped", "failed"]
    error: str = ""


@dataclass(frozen=True, slots=True)
class SpeechPiece:
    """A stretch of synthesized audio."""

    after_s: float
    samples: int
    """At 8 kHz."""
    words: tuple[tuple[str, float], ...] = ()
    """Words that begin in it, with the seconds from the first sample of the speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechMade(Evidence):
    """A synthesizer is done with a sentence, or was stopped."""

    text: str
    language: str
    voice: str
    rate: float
    by: Literal["made", "kept", "remembered"]
    """Whether it was asked for as a sentence of its own, a fixed prompt, or one that is likely to be said again."""
    ready: bool
    """Whether it was there already: from memory or from disk."""
    began_s: float
    pieces: tuple[SpeechPiece, ...]
    provider: str
    version: str
    outcome: Literal["spoken", "stopped", "failed"]
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTimed(Evidence):
    """When the caller's sound came and the call's clock ticked, for some seconds of them.

    The replay of a call hears and looks at its timers at the very same moments. Times are in tenths of a millisecond.
    """

    zero: int
    """From the call's beginning to the moment of position 0."""
    position: int
    """Of the first 20 ms of sound that came."""
    came: tuple[int, ...]
    """For each 20 ms that came: how long after the moment of its first sample."""
    gaps: tuple[int, ...]
    """Where they do not follow each other: index in `came` and samples left out before it, alternating."""
    first_beat: int
    """Since the call began."""
    beats: tuple[int, ...]
    """From each tick to the next."""
