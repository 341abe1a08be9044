"""Piper's voices by name: where they come from, and where they are kept once they were fetched."""

import re
from pathlib import Path
from typing import Final

REPOSITORY: Final = "rhasspy/piper-voices"
"""On the Hugging Face hub."""
NAME: Final = re.compile(r"([a-z]{2,3})_([A-Z]{2})-([A-Za-z0-9_]+)-(x_low|low|medium|high)")
LATEST: Final = "main"


def path_of(name: str) -> str:
    """Of a voice's .onnx file in the repository; empty for what is no voice's name."""
    parts = NAME.fullmatch(name)
    if parts is None:
        return ""
    language, country, who, quality = parts.groups()
    return f"{language}/{language}_{country}/{who}/{quality}/{name}.onnx"


def voices_below(cache_dir: Path) -> Path:
    """Where voices that have a name are kept, as the hub lays them out."""
    return cache_dir.expanduser() / "models" / "piper"


def fetched(name: str, cache_dir: Path, revision: str) -> Path:
    """A voice's .onnx file on this machine, whether it is there or not; `revision` is empty for the latest fetched.

    Looked up without the hub's own library, which takes half a second to import.
    """
    folder = voices_below(cache_dir) / f"models--{REPOSITORY.replace('/', '--')}"
    try:
        commit = (folder / "refs" / (revision or LATEST)).read_text(encoding="ascii").strip()
    except OSError:
        commit = revision or LATEST
    return folder / "snapshots" / commit / path_of(name)
