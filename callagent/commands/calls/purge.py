"""`callagent calls purge`: delete what is older than it may be."""

import argparse
import asyncio
import sys
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from callagent.assembly import make_bucket
from callagent.clock import SystemClock
from callagent.commands.as_json import print_json
from callagent.commands.console import console_for
from callagent.commands.exit_status import FAILED, OK
from callagent.elsewhere import FarRetention
from callagent.errors import CallagentError, ConfigurationError
from callagent.quality.plain import plain
from callagent.recording.folder import Recordings
from callagent.recording.retention import Purge, purge
from callagent.recordings import make_call_store_if_any, open_recordings
from callagent.settings.loading import load_settings
from callagent.settings.settings import Settings

SAID: Final = {"audio": "sound", "transcript": "words", "summary": "everything"}


def run(options: argparse.Namespace) -> int:
    """The command; 1 when something could not be deleted. Raises CallagentError."""
    settings = load_settings()
    if not settings.retention:
        raise ConfigurationError(
            "CALLAGENT_RETENTION is not set, so everything is kept. Set days, as in "
            '{"audio": 30, "transcript": 90, "summary": 365, "audit": 730}.'
        )
    recordings = open_recordings(settings, options.recordings)
    now = SystemClock().wall()
    done = purge(
        recordings.path,
        settings.retention,
        now,
        dry_run=options.dry_run,
        by=options.by,
        keys=recordings.keys,
    )
    if not options.dry_run:
        try:
            asyncio.run(_purge_elsewhere(settings, recordings, options, now))
        except (CallagentError, OSError) as error:
            done.problems.append(f"In the database of calls or the bucket something is left: {error}")
    if options.json:
        told: dict[str, Any] = {**asdict(done), "dry_run": options.dry_run}
        print_json(told)
    else:
        _show(done, dry_run=options.dry_run)
    return FAILED if done.problems else OK


async def _purge_elsewhere(
    settings: Settings, recordings: Recordings, options: argparse.Namespace, now: datetime
) -> None:
    """In the database of calls, where there is one, and in the bucket."""
    store = make_call_store_if_any(settings, options.recordings)
    if store is None:
        return
    try:
        await store.open()
        bucket = make_bucket(settings)
        await FarRetention(recordings.path, settings.retention, store, bucket, options.by, recordings.keys).purge(now)
    finally:
        await store.aclose()


def _show(done: Purge, *, dry_run: bool) -> None:
    console = console_for()
    if done.calls:
        table = Table(box=None, header_style="dim", pad_edge=False)
        table.add_column("call", no_wrap=True)
        table.add_column("would be deleted" if dry_run else "deleted")
        for one in done.calls:
            table.add_row(Text(plain(one.call)), ", ".join(SAID[what] for what in one.what))
        console.print(table)
    else:
        console.print("Nothing is older than it may be.")
    for reason in done.spared:
        console.print(f"{reason} and is kept.", markup=False)
    if done.audit_lines:
        console.print(f"{done.audit_lines} lines of the audit log deleted")
    for problem in done.problems:
        print(problem, file=sys.stderr)
