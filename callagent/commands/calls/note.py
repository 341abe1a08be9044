"""`callagent calls note`: a remark about a call."""

import argparse
from datetime import UTC, datetime

from callagent.commands.calls.folders import clock_text, folder_of, whoever
from callagent.commands.calls.records import tell_records
from callagent.commands.exit_status import OK
from callagent.errors import RecordingError
from callagent.quality.plain import plain
from callagent.quality.scorecard import Note, add_note


def run(options: argparse.Namespace) -> int:
    """Append it."""
    folder = folder_of(options)
    length_s = folder.events()[-1].at_s
    if options.at is not None and not 0 <= options.at <= length_s:
        raise RecordingError(f"--at {options.at:g}: the call is {clock_text(length_s)} long.")
    at = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
    add_note(folder.path, Note(options.text, whoever(options), at, options.at), folder.keys)
    tell_records(folder, options.recordings)
    print(plain(f"{folder.name}: noted"))
    return OK
