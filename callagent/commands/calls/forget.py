"""`callagent calls forget`: delete all calls of one caller everywhere, and prove it."""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from dataclasses import asdict

from callagent.assembly import make_forgets
from callagent.commands.as_json import print_json
from callagent.commands.console import console_for
from callagent.commands.exit_status import FAILED, OK
from callagent.errors import RecordingError
from callagent.recording.callers_key import keys_of
from callagent.recording.forgetting import Proof, forget
from callagent.recordings import open_recordings
from callagent.settings.loading import load_settings


def run(options: argparse.Namespace) -> int:
    """The command; 1 when something of the caller is left. Raises CallagentError."""
    settings = load_settings()
    recordings = open_recordings(settings, options.recordings)
    number = (sys.stdin.readline() if options.caller == "-" else options.caller).strip()
    digits = "".join(char for char in number if char.isdecimal())
    if len(digits) < 6 or not number.startswith("+"):  # nothing would be found by another way to write it
        raise RecordingError("That is no caller's number. Write it with its country code, as in +919800000001.")
    keys = keys_of(recordings.path, settings.callers_secret.get_secret_value(), number)
    if not keys:
        raise RecordingError(
            f"{recordings.path}: no call here has a caller's key, so nobody's calls can be told apart by number. "
            "Delete calls by their names: `callagent calls delete CALL`."
        )
    stores = make_forgets(settings, recordings.path)
    proof = asyncio.run(forget(recordings.path, keys, stores, options.by, digits[-2:], recordings.keys))
    if options.json:
        print_json({**asdict(proof), "complete": proof.is_complete})
    else:
        show(proof)
    return OK if proof.is_complete else FAILED


def show(proof: Proof) -> None:
    """What was deleted, and what was not."""
    console = console_for()
    for style, line in _lines(proof):
        console.print(line, markup=False, style=style or None)


def _lines(proof: Proof) -> Iterator[tuple[str, str]]:
    """Each with its style."""
    places = dict(proof.elsewhere)
    if proof.waiting:
        places["files that waited to be sent or stored"] = proof.waiting
    yield from (("", f"deleted  {name}") for name in proof.deleted)
    yield from (("", f"deleted  {count} of: {place}") for place, count in places.items() if count)
    yield from (("yellow", f"kept     {reason}") for reason in proof.held)
    yield from (("yellow", f"kept     {name} goes on; run this again when it is over") for name in proof.live)
    yield from (("red", f"kept     {problem}") for problem in proof.problems)
    unsure = "has no caller's key, and its number ends alike; look at it"
    yield from (("yellow", f"unsure   {name} {unsure}") for name in proof.perhaps)
    if proof.caller:
        if proof.is_complete and not proof.deleted:
            known = " that is known to be this caller's" if proof.perhaps else " of this caller"
            yield "yellow" if proof.perhaps else "green", f"Nothing{known} is left."
        yield "", f"caller   {proof.caller} (SHA-256 of the caller's key)"
        yield "", f"entry    {proof.entry} in audit.jsonl"
