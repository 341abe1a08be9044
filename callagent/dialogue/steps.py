"""Reading the steps of a flow: one reader for each action word.

A step is a mapping with one action word, its settings, and perhaps `when`. A new action is one more reader and one
more row of `_ACTIONS`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Literal

from callagent.content.findings import FileFindings, nearest
from callagent.dialogue.actions import Kind
from callagent.dialogue.condition import parse_condition
from callagent.dialogue.document import Listing, Node, Table, Text
from callagent.dialogue.facts import Facts
from callagent.dialogue.fields import Fields, as_table
from callagent.dialogue.flow import Action, AskStep, Choice, Jump, LookupStep, MenuStep, SayStep, Step, TalkStep
from callagent.dialogue.references import References, Slot

KEYS = "0123456789*#"
MAX_DIGITS = 20
MAX_TALK_TURNS = 50
_TYPES = ("choice", "catalogue item", "digits 4 to 8", "yes or no")
_DIGITS = re.compile(r"digits (\d{1,3})(?: to (\d{1,3}))?")
_TURNS = re.compile(r"(\d{1,3}) turns?")


class StepReader:
    """Reads steps into `Step`s; keeps the names they use for the checks."""

    def __init__(self, findings: FileFindings, references: References, facts: Facts) -> None:
        self.findings = findings
        self.references = references
        self.facts = facts

    def steps(self, node: Node) -> tuple[Step, ...]:
        """The steps of one flow."""
        if not isinstance(node, Listing):
            self.findings.add(node.line, "A flow must be a list of steps.", "Start every step with '- '.")
            return ()
        if not node.items:
            self.findings.add(node.line, "A flow needs a step.", "Add one, such as '- say: welcome'.")
        steps = (self._step(item) for item in node.items)
        return tuple(step for step in steps if step is not None)

    def _step(self, node: Node) -> Step | None:
        table = as_table(node, "A step", self.findings)
        if table is None:
            return None
        words = [key for key, _ in table.entries if key.value in _ACTIONS]
        if not words:
            written = ", ".join(key.value for key, _ in table.entries if key.value != "when")
            self.findings.add(table.line, f"'{written}' is no action.", nearest(written.split(",")[0], _ACTIONS))
            return None
        if len(words) > 1:
            what = f"Two actions in one step: '{words[0].value}' and '{words[1].value}'."
            self.findings.add(words[1].line, what, "Make two steps of them.")
            return None
        word = words[0].value
        read, settings = _ACTIONS[word]
        fields = Fields(table, (word, "when", *settings), self.findings, f"the action '{word}'")
        name = fields.text(word)
        action = read(self, name, fields) if name is not None else None
        when = fields.text("when")
        condition = parse_condition(when.value, self.findings.at(when.line)) if when is not None else None
        if when is not None and condition is not None:
            self.references.conditions.append((condition, when.line))
        return Step(action, words[0].line, condition) if action is not None else None

    def choices(self, fields: Fields, *, jumps: bool) -> tuple[Choice, ...]:
        """What stands under `choices`; with `jumps` a choice may say where to go."""
        table = fields.under("choices", required=True)
        choices = tuple(self._choice(key, node, jumps=jumps) for key, node in (table.entries if table else ()))
        pressed: dict[str, str] = {}
        for choice, (key, _) in zip(choices, table.entries if table else (), strict=True):
            if choice.press and choice.press in pressed:
                what = f"Key {choice.press} is both '{pressed[choice.press]}' and '{choice.name}'."
                self.findings.add(key.line, what, "Give every choice its own key.")
            pressed.setdefault(choice.press, choice.name)
        if table is not None and not choices:
            self.findings.add(table.line, "There is nothing to choose.", "Add a choice.")
        return choices

    def _choice(self, name: Text, node: Node, *, jumps: bool) -> Choice:
        self.references.said.add(name.value)
        if isinstance(node, Text) and not node.value:  # "red:" alone is a choice with nothing to say about it
            return Choice(name.value)
        table = as_table(node, f"The choice '{name.value}'", self.findings) or Table((), node.line)
        known = ("press", "do", "go to", "end") if jumps else ("press",)
        fields = Fields(table, known, self.findings, f"the choice '{name.value}'")
        return Choice(name.value, self.key(fields), self.jump(fields) if jumps else None)

    def key(self, fields: Fields) -> str:
        """The telephone key under `press`; empty for none."""
        press = fields.text("press")
        if press is not None and (len(press.value) != 1 or press.value not in KEYS):
            self.findings.add(press.line, f"'{press.value}' is no key.", 'Keys are 0 to 9, "*" and "#".')
            return ""
        return press.value if press else ""

    def jump(self, fields: Fields) -> Jump | None:
        """What stands under `do`, `go to` or `end`; None when none does, a finding when two do."""
        hows: tuple[Literal["do", "go to", "end"], ...] = ("do", "go to", "end")
        found = [(how, text) for how in hows if (text := fields.text(how)) is not None]
        if len(found) > 1:
            what = f"Both '{found[0][0]}' and '{found[1][0]}': only one can be."
            self.findings.add(found[1][1].line, what, "Keep one of them.")
        if not found:
            return None
        how, target = found[0]
        (self.references.lines if how == "end" else self.references.targets).append(target)
        return Jump(how, target.value)

    def target(self, text: Text | None) -> str:
        """Name of a flow to go to; empty for none."""
        if text is None:
            return ""
        self.references.targets.append(text)
        return text.value

    def among(self, texts: tuple[Text, ...], known: tuple[str, ...], kind: str) -> None:
        """A finding for every text that is not known."""
        for text in texts:
            if text.value not in known:
                self.findings.unknown(text.line, text.value, kind, known)


def _say(reader: StepReader, name: Text, _: Fields) -> Action:
    reader.references.lines.append(name)
    return SayStep(name.value)


def _menu(reader: StepReader, name: Text, fields: Fields) -> Action:
    reader.references.lines.append(name)
    choices = reader.choices(fields, jumps=True)
    slot, other = fields.text("remember as"), fields.text("anything else")
    if slot is not None:
        reader.references.fill(slot.value, Slot(values=frozenset(choice.name for choice in choices)))
    return MenuStep(name.value, choices, slot.value if slot else "", reader.target(other))


def _ask(reader: StepReader, name: Text, fields: Fields) -> Action | None:
    reader.references.lines.append(name)
    private = fields.yes("private", default=False)
    written = fields.text("type", required=True)
    if written is None:
        return None
    if written.value != "choice" and fields.table.get("choices") is not None:
        reader.findings.add(written.line, f"'{written.value}' has no choices.", "Write 'type: choice'.")
    step = _asked(reader, name, written, fields, private=private)
    if step is not None:
        values = {Kind.CHOICE: {choice.name for choice in step.choices}, Kind.YES_NO: {"yes", "no"}}
        slot = Slot(frozenset(values.get(step.kind, ())), step.kind is Kind.DIGITS, private)
        reader.references.fill(name.value, slot)
    return step


def _asked(reader: StepReader, name: Text, written: Text, fields: Fields, *, private: bool) -> AskStep | None:
    kinds = {"catalogue item": Kind.ITEM, "yes or no": Kind.YES_NO}
    if written.value == "choice":
        return AskStep(name.value, Kind.CHOICE, choices=reader.choices(fields, jumps=False), private=private)
    if written.value in kinds:
        if written.value == "catalogue item" and not reader.facts.items():
            reader.findings.add(written.line, "The shop has no catalogue items.", "Fill catalogue.csv.")
        return AskStep(name.value, kinds[written.value], private=private)
    match = _DIGITS.fullmatch(written.value)
    if match is None:
        reader.findings.unknown(written.line, written.value, "a type of answer", _TYPES)
        return None
    fewest, most = int(match[1]), int(match[2] or match[1])
    if not 1 <= fewest <= most <= MAX_DIGITS:
        remedy = f"Write the smaller number first, of 1 to {MAX_DIGITS}."
        reader.findings.add(written.line, f"'{written.value}' cannot be.", remedy)
        return None
    return AskStep(name.value, Kind.DIGITS, digits=(fewest, most), private=private)


def _lookup(reader: StepReader, name: Text, fields: Fields) -> Action | None:
    arguments, gives = fields.texts("with"), fields.texts("gives")
    source = reader.facts.sources.get(name.value)
    if name.value in reader.facts.absent:
        what = f"'{name.value}' cannot be looked up: there is no {reader.facts.absent[name.value]} beside this file."
        reader.findings.add(name.line, what, "Add the table, or take the look-up out.")
    elif source is None:
        reader.findings.unknown(name.line, name.value, "something to look up", reader.facts.sources)
    else:
        reader.among(gives, source.gives, f"something that '{name.value}' gives")
        reader.among(arguments, source.needs, f"something that '{name.value}' needs")
        missing = [need for need in source.needs if need not in {text.value for text in arguments}]
        if missing:
            reader.findings.add(name.line, f"'{name.value}' needs '{missing[0]}'.", f"Add 'with: [{missing[0]}]'.")
    reader.references.arguments.extend(arguments)
    for text in gives:
        reader.references.fill(text.value, Slot())
    down, not_found = fields.text("down", required=True), fields.text("not found")
    return LookupStep(
        source=name.value,
        arguments=tuple(text.value for text in arguments),
        gives=tuple(text.value for text in gives),
        down=reader.target(down),
        not_found=reader.target(not_found) or (down.value if down else ""),
    )


def _talk(reader: StepReader, name: Text, fields: Fields) -> Action:
    reader.references.talks.append(name)
    may_open = fields.texts("may open")
    reader.references.targets.extend(may_open)
    reader.references.said.update(text.value for text in may_open)
    return TalkStep(name.value, tuple(text.value for text in may_open), _turns(reader, fields))


def _turns(reader: StepReader, fields: Fields) -> int:
    text = fields.text("at most", required=True)
    if text is None:
        return 1
    match = _TURNS.fullmatch(text.value)
    turns = int(match[1]) if match else 0
    if not 1 <= turns <= MAX_TALK_TURNS:
        reader.findings.add(text.line, f"'{text.value}' is no limit.", f"Write '6 turns'; 1 to {MAX_TALK_TURNS}.")
    return turns


def _jump(reader: StepReader, _: Text, fields: Fields) -> Action | None:
    return reader.jump(fields)


_Read = Callable[[StepReader, Text, Fields], Action | None]

_ACTIONS: Mapping[str, tuple[_Read, tuple[str, ...]]] = {
    "say": (_say, ()),
    "menu": (_menu, ("choices", "remember as", "anything else")),
    "ask": (_ask, ("type", "choices", "private")),
    "lookup": (_lookup, ("with", "gives", "not found", "down")),
    "talk": (_talk, ("may open", "at most")),
    "do": (_jump, ()),
    "go to": (_jump, ()),
    "end": (_jump, ()),
}
