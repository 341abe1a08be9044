"""The environment of a command that a test runs in a process of its own."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from support.phone_call import ROOT


def environment(folder: Path, **given: str) -> dict[str, str]:
    """An environment in which only `given` is configured, with scripted providers."""
    ours = ("CALLAGENT_", "TWILIO_", "PUBLIC_URL", "PORT")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    fast = {"tts.scripted": {"first_audio_ms": 0, "speed": 1000.0}}
    return (
        clean
        | {
            "CALLAGENT_FLOWS": str(ROOT / "flows"),
            "CALLAGENT_PROMPTS": str(ROOT / "prompts"),
            "CALLAGENT_RECORDINGS": str(folder / "recordings"),
            "CALLAGENT_CACHE": str(folder / "cache"),
            "CALLAGENT_STT": "scripted",
            "CALLAGENT_TTS": "scripted",
            "CALLAGENT_OPTIONS": json.dumps(fast),
        }
        | given
    )


@asynccontextmanager
async def command(*words: str, **given: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    """`callagent` with these words, in a process that does not outlive its test."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "callagent", *words, **given)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
