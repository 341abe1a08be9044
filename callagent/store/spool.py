"""Records of calls on their way into the database, which may be slow, down or full: no call waits for it.

Each record is a file in a folder until it is stored, so that neither a database that is down nor the end of the process
loses any. Storing one twice is the same as once, so whatever is left over is simply stored again.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

import structlog

from callagent.alone import alone
from callagent.errors import RecordingError, StoreError
from callagent.store.record import CallRecord, record_from_json

log = structlog.get_logger("callagent.store")

REFUSED: Final = ".refused"
"""Ending of what the database would not take, and of what is no record: it is kept for a person to look at."""
BATCH: Final = 100
"""Records of one transaction."""
OFTEN: Final = 4
"""Rounds in which a record was refused while others were stored: then it alone is the trouble."""
IN_A_ROW: Final = 3
"""Records that fail one after another: then it is the database."""


@dataclass(frozen=True, slots=True)
class Patience:
    """In seconds, but for the room."""

    pause_s: float = 1.0
    """After the first round that failed; twice as long after each one that follows."""
    longest_pause_s: float = 60.0
    goodbye_s: float = 5.0
    """At the end of the process, for what is not yet stored; the rest is for the next one."""
    room_bytes: int = 32 * 1024 * 1024
    """Of records in memory that could not be written to disk; what comes then is dropped."""


class Store(Protocol):
    """What is wanted of `calls.CallStore`; everything may raise StoreError."""

    async def open(self) -> None:
        """Make the tables."""
        ...

    async def put(self, calls: Iterable[CallRecord]) -> None:
        """Store all of them or none; those that are there are replaced."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


class Files(Protocol):
    """How records lie on the disk: plain, or encrypted."""

    def write(self, path: Path, data: bytes) -> None:
        """Put a file there at once, in place of what is there. Raises OSError."""
        ...

    def read(self, path: Path) -> bytes:
        """All of a file. Raises OSError, and RecordingError where its key is missing or it is not what was written."""
        ...


class CallStoreWriter:
    """For all calls of a process; `folder` is where records wait. Use it from the event loop's thread."""

    def __init__(self, store: Store, folder: Path, files: Files, patience: Patience | None = None) -> None:
        self._store = store
        self._folder = folder
        self._files = files
        self._patience = patience or Patience()
        self._thread = ThreadPoolExecutor(1, "call records")
        self._unwritten: dict[str, CallRecord] = {}
        """By name: what is not on disk (yet)."""
        self._bytes = 0
        """Of these."""
        self._writing = 0
        """Of these, how many the thread has still to do."""
        self._news = asyncio.Event()
        self._done = asyncio.Event()
        """Nothing waits."""
        self._opened = False
        self._is_down = False
        self._disk_told = self._drop_told = False
        self._failed: Counter[str] = Counter()
        """By name, rounds in which it was tried by itself and not stored: it goes behind the others."""
        self._refused: Counter[str] = Counter()
        """By name, those of these rounds in which others were stored."""
        self._unreadable: set[str] = set()
        """Names of those of which was told that they cannot be read."""

    def take(self, record: CallRecord) -> None:
        """Have a record stored; never waits, never raises."""
        try:
            size = _size(record)
            if self._bytes + size > self._patience.room_bytes:
                if not self._drop_told:
                    what = "call records are dropped, `callagent calls list --reindex` makes them anew"
                    log.error(what, waiting=len(self._unwritten))
                self._drop_told = True
                return
            self._done.clear()
            self._write(quote(record.id, safe=""), record)
        except Exception as error:  # noqa: BLE001  # a call must end well, whatever becomes of its record
            log.error("a call record is lost", error=type(error).__name__)

    def _write(self, name: str, record: CallRecord) -> None:
        loop = asyncio.get_running_loop()

        def tell(written: Future[None]) -> None:
            loop.call_soon_threadsafe(self._written, name, record, written.exception())

        written = self._thread.submit(_write, self._files, self._folder, name, record)
        if name not in self._unwritten:
            self._bytes += _size(record)
        self._unwritten[name] = record
        self._writing += 1
        written.add_done_callback(tell)

    def _write_again(self) -> None:
        """Try the disk once more, while the database is down as well."""
        if not self._writing:
            for name, record in self._unwritten.items():
                self._write(name, record)

    def _written(self, name: str, record: CallRecord, error: BaseException | None) -> None:
        self._writing -= 1
        if error is None:
            self._forget(name, record)
            self._disk_told = self._drop_told = False
        elif not self._disk_told:
            self._disk_told = True
            reason = error.strerror if isinstance(error, OSError) else type(error).__name__
            log.error("call records cannot be kept on disk", folder=str(self._folder), error=reason)
        self._news.set()

    def _forget(self, name: str, record: CallRecord) -> None:
        """It is no longer in memory only."""
        if self._unwritten.get(name) is record:
            del self._unwritten[name]
            self._bytes = self._bytes - _size(record) if self._unwritten else 0

    @property
    def waiting(self) -> int:
        """Records that are in memory only; those on disk are not counted."""
        return len(self._unwritten)

    @property
    def is_down(self) -> bool:
        """Whether the database took nothing when it was last tried."""
        return self._is_down

    async def stored(self) -> None:
        """Wait until nothing waits for the database."""
        await self._done.wait()

    async def aclose(self) -> None:
        """Wait until all is on disk, and a little more, while `run` goes on; the next process stores what is left."""
        await asyncio.to_thread(self._thread.shutdown)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience.goodbye_s):
                await self._done.wait()

    async def run(self) -> None:
        """Store what was left over and what comes, until it is cancelled; it can be begun anew at any time."""
        pause_s = self._patience.pause_s
        try:
            while True:
                self._news.clear()
                if await self._round():
                    pause_s = self._patience.pause_s
                    if not self._writing and not self._news.is_set():
                        self._done.set()
                    await self._news.wait()
                else:
                    await asyncio.sleep(pause_s)
                    self._write_again()
                    pause_s = min(2 * pause_s, self._patience.longest_pause_s)
        finally:
            with suppress(StoreError):
                await self._store.aclose()

    async def _round(self) -> bool:
        """Whether nothing is left that another try may help; whatever goes wrong, it must not end it all."""
        with alone(self._folder) as is_alone:  # what another worker of the server deletes, this one would store again
            if not is_alone:
                return False
            try:
                if not self._opened:
                    await self._store.open()
                    self._opened = True
                return await self._store_all()
            except StoreError as error:
                self._tell_down(str(error))
            except Exception as error:  # noqa: BLE001  # nobody else would store what comes later
                self._tell_down(type(error).__name__)
            return False

    def _tell_down(self, error: str) -> None:
        if not self._is_down:
            log.error("call records are not stored; they are kept until they are", error=error)
        self._is_down = True

    def _tell_up(self, stored: int) -> None:
        if self._is_down:
            log.info("call records are stored again", stored=stored)
        self._is_down = False

    def _tell_unreadable(self, errors: Mapping[str, str]) -> None:
        """They stay for a process that has their keys; `errors` by name."""
        for name in errors.keys() - self._unreadable:
            log.error("a call record cannot be read; it waits until it can", error=errors[name])
        self._unreadable |= errors.keys()

    async def _store_all(self) -> bool:
        """Batch by batch. Raises StoreError where the database takes nothing."""
        done, left = 0, 0
        names = await asyncio.to_thread(_waiting, self._folder)
        for batch in _batches(sorted(names, key=self._failed.__getitem__)):
            calls, unreadable = await asyncio.to_thread(_read, self._files, self._folder, batch)
            self._tell_unreadable(unreadable)
            stored = await self._store_batch(calls)
            await asyncio.to_thread(_remove, self._folder, stored)
            done, left = done + len(stored), left + len(calls) - len(stored)
        # What could not be written is stored all the same; what the thread has yet to write will be found on disk.
        if self._unwritten and not self._writing:
            for name, record in list(self._unwritten.items()):
                await self._store.put([record])
                self._forget(name, record)
                done += 1
        if done:
            self._tell_up(done)
        return not left

    async def _store_batch(self, calls: dict[str, CallRecord]) -> list[str]:
        """The names of those that were stored. Raises StoreError where none of them could be."""
        try:
            await self._store.put(calls.values())
        except StoreError as error:
            return await self._store_singly(calls, error)
        self._forget_failures(calls)
        return list(calls)

    async def _store_singly(self, calls: dict[str, CallRecord], first: StoreError) -> list[str]:
        """One of them may be the trouble: the others go past it."""
        stored: list[str] = []
        failed: list[str] = []
        in_a_row = 0
        for name, record in calls.items():
            try:
                await self._store.put([record])
            except StoreError:
                failed.append(name)
                in_a_row += 1
                if in_a_row == IN_A_ROW and not stored:
                    break
            else:
                stored.append(name)
                in_a_row = 0
        self._failed.update(failed)
        if not stored and not self._refused.keys() >= set(failed):
            raise first
        self._forget_failures(stored)
        self._refused.update(failed if stored else ())
        hopeless = [name for name in failed if self._refused[name] >= OFTEN]
        self._forget_failures(hopeless)
        for name in hopeless:
            await asyncio.to_thread(_set_aside, self._folder, name, "the database does not take it")
        return stored

    def _forget_failures(self, names: Iterable[str]) -> None:
        for name in names:
            self._failed.pop(name, None)
            self._refused.pop(name, None)


def _size(record: CallRecord) -> int:
    """About what it takes in memory."""
    return 2000 + 2 * len(record.words)


def _write(files: Files, folder: Path, name: str, record: CallRecord) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A lone half of a character, which no file takes, is written as ASCII like all else.
    files.write(folder / f"{name}.json", json.dumps(record.as_json()).encode("ascii"))


def _waiting(folder: Path) -> list[str]:
    """Oldest first: a call's name begins with its moment."""
    return sorted(file.name.removesuffix(".json") for file in folder.glob("*.json")) if folder.is_dir() else []


def _batches(names: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _read(files: Files, folder: Path, names: Iterable[str]) -> tuple[dict[str, CallRecord], dict[str, str]]:
    """By name, the records, and why others cannot be read; what is no record is set aside."""
    records, unreadable = {}, {}
    for name in names:
        try:
            records[name] = record_from_json(json.loads(files.read(folder / f"{name}.json")))
        except FileNotFoundError:
            continue
        except (RecordingError, OSError) as error:
            unreadable[name] = str(error)
        except (ValueError, TypeError, AttributeError):
            _set_aside(folder, name, "it is no record")
    return records, unreadable


def _remove(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        (folder / f"{name}.json").unlink(missing_ok=True)


def _set_aside(folder: Path, name: str, reason: str) -> None:
    log.error("a call record is not stored", reason=reason, kept=f"{name}{REFUSED}")
    with suppress(OSError):
        (folder / f"{name}.json").replace(folder / f"{name}{REFUSED}")
