"""The sound and the events of a call, on disk while it goes on.

A folder per call holds `call.wav` (left the caller, right what was really played to them, aligned by sample position)
and `events.jsonl`. Both are appended without buffering, and the WAV's header is kept true with every append, so a
killed process leaves files that open and lack less than 100 ms. Writing happens in one thread of the process: a slow
disk may hold up the recording, never a call; what waits for a disk that hangs is bounded, and beyond that dropped.
"""

import json
import os
import struct
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import Final, TypeAlias

import numpy as np
import structlog

from callagent.events import Event, as_record
from callagent.media.audio import BYTES_PER_SAMPLE, Chunk, samples
from callagent.media.wav import wav_bytes

Job: TypeAlias = Callable[[bytes], None]
"""A method of a call's files, with what it writes."""

log = structlog.get_logger("callagent.recording")

SETTLED: Final = samples(0.06)
"""Samples behind the caller's newest chunk up to which the agent's side can no longer change."""
LEAST: Final = samples(0.03)
"""Samples that are worth a write: half as many as with every chunk, and never more than 90 ms are unwritten."""
HEADER: Final = 44
"""Bytes of a WAV header with one fmt and one data chunk (RIFF, Microsoft 1991)."""
LARGEST_WAV: Final = 0xFFFF_FFFF - HEADER
MOST_WAITING_S: Final = 600.0
"""Seconds of recorded sound, of all calls together, that may wait for the disk: 19 MB."""
JOB_BYTES: Final = 200
"""What a job takes in memory besides its data."""
GATHER_S: Final = 0.01
"""How long jobs gather: with a write for each as it comes, the calls' thread and this one would fight all the time."""
ROOM: Final = samples(0.5)
"""What is usually laid out in memory, in samples: what is not settled, and what the agent has sent ahead."""
IDLE_LOOKS: Final = 100
"""How often the thread finds no jobs before it waits to be woken, which costs the calls' thread more than a look."""

_EMPTY_WAV: Final = wav_bytes(b"", channels=2)
_SIZE: Final = struct.Struct("<I")
_BEFORE_SIZE, _BETWEEN_SIZES = _EMPTY_WAV[:4], _EMPTY_WAV[8 : HEADER - 4]


def _wav_header(data_bytes: int) -> bytes:
    """The header of a stereo WAV that holds so many bytes of sound."""
    return b"".join((_BEFORE_SIZE, _SIZE.pack(HEADER - 8 + data_bytes), _BETWEEN_SIZES, _SIZE.pack(data_bytes)))


def message_name(number: int) -> str:
    """What the messages of a call are called, counted from 1."""
    return "message.wav" if number == 1 else f"message-{number}.wav"


class _Files:
    """The open files of one call; used by the writer's thread only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._wav = -1
        self._events = -1
        self._wav_bytes = 0
        self._messages = 0
        self.broken = False
        """Whether something could not be written; read by the call's thread."""

    def do(self, job: Job, data: bytes, *, needed: bool) -> None:
        """One of the methods below. The first failure is logged; after it only what is `needed` is tried."""
        if self.broken and not needed:
            return
        try:
            job(data)
        except Exception as error:  # noqa: BLE001  # the thread writes for all calls: none may end it
            if not self.broken:
                log.warning("recording stopped", folder=self._folder.name, error=type(error).__name__)
            self.broken = True

    def open(self, _data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=False, mode=0o700)
        flags = os.O_CREAT | os.O_EXCL | os.O_RDWR
        self._wav = os.open(self._folder / "call.wav", flags, 0o600)
        self._events = os.open(self._folder / "events.jsonl", flags | os.O_APPEND, 0o600)
        os.pwrite(self._wav, _wav_header(0), 0)

    def sound(self, data: bytes) -> None:
        if self._wav < 0 or self._wav_bytes + len(data) > LARGEST_WAV:
            return
        # On a full disk a part may be written; the header tells no more than is there.
        written = os.pwrite(self._wav, data, HEADER + self._wav_bytes)
        self._wav_bytes += written - written % (2 * BYTES_PER_SAMPLE)
        os.pwrite(self._wav, _wav_header(self._wav_bytes), 0)
        if written < len(data):
            raise OSError("short write")

    def event(self, data: bytes) -> None:
        if os.write(self._events, data) < len(data):
            raise OSError("short write")

    def message(self, data: bytes) -> None:
        """The next message of the call; its name is of `message_name`."""
        self._messages += 1
        descriptor = os.open(self._folder / message_name(self._messages), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(wav_bytes(data))

    def summary(self, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = self._folder / "summary.json.part"
        partial.write_bytes(data)
        partial.replace(self._folder / "summary.json")

    def forget_sound(self, _data: bytes) -> None:
        """The caller declined: not a byte of sound stays."""
        if self._wav >= 0:
            os.close(self._wav)
            self._wav = -1
            (self._folder / "call.wav").unlink()

    def close(self, _data: bytes) -> None:
        for descriptor in (self._wav, self._events):
            if descriptor >= 0:
                os.close(descriptor)
        self._wav = self._events = -1


class DiskWriter:
    """The thread that does the writing, for all calls of a process, with room for `most_waiting_s` of their sound."""

    def __init__(self, most_waiting_s: float = MOST_WAITING_S) -> None:
        self._room = samples(most_waiting_s) * 2 * BYTES_PER_SAMPLE
        self._jobs: deque[tuple[_Files, Job, bytes, bool]] = deque()
        self._wake = Signal()
        self._closing = False
        # Two counters, each written by one thread only, need no lock; their difference is what waits.
        self._taken = 0
        self._done = 0
        self._late = False
        """Whether the disk has been too slow since all was last written."""
        self._thread = Thread(target=self._run, name="recording", daemon=True)
        self._thread.start()

    def submit(self, files: _Files, job: Job, data: bytes = b"", *, needed: bool = False) -> bool:
        """Have a method of the files done, in order; call from one thread. Never blocks.

        False when too much waits for the disk already: the job is dropped, unless it is `needed`. At most a few jobs of
        a call may be: a caller's "no" is carried out however late the disk is.
        """
        waiting = self._taken - self._done
        if not waiting:
            self._late = False
        size = JOB_BYTES + len(data)
        if waiting + size > self._room and not needed:
            if not self._late:
                log.error("disk too slow, recordings are dropped", waiting_mb=round(waiting / 1e6, 1))
            self._late = True
            return False
        self._taken += size
        self._jobs.append((files, job, data, needed))
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
            self._wake.wait()
            time.sleep(GATHER_S)
            idle = 0 if self._jobs else idle + 1
            if idle >= IDLE_LOOKS:
                self._wake.clear()  # what comes from now on wakes this again
            closing = self._closing  # before the jobs are taken: then these are the last
            while self._jobs:
                files, method, data, needed = self._jobs.popleft()
                files.do(method, data, needed=needed)
                self._done += JOB_BYTES + len(data)


class Recorder:
    """Records one call. Feed it both sides; it aligns them by the caller's sample positions."""

    def __init__(self, folder: Path, writer: DiskWriter, *, sound: bool = True) -> None:
        self.folder = folder
        self._writer = writer
        self._files = _Files(folder)
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
        self._keep(self._files.open)
        if not sound:
            writer.submit(self._files, self._files.forget_sound, needed=True)

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
        """Append an event."""
        line = json.dumps(as_record(event), ensure_ascii=False, separators=(",", ":")) + "\n"
        self._keep(self._files.event, line.encode(errors="backslashreplace"))

    def finish(self, summary: dict[str, object] | None) -> None:
        """Write the rest and the summary, if there is one, and close the files."""
        if self._sound:
            self._write_up_to(max(self._newest, self._agent_ends))
        if summary is not None:
            text = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
            written = text.encode(errors="backslashreplace")
            self._writer.submit(self._files, self._files.summary, written, needed=True)
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

    def _stop_sound(self) -> None:
        self._sound = False
        self._track = np.zeros((0, 2), "<i2")

    def _lay(self, side: int, chunk: Chunk) -> None:
        """Put a chunk where it belongs on its side, as far as that is not on the disk yet."""
        pcm = np.frombuffer(chunk.pcm, "<i2")
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
