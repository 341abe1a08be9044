"""Makes the call records anew from the calls' folders: where the database is gone, or never was."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from callagent.errors import CallagentError
from callagent.store.calls import CallStore
from callagent.store.record import CallRecord

BATCH: Final = 200
"""Calls of one transaction."""
PARTS: Final = ("summary.json", "events.jsonl", "call.wav")
"""What calls leave; a folder may be there for something else, such as the examples."""

Read: TypeAlias = Callable[[Path], CallRecord]
"""Makes the record of a folder. Raises CallagentError, OSError or ValueError for one that is broken."""


@dataclass(slots=True)
class Reindexed:
    """What came of it."""

    stored: int = 0
    broken: list[str] = field(default_factory=list)
    """A line for each folder that was skipped."""


async def reindex(recordings: Path, store: CallStore, on_progress: Callable[[int, int], None], read: Read) -> Reindexed:
    """Store the records of all folders below `recordings`; doing it again changes nothing.

    Notes and scores that are in the database stay, and so do records whose folder is elsewhere by now; words and notes
    that may not be there are taken out of all records first. `on_progress` hears how many folders of how many are done.
    Raises StoreError.
    """
    await store.withhold()
    folders = call_folders(recordings)
    result = Reindexed()
    for begin in range(0, len(folders), BATCH):
        found = await asyncio.to_thread(_read_all, folders[begin : begin + BATCH], read, result)
        await store.put(found)
        result.stored += len(found)
        on_progress(min(begin + BATCH, len(folders)), len(folders))
    return result


def call_folders(recordings: Path) -> list[Path]:
    """The folders of calls, in the order of their names: those in which something of one is."""
    if not recordings.is_dir():
        return []
    return sorted(path for path in recordings.iterdir() if _has_parts(path))


def _has_parts(folder: Path) -> bool:
    """Also where this user may not look: reading it tells of that."""
    try:
        return any((folder / part).exists() for part in PARTS)
    except PermissionError:
        return True


def _read_all(folders: Iterable[Path], read: Read, result: Reindexed) -> list[CallRecord]:
    """Of those that are whole."""
    found = []
    for folder in folders:
        try:
            found.append(read(folder))
        except FileNotFoundError as error:
            result.broken.append(f"{folder.name}: there is no {Path(error.filename or 'file').name}")
        except OSError as error:
            result.broken.append(f"{folder.name}: {error.strerror or type(error).__name__}")
        except (CallagentError, ValueError) as error:
            result.broken.append(f"{folder.name}: {' '.join(str(error).split())}")
    return found
