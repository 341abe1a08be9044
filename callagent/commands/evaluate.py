"""`callagent flows evaluate`: how well callers are understood, measured with labelled sentences."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from callagent.commands.as_json import print_json
from callagent.commands.console import console_for
from callagent.commands.exit_status import FAILED, OK
from callagent.content.findings import shown
from callagent.errors import ConfigurationError
from callagent.settings.loading import load_settings
from callagent.workshop.evaluating import (
    Evaluated,
    evaluate_file,
    has_goods,
    measured,
    sets_of,
    worst,
)
from callagent.workshop.shops import find_shops, read_shop

MOST_CONFUSIONS: Final = 10
EVERYTHING: Final = "all"


def run(options: argparse.Namespace) -> int:
    """`flows evaluate`; 1 when a set falls short. Raises ContentError for mistakes in the files."""
    results = list(_evaluated(options.file, options.shop))
    least = dict(options.at_least)
    short = worst(results, least)
    if options.json:
        listed = [{"file": shown(file), "measure": name, "at_least": least[name]} for file, name in short]
        print_json({"sets": [_data(one) for one in results], "short": listed})
        return FAILED if short else OK
    console = console_for()
    for one in results:
        _show(console, one)
    for file, name in short:
        console.print(Text(f"{shown(file)}: {name} is below {least[name]:.1%}.", style="bold red"))
    return FAILED if short else OK


def _evaluated(file: str | None, shop: str | None) -> Iterator[Evaluated]:
    settings = load_settings()
    if file is not None:
        path = Path(file)
        if not path.is_file():
            raise ConfigurationError(f"There is no file {file}. Name one with labelled sentences.")
        own_goods = shop is None and has_goods(path)
        owners = [] if own_goods else find_shops(settings.flows, settings.prompts, [shop or settings.shop])
        yield evaluate_file(path, read_shop(owners[0]) if owners else None)
        return
    shops = find_shops(settings.flows, settings.prompts, [shop] if shop else [])
    sets = [(folders, path) for folders in shops for path in sets_of(folders)]
    if not sets:
        raise ConfigurationError("There are no labelled sentences in flows/SHOP/tests/understanding. Name a FILE.")
    for folders, path in sets:
        yield evaluate_file(path, None if has_goods(path) else read_shop(folders))


def _data(one: Evaluated) -> dict[str, Any]:
    tallies = {**one.report.by_language, EVERYTHING: one.report.overall}
    return {
        "file": shown(one.file),
        "goods": one.goods,
        "languages": {
            language: {"sentences": tally.cases, **{name: round(share, 4) for name, share in measured(tally).items()}}
            for language, tally in tallies.items()
        },
        "confusions": [
            {"expected": expected, "got": got, "times": times}
            for (expected, got), times in one.report.confusions.most_common()
        ],
        "mistakes": [
            {
                "text": mistake.case.text,
                "what": list(mistake.what),
                "intents": [intent.name for intent in mistake.got.intents],
                "entities": [[entity.kind, entity.value] for entity in mistake.got.entities],
                "language": mistake.got.language,
            }
            for mistake in one.report.mistakes
        ],
        "ms": {"median": round(one.at_share(0.5), 2), "p95": round(one.at_share(0.95), 2)},
    }


def _show(console: Console, one: Evaluated) -> None:
    console.print(Text(f"{shown(one.file)}, {one.goods} goods", style="bold"))
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("language")
    for name in ("sentences", "intent", "entities F1", "language"):
        table.add_column(name, justify="right")
    for language, tally in (*one.report.by_language.items(), (EVERYTHING, one.report.overall)):
        table.add_row(language, str(tally.cases), *_percents(measured(tally).values()))
    console.print(table)
    confused = one.report.confusions.most_common(MOST_CONFUSIONS)
    for (expected, got), times in confused:
        console.print(Text(f"  {expected} taken for {got}: {times}", style="yellow"))
    console.print(Text(f"{one.at_share(0.5):.1f} ms a sentence, {one.at_share(0.95):.1f} ms at most for 95 %.\n"))


def _percents(shares: Iterable[float]) -> Sequence[str]:
    return [f"{share:.1%}" for share in shares]
