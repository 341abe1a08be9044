"""The files of the speech cache: one for each speech, whole or not at all.

A file is a line of JSON (sample count, checksum, word times) and the PCM after it, named by its key. It is written
under another name and then renamed, so that neither a crash nor a second process leaves half of one.
"""

import json
import os
import tempfile
import time
import zlib
from pathlib import Path
from typing import Final

from callagent.media.audio import BYTES_PER_SAMPLE
from callagent.tts.synthesizer import SpeechChunk, SpokenWord

SUFFIX: Final = ".speech"
PARTIAL: Final = ".part"
ABANDONED_S: Final = 3600
"""Age of a partial file that nobody can still be writing."""


def scan(folder: Path) -> set[str]:
    """Keys of all files in `folder`, which is made when missing; leftovers of a crash are removed. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    old = time.time() - ABANDONED_S
    for partial in folder.glob(f"*{PARTIAL}"):
        if partial.stat().st_mtime < old:
            partial.unlink(missing_ok=True)
    return {path.stem for path in folder.glob(f"*{SUFFIX}")}


def load(folder: Path, key: str) -> SpeechChunk:
    """The speech kept under `key`. Raises OSError when there is none, ValueError when the file is damaged."""
    header, _, pcm = (folder / f"{key}{SUFFIX}").read_bytes().partition(b"\n")
    try:
        told = json.loads(header)
        words = tuple(SpokenWord(str(text), float(at_s)) for text, at_s in told["words"])
        intact = told["samples"] * BYTES_PER_SAMPLE == len(pcm) and told["crc32"] == zlib.crc32(pcm)
    except (KeyError, TypeError) as error:
        raise ValueError("the header is not one of ours") from error
    if not intact:
        raise ValueError("the audio is not what the header promises")
    return SpeechChunk(pcm, words)


def store(folder: Path, key: str, speech: SpeechChunk) -> None:
    """Keep `speech` under `key`. Raises OSError, and then leaves nothing behind."""
    header = {
        "samples": len(speech.pcm) // BYTES_PER_SAMPLE,
        "crc32": zlib.crc32(speech.pcm),
        "words": [[word.text, word.at_s] for word in speech.words],
    }
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=key[:16], suffix=PARTIAL, dir=folder)
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(json.dumps(header).encode() + b"\n" + speech.pcm)
        partial.replace(folder / f"{key}{SUFFIX}")
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
