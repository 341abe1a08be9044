"""`callagent calls report`: how the calls of a period went, as one HTML file."""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from callagent.commands.calls.folders import (
    accessed,
    exists_already,
    moment,
    recordings_of,
    shop_now,
    whoever,
    write_file,
)
from callagent.commands.exit_status import OK
from callagent.errors import RecordingError
from callagent.quality.plain import plain
from callagent.quality.records import HAPPENED
from callagent.quality.report import page
from callagent.quality.trends import CallFigures, figures_of, trends_of
from callagent.recording.folder import Recordings


def run(options: argparse.Namespace) -> int:
    """Write the page, and say what is in it."""
    until = shop_now()
    since = moment(options.since, until)
    out: Path = options.out
    if out.exists() and not options.force:
        raise exists_already(out)
    unread: list[str] = []
    told = _figures(recordings_of(options), since, until, unread, whoever(options), words=options.words)
    trends = trends_of(told)
    text = page(trends, since, until, words=options.words, left_out=len(unread))
    write_file(out, [text.encode(errors="backslashreplace")], force=options.force)
    for trouble in unread:
        print(plain(f"left out: {trouble}"), file=sys.stderr)
    print(f"{out}: {len(trends.calls)} call{'' if len(trends.calls) == 1 else 's'}, {len(text) / 1000:.0f} kB")
    return OK


def _figures(
    recordings: Recordings, since: datetime, until: datetime, unread: list[str], by: str, *, words: bool
) -> Iterator[CallFigures]:
    """Of each call of that time, on the days that they were where `since` is.

    What cannot be read is told, and does not keep the others from the page.
    """
    for folder in recordings.all():
        if not folder.may_be_since(since):
            continue
        try:
            figures = figures_of(folder.name, folder.events(HAPPENED))
        except (RecordingError, ValueError) as error:
            unread.append(f"{folder.name}: {error}")
            continue
        began = figures.began.timestamp()
        if figures.score.task == "imported":
            print(plain(f"left out: {folder.name}: {figures.score.reasons[0]}"), file=sys.stderr)
        elif began > until.timestamp():
            unread.append(f"{folder.name}: began after now, by {figures.began:%d %b %Y}: some clock was wrong")
        elif began >= since.timestamp():
            if words and figures.misheard:
                accessed(folder, "shown with words", by)
            yield replace(figures, began=figures.began.astimezone(since.tzinfo))
