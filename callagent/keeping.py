"""What becomes of a server's calls once they are over; no call waits for any of it.

Summaries go to the shop, records to the database, folders to the bucket; calls of dead processes are finished and then
treated like any other, and what is old is let go.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog

from callagent.alone import alone
from callagent.assembly import make_bucket, make_delivery
from callagent.clock import Clock
from callagent.errors import CallagentError, RecordingError
from callagent.late_store import LateStore
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.changes import WholeFiles
from callagent.recording.folder import SUMMARY, calls_in
from callagent.recording.folder_names import UNSTORED
from callagent.recording.upkeep import BY, HOUR_S, Upkeep
from callagent.recordings import open_recordings
from callagent.settings.settings import Settings
from callagent.store.record import CallRecord, record_of
from callagent.store.spool import CallStoreWriter

if TYPE_CHECKING:
    from callagent.recording.uploader import Uploader

LOOK_S: Final = 0.05
"""Until it is looked again whether the recorder has written the last of a call; twice as long each time."""
LONGEST_LOOK_S: Final = 5.0
LATE_S: Final = 30.0
"""After which a call has a record of its summary alone: the disk is full, or hangs."""
GIVEN_UP_S: Final = 2 * HOUR_S
"""By then the upkeep has finished what could be."""
MOST_UNREAD: Final = 10_000
"""Calls whose folders are still to be read; more have records of their summaries alone, until a server starts."""
GOODBYE_S: Final = 3.0
"""At the end of the process, for folders that are still to be read."""
BREATH_S: Final = 0.008
"""Between two folders of earlier calls: the live calls' thread has the interpreter meanwhile."""
BATCH: Final = 50
"""Folders of earlier calls whose records are stored at a time."""
RETRY_S: Final = 60.0

log = structlog.get_logger("callagent.keeping")

Tasks = Mapping[str, Callable[[], Coroutine[Any, Any, None]]]


@dataclass(slots=True)
class _Unread:
    """A call that is over, and whose record is still to be made from its folder."""

    summary: Mapping[str, Any]
    since_s: float
    was_there: bool = False
    """Whether its folder was seen: one that is gone then was deleted."""
    has_record: bool = False
    """Of its summary alone."""


class Keeping:
    """One per process; several may share the folder of the recordings. Use it from the event loop's thread."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Raises ConfigurationError."""
        self._recordings = settings.recordings
        self._retention = settings.retention
        self._settings = settings
        self._clock = clock
        self._keys = open_recordings(settings).keys
        self._store = LateStore(settings)
        self._delivery = make_delivery(settings)
        self._writer = CallStoreWriter(self._store, settings.recordings / UNSTORED, WholeFiles(self._keys))
        self._uploader = _make_uploader(settings, clock)
        self._upkeep = Upkeep(settings.recordings, settings.retention, clock, self.take, keys=self._keys)
        self._unread: dict[Path, _Unread] = {}
        self._news = asyncio.Event()
        self._read = asyncio.Event()
        """All folders are."""
        self._read.set()

    def take(self, folder: Path, summary: Mapping[str, Any]) -> None:
        """Do with a call what is to be done; never waits and never fails.

        To be called once the recorder was told to finish, for it may still be writing.
        """
        if self._delivery is not None:
            self._delivery.take(folder.name, summary)
        if self._uploader is not None:
            self._uploader.take(folder)
        if len(self._unread) >= MOST_UNREAD:
            self._take_summary(folder, summary)
            return
        self._unread[folder] = _Unread(summary, self._clock.now_s())
        self._read.clear()
        self._news.set()

    def tasks(self) -> Tasks:
        """What is to be done until the server stops, by name; each can be begun anew."""
        tasks: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "upkeep of recordings": self._upkeep.run,
            "call records": self._writer.run,
            "reading of recordings": self._make_records,
            "records of earlier calls": partial(self._again_and_again, self.catch_up, HOUR_S),
        }
        if self._delivery is not None:
            tasks["delivery of summaries"] = self._delivery.run
        if self._uploader is not None:
            tasks["recordings to the bucket"] = self._uploader.run
        if self._retention:
            tasks["retention of records"] = partial(self._again_and_again, self.let_go, HOUR_S)
        return tasks

    async def aclose(self) -> None:
        """Wait a few seconds more, while the tasks go on; what is left is done by the next process."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await self._read.wait()
        for folder, unread in self._unread.items():
            if not unread.has_record:
                self._take_summary(folder, unread.summary)
        others = (part for part in (self._delivery, self._uploader) if part is not None)
        await asyncio.gather(self._writer.aclose(), *(part.aclose() for part in others))

    async def disconnect(self) -> None:
        """Let go of connections, once the tasks have ended."""
        await self._store.aclose()

    def figures(self) -> dict[str, int]:
        """How many calls wait for what, as far as this process knows."""
        waiting = {"record": len(self._unread) + self._writer.waiting}
        return waiting if self._uploader is None else {**waiting, "bucket": self._uploader.waiting}

    def complaints(self) -> list[str]:
        """What a person should look at."""
        told = []
        if self._writer.is_down:
            told.append("The database of calls (CALLAGENT_CALLS_URL) takes no records; they are kept until it does.")
        if self._uploader is not None and self._uploader.is_down:
            told.append("The bucket (CALLAGENT_RECORDINGS_BUCKET) takes no recordings; they are kept until it does.")
        return told

    def _take_summary(self, folder: Path, summary: Mapping[str, Any]) -> None:
        try:
            self._writer.take(record_of(summary, (), name=folder.name))
        except ValueError as error:
            log.error("a call has no record", folder=folder.name, error=str(error))

    async def _make_records(self) -> None:
        """Make the records of calls from their folders, where their words are as they may be kept."""
        pause_s = LOOK_S
        while True:
            self._news.clear()
            read = [await self._read_one(folder, unread) for folder, unread in list(self._unread.items())]
            if not self._unread:
                self._read.set()
            pause_s = LOOK_S if any(read) else min(2 * pause_s, LONGEST_LOOK_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s if self._unread else None):
                    await self._news.wait()

    async def _read_one(self, folder: Path, unread: _Unread) -> bool:
        """Whether nothing is left to be done for this call."""
        waited_s = self._clock.now_s() - unread.since_s
        is_there, record = await asyncio.to_thread(_read_if_over, folder, unread.summary, self._keys)
        if record is not None:
            self._writer.take(record)
        elif unread.was_there and not is_there:
            pass  # somebody deleted it just now
        elif waited_s < GIVEN_UP_S:
            unread.was_there |= is_there
            if waited_s >= LATE_S and not unread.has_record:
                self._take_summary(folder, unread.summary)
                unread.has_record = True
            return False
        if self._unread.get(folder) is unread:
            del self._unread[folder]
        return True

    async def _again_and_again(self, work: Callable[[], Coroutine[Any, Any, None]], pause_s: float) -> None:
        """What goes wrong is tried again sooner; whose fault it is, others have told."""
        while True:
            try:
                await work()
            except (CallagentError, OSError) as error:
                log.warning("calls not looked after", what=work.__name__, error=str(error))
                await asyncio.sleep(RETRY_S)
            else:
                await asyncio.sleep(pause_s)

    async def catch_up(self) -> None:
        """Store the records of calls that have none: their process was killed right after them, or the database is new.

        Raises StoreError and OSError.
        """
        folders = await asyncio.to_thread(lambda: list(calls_in(self._recordings, SUMMARY)))
        missing = await self._store.missing([folder.name for folder in folders if folder not in self._unread])
        for begin in range(0, len(missing), BATCH):
            folders = [self._recordings / name for name in missing[begin : begin + BATCH]]
            await self._store.put(await asyncio.to_thread(_read_all, folders, self._keys))
            if gone := [folder.name for folder in folders if not folder.exists()]:
                await self._store.delete(gone)  # somebody has deleted the call meanwhile

    async def let_go(self) -> None:
        """Let go of what is over in database and bucket. Raises StoreError, RecordingError and OSError."""
        from callagent.elsewhere import FarRetention

        bucket = make_bucket(self._settings)
        far = FarRetention(self._recordings, self._retention, self._store, bucket, BY, self._keys)
        await far.purge(self._clock.wall())


def _make_uploader(settings: Settings, clock: Clock) -> "Uploader | None":
    bucket = make_bucket(settings)
    if bucket is None:
        return None
    from callagent.recording.uploader import Uploader

    return Uploader(bucket, settings.recordings, clock, settings.recordings_local)


def _read_if_over(folder: Path, summary: Mapping[str, Any], keys: KeyRing) -> tuple[bool, CallRecord | None]:
    """Whether the folder is there, and the record of its call, once nobody writes it any more."""
    from callagent.quality.records import record_in

    try:
        with alone(folder) as is_alone:
            is_over = is_alone and (folder / SUMMARY).exists()
            return folder.exists(), record_in(folder, keys) if is_over else None
    except (RecordingError, OSError, ValueError) as error:
        log.error("a call's record has no words, its folder cannot be read", folder=folder.name, error=str(error))
        return True, record_of(summary, (), name=folder.name)


def _read_all(folders: Iterable[Path], keys: KeyRing) -> list[CallRecord]:
    """The records of those that can be read."""
    from callagent.quality.records import record_in

    found = []
    for folder in folders:
        time.sleep(BREATH_S)
        try:
            found.append(record_in(folder, keys))
        except FileNotFoundError:
            continue  # somebody deleted it just now
        except (RecordingError, OSError, ValueError) as error:
            log.error("a call has no record, its folder cannot be read", folder=folder.name, error=str(error))
    return found
