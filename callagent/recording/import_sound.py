"""The sound of a call that was recorded elsewhere, as two sides: the caller's and the agent's."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

import numpy as np

from callagent.errors import MediaError
from callagent.media.wav_stream import Rows, WavStream, open_wav

Channel: TypeAlias = Literal["left", "right"]
READ: Final = 1 << 20
"""Bytes that are read at a time where only their hash counts."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the sound of one call is."""

    path: Path
    """Of both sides, or of the caller's where `agent` is given."""
    agent: Path | None = None
    """Of the agent's side, where it has a file of its own."""
    caller_channel: Channel = "left"
    """Whose channel the caller's is, in a file of both."""

    @property
    def files(self) -> tuple[Path, ...]:
        """All of them."""
        return (self.path,) if self.agent is None else (self.path, self.agent)


class Sides:
    """Both sides of a call, in step; made by `open_sides`."""

    def __init__(self, streams: tuple[WavStream, ...], caller_channel: Channel) -> None:
        self._streams = streams
        self._caller = 0 if caller_channel == "left" else 1
        self.samples = max(stream.samples for stream in streams)
        """Of the longer side, at 8 kHz."""
        self.apart = len(streams) > 1 or streams[0].channels > 1
        """Whether it can be told who says what."""

    def blocks(self) -> Iterator[Rows]:
        """Everything, in rows of the caller's sample and the agent's. Raises MediaError."""
        if len(self._streams) == 2:
            yield from _in_step(*(stream.blocks() for stream in self._streams))
            return
        for block in self._streams[0].blocks():
            if block.shape[1] == 1:
                yield np.concatenate((block, np.zeros_like(block)), axis=1)
            else:
                yield block if self._caller == 0 else block[:, ::-1]


@contextmanager
def open_sides(source: Source) -> Iterator[Sides]:
    """The sound as long as the context is.

    Raises MediaError for a file that is missing or no honest WAV, and for channels of which it is not known whose they
    are.
    """
    with ExitStack() as files:
        streams = tuple(files.enter_context(open_wav(path)) for path in source.files)
        for stream in streams:
            _check(stream, most=1 if source.agent else 2)
        yield Sides(streams, source.caller_channel)


def fingerprint(source: Source) -> str:
    """What tells one recording from any other. Raises MediaError for a file that cannot be read."""
    digest = hashlib.sha256()
    for path in source.files:
        try:
            with path.open("rb") as file:
                while data := file.read(READ):
                    digest.update(data)
        except OSError as error:
            raise MediaError(f"{path}: cannot be read ({error.strerror}).") from error
    digest.update(source.caller_channel.encode())
    return digest.hexdigest()[:12]


def _check(stream: WavStream, most: int) -> None:
    if stream.channels <= most:
        return
    if most == 1:
        raise MediaError(
            f"{stream.place}: has {stream.channels} channels, and should hold one side of a call. Name a file of both "
            "sides alone, without --caller-file and --agent-file."
        )
    raise MediaError(
        f"{stream.place}: has {stream.channels} channels, and of more than two nobody knows whose they are. Keep the "
        "caller's and the agent's, such as with `sox in.wav out.wav remix 1 2`."
    )


def _in_step(caller: Iterator[Rows], agent: Iterator[Rows]) -> Iterator[Rows]:
    """One row for both; the shorter side goes on in silence."""
    none = np.zeros((0, 1), "<i2")
    sides, rests = (caller, agent), [none, none]
    over = [False, False]
    while not all(over):
        for which, side in enumerate(sides):
            block = next(side, None) if not len(rests[which]) else none
            over[which] = over[which] or block is None
            rests[which] = rests[which] if block is None or not len(block) else block
        length = min((len(rest) for rest, ended in zip(rests, over, strict=True) if not ended), default=0)
        if length or all(over):
            length = length or max(len(rest) for rest in rests)
            cut = [np.concatenate((rest[:length], np.zeros((max(0, length - len(rest)), 1), "<i2"))) for rest in rests]
            rests = [rest[length:] for rest in rests]
            if length:
                yield np.concatenate(cut, axis=1)
