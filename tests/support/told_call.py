"""Calls as they are told by their events, and their folders."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from callagent.clock import IST
from callagent.events import (
    AgentSaid,
    AgentStarted,
    AgentStopped,
    AnswerTaken,
    CallEnded,
    CallerStarted,
    CallerStopped,
    CallStarted,
    Event,
    SpeechReady,
    TranscriptReceived,
    TurnDecided,
    TurnEnded,
)
from callagent.media.wav import wav_bytes
from callagent.recording.events_file import EventLines, first_line
from callagent.recording.folder import CallFolder
from callagent.recording.folder_names import folder_name

BEGAN = datetime(2026, 11, 20, 11, 0, tzinfo=IST)


def started(language: str = "en", version: str = "abc", began: datetime = BEGAN) -> CallStarted:
    """The first event."""
    return CallStarted(
        at_s=0.0,
        call_id="c1",
        carrier="loopback",
        caller="xxxxx00",
        called="+911140000000",
        flow="electrical",
        flow_version=version,
        language=language,
        started=began.isoformat(),
    )


def greeting() -> tuple[Event, ...]:
    """The agent says hello, up to 3 s."""
    return (
        AgentStarted(at_s=0.1, turn=0),
        AgentSaid(at_s=3.0, turn=0, text="Namaste.", heard="Namaste.", line="welcome"),
        AgentStopped(at_s=3.0, turn=0, interrupted=False),
    )


def said(turn: int, at_s: float, words: str, *then: Event, takes_s: float = 0.5, answer: str = "Yes.") -> list[Event]:
    """The caller speaks for a second up to `at_s`, `then` happens, and the agent answers `takes_s` later for 2 s."""
    return [
        CallerStarted(at_s=at_s - 1, position=round((at_s - 1) * 8000)),
        CallerStopped(at_s=at_s + 0.1, position=round(at_s * 8000)),
        TurnEnded(at_s=at_s + 0.2, turn=turn, stopped_at_s=at_s, by="voice"),
        TranscriptReceived(at_s=at_s + 0.3, turn=turn, text=words, confidence=0.9, provider="scripted"),
        *then,
        TurnDecided(at_s=at_s + 0.35, turn=turn),
        *((spoken(turn, at_s + takes_s, answer)) if answer else ()),
    ]


def spoken(turn: int, at_s: float, answer: str, heard: str | None = None) -> tuple[Event, ...]:
    """The agent speaks for 2 s."""
    return (
        SpeechReady(at_s=at_s, turn=turn, provider="espeak", cached=False),
        AgentStarted(at_s=at_s, turn=turn),
        AgentSaid(at_s=at_s + 2, turn=turn, text=answer, heard=answer if heard is None else heard, line="answer"),
        AgentStopped(at_s=at_s + 2, turn=turn, interrupted=heard is not None),
    )


def took(at_s: float, slot: str = "main_menu", value: str = "price") -> AnswerTaken:
    """An answer was understood."""
    return AnswerTaken(at_s=at_s, slot=slot, value=value, by="voice")


def goodbye(at_s: float) -> CallEnded:
    """The agent ends the call."""
    return CallEnded(at_s=at_s, disposition="goodbye", ended_by="agent")


def good_call(
    words: str = "price", language: str = "en", version: str = "abc", began: datetime = BEGAN
) -> tuple[Event, ...]:
    """A call of 20 s in which all is well."""
    return (
        started(language, version, began),
        *greeting(),
        *said(1, 6.0, words, took(6.3)),
        *said(2, 12.0, "goodbye", took(12.3, "more", "goodbye")),
        goodbye(20.0),
    )


def write(folder: Path, events: Sequence[Event], sound: bytes = b"") -> CallFolder:
    """The folder of a call."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = EventLines()
    written = first_line() + b"".join(lines.line(event) for event in events)
    (folder / "events.jsonl").write_bytes(written)
    if sound:
        (folder / "call.wav").write_bytes(sound)
    return CallFolder(folder)


def name_at(began: datetime, number: int = 1) -> str:
    """As the recorder names the folder of a call."""
    return folder_name(began, f"{number:012x}", 1)


def ago(days: float) -> datetime:
    """Some days ago."""
    return datetime.now(IST) - timedelta(days=days)


def tone(seconds: float, caller: int = 8000, agent: int = 16_000) -> bytes:
    """A WAV in which the caller is heard in the first half and the agent in the second, so loud."""
    rows = np.zeros((round(seconds * 8000), 2), "<i2")
    rows[: len(rows) // 2, 0] = caller
    rows[len(rows) // 2 :, 1] = agent
    return wav_bytes(rows.tobytes(), channels=2)
