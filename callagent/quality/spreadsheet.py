"""Calls as rows for a spreadsheet, in which no cell can do anything.

A cell that begins like a formula is run by Excel and LibreOffice, and callers decide what is in a transcript. Such a
cell gets an apostrophe before it, with which both show it as text; so does what follows a semicolon, at which they
divide cells in many countries. A byte order mark lets Excel read Hindi.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from callagent.call.latency import PARTS
from callagent.events import CallEnded, CallStarted, Event
from callagent.quality.plain import plain
from callagent.quality.scores import score_of
from callagent.quality.turns import turns_of

RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "＋", "－", "＠")  # noqa: RUF001  # Excel takes these, too
Row = Mapping[str, Any]


def safe_cell(value: object) -> object:
    """A value that a spreadsheet only shows; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return value
    raw = str(value)
    text = ";".join(f"'{part}" if part.lstrip().startswith(RISKY) else part for part in plain(raw).split(";"))
    return f"'{text}" if raw.startswith(RISKY) and not text.startswith("'") else text


def call_row(name: str, events: Sequence[Event]) -> Row:
    """A call."""
    started, ended, score = events[0], events[-1], score_of(events)
    assert isinstance(started, CallStarted)  # noqa: S101  # a call's folder is read only with it
    over = isinstance(ended, CallEnded)
    return {
        "call": name,
        "started": started.started,
        "caller": started.caller,
        "language": started.language,
        "flow": started.flow,
        "flow_version": started.flow_version,
        "seconds": round(ended.at_s, 1),
        "disposition": ended.disposition if isinstance(ended, CallEnded) else "",
        "ended_by": ended.ended_by if isinstance(ended, CallEnded) else "",
        "over": over,
        **{name: value for name, value in score.as_dict().items() if name not in ("reasons", "unanswered")},
        **({"score": None} if score.task == "imported" else {}),
        "unanswered": len(score.unanswered),
        "reasons": "; ".join(f"{reason.why} ({reason.points:+d})" for reason in score.reasons),
    }


def turn_rows(name: str, events: Sequence[Event]) -> Iterator[Row]:
    """The turns of a call, with their words."""
    for turn in turns_of(events):
        latency = turn.latency
        yield {
            "call": name,
            "turn": turn.turn,
            "at_s": round(turn.at_s, 2),
            "by": turn.by,
            "caller": turn.caller or turn.keys,
            "confidence": turn.confidence,
            "interrupts": turn.interrupts,
            "decided": "; ".join(turn.decided),
            "agent": " ".join(said.text for said in turn.agent),
            "heard": " ".join(said.heard for said in turn.agent),
            **{part: getattr(latency, part) if latency else None for part in PARTS},
        }


def as_csv(rows: Iterable[Row]) -> bytes:
    """The rows as UTF-8 with a byte order mark; the first row's names are the head."""
    text = io.StringIO(newline="")
    writer = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(text, fieldnames=list(row), quoting=csv.QUOTE_MINIMAL)
            writer.writeheader()
        writer.writerow({name: safe_cell(value) for name, value in row.items()})
    return text.getvalue().encode("utf-8-sig", errors="replace")
