"""The synthesizers there are, by the name that settings use; see `callagent.registry.resolve`."""

from typing import Final

SYNTHESIZERS: Final = {
    "espeak": "callagent.tts.espeak:EspeakSynthesizer",
    "scripted": "callagent.tts.scripted:ScriptedSynthesizer",
}
"""Each class has a frozen dataclass `Options` and is built as ``Class(Class.Options(**options))``."""
