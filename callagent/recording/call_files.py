"""The files of one call while it goes on, encrypted or not: appended to at once, and never left with half a line.

The WAV's header is rewritten about ten times a second, not with every append, which would cost twice as much: what a
killed process leaves lacks the last of its sound in the header alone, and `recover` tells it there.
"""

import json
import os
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, samples
from callagent.media.wav import HEADER, wav_bytes, wav_header
from callagent.recording.at_rest.files import PLAIN, Writable, open_existing, open_for_change, open_new, write_whole
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.changes import erase
from callagent.recording.events_file import first_line
from callagent.recording.folder import EVENTS, SOUND, SUMMARY
from callagent.recording.ownership import make_owned

Job: TypeAlias = Callable[[bytes], None]
"""A method of a call's files, with what it writes."""

LARGEST_WAV: Final = 0xFFFF_FFFF - HEADER
BLOCK: Final = 2 * BYTES_PER_SAMPLE
"""Bytes of a sample of both sides."""
UNTOLD: Final = samples(0.08) * BLOCK
"""Bytes of sound after which the header is to tell of them."""
INCOMPLETE: Final = "incomplete"
"""An empty file in the folder of a call whose recording was cut, until its summary says so."""
HUSHED: Final = struct.Struct("<Bqq")
"""A side, and the samples from and up to which it is silenced."""


def message_name(number: int) -> str:
    """What the messages of a call are called, counted from 1."""
    return "message.wav" if number == 1 else f"message-{number}.wav"


def summary_text(summary: dict[str, object]) -> bytes:
    """A summary as it stands in its file."""
    text = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
    return text.encode(errors="backslashreplace")


class CallFiles:
    """Used by the writer's thread only. The folder is the recorder's until `close`."""

    def __init__(self, folder: Path, keys: KeyRing = PLAIN) -> None:
        self.folder = folder
        self._keys = keys
        self._owner = -1
        self._wav: Writable | None = None
        self._has_wav = False
        self._told_bytes = 0
        """Of sound, in the WAV's header."""
        self._events: Writable | None = None
        self._torn, self._rest = b"", b""
        """A line that a full disk took a part of, and what is missing of it."""
        self._messages = 0
        self._declined = False
        self.broken = False
        """Whether something could not be written; read by the call's thread."""
        self.told = False
        """Whether it was logged why."""

    def do(self, job: Job, data: bytes, *, needed: bool) -> Exception | None:
        """One of the methods below; what went wrong. After the first failure only what is `needed` is tried."""
        if self.broken and not needed:
            return None
        try:
            job(data)
        except Exception as error:  # noqa: BLE001  # the thread writes for all calls: none may end it
            if not self.broken:
                self.broken = True
                with suppress(OSError):
                    self.mark(b"")
            return error
        return None

    def open(self, _data: bytes) -> None:
        """Make the folder, and begin the events."""
        if self._owner < 0:
            self._owner = make_owned(self.folder)
        if self._events is None:
            self._events = open_new(self.folder / EVENTS, self._keys)
        self.event(first_line())

    def sound(self, data: bytes) -> None:
        """What both sides were like next."""
        wav = None if self._declined else self._sound_file(new=True)
        if wav is None or wav.size - HEADER + len(data) > LARGEST_WAV:
            return
        try:
            wav.append(data)
        except OSError:
            with suppress(OSError):
                self._tell(wav)
            raise
        if wav.size - HEADER - self._told_bytes >= UNTOLD:
            self._tell(wav)

    def silence(self, data: bytes) -> None:
        """Overwrite a stretch of one side with nothing."""
        side, begins, ends = HUSHED.unpack(data)
        wav = self._sound_file()
        if wav is None:
            return
        with open_existing(self.folder / SOUND, self._keys) as sound:
            for first in range(begins, ends, SAMPLE_RATE):
                last = min(first + SAMPLE_RATE, ends)
                read = sound.read_at(HEADER + first * BLOCK, (last - first) * BLOCK)
                rows = np.frombuffer(bytearray(read[: len(read) - len(read) % BLOCK]), "<i2").reshape(-1, 2)
                if not len(rows):
                    return  # a full disk did not take it
                rows[:, side] = 0
                self._overwrite(wav, HEADER + first * BLOCK, rows.tobytes())

    def event(self, data: bytes) -> None:
        """A line; also after one of which a full disk took a part."""
        assert self._events is not None  # noqa: S101  # nothing comes before `open`
        torn, rest, self._torn, self._rest = self._torn, self._rest, b"", b""
        if rest:
            self._append(self._events, torn, rest)
            if data == torn:
                return  # this was the other try at it
        self._append(self._events, data, data)

    def message(self, data: bytes) -> None:
        """The next message of the call; its name is of `message_name`."""
        write_whole(self.folder / message_name(self._messages + 1), wav_bytes(data), self._keys)
        self._messages += 1

    def mark(self, _data: bytes) -> None:
        """Leave a mark that something is missing, for whoever finds the folder without a summary."""
        if self._owner >= 0:
            os.close(os.open(self.folder / INCOMPLETE, os.O_CREAT | os.O_WRONLY, 0o600))

    def summary(self, data: bytes) -> None:
        """The call is over."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.broken:  # which the call may not have known yet when it made the summary
            data = summary_text({**json.loads(data), "recording_incomplete": True})
        write_whole(self.folder / SUMMARY, data, self._keys)
        (self.folder / INCOMPLETE).unlink(missing_ok=True)

    def forget_sound(self, _data: bytes) -> None:
        """The caller declined: not a byte of sound stays."""
        self._declined = True
        if self._wav is not None:
            self._wav.abandon()
            self._wav = None
        erase(self.folder / SOUND)

    def close(self, _data: bytes) -> None:
        """One that a full disk lets nobody finish can be read all the same."""
        wav, self._wav = self._wav, None
        if wav is not None:
            try:
                self._tell(wav)
                wav.close()
            finally:
                wav.abandon()
        events, self._events = self._events, None
        if events is not None:
            events.close()
        if self._owner >= 0:
            os.close(self._owner)
            self._owner = -1

    def _sound_file(self, *, new: bool = False) -> Writable | None:
        """Open, if the call has one."""
        path = self.folder / SOUND
        if self._wav is None and self._has_wav and not self._declined:
            self._wav = open_for_change(path, self._keys)  # see `_overwrite`
        if self._wav is None and new:
            self._wav = open_new(path, self._keys)
            self._has_wav = True
            self._wav.append(wav_header(0, channels=2))
        return self._wav

    def _tell(self, wav: Writable) -> None:
        """Have the header say how much sound there is, and no more."""
        size = max(0, wav.size - HEADER) // BLOCK * BLOCK
        if size != self._told_bytes:
            self._overwrite(wav, 0, wav_header(size, channels=2))
            self._told_bytes = size

    def _overwrite(self, wav: Writable, offset: int, data: bytes) -> None:
        try:
            wav.write_at(offset, data)
        except OSError:
            wav.abandon()  # an encrypted file may have had to be closed: whoever needs it next opens it anew
            self._wav = None
            raise

    def _append(self, events: Writable, line: bytes, rest: bytes) -> None:
        before = events.size
        try:
            events.append(rest)
        except OSError:
            added = events.size - before
            if added or rest is not line:
                self._torn, self._rest = line, rest[added:]
            raise
