"""`callagent calls hold`: keep a call from being deleted, or let it go again."""

import argparse

from callagent.assembly import make_bucket
from callagent.commands.calls.records import tell_records
from callagent.commands.console import console_for
from callagent.commands.exit_status import OK
from callagent.elsewhere import unhold_in_bucket
from callagent.recording.holds import hold, release
from callagent.recordings import open_recordings
from callagent.settings.loading import load_settings


def run(options: argparse.Namespace) -> int:
    """The command. Raises RecordingError."""
    settings = load_settings()
    call = open_recordings(settings, options.recordings).find(options.call)
    if options.release:
        release(call, options.reason, options.by)
        if bucket := make_bucket(settings):
            unhold_in_bucket(bucket, call.name)
        console_for().print(f"{call.name} is not held any more.", markup=False)
    else:
        hold(call, options.reason, options.by)
        console_for().print(f"{call.name} is held: nothing deletes it until it is released.", markup=False)
    tell_records(call, options.recordings)
    return OK
