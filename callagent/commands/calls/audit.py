"""`callagent calls audit`: who played, exported, held or deleted which call."""

import argparse
import re
from dataclasses import asdict
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from callagent.clock import told_in
from callagent.commands.as_json import print_json
from callagent.commands.calls.folders import moment, shop_now
from callagent.commands.console import console_for
from callagent.commands.exit_status import FAILED, OK
from callagent.quality.plain import plain
from callagent.recording.audit import AUDIT, Entry, Verdict, entries, verify
from callagent.settings.loading import load_settings


def run(options: argparse.Namespace) -> int:
    """The command; 1 when the chain was to be verified and is broken. Raises CallagentError."""
    recordings = options.recordings or load_settings().recordings
    verdict = verify(recordings) if options.verify else None
    since = _since(options.since)
    found = [one for one in entries(recordings) if one.at >= since]
    if options.json:
        told: dict[str, Any] = {"entries": [asdict(one) for one in found]}
        print_json(told if verdict is None else {**told, "verified": asdict(verdict)})
    else:
        _show(found, load_settings().timezone)
        if verdict is not None:
            console_for().print(_said(verdict), style="red" if verdict.broken_at else "green", markup=False)
    return FAILED if verdict is not None and verdict.broken_at else OK


def _said(verdict: Verdict) -> str:
    if verdict.broken_at:
        return f"{AUDIT}:{verdict.broken_at}: {verdict.why}. What follows it proves nothing; compare it with a copy."
    if not verdict.lines:
        return f"{AUDIT}: there is nothing in it."
    return f"Every line follows the one before it ({verdict.lines}); the hash of the last is {verdict.last}."


def _since(text: str | None) -> str:
    """As the entries' times are written; empty for all."""
    return moment(text, shop_now()).astimezone(UTC).isoformat(timespec="milliseconds") if text else ""


def _show(found: list[Entry], zone: str) -> None:
    console = console_for()
    if not found:
        console.print("Nothing was played, exported, held or deleted.")
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in (f"when ({zone})", "who", "what", "call"):
        table.add_column(name, no_wrap=True)
    table.add_column("more", overflow="fold")
    for one in found:
        more = ", ".join(f"{name} {_short(value)}" for name, value in one.more.items())
        at = told_in(ZoneInfo(zone), one.at, "%Y-%m-%d %H:%M:%S")
        table.add_row(*(Text(plain(text)) for text in (at, one.by, one.what, one.call, more)))
    console.print(table)


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)}" if len(value) > 3 else " ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return " ".join(f"{name} {count}" for name, count in value.items()) or "none"
    return str(value)[:16] + "…" if re.fullmatch(r"[0-9a-f]{64}", str(value)) else str(value)
