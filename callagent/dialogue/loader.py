"""From staff's files to a checked `Flow`, or to a list of all that is wrong with them."""

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from callagent.clock import IST
from callagent.content.files import files_below, leads_out
from callagent.content.findings import Findings
from callagent.dialogue.checks import Checker
from callagent.dialogue.facts import Facts, KnownItem
from callagent.dialogue.flow import Flow, Item, Prompts
from callagent.dialogue.flow_file import FLOW_FILE, FlowFile, leaves_out_bad_rows, read_flow_file
from callagent.dialogue.prompts import PromptsFile, read_prompts
from callagent.dialogue.spoken import LANGUAGES, say_hours, say_value
from callagent.dialogue.standing import standing_lines
from callagent.errors import ContentError, Problem

__all__ = ["FLOW_FILE", "check_flow", "leaves_out_bad_rows", "load_flow"]

ATTRIBUTES = ("rating", "size", "colour")
"""What of an item's further facts callers tell it by."""


def load_flow(
    flow_folder: Path,
    prompts_folder: Path,
    facts: Facts,
    timezone: ZoneInfo = IST,
    *,
    now: datetime | None = None,
) -> Flow:
    """Read ``flow.yaml``, the files it includes, and one prompts file for each of its languages.

    `facts` is the shop's data, against which items and look-ups are checked; `timezone` counts when the flow names
    none; `now`, wall time in any zone, is for finding what has expired. Raises ContentError with every error of every
    file; warnings are in the flow.
    """
    flow, problems = check_flow(flow_folder, prompts_folder, facts, timezone, now=now)
    errors = [problem for problem in problems if problem.severity == "error"]
    if flow is None or errors:
        raise ContentError(errors)
    return flow


def check_flow(
    flow_folder: Path,
    prompts_folder: Path,
    facts: Facts,
    timezone: ZoneInfo = IST,
    *,
    now: datetime | None = None,
) -> tuple[Flow | None, tuple[Problem, ...]]:
    """As `load_flow`, with errors and warnings alike, sorted by place; the flow is None when there is any error."""
    findings = Findings()
    try:
        flow = _read(flow_folder, prompts_folder, facts, timezone, findings, now)
        findings.raise_any()
    except ContentError:
        return None, findings.problems
    return replace(flow, warnings=findings.problems), findings.problems


def _read(  # all that a flow is made of
    flow_folder: Path,
    prompts_folder: Path,
    facts: Facts,
    timezone: ZoneInfo,
    findings: Findings,
    now: datetime | None,
) -> Flow:
    file = read_flow_file(flow_folder / FLOW_FILE, findings, facts)
    paths = {language: prompts_folder / f"{language}.yaml" for language in file.languages}
    prompts = {language: read_prompts(path, findings.of(path)) for language, path in paths.items()}
    if any(read.is_unreadable for read in prompts.values()):
        findings.raise_any()  # all else that could be said of the language would be said for that
    hours_files = [file.hours_file] if file.hours_file else []
    used = {flow_folder / FLOW_FILE, *file.included, *paths.values(), *hours_files}
    used |= {*files_below(flow_folder), *files_below(prompts_folder)}  # a table's prices are in the slots of a call
    flow = Flow(
        name=flow_folder.resolve().name,
        version=_version(used, flow_folder),
        languages=file.languages,
        start=file.start,
        start_outbound=file.start_outbound,
        when_finished=file.when_finished,
        flows=file.flows,
        prompts={language: _bound(language, read, file) for language, read in prompts.items()},
        stuck=file.stuck,
        commands=file.commands,
        hours=file.hours,
        timezone=file.timezone or timezone,
        items=tuple(_item(item) for item in facts.items()),
        people=file.people,
        experiments=tuple(experiment for experiment, _ in file.experiments),
        overrides=tuple(override for override, _ in file.overrides),
        topics=file.topics,
        sources=facts.sources,
        homes={name: home.file for name, (home, _) in file.homes.items()},
    )
    Checker(flow, file, prompts, now and now.astimezone(flow.timezone)).check()
    return flow


def _item(known: KnownItem) -> Item:
    attributes = {name: known.more[name] for name in ATTRIBUTES if known.more.get(name)}
    return Item(known.name, tuple(known.aliases), known.aliases_in, known.more.get("brand", ""), attributes)


def _version(paths: Iterable[Path], flow_folder: Path) -> str:
    """Hash of the files' names and contents, wherever the folders are; nor do line endings count.

    Version control changes these.
    """
    digest = hashlib.sha256()
    for path in sorted(paths, key=lambda path: (not path.is_relative_to(flow_folder), path)):
        content = b""
        with suppress(OSError):  # whoever reads it tells what is wrong with it
            content = path.read_bytes().replace(b"\r\n", b"\n") if path.is_file() and not leads_out(path) else b""
        digest.update(f"{path.parent.name}/{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]


def _bound(language: str, read: PromptsFile, file: FlowFile) -> Prompts:
    """A language's prompts with all that is the same for every caller put in."""
    known = _constants(language, file)
    forms = {name: slot.form for name, slot in file.references.slots.items() if slot.form}
    return Prompts(
        lines={
            **{name: line.bind(known, forms) for name, (line, _) in read.lines.items()},
            **{name: line for name, line in standing_lines(language).items() if name not in read.lines},
        },
        words={name: phrases for name, (phrases, _) in read.words.items()},
        talk={name: _filled(text, known) for name, (text, _) in read.talk.items()},
        texts={name: text.bind(file.constants, {}) for name, (text, _) in read.texts.items()},
        values={value: said for value, (said, _) in read.values.items()},
    )


def _constants(language: str, file: FlowFile) -> Mapping[str, str]:
    known = dict(file.constants)
    if language not in LANGUAGES:
        return known
    if "phone" in known:
        known["phone"] = say_value(known["phone"], "digits", language)
    if file.hours is not None:
        known["hours"] = say_hours(file.hours.week, language)
    return known


def _filled(text: str, constants: Mapping[str, str]) -> str:
    """Instructions with the shop's name and number; any other brace is the model's business."""
    for name, value in constants.items():
        text = text.replace(f"{{{name}}}", value)
    return text
