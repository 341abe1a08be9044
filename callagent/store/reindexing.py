"""Makes the call records anew from the calls' folders: where the database is gone, or never was."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from callagent.errors import CallagentError
from callagent.store.calls import CallStore
from callagent.store.record import CallRecord

BATCH: Final = 200
"""Calls of one transaction."""

Read: TypeAlias = Callable[[Path], CallRecord]
"""Makes the record of a folder. Raises CallagentError, OSError or ValueError for one that is broken."""


@dataclass(slots=True)
class Reindexed:
    """What came of it."""

    stored: int = 0
    broken: list[str] = field(default_factory=list)
    """A line for each folder that was skipped."""


async def reindex(
    folders: Sequence[Path], store: CallStore, on_progress: Callable[[int, int], None], read: Read
) -> Reindexed:
    """Store the records of the calls in these folders; doing it again changes nothing.

    Notes and scores that are in the database stay, and so do records whose folder is elsewhere by now; words and notes
    that may not be there are taken out of all records first. `on_progress` hears how many folders of how many are done.
    Raises StoreError.
    """
    await store.withhold()
    result = Reindexed()
    for begin in range(0, len(folders), BATCH):
        found = await asyncio.to_thread(_read_all, folders[begin : begin + BATCH], read, result)
        await store.put(found)
        result.stored += len(found)
        on_progress(min(begin + BATCH, len(folders)), len(folders))
    return result


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
