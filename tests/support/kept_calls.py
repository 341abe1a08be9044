"""Folders of calls as a recorder leaves them."""

from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Signal

import numpy as np

from callagent.call.summary import summarize
from callagent.events import (
    AgentSaid,
    AnswerTaken,
    CallEnded,
    CallStarted,
    DigitPressed,
    Event,
    TranscriptReceived,
)
from callagent.media.audio import CHUNK_SAMPLES, Chunk
from callagent.recording.at_rest.files import PLAIN
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.call_files import CallFiles
from callagent.recording.recorder import DiskWriter, Recorder

BEGAN = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)
NAME = "20261120T053000Z-CAtest-1"
KEYS = KeyRing({"k1": bytes(range(32))})
SECRET_WORD = "Lajwanti"
"""Somebody said it; it must not be found where words were removed."""


def started(key: str = "", began: datetime = BEGAN, caller: str = "xxxxxxxxxxx01") -> CallStarted:
    """The beginning of a call."""
    return CallStarted(
        at_s=0.0,
        call_id="CAtest",
        carrier="loopback",
        caller=caller,
        called="+911140000000",
        flow="electrical",
        flow_version="abc",
        language="en",
        started=began.isoformat(timespec="milliseconds"),
        caller_key=key,
    )


WORDS: tuple[Event, ...] = (
    AgentSaid(at_s=0.5, turn=0, text="Welcome.", heard="Welcome.", line="welcome"),
    DigitPressed(at_s=0.6, digit="4"),
    TranscriptReceived(at_s=1.0, turn=1, text=f"I am {SECRET_WORD}", confidence=0.9, provider="scripted"),
    AnswerTaken(at_s=1.1, slot="name", value=SECRET_WORD, by="voice"),
)
ENDED = CallEnded(at_s=2.0, disposition="goodbye", ended_by="agent")


def record(
    folder: Path,
    events: tuple[Event, ...],
    *,
    summary: bool = True,
    message: bool = False,
    keys: KeyRing = PLAIN,
) -> Path:
    """Record a call of a second, with these events; with a summary, it came to its end."""
    writer = DiskWriter(keys=keys)
    recorder = Recorder(folder, writer)
    for event in events:
        recorder.on_event(event)
    for number in range(50):
        pcm = np.full(CHUNK_SAMPLES, number + 1, dtype="<i2").tobytes()
        recorder.caller_heard(Chunk(pcm, number * CHUNK_SAMPLES))
    if message:
        recorder.message_left(b"\1\0" * 800)
    recorder.finish(summarize(events).as_dict() if summary else None)
    writer.close()
    return folder


def whole(
    recordings: Path,
    name: str = NAME,
    key: str = "",
    began: datetime = BEGAN,
    *,
    message: bool = False,
    keys: KeyRing = PLAIN,
) -> Path:
    """A call that came to its end."""
    return record(recordings / name, (started(key, began), *WORDS, ENDED), message=message, keys=keys)


def caught_up(writer: DiskWriter) -> None:
    """Wait until all that was given to a writer so far is dealt with."""
    done = Signal()

    class Last(CallFiles):
        def close(self, data: bytes) -> None:
            done.set()

    last = Last(Path("unused"))
    writer.submit(last, last.close, needed=True)
    done.wait()
