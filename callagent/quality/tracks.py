"""Who spoke when, and what happened: a call as two tracks with marks, for a terminal and for a picture."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from callagent.events import (
    AgentPaused,
    AgentResumed,
    AgentStarted,
    AgentStopped,
    BargedIn,
    BreakerChanged,
    CallerStarted,
    CallerStopped,
    CallTransferred,
    DigitPressed,
    Event,
    FactsLookedUp,
    LineHeld,
    LineResumed,
    NoInput,
    NoMatch,
    ProviderFailed,
    ProviderFellBack,
    StageBack,
    StageDown,
    StageFailed,
)
from callagent.media.audio import SAMPLE_RATE
from callagent.recording.folder import RecordedSound

Sort: TypeAlias = Literal[
    "barge-in", "pause", "key", "look-up", "no match", "silence", "breaker", "fault", "outage", "back", "person", "note"
]
SIGNS: Final[dict[Sort, str]] = {
    "barge-in": "⚡",
    "pause": "‖",
    "key": "#",
    "look-up": "?",
    "no match": "≠",
    "silence": "…",
    "breaker": "⊘",
    "fault": "!",
    "outage": "✗",
    "back": "✓",
    "person": "☎",
    "note": "*",
}
"""What stands for each mark where there is no room for its text; keys stand for themselves."""
ONE_NUMBER_S: Final = 3.0
"""Keys that follow each other so soon are one mark."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Somebody spoke."""

    begins_s: float
    ends_s: float


@dataclass(frozen=True, slots=True)
class Mark:
    """Something happened."""

    at_s: float
    sort: Sort
    text: str

    @property
    def sign(self) -> str:
        """What stands for it where there is no room for its text: one character, or the keys that were pressed."""
        return self.text if self.sort == "key" else SIGNS[self.sort]


@dataclass(frozen=True, slots=True)
class Tracks:
    """Both sides of a call."""

    length_s: float
    caller: tuple[Stretch, ...]
    agent: tuple[Stretch, ...]
    marks: tuple[Mark, ...]

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


def tracks_of(events: Sequence[Event], notes: Sequence[tuple[float, str]] = ()) -> Tracks:
    """The tracks of a call, with the notes that belong to a place in it."""
    length_s = max(max((event.at_s for event in events), default=0.0), 0.1)
    marks = list(_joined(mark for event in events for mark in _marks(event)))
    marks += [Mark(at_s, "note", text) for at_s, text in notes]
    return Tracks(
        round(length_s, 3),
        tuple(_caller(events, length_s)),
        tuple(_agent(events, length_s)),
        tuple(sorted(marks, key=lambda mark: mark.at_s)),
    )


def _caller(events: Sequence[Event], length_s: float) -> Iterator[Stretch]:
    began: float | None = None
    for event in events:
        if isinstance(event, CallerStarted) and began is None:
            began = event.position / SAMPLE_RATE
        elif isinstance(event, CallerStopped) and began is not None:
            yield Stretch(round(began, 3), round(max(began, event.position / SAMPLE_RATE), 3))
            began = None
    if began is not None:
        yield Stretch(round(began, 3), round(max(began, length_s), 3))


def _agent(events: Sequence[Event], length_s: float) -> Iterator[Stretch]:
    began: float | None = None
    for event in events:
        if isinstance(event, AgentStarted | AgentResumed) and began is None:
            began = event.at_s
        elif isinstance(event, AgentStopped | AgentPaused) and began is not None:
            yield Stretch(round(began, 3), round(event.at_s, 3))
            began = None
    if began is not None:
        yield Stretch(round(began, 3), round(length_s, 3))


def _joined(marks: Iterable[Mark]) -> Iterator[Mark]:
    """With the keys of one number as one mark, at the first of them."""
    keys: Mark | None = None
    last_s = 0.0
    for mark in marks:
        if mark.sort == "key" and keys is not None and mark.at_s - last_s < ONE_NUMBER_S:
            keys, last_s = replace(keys, text=keys.text + mark.text), mark.at_s
            continue
        if keys is not None:
            yield keys
        keys, last_s = (mark, mark.at_s) if mark.sort == "key" else (None, 0.0)
        if keys is None:
            yield mark
    if keys is not None:
        yield keys


def _marks(event: Event) -> Iterator[Mark]:
    known = _MARKS.get(type(event))
    if known is not None:
        sort, text = known
        yield Mark(round(event.at_s, 3), sort, text(event))


_MARKS: Final[Mapping[type[Event], tuple[Sort, Callable[[Any], str]]]] = {
    BargedIn: ("barge-in", lambda one: f"interrupted, silent after {one.latency_s * 1000:.0f} ms"),
    AgentPaused: ("pause", lambda _: "the agent paused for a sound"),
    DigitPressed: ("key", lambda one: one.digit),
    FactsLookedUp: ("look-up", lambda one: f"{one.source}: {one.status}, {one.took_s * 1000:.0f} ms"),
    NoMatch: ("no match", lambda one: f"no match at “{one.step}”"),
    NoInput: ("silence", lambda one: f"silence at “{one.step}”"),
    BreakerChanged: ("breaker", lambda one: f"{one.provider}: {one.before} → {one.after}"),
    ProviderFailed: ("fault", lambda one: f"{one.provider} failed: {one.error}"),
    ProviderFellBack: ("fault", lambda one: f"{one.took_over} took over for {one.failed}"),
    StageFailed: ("fault", lambda one: f"{one.stage}: {one.error}"),
    StageDown: ("outage", lambda one: f"no {one.stage} works: {one.instead}"),
    StageBack: ("back", lambda one: f"{one.stage} works again"),
    CallTransferred: ("person", lambda one: f"rings {', then '.join(one.people)}"),
    LineHeld: ("pause", lambda _: "on hold"),
    LineResumed: ("back", lambda _: "the caller is back"),
}


def loudness(sound: RecordedSound, parts: int, length_s: float) -> tuple[list[float], list[float]]:
    """How loud the caller and the agent are in each of `parts` equal parts of a call: peaks from 0 to 1.

    Read in pieces: a call of two hours takes no more memory than one of ten seconds.
    """
    whole = max(round(length_s * SAMPLE_RATE), 1)
    # The first sample of each part; where there are more parts than samples, some share one.
    borders, of_part = np.unique([-(-part * whole // parts) for part in range(parts)], return_inverse=True)
    peaks = np.zeros((len(borders), 2), np.float64)
    begins = 0
    for block in sound.blocks():
        ends = min(begins + len(block), whole)
        if begins >= ends:
            break
        first, last = np.searchsorted(borders, (begins, ends - 1), side="right") - 1
        starts = np.maximum(borders[first : last + 1] - begins, 0)
        inside = block[: ends - begins]
        highest = np.maximum.reduceat(inside, starts, axis=0).astype(np.float64)
        lowest = np.minimum.reduceat(inside, starts, axis=0).astype(np.float64)
        peaks[first : last + 1] = np.maximum(peaks[first : last + 1], np.maximum(highest, -lowest))
        begins = ends
    shares = np.minimum(peaks[of_part] / 32_768, 1.0)
    return shares[:, 0].tolist(), shares[:, 1].tolist()
