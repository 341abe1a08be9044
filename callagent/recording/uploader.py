"""Uploads the folder of each call to the bucket, after the call and beside all others.

What is to be done is known from the disk, so neither a bucket that is down nor the end of the process loses anything.
One thread does it, a folder at a time: a bucket that is slow or hangs holds up nothing else.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event as Signal
from typing import Final

import structlog

from callagent.clock import Clock
from callagent.errors import BucketError
from callagent.recording.buckets import Bucket
from callagent.recording.copying import is_due, is_uploaded, let_go, upload
from callagent.recording.folder import EVENTS, SUMMARY, calls_in
from callagent.recording.leaving import in_thread

log = structlog.get_logger("callagent.recording")

MOST_WAITING: Final = 10_000
"""Folders that are remembered; for more the disk is asked."""
IN_A_ROW: Final = 2
"""Folders that fail one after the other before the bucket is left alone for a while; of one it may be the fault."""
BREATH: Final = 10
"""Folders that are looked at, in 2 ms, between two breaths: the calls' thread has the interpreter meanwhile."""
BREATH_S: Final = 0.008


@dataclass(frozen=True, slots=True)
class Patience:
    """In seconds."""

    pause_s: float = 15.0
    """After the first round that failed; twice as long after each one that follows."""
    longest_pause_s: float = 900.0
    look_s: float = 1.0
    """Until a folder is looked at again whose call is just about over."""
    looks: int = 60
    """How often; after that it is the next sweep's."""
    sweep_s: float = 3600.0
    """Between two looks at all folders."""
    goodbye_s: float = 5.0
    """At the end of the process, for what is not yet uploaded; the rest is for the next one."""


class Uploader:
    """For all calls of a process; several processes may share the folder of the recordings."""

    def __init__(
        self,
        bucket: Bucket,
        recordings: Path,
        clock: Clock,
        local_days: float | None = None,
        patience: Patience | None = None,
    ) -> None:
        """`local_days` after the bucket has a folder it is deleted here, by the next sweep; None: never."""
        self._bucket = bucket
        self._recordings = recordings
        self._clock = clock
        self._local_days = local_days
        self._patience = patience or Patience()
        self._waiting: dict[Path, int] = {}
        """Folders, those first that came first, by how often they were looked at in vain."""
        self._sweep_at_s = clock.now_s()
        self._is_down = False
        self._news = asyncio.Event()
        self._done = asyncio.Event()
        """Nothing waits."""
        self._ending = Signal()

    def take(self, folder: Path) -> None:
        """Have a call's folder uploaded as soon as its summary is there; never waits and never fails.

        To be called from the event loop's thread, once the recorder was told to finish.
        """
        if len(self._waiting) < MOST_WAITING:
            self._waiting[folder] = 0
        else:
            self._sweep_at_s = self._clock.now_s()
        self._done.clear()
        self._news.set()

    @property
    def waiting(self) -> int:
        """Folders that are still to be uploaded, as far as is known."""
        return len(self._waiting)

    @property
    def is_down(self) -> bool:
        """Whether the bucket took nothing when it was last tried."""
        return self._is_down

    async def uploaded(self) -> None:
        """Wait until nothing waits to be uploaded."""
        await self._done.wait()

    async def aclose(self) -> None:
        """Wait a few seconds more, while `run` goes on; what is left is uploaded by the next process."""
        with suppress(TimeoutError):
            async with asyncio.timeout(0 if self._is_down else self._patience.goodbye_s):
                await self._done.wait()
        self._ending.set()

    async def run(self) -> None:
        """Upload what was left over and what comes, until it is cancelled; it can be begun anew at any time."""
        patience = self._patience
        pause_s = patience.pause_s
        self._done.clear()
        self._sweep_at_s = self._clock.now_s()
        with suppress(BucketError):  # it is told with the first folder
            await in_thread(self._bucket.warm_up)
        while True:
            self._news.clear()
            if not await self._round():
                # Whatever comes meanwhile waits as well.
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, patience.longest_pause_s)
                continue
            pause_s = patience.pause_s
            if not self._waiting:
                self._done.set()
            with suppress(TimeoutError):
                until_sweep_s = max(0.0, self._sweep_at_s - self._clock.now_s())
                async with asyncio.timeout(min(until_sweep_s, patience.look_s) if self._waiting else until_sweep_s):
                    await self._news.wait()

    async def _round(self) -> bool:
        """Whether none is left that waits for the bucket; it is told when that changes."""
        try:
            failure = await self._sweep() if self._clock.now_s() >= self._sweep_at_s else None
            failure = await self._upload_waiting() or failure
        except Exception as unforeseen:  # noqa: BLE001  # nobody else would upload what comes later
            failure = unforeseen
        if failure is not None and not self._is_down:
            what = str(failure) if isinstance(failure, BucketError) else type(failure).__name__
            log.error("recordings are not uploaded, but kept here", waiting=len(self._waiting), error=what)
        elif failure is None and self._is_down:
            log.info("recordings are uploaded again", waiting=len(self._waiting))
        self._is_down = failure is not None
        return failure is None

    async def _upload_waiting(self) -> Exception | None:
        """The last failure, if a folder is left because of it; those that fail are put behind the others."""
        failure: Exception | None = None
        in_a_row = 0
        for folder in list(self._waiting):
            looks = self._waiting.pop(folder)
            try:
                is_there = await in_thread(partial(upload, self._bucket, folder, self._clock.wall(), self._goes_on))
            except (BucketError, OSError) as error:
                self._waiting[folder] = looks
                failure, in_a_row = error, in_a_row + 1
                if in_a_row == IN_A_ROW:
                    break
            except asyncio.CancelledError:
                self._waiting[folder] = looks
                raise
            else:
                in_a_row = 0
                if not is_there and looks < self._patience.looks and folder.is_dir():
                    self._waiting[folder] = looks + 1
        return failure

    async def _sweep(self) -> Exception | None:
        """Look at all folders: what is still to be uploaded, and what may be let go here; the last failure."""
        missing, due = await in_thread(self._look)
        for folder in missing:
            self._waiting.setdefault(folder, self._patience.looks)
        failure: Exception | None = None
        in_a_row = 0
        for folder in due:
            try:
                await in_thread(partial(let_go, self._bucket, folder))
            except (BucketError, OSError) as error:
                failure, in_a_row = error, in_a_row + 1
                if in_a_row == IN_A_ROW:
                    break
            else:
                in_a_row = 0
        is_all = failure is None and len(missing) < MOST_WAITING
        self._sweep_at_s = self._clock.now_s() + (self._patience.sweep_s if is_all else 0.0)
        return failure

    def _look(self) -> tuple[list[Path], list[Path]]:
        """Folders that are not uploaded, as many as may wait, and those that have been for long enough."""
        missing: list[Path] = []
        due: list[Path] = []
        url, now = self._bucket.url, self._clock.wall()
        for number, folder in enumerate(calls_in(self._recordings, EVENTS, SUMMARY)):
            if number % BREATH == 0:
                time.sleep(BREATH_S)
            with suppress(FileNotFoundError):  # somebody deleted it just now
                if not is_uploaded(folder, url):
                    missing.append(folder)
                elif self._local_days is not None and is_due(folder, url, now, self._local_days):
                    due.append(folder)
            if len(missing) == MOST_WAITING:
                break
        return missing, due

    def _goes_on(self) -> bool:
        return not self._ending.is_set()
