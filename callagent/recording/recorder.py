"""The sound and the events of a call, on disk while it goes on.

A folder per call holds `call.wav` (left the caller, right what was really played to them, aligned by sample position)
and `events.jsonl`. Both are appended without buffering, so a killed process leaves files that open and lack less than
100 ms; `recover` tells the WAV's header of the newest of it. With keys all of it is encrypted.

Writing happens in one thread of the process: a slow disk may hold up the recording, never a call; what waits for a disk
that hangs is bounded, and beyond that dropped. On a full disk a recording ends, and is marked; how the call ended and
its summary are written when there is room again.
"""

import time
from collections import deque
from collections.abc import Container, Iterable
from contextlib import suppress
from itertools import chain
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import Final, NamedTuple

import numpy as np
import structlog

from callagent.events import CallEnded, CallStarted, Event, RecordingCut
from callagent.media.audio import BYTES_PER_SAMPLE, Chunk, samples
from callagent.recording.at_rest.files import PLAIN, prepare
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.call_files import HUSHED, CallFiles, Job, message_name, summary_text
from callagent.recording.confidential import Confidential, Hush
from callagent.recording.disk_alarm import ENOUGH, DiskAlarm, is_outage
from callagent.recording.events_file import Fields, line_of
from callagent.recording.redaction import Redactor

log = structlog.get_logger("callagent.recording")

SETTLED: Final = samples(0.06)
"""Samples behind the caller's newest chunk up to which the agent's side can no longer change."""
LEAST: Final = samples(0.03)
"""Samples that are worth a write: half as many as with every chunk, and never more than 90 ms are unwritten."""
MOST_WAITING_S: Final = 600.0
"""Seconds of recorded sound, of all calls together, that may wait for the disk: 19 MB."""
JOB_BYTES: Final = 200
"""What a job takes in memory besides its data."""
GATHER_S: Final = 0.01
"""How long jobs gather: with a write for each as it comes, the calls' thread and this one would fight all the time."""
ROOM: Final = samples(0.5)
"""What is usually laid out in memory, in samples: what is not settled, and what the agent has sent ahead."""
RETRY_S: Final = 2.0
"""How often what a full disk did not take, and what must not be lost, is tried again."""
IDLE_LOOKS: Final = 100
"""How often the thread finds no jobs before it waits to be woken, which costs the calls' thread more than a look."""

FRAME: Final = (CallStarted, RecordingCut, CallEnded)
"""Events that a call cannot be told without: they are written late rather than never."""


class _Work(NamedTuple):
    """Something to be written."""

    files: CallFiles
    job: Job
    data: bytes
    needed: bool

    @property
    def size(self) -> int:
        """What it takes in memory."""
        return JOB_BYTES + len(self.data)


class DiskWriter:
    """The thread that does the writing, for all calls of a process, with room for `most_waiting_s` of their sound."""

    def __init__(self, most_waiting_s: float = MOST_WAITING_S, enough: int = ENOUGH, keys: KeyRing = PLAIN) -> None:
        """`enough` bytes free make a disk that was full be trusted again; with `keys` recordings are encrypted."""
        prepare(keys)
        self.keys = keys
        self._room = samples(most_waiting_s) * 2 * BYTES_PER_SAMPLE
        self._alarm = DiskAlarm(enough)
        self._jobs: deque[_Work] = deque()
        self._again: dict[CallFiles, list[_Work]] = {}
        """What is needed and the disk did not take, each call's in order."""
        self._try_s = 0.0
        """When it is tried again."""
        self._wake = Signal()
        self._closing = False
        # Two counters, each written by one thread only, need no lock; their difference is what waits.
        self._taken = 0
        self._done = 0
        self._late = False
        """Whether the disk has been too slow since all was last written."""
        self._thread = Thread(target=self._run, name="recording", daemon=True)
        self._thread.start()

    def submit(self, files: CallFiles, job: Job, data: bytes = b"", *, needed: bool = False) -> bool:
        """Have a method of the files done, in order; call from one thread. Never blocks.

        False when too much waits for the disk already: the job is dropped, unless it is `needed`. At most a few jobs of
        a call may be: a caller's "no" is carried out however late the disk is.
        """
        waiting = self._taken - self._done
        if not waiting:
            self._late = False
        work = _Work(files, job, data, needed)
        if waiting + work.size > self._room and not needed:
            if not self._late:
                log.error("disk too slow, recordings are dropped", waiting_mb=round(waiting / 1e6, 1))
            self._late = True
            return False
        self._taken += work.size
        self._jobs.append(work)
        if not self._wake.is_set():
            self._wake.set()
        return True

    def close(self) -> None:
        """Write what is still to be written, and end."""
        self._closing = True
        self._wake.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        closing, idle = False, 0
        while not closing:
            self._wake.wait(RETRY_S if self._again else None)
            time.sleep(GATHER_S)
            idle = 0 if self._jobs else idle + 1
            if idle >= IDLE_LOOKS:
                self._wake.clear()  # what comes from now on wakes this again
            closing = self._closing  # before the jobs are taken: then these are the last
            while self._jobs:
                self._do(self._jobs.popleft())
            if self._again and (closing or time.monotonic() >= self._try_s):
                self._do_again()
        for files in self._again:
            with suppress(OSError):  # found without a summary, they are finished by the next process
                files.close(b"")

    def _do(self, work: _Work) -> None:
        if work.files in self._again:
            if work.needed:
                self._again[work.files].append(work)
            else:
                self._done += work.size
            return
        error = work.files.do(work.job, work.data, needed=work.needed)
        if isinstance(error, OSError) and is_outage(error):
            self._alarm.failed(work.files.folder, error)
            if work.needed:
                self._try_s = self._try_s if self._again else time.monotonic() + RETRY_S
                self._again[work.files] = [work]
                return
        elif error is not None:
            if not work.files.told:
                log.warning("recording stopped", folder=work.files.folder.name, error=type(error).__name__)
            work.files.told = True
        elif self._alarm.is_raised and (work.needed or not work.files.broken):
            self._alarm.worked(work.files.folder)
        self._done += work.size

    def _do_again(self) -> None:
        waiting, self._again = self._again, {}
        for work in chain.from_iterable(waiting.values()):
            self._do(work)
        self._try_s = time.monotonic() + RETRY_S


class Recorder:
    """Records one call. Feed it both sides; it aligns them by the caller's sample positions."""

    def __init__(self, folder: Path, writer: DiskWriter, *, sound: bool = True, caller: str = "") -> None:
        """`caller` is the number that is hidden as the caller's own; empty when withheld."""
        self.folder = folder
        self._writer = writer
        self._files = CallFiles(folder, writer.keys)
        self._sound = sound
        self._track = np.zeros((ROOM, 2), "<i2")
        """Both sides, the caller's and the agent's, from `_begins` on."""
        self._begins = 0
        self._written = 0
        """Samples of both sides that are on their way to the disk."""
        self._newest = 0
        self._agent_ends = 0
        self._messages = 0
        self._dropped = False
        """Whether the disk was too slow for this call: what is there stays, and nothing is added to it."""
        self._redactor = Redactor(caller)
        self._confidential = Confidential(self._redactor)
        self._quiet_until = [0, 0]
        """Samples up to which a side is silent, whatever comes."""
        writer.submit(self._files, self._files.open, needed=True)

    def spare(self, public: Container[tuple[str, str]]) -> None:
        """What the shop tells everybody is no secret: see `redaction.public_in`."""
        self._redactor.spare(public)

    @property
    def incomplete(self) -> bool:
        """Whether some of what should have been kept was not, as far as is known by now."""
        return self._dropped or self._files.broken

    def decline(self) -> None:
        """The caller does not want to be recorded: drop the sound so far and take no more."""
        self._stop_sound()
        self._writer.submit(self._files, self._files.forget_sound, needed=True)

    def message_left(self, pcm: bytes) -> str:
        """Keep a message of the caller's, whatever becomes of the call's other sound; the name of its file."""
        self._messages += 1
        self._writer.submit(self._files, self._files.message, pcm, needed=True)
        return message_name(self._messages)

    def caller_heard(self, chunk: Chunk) -> None:
        """20 ms from the caller."""
        if not self._sound:
            return
        self._lay(0, chunk)
        self._newest = max(self._newest, chunk.end)
        if self._newest - SETTLED - self._written >= LEAST:
            self._write_up_to(self._newest - SETTLED)

    def agent_played(self, chunk: Chunk) -> None:
        """Audio that will be heard from `chunk.position` on, unless `agent_cut` says otherwise."""
        if self._sound:
            self._lay(1, chunk)
            self._agent_ends = max(self._agent_ends, chunk.end)

    def agent_cut(self, position: int) -> None:
        """Nothing of the agent's was heard from here on."""
        if self._sound and position < self._agent_ends:
            self._track[max(position, self._written) - self._begins :, 1] = 0
            self._agent_ends = position

    def advance(self, position: int) -> None:
        """The line's time is here although the caller's audio is not: go on without it."""
        if self._sound and position > self._newest:
            self._newest = position
            if position - SETTLED - self._written >= LEAST:
                self._write_up_to(position - SETTLED)

    def on_event(self, event: Event) -> None:
        """Append an event, as far as it may be written; silence what it tells to have been private."""
        if isinstance(event, CallEnded):
            self._append(self._confidential.rest())
        self._append(self._confidential.take(event), needed=isinstance(event, FRAME))
        for hush in self._confidential.hushed(event):
            self._silence(hush)

    def _append(self, records: Iterable[Fields], *, needed: bool = False) -> None:
        for record in records:
            line = line_of(record)
            if needed:
                self._writer.submit(self._files, self._files.event, line, needed=True)
            else:
                self._keep(self._files.event, line)

    def _silence(self, hush: Hush) -> None:
        """Take a stretch out of one side, on the disk as well, and as far as it is yet to come."""
        self._quiet_until[hush.side] = max(self._quiet_until[hush.side], hush.ends)
        if not self._sound:
            return
        first = max(hush.begins, self._written)
        if first < hush.ends:
            self._track[first - self._begins : hush.ends - self._begins, hush.side] = 0
        if hush.begins < self._written:
            ends = min(hush.ends, self._written)
            where = HUSHED.pack(hush.side, hush.begins, ends)
            self._writer.submit(self._files, self._files.silence, where, needed=True)

    def on_evidence(self, event: Event) -> None:
        """Append what the call was given."""
        self.on_event(event)

    def finish(self, summary: dict[str, object] | None) -> None:
        """Write the rest and the summary, if there is one, and close the files."""
        if self._sound:
            self._write_up_to(max(self._newest, self._agent_ends))
        if summary is not None:
            self._writer.submit(self._files, self._files.summary, summary_text(summary), needed=True)
        self._writer.submit(self._files, self._files.close, needed=True)

    def _write_up_to(self, end: int) -> None:
        if end <= self._written:
            return
        if end - self._begins > len(self._track):
            self._move(end)
        sound = self._track[self._written - self._begins : end - self._begins].tobytes()
        self._written = end
        if end - self._begins > ROOM // 2:
            self._move()
        self._keep(self._files.sound, sound)

    def _keep(self, job: Job, data: bytes = b"") -> None:
        if self._dropped or self._writer.submit(self._files, job, data):
            return
        self._dropped = True
        self._stop_sound()
        self._writer.submit(self._files, self._files.mark, needed=True)

    def _stop_sound(self) -> None:
        self._sound = False
        self._track = np.zeros((0, 2), "<i2")

    def _lay(self, side: int, chunk: Chunk) -> None:
        """Put a chunk where it belongs on its side, as far as that is not on the disk yet."""
        pcm = np.frombuffer(chunk.pcm, "<i2")
        if chunk.position < self._quiet_until[side] or (side == 0 and self._confidential.asked_private):
            pcm = np.zeros_like(pcm)
        start = chunk.position - self._begins
        gone = self._written - chunk.position
        if gone > 0:
            pcm, start = pcm[gone:], start + gone
        if start + len(pcm) > len(self._track):
            self._move(chunk.end)
            start = chunk.end - len(pcm) - self._begins
        self._track[start : start + len(pcm), side] = pcm

    def _move(self, end: int = 0) -> None:
        """Forget what is on the disk already; have room for what comes, at least up to `end`."""
        laid = self._track[self._written - self._begins : max(self._newest, self._agent_ends) - self._begins]
        track = np.zeros((max(ROOM, end - self._written, len(laid) + ROOM // 2), 2), "<i2")
        track[: len(laid)] = laid
        self._track, self._begins = track, self._written
