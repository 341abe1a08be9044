"""Who takes part in a server's calls besides the log and the recording."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from callagent.call.journal import Listener
from callagent.call.summary import CallSummary


@dataclass(slots=True)
class Hooks:
    """What the demo and tests have done with calls."""

    listeners: Sequence[Listener] = ()
    on_summary: Callable[[CallSummary, Path], None] = field(default=lambda _summary, _folder: None)
    """Gets each call's summary and the folder it is kept in."""
    refit: Callable[[str, Any], Any] = field(default=lambda _stage, provider: provider)
    """Gets who works in each stage, "stt", "llm" or "tts", and gives who does it in calls."""
