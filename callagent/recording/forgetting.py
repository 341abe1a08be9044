"""Deleting a call, or all calls of one caller, wherever something of them is; with a proof that names no number."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from glob import escape
from os import fsencode
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

from callagent.errors import CallagentError, RecordingError
from callagent.recording.at_rest.files import PLAIN
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.audit import audited
from callagent.recording.changes import cannot, erase, erase_folder, set_dying
from callagent.recording.folder import EVENTS, CallFolder, calls_in
from callagent.recording.folder_names import UNDELIVERED, UNSTORED
from callagent.recording.holds import why_held
from callagent.recording.ownership import owned
from callagent.recording.retention import finish_deleting, silence

WAITING: Final = (UNDELIVERED, UNSTORED)
"""Folders below the recordings in which files of calls wait to be sent or stored, by the calls' names."""


class Forgets(Protocol):
    """Anything besides the folders that keeps something of calls or callers. Methods may raise CallagentError."""

    @property
    def name(self) -> str:
        """What people call it, such as "call records"."""
        ...

    async def forget(self, caller_key: str) -> int:
        """Delete all that is kept of a caller; how much there was, as far as that is known."""
        ...

    async def delete(self, call: str) -> int:
        """Delete all that is kept of a call, by its name; how much there was."""
        ...


@dataclass(slots=True)
class Proof:
    """What was deleted, by whom it was asked for, and what is left."""

    caller: str = ""
    """SHA-256 of the caller's key; empty for a single call. It cannot be turned back into the number."""
    deleted: list[str] = field(default_factory=list)
    """Names of calls."""
    held: list[str] = field(default_factory=list)
    """Calls that stay because they are held, with why."""
    live: list[str] = field(default_factory=list)
    """Calls that go on, or that somebody works on: they can be deleted afterwards."""
    elsewhere: dict[str, int] = field(default_factory=dict)
    """By place: how much was deleted there."""
    waiting: int = 0
    """Files that waited to be sent or stored."""
    problems: list[str] = field(default_factory=list)
    perhaps: list[str] = field(default_factory=list)
    """Calls without a caller's key whose masked number ends alike: somebody has to look."""
    entry: str = ""
    """Hash of the audit log's line about it."""

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left that could be found."""
        return not (self.held or self.live or self.problems)


async def delete(call: CallFolder, stores: Sequence[Forgets] = (), by: str = "") -> Proof:
    """Delete one call everywhere. Raises RecordingError when it is held, goes on, or cannot be deleted."""
    proof = Proof()
    await _delete_everywhere(call.path, proof, stores, by, call.keys)
    if proof.held:
        raise RecordingError(
            f"{proof.held[0]} and stays. `callagent calls hold {call.name} --release --reason TEXT` lets it go."
        )
    if proof.live:
        raise RecordingError(f"{call.name}: goes on, or another command works on it. Try again when that is over.")
    return proof


async def delete_far(recordings: Path, name: str, stores: Sequence[Forgets], by: str = "") -> Proof:
    """Delete a call everywhere whose folder is not here. Raises RecordingError."""
    proof = Proof()
    try:
        proof.waiting = sum(erase(path) for path in waiting_of(recordings, name))
    except OSError as error:
        raise cannot(recordings / name, "deleted", error) from None
    for store in stores:
        await _ask(proof, store, "", name)
    if not proof.problems:
        audited(recordings, "deleted", name, by, elsewhere=proof.elsewhere)
        proof.deleted.append(name)
    return proof


async def forget(
    recordings: Path,
    keys: Sequence[str],
    stores: Sequence[Forgets] = (),
    by: str = "",
    ends: str = "",
    ring: KeyRing = PLAIN,
) -> Proof:
    """Delete all calls of the caller with any of these keys, and what else is kept of them. Raises RecordingError.

    `ends` are the last digits of the number, for calls of before callers had keys; `ring` decrypts. Run again, it
    shows what is left.
    """
    if not keys:
        raise RecordingError("A withheld number is nobody's: nothing can be found by it. Delete calls by their names.")
    proof = Proof(hashlib.sha256(keys[0].encode()).hexdigest())
    try:
        finish_deleting(recordings, by)
        for folder in list(calls_in(recordings)):
            if _is_theirs(folder, keys, proof, ends, ring):
                try:
                    await _delete_everywhere(folder, proof, stores, by, ring)
                except RecordingError as error:
                    proof.problems.append(str(error))
    except OSError as error:
        raise cannot(recordings, "searched", error) from None
    for store in stores:
        for key in keys:
            await _ask(proof, store, key, None)
    proof.entry = audited(
        recordings,
        "forgot",
        "",
        by,
        caller=proof.caller,
        calls=proof.deleted,
        held=[told.split(" ")[0] for told in proof.held],
        live=proof.live,
        elsewhere=proof.elsewhere,
        complete=proof.is_complete,
    )
    return proof


def _is_theirs(folder: Path, keys: Sequence[str], proof: Proof, ends: str, ring: KeyRing) -> bool:
    try:
        started = CallFolder(folder, ring).started() if (folder / EVENTS).exists() else None
    except RecordingError as error:
        proof.problems.append(str(error))
        return False
    except OSError as error:  # such as the folder of another user
        proof.problems.append(str(cannot(folder, "searched", error)))
        return False
    if started is None:
        return False
    if not started.caller_key and ends and started.caller.endswith(ends):
        proof.perhaps.append(folder.name)
    return started.caller_key in keys


async def _delete_everywhere(folder: Path, proof: Proof, stores: Iterable[Forgets], by: str, ring: KeyRing) -> None:
    """The folder last: as long as it is there, whoever is killed in between finds the call again."""
    with owned(folder) as free:
        if reason := why_held(folder, ring):
            proof.held.append(reason)
            return
        if not free:
            proof.live.append(folder.name)
            return
        recordings = folder.parent
        try:
            proof.waiting += sum(erase(path) for path in waiting_of(recordings, folder.name))
            for store in stores:
                await _ask(proof, store, "", folder.name)
            audited(recordings, "deleted", folder.name, by, partial(silence, folder))
            erase_folder(set_dying(folder))
        except OSError as error:
            raise cannot(folder, "deleted", error) from None
        proof.deleted.append(folder.name)


async def _ask(proof: Proof, store: Forgets, key: str, call: str | None) -> None:
    try:
        count = await (store.forget(key) if call is None else store.delete(call))
    except CallagentError as error:
        proof.problems.append(f"{store.name}: {error}")
    else:
        proof.elsewhere[store.name] = proof.elsewhere.get(store.name, 0) + count


def waiting_of(recordings: Path, call: str) -> list[Path]:
    """What waits of a call to be sent or stored, whatever state it is in."""
    names = {call, quote(fsencode(call), safe="")}
    patterns = [f"{begin}{escape(name)}.*" for name in names for begin in ("", ".")]
    return [path for place in WAITING for pattern in patterns for path in (recordings / place).glob(pattern)]
