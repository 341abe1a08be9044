"""Calls that must not be deleted, whoever asks for it: a legal hold."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from callagent.errors import RecordingError
from callagent.recording.at_rest.files import read_whole
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.audit import audited, user
from callagent.recording.changes import cannot, replace
from callagent.recording.folder import CallFolder

HOLD: Final = "hold.json"


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a call is kept."""

    reason: str
    by: str
    at: str
    """ISO 8601, UTC."""


def hold_of(folder: Path, keys: KeyRing) -> Hold | None:
    """The hold on a call; None for none. One that cannot be read holds all the same."""
    path = folder / HOLD
    try:
        told = json.loads(read_whole(path, keys))
        return Hold(str(told["reason"]), str(told["by"]), str(told["at"]))
    except FileNotFoundError:
        return None
    except (RecordingError, OSError, ValueError, KeyError, TypeError, RecursionError):
        return Hold(f"{HOLD} cannot be read", "", "")


def hold(call: CallFolder, reason: str, by: str = "") -> None:
    """Keep a call until `release`. Raises RecordingError."""
    if not reason.strip():
        raise RecordingError(f"{call.name}: a hold needs a reason, such as the number of the case. Give --reason.")
    made = Hold(reason.strip(), by or user(), datetime.now(UTC).isoformat(timespec="seconds"))
    try:
        told = json.dumps(asdict(made), ensure_ascii=False, indent=2).encode(errors="backslashreplace") + b"\n"
        replace(call.path / HOLD, [told], call.keys)
    except OSError as error:
        raise cannot(call.path / HOLD, "written", error) from None
    audited(call.path.parent, "held", call.name, made.by, reason=made.reason)


def release(call: CallFolder, reason: str, by: str = "") -> None:
    """Let a call go again. Raises RecordingError, also where nothing holds it."""
    if hold_of(call.path, call.keys) is None:
        raise RecordingError(f"{call.name}: is not held, so there is nothing to release.")
    if not reason.strip():
        raise RecordingError(f"{call.name}: a release needs a reason, such as the end of the case. Give --reason.")
    audited(call.path.parent, "released", call.name, by, reason=reason.strip())
    try:
        (call.path / HOLD).unlink()
    except OSError as error:
        raise cannot(call.path / HOLD, "deleted", error) from None


def why_held(folder: Path, keys: KeyRing) -> str:
    """What whoever wants to delete a call is told; empty where it is not held."""
    found = hold_of(folder, keys)
    return f"{folder.name} is held ({found.reason})" if found else ""
