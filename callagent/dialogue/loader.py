"""From staff's files to a checked `Flow`, or to a list of all that is wrong with them."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from callagent.clock import IST
from callagent.content.findings import Findings
from callagent.dialogue.checks import Checker
from callagent.dialogue.facts import Facts
from callagent.dialogue.flow import Flow, Item, Prompts
from callagent.dialogue.flow_file import FlowFile, read_flow_file
from callagent.dialogue.prompts import PromptsFile, read_prompts
from callagent.dialogue.speech import SPEAKERS, say_value

FLOW_FILE = "flow.yaml"


def load_flow(flow_folder: Path, prompts_folder: Path, facts: Facts, timezone: ZoneInfo = IST) -> Flow:
    """Read ``flow.yaml`` and one prompts file for each of its languages.

    `facts` is the shop's data, against which items and look-ups are checked; `timezone` counts when the flow names
    none. Raises ContentError with every mistake of every file.
    """
    findings = Findings()
    file = read_flow_file(flow_folder / FLOW_FILE, findings, facts)
    paths = {language: prompts_folder / f"{language}.yaml" for language in file.languages}
    prompts = {language: read_prompts(path, findings.of(path)) for language, path in paths.items()}
    used = [flow_folder / FLOW_FILE, *paths.values(), *([file.hours_file] if file.hours_file else [])]
    flow = Flow(
        name=flow_folder.resolve().name,
        version=_version(used),
        languages=file.languages,
        start=file.start,
        when_finished=file.when_finished,
        flows=file.flows,
        prompts={language: _bound(language, read, file) for language, read in prompts.items()},
        stuck=file.stuck,
        commands=file.commands,
        hours=file.hours,
        timezone=file.timezone or timezone,
        items=tuple(Item(item.name, tuple(item.aliases)) for item in facts.items()),
    )
    Checker(flow, file, prompts).check()
    findings.raise_any()
    return flow


def _version(paths: Iterable[Path]) -> str:
    """Hash of the files' names and contents; line endings do not count, since version control changes them."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        content = path.read_bytes().replace(b"\r\n", b"\n") if path.is_file() else b""
        digest.update(f"{path.parent.name}/{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]


def _bound(language: str, read: PromptsFile, file: FlowFile) -> Prompts:
    """A language's prompts with all that is the same for every caller put in."""
    known = _constants(language, file)
    forms = {name: "digits" for name, slot in file.references.slots.items() if slot.digits}
    return Prompts(
        lines={name: line.bind(known, forms) for name, (line, _) in read.lines.items()},
        words={name: phrases for name, (phrases, _) in read.words.items()},
        talk={name: _filled(text, known) for name, (text, _) in read.talk.items()},
    )


def _constants(language: str, file: FlowFile) -> Mapping[str, str]:
    known = dict(file.constants)
    speaker = SPEAKERS.get(language)
    if speaker is None:
        return known
    if "phone" in known:
        known["phone"] = say_value(known["phone"], "digits", language)
    if file.hours is not None:
        known["hours"] = speaker.hours(file.hours.week)
    return known


def _filled(text: str, constants: Mapping[str, str]) -> str:
    """Instructions with the shop's name and number; any other brace is the model's business."""
    for name, value in constants.items():
        text = text.replace(f"{{{name}}}", value)
    return text
