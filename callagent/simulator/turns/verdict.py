"""What came of one exchange, judged from the line's own sound.

The agent's turn is known from a rehearsal in which nobody disturbed it. What is played of it later, in its order, is
the *old* turn, whether it was paused or not; anything else is something new.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from callagent.media.audio import SAMPLE_RATE, samples
from callagent.media.words import words_heard
from callagent.simulator.turns.trace import Audible, Sentence, Stretch

GIVES_WAY_S: Final = 1.0
"""An agent of which the old turn is heard so long after the caller took the floor has not stopped."""
SPEAKS_S: Final = 1.0
"""An agent that was silent for less than this is still speaking: between two sentences, or held for a moment."""
FINISHES_S: Final = 0.5
"""Whoever speaks in the last so many seconds of the agent's turn does not interrupt it."""
UNAWARE_S: Final = 0.3
"""An agent that begins so soon after the caller could not know that they had begun."""
SOUND_S: Final = 0.1
"""Less of the old turn than this is no going on."""
JOIN: Final = samples(0.02)
"""A resumed sentence may miss or repeat so many samples."""
END: Final = samples(0.04)
"""So much of a sentence's end is the silence around it."""
FAR: Final = samples(0.5)
"""Further from where it was left a sentence does not go on: it is said again."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of the agent's, as callagent says that it was heard."""

    text: str
    heard: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was heard, and what was meant; positions are samples on the line."""

    rehearsed: Sequence[Sentence]
    """The agent's turn, sentence by sentence."""
    stretches: Sequence[Stretch]
    audible: Sequence[Audible]
    groups: Sequence[tuple[int, int]]
    """Stretches in which the agent was heard."""
    disturbed: bool
    """Whether there was anything that could be taken for the caller's voice and is not to be."""
    taken: tuple[int, int] | None
    """The caller's turn, from its first audible sample to its last; None when they take none, or never began."""
    meant: bool
    """Whether the caller was to take the floor at all."""
    due: bool = True
    """Whether the agent is to answer."""
    unknown: Sequence[Audible] = ()
    said: Sequence[Said] = ()
    transcripts: Sequence[str] = ()
    understood: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """None: the exchange says nothing about that."""

    false_stop: bool | None = None
    """The agent dropped what it was saying, or answered, though the caller did not take the floor."""
    missed_stop: bool | None = None
    """The caller took the floor and the agent went on."""
    cut_in: bool | None = None
    """The agent began while the caller was not done."""
    unanswered: bool | None = None
    response_ms: float | None = None
    """From the caller's last audible sample to the agent's first."""
    barge_in_ms: float | None = None
    """From the caller's first audible sample to the agent's last; 0 when that was in a pause already."""
    history_right: bool | None = None
    """Whether the agent's account of what was heard is what was played."""
    joined_right: bool | None = None
    """Whether a sentence that was paused went on at the sample where it stopped; None when none was paused."""
    understood: bool | None = None
    notes: tuple[str, ...] = ()
    """What was wrong, for people."""


def judge(exchange: Exchange) -> Verdict:
    """Judge one exchange."""
    course = _Course(exchange)
    notes: list[str] = []
    verdicts = {
        "false_stop": _false_stop(exchange, course, notes),
        "missed_stop": _missed_stop(exchange, course, notes),
        "cut_in": _cut_in(exchange, course, notes),
    }
    response_ms = unanswered = None
    if exchange.taken and exchange.due and not verdicts["missed_stop"] and not verdicts["cut_in"]:
        done = exchange.taken[1]
        answer = next((begins for begins in _beginnings(exchange, course) if begins > done), None)
        unanswered = answer is None
        response_ms = None if answer is None else _ms(answer - done)
        if unanswered:
            notes.append(f"no answer to the turn that ended at {done / SAMPLE_RATE:.2f} s")
    if exchange.meant and exchange.taken is None:
        unanswered = True
        notes.append("the caller never got to speak: the agent's turn did not come to its end")
    return Verdict(
        **verdicts,
        unanswered=unanswered,
        response_ms=response_ms,
        barge_in_ms=_barge_in_ms(exchange, course) if verdicts["missed_stop"] is False else None,
        history_right=_history_right(exchange, notes),
        joined_right=_joined_right(exchange, notes),
        understood=_understood(exchange, notes),
        notes=tuple(notes),
    )


@dataclass
class _Course:
    """How far the old turn got, and where something new began."""

    exchange: Exchange
    complete: bool = False
    old_ends: int = 0
    """Position after the last of the old turn."""
    old: list[Stretch] = field(default_factory=list)
    new: list[Stretch] = field(default_factory=list)

    def __post_init__(self) -> None:
        number, reached = 0, 0
        turn = self.exchange.rehearsed
        for one in self.exchange.stretches:
            following = self._following(one, number, reached)
            if following is None:
                self.new.append(one)
                continue
            number, reached = following, one.ends
            self.old.append(one)
            self.old_ends = one.until
            self.complete = number == len(turn) - 1 and reached >= one.sentence.length - END

    def _following(self, one: Stretch, number: int, reached: int) -> int | None:
        """The number of the sentence that a stretch goes on with; None when it does not."""
        turn = self.exchange.rehearsed
        if number < len(turn) and one.sentence.text == turn[number].text:
            return number if abs(one.begins - reached) <= FAR and (one.begins > 0) == (reached > 0) else None
        follows = number + 1 < len(turn) and one.sentence.text == turn[number + 1].text
        over = reached >= turn[number].length - END if turn else False
        return number + 1 if follows and over and one.begins == 0 else None


def _interrupts(exchange: Exchange, course: _Course) -> bool:
    """Whether the caller spoke over the agent's turn, while enough of it was left."""
    if exchange.taken is None or not _speaks(course, exchange.taken[0]):
        return False
    length = sum(sentence.length for sentence in exchange.rehearsed)
    played = sum(_before(one, exchange.taken[0]) for one in course.old)
    return length - played >= samples(FINISHES_S) and played > 0


def _speaks(course: "_Course", position: int) -> bool:
    """Whether the old turn was under way at a position."""
    until = max((min(one.until, position) for one in course.old if one.at < position), default=-samples(SPEAKS_S))
    return position - until < samples(SPEAKS_S)


def _before(one: Stretch, position: int) -> int:
    """Samples of a stretch that were played before a position."""
    return max(0, min(one.until, position) - one.at)


def _beginnings(exchange: Exchange, course: _Course) -> list[int]:
    """Where the agent began to be heard after a silence, or with something new."""
    news = (next((sound.begins for sound in exchange.audible if sound.begins >= one.at), one.at) for one in course.new)
    return sorted({*(begins for begins, _ in exchange.groups), *news})


def _false_stop(exchange: Exchange, course: _Course, notes: list[str]) -> bool | None:
    if not exchange.disturbed:
        return None
    if exchange.taken is not None and not course.complete and _speaks(course, exchange.taken[0]):
        return None
    until = exchange.taken[0] if exchange.taken else None
    answers = [one for one in course.new if until is None or one.at < until]
    if answers:
        notes.append(f"answered nobody at {answers[0].at / SAMPLE_RATE:.2f} s: {answers[0].sentence.text[:40]!r}")
        return True
    if not course.complete:
        notes.append(f"dropped what it was saying at {course.old_ends / SAMPLE_RATE:.2f} s")
    return not course.complete


def _missed_stop(exchange: Exchange, course: _Course, notes: list[str]) -> bool | None:
    if exchange.taken is None or not _interrupts(exchange, course):
        return None
    limit = exchange.taken[0] + samples(GIVES_WAY_S)
    until = min((one.at for one in course.new if one.at > exchange.taken[0]), default=course.old_ends)
    old = [one for one in exchange.audible if one.begins >= limit and one.ends <= min(until, course.old_ends)]
    missed = sum(one.ends - one.begins for one in old) >= samples(SOUND_S)
    if missed:
        notes.append(f"went on at {old[0].begins / SAMPLE_RATE:.2f} s over a caller who had taken the floor")
    return missed


def _cut_in(exchange: Exchange, course: _Course, notes: list[str]) -> bool | None:
    if exchange.taken is None:
        return None
    began, done = exchange.taken
    beginnings = _beginnings(exchange, course)
    over = next((begins for begins in beginnings if began + samples(UNAWARE_S) < begins < done), None)
    if over is not None:
        notes.append(
            f"began at {over / SAMPLE_RATE:.2f} s, {(done - over) / SAMPLE_RATE:.2f} s before the caller was done"
        )
    return over is not None


def _barge_in_ms(exchange: Exchange, course: _Course) -> float | None:
    if exchange.taken is None:
        return None
    first_new = min((one.at for one in course.new if one.at > exchange.taken[0]), default=None)
    old = [one.ends for one in exchange.audible if first_new is None or one.ends <= first_new]
    return _ms(max(0, max(old, default=0) - exchange.taken[0]))


def _history_right(exchange: Exchange, notes: list[str]) -> bool | None:
    """Whether the words that are said to have been heard are those whose middle was played, no more and no fewer."""
    told = list(exchange.said)
    if not told:
        return None
    right = True
    for text, stretches in _sentences(exchange.stretches):
        account = next((one for one in told if one.text == text), None)
        if account is None:
            notes.append(f"does not say that {text[:30]!r} was heard")
            right = False
            continue
        told.remove(account)
        sentence = stretches[0].sentence
        played = max(one.ends for one in stretches)
        fits = {_words_of(sentence, played + slack) for slack in (-JOIN, 0, JOIN)}
        if account.heard not in fits:
            notes.append(
                f"says that {account.heard[-30:]!r} was heard last, and it was {_words_of(sentence, played)[-30:]!r}"
            )
        right = right and account.heard in fits
    for account in told:
        if account.heard:
            notes.append(f"says that {account.heard[:30]!r} was heard, and it was not played")
            right = False
    return right


@dataclass(frozen=True, slots=True)
class _Timed:
    text: str
    at_s: float


def _words_of(sentence: Sentence, played: int) -> str:
    if played >= sentence.length:
        return sentence.text
    times = [_Timed(text, second) for text, second in sentence.words]
    return words_heard(sentence.text, sentence.pcm, played, times)


def _sentences(stretches: Sequence[Stretch]) -> list[tuple[str, list[Stretch]]]:
    """The stretches of each sentence together; one that is said again from its beginning is another."""
    found: list[tuple[str, list[Stretch]]] = []
    for one in stretches:
        if found and found[-1][0] == one.sentence.text and one.begins > 0:
            found[-1][1].append(one)
        else:
            found.append((one.sentence.text, [one]))
    return found


def _joined_right(exchange: Exchange, notes: list[str]) -> bool | None:
    right: bool | None = None
    for text, stretches in _sentences(exchange.stretches):
        for before, after in pairwise(stretches):
            faded = sum(one.ends - one.begins for one in exchange.unknown if before.until <= one.begins < after.at)
            missing = after.begins - before.ends
            # A fade plays what it covers, or what is played once more after it: either is no loss.
            fits = -JOIN - faded <= missing <= JOIN + faded
            if not fits:
                what = "misses" if missing > 0 else "repeats"
                notes.append(f"{what} {abs(missing) * 1000 / SAMPLE_RATE:.0f} ms where {text[:30]!r} goes on")
            right = (right is not False) and fits
    return right


def _understood(exchange: Exchange, notes: list[str]) -> bool | None:
    if exchange.understood is None or exchange.taken is None:
        return None
    right = exchange.understood in exchange.transcripts
    if not right:
        notes.append(f"understood {list(exchange.transcripts)}, meant was {exchange.understood!r}")
    return right


def _ms(count: int) -> float:
    return count * 1000 / SAMPLE_RATE
