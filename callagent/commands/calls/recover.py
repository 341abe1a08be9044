"""`callagent calls recover`: finish the recordings of calls whose process died."""

import argparse
import sys

from callagent.commands.as_json import print_json
from callagent.commands.calls.folders import recordings_of
from callagent.commands.calls.records import tell_records
from callagent.commands.console import console_for
from callagent.commands.exit_status import FAILED, OK
from callagent.recording.folder import CallFolder
from callagent.recording.recovery import recover


def run(options: argparse.Namespace) -> int:
    """The command; 1 when one could not be finished. Raises RecordingError."""
    recordings = recordings_of(options)
    found = recover(recordings.path, recordings.keys)
    for one in found.calls:
        tell_records(CallFolder(one.folder, recordings.keys), options.recordings)
    if options.json:
        print_json({"recovered": {one.folder.name: one.summary for one in found.calls}, "problems": found.problems})
        return FAILED if found.problems else OK
    console = console_for()
    for one in found.calls:
        how = one.summary["disposition"]
        console.print(f"{one.folder.name}: {one.summary['duration_s']:.1f} s, {how}", markup=False)
    console.print(f"{len(found.calls)} recovered" if found.calls else "Every call has its end and its summary.")
    for problem in found.problems:
        print(problem, file=sys.stderr)
    return FAILED if found.problems else OK
