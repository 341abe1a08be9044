"""The caller of a recorded call: sound, keys, hold and hang-up as they were, at the other end of a loopback line."""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from callagent.call.line_timing import UNITS_PER_S
from callagent.events import CallEnded, CallStarted, DigitPressed, Event, LineHeld, LineResumed
from callagent.evidence import DialogueAdvanced, LineTimed
from callagent.media.audio import CHUNK_BYTES, CHUNK_MS, CHUNK_SAMPLES, SAMPLE_RATE, Chunk
from callagent.recording.folder import BLOCK, RecordedSound
from callagent.recording.redaction import restore
from callagent.replay.players.notes import Notes
from callagent.replay.players.silenced import Silenced
from callagent.telephony.loopback import LoopbackLine

MASK: Final = "x"
UNKNOWN: Final = "0"
"""The key that is pressed where a hidden one is not known."""
STAYS_S: Final = 30.0
"""How long the caller stays on the line, silent, where the agent hung up in the recording and does not now."""
_KEYED: Final = "0123456789*#"


@dataclass(frozen=True, slots=True)
class Deed:
    """What a caller does besides talking."""

    at_s: float
    kind: Literal["key", "hold", "resume", "hang up", "line lost", "server stops"]
    key: str = ""


def deeds(events: tuple[Event, ...], notes: Notes) -> list[Deed]:
    """What the caller did, in order; hidden keys as far as they are known."""
    done: list[Deed] = []
    hidden: deque[int] = deque()
    for event in events:
        match event:
            case DigitPressed(digit=digit):
                if digit == MASK:
                    hidden.append(len(done))
                done.append(Deed(event.at_s, "key", digit))
            case DialogueAdvanced(given=given) if hidden and given.get("kind") == "CallerKeyed":
                _uncover(done, hidden, restore(str(given.get("keys", ""))), notes)
            case LineHeld():
                done.append(Deed(event.at_s, "hold"))
            case LineResumed():
                done.append(Deed(event.at_s, "resume"))
            case CallEnded():
                done.append(_end(event))
    _uncover(done, hidden, "", notes)
    return done


def _uncover(done: list[Deed], hidden: deque[int], keys: str, notes: Notes) -> None:
    """Put the keys in the place of those that were hidden; one more than there are has closed the number."""
    known = [key for key in keys if key in _KEYED]
    for place in range(len(hidden)):
        last = place == len(hidden) - 1
        key = known[place] if place < len(known) else "#" if known and last else UNKNOWN
        if not known:
            notes.miss("key", "a key that is hidden in the recording", f"pressed {UNKNOWN}")
        index = hidden[place]
        done[index] = Deed(done[index].at_s, "key", key)
    hidden.clear()


def _end(event: CallEnded) -> Deed:
    match event.ended_by:
        case "caller":
            return Deed(event.at_s, "hang up")
        case "line":
            return Deed(event.at_s, "line lost")
        case "server":
            return Deed(event.at_s, "server stops")
        case _:
            return Deed(event.at_s + STAYS_S, "hang up")


class RecordedCaller:
    """One caller, who does again what was `done`."""

    def __init__(
        self, sound: RecordedSound, events: tuple[Event, ...], done: list[Deed], notes: Notes, silenced: Silenced
    ) -> None:
        self._sound = sound
        self._silenced = silenced
        self._deeds = deque(done)
        self._notes = notes
        self._timed = [event for event in events if isinstance(event, LineTimed)]
        started = events[0]
        evenly = isinstance(started, CallStarted) and started.carrier == "loopback"
        self.is_even = evenly or not self._timed
        """Whether sound comes every 20 ms exactly."""
        self._phase_s = 0.0 if evenly or self._timed else CHUNK_MS / 1000
        self._block = b""
        self._block_begins = 0
        self.stopped = False
        """Whether the server was stopped in the middle of the call."""

    @property
    def beats_s(self) -> list[float]:
        """When the call's clock ticked, as far as it was recorded."""
        beats: list[float] = []
        for timed in self._timed:
            at = timed.first_beat
            beats.append(at / UNITS_PER_S)
            for after in timed.beats:
                at += after
                beats.append(at / UNITS_PER_S)
        return beats

    @property
    def zero_s(self) -> float:
        """How long the call's making took, before the first sample of its line."""
        return 0.0 if self.is_even else self._timed[0].zero / UNITS_PER_S

    async def call(self, line: LoopbackLine) -> None:
        """Be the caller until somebody hangs up."""
        if self.is_even:
            await self._call_evenly(line)
        else:
            await self._call_as_it_was(line)

    async def _call_evenly(self, line: LoopbackLine) -> None:
        position = 0
        if self._phase_s:
            await asyncio.sleep(self._phase_s)
        while await line.exchange(self._pcm(position)) is not None:
            position += CHUNK_SAMPLES
            if await self._act(line, until_s=self._phase_s + position / SAMPLE_RATE):
                return

    async def _call_as_it_was(self, line: LoopbackLine) -> None:
        loop = asyncio.get_running_loop()
        for position, came_s in self._arrivals():
            if await self._act(line, until_s=came_s):
                return
            await asyncio.sleep(max(0.0, self._notes.began_s + came_s - loop.time()))
            if line.over:
                return
            line.bring(Chunk(self._pcm(position), position), loop.time())

    def _arrivals(self) -> Iterator[tuple[int, float]]:
        """Position of each 20 ms, and when they came, in seconds since the call began."""
        position, came_s = 0, 0.0
        for timed in self._timed:
            gaps = dict(zip(timed.gaps[::2], timed.gaps[1::2], strict=False))
            position = timed.position
            for index, after in enumerate(timed.came):
                position += gaps.get(index, 0)
                came_s = (timed.zero + after) / UNITS_PER_S + position / SAMPLE_RATE
                yield position, came_s
                position += CHUNK_SAMPLES
        while True:
            came_s += CHUNK_MS / 1000
            yield position, came_s
            position += CHUNK_SAMPLES

    async def _act(self, line: LoopbackLine, until_s: float) -> bool:
        """Do what is due before that; whether the call is over."""
        loop = asyncio.get_running_loop()
        while self._deeds and self._deeds[0].at_s < until_s - 1e-6:
            deed = self._deeds.popleft()
            wait_s = self._notes.began_s + deed.at_s - loop.time()
            if wait_s > 1e-4:
                await asyncio.sleep(wait_s)
            if line.over or await self._do(line, deed):
                return True
        return False

    async def _do(self, line: LoopbackLine, deed: Deed) -> bool:
        match deed.kind:
            case "key":
                line.press(deed.key)
            case "hold" | "resume":
                line.hold(held=deed.kind == "hold")
            case "hang up":
                await line.hang_up()
                return True
            case "line lost":
                line.lose()
                return True
            case "server stops":
                self.stopped = True
                return True
        return False

    def _pcm(self, position: int) -> bytes:
        """20 ms of the caller's side, with a voice where it was silenced; silence beyond its end."""
        if not self._block_begins <= position <= self._block_begins + len(self._block) // 2 - CHUNK_SAMPLES:
            self._block_begins = position
            side = self._sound.read(position, position + BLOCK)[:, 0]
            self._silenced.stand_in(side, position)
            self._block = side.tobytes()
        begins = (position - self._block_begins) * 2
        return self._block[begins : begins + CHUNK_BYTES]
