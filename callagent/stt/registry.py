"""Transcribers by name; see `callagent.registry.resolve`."""

TRANSCRIBERS: dict[str, str] = {
    "deepgram": "callagent.stt.deepgram:DeepgramTranscriber",
    "pocketsphinx": "callagent.stt.pocketsphinx:PocketsphinxTranscriber",
    "whisper": "callagent.stt.whisper:WhisperTranscriber",
    "scripted": "callagent.stt.scripted:ScriptedTranscriber",
}
"""Each class is built as ``Class(Class.Options(**options))``."""
