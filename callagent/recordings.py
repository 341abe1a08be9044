"""Where calls are kept, and the keys that they are encrypted with, as the settings say: for the server and commands."""

from pathlib import Path

from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.folder import Recordings
from callagent.settings.recording_keys import read_keys
from callagent.settings.settings import Settings


def open_recordings(settings: Settings, path: Path | None = None) -> Recordings:
    """Those of the settings, or those at a path."""
    return Recordings(path or settings.recordings, KeyRing(read_keys(settings.recording_keys.get_secret_value())))
