"""Both ends of one leg at work: somebody who listens to what it says, and somebody at the telephone."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from support.far_side import FarSide
from support.leaks import nothing_is_left
from support.legs import Carrier

from callagent.media.audio import SILENCE
from callagent.telephony.leg import AudioReceived, DigitReceived, Leg, LegEnd, LegEnded, LegSignal, MarkPlayed

PATIENCE_S: Final = 20.0
"""What takes longer does not come."""

Kind = TypeVar("Kind", bound=LegSignal)


class _Watched:
    """Something that changes, and that can be waited for."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def _change(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, is_so: Callable[[], object], within_s: float = PATIENCE_S) -> None:
        """Wait for it. AssertionError when it does not come true."""
        try:
            async with asyncio.timeout(within_s):
                while not is_so():
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"not within {within_s:g} s; there is {self!r}") from None


class Ear(_Watched):
    """Reads all that a leg says."""

    def __init__(self, leg: Leg, signals: AsyncIterator[LegSignal] | None = None) -> None:
        """`signals` are the leg's where somebody has begun to read them."""
        super().__init__()
        self.told: list[tuple[float, LegSignal]] = []
        """With the time of each."""
        self.is_over = False
        """Whether the leg says nothing more."""
        self.task = asyncio.create_task(self._read(signals or leg.signals()), name="ear")

    async def _read(self, signals: AsyncIterator[LegSignal]) -> None:
        try:
            async for signal in signals:
                self.told.append((asyncio.get_running_loop().time(), signal))
                self._change()
        finally:
            self.is_over = True
            self._change()

    def all(self, kind: type[Kind]) -> list[Kind]:
        """What it said of one kind."""
        return [signal for _, signal in self.told if isinstance(signal, kind)]

    @property
    def sounds(self) -> list[bytes]:
        """The caller's chunks."""
        return [signal.chunk.pcm for signal in self.all(AudioReceived)]

    @property
    def keys(self) -> str:
        """The caller's keys."""
        return "".join(signal.digit for signal in self.all(DigitReceived))

    @property
    def marks(self) -> list[str]:
        """The names of the marks that came back."""
        return [signal.name for signal in self.all(MarkPlayed)]

    @property
    def ends(self) -> list[LegEnd]:
        """Why the leg ended; all that it said of it."""
        return [signal.reason for signal in self.all(LegEnded)]

    def time_of(self, wanted: LegSignal) -> float:
        """When it first said this."""
        return next(at_s for at_s, signal in self.told if signal == wanted)

    def __repr__(self) -> str:
        return f"marks {self.marks}, keys {self.keys!r}, {len(self.sounds)} chunks, ends {self.ends}"


class Telephone(_Watched):
    """Somebody at the far side: hears all the time, and says what `words` hold."""

    def __init__(self, far: FarSide[Any]) -> None:
        super().__init__()
        self.far = far
        self.words: deque[bytes] = deque()
        self.heard: list[bytes] = []
        """What was heard, 20 ms each; silence too."""
        self.is_over = False
        """Whether the agent has hung up."""
        self._task = asyncio.create_task(self._talk(), name="telephone")

    async def _talk(self) -> None:
        while (heard := await self.far.exchange(self.words.popleft() if self.words else SILENCE)) is not None:
            self.heard.append(heard)
            self._change()
        self.is_over = True
        self._change()

    async def hear(self, chunks: int) -> list[bytes]:
        """What is heard in the next so many chunks of 20 ms."""
        began = len(self.heard)
        await self.until(lambda: len(self.heard) >= began + chunks)
        return self.heard[began : began + chunks]

    async def put_down(self) -> None:
        """Neither talk nor listen any more; the line is still there."""
        self._task.cancel()
        await asyncio.wait({self._task})

    def __repr__(self) -> str:
        return f"{len(self.heard)} chunks heard, {sum(one != SILENCE for one in self.heard)} of them with sound"


@asynccontextmanager
async def nothing_goes_on() -> AsyncIterator[None]:
    """What is begun inside has ended soon after: tasks, sockets, and timers of callagent's own."""
    async with nothing_is_left():
        yield
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            while _timers():  # noqa: ASYNC110  # timers tell nobody
                await asyncio.sleep(0.1)

    assert _timers() == []


def _timers() -> list[str]:
    """What the loop is to do for callagent later."""
    loop = asyncio.get_running_loop()
    waiting = (handle._callback for handle in loop._scheduled if not handle.cancelled())  # type: ignore[attr-defined]
    return [repr(one) for one in waiting if str(getattr(one, "__module__", "")).startswith("callagent.")]


@asynccontextmanager
async def call_over(carrier: Carrier, folder: Path) -> AsyncIterator[tuple[Leg, Ear, Telephone]]:
    """A call with both ends at work; afterwards nothing of it is left."""
    async with nothing_goes_on(), carrier.connect(folder) as (leg, far):
        ear, telephone = Ear(leg), Telephone(far)
        try:
            yield leg, ear, telephone
        finally:
            await telephone.put_down()
            await leg.hang_up()
            await ear.until(lambda: ear.is_over)
            if not ear.task.cancelled():
                await ear.task
