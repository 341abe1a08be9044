"""Whether a caller who makes a sound over the agent wants the floor.

The agent has paused already: it costs the caller nothing to be waited for, and a cough costs the agent a breath. What
is known comes in as one `Overlap`; the first rule that has an opinion decides. What words mean is the shop's
(`Manners`), since "haan" is no word of a language but of its telephone calls.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

LONG_S: Final = 1.3
"""So long nobody coughs, and few say "hmm": it counts where no words are known."""
QUIET_S: Final = 0.25
"""Silence after which what was said is over, for one who says no more than that."""
GIVE_UP_S: Final = 1.2
"""Silence after which words are no longer waited for."""
ECHO_S: Final = 0.9
"""A voice that is the agent's own falls silent so soon after the agent."""
ECHO_SHARE: Final = 0.75
"""Of the words of an echo, those that the agent has said."""
OWN_WORDS: Final = 2
"""So many words at the end that the agent has not said are no echo, whatever came before them."""
SURE: Final = 0.5
"""Confidence from which a single word counts."""
FAINT_DBFS: Final = -34.0
"""What is softer is not believed to be the caller as long as no word of it is known: a television, an echo."""
ECHO_DBFS: Final = -28.0
"""What is louder is never taken for the line's own sound."""
VOICE_DBFS: Final = -24.0
"""What is louder than this for 400 ms is no line's own sound either, however softly it began."""
FAMILIAR_DB: Final = 4.0
"""How much louder than what was no speech of the caller's a sound must be to be heeded at once."""


ONSET_S: Final = (0.06, 0.09, 0.19)
"""Seconds of voice for which the agent pauses: at first, after one false alarm in an answer, and after more."""


class Familiar:
    """The loudest sound on a line that was not the caller's words: its echo, or what goes on behind the caller."""

    def __init__(self) -> None:
        self._dbfs = float("-inf")

    def learn(self, overlap: "Overlap") -> None:
        """The agent went on after it."""
        nothing_said = not overlap.words or _echoes(overlap.words, overlap.spoken)
        if nothing_said and overlap.level_dbfs <= ECHO_DBFS:
            self._dbfs = max(self._dbfs, overlap.level_dbfs)

    def knows(self, dbfs: float) -> bool:
        """Whether a sound of this level may be the same again."""
        return dbfs <= self._dbfs + FAMILIAR_DB


class Verdict(Enum):
    """What an overlap is."""

    INTERRUPT = "the caller wants the floor"
    RESUME = "the agent may go on"
    WAIT = "not known yet"


@dataclass(frozen=True, slots=True)
class Manners:
    """A shop's words for who speaks, in all its languages together: callers mix them."""

    backchannels: tuple[tuple[str, ...], ...] = ()
    """Phrases of which a listener's "go on" is made: ("haan",), ("i", "see"), ("okay",)."""
    interruptions: tuple[tuple[str, ...], ...] = ()
    """Phrases that take the floor wherever they are said, as words: ("no", "no"), ("ruko",)."""
    unfinished: tuple[tuple[str, ...], ...] = ()
    """Phrases after which a sentence goes on: ("and",), ("matlab",)."""

    @classmethod
    def of(
        cls, backchannels: Iterable[str] = (), interruptions: Iterable[str] = (), unfinished: Iterable[str] = ()
    ) -> "Manners":
        """From phrases in lower case, as the prompts have them."""
        return cls(
            tuple(tuple(phrase.split()) for phrase in backchannels if phrase.split()),
            tuple(tuple(phrase.split()) for phrase in interruptions if phrase.split()),
            tuple(tuple(phrase.split()) for phrase in unfinished if phrase.split()),
        )

    def is_backchannel(self, words: Sequence[str]) -> bool:
        """Whether all of it says no more than that the caller listens."""
        return bool(words) and len(words) in self._listened(words)

    def begins_backchannel(self, words: Sequence[str]) -> bool:
        """Whether it can become that with the next words, and is not yet: "theek", where only "theek hai" is one."""
        return any(
            len(phrase) > len(words) - at and phrase[: len(words) - at] == tuple(words[at:])
            for at in self._listened(words)
            if at < len(words)
            for phrase in self.backchannels
        )

    def _listened(self, words: Sequence[str]) -> set[int]:
        """How many of the first words can be a backchannel or several in a row."""
        reached = {0}
        for at in range(len(words)):
            if at in reached:
                reached |= {
                    at + len(phrase) for phrase in self.backchannels if tuple(words[at : at + len(phrase)]) == phrase
                }
        return reached

    def interrupts(self, words: Sequence[str]) -> bool:
        """Whether a phrase is among the words that takes the floor."""
        return any(_within(phrase, words) for phrase in self.interruptions)

    def is_unfinished(self, words: Sequence[str]) -> bool:
        """Whether more is sure to come."""
        return any(len(words) >= len(phrase) and tuple(words[-len(phrase) :]) == phrase for phrase in self.unfinished)


@dataclass(frozen=True, slots=True)
class Overlap:
    """What is known of a sound over the agent. Durations are seconds."""

    voiced_s: float
    """Of speech, without the pauses in it."""
    quiet_s: float = 0.0
    """Since the last of it; 0 while it goes on."""
    words: tuple[str, ...] = ()
    """Lower case, as far as they are known."""
    confidence: float = 1.0
    is_final: bool = False
    """Whether the recogniser has said its last word about it."""
    level_dbfs: float = -20.0
    """RMS of its beginning, dB under full scale."""
    loudest_dbfs: float = float("-inf")
    """RMS of its loudest 400 ms so far."""
    is_familiar: bool = False
    """Whether it is no louder than sounds before that were not the caller's words."""
    is_answer: bool = False
    """Whether the words are one of those that can be said now."""
    is_asked: bool = False
    """Whether the agent had come to the question that its words end with."""
    stopped_s: float = field(default=float("inf"))
    """From the agent's falling silent to the end of the sound."""
    spoken: tuple[str, ...] = ()
    """What the agent was saying, as words."""


def after_echo(words: Sequence[str], spoken: Sequence[str]) -> tuple[str, ...]:
    """What was said after the line had brought back the last of the agent's words; nothing where it had not.

    One word is not enough of them: an answer is often the last of the choices.
    """
    run = next((length for length in range(len(words) - 1, 1, -1) if words[:length] == spoken[-length:]), 0)
    return tuple(words[run:]) if run else ()


def judge(overlap: Overlap, manners: Manners) -> Verdict:
    """What to do about it, from what is known by now."""
    for rule in _RULES:
        verdict = rule(overlap, manners)
        if verdict is not None:
            return verdict
    return Verdict.INTERRUPT


def _no_words(overlap: Overlap, _: Manners) -> Verdict | None:
    """A cough is over soon; who talks for long is not left talking, whatever is recognized of it."""
    if overlap.words:
        return None
    if overlap.voiced_s >= LONG_S:
        if overlap.is_familiar and not overlap.is_final:
            return Verdict.WAIT  # the agent speaks on over it, and words may yet come
        return Verdict.INTERRUPT if overlap.level_dbfs > FAINT_DBFS and not overlap.is_familiar else Verdict.RESUME
    return Verdict.RESUME if overlap.is_final or overlap.quiet_s >= GIVE_UP_S else Verdict.WAIT


def _interruption(overlap: Overlap, manners: Manners) -> Verdict | None:
    """A word such as "ruko" takes the floor wherever it is said."""
    return Verdict.INTERRUPT if manners.interrupts(overlap.words) else None


def _backchannel(overlap: Overlap, manners: Manners) -> Verdict | None:
    """A listener's "haan" says "go on", but where it answers the question that was just asked."""
    if not manners.is_backchannel(overlap.words):
        may_be = not overlap.is_answer and manners.begins_backchannel(overlap.words)
        return Verdict.WAIT if may_be and not _is_over(overlap) else None
    if overlap.is_answer and overlap.is_asked:
        return Verdict.INTERRUPT
    return Verdict.RESUME if _is_over(overlap) else Verdict.WAIT


def _echo(overlap: Overlap, _: Manners) -> Verdict | None:
    """The agent's own words, brought back by the line, end when the agent does; where they were heeded before, not."""
    ends_with_agent = overlap.stopped_s <= ECHO_S or overlap.is_familiar
    # A list of choices brings answers back as well; whoever says one himself is louder than an echo.
    is_soft = overlap.level_dbfs <= ECHO_DBFS and overlap.loudest_dbfs <= VOICE_DBFS
    may_be = not overlap.is_answer or is_soft
    is_echo = ends_with_agent and may_be and _echoes(overlap.words, overlap.spoken)
    if not is_echo:
        return None
    return Verdict.RESUME if _is_over(overlap) else Verdict.WAIT


def _single_word(overlap: Overlap, _: Manners) -> Verdict | None:
    """One word that nobody waits for may be a noise; the next ones tell, or the recogniser takes it back."""
    if overlap.is_answer or len(overlap.words) > 1:
        return None
    if overlap.is_final:
        return None if overlap.confidence >= SURE else Verdict.RESUME
    return None if overlap.quiet_s >= GIVE_UP_S else Verdict.WAIT


_RULES: Final[tuple[Callable[[Overlap, Manners], Verdict | None], ...]] = (
    _no_words,
    _echo,
    _interruption,
    _backchannel,
    _single_word,
)
"""The first that has an opinion decides; words on which none has one are an interruption."""


def _is_over(overlap: Overlap) -> bool:
    return overlap.is_final or overlap.quiet_s >= QUIET_S


def _echoes(words: Sequence[str], spoken: Sequence[str]) -> bool:
    """Whether the words are the agent's own, though a line's echo is not recognized as well as a voice.

    Whoever speaks over an echo is recognized behind the words of it.
    """
    known = [word in frozenset(spoken) for word in words]
    return sum(known) >= ECHO_SHARE * len(words) and any(known[-OWN_WORDS:])


def _within(phrase: Sequence[str], words: Sequence[str]) -> bool:
    length = len(phrase)
    return any(tuple(words[at : at + length]) == tuple(phrase) for at in range(len(words) - length + 1))
