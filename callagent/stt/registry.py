"""Transcribers by name; see `callagent.registry.resolve`."""

TRANSCRIBERS: dict[str, str] = {
    "pocketsphinx": "callagent.stt.pocketsphinx:PocketsphinxTranscriber",
    "scripted": "callagent.stt.scripted:ScriptedTranscriber",
}
"""Each class is built as ``Class(Class.Options(**options))``."""
