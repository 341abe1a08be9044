"""The synthesizers there are, by the name that settings use; see `callagent.registry.resolve`."""

from typing import Final

SYNTHESIZERS: Final = {
    "edge": "callagent.tts.edge:EdgeSynthesizer",
    "elevenlabs": "callagent.tts.elevenlabs:ElevenLabsSynthesizer",
    "espeak": "callagent.tts.espeak:EspeakSynthesizer",
    "piper": "callagent.tts.piper:PiperSynthesizer",
    "scripted": "callagent.tts.scripted:ScriptedSynthesizer",
}
"""Each class has a frozen dataclass `Options` and is built as ``Class(Class.Options(**options))``."""
