"""`callagent calls delete`: delete one call everywhere."""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from callagent.assembly import make_forgets
from callagent.commands.calls.forget import show
from callagent.commands.exit_status import FAILED, OK
from callagent.elsewhere import BucketCalls, RecordedCalls
from callagent.errors import RecordingError
from callagent.recording.folder import CallFolder, Recordings
from callagent.recording.folder_names import may_be_name
from callagent.recording.forgetting import Forgets, Proof, delete, delete_far
from callagent.recordings import open_recordings
from callagent.settings.loading import load_settings


def run(options: argparse.Namespace) -> int:
    """The command; 1 when something of it is left. Raises CallagentError."""
    settings = load_settings()
    recordings = open_recordings(settings, options.recordings)
    stores = make_forgets(settings, recordings.path)
    proof = asyncio.run(_delete(recordings, options.call, stores, options.by))
    show(proof)
    return OK if proof.is_complete else FAILED


async def _delete(recordings: Recordings, name: str, stores: Sequence[Forgets], by: str) -> Proof:
    try:
        call = _found(recordings, name)
    except RecordingError:
        # Of a call that was let go here, the bucket and the record are left; they want its whole name.
        if not may_be_name(name) or not await _is_known(name, stores):
            raise
        return await delete_far(recordings.path, name, stores, by)
    return await delete(call, stores, by)


def _found(recordings: Recordings, name: str) -> CallFolder:
    """By its whole name: that of a call which is gone already may be a part of another's."""
    call = recordings.find(name)
    if call.name != Path(name).resolve().name:
        raise RecordingError(f"{name!r}: is only a part of {call.name}. To delete that call, write its whole name.")
    return call


async def _is_known(name: str, stores: Sequence[Forgets]) -> bool:
    return any([await store.has(name) for store in stores if isinstance(store, RecordedCalls | BucketCalls)])
