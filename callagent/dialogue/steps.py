"""Reading the steps of a flow: one reader for each action word.

A step is a mapping with one action word, its settings, and perhaps `when`. A new action is one more reader and one
more row of `_ACTIONS`.
"""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from callagent.content.document import Listing, Node, Text
from callagent.content.fields import Fields, as_table
from callagent.content.findings import nearest
from callagent.dialogue.condition import parse_condition
from callagent.dialogue.flow import (
    Action,
    AskStep,
    Check,
    Choice,
    Confirm,
    ConsentStep,
    LookupStep,
    MenuStep,
    RecordStep,
    SayStep,
    SmsStep,
    Step,
    TalkStep,
    TransferStep,
)
from callagent.dialogue.opening import OPENING_HOURS, OPENING_SOURCE
from callagent.dialogue.references import Slot
from callagent.dialogue.slots import TYPES, By, DateType, ItemType, PhoneType, SlotType, type_written
from callagent.dialogue.spoken import LANGUAGES
from callagent.dialogue.step_reader import Reading

MAX_TALK_TURNS = 50
_TURNS = re.compile(r"(\d{1,3}) turns?")
_MESSAGE_S = 60.0
_CONFIRM: tuple[Confirm, ...] = ("always", "when unsure", "never")
_CHECKS: tuple[Check, ...] = ("not in the future", "not in the past")
_BY: tuple[By, ...] = ("spoken", "keyed", "both")
_ASK_SETTINGS = ("private", "confirm", "suggest", "check", "remember as", "answer", "if not told", "line")
_T = TypeVar("_T", bound=str)


class StepReader(Reading):
    """Reads steps into `Step`s."""

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
        name = next(iter(fields.texts(word)), None) if word == "transfer" else fields.text(word)
        action = read(self, name, fields) if name is not None else None
        when = fields.text("when")
        condition = parse_condition(when.value, self.findings.at(when.line)) if when is not None else None
        if when is not None and condition is not None:
            self.references.conditions.append((condition, when.line))
        return Step(action, words[0].line, condition) if action is not None else None


def _say(reader: Reading, name: Text, _: Fields) -> Action:
    return SayStep(reader.line(name))


def _menu(reader: Reading, name: Text, fields: Fields) -> Action:
    reader.references.lines.append(name)
    choices = reader.choices(fields, jumps=True)
    slot, other = fields.text("remember as"), fields.text("anything else")
    if slot is not None:
        reader.references.fill(slot.value, Slot(values=frozenset(choice.name for choice in choices)))
    return MenuStep(name.value, choices, slot.value if slot else "", reader.target(other))


def _ask(reader: Reading, name: Text, fields: Fields) -> Action | None:
    line = fields.text("line")
    reader.references.lines.append(line or name)
    private = fields.yes("private", default=False)
    written = fields.text("type", required=True)
    if written is None:
        return None
    choices: tuple[Choice, ...] = ()
    if written.value == "choice":
        choices = reader.choices(fields, jumps=False)
    elif fields.table.get("choices") is not None:
        reader.findings.add(written.line, f"'{written.value}' has no choices.", "Write 'type: choice'.")
    names = tuple(choice.name for choice in choices)
    answer = type_written(written.value, names, reader.findings.at(written.line))
    if answer is None:
        reader.findings.unknown(written.line, written.value, "a type of answer", TYPES)
        return None
    if isinstance(answer, ItemType) and not reader.facts.items():
        reader.findings.add(written.line, "The shop has no catalogue items.", "Fill catalogue.csv.")
    slot = Slot(answer.values, answer.form if answer.form == "digits" else "", private)
    reader.references.fill(name.value, slot)
    remember = fields.text("remember as")
    if remember is not None:
        reader.references.fill(remember.value, slot)
    return AskStep(
        slot=name.value,
        type=answer,
        choices=choices,
        private=private,
        confirm=_confirm(reader, fields, private=private),
        suggest=_suggest(reader, fields, answer),
        check=_check(reader, fields, answer),
        remember=remember.value if remember else "",
        by=_by(reader, fields, answer),
        only_told=_one_of(reader, fields, "if not told", ("go on",)) is not None,
        own_line=line.value if line else "",
    )


def _one_of(reader: Reading, fields: Fields, name: str, known: tuple[_T, ...]) -> _T | None:
    text = fields.text(name)
    found = next((one for one in known if text is not None and one == text.value), None)
    if text is not None and found is None:
        reader.findings.unknown(text.line, text.value, f"a value of '{name}'", known)
    return found


def _confirm(reader: Reading, fields: Fields, *, private: bool) -> Confirm | None:
    found, text = _one_of(reader, fields, "confirm", _CONFIRM), fields.text("confirm")
    if private and text is not None and found not in (None, "never"):
        what = "A private answer is not read back, so it cannot be confirmed."
        reader.findings.add(text.line, what, "Take out 'confirm' or 'private'.")
    return found


def _suggest(reader: Reading, fields: Fields, answer: SlotType) -> str:
    text = fields.text("suggest")
    if text is None:
        return ""
    if text.value == "caller number" and not isinstance(answer, PhoneType):
        what = f"A caller's number is no answer to '{answer.word}'."
        reader.findings.add(text.line, what, "Write 'type: phone number', or take 'suggest' out.")
    reader.references.arguments.append(text)
    return text.value


def _check(reader: Reading, fields: Fields, answer: SlotType) -> Check | None:
    found, text = _one_of(reader, fields, "check", _CHECKS), fields.text("check")
    if text is not None and not isinstance(answer, DateType):
        reader.findings.add(text.line, f"Only a date can be '{text.value}'.", "Write 'type: date'.")
    return found


def _by(reader: Reading, fields: Fields, answer: SlotType) -> By:
    found, text = _one_of(reader, fields, "answer", _BY), fields.text("answer")
    if text is not None and found is not None and found not in answer.ways:
        what = f"'{answer.word}' cannot be {'keyed' if found == 'both' else found}."
        reader.findings.add(text.line, what, f"Write 'answer: {answer.ways[0]}'.")
    return found or answer.ways[0]


def _lookup(reader: Reading, name: Text, fields: Fields) -> Action | None:
    arguments, gives = fields.texts("with"), fields.texts("gives")
    own = name.value == OPENING_HOURS
    source = OPENING_SOURCE if own else reader.facts.sources.get(name.value)
    translated: tuple[str, ...] = ()
    if name.value in reader.facts.absent:
        what = f"'{name.value}' cannot be looked up: there is no {reader.facts.absent[name.value]} beside this file."
        reader.findings.add(name.line, what, "Add the table, or take the look-up out.")
    elif source is None:
        reader.findings.unknown(name.line, name.value, "something to look up", (*reader.facts.sources, OPENING_HOURS))
    else:
        reader.among(gives, source.gives, f"something that '{name.value}' gives")
        reader.among(arguments, (*source.needs, *source.takes), f"something that '{name.value}' needs")
        missing = [need for need in source.needs if need not in {text.value for text in arguments}]
        if missing:
            reader.findings.add(name.line, f"'{name.value}' needs '{missing[0]}'.", f"Add 'with: [{missing[0]}]'.")
        twins = (f"{text.value} {language}" for text in gives for language in LANGUAGES)
        translated = tuple(twin for twin in twins if twin in source.gives)
    reader.references.arguments.extend(arguments)
    for text in gives:
        reader.references.fill(text.value, Slot())
    down, not_found = fields.text("down", required=not own), fields.text("not found")
    several = _one_of(reader, fields, "several", ("ask which",))
    if several and not arguments:
        reader.findings.add(name.line, "Without 'with' there is nothing to ask which.", "Take 'several' out.")
    return LookupStep(
        source=name.value,
        arguments=tuple(text.value for text in arguments),
        gives=tuple(text.value for text in gives),
        down=reader.target(down),
        not_found=reader.target(not_found) or (down.value if down else ""),
        several=several is not None,
        optional=tuple(source.takes) if source else (),
        translated=translated,
    )


def _talk(reader: Reading, name: Text, fields: Fields) -> Action:
    reader.references.talks.append(name)
    may_open, knows = fields.texts("may open"), fields.texts("knows")
    reader.references.targets.extend(may_open)
    reader.references.said.update(text.value for text in may_open)
    reader.among(knows, (*reader.facts.sources, "shop facts"), "something to look up")
    return TalkStep(
        name.value,
        tuple(text.value for text in may_open),
        _turns(reader, fields),
        tuple(text.value for text in knows),
        tuple(text.value for text in fields.texts("never")),
        larger=_is_larger(reader, fields.text("model")),
    )


def _is_larger(reader: Reading, text: Text | None) -> bool:
    if text is not None and text.value not in ("fast", "larger"):
        reader.findings.add(text.line, f"'{text.value}' is no model.", "Write 'fast' or 'larger'.")
    return text is not None and text.value == "larger"


def _turns(reader: Reading, fields: Fields) -> int:
    text = fields.text("at most", required=True)
    if text is None:
        return 1
    match = _TURNS.fullmatch(text.value)
    turns = int(match[1]) if match else 0
    if not 1 <= turns <= MAX_TALK_TURNS:
        reader.findings.add(text.line, f"'{text.value}' is no limit.", f"Write '6 turns'; 1 to {MAX_TALK_TURNS}.")
    return turns


def _consent(reader: Reading, name: Text, _: Fields) -> Action:
    reader.references.said.add(name.value)
    reader.references.fill(name.value, Slot(values=frozenset({"yes", "no"})))
    return ConsentStep(reader.line(name))


def _record(reader: Reading, name: Text, fields: Fields) -> Action:
    reader.references.fill(name.value, Slot(values=frozenset({"yes", "no"})))
    limit_s = reader.seconds(fields.text("at most", required=True), _MESSAGE_S)
    return RecordStep(reader.line(name), limit_s, reader.people(fields.texts("send to")))


def _sms(reader: Reading, name: Text, fields: Fields) -> Action:
    reader.references.texts.append(name)
    to = fields.text("to")
    if to is None or to.value == "caller":
        return SmsStep(name.value)
    return SmsStep(name.value, reader.people((to,))[0])


def _transfer(reader: Reading, _: Text, fields: Fields) -> Action:
    people = reader.people(fields.texts("transfer"))
    nobody = reader.target(fields.text("nobody", required=True))
    return TransferStep(people, nobody, reader.line(fields.text("whisper")))


def _jump(reader: Reading, _: Text, fields: Fields) -> Action | None:
    return reader.jump(fields)


_Read = Callable[[Reading, Text, Fields], Action | None]

_ACTIONS: Mapping[str, tuple[_Read, tuple[str, ...]]] = {
    "say": (_say, ()),
    "menu": (_menu, ("choices", "remember as", "anything else")),
    "ask": (_ask, ("type", "choices", *_ASK_SETTINGS)),
    "lookup": (_lookup, ("with", "gives", "several", "not found", "down")),
    "talk": (_talk, ("knows", "may open", "never", "at most", "model")),
    "consent": (_consent, ()),
    "record": (_record, ("at most", "send to")),
    "sms": (_sms, ("to",)),
    "transfer": (_transfer, ("whisper", "nobody")),
    "do": (_jump, ()),
    "go to": (_jump, ()),
    "end": (_jump, ()),
}
