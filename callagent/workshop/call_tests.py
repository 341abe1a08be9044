"""A transcript test made of a recorded call: what the caller did then, and what the agent must do now.

The caller's words, keys and silences are those that the dialogue was given; what the shop's data answered, when it was
and who called is the test's world. Expected are the lines that were said and what else was done, turn by turn. Neither
private answers nor the caller's number get into the test.

Some of a call has no words in a test: what a language model decided, and that no model or no voice worked. Where a
language model told what the caller meant, the test has the rules read the same words; where these lead elsewhere, as
where there are no words, the test ends before that turn, and `CallTest.remarks` says so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeAlias

from callagent.clock import IST
from callagent.content.text import first_invisible
from callagent.dialogue.actions import CallBegan, CallerKeyed, CallerSaid, CallerSilent, CallerUnheard
from callagent.dialogue.engine import part_of
from callagent.dialogue.flow import Flow
from callagent.errors import RecordingError
from callagent.events import CallEnded, CallStarted, Event, PartDrawn
from callagent.evidence import DialogueAdvanced
from callagent.workshop.rehearsal import CALLERS, TALK, ByCaller, Given, Stage, Trouble
from callagent.workshop.stand_ins import HIDDEN, StandIns
from callagent.workshop.transcripts import CallerDoes, Entry, Expect, Outcome, Transcript, WorldChanges, play

Restore: TypeAlias = Callable[[str], str]
"""Puts something that can be read in place of each token of a recording's text, such as ⟦phone 1⟧."""

STAND_IN_CALLERS: Final = tuple(f"+9198000{number:05}" for number in range(2000))
"""Who may stand for a caller who must be in a certain part of an experiment."""
_NOBODY_CAN_WRITE: Final[Mapping[str, str]] = {
    "NothingWorks": "neither speech recognition nor the voice worked",
    "ModelFailed": "every language model failed",
}
"""Inputs that tests have no word for."""
_BY_CALLER: Final = ("CallerSaid", "CallerKeyed", "CallerSilent", "CallerUnheard")


@dataclass(slots=True)
class _Exchange:
    """What the caller did, and what came of it."""

    did: ByCaller | None
    """None for the beginning of the call."""
    lines: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    world: dict[tuple[str, str], Any] = field(default_factory=dict)
    """What the world was like in it: answers of look-ups by source, whether somebody picked up or left a message."""
    last: Mapping[str, Any] = field(default_factory=dict)
    """The last action."""
    chosen: bool = False
    """Whether a language model told what the caller meant."""
    beyond: str = ""
    """Why no test can have it; empty when one can."""


@dataclass(frozen=True, slots=True)
class CallTest:
    """A test, and what of the call is not in it."""

    transcript: Transcript
    remarks: tuple[str, ...]
    chosen: frozenset[int] = frozenset()
    """Turns of the caller, counted from 1, in which a language model told what was meant."""

    @property
    def turns(self) -> int:
        """How often the caller does something."""
        return sum(isinstance(entry, CallerDoes) for entry in self.transcript.call)

    def before(self, turn: int, why: str) -> "CallTest":
        """The test up to a turn of the caller, counted from 1."""
        entries = self.transcript.call
        places = [at for at, entry in enumerate(entries) if isinstance(entry, CallerDoes)]
        end = places[turn - 1]
        while end and isinstance(entries[end - 1], WorldChanges):
            end -= 1
        remark = f"The test ends before turn {turn} of the caller: {why}."
        return replace(self, transcript=replace(self.transcript, call=entries[:end]), remarks=(*self.remarks, remark))


async def tried(stage: Stage, test: CallTest) -> tuple[CallTest, Outcome]:
    """Play the test; it is cut where only a language model could have decided as it did in the call."""
    while True:
        outcome = await play(stage, test.transcript)
        turn = _turn_of(outcome, test)
        if outcome.passed or turn not in test.chosen:
            return test, outcome
        test = test.before(turn, "a language model told what the caller meant there, and the rules take it otherwise")


def _turn_of(outcome: Outcome, test: CallTest) -> int:
    """The turn of the caller in which the call parted from the test."""
    played = sum(told.who == "caller" for told in outcome.story)
    return min(played, test.turns)


def call_test(events: Sequence[Event], name: str, flow: Flow, restore: Restore = lambda text: text) -> CallTest:
    """The test of a call. Raises RecordingError for a call of which there can be none, with the reason."""
    started = next((event for event in events if isinstance(event, CallStarted)), None)
    minutes = [event for event in events if isinstance(event, DialogueAdvanced)]
    if started is None or not minutes:
        raise RecordingError(
            "the recording does not hold what the dialogue was given: the call was imported, or recorded by an older "
            "callagent. `callagent replay CALL --level words` has it again."
        )
    if started.language not in flow.languages:
        raise RecordingError(f"the call begins in '{started.language}', which the flow does not speak today.")
    began = minutes[0]
    if began.state is not None or began.given.get("kind") != "CallBegan":
        raise RecordingError(
            "the call goes on from another one, and a test begins with a greeting. Make the test of the first one."
        )
    if began.given.get("machine"):
        raise RecordingError("a machine answered this call: no test can have one.")
    try:
        exchanges = _exchanges(minutes, _Words(restore))
        given = _opening(began, started, events, flow, restore)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise RecordingError(
            f"what the recording holds of the dialogue cannot be read ({type(error).__name__}). Restore it from a copy."
        ) from None
    ended = next((event for event in reversed(events) if isinstance(event, CallEnded)), None)
    if any(TALK in one.lines or one.last.get("kind") == "AskModel" or one.chosen for one in exchanges):
        given = replace(given, model=True)
    return _written(exchanges, given, name, ended)


# --- the call, as it was -----------------------------------------------------------------------------------------


class _Words:
    """Texts of a recording as they may stand in a test."""

    def __init__(self, restore: Restore) -> None:
        self._restore = restore
        self._private = StandIns()

    def note(self, secrets: Iterable[str]) -> None:
        self._private.note(secrets)

    def plain(self, text: str) -> str:
        text = self._private.hide(text) if HIDDEN not in text else text
        return _visible(self._restore(text))

    def said(self, text: str, *, hidden: bool) -> str:
        return self.plain(self._private.of_words(text) if hidden else text)

    def keyed(self, keys: str, *, hidden: bool) -> str:
        if HIDDEN in keys:
            return self.plain(keys)
        return self._private.of_keys(keys) if hidden else keys


def _visible(text: str) -> str:
    """Without what no file of staff may hold."""
    while (char := first_invisible(text)) is not None:
        text = text.replace(char, " ")
    return " ".join(text.split())


def _exchanges(minutes: Iterable[DialogueAdvanced], words: _Words) -> list[_Exchange]:
    exchanges = [_Exchange(None)]
    for minute in minutes:
        kind = str(minute.given["kind"])
        now = exchanges[-1]
        if kind in _BY_CALLER:
            if now.last.get("kind") == "AskModel" and now.did is not None:
                exchanges.pop()  # the caller went on before the model had told: these words hold those
            hidden = minute.private and not minute.plain
            now = _Exchange(_did(kind, minute.given, words, hidden=hidden))
            exchanges.append(now)
        elif kind in _NOBODY_CAN_WRITE:
            # What it was the answer to is said in the same turn: neither is in the test.
            if kind == "ModelFailed":
                now.beyond = _NOBODY_CAN_WRITE[kind]
            else:
                now = _Exchange(CallerSilent(), beyond=_NOBODY_CAN_WRITE[kind])
                exchanges.append(now)
        elif kind == "ModelUnderstood":
            if now.last.get("kind") == "AskModel":
                now.chosen = bool(minute.given["commands"])
            else:
                now.beyond = "the language model went on to another flow"
        elif kind != "CallBegan":
            _answered(now, kind, minute.given, words)
        words.note(minute.secrets)
        _act(now, minute.actions, words)
    return exchanges


def _did(kind: str, given: Mapping[str, Any], words: _Words, *, hidden: bool) -> ByCaller:
    if kind in ("CallerSilent", "CallerUnheard"):
        return CallerSilent() if kind == "CallerSilent" else CallerUnheard()
    if kind == "CallerKeyed":
        return CallerKeyed(words.keyed(given["keys"], hidden=hidden) or "#")
    return CallerSaid(words.said(given["text"], hidden=hidden), round(min(1.0, max(0.0, given["confidence"])), 4))


def _answered(now: _Exchange, kind: str, given: Mapping[str, Any], words: _Words) -> None:
    """Somebody other than the caller did something."""
    if kind == "LookedUp":
        trouble: Trouble = given["status"]
        if given["status"] == "found":
            trouble = {name: words.plain(str(value)) for name, value in given["values"].items()}
        elif given["status"] == "several":
            trouble = tuple(words.plain(one) for one in given["candidates"])
        source = ("look-up", now.last["source"])
        if now.world.setdefault(source, trouble) != trouble:
            now.world[source] = None  # asked twice, with two answers: the tables are to give them
    elif kind == "Transferred":
        now.world["nobody", ""] = given["status"] == "nobody"
    elif kind == "Recorded":
        now.world["message", ""] = given["seconds"] > 0


def _act(now: _Exchange, actions: Iterable[Mapping[str, Any]], words: _Words) -> None:
    for action in actions:
        kind = action["kind"]
        if kind in ("Say", "Converse"):
            now.lines.append(action["line"] if kind == "Say" else TALK)
        elif kind in _DONE:
            now.done.append(words.plain(_DONE[kind](action)))
        now.last = action


_DONE: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "SendText": lambda one: f"text {one['line']} to {one['to']}",
    "Consent": lambda one: f"consent to {one['to']}: {'yes' if one['allowed'] else 'no'}",
    "Remember": lambda one: f"remember {one['name']}: {one['value']}",
    "Transfer": lambda one: f"transfer to {', '.join(one['people'])}",
    "Record": lambda one: f"record {one['line']}",
}
"""What else is done, as tests tell it."""


# --- the test ------------------------------------------------------------------------------------------------------


def _opening(
    began: DialogueAdvanced, started: CallStarted, events: Iterable[Event], flow: Flow, restore: Restore
) -> Given:
    """The world when the call began."""
    given = began.given
    clock = datetime.fromisoformat(given["now"]).astimezone(IST).replace(second=0, microsecond=0)
    # Its language stands in `language` below; a number of theirs in none of these.
    known = {name: _visible(restore(str(value))) for name, value in given["known"].items() if name != "caller"}
    was = given["known"].get("caller")
    parts = {event.experiment: event.part for event in events if isinstance(event, PartDrawn)}
    caller = _stand_in(given["caller"], was, clock, parts, flow)
    if was is not None and was != ("known" if caller == CALLERS["known"] else "new"):
        known = {"caller": was, **known}
    return Given(
        clock=clock,
        caller=caller,
        language="" if started.language == flow.languages[0] else started.language,
        known=known,
        memory=was is not None,
        outbound=bool(given["outbound"]),
        seed=int(given["seed"]) if not given["caller"] else 0,
    )


def _stand_in(caller: str, was: str | None, clock: datetime, parts: Mapping[str, str], flow: Flow) -> str:
    """A number that is nobody's, of a caller in the same parts of the flow's experiments; the first when none is."""
    if not caller:
        return ""
    today = clock.astimezone(flow.timezone).date()
    usual = (CALLERS["new"],) if was == "new" else (CALLERS["known"],)
    for number in (*usual, *STAND_IN_CALLERS):
        drawn = {one.name: part_of(one, CallBegan(clock, number), today) for one in flow.experiments}
        if all(parts.get(name, part) == part for name, part in drawn.items()):
            return number
    return usual[0]


def _written(exchanges: Sequence[_Exchange], given: Given, name: str, ended: CallEnded | None) -> CallTest:
    remarks: list[str] = []
    kept = list(exchanges)
    at = next((at for at, one in enumerate(kept) if one.beyond), None)
    if at is not None:
        remarks.append(f"The test ends before turn {at} of the caller: {kept[at].beyond} there.")
        kept = kept[:at]
    if not kept:
        raise RecordingError("no test can have the beginning of this call, so there is nothing to be tested.")
    doubtful = {key[1] for one in kept for key, value in one.world.items() if value is None}
    remarks += [f"'{one}' was asked twice in one turn, with two answers: today's tables answer." for one in doubtful]
    settled, changing = _worlds(kept)
    world = opening = _with(given, {**settled, **kept[0].world})
    entries: list[Entry] = _expected(kept[0], ended if len(exchanges) == 1 else None)
    for number, one in enumerate(kept[1:], 1):
        before, world = world, _with(world, {key: one.world[key] for key in changing if key in one.world})
        if world != before:
            entries.append(WorldChanges(world, 0))
        if one.did is not None:
            entries.append(CallerDoes(one.did, 0))
        entries += _expected(one, ended if number == len(exchanges) - 1 else None)
    chosen = frozenset(at for at, one in enumerate(kept) if one.chosen)
    return CallTest(Transcript(name, "", 0, opening, tuple(entries)), tuple(remarks), chosen)


def _worlds(kept: Iterable[_Exchange]) -> tuple[dict[tuple[str, str], Any], set[tuple[str, str]]]:
    """What holds for the whole call, and what changes within it."""
    settled: dict[tuple[str, str], Any] = {}
    changing: set[tuple[str, str]] = set()
    for one in kept:
        for key, value in one.world.items():
            if settled.setdefault(key, value) != value:
                changing.add(key)
    return {key: value for key, value in settled.items() if key not in changing}, changing


def _with(given: Given, changes: Mapping[tuple[str, str], Any]) -> Given:
    lookups = dict(given.lookups)
    for (what, name), value in changes.items():
        if what == "look-up" and value is None:
            lookups.pop(name, None)
        elif what == "look-up":
            lookups[name] = value
    nobody, message = changes.get(("nobody", ""), given.nobody), changes.get(("message", ""), given.message)
    return replace(given, lookups=lookups, nobody=nobody, message=message)


def _expected(one: _Exchange, ended: CallEnded | None) -> list[Entry]:
    """What the agent has to do. Where the call broke off while it waited for somebody, it may do more than then."""
    kind = one.last.get("kind")
    expected: list[Entry]
    if kind in ("LookUp", "AskModel", "Record"):
        expected = [Expect("agent", (line,), 0) for line in one.lines]
    else:
        expected = [Expect("agent", tuple(one.lines), 0, whole=True)]
    expected += [Expect("agent does", (what,), 0) for what in one.done]
    if kind == "HangUp":
        expected.append(Expect("ends", (one.last["disposition"],), 0))
    elif kind == "Transfer" and ended is not None and ended.disposition == "transferred":
        expected.append(Expect("ends", (ended.disposition,), 0))
    return expected
