"""A call as it was and as it came out again, turn by turn."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal, TypeAlias

from rapidfuzz.distance import Levenshtein

from callagent.events import Event
from callagent.replay.course import Course, Exchange, Replayed

Verdict: TypeAlias = Literal["same", "wording", "transcript", "decision"]
"""What differs in a turn, the gravest first: what was decided, what was heard, how it was put, or nothing."""

_MANNER: Final = frozenset({"text", "interruptible", "mood", "pace", "gain_db", "silence_s", "whisper", "turns_left"})
"""Of an action: how it is put. All else is what is done."""
_TIMES: Final = frozenset({"at_s", "took_s"})
"""Of an event: when it was, and how fast the machine."""
_PERSON: Final = "Transfer"


@dataclass(frozen=True, slots=True)
class TurnCompared:
    """One turn, then and now."""

    turn: int
    """As the recorded call counted it; 0 for its beginning."""
    verdict: Verdict
    heard: str
    """What the caller did."""
    heard_now: str
    """As it was heard this time."""
    before: str
    """What was done then: lines, look-ups and the rest, by name."""
    now: str
    identical: bool = False
    """Whether all of it is the same to the letter: records, notes, and what was understood."""
    wer: float | None = None
    """Word error rate of what was heard now against then, where both are words."""
    worded: str = ""
    """Where the wording differs: the first sentence that is another now, or how it was to be said."""
    worded_now: str = ""
    """Likewise, now."""
    response_ms: float | None = None
    """Response latency then; None where nothing is known of it, or it was not replayed."""
    response_now_ms: float | None = None

    @property
    def hearing(self) -> str:
        """What the caller did, and what was made of it this time where that is something else."""
        if self.verdict != "transcript" and not self.wer:
            return self.heard
        return f"{self.heard} → {self.heard_now}" + ("" if self.wer is None else f" (WER {self.wer:.0%})")

    @property
    def change(self) -> tuple[str, str]:
        """What was done or said then and what now, from where they part."""
        if self.verdict == "wording":
            return self.worded, self.worded_now
        then, now = self.before.split(", "), self.now.split(", ")
        alike = next((place for place, both in enumerate(zip(then, now, strict=False)) if both[0] != both[1]), None)
        alike = min(len(then), len(now)) if alike is None else alike
        parts = [", ".join(one[alike:]) for one in (then, now)]
        if not any(parts):
            return "waits for one answer", "waits for another"
        return parts[0] or "nothing more", parts[1] or "nothing more"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A whole call."""

    call: str
    level: str
    version: str
    """Of the flow that the call had."""
    version_now: str
    turns: tuple[TurnCompared, ...]
    diverged_at: int | None
    """The turn at whose end the conversation stood elsewhere: nothing after it can be compared."""
    ended: str
    """Disposition; empty where it is not known."""
    ended_now: str
    """Likewise; empty as well for a call that diverged before it ended."""
    person: bool
    """Whether the caller was handed over to a person."""
    person_now: bool
    missing: tuple[str, ...] = ()
    """What was asked for and is not in the recording."""
    of: int = 0
    """How many there are."""

    @property
    def is_imported(self) -> bool:
        """Whether another system had the call: what it decided is not known, and nothing can be compared."""
        return not self.version

    @property
    def differs(self) -> bool:
        """Whether anything is decided, heard or put otherwise, or the call ends otherwise."""
        if self.is_imported:
            return False
        ends = self.diverged_at is None and bool(self.ended) and self.ended != self.ended_now
        return ends or self.diverged_at is not None or any(one.verdict != "same" for one in self.turns)

    @property
    def identical(self) -> bool:
        """Whether it is the same to the letter, from its beginning to its end."""
        return not self.differs and len(self.turns) == self.of and all(one.identical for one in self.turns)

    @property
    def first(self) -> TurnCompared | None:
        """The first turn that differs."""
        return next((one for one in self.turns if one.verdict != "same"), None)

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {**asdict(self), "differs": self.differs, "identical": self.identical}


def compare(call: str, level: str, before: Course, after: Replayed, version_now: str) -> Comparison:
    """Hold a call against its replay, exchange by exchange, as far as that has a meaning."""
    turns: list[TurnCompared] = []
    diverged = after.diverged_at
    pairs = tuple(zip(before.exchanges, after.course.exchanges, strict=False))
    for number, (then, now) in enumerate(pairs):
        turns.append(_compared(then, now, before, after.course))
        if diverged is None and not same_question(then, now):
            diverged = number
        if diverged == number:
            break
    more = len(after.course.exchanges) - len(before.exchanges)
    if diverged is None and pairs and (more < 0 or (more and before.disposition)):
        # One call goes on where the other is over, or was broken off; of one that is still recorded, nobody knows.
        diverged = len(pairs) - 1
    return Comparison(
        call=call,
        level=level,
        version=before.started.flow_version,
        version_now=version_now,
        turns=tuple(turns),
        diverged_at=None if diverged is None else before.exchanges[diverged].turn,
        ended=before.disposition,
        ended_now=after.course.disposition,
        person=_reaches_person(before),
        person_now=_reaches_person(after.course),
        missing=tuple(dict.fromkeys(after.missing)),
        of=len(before.exchanges),
    )


def same_question(before: Exchange, after: Exchange) -> bool:
    """Whether the caller stands at the same question after both, so that what they did next answers either."""
    then, now = before.last, after.last
    if then["kind"] in {"Say", "nothing"}:  # all that is known is what was heard
        return now["kind"] != "Listen" or _heard_whole_or_begun(before, after)
    if then["kind"] != now["kind"]:
        return False
    if then["kind"] == "Record":
        return bool(then["line"] == now["line"])
    if then["kind"] != "Listen":
        return True
    if then["for"] != now["for"] or then["digits"] != now["digits"]:
        return False
    return _lines(before)[-1:] == _lines(after)[-1:] or _place(before) == _place(after)


def verdict_on(before: Exchange, after: Exchange, *, whole: bool = True) -> Verdict:
    """What differs in one turn."""
    then, now = before.actions, after.actions
    if not whole:
        then = now if _heard_whole_or_begun(before, after) else then
    if then != now and [_deed(action) for action in then] != [_deed(action) for action in now]:
        return "decision"
    if _words(before.heard) != _words(after.heard):
        return "transcript"
    return "same" if then == now else "wording"


def word_error_rate(said: str, heard: str) -> float:
    """Words that are other, missing or too many, by the words that were said; 0.0 where nothing was, and is."""
    reference, hypothesis = _words(said), _words(heard)
    return Levenshtein.distance(reference, hypothesis) / max(1, len(reference))


def deeds(exchange: Exchange) -> str:
    """What was done in an exchange, by name, for a person to read."""
    return ", ".join(filter(None, map(_named, exchange.actions)))


def _compared(then: Exchange, now: Exchange, before: Course, after: Course) -> TurnCompared:
    spoken = all(one.steps[0].kind == "CallerSaid" for one in (then, now))
    verdict = verdict_on(then, now, whole=before.whole)
    worded, worded_now = _worded(then, now) if verdict == "wording" else ("", "")
    return TurnCompared(
        turn=then.turn,
        verdict=verdict,
        heard=then.heard,
        heard_now=now.heard,
        before=deeds(then),
        now=deeds(now),
        identical=identical(then, now),
        wer=round(word_error_rate(then.heard, now.heard), 3) if spoken else None,
        worded=worded,
        worded_now=worded_now,
        response_ms=before.latency.get(then.turn),
        response_now_ms=after.latency.get(now.turn) if after is not before else None,
    )


def _worded(before: Exchange, after: Exchange) -> tuple[str, str]:
    """How that was put which is put otherwise now: its text, or else the first thing about it, by name."""
    for then, now in zip(before.actions, after.actions, strict=False):
        for name in ("text", *sorted(_MANNER)):
            if then.get(name) != now.get(name):
                label = "" if name == "text" else f"{name} "
                return f"{label}{then.get(name)}", f"{label}{now.get(name)}"
    return "", ""


def identical(before: Exchange, after: Exchange) -> bool:
    """Whether all is the same but when it was: within a decision, virtual time stands still."""
    if before is after:
        return True
    then, now = ([event for step in one.steps for event in (step.advanced, *step.notes)] for one in (before, after))
    return len(then) == len(now) and all(map(_same_event, then, now))


def _same_event(then: Event, now: Event) -> bool:
    if then == now:
        return True
    names = (one.name for one in fields(then) if one.name not in _TIMES)
    return type(then) is type(now) and all(_alike(getattr(then, name), getattr(now, name)) for name in names)


def _alike(then: Any, now: Any) -> bool:
    """Whether two values are the same as JSON: a list that was read from it is a tuple in a live call."""
    if then == now:
        return True
    if isinstance(then, dict):
        return isinstance(now, dict) and then.keys() == now.keys() and all(_alike(then[key], now[key]) for key in then)
    if isinstance(then, list | tuple):
        return isinstance(now, list | tuple) and len(then) == len(now) and all(map(_alike, then, now))
    return False


def _heard_whole_or_begun(before: Exchange, after: Exchange) -> bool:
    """Whether what was heard is what is said now, as far as the caller listened."""
    heard, said = _lines(before), _lines(after)
    return heard == said[: len(heard)]


def _lines(exchange: Exchange) -> list[str]:
    return [action["line"] for action in exchange.actions if action["kind"] == "Say"]


def _place(exchange: Exchange) -> tuple[str, int] | None:
    """The step of the flow that was entered last; None where none was: the question is the one before."""
    entered = [
        (note.flow, note.step)
        for step in exchange.steps
        for note in step.notes
        if hasattr(note, "step") and hasattr(note, "flow")
    ]
    return entered[-1] if entered else None


def _deed(action: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """What is done, without how it is put."""
    return tuple(sorted((name, value) for name, value in action.items() if name not in _MANNER))


def _named(action: Mapping[str, Any]) -> str:
    name = _NAMES.get(action["kind"])
    return name(action) if name else str(action["kind"])


_NAMES: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "Say": lambda one: str(one["line"]),
    "LookUp": lambda one: f"looks up {one['source']}",
    "Listen": lambda _: "",
    "AskModel": lambda _: "",
    "Converse": lambda _: "(talk)",
    "HangUp": lambda one: f"ends: {one['disposition']}",
    "Transfer": lambda one: f"hands over to {', '.join(one['people'])}",
    "SendText": lambda one: f"texts {one['line']} to {one['to']}",
    "Consent": lambda one: f"{one['to']}: {'allowed' if one['allowed'] else 'declined'}",
    "Record": lambda one: f"takes {one['line']}",
    "Remember": lambda one: f"remembers {one['name']}",
}
"""What each action is called; nothing for those that everybody takes for granted."""


def _reaches_person(course: Course) -> bool:
    return any(action["kind"] == _PERSON for one in course.exchanges for action in one.actions)


def _words(text: str) -> list[str]:
    return text.casefold().split()
