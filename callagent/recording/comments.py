"""What people wrote about a call in words of their own goes with its words; the marks that they gave it stay."""

import json
from pathlib import Path
from typing import Any

from callagent.errors import RecordingError
from callagent.recording.at_rest.files import read_whole
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.changes import replace
from callagent.recording.folder import CARD


def has_comment(folder: Path, keys: KeyRing) -> bool:
    """Whether a scorecard of a call has one. Raises RecordingError for a file that is none, and OSError."""
    return _has_any(_cards(folder / CARD, keys))


def strip_comments(folder: Path, keys: KeyRing) -> None:
    """Take them out, where there are any. Raises RecordingError for a file that is none, and OSError."""
    path = folder / CARD
    told = _cards(path, keys)
    if not _has_any(told):
        return
    told["cards"] = [{**card, "comment": ""} for card in told["cards"]]
    replace(path, [json.dumps(told, indent=2, ensure_ascii=False).encode(errors="backslashreplace")], keys, shred=True)


def _has_any(told: dict[str, Any]) -> bool:
    return any(card.get("comment") for card in told["cards"])


def _cards(path: Path, keys: KeyRing) -> dict[str, Any]:
    """As they stand in the file, older ones of the same person included; no cards where there is no file."""
    try:
        told = json.loads(read_whole(path, keys))
        if all(isinstance(card, dict) for card in told["cards"]):
            return dict(told)
    except FileNotFoundError:
        return {"cards": []}
    except (KeyError, TypeError, ValueError, RecursionError):
        pass
    raise RecordingError(f"{path}: is no scorecard, so comments cannot be taken out of it. Restore it, or delete it.")
