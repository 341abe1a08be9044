"""Posts the summary of each call to an address of the shop's, after the call and beside all others.

What is to be delivered lies in a folder until it was, so that neither an address that is down nor the end of the
process loses any. Each goes out as a POST of the summary as JSON, with an `Idempotency-Key` that is the same whenever
it is tried again: an answer may get lost on its way, and then it comes twice. Any status from 200 to 299 means taken.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
import structlog
from aiohttp_retry import ExponentialRetry, RetryClient

from callagent.alone import alone
from callagent.errors import RecordingError
from callagent.recording.changes import WholeFiles

log = structlog.get_logger("callagent.recording")

MAY_PASS: Final = frozenset({408, 425, 429, *range(500, 600)} - {501, 505})
"""Statuses after which the same request may well be taken: also those of who stands in front of a server."""
SENT_TWICE_MEANS_ONCE: Final = frozenset({"POST"})
"""Methods that are tried again: ours carries a key."""
OFTEN: Final = 4
"""Rounds that may end with the same summary; then it goes behind the others, for it alone may be the trouble."""
REFUSED: Final = ".refused"
"""Ending of what the address said no to for good: it is kept for a person to look at."""


@dataclass(frozen=True, slots=True)
class Patience:
    """In seconds."""

    attempts: int = 3
    """At a time; the waits between them double."""
    first_wait_s: float = 0.5
    answer_s: float = 5.0
    """For one attempt."""
    round_s: float = 20.0
    """For all attempts at a time."""
    pause_s: float = 15.0
    """After the first round that failed; twice as long after each one that follows, unless a call ends meanwhile."""
    longest_pause_s: float = 900.0
    """Also where the address asks for longer in `Retry-After`; what it asks for is kept whoever calls meanwhile."""
    goodbye_s: float = 5.0
    """At the end of the process, for what is not yet delivered; the rest is for the next one."""


class Delivery:
    """For all calls of a process; `folder` is where summaries wait."""

    def __init__(self, url: str, folder: Path, files: WholeFiles, patience: Patience | None = None) -> None:
        self._url = url
        self._folder = folder
        self._files = files
        self._patience = patience or Patience()
        self._news = asyncio.Event()
        self._done = asyncio.Event()
        """Nothing waits."""
        self._failed: Counter[str] = Counter()
        """By file, rounds that ended with it."""
        self._unreadable: set[str] = set()
        """Files of which was told that they cannot be read."""
        self._told_s = 0.0
        """How long the address wants not to be asked, as it said in its last answer."""
        self._keeping: set[asyncio.Task[None]] = set()

    def take(self, name: str, summary: Mapping[str, Any]) -> None:
        """Have a summary delivered; never waits. `name` is the call's, in characters that a file may have."""
        self._done.clear()
        keeping = asyncio.create_task(self._keep(name, json.dumps(summary).encode()), name="summary to deliver")
        self._keeping.add(keeping)
        keeping.add_done_callback(self._keeping.discard)

    async def delivered(self) -> None:
        """Wait until nothing waits for delivery."""
        await self._done.wait()

    async def aclose(self) -> None:
        """Wait a few seconds more, while `run` goes on; what is left is delivered by the next process."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience.goodbye_s):
                await self._done.wait()
        for keeping in self._keeping:
            keeping.cancel()

    async def _keep(self, name: str, body: bytes) -> None:
        """Have it on the disk; a full one is tried again until there is room."""
        told = False
        while True:
            try:
                await asyncio.to_thread(_write, self._files, self._folder, name, body)
            except OSError as error:
                if not told:
                    log.error("a summary cannot be kept for delivery", folder=str(self._folder), error=error.strerror)
                told = True
                await asyncio.sleep(self._patience.pause_s)
            else:
                break
        self._news.set()

    async def run(self) -> None:
        """Deliver what was left over and what comes, until it is cancelled; it can be begun anew at any time."""
        patience = self._patience
        pause_s = patience.pause_s
        while True:
            self._news.clear()
            if await self._round():
                pause_s = patience.pause_s
                if not self._keeping and not self._news.is_set():
                    self._done.set()
                await self._news.wait()
            elif self._told_s:
                # Whatever comes meanwhile waits as well.
                told_s, self._told_s = self._told_s, 0.0
                await asyncio.sleep(told_s)
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause_s):
                        await self._news.wait()
                pause_s = min(2 * pause_s, patience.longest_pause_s)

    async def _round(self) -> bool:
        """As `_deliver_all`, which must not end it all, whatever goes wrong."""
        try:
            return await self._deliver_all()
        except Exception as error:  # noqa: BLE001  # nobody else would deliver what comes later
            log.error("summaries not delivered", folder=str(self._folder), error=type(error).__name__)
            return False

    async def _deliver_all(self) -> bool:
        """Whether none is left that another try may help, or that another process is at just now."""
        with alone(self._folder) as is_alone:
            return is_alone and await self._deliver_waiting()

    async def _deliver_waiting(self) -> bool:
        """Oldest first, those last that failed often."""
        found = await asyncio.to_thread(_waiting, self._folder)
        waiting = sorted(found, key=lambda file: self._failed[file.name] // OFTEN)
        if not waiting:
            self._failed.clear()
            return True
        # A connection for each round: an answer that failed would keep its own occupied.
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            for file in waiting:
                self._failed[file.name] += 1
                try:
                    body = await asyncio.to_thread(self._files.read, file)
                    status = await self._post(session, file.stem, body)
                except RecordingError as error:
                    self._tell_unreadable(file.name, str(error))
                    continue
                except _ToldToWaitError as told:
                    self._told_s = min(told.wait_s, self._patience.longest_pause_s)
                    log.warning("summaries not delivered", waiting=len(waiting), told_to_wait_s=self._told_s)
                    return False
                except (aiohttp.ClientError, OSError) as error:
                    log.warning("summaries not delivered", waiting=len(waiting), error=type(error).__name__)
                    return False
                if status in MAY_PASS:
                    log.warning("summaries not delivered", waiting=len(waiting), status=status)
                    return False
                await asyncio.to_thread(_settle, file, status)
                del self._failed[file.name]
        return True

    def _tell_unreadable(self, name: str, error: str) -> None:
        """It stays for a process that has its key."""
        if name not in self._unreadable:
            log.error("a summary cannot be read; it waits until it can", error=error)
        self._unreadable.add(name)

    async def _post(self, session: aiohttp.ClientSession, name: str, body: bytes) -> int:
        """The status of the last answer.

        Raises ClientError or TimeoutError when there was none, _ToldToWaitError for one that names a time.
        """
        patience = self._patience
        retry = _Retry(
            attempts=patience.attempts,
            start_timeout=patience.first_wait_s / 2,
            statuses=set(MAY_PASS),
            exceptions={aiohttp.ClientError, TimeoutError},
            methods=set(SENT_TWICE_MEANS_ONCE),
            retry_all_server_errors=False,
        )
        client = RetryClient(client_session=session, retry_options=retry)
        headers = {"Content-Type": "application/json", "Idempotency-Key": name}
        timeout = aiohttp.ClientTimeout(total=patience.answer_s)
        async with (
            asyncio.timeout(patience.round_s),
            client.post(self._url, data=body, headers=headers, timeout=timeout, allow_redirects=False) as response,
        ):
            _heed(response)
            return int(response.status)


class _ToldToWaitError(Exception):
    """The address says when to come again."""

    def __init__(self, wait_s: float) -> None:
        super().__init__()
        self.wait_s = wait_s


class _Retry(ExponentialRetry):
    """Tries again in growing pauses, but not where the answer names a time: that may be long."""

    def get_timeout(self, attempt: int, response: aiohttp.ClientResponse | None = None) -> float:
        """Seconds until the next attempt. Raises _ToldToWaitError."""
        if response is not None:
            _heed(response)
        return super().get_timeout(attempt, response)


def _heed(response: aiohttp.ClientResponse) -> None:
    """Raises _ToldToWaitError for an answer that may change, and says in how many seconds."""
    asked = response.headers.get("Retry-After", "")
    if response.status in MAY_PASS and asked.isdecimal() and int(asked):
        response.close()
        raise _ToldToWaitError(float(asked))


def _write(files: WholeFiles, folder: Path, name: str, body: bytes) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files.write(folder / f"{name}.json", body)


def _waiting(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json")) if folder.is_dir() else []


def _settle(file: Path, status: int) -> None:
    """It was taken, or refused for good."""
    if 200 <= status < 300:
        file.unlink(missing_ok=True)
        return
    log.error("a summary was refused; look at CALLAGENT_SUMMARY_WEBHOOK", status=status, kept=f"{file.stem}{REFUSED}")
    file.replace(file.with_suffix(REFUSED))
