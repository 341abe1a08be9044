"""Transcript tests: a call written down as who says what, played against the flow.

::

    - test: price list down never invents a price
      given: {lookups: {catalogue: down}, clock: Sunday 11:00}
      call:
        - caller: what is the price of a fan
        - agent: product
        - caller: ceiling fan
        - agent: no_prices
        - agent not: price_in_stock
        - keys: 9
        - ends: goodbye

What the agent says is named by its line. The lines of one turn come in the order in which they are said, and others
may stand between them: a test names what it is about. A list, `agent: [a, b]`, is the whole turn. What it does besides
speaking is told by `agent does`: transfer to counter, record message, text quote_details to caller.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from callagent.dialogue.actions import CallerKeyed, CallerSaid, CallerSilent, CallerUnheard, Missed, Understood
from callagent.workshop.rehearsal import ByCaller, Did, Done, Given, Rehearsal, Said, Stage, Turn

Wanted: TypeAlias = Literal["agent", "agent says", "agent not", "agent does", "ends"]


@dataclass(frozen=True, slots=True)
class CallerDoes:
    """A turn of the caller."""

    did: ByCaller
    line: int
    """In the test's file."""


@dataclass(frozen=True, slots=True)
class WorldChanges:
    """From here on the world is another one."""

    given: Given
    line: int


@dataclass(frozen=True, slots=True)
class Expect:
    """What the agent has to have done in the turn."""

    wanted: Wanted
    value: tuple[str, ...]
    line: int
    whole: bool = False
    """Whether the lines are all that may be said in the turn."""

    def __str__(self) -> str:
        value = f"[{', '.join(self.value)}]" if self.whole else ", ".join(self.value)
        return f"{self.wanted}: {value}"


Entry: TypeAlias = CallerDoes | WorldChanges | Expect


@dataclass(frozen=True, slots=True)
class Transcript:
    """One test."""

    name: str
    file: str
    line: int
    given: Given
    call: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the story that is shown when a test fails."""

    who: Literal["caller", "flow", "look-up", "agent", "given", "test"]
    what: str
    differs: bool = False
    """The place where the call and the test part."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a test."""

    transcript: Transcript
    problem: str
    """Empty when all was as written."""
    story: tuple[Told, ...]
    steps: frozenset[tuple[str, int]]
    """That were done: flow, and number counted from 1."""
    lines: frozenset[str]
    """That were said."""
    took_ms: float

    @property
    def passed(self) -> bool:
        """Whether the call went as written."""
        return not self.problem


async def play(stage: Stage, transcript: Transcript, now_s: Callable[[], float] = time.perf_counter) -> Outcome:
    """Have the call that the test describes, up to the first difference; `now_s` measures how long it takes."""
    began_s = now_s()
    rehearsal = stage.call(transcript.given)
    player = _Player(rehearsal, transcript.file)
    await player.play(transcript.call)
    return Outcome(
        transcript=transcript,
        problem=player.problem,
        story=tuple(player.story),
        steps=frozenset().union(*(turn.steps() for turn in rehearsal.turns)),
        lines=frozenset(said.line for turn in rehearsal.turns for said in turn.said),
        took_ms=(now_s() - began_s) * 1000,
    )


def told(turn: Turn) -> list[Told]:
    """What the agent did in a turn, to be shown to a person."""
    ended = [] if turn.ended is None else [Told("agent", f"(ends: {turn.ended})")]
    return [*_told_notes(turn), *(_told(did) for did in turn.did), *ended]


def told_caller(did: ByCaller) -> Told:
    """What the caller did, to be shown to a person."""
    match did:
        case CallerSaid(text, confidence):
            return Told("caller", text + (f"   (confidence {confidence:g})" if confidence < 1 else ""))
        case CallerKeyed(keys):
            return Told("caller", f"(keys {keys})")
        case CallerSilent():
            return Told("caller", "(silent)")
        case CallerUnheard():
            return Told("caller", "(cannot be heard)")


class _Player:
    """A test as it is played."""

    def __init__(self, rehearsal: Rehearsal, file: str) -> None:
        self.problem = ""
        self.story: list[Told] = []
        self._rehearsal = rehearsal
        self._file = file
        self._heard = 0
        """Of the lines of this turn, how many the test has passed."""
        self._turn_at = 0
        """Where this turn begins in the story."""

    async def play(self, call: Iterable[Entry]) -> None:
        """Up to the first difference."""
        self._hear(await self._rehearsal.begin())
        for entry in call:
            match entry:
                case CallerDoes(did, _) if self._rehearsal.turn.listen is None:
                    self._differs(entry.line, f"The caller's turn does not come: {_waits(self._rehearsal.turn)}.")
                    self.story.append(Told("test", f"wants {_plainly(told_caller(did))}", differs=True))
                case CallerDoes(did, _):
                    self.story.append(told_caller(did))
                    self._hear(await self._rehearsal.give(did))
                case WorldChanges(given, _):
                    self._rehearsal.given = given
                    self.story.append(Told("given", f"the world changes (line {entry.line})"))
                case Expect():
                    self._expect(entry)
            if self.problem:
                return

    def _hear(self, turn: Turn) -> None:
        self._heard, self._turn_at = 0, len(self.story) + len(_told_notes(turn))
        self.story += told(turn)

    def _expect(self, entry: Expect) -> None:
        turn = self._rehearsal.turn
        lines = [said.line for said in turn.said]
        match entry.wanted:
            case "agent" if entry.whole:
                if tuple(lines) != entry.value:
                    self._missed(entry, f"the turn is [{', '.join(lines)}]", range(len(turn.did)))
            case "agent":
                self._expect_next(entry, turn, lines)
            case "agent says":
                if not any(_same(entry.value[0]) in _same(said.text) for said in turn.said):
                    self._missed(entry, "nothing of this turn has these words", range(len(turn.did)))
            case "agent not":
                said = [i for i, did in enumerate(turn.did) if isinstance(did, Said) and did.line in entry.value]
                if said:
                    self._missed(entry, "it is said", said)
            case "agent does" if entry.value[0] not in turn.done:
                self._missed(entry, _instead_done(turn.done), range(len(turn.did)))
            case "ends" if turn.ended != entry.value[0]:
                self._missed(entry, _waits(turn), [len(turn.did)] if turn.ended else [])

    def _expect_next(self, entry: Expect, turn: Turn, lines: list[str]) -> None:
        """The line comes in this turn, after those that were asked for before."""
        at = next((i for i in range(self._heard, len(lines)) if lines[i] == entry.value[0]), None)
        if at is None:
            self._missed(entry, _instead(lines[self._heard :]), self._rest(turn))
        else:
            self._heard = at + 1

    def _rest(self, turn: Turn) -> list[int]:
        """Where the lines stand that the test has not passed yet."""
        return [i for i, did in enumerate(turn.did) if isinstance(did, Said)][self._heard :]

    def _missed(self, entry: Expect, instead: str, marked: Iterable[int]) -> None:
        for offset in marked:
            one = self.story[self._turn_at + offset]
            self.story[self._turn_at + offset] = Told(one.who, one.what, differs=True)
        self.story.append(Told("test", f"wants {entry}", differs=True))
        self._differs(entry.line, f"'{entry}' is not so: {instead}.")

    def _differs(self, line: int, what: str) -> None:
        self.problem = f"{self._file}:{line}: {what}"


def _told_notes(turn: Turn) -> list[Told]:
    """What the flow made of the caller's turn."""
    told: list[Told] = []
    for note in turn.notes:
        if isinstance(note, Understood):
            told.append(Told("flow", f"{note.slot}: {note.value or '(private)'}, by {note.by}"))
        elif isinstance(note, Missed):
            told.append(Told("flow", f"{note.what} at {note.step}, {note.count}."))
    return told


def _told(did: Did) -> Told:
    if isinstance(did, Done):
        return Told("agent", f"({did.what})")
    if isinstance(did, Said):
        return Told("agent", f"{did.line}: {did.text}" if did.text else did.line)
    arguments = ", ".join(f"{name} {value}" for name, value in did.arguments.items() if value)
    values = ", ".join(f"{name} {value}" for name, value in did.values.items())
    return Told("look-up", f"{did.source} ({arguments}): {did.status}" + (f", {values}" if values else ""))


def _plainly(caller: Told) -> str:
    return f"caller: {caller.what}"


def _instead(lines: list[str]) -> str:
    return f"the agent says {', '.join(lines)}" if lines else "the agent says nothing more in this turn"


def _instead_done(done: tuple[str, ...]) -> str:
    return f"the agent does {'; '.join(done)}" if done else "the agent does nothing but speak in this turn"


def _waits(turn: Turn) -> str:
    if turn.ended is not None:
        return f"the call has ended with '{turn.ended}'"
    return "the agent waits for the caller" if turn.listen else f"the agent waits for {type(turn.waits_for).__name__}"


def _same(text: str) -> str:
    return " ".join(text.casefold().split())
