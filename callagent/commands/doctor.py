"""`callagent doctor`: whether the configured providers work, and what to do where they do not."""

import argparse
import asyncio
from dataclasses import asdict
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from callagent.clock import SystemClock
from callagent.commands.as_json import print_json
from callagent.commands.console import console_for
from callagent.commands.exit_status import FAILED, OK
from callagent.doctor import Finding, Place, examine, examine_places
from callagent.errors import CallagentError
from callagent.logs import configure_logs
from callagent.settings.loading import load_settings
from callagent.settings.settings import Settings
from callagent.workshop.shops import find_shops, read_shop

COLOURS: Final = {"works": "green", "not tried": "yellow", "fails": "bold red"}


def run(options: argparse.Namespace) -> int:
    """The command; 1 when a provider or a place does not work. Raises ConfigurationError."""
    configure_logs("ERROR", people=True)
    settings = load_settings()
    console = console_for()
    with console.status("asking the providers", spinner="dots"):
        findings = asyncio.run(examine(settings, SystemClock(), offline=options.offline))
        places = asyncio.run(examine_places(settings, offline=options.offline))
    outside = _outside(settings)
    if options.json:
        more: dict[str, Any] = {"people_outside": outside} if settings.dial_allowed else {}
        if places:
            more["places"] = [asdict(place) for place in places]
        print_json({"providers": [asdict(finding) for finding in findings], **more})
    else:
        _show(console, findings)
        for place in places:
            console.print(_line(place))
        for name in outside:
            said = (
                f"people {name}: no caller can be handed over: CALLAGENT_DIAL_ALLOWED has no beginning of the number."
            )
            console.print(Text(said, style="yellow"))
    return OK if all(finding.well for finding in findings) and all(place.well for place in places) else FAILED


def _line(place: Place) -> Text:
    says = f": {place.says}" if place.says else ""
    return Text(f"{place.name} {place.state}{says}", style=COLOURS[place.state])


def _outside(settings: Settings) -> list[str]:
    """Whom of the shop's people no caller can be handed over to."""
    if not settings.dial_allowed:
        return []
    from callagent.edition import people_outside  # a second that most need not wait

    try:
        [folders] = find_shops(settings.flows, settings.prompts, [settings.shop])
        return list(people_outside(read_shop(folders).flow, settings))
    except CallagentError:  # which is for `flows check` to say
        return []


def _show(console: Console, findings: tuple[Finding, ...]) -> None:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in ("stage", "provider", "state"):
        table.add_column(name)
    table.add_column("first output", justify="right")
    table.add_column("models in memory")
    for finding in findings:
        took = "" if finding.took_ms is None else f"{finding.took_ms:.0f} ms"
        models = ", ".join(f"{one.name} {one.digest[:6]} {one.memory / 1e6:.0f} MB" for one in finding.models)
        state = Text(finding.state, style=COLOURS[finding.state])
        table.add_row(finding.stage, finding.provider, state, took, models)
    console.print(table)
    for finding in findings:
        if finding.says:
            says = finding.says.removeprefix(f"{finding.provider}: ").rstrip(".")
            line = f"{finding.stage} {finding.provider}: {says}. {finding.remedy}".rstrip()
            console.print(Text(line, style=COLOURS[finding.state]))
