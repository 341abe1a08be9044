"""`callagent flows draw`: a picture of a shop's flow."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Final

from callagent.commands.as_json import print_json
from callagent.commands.exit_status import OK
from callagent.errors import ConfigurationError
from callagent.settings.loading import load_settings
from callagent.workshop.picture import Picture, mermaid, picture_of
from callagent.workshop.shops import find_shops, read_shop
from callagent.workshop.svg import draw

FORMS: Final = {".svg": draw, ".mmd": mermaid}


def run(options: argparse.Namespace) -> int:
    """Write the file; with `--json` print the cards and arrows, and write a file only when one is named."""
    settings = load_settings()
    [folders] = find_shops(settings.flows, settings.prompts, [options.shop or settings.shop])
    out = Path(options.out or f"{folders.name}.svg")
    if out.suffix not in FORMS:
        raise ConfigurationError(
            f"'{out.name}' is neither an SVG nor Mermaid: name it {out.stem}.svg or {out.stem}.mmd."
        )
    picture = picture_of(read_shop(folders).flow)
    if options.out or not options.json:
        _write(out, picture)
    if options.json:
        print_json(asdict(picture))
    else:
        print(f"{out}: {len(picture.cards)} cards, {len(list(picture.arrows()))} arrows")
    return OK


def _write(out: Path, picture: Picture) -> None:
    try:
        out.write_text(FORMS[out.suffix](picture), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{out} cannot be written: {error.strerror}.") from None
