"""The one process that holds the Whisper model: started when needed, ended when idle, started anew when dead."""

import asyncio
import json
import sys
from contextlib import suppress
from dataclasses import asdict
from typing import Final

import structlog

from callagent.errors import ProviderError, ProviderRejectedError, ProviderTimeoutError, ProviderUnavailableError
from callagent.stt.messages import Kind, Message, MessageReader
from callagent.stt.whisper_worker import Ask, Heard, Setup

START_S: Final = 60.0
"""To load a large model from a slow disk."""
END_S: Final = 2.0
READ_SIZE: Final = 1 << 16
REST: Final = 3.0
"""Times what the last decoding took; so long it is left alone by those who can do without."""

log = structlog.get_logger("callagent.stt")


class WhisperProcess:
    """Decodes one request after another; those that wait do so in order."""

    def __init__(self, provider: str, setup: Setup, timeout_s: float, idle_s: float) -> None:
        self.digest = ""
        """Beginning of the SHA-256 of the model's weights; empty until it was loaded once."""
        self._provider = provider
        self._setup = setup
        self._timeout_s = timeout_s
        self._idle_s = idle_s
        self._process: asyncio.subprocess.Process | None = None
        self._reader = MessageReader()
        self._gate = asyncio.Lock()
        """Held while the process is busy, also with what nobody waits for any more."""
        self._work: set[asyncio.Task[object]] = set()
        self._unloading: asyncio.TimerHandle | None = None
        self._rested_s = 0.0
        """The loop's time from which on it is rested."""

    @property
    def pid(self) -> int | None:
        """Of the process, whose memory is the model's; None when nothing is loaded."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    @property
    def free(self) -> bool:
        """Whether a request would be decoded at once."""
        return self.pid is not None and not self._gate.locked()

    @property
    def rested(self) -> bool:
        """Whether it is free, and has been for long enough that it can do what is not urgent."""
        return self.free and asyncio.get_running_loop().time() >= self._rested_s

    async def load(self) -> None:
        """Load the model, if it is not. Raises ProviderError."""
        await self._do(None)

    async def ask(self, ask: Ask, pcm: bytes) -> Heard:
        """Decode PCM. Raises ProviderError. When cancelled, the decoding that has begun goes on, for nobody."""
        heard = await self._do(Message(Kind.AUDIO, payload=ask.pack(pcm)))
        if heard is None:
            raise ProviderUnavailableError(self._provider, "gave no answer")
        return heard

    async def close(self) -> None:
        """End the process, whatever it does."""
        self._keep()
        await self._end()
        while self._work:
            await asyncio.wait(self._work)
        self._keep()

    async def _do(self, request: Message | None) -> Heard | None:
        await self._gate.acquire()
        work = asyncio.create_task(self._exchange(request), name="whisper")
        self._hold(work)
        work.add_done_callback(lambda _: self._gate.release())
        return await asyncio.shield(work)

    def _hold(self, task: "asyncio.Task[Heard | None] | asyncio.Task[None]") -> None:
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        # An error that nobody comes to fetch is no news.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _exchange(self, request: Message | None) -> Heard | None:
        self._keep()
        try:
            process = await self._started()
            if request is None:
                return None
            answer = await self._answer(process, request)
        finally:
            if self._idle_s:
                self._unloading = asyncio.get_running_loop().call_later(self._idle_s, self._unload)
        if answer.kind is Kind.FAILED:
            raise ProviderUnavailableError(self._provider, f"the decoder failed ({answer.payload.decode()})")
        return Heard.unpack(answer.payload)

    async def _answer(self, process: asyncio.subprocess.Process, request: Message) -> Message:
        now = asyncio.get_running_loop().time
        began_s = now()
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._told(process, request)
        except TimeoutError:
            await self._end(at_once=True)
            raise ProviderTimeoutError(self._provider, f"no transcript after {self._timeout_s:g} s") from None
        self._rested_s = now() + REST * (now() - began_s)
        return answer

    async def _told(self, process: asyncio.subprocess.Process, request: Message | None) -> Message:
        """The next message, after a request. Raises ProviderUnavailableError when the process is dead."""
        if process.stdin is None or process.stdout is None:
            raise ProviderUnavailableError(self._provider, "its process has no pipes")
        if request is not None:
            with suppress(ConnectionError):
                process.stdin.write(request.encode())
                await process.stdin.drain()
        while data := await process.stdout.read(READ_SIZE):
            for message in self._reader.feed(data):
                return message
        await self._end(at_once=True)
        raise ProviderUnavailableError(self._provider, "its process died; its error output may say why")

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        self._reader = MessageReader()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "callagent.stt.whisper_worker", json.dumps(asdict(self._setup)),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(START_S):
                first = await self._told(self._process, None)
        except TimeoutError:
            await self._end(at_once=True)
            raise ProviderTimeoutError(self._provider, f"the model was not loaded after {START_S:g} s") from None
        if first.kind is not Kind.READY:
            await self._end(at_once=True)
            raise self._no_model(first.payload.decode())
        self.digest = first.payload.decode()
        log.info("model loaded", provider=self._provider, digest=self.digest, pid=self._process.pid)
        return self._process

    def _no_model(self, reason: str) -> ProviderError:
        return ProviderRejectedError(
            self._provider, f"no model '{self._setup.model}': {reason}. Fetch it with `callagent models pull`."
        )

    def _keep(self) -> None:
        if self._unloading is not None:
            self._unloading.cancel()
            self._unloading = None

    def _unload(self) -> None:
        if self.free:
            log.info("model unloaded", provider=self._provider)
            self._hold(asyncio.create_task(self._end(), name="whisper's end"))

    async def _end(self, *, at_once: bool = False) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if not at_once:
            with suppress(TimeoutError):
                async with asyncio.timeout(END_S):
                    await process.wait()
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
