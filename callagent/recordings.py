"""Where calls are kept and found again, and the keys that they are encrypted with, as the settings say."""

from pathlib import Path
from typing import TYPE_CHECKING

from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.folder import Recordings
from callagent.settings.recording_keys import read_keys
from callagent.settings.settings import Settings

if TYPE_CHECKING:
    from callagent.store.calls import CallStore


def open_recordings(settings: Settings, path: Path | None = None) -> Recordings:
    """Those of the settings, or those at a path."""
    return Recordings(path or settings.recordings, KeyRing(read_keys(settings.recording_keys.get_secret_value())))


def make_call_store(settings: Settings, recordings: Path | None = None) -> "CallStore":
    """Where calls are found again; of other `recordings` than those of the settings, it is beside them.

    Raises ConfigurationError.
    """
    from callagent.store.calls import CallStore, default_url  # a second of imports

    url = settings.calls_url or default_url(recordings or settings.recordings)
    return CallStore(url, with_texts=settings.has_words_in_database)


def make_call_store_if_any(settings: Settings, recordings: Path | None = None) -> "CallStore | None":
    """As `make_call_store`, and None where none was ever made. Raises ConfigurationError."""
    from callagent.store.calls import FILE

    is_there = settings.calls_url or ((recordings or settings.recordings) / FILE).exists()
    return make_call_store(settings, recordings) if is_there else None
