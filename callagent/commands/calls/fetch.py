"""`callagent calls fetch`: have calls here again that are in the bucket only."""

import argparse
import sys
from datetime import UTC, datetime

from rich.progress import track

from callagent.assembly import make_bucket
from callagent.commands.console import console_for
from callagent.commands.exit_status import FAILED, OK
from callagent.errors import CallagentError, ConfigurationError
from callagent.recording.copying import fetch
from callagent.recordings import open_recordings
from callagent.settings.loading import load_settings


def run(options: argparse.Namespace) -> int:
    """The command; 1 when one could not be fetched. Raises ConfigurationError."""
    settings = load_settings()
    bucket = make_bucket(settings)
    if bucket is None:
        raise ConfigurationError("CALLAGENT_RECORDINGS_BUCKET is not set, so calls are nowhere but here.")
    recordings = open_recordings(settings, options.recordings).path
    console = console_for()
    problems = []
    for name in track(options.call, "fetching", console=console, transient=True, disable=not console.is_terminal):
        try:
            console.print(f"{fetch(bucket, name, recordings, datetime.now(UTC))}", markup=False, soft_wrap=True)
        except CallagentError as error:
            problems.append(str(error))
        except OSError as error:
            problems.append(f"{recordings / name}: cannot be written ({error.strerror}).")
    for problem in problems:
        print(problem, file=sys.stderr)
    return FAILED if problems else OK
