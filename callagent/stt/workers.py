"""A few worker processes that recognize for all calls of this process.

Decoding holds Python's interpreter lock (measured: a thread beside it ran at 1 % of its speed), so it happens in
processes. A turn goes to the worker with the fewest turns. A worker that dies is replaced, and its turns are recognized
once more from their beginning by another.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path

import structlog

from callagent.errors import ProviderError, ProviderTimeoutError, ProviderUnavailableError
from callagent.stt.messages import NO_TURN, Kind, Message, MessageReader, pack_hints, unpack_heard
from callagent.stt.transcriber import Hints

log = structlog.get_logger("callagent.stt")

START_TIMEOUT_S = 30.0
END_TIMEOUT_S = 2.0
_SENT_BYTES = 1600
"""A tenth of a second: a wake-up of the worker for each 20 ms would cost more than it gains."""
_READ_SIZE = 1 << 16


class WorkerLostError(Exception):
    """A worker died; stays inside this file."""


class Worker:
    """One process, and who waits for it."""

    def __init__(self, provider: str, process: asyncio.subprocess.Process) -> None:
        self._provider = provider
        self._process = process
        self._turns = count(1)
        self._waiting: dict[int, asyncio.Future[tuple[str, float]]] = {}
        self._ready = asyncio.Event()
        self._killed = False
        self._reading = asyncio.create_task(self._read(), name="stt worker")

    @classmethod
    async def start(cls, provider: str, model: Path) -> "Worker":
        """A warm worker. Raises ProviderUnavailableError."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "callagent.stt.worker", str(model),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        worker = cls(provider, process)
        ready = asyncio.create_task(worker._ready.wait())
        try:
            await asyncio.wait({ready, worker._reading}, timeout=START_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
            if not worker._ready.is_set():
                await worker.stop()
        if not worker._ready.is_set():
            raise ProviderUnavailableError(provider, "a recognition worker did not start; its error output says why")
        return worker

    @property
    def alive(self) -> bool:
        """Whether it can take a turn."""
        return not (self._killed or self._reading.done())

    @property
    def pid(self) -> int:
        """Of the process, whose memory is the model's."""
        return self._process.pid

    @property
    def turns(self) -> int:
        """How many turns it has in hand."""
        return len(self._waiting)

    async def hear(self, audio: AsyncIterator[bytes], hints: Hints, timeout_s: float) -> tuple[str, float]:
        """Text and confidence of one turn, recognized as it is spoken.

        Drains `audio` in any case. Raises WorkerLostError, ProviderUnavailableError when the decoder fails, or
        ProviderTimeoutError when `timeout_s` have passed since the end of the audio.
        """
        turn = next(self._turns)
        answer: asyncio.Future[tuple[str, float]] = asyncio.get_running_loop().create_future()
        self._waiting[turn] = answer
        try:
            await self._send(Message(Kind.OPEN, turn, pack_hints(hints)))
            unsent = bytearray()
            async for pcm in audio:
                unsent += pcm
                if len(unsent) >= _SENT_BYTES:
                    await self._send(Message(Kind.AUDIO, turn, bytes(unsent)))
                    unsent.clear()
            await self._send(Message(Kind.AUDIO, turn, bytes(unsent)), Message(Kind.END, turn))
            if not self.alive and not answer.done():
                raise WorkerLostError
            return await asyncio.wait_for(answer, timeout_s)
        except TimeoutError:
            # A decoder that hangs would hold up every other turn of this worker as well.
            self._killed = True
            self._process.kill()
            raise ProviderTimeoutError(self._provider, f"no transcript after {timeout_s:g} s") from None
        finally:
            del self._waiting[turn]
            if not answer.done() or answer.cancelled():
                self._write(Message(Kind.DROP, turn))
            else:
                # An error that nobody comes to fetch is no news.
                answer.exception()

    async def prepare(self, expected: Sequence[Hints]) -> None:
        """Have it compile the grammars of turns that may come; a worker that dies over it is told elsewhere."""
        await self._send(*(Message(Kind.PREPARE, NO_TURN, pack_hints(hints)) for hints in expected))

    async def stop(self) -> None:
        """End the process, by force if it must be."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), END_TIMEOUT_S)
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        await asyncio.wait({self._reading})

    async def _send(self, *messages: Message) -> None:
        self._write(*messages)
        with suppress(ConnectionError):
            if self._process.stdin is not None:
                await self._process.stdin.drain()

    def _write(self, *messages: Message) -> None:
        # To a dead worker: its turns have been told already, by `_read`.
        if self.alive and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(b"".join(message.encode() for message in messages))

    async def _read(self) -> None:
        reader = MessageReader()
        try:
            while self._process.stdout is not None:
                data = await self._process.stdout.read(_READ_SIZE)
                if not data:
                    return
                for message in reader.feed(data):
                    self._take(message)
        finally:
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(WorkerLostError())

    def _take(self, message: Message) -> None:
        if message.kind is Kind.READY:
            self._ready.set()
        answer = self._waiting.get(message.turn)
        if answer is None or answer.done():
            return
        if message.kind is Kind.HEARD:
            answer.set_result(unpack_heard(message.payload))
        elif message.kind is Kind.FAILED:
            reason = message.payload.decode()
            answer.set_exception(ProviderUnavailableError(self._provider, f"the decoder failed ({reason})"))


class WorkerPool:
    """The workers, replaced as they die."""

    def __init__(self, provider: str, model: Path, size: int, timeout_s: float) -> None:
        self._provider = provider
        self._model = model
        self._size = size
        self._timeout_s = timeout_s
        self._expected: tuple[Hints, ...] = ()
        self._workers: list[Worker] = []
        self._filling: asyncio.Task[None] | None = None

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the workers that live."""
        return tuple(worker.pid for worker in self._alive())

    async def fill(self) -> None:
        """Start what is missing. Raises ProviderUnavailableError when that leaves no worker at all."""
        try:
            await asyncio.shield(self._fill())
        except ProviderError:
            if not self._alive():
                raise

    def _fill(self) -> asyncio.Task[None]:
        """The pool's own task: a turn that is cut short must not take the workers along that it waited for."""
        if self._filling is None or self._filling.done():
            self._filling = asyncio.create_task(self._start_missing(), name="stt workers")
            self._filling.add_done_callback(_told)
        return self._filling

    async def _start_missing(self) -> None:
        self._workers = self._alive()
        missing = self._size - len(self._workers)
        for trouble in await asyncio.gather(*(self._start_one() for _ in range(missing)), return_exceptions=True):
            if trouble is not None:
                raise trouble

    async def _start_one(self) -> None:
        worker = await Worker.start(self._provider, self._model)
        self._workers.append(worker)
        await worker.prepare(self._expected)

    async def prepare(self, expected: Sequence[Hints]) -> None:
        """Have every worker, and each that replaces one, compile the grammars of turns that may come."""
        self._expected = tuple(expected)
        await asyncio.gather(*(worker.prepare(self._expected) for worker in self._alive()))

    async def recognize(self, audio: AsyncIterator[bytes], hints: Hints) -> tuple[str, float]:
        """Text and confidence of one turn. Raises ProviderUnavailableError or ProviderTimeoutError."""
        recording = bytearray()
        try:
            worker = await self._least_busy()
            return await worker.hear(_recorded(audio, recording), hints, self._timeout_s)
        except WorkerLostError:
            pass
        try:
            worker = await self._least_busy()
            return await worker.hear(_replayed(bytes(recording)), hints, self._timeout_s)
        except WorkerLostError:
            raise ProviderUnavailableError(self._provider, "two recognition workers died of the same turn") from None

    async def close(self) -> None:
        """End all workers."""
        if self._filling is not None:
            self._filling.cancel()
            await asyncio.wait({self._filling})
        workers, self._workers = self._workers, []
        await asyncio.gather(*(worker.stop() for worker in workers))

    async def _least_busy(self) -> Worker:
        if not self._alive():
            await self.fill()
        elif len(self._alive()) < self._size:
            self._fill()
        try:
            return min(self._alive(), key=lambda worker: worker.turns)
        except ValueError:
            raise WorkerLostError from None

    def _alive(self) -> list[Worker]:
        return [worker for worker in self._workers if worker.alive]


def _told(filling: asyncio.Task[None]) -> None:
    """Note that a worker could not be started: perhaps nobody waits for it."""
    if not filling.cancelled() and (error := filling.exception()) is not None:
        log.error("recognition worker not started", error=type(error).__name__)


async def _recorded(audio: AsyncIterator[bytes], recording: bytearray) -> AsyncIterator[bytes]:
    async for pcm in audio:
        recording += pcm
        yield pcm


async def _replayed(recording: bytes) -> AsyncIterator[bytes]:
    yield recording
