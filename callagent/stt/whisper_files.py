"""Where Whisper's models come from, and where they are kept."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from callagent.errors import ConfigurationError

WEIGHTS: Final = "model.bin"
FILES: Final[Sequence[str]] = (WEIGHTS, "config.json", "tokenizer.json", "vocabulary.*")
"""What a model is made of, as patterns of names."""
AT_WILL: Final = ("preprocessor_config.json",)
"""What some have besides."""


def models_below(cache_dir: Path) -> Path:
    """Where models that have a name are kept, as the Hugging Face hub lays them out."""
    return cache_dir.expanduser() / "models" / "whisper"


def repository(model: str) -> str:
    """The hub's repository of a model; empty for a folder of one's own. Raises ConfigurationError."""
    if Path(model).expanduser().is_dir():
        return ""
    if "/" in model:
        return model
    try:
        from faster_whisper.utils import _MODELS as KNOWN  # there is no other list of them
    except ImportError:
        raise ConfigurationError("whisper needs the package faster-whisper; install callagent[whisper].") from None
    if model not in KNOWN:
        near = get_close_matches(model, KNOWN, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else f"Known are {', '.join(KNOWN)}, and folders."
        raise ConfigurationError(f"whisper has no model '{model}'. {hint}")
    return str(KNOWN[model])
