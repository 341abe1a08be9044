"""What is kept of calls besides their folders, in the database and in the bucket: it goes with them, and in its time.

The bucket goes before the records: by them its calls are found.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol, get_args
from urllib.parse import unquote

from callagent.errors import RecordingError
from callagent.recording.at_rest.files import PLAIN, read_whole
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.buckets import Bucket
from callagent.recording.changes import PARTIAL, cannot, erase
from callagent.recording.copying import fetch
from callagent.recording.folder import EVENTS, NOTES, SOUND
from callagent.recording.folder_names import UNSTORED
from callagent.recording.forgetting import waiting_of
from callagent.recording.holds import HOLD
from callagent.recording.leaving import in_thread
from callagent.recording.recovery import DAMAGED
from callagent.recording.retention import MESSAGES, Kept, left, purge
from callagent.store.record import Overdue

if TYPE_CHECKING:
    from callagent.store.calls import CallStore

FILES: Final[Mapping[Overdue, tuple[str, ...]]] = {"audio": (SOUND, MESSAGES), "transcript": (DAMAGED, NOTES)}
"""What goes altogether when its time is over."""


class Records(Protocol):
    """What is wanted of an open `store.calls.CallStore`; everything may raise StoreError."""

    async def overdue(self, kept: Overdue, before: datetime, after: str = "") -> list[str]:
        """Some names of calls that are older than they may be."""
        ...

    async def strip(self, names: Collection[str], kept: Literal["audio", "transcript"]) -> None:
        """Take the words out, or note that the sound is gone."""
        ...

    async def delete(self, names: Collection[str]) -> int:
        """Delete records."""
        ...


class RecordedCalls:
    """The records of calls, as `forgetting.Forgets`; `open_store` makes the store, and None where there is none yet."""

    name = "call records"

    def __init__(self, recordings: Path, open_store: "Callable[[], CallStore | None]", keys: KeyRing = PLAIN) -> None:
        """`keys` decrypt records that wait to be stored."""
        self._recordings = recordings
        self._open_store = open_store
        self._keys = keys
        self.bound: set[str] = set()
        """Calls whose records stay, for what is in the bucket of them is not deleted."""

    async def forget(self, caller_key: str) -> int:
        """Delete the records of a caller's calls whose folders are gone, and what waits to be sent or stored of them.

        Raises StoreError, and RecordingError for records that cannot be read, after all others.
        """
        stored, waiting, problems = await self._far(caller_key)
        names = {*stored, *waiting} - self.bound
        try:
            for name in names:
                for path in waiting_of(self._recordings, name):
                    erase(path)
        except OSError as error:
            raise cannot(self._recordings, "cleared of what waits", error) from None
        deleted = await self._delete(sorted(names))
        if problems:
            raise RecordingError(f"{deleted} deleted. {' '.join(problems)}")
        return deleted

    async def delete(self, call: str) -> int:
        """Delete the record of a call. Raises StoreError."""
        return await self._delete([call] if call not in self.bound else [])

    async def has(self, call: str) -> bool:
        """Whether there is a record of a call. Raises StoreError."""
        async with self._store() as store:
            return store is not None and await store.get(call) is not None

    async def far_names(self, caller_key: str) -> list[str]:
        """The names of a caller's calls whose folders are not here. Raises StoreError."""
        stored, waiting, _ = await self._far(caller_key)
        return list(dict.fromkeys((*stored, *waiting)))

    async def _far(self, caller_key: str) -> tuple[list[str], list[str], list[str]]:
        """Of calls whose folders are not here: names that are stored, that wait, and why others cannot be read."""
        async with self._store() as store:
            stored = await store.names_of(caller_key) if store else []
        waiting, unreadable = await asyncio.to_thread(_waiting_of_caller, self._recordings, caller_key, self._keys)
        stored, waiting = ([name for name in names if self._is_far(name)] for names in (stored, waiting))
        return stored, waiting, [told for name, told in unreadable.items() if self._is_far(name) and name not in stored]

    def _is_far(self, name: str) -> bool:
        return not (self._recordings / name).exists()

    async def _delete(self, names: list[str]) -> int:
        async with self._store() as store:
            return await store.delete(names) if store and names else 0

    @asynccontextmanager
    async def _store(self) -> "AsyncIterator[CallStore | None]":
        store = self._open_store()
        try:
            if store:
                await store.open()
            yield store
        finally:
            if store:
                await store.aclose()


class BucketCalls:
    """The files of calls in the bucket, as `forgetting.Forgets`; whose they are, their records tell."""

    name = "files in the bucket"

    def __init__(self, recordings: Path, bucket: Bucket, records: RecordedCalls) -> None:
        self._recordings = recordings
        self._bucket = bucket
        self._records = records

    async def forget(self, caller_key: str) -> int:
        """Delete what is there of a caller's calls whose folders are gone here.

        Raises StoreError, and RecordingError for calls that are held or cannot be deleted, after all others.
        """
        deleted, problems = 0, []
        for name in await self._records.far_names(caller_key):
            try:
                deleted += await self.delete(name)
            except RecordingError as error:
                problems.append(str(error))
        if problems:
            raise RecordingError(f"{deleted} deleted. {' '.join(problems)}")
        return deleted

    async def delete(self, call: str) -> int:
        """Delete a call there. Raises RecordingError, also for one that is held there and not here any more."""
        return await asyncio.to_thread(self._delete, call)

    async def has(self, call: str) -> bool:
        """Whether something of a call is there. Raises BucketError."""
        return bool(await asyncio.to_thread(self._bucket.stored, call))

    def _delete(self, call: str) -> int:
        self._records.bound.add(call)
        if not (self._recordings / call).exists() and HOLD in self._bucket.stored(call):
            raise RecordingError(f"{call} is held, in the bucket, and stays.")
        deleted = self._bucket.delete(call)
        self._records.bound.discard(call)
        return deleted


def _waiting_of_caller(recordings: Path, caller_key: str, keys: KeyRing) -> tuple[list[str], dict[str, str]]:
    """The names of a caller's calls whose records wait to be stored, and by name why others cannot be read."""
    found, unreadable, unstored = [], {}, recordings / UNSTORED
    for path in sorted(unstored.iterdir()) if unstored.is_dir() else ():
        try:
            record = json.loads(read_whole(path, keys))
        except (FileNotFoundError, ValueError):
            continue
        except (RecordingError, OSError) as error:
            if path.suffix != PARTIAL:
                why = f"{path}: cannot be read ({error.strerror})." if isinstance(error, OSError) else str(error)
                told = f"{why} It may be the caller's; if nobody can ever read it, delete the file."
                unreadable[unquote(path.stem)] = told
        else:
            if isinstance(record, dict) and "id" in record and record.get("caller_key") == caller_key:
                found.append(str(record["id"]))
    return found, unreadable


@dataclass(frozen=True, slots=True)
class FarRetention:
    """Lets go of what is over in the database and in the bucket, where the folders are purged or gone.

    What is still to be done is known from the records: what the bucket or the database did not do, the next run does.
    """

    recordings: Path
    days: Mapping[Kept, float]
    store: Records
    bucket: Bucket | None
    by: str
    """Whom the audit log has for it."""
    keys: KeyRing = PLAIN

    async def purge(self, now: datetime) -> None:
        """Do what is to be done by now. Raises StoreError, RecordingError and OSError."""
        if self.bucket and await self._fetch_words(self.bucket, now):
            await in_thread(partial(purge, self.recordings, self.days, now, by=self.by, keys=self.keys))
        for kept in get_args(Overdue):
            async for names in self._overdue(kept, now):
                done = [name for name in names if await in_thread(partial(self._let_go, name, kept))]
                if kept == "summary":
                    await self.store.delete(done)
                elif done:
                    await self.store.strip(done, kept)

    async def _overdue(self, kept: Overdue, now: datetime) -> AsyncIterator[list[str]]:
        """Names of calls, some hundred at a time."""
        if kept not in self.days:
            return
        before, last = now - timedelta(days=self.days[kept]), ""
        while names := await self.store.overdue(kept, before, last):
            yield names
            last = names[-1]

    async def _fetch_words(self, bucket: Bucket, now: datetime) -> int:
        """Have the events here that are in the bucket only, for their words are taken out here; of how many calls."""
        fetched = 0
        async for names in self._overdue("transcript", now):
            for name in names:
                if not (self.recordings / name).exists():
                    there = await in_thread(partial(bucket.stored, name))
                    if EVENTS in there and HOLD not in there:
                        await in_thread(partial(fetch, bucket, name, self.recordings, now))
                        fetched += 1
        return fetched

    def _let_go(self, name: str, kept: Overdue) -> bool:
        """Delete in the bucket what of a call is over; whether nothing of it is left there or here."""
        folder = self.recordings / name
        is_here = folder.exists()
        if is_here and _is_left(folder, kept, self.keys):
            return False  # it is held, goes on, or could not be purged
        if self.bucket is None:
            return True
        there = self.bucket.stored(name)
        if not is_here and (HOLD in there or (kept == "transcript" and EVENTS in there)):
            return False
        if kept == "summary":
            if there:
                self.bucket.delete(name)
            return True
        for file in there:
            if any(fnmatch(file, pattern) for pattern in FILES[kept]):
                self.bucket.delete(name, file)
        return True


def _is_left(folder: Path, kept: Overdue, keys: KeyRing) -> bool:
    """Whether something of that is in a folder, or nobody knows."""
    try:
        return any(left(folder, (kept,), keys))
    except RecordingError:
        return True


def unhold_in_bucket(bucket: Bucket, name: str) -> None:
    """Have a released call not held there either. Raises BucketError."""
    if HOLD in bucket.stored(name):
        bucket.delete(name, HOLD)
