"""A conversation with the flow by text: what a person types, and what comes of it.

A line is what the caller says; one that begins with a slash changes the world, or does what cannot be said. All that
happened can be had as a transcript test.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar, Final

from callagent.content.findings import nearest
from callagent.dialogue.actions import CallerKeyed, CallerSaid, CallerSilent, CallerUnheard
from callagent.workshop.rehearsal import CALLERS, ByCaller, Given, GivenItem, Rehearsal, Stage
from callagent.workshop.transcript_files import parse_caller, parse_clock
from callagent.workshop.transcripts import CallerDoes, Entry, Expect, Told, Transcript, WorldChanges, told, told_caller

HELP: Final = """\
what the caller says, or
  /keys 45127       press keys
  /silence          say nothing
  /confidence 0.2   how well words are heard
  /undo             take the last turn back
  /clock 21:30      also "Sunday 9:00", "2026-11-24 21:30"
  /stock ITEM 0     on the shelf
  /down SOURCE      a look-up does not answer
  /gone SOURCE      it finds nothing
  /up SOURCE        it answers again
  /caller +91...    also known, new, withheld; begins a new call
  /language hi      begins a new call
  /outbound yes     the shop rings the caller, or no; begins a new call
  /again            begins a new call
  /nobody yes       when the call is handed over, or no
  /where            the place in the flow, and what may be said there
  /save NAME        keep this call as a test
  /quit"""


class TryError(Exception):
    """What was typed cannot be done; the text says why."""


class Trial:
    """One person trying one flow; `begin` it, then `type` line by line."""

    def __init__(self, stage: Stage, given: Given | None = None) -> None:
        self._stage = stage
        self._given = given or Given()
        self._confidence = 1.0
        self._call: Rehearsal = stage.call(self._given)
        self._opening = self._given
        """The world in which the call began."""
        self._exchanges: list[list[Entry]] = []
        """The greeting, then each turn of the caller with what changed before it and what came of it."""
        self._changes: list[Entry] = []
        """Of the world, since the caller's last turn."""

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self._call.turn.ended is not None

    async def begin(self) -> list[Told]:
        """A new call; the agent speaks first."""
        self._call = self._stage.call(self._given)
        self._opening, self._exchanges, self._changes = self._given, [[]], []
        return await self._heard()

    async def type(self, line: str) -> list[Told]:
        """What comes of a line. Raises TryError when it cannot be done; nothing has changed then."""
        line = line.strip()
        if not line.startswith("/"):
            return await self._give(CallerSaid(line, self._confidence)) if line else []
        name, _, rest = line[1:].partition(" ")
        if name not in self._COMMANDS:
            known = (*self._COMMANDS, "save", "quit")  # the last two are the terminal's
            raise TryError(f"/{name} is not known. {nearest(name, known)} /help tells all.")
        before = self._given
        told_now = self._COMMANDS[name](self, rest.strip())
        if told_now is None:
            return await self.begin()
        if isinstance(told_now, CallerSaid | CallerKeyed | CallerSilent | CallerUnheard):
            return await self._give(told_now)
        if self._given != before and len(self._exchanges) == 1 and not self.over:
            return [*told_now, *await self.begin()]  # nobody has spoken yet: the call begins in that world
        return told_now

    def transcript(self, name: str) -> Transcript:
        """The call so far, as a test that demands the same lines."""
        entries = tuple(entry for exchange in self._exchanges for entry in exchange)
        return Transcript(name, "", 0, self._opening, entries)

    # --- the call ----------------------------------------------------------------------------------------------------

    async def _give(self, did: ByCaller) -> list[Told]:
        if self.over:
            raise TryError("The call is over: /undo, /again, /save NAME or /quit.")
        if self._call.turn.listen is None:
            raise TryError(f"The agent waits for {type(self._call.turn.waits_for).__name__}, not for the caller.")
        self._exchanges.append([*self._changes, CallerDoes(did, 0)])
        self._changes = []
        await self._call.give(did)
        return [told_caller(did), *await self._heard()]

    async def _heard(self) -> list[Told]:
        turn = self._call.turn if self._call.turns else await self._call.begin()
        entries = self._exchanges[-1]
        entries.append(Expect("agent", tuple(said.line for said in turn.said), 0, whole=True))
        entries += [Expect("agent does", (what,), 0) for what in turn.done]
        if turn.ended is not None:
            entries.append(Expect("ends", (turn.ended,), 0))
        return told(turn)

    def _change(self, given: Given, what: str) -> list[Told]:
        """The world is another from here on."""
        self._given = self._call.given = given
        self._changes = [WorldChanges(given, 0)]
        return [Told("given", what)]

    # --- what can be typed: tells, or does something of the caller's, or None for a new call -------------------------

    def _keys(self, keys: str) -> ByCaller:
        if not keys or any(key not in "0123456789*#" for key in keys):
            raise TryError(f"'{keys}' are no keys: 0 to 9, * and #.")
        return CallerKeyed(keys)

    def _silence(self, _: str) -> ByCaller:
        return CallerSilent()

    def _hear_with(self, written: str) -> list[Told]:
        try:
            confidence = float(written)
        except ValueError:
            confidence = -1.0
        if not 0 <= confidence <= 1:
            raise TryError(f"'{written}' is no confidence: 0 to 1, such as 0.2.")
        self._confidence = confidence
        return [Told("given", f"words are heard with confidence {confidence:g}")]

    def _undo(self, _: str) -> list[Told]:
        if not self._call.undo():
            raise TryError("There is nothing to take back.")
        self._exchanges.pop()
        self._changes = []
        self._given = self._call.given = self._world_now()
        return [Told("given", "the last turn is taken back; the agent said:"), *told(self._call.turn)]

    def _world_now(self) -> Given:
        """The world as it was when the latest turn was over."""
        entries = (entry for exchange in self._exchanges for entry in exchange)
        changes = [entry.given for entry in entries if isinstance(entry, WorldChanges)]
        return changes[-1] if changes else self._opening

    def _clock(self, written: str) -> list[Told]:
        clock = parse_clock(written, self._given.clock)
        if clock is None:
            raise TryError(f"'{written}' is no time: 21:30, Sunday 21:30 or 2026-11-24 21:30.")
        return self._change(replace(self._given, clock=clock), f"it is {clock:%A %d %B %Y, %H:%M}")

    def _stock(self, written: str) -> list[Told]:
        item, _, count = written.rpartition(" ")
        known = {item.name for item in self._stage.flow.items}
        if not count.isdecimal() or item not in known:
            raise TryError(f"'{written}' is no item and count. {nearest(item or written, known)}")
        given = {**self._given.items, item: GivenItem(facts={"stock": count})}
        return self._change(replace(self._given, items=given), f"stock of {item}: {count}")

    def _down(self, source: str) -> list[Told]:
        self._check_source(source)
        given = replace(self._given, lookups={**self._given.lookups, source: "down"})
        return self._change(given, f"{source} does not answer")

    def _gone(self, source: str) -> list[Told]:
        self._check_source(source)
        given = replace(self._given, lookups={**self._given.lookups, source: "not found"})
        return self._change(given, f"{source} finds nothing")

    def _up(self, source: str) -> list[Told]:
        self._check_source(source)
        left = {name: trouble for name, trouble in self._given.lookups.items() if name != source}
        return self._change(replace(self._given, lookups=left), f"{source} answers")

    def _nobody(self, written: str) -> list[Told]:
        if written not in ("yes", "no", ""):
            raise TryError(f"'{written}' is neither yes nor no.")
        nobody = written != "no"
        return self._change(replace(self._given, nobody=nobody), "nobody picks up" if nobody else "somebody picks up")

    def _check_source(self, source: str) -> None:
        known = self._stage.shop.facts.sources
        if source not in known:
            raise TryError(f"'{source}' cannot be looked up. {nearest(source, known)}")

    def _caller(self, written: str) -> None:
        number = parse_caller(written)
        if number is None:
            raise TryError(f"'{written}' is no caller: {', '.join(CALLERS)} or a number such as +919800000001.")
        self._given = replace(self._given, caller=number)

    def _language(self, written: str) -> None:
        if written not in self._stage.flow.languages:
            raise TryError(f"The flow does not speak '{written}'. {nearest(written, self._stage.flow.languages)}")
        self._given = replace(self._given, language=written)

    def _outbound(self, written: str) -> None:
        if written not in ("yes", "no", ""):
            raise TryError(f"'{written}' is neither yes nor no.")
        self._given = replace(self._given, outbound=written != "no")

    def _again(self, _: str) -> None:
        return None

    def _where(self, _: str) -> list[Told]:
        turn = self._call.turn
        stack = " > ".join(f"{position.flow} {position.step + 1}" for position in turn.state.stack)
        known = ", ".join(f"{name}: {value}" for name, value in turn.state.slots)
        listen = turn.listen
        may = ", ".join(listen.phrases[:12]) + (" ..." if len(listen.phrases) > 12 else "") if listen else "nothing"
        return [Told("flow", f"at {stack}"), Told("flow", f"knows {known}"), Told("flow", f"may be said: {may}")]

    def _help(self, _: str) -> list[Told]:
        return [Told("flow", line) for line in HELP.splitlines()]

    _COMMANDS: ClassVar[Mapping[str, Callable[["Trial", str], list[Told] | ByCaller | None]]] = {
        "keys": _keys,
        "silence": _silence,
        "confidence": _hear_with,
        "undo": _undo,
        "clock": _clock,
        "stock": _stock,
        "down": _down,
        "gone": _gone,
        "up": _up,
        "nobody": _nobody,
        "caller": _caller,
        "language": _language,
        "outbound": _outbound,
        "again": _again,
        "where": _where,
        "help": _help,
    }
