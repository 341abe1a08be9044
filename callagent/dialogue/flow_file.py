"""Reading flow.yaml from its top: shop, languages, hours, commands, repair, and the flows themselves."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, cast
from zoneinfo import ZoneInfo, available_timezones

from callagent.content.document import Table, Text, read_document
from callagent.content.fields import Fields, as_table
from callagent.content.findings import FileFindings, Findings
from callagent.content.text import read_text
from callagent.dialogue.actions import Person
from callagent.dialogue.arrangements import read_experiments, read_overrides, read_people, read_topics
from callagent.dialogue.facts import Facts
from callagent.dialogue.flow import BUILT_IN, Command, Experiment, Jump, MenuStep, Override, Rung, Step, Stuck
from callagent.dialogue.hours import Hours, hours_of_file, hours_of_table
from callagent.dialogue.references import References
from callagent.dialogue.steps import StepReader
from callagent.dialogue.wording import Variant

BAD_ROWS, LEAVE_OUT = "rows with mistakes", "leave out"
_WORDS = (
    *("shop", "languages", "phone", "timezone", "hours", "people", "experiments", "overrides", "topics", "include"),
    *("anytime", "when stuck", "start", "start outbound", "when finished", "flows", BAD_ROWS),
)
_INCLUDED_WORDS = ("include", "flows")
FLOW_FILE = "flow.yaml"
_RUNGS: Mapping[str, Variant] = {"ask again": "again", "ask with example": "example", "ask with keypad": "keypad"}
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*|hinglish")
_STUMBLES = 6


@dataclass(frozen=True, slots=True)
class FlowFile:
    """What stands in flow.yaml; empty where it is missing, which is a finding by then."""

    findings: FileFindings
    parts: tuple[StepReader, ...]
    """The files that it is made of, itself first, each with its findings and the names it uses."""
    homes: Mapping[str, tuple[FileFindings, int]]
    """By flow: the findings of the file in which it stands, and its line."""
    languages: tuple[str, ...]
    stuck: Stuck
    flows: Mapping[str, tuple[Step, ...]]
    start: str = ""
    start_outbound: str = ""
    when_finished: str = ""
    commands: tuple[Command, ...] = ()
    hours: Hours | None = None
    hours_file: Path | None = None
    timezone: ZoneInfo | None = None
    included: tuple[Path, ...] = ()
    people: Mapping[str, Person] = field(default_factory=dict)
    experiments: tuple[tuple[Experiment, int], ...] = ()
    overrides: tuple[tuple[Override, int], ...] = ()
    topics: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    """Placeholders that are the same for every caller, as written: shop, phone."""

    @property
    def references(self) -> References:
        """Of flow.yaml; values and words are those of all files."""
        return self.parts[0].references

    def at(self, flow: str) -> FileFindings:
        """Where what is wrong in a flow goes."""
        return self.homes[flow][0] if flow in self.homes else self.findings


def read_flow_file(path: Path, findings: Findings, facts: Facts) -> FlowFile:
    """Read the file; raises ContentError when nothing of it can be read at all."""
    at = findings.of(path)
    document = read_document(path, at)
    if document is None:
        findings.raise_any()
    fields = Fields(document or Table((), 1), _WORDS, at, "a flow file")
    reader = StepReader(at, References(), facts)
    shop, phone = fields.text("shop", required=True), fields.text("phone")
    _does(fields, BAD_ROWS, LEAVE_OUT)
    hours, hours_file = _hours(fields, path.parent, findings)
    files = _Files(path.parent, findings)
    files.read(fields, reader, path)
    stuck = _stuck(fields, reader)
    topics = read_topics(fields, reader)
    return FlowFile(
        findings=at,
        parts=tuple(files.parts),
        homes=files.homes,
        languages=_languages(fields),
        stuck=stuck,
        flows=files.flows,
        included=tuple(files.included),
        people=read_people(fields, reader),
        experiments=read_experiments(fields),
        overrides=read_overrides(fields, reader),
        topics=_topics_of_menus(files.flows) if topics is None and stuck.topics else topics or {},
        start=reader.target(fields.text("start", required=True)),
        start_outbound=reader.target(fields.text("start outbound")),
        when_finished=reader.target(fields.text("when finished", required=True)),
        commands=_commands(fields, reader),
        hours=hours,
        hours_file=hours_file,
        timezone=_timezone(fields),
        constants={name: text.value for name, text in (("shop", shop), ("phone", phone)) if text is not None},
    )


def leaves_out_bad_rows(flow_folder: Path) -> bool:
    """Whether a flow wants its tables used without the rows that have mistakes: asked before the tables are read.

    Never raises: what is wrong with the flow's file is told when the flow itself is read.
    """
    path = flow_folder / FLOW_FILE
    text = read_text(path, Findings().of(path))
    if text is None or BAD_ROWS not in text:  # as in most; parsing a flow takes a tenth of a second
        return False
    document = read_document(path, Findings().of(path))
    wanted = document.get(BAD_ROWS) if document is not None else None
    return isinstance(wanted, Text) and wanted.value.strip() == LEAVE_OUT


def _languages(fields: Fields) -> tuple[str, ...]:
    texts = fields.texts("languages")
    if not texts:
        fields.findings.add(fields.table.line, "No language is given.", "Add 'languages: [en]'.")
    for text in texts:
        if not _LANGUAGE.fullmatch(text.value):
            fields.findings.add(text.line, f"'{text.value}' is no language.", "Write en, hi or hinglish.")
    return tuple(dict.fromkeys(text.value for text in texts if _LANGUAGE.fullmatch(text.value)))


def _hours(fields: Fields, folder: Path, findings: Findings) -> tuple[Hours | None, Path | None]:
    node = fields.table.get("hours")
    if isinstance(node, Table):
        return hours_of_table(node, fields.findings), None
    name = fields.text("hours")
    if name is None:
        return None, None
    path = folder / name.value
    if "/" in name.value or "\\" in name.value or path.suffix != ".csv":
        remedy = "Write 'hours.csv' or {Mon-Sat: 10:00 to 20:30}."
        fields.findings.add(name.line, f"'{name.value}' is no table beside this file.", remedy)
        return None, None
    return hours_of_file(path, findings.of(path)), path


def _timezone(fields: Fields) -> ZoneInfo | None:
    name = fields.text("timezone")
    if name is None:
        return None
    zones = available_timezones()
    if name.value in zones:
        return ZoneInfo(name.value)
    near = get_close_matches(name.value, zones, n=1)
    remedy = f"Did you mean '{near[0]}'?" if near else "Write it as continent and city, such as Asia/Kolkata."
    fields.findings.add(name.line, f"'{name.value}' is no time zone.", remedy)
    return None


class _Files:
    """The flows of flow.yaml and of the files that it includes: one name space."""

    def __init__(self, folder: Path, findings: Findings) -> None:
        self.folder = folder
        self.findings = findings
        self.parts: list[StepReader] = []
        self.included: list[Path] = []
        self.flows: dict[str, tuple[Step, ...]] = {}
        self.homes: dict[str, tuple[FileFindings, int]] = {}

    def read(self, fields: Fields, reader: StepReader, path: Path) -> None:
        """Read the flows of one file, then of those it includes."""
        self.parts.append(reader)
        includes = fields.texts("include")
        table = fields.under("flows", required=not includes)
        for key, node in table.entries if table else ():
            steps = reader.steps(node)
            if key.value in self.homes:
                home, line = self.homes[key.value]
                what = f"There is a flow '{key.value}' already, in {home.file}:{line}."
                fields.findings.add(key.line, what, "Choose another name.")
            else:
                self.flows[key.value] = steps
                self.homes[key.value] = (fields.findings, key.line)
        for text in includes:
            self._include(text, fields, reader, path)

    def _include(self, text: Text, fields: Fields, reader: StepReader, path: Path) -> None:
        wanted = self.folder / text.value
        if "/" in text.value or "\\" in text.value or wanted.suffix != ".yaml":
            fields.findings.add(text.line, f"'{text.value}' is no file beside this one.", "Write 'warranty.yaml'.")
        elif wanted.name in {path.name, *(known.name for known in self.included), FLOW_FILE}:
            what = f"'{text.value}' is included already, or includes this file."
            fields.findings.add(text.line, what, "Include every file once, from the top.")
        else:
            self.included.append(wanted)
            at = self.findings.of(wanted)
            document = read_document(wanted, at)
            if document is not None:
                inner = Fields(document, _INCLUDED_WORDS, at, "an included file")
                self.read(inner, StepReader(at, reader.references.of_another_file(), reader.facts), wanted)


def _topics_of_menus(flows: Mapping[str, tuple[Step, ...]]) -> Mapping[str, str]:
    """Where no side questions are listed, they are what the menus offer."""
    topics: dict[str, str] = {}
    for step in (step for steps in flows.values() for step in steps):
        for choice in step.action.choices if isinstance(step.action, MenuStep) else ():
            if choice.jump is not None and choice.jump.how != "end" and choice.name not in ("yes", "no"):
                topics.setdefault(choice.name, choice.jump.target)
    return topics


def _commands(fields: Fields, reader: StepReader) -> tuple[Command, ...]:
    table = fields.under("anytime")
    commands: list[Command] = []
    for key, node in table.entries if table else ():
        entry = as_table(node, f"'{key.value}'", fields.findings)
        if entry is not None:
            commands.append(_command(key, entry, reader))
            pressed = {command.press for command in commands[:-1] if command.press}
            if commands[-1].press in pressed:
                what = f"Key {commands[-1].press} has a command already."
                fields.findings.add(key.line, what, "Give every command its own key.")
    return tuple(commands)


def _command(name: Text, table: Table, reader: StepReader) -> Command:
    reader.references.said.add(name.value)
    fields = Fields(table, ("press", "do", "go to", "end"), reader.findings, f"the command '{name.value}'")
    press = reader.key(fields)
    if table.get("do") is not None and (done := fields.text("do")) is not None:
        built_in = next((one for one in BUILT_IN if one == done.value), None)
        if built_in is not None:
            return Command(name.value, press, built_in=built_in)
    jump = reader.jump(fields)
    if jump is None:
        reader.findings.add(name.line, f"'{name.value}' does nothing.", "Add 'go to: ...', 'do: ...' or 'end: ...'.")
    return Command(name.value, press, jump)


def _stuck(fields: Fields, reader: StepReader) -> Stuck:
    table = fields.under("when stuck", required=True) or Table((), 0)
    known = ("silence", "not understood", "unsure", "correction", "new topic", "in one call", "at last")
    inner = Fields(table, known, fields.findings, "'when stuck'")
    last = inner.text("at last")
    if last is not None:
        reader.references.lines.append(last)
    return Stuck(
        silence=_ladder(inner, "silence", reader) if table.line else (),
        not_understood=_ladder(inner, "not understood", reader) if table.line else (),
        in_one_call=_stumbles(inner),
        at_last=last.value if last else "",
        confirm_unsure=_does(inner, "unsure", "confirm"),
        corrections=_does(inner, "correction", "change and confirm"),
        topics=_does(inner, "new topic", "answer and come back"),
    )


def _does(fields: Fields, name: str, what: str) -> bool:
    """Whether a repair is switched on: there is one way to do it, which staff write out to see it."""
    text = fields.text(name)
    if text is not None and text.value != what:
        fields.findings.unknown(text.line, text.value, f"a way to deal with '{name}'", (what,))
    return text is not None


def _stumbles(fields: Fields) -> int:
    text = fields.text("in one call")
    if text is None:
        return _STUMBLES
    if not re.fullmatch(r"[1-9]\d?", text.value):
        fields.findings.add(text.line, f"'{text.value}' is no number of stumbles.", "Write 1 to 99.")
        return _STUMBLES
    return int(text.value)


def _ladder(fields: Fields, name: str, reader: StepReader) -> tuple[Rung, ...]:
    texts = fields.texts(name)
    if not texts:
        what = f"'when stuck' does not say what to do about '{name}'."
        fields.findings.add(fields.table.line, what, f"Add '{name}: [ask again, end goodbye]'.")
    rungs = tuple(_rung(text, reader) for text in texts)
    if rungs and rungs[-1].ask is not None:
        what = f"The last of '{name}' asks once more, so it never ends."
        fields.findings.add(texts[-1].line, what, "End with 'go to ...' or 'end ...'.")
    for text, rung in zip(texts[:-1], rungs[:-1], strict=True):
        if rung.jump is not None:
            fields.findings.add(text.line, f"Nothing comes after '{text.value}'.", "Put it last.")
    return rungs


def _rung(text: Text, reader: StepReader) -> Rung:
    if text.value in _RUNGS:
        return Rung(ask=_RUNGS[text.value])
    for how, names in (("go to", reader.references.targets), ("end", reader.references.lines)):
        if text.value.startswith(f"{how} "):
            target = Text(text.value.removeprefix(f"{how} ").strip(), text.line)
            names.append(target)
            return Rung(jump=Jump(cast("Literal['go to', 'end']", how), target.value))
    known = (*_RUNGS, "go to (a flow)", "end (a line)")
    reader.findings.unknown(text.line, text.value, "a way to ask again", known)
    return Rung(jump=Jump("end", ""))
