"""The environment of a command that a test runs in a process of its own."""

import json
import os
from pathlib import Path

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
