"""`callagent calls play`: hear a call, while its words go by."""

import argparse
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import IO, Final

import numpy as np
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from callagent.commands.calls.folders import accessed, clock_text, folder_of, make_console, whoever
from callagent.commands.exit_status import FAILED, OK
from callagent.errors import RecordingError
from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from callagent.media.wav import wav_header
from callagent.quality.plain import plain
from callagent.quality.turns import CallerTurn, turns_of
from callagent.recording.folder import BLOCK, SOUND, CallFolder, RecordedSound

LINES: Final = 8
"""Of the words that are shown at a time."""
SHOWN_S: Final = 0.2
"""How often the words are drawn anew."""
MOST_TROUBLE: Final = 10_000
"""Bytes that are read of what a player complains about."""


@dataclass(frozen=True, slots=True)
class Player:
    """A program that plays sound; it gets a WAV through its input, or as a file where it takes no other."""

    program: str
    arguments: tuple[str, ...] = ()
    by_file: bool = False


PLAYERS: Final = (
    Player("ffplay", ("-nodisp", "-autoexit", "-loglevel", "error", "-i", "-")),
    Player("aplay", ("-q", "-")),
    Player("paplay", by_file=True),
    Player("play", ("-q", "-t", "wav", "-")),
    Player("afplay", by_file=True),
)
"""The first that is installed is used."""


def run(options: argparse.Namespace) -> int:
    """Play the sound; without a player, say where it is."""
    folder = folder_of(options)
    turns = turns_of(folder.events())
    player = next((one for one in PLAYERS if shutil.which(one.program)), None)
    with folder.sound() as sound:
        if not 0 <= options.from_s < max(sound.samples, 1) / SAMPLE_RATE:
            length = clock_text(sound.samples / SAMPLE_RATE)
            raise RecordingError(f"--from {options.from_s:g}: the call is {length} long, so there is nothing to hear.")
        begins = int(options.from_s * SAMPLE_RATE)
        if player is None:
            print(f"No player found for {folder.path / SOUND}: install one of ffmpeg (ffplay), alsa-utils, or sox.")
            return FAILED
        accessed(folder, "played", whoever(options))
        words = list(spoken(turns))
        sides = {"caller": (0,), "agent": (1,)}.get(options.side, (0, 1))
        return _play(player, folder, sound, begins, sides, words)


def spoken(turns: Sequence[CallerTurn]) -> Iterator[tuple[float, str, str]]:
    """What is heard, in order: when it is over, who says it, and the words."""
    said = []
    for turn in turns:
        if turn.caller or turn.keys:
            said.append((turn.at_s, "caller", turn.caller or f"keys {turn.keys}"))
        said += [(one.until_s, "agent", one.heard) for one in turn.agent if one.heard]
    return ((at_s, who, plain(text)) for at_s, who, text in sorted(said))


def wav_of(sound: RecordedSound, begins: int, sides: Sequence[int]) -> Iterator[bytes]:
    """A part of the sound as a WAV, in pieces; one side alone is a WAV of one channel."""
    size = max(sound.samples - begins, 0) * len(sides) * BYTES_PER_SAMPLE
    yield wav_header(size, channels=len(sides))
    for at in range(begins, sound.samples, BLOCK):
        rows = sound.read(at, min(at + BLOCK, sound.samples))
        yield np.ascontiguousarray(rows[:, list(sides)]).tobytes()


def _play(
    player: Player,
    folder: CallFolder,
    sound: RecordedSound,
    begins: int,
    sides: Sequence[int],
    words: Sequence[tuple[float, str, str]],
) -> int:
    console = make_console()
    with TemporaryDirectory(prefix="callagent-") as scratch, (Path(scratch) / "trouble").open("w+b") as trouble:
        command = [player.program, *player.arguments]
        if player.by_file:  # in a folder that only this user may look into
            path = Path(scratch) / "call.wav"
            with path.open("wb") as file:
                file.writelines(wav_of(sound, begins, sides))
            command.append(str(path))
        try:
            process = subprocess.Popen(  # noqa: S603  # a program of our list; nothing of a call is in its arguments
                command, stdin=subprocess.DEVNULL if player.by_file else subprocess.PIPE, stderr=trouble
            )
        except OSError as error:
            raise RecordingError(f"{player.program} cannot be started ({error.strerror}).") from None
        pieces = () if player.by_file else wav_of(sound, begins, sides)
        broken: list[RecordingError] = []
        feeder = Thread(target=_feed, args=(process.stdin, pieces, broken), daemon=True)
        feeder.start()
        try:
            _follow(console, process, begins / SAMPLE_RATE, sound.samples / SAMPLE_RATE, words)
        finally:
            process.terminate()
            process.wait()
            feeder.join()
        trouble.seek(0)
        lines = trouble.read(MOST_TROUBLE).decode(errors="replace").strip().splitlines()
    if broken:
        raise broken[0]
    if process.returncode:
        what = plain(lines[-1]) if lines else f"exit status {process.returncode}"
        raise RecordingError(f"{player.program} could not play {folder.path / SOUND}: {what}")
    return OK


def _feed(stdin: IO[bytes] | None, pieces: Iterable[bytes], broken: list[RecordingError]) -> None:
    if stdin is not None:
        with suppress(BrokenPipeError), stdin:  # a player that ends early has said why
            try:
                for piece in pieces:
                    stdin.write(piece)
            except RecordingError as error:  # for whoever waits: the sound before it was heard
                broken.append(error)


def _follow(
    console: Console,
    process: "subprocess.Popen[bytes]",
    from_s: float,
    length_s: float,
    words: Sequence[tuple[float, str, str]],
) -> None:
    """Show the words as they are heard, until the player is done."""
    if not console.is_terminal:
        for at_s, who, text in words:
            if at_s >= from_s:
                console.print(Text(f"{at_s:7.1f} s  {who:6}  {text}"))
        process.wait()
        return
    began_s = time.monotonic() - from_s
    with Live(console=console, auto_refresh=False, transient=False) as live:
        while process.poll() is None:
            live.update(scroll(words, time.monotonic() - began_s, length_s), refresh=True)
            time.sleep(SHOWN_S)
        live.update(scroll(words, min(time.monotonic() - began_s, length_s), length_s), refresh=True)


def scroll(words: Sequence[tuple[float, str, str]], now_s: float, length_s: float) -> Group:
    """The words around a moment: what was said is dim, what is being said stands out."""
    now = next((number for number, (until_s, _, _) in enumerate(words) if until_s >= now_s), len(words))
    first = max(0, min(now - LINES // 2, len(words) - LINES))
    done = min(max(now_s / max(length_s, 0.1), 0.0), 1.0)
    bar = Text(f"{clock_text(now_s)} ", style="bold").append("━" * round(40 * done), style="green")
    lines = [bar.append("━" * (40 - round(40 * done)), style="dim").append(f" {clock_text(length_s)}")]
    for number, (_, who, text) in enumerate(words[first : first + LINES], first):
        colour = "cyan" if who == "caller" else "green"
        style = f"bold {colour}" if number == now else "dim" if number < now else colour
        lines.append(Text("▶ " if number == now else "  ").append(f"{who:6}  {text}", style=style))
    return Group(*lines)
