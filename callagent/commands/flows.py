"""`callagent flows check` and `test`: what staff want to know of their files before anybody calls."""

import argparse
import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from callagent.clock import SystemClock
from callagent.commands.as_json import print_json
from callagent.commands.console import console_for
from callagent.commands.exit_status import FAILED, OK
from callagent.dialogue.wordings import LONGEST_S
from callagent.settings.loading import load_settings
from callagent.workshop.checking import Checked, Remark, check
from callagent.workshop.coverage import Coverage, coverage_of
from callagent.workshop.impact import Impact, impact
from callagent.workshop.rehearsal import Stage
from callagent.workshop.seconds import SpokenLine
from callagent.workshop.shops import Folders, OpenShop, find_shops, read_shop
from callagent.workshop.transcript_files import read_transcripts
from callagent.workshop.transcripts import Outcome, Told, play

NARROW: Final = 120
"""In fewer columns mistakes are told one below the other: those of a table would be too narrow to read."""
WIDEST_TEXT: Final = 60
"""Letters of an offending line that are shown: the row of a table may be long."""

STYLES: Final = {"error": "bold red", "warning": "yellow"}
WHO_STYLES: Final = {
    "caller": "bold cyan",
    "agent": "bold green",
    "look-up": "dim",
    "flow": "dim",
    "given": "magenta",
    "test": "bold",
}


def shops(options: argparse.Namespace) -> list[Folders]:
    """The shops that a command is about: those that are named, or all."""
    settings = load_settings()
    return find_shops(settings.flows, settings.prompts, options.shop)


# --- check -----------------------------------------------------------------------------------------------------------


def run_check(options: argparse.Namespace) -> int:
    """`flows check`; 1 when there is an error."""
    now = SystemClock().wall()
    results = [check(folders, now) for folders in shops(options)]
    impacts = [asyncio.run(_impact(one, Path(options.against))) if options.against else None for one in results]
    errors = sum(result.count("error") for result in results)
    warnings = sum(result.count("warning") for result in results)
    if options.json:
        listed = [_checked_data(one, effect) for one, effect in zip(results, impacts, strict=True)]
        print_json({"shops": listed, "errors": errors, "warnings": warnings})
        return FAILED if errors else OK
    console = console_for()
    for result, effect in zip(results, impacts, strict=True):
        _show_checked(console, result)
        if effect is not None:
            _show_impact(console, effect)
    return FAILED if errors else OK


async def _impact(checked: Checked, root: Path) -> Impact | None:
    """What differs from the copy below `root`. Raises ContentError when that copy has mistakes."""
    if checked.shop is None:
        return None
    settings = load_settings()
    [before] = find_shops(root / settings.flows.name, root / settings.prompts.name, [checked.folders.name])
    transcripts = read_transcripts(_test_files(checked.folders), checked.shop.flow)
    return await impact(stage_of(read_shop(before)), stage_of(checked.shop), transcripts)


def _checked_data(checked: Checked, effect: Impact | None) -> dict[str, Any]:
    return {
        "shop": checked.folders.name,
        "version": checked.shop.flow.version if checked.shop else None,
        "remarks": [{**asdict(remark.problem), "text": remark.text} for remark in checked.remarks],
        "spoken": [asdict(line) for line in checked.spoken],
        **({"impact": asdict(effect)} if effect is not None else {}),
    }


def _show_checked(console: Console, checked: Checked) -> None:
    if checked.spoken:
        console.print(_spoken_table(checked.spoken))
    if checked.remarks:
        console.print((_remarks_table if console.width >= NARROW else _remarks_list)(checked.remarks))
    counts = ", ".join(_counted(checked.count(severity), severity) for severity in ("error", "warning"))
    version = f", version {checked.shop.flow.version}" if checked.shop else ""
    console.print(Text(f"{checked.folders.name}: {counts}{version}\n", style="bold"))  # last, where the eye is


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _remarks_table(remarks: Iterable[Remark]) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("")
    table.add_column("place", no_wrap=True)
    for name in ("text", "what", "remedy"):
        table.add_column(name, overflow="fold")
    for remark in remarks:
        problem = remark.problem
        cells = (Text(cell) for cell in (*_place_and_text(remark), problem.what, problem.remedy))
        table.add_row(Text(problem.severity, style=STYLES[problem.severity]), *cells)
    return table


def _remarks_list(remarks: Iterable[Remark]) -> Table:
    table = Table.grid(padding=(0, 1))
    for remark in remarks:
        problem = remark.problem
        place, text = _place_and_text(remark)
        table.add_row(Text(problem.severity, style=STYLES[problem.severity]), Text(place))
        for line in (text, f"{problem.what} {problem.remedy}"):
            if line:
                table.add_row("", Text(line, style="dim" if line is text else ""))
    return table


def _place_and_text(remark: Remark) -> tuple[str, str]:
    problem = remark.problem
    place = f"{problem.file}:{problem.line}" if problem.line else problem.file
    return place, remark.text if len(remark.text) <= WIDEST_TEXT else remark.text[: WIDEST_TEXT - 1] + "…"


def _spoken_table(spoken: Sequence[SpokenLine]) -> Table:
    """Lines down, languages across: seconds of the first wording, and of the longest where that is another."""
    languages = list(dict.fromkeys(line.language for line in spoken))
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("spoken seconds, about")
    for language in languages:
        table.add_column(language, justify="right")
    by_place = {(line.line, line.language): line for line in spoken}
    for name in dict.fromkeys(line.line for line in spoken):
        table.add_row(name, *(_seconds(by_place.get((name, language))) for language in languages))
    return table


def _seconds(line: SpokenLine | None) -> Text:
    if line is None:
        return Text("-", style="dim")
    longest = f" (up to {line.longest_s:.1f})" if line.longest_s > line.first_s else ""
    return Text(f"{line.first_s:.1f}{longest}", style="yellow" if line.longest_s > LONGEST_S else "")


def _show_impact(console: Console, effect: Impact) -> None:
    if effect.nothing:
        console.print("Nothing differs.\n")
        return
    facts = Table.grid(padding=(0, 2))
    for name, values in (
        ("changed flows", effect.flows),
        ("leading there", effect.leading_there),
        ("further away", effect.further),
        ("changed prompts", effect.lines),
        ("changed for the whole call", effect.settings),
        ("changed tables", effect.tables),
    ):
        facts.add_row(Text(name, style="dim"), Text(", ".join(values) or "none"))
    console.print(facts)
    failed = [test for test in effect.tests if not test.passed or not test.passed_before]
    tests = _counted(len(effect.tests), "test")
    passed = "all pass" if not failed else f"{len(effect.tests) - len(failed)} pass with both versions, and"
    console.print(Text(f"{tests} of what is changed: {passed}", style="dim"))
    for test in failed:
        now, before = ("passes" if passed else "fails" for passed in (test.passed, test.passed_before))
        change = now if now == before else f"{now} (with the other version it {before})"
        console.print(Text(f"  {test.name}: {change}", style="" if test.passed else "bold red"))


# --- test ------------------------------------------------------------------------------------------------------------


def run_test(options: argparse.Namespace) -> int:
    """`flows test`; 1 when a test fails. Raises ContentError for mistakes in the shop's files or its tests."""
    console = console_for(quiet=options.json)
    results: list[dict[str, Any]] = []
    failed = 0
    for folders in shops(options):
        outcomes, coverage = asyncio.run(_tested(folders))
        failed += sum(not outcome.passed for outcome in outcomes)
        results.append(_tested_data(folders.name, outcomes, coverage))
        _show_tested(console, folders, outcomes, coverage)
    if options.json:
        print_json({"shops": results, "failed": failed})
    return FAILED if failed else OK


def stage_of(shop: OpenShop) -> Stage:
    """Where a shop's calls are rehearsed, understanding as surely as the settings demand of real ones."""
    settings = load_settings()
    return Stage(shop, accept_from=settings.understand_accept, confirm_from=settings.understand_confirm)


async def _tested(folders: Folders) -> tuple[list[Outcome], Coverage]:
    stage = stage_of(read_shop(folders))
    stage.prepare()
    transcripts = read_transcripts(_test_files(folders), stage.flow)
    outcomes = [await play(stage, transcript) for transcript in transcripts]
    return outcomes, coverage_of(stage.flow, outcomes)


def _test_files(folders: Folders) -> list[Path]:
    return sorted(folders.tests.glob("*.yaml"))


def _tested_data(shop: str, outcomes: Sequence[Outcome], coverage: Coverage) -> dict[str, Any]:
    return {
        "shop": shop,
        "tests": [
            {
                "test": outcome.transcript.name,
                "file": outcome.transcript.file,
                "line": outcome.transcript.line,
                "passed": outcome.passed,
                "problem": outcome.problem,
                "ms": round(outcome.took_ms, 2),
                "story": [asdict(told) for told in outcome.story],
            }
            for outcome in outcomes
        ],
        "coverage": {**asdict(coverage), "percent": round(coverage.percent, 1)},
    }


def _show_tested(console: Console, folders: Folders, outcomes: Sequence[Outcome], coverage: Coverage) -> None:
    console.print(Text(folders.name, style="bold"))
    for outcome in outcomes:
        mark = Text("  passed ", style="green") if outcome.passed else Text("  FAILED ", style="bold red")
        console.print(
            mark.append(f"{outcome.took_ms:7.1f} ms  ", style="dim").append(outcome.transcript.name, style="")
        )
        if not outcome.passed:
            console.print(Text(f"  {outcome.problem}", style="red"))
            for told in outcome.story:
                show_told(console, told)
    passed = sum(outcome.passed for outcome in outcomes)
    console.print(f"{passed} of {len(outcomes)} tests passed.")
    console.print(f"Steps: {coverage.done} of {coverage.steps} ({coverage.percent:.0f} %).")
    for step in coverage.missed:
        console.print(Text(f"  no test does {step.file}:{step.line}: {step.flow}, {step.word}", style="dim"))


def show_told(console: Console, told: Told) -> None:
    """A line of a conversation; where it differs from what a test wants, it is marked."""
    row = Table.grid(padding=(0, 1))
    mark, who = (
        Text(" >" if told.differs else "  ", style="bold red"),
        Text(f"{told.who:<7}", style=WHO_STYLES[told.who]),
    )
    row.add_row(mark, who, Text(told.what, style="red" if told.differs else ""))
    console.print(row)
