"""`callagent bench --turns`: does the agent stop, go on and answer for the right reasons?"""

import argparse
import json
import tempfile
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from callagent.commands.exit_status import FAILED, OK
from callagent.errors import ConfigurationError
from callagent.events import as_record
from callagent.logs import configure_logs
from callagent.media.wav import wav_bytes
from callagent.simulator.turns.case import Case
from callagent.simulator.turns.figures import Judged, TurnResult
from callagent.simulator.turns.table import turn_tables
from callagent.simulator.turns.verdict import judge
from callagent.turn_bench.bench import measure, one, read

MOST_SHOWN: Final = 25
"""Exchanges that went wrong; all of them are in the JSON."""
FLOOR: Final = "a word is transcribed 150 ms after it was said, a turn 150 ms after its end; one frame is 20 ms"


def run(options: argparse.Namespace) -> int:
    """The command; 1 when a limit is passed."""
    configure_logs("ERROR", people=True)
    cases = read(options.cases)
    console = Console(stderr=options.json, quiet=options.json, highlight=False)
    with tempfile.TemporaryDirectory() as cache:
        if options.listen:
            name, folder = options.listen
            return _listen(_named(cases, name), Path(folder), Path(cache), console)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(f"{len(cases)} exchanges", total=1.0)
            result = measure(cases, Path(cache), lambda part: progress.update(task, completed=part))
    if options.json:
        print(json.dumps({**result.as_dict(), "floor": FLOOR}, indent=2, ensure_ascii=False))
    else:
        _show(console, result)
    return FAILED if result.beyond else OK


def _show(console: Console, result: TurnResult) -> None:
    console.print(turn_tables(result))
    wrong = [(one, "") for one in result.clean if one.verdict.notes]
    wrong += [(one, ", in noise") for one in result.noisy if one.verdict.notes]
    for judged, where in wrong[:MOST_SHOWN]:
        console.print(_told(judged, where), soft_wrap=True, markup=False)
    if len(wrong) > MOST_SHOWN:
        console.print(f"... and {len(wrong) - MOST_SHOWN} more, with --json.")
    console.print(f"Floor: {FLOOR}. Work: {result.took_s:.0f} s.")
    for each in result.beyond:
        console.print(f"Beyond the limit: {each}.", style="bold red", soft_wrap=True)


def _told(judged: Judged, where: str) -> str:
    return f"{judged.case.place}: {judged.case.name}{where}: {'; '.join(judged.verdict.notes)}"


def _named(cases: list[Case], name: str) -> Case:
    for case in cases:
        if case.name == name:
            return case
    near = get_close_matches(name, [case.name for case in cases], n=3, cutoff=0.3)
    meant = " or ".join(f"'{one}'" for one in near)
    hint = f"Did you mean {meant}?" if near else "Their names stand behind 'case:' in the files."
    raise ConfigurationError(f"There is no case '{name}'. {hint}")


def _listen(case: Case, folder: Path, cache: Path, console: Console) -> int:
    """Write one exchange as a WAV file, the caller on the left and the agent on the right, and its events."""
    played = one(case, cache)
    length = min(len(played.spoken), len(played.heard))
    sides = [np.frombuffer(side[:length], "<i2") for side in (played.spoken, played.heard)]
    stem = "".join(letter if letter.isalnum() else "-" for letter in case.name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sound, events = folder / f"{stem}.wav", folder / f"{stem}.jsonl"
        sound.write_bytes(wav_bytes(np.stack(sides, axis=1).astype("<i2").tobytes(), channels=2))
        lines = [json.dumps(as_record(event), ensure_ascii=False) for event in played.events]
        events.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"Nothing can be written to {folder} ({error.strerror}). Name another folder."
        ) from error
    console.print(f"{sound}\n{events}", soft_wrap=True, markup=False)
    verdict = judge(played.exchange)
    for note in verdict.notes or ("nothing was wrong with it",):
        console.print(note, markup=False)
    return OK
