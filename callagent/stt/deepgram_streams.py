"""Open connections to Deepgram, used for one turn after another by all calls.

A turn takes an idle one and gives it back when its last words have come, so a caller almost never waits for a
connection. One whose turn was cut short is never used again: late words of one caller must not reach another.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, TypeAlias

import structlog

from callagent.errors import ProviderError, ProviderUnavailableError
from callagent.resilience.incidents import Connected, tell
from callagent.stt.deepgram_wire import translated
from callagent.stt.deepgram_words import Setting

KEEP_ALIVE_S: Final = 4.0
"""After ten seconds without audio or a sign of life it closes the connection."""
MOST_WAITING: Final = 500
"""Messages that may wait for their reader; no one says so much in a turn."""
IDLE_S: Final = 60.0
"""So long is kept what is more than the spare connections."""
SETTLED_S: Final = 30.0
"""A spare connection that has lived so long is replaced when it ends; a sooner end would end the next as well."""
STALE_S: Final = 0.01
"""A result that ends no later than this after the beginning of a turn is about the turn before."""

log = structlog.get_logger("callagent.stt")

Inbox: TypeAlias = "asyncio.Queue[Any]"
Live: TypeAlias = Any
"""The client's AsyncV1SocketClient, which must not be imported before it is needed."""
Connect: TypeAlias = Callable[[Setting], AbstractAsyncContextManager[Live]]


class Over:
    """In an inbox: the connection has ended, and why."""

    def __init__(self, error: ProviderError) -> None:
        self.error = error


class Stream:
    """One connection. `open` makes it, `begin` gives it a turn, `close` ends it at once."""

    def __init__(self, provider: str, setting: Setting, bytes_per_s: int) -> None:
        self.setting = setting
        self.sound = True
        """Whether what it listens for is known, and nothing is on its way from it."""
        self.idled = False
        """Whether it has waited for a turn, in which time it may have been closed unnoticed."""
        self.opened_s = asyncio.get_running_loop().time()
        self.idle_since_s = self.opened_s
        self.began_s = 0.0
        """Seconds of audio that were sent before the turn at hand."""
        self.on_end: Callable[[Stream], None] = lambda _: None
        """Hears of its end."""
        self._provider = provider
        self._bytes_per_s = bytes_per_s
        self._bytes = 0
        self._live: Live = None
        self._inbox: Inbox | None = None
        self._over: Over | None = None
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self, connection: AbstractAsyncContextManager[Live], within_s: float) -> None:
        """Connect. Raises ProviderError."""
        self._task = asyncio.create_task(self._run(connection, within_s), name="deepgram connection")
        await self._ready.wait()
        if self._over is not None:
            raise self._over.error

    @property
    def alive(self) -> bool:
        """Whether it is connected."""
        return self._over is None

    def begin(self, inbox: Inbox) -> None:
        """From now on messages are a turn's; an Over may be among them."""
        self.sound = False
        self.began_s = self._bytes / self._bytes_per_s
        self._inbox = inbox
        if self._over is not None:
            inbox.put_nowait(self._over)

    def end(self) -> None:
        """The turn is over; what still comes is dropped."""
        self._inbox = None
        self.idle_since_s = asyncio.get_running_loop().time()

    def is_stale(self, results: Any) -> bool:
        """Whether a result is about audio from before the turn. Raises ValueError for one that does not say."""
        try:
            return bool(results.start + results.duration <= self.began_s + STALE_S)
        except (AttributeError, TypeError) as error:
            raise ValueError("a result without a time") from error

    async def send_audio(self, audio: bytes) -> None:
        """Send coded audio. A connection that does not take it ends, which the turn hears of in its inbox."""
        self._bytes += len(audio)
        await self._send(lambda live: live.send_media(audio))

    async def configure(self, setting: Setting) -> None:
        """Listen for something else of the same language."""
        from deepgram.listen.v1.types import ListenV1Configure

        self.setting = setting
        wanted = ListenV1Configure(keyterms=list(setting.keyterms), features={"numerals": setting.numerals})
        await self._send(lambda live: live.send_configure(wanted))

    async def finalize(self) -> None:
        """Ask for the words of all audio so far."""
        await self._send(lambda live: live.send_finalize())

    async def ask_to_close(self) -> None:
        """Ask for whatever is left, and for the end of the connection."""
        await self._send(lambda live: live.send_close_stream())

    def close(self) -> None:
        """End it, whatever it is doing; the socket is gone within a second."""
        self._fail(ProviderUnavailableError(self._provider, "the connection was closed"))
        if self._task is not None:
            self._task.cancel()

    async def closed(self) -> None:
        """Wait until it has ended."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _send(self, action: Callable[[Live], Coroutine[Any, Any, None]]) -> None:
        if self._over is not None:
            return
        try:
            await action(self._live)
        except Exception as error:  # noqa: BLE001  # whatever the wire raises, it has ended
            self._fail(translated(error, self._provider))
            self.close()

    async def _run(self, connection: AbstractAsyncContextManager[Live], within_s: float) -> None:
        try:
            async with connection as live:
                # The wire connects with what is sent first.
                async with asyncio.timeout(within_s):
                    await live.send_keep_alive()
                self._live = live
                self._ready.set()
                await self._read(live)
        except Exception as error:  # noqa: BLE001  # a client that breaks must not leave a turn waiting
            self._fail(translated(error, self._provider))

    async def _read(self, live: Live) -> None:
        while True:
            try:
                async with asyncio.timeout(KEEP_ALIVE_S):
                    message = await live.recv()
            except TimeoutError:
                await live.send_keep_alive()
                continue
            # None is what the client makes of a message that it does not know.
            if self._inbox is not None and message is not None:
                if self._inbox.qsize() >= MOST_WAITING:
                    raise ConnectionError
                self._inbox.put_nowait(message)

    def _fail(self, error: ProviderError) -> None:
        if self._over is None:
            self._over = Over(error)
            self._ready.set()
            if self._inbox is not None:
                self._inbox.put_nowait(self._over)
            self.on_end(self)


class Streams:
    """The connections of a process: `spares` of them ready for each language in use, `most_idle` kept."""

    def __init__(
        self,
        provider: str,
        connect: Connect,
        bytes_per_s: int,
        *,
        connect_s: float,
        spares: int,
        most_idle: int,
        reuse_s: float,
    ) -> None:
        """`connect_s` is how long a connection may take."""
        self._connect_s = connect_s
        self._provider = provider
        self._connect = connect
        self._bytes_per_s = bytes_per_s
        self._spares = spares
        self._most_idle = most_idle
        self._reuse_s = reuse_s
        self._idle: list[Stream] = []
        self._leaving: set[asyncio.Task[None]] = set()
        self._filling: asyncio.Task[None] | None = None
        self.opened = 0
        """Connections made so far."""
        self.taken = 0
        """Turns that were given one; those above `opened` did not have to connect."""

    async def take(self, setting: Setting, *, configure: bool) -> Stream:
        """A connection for a turn; `configure` says whether an open one can be changed. Raises ProviderError."""
        self._weed()
        self.taken += 1
        fitting = [stream for stream in self._idle if stream.setting == setting]
        if configure:
            fitting += [stream for stream in self._idle if stream.setting.language == setting.language]
        if fitting:
            self._idle.remove(fitting[0])
        self._fill(Setting(setting.language) if configure else setting)
        if not fitting:
            opened = await self.open(setting)
            tell(Connected("stt", self._provider, ready=False))
            return opened
        stream = fitting[0]
        if stream.setting != setting:
            try:
                await stream.configure(setting)
            except BaseException:
                self._let_go(stream)
                raise
        tell(Connected("stt", self._provider, ready=True))
        return stream

    async def open(self, setting: Setting) -> Stream:
        """A new connection. Raises ProviderError."""
        stream = Stream(self._provider, setting, self._bytes_per_s)
        try:
            await stream.open(self._connect(setting), self._connect_s)
        except BaseException:
            self._let_go(stream)
            raise
        self.opened += 1
        return stream

    def give_back(self, stream: Stream) -> None:
        """A turn is done with it; it is closed unless it is sound, and not too old."""
        stream.end()
        age_s = asyncio.get_running_loop().time() - stream.opened_s
        if stream.sound and stream.alive and age_s < self._reuse_s:
            self._keep(stream)
        else:
            self._let_go(stream)
        self._weed()

    async def fill_now(self, setting: Setting, *, quiet: bool = False) -> None:
        """Have spare connections ready. Raises ProviderError, unless `quiet`."""
        try:
            while sum(stream.setting.language == setting.language for stream in self._idle) < self._spares:
                self._keep(await self.open(setting))
        except ProviderError as error:
            if not quiet:
                raise
            log.warning("no spare connection", provider=self._provider, error=type(error).__name__)

    async def aclose(self) -> None:
        """Close those that are idle; those in use are closed by their turns."""
        if self._filling is not None:
            self._filling.cancel()
            await asyncio.wait({self._filling})
        while self._idle:
            self._let_go(self._idle.pop())
        await asyncio.gather(*self._leaving)

    def _fill(self, setting: Setting) -> None:
        """Have spare connections ready, in the background."""
        if self._spares and (self._filling is None or self._filling.done()):
            self._filling = asyncio.create_task(self.fill_now(setting, quiet=True), name="deepgram connections")

    def _keep(self, stream: Stream) -> None:
        stream.idled = True
        stream.on_end = self._lost
        self._idle.append(stream)

    def _lost(self, stream: Stream) -> None:
        if stream in self._idle:
            self._idle.remove(stream)
            if asyncio.get_running_loop().time() - stream.opened_s > SETTLED_S:
                self._fill(stream.setting)

    def _weed(self) -> None:
        """Let go of what is too much."""
        now_s = asyncio.get_running_loop().time()
        newest = sorted(self._idle, key=lambda stream: stream.idle_since_s, reverse=True)[: self._most_idle]
        kept: list[Stream] = []
        of_language: Counter[str] = Counter()
        for stream in newest:
            language = stream.setting.language
            if of_language[language] < self._spares or now_s - stream.idle_since_s < IDLE_S:
                of_language[language] += 1
                kept.append(stream)
        gone = [stream for stream in self._idle if stream not in kept]
        self._idle = kept
        for stream in gone:
            self._let_go(stream)

    def _let_go(self, stream: Stream) -> None:
        stream.close()
        leaving = asyncio.create_task(stream.closed(), name="deepgram connection's end")
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)
