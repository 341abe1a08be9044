"""`callagent calls test`: a recorded call becomes a transcript test of its flow."""

import argparse
import asyncio
import re
import shutil
from pathlib import Path
from typing import Final

from rich.text import Text

from callagent.commands.console import console_for
from callagent.commands.exit_status import FAILED, OK
from callagent.commands.flows import show_told, stage_of
from callagent.errors import CallagentError, RecordingError
from callagent.events import CallStarted
from callagent.quality.plain import plain
from callagent.recording.redaction import restore
from callagent.recording.sound_tests import CALLS, copy_for_test
from callagent.recordings import open_recordings
from callagent.settings.loading import load_settings
from callagent.workshop.appending import append_test
from callagent.workshop.call_tests import CallTest, call_test, tried
from callagent.workshop.rehearsal import Stage
from callagent.workshop.shops import Folders, find_shops, read_shop
from callagent.workshop.transcripts import Outcome

FILE: Final = "calls.yaml"
"""In the folder of the shop's tests."""


def run(options: argparse.Namespace) -> int:
    """The command; 1 when the call goes another way today, and nothing is written."""
    settings = load_settings()
    folder = open_recordings(settings, options.recordings).find(options.call)
    events = folder.events()
    [shop] = find_shops(settings.flows, settings.prompts, [options.flow or _flow_of(events[0])])
    file = _file(options.out, shop, settings.flows)
    stage = stage_of(read_shop(shop))
    name = options.name or f"call {folder.name}"
    try:
        test, outcome = asyncio.run(tried(stage, call_test(events, name, stage.flow, restore)))
    except RecordingError as error:
        raise RecordingError(f"{folder.path}: {error}") from None
    if not outcome.passed and not options.anyway:
        _show(outcome)
        return FAILED
    others = () if options.out else sorted(shop.tests.glob("*.yaml"))
    to = _sound_folder(file, name) if options.sound else None
    if to is not None:
        copy_for_test(folder, to)
    try:
        is_new = append_test(file, test.transcript, stage.flow, others)
    except CallagentError:
        if to is not None:
            shutil.rmtree(to, ignore_errors=True)
        raise
    _tell(test, outcome, file if is_new else None, to, stage)
    return OK if outcome.passed else FAILED


def _flow_of(first: object) -> str:
    return first.flow if isinstance(first, CallStarted) else ""


def _file(out: Path | None, shop: Folders, flows: Path) -> Path:
    """Where the test goes. Raises RecordingError for a place that is not the shop's own."""
    if out is not None:
        if out.is_dir():
            raise RecordingError(f"{out}: is a folder. Name a file with --out.")
        return out
    file = shop.tests / FILE
    own, root = shop.flow.resolve() / "tests", flows.resolve()
    if file.resolve().parent != own or not own.is_relative_to(root):
        raise RecordingError(f"{file}: is not in {flows}/{shop.name}/tests. Name another file with --out.")
    return file


def _sound_folder(file: Path, name: str) -> Path:
    stem = re.sub(r"[^\w-]+", "_", name.casefold()).strip("_")
    if not stem:
        raise RecordingError(f"{name!r}: a sound test needs a name of letters or digits. Give it one with --name.")
    return file.parent / CALLS / stem


def _show(outcome: Outcome) -> None:
    """Where the call goes another way."""
    console = console_for()
    for told in outcome.story:
        show_told(console, told)
    console.print(Text(plain(outcome.problem.lstrip(":0 ")), style="red"))
    console.print("With today's flow the call goes another way, so no test was written; --anyway writes it.")


def _tell(test: CallTest, outcome: Outcome, file: Path | None, to: Path | None, stage: Stage) -> None:
    console = console_for()
    for remark in test.remarks:
        console.print(Text(remark, style="yellow"))
    place = file or "There already, word for word"
    console.print(Text(f"{place}: '{test.transcript.name}', {test.turns} turns of the caller."), soft_wrap=True)
    if to is not None:
        console.print(Text(f"{to}: the caller's sound, and what came of it."), soft_wrap=True)
    if outcome.passed:
        console.print(Text(f"It passes with today's flow {stage.flow.name} ({stage.flow.version}).", style="green"))
    else:
        console.print(Text(plain(f"It fails with today's flow: {outcome.problem.lstrip(':0 ')}"), style="red"))
