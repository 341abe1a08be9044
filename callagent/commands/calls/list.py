"""`callagent calls list`: which calls there were, found by what one remembers of them."""

import argparse
import asyncio
import re
import sys
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from callagent.commands.as_json import print_json
from callagent.commands.exit_status import OK
from callagent.errors import ConfigurationError

if TYPE_CHECKING:
    from callagent.settings.settings import Settings
    from callagent.store.calls import CallStore
    from callagent.store.searching import Search

ORDERS: Final = ("newest", "oldest", "longest", "slowest", "worst")
UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
MOMENT: Final = "7d, 12h, 2026-11-21 or 2026-11-21T18:30"
SHOWN_DIGITS: Final = 2
"""Of a masked number."""
WHOLE_DIGITS: Final = 6
"""A number with fewer is none."""


def add_list(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--since", type=_moment, metavar="WHEN", help=f"from then on: {MOMENT}")
    parser.add_argument("--until", type=_moment, metavar="WHEN", help="until then; a day is meant to its end")
    parser.add_argument("--caller", metavar="NUMBER", help="the whole number, or the last two digits of it")
    parser.add_argument("--disposition", metavar="HOW", help="how the call ended, as in goodbye")
    parser.add_argument("--flow", metavar="SHOP", help="the flow's name")
    parser.add_argument("--version", metavar="HASH", help="the flow's version, or the beginning of it")
    parser.add_argument("--language", metavar="LANGUAGE", help="as flows write them: en, hi, hinglish")
    parser.add_argument("--carrier", metavar="CARRIER", help="as in twilio, sip, asterisk, audiosocket")
    about = "the 95th percentile of the response latency is above it"
    parser.add_argument("--slower-than", type=_figure, metavar="MS", help=about)
    parser.add_argument("--score-below", type=_figure, metavar="SCORE", help="scored, and lower than this")
    parser.add_argument("--errors", action="store_true", help="only calls with errors of providers or of our own")
    parser.add_argument("--crashed", action="store_true", help="only calls whose server was killed")
    parser.add_argument("--words", metavar="WORDS", help="all of them were said in the call, by either side")
    parser.add_argument("--order", choices=ORDERS, default=ORDERS[0], help="which come first (default: newest)")
    parser.add_argument("--limit", type=_count, default=50, metavar="N", help="calls of a page (default: 50)")
    parser.add_argument("--page", type=_count, default=1, metavar="N", help="(default: 1)")
    about = "where calls are kept (CALLAGENT_RECORDINGS)"
    parser.add_argument("--recordings", type=Path, metavar="FOLDER", help=about)
    parser.add_argument("--reindex", action="store_true", help="read all folders of calls anew first")
    parser.add_argument("--json", action="store_true", help="print a JSON object a line instead of a table")


def run(options: argparse.Namespace) -> int:
    """The command. Raises ConfigurationError or StoreError."""
    from callagent.clock import SystemClock
    from callagent.settings.loading import load_settings

    settings = load_settings()
    if options.recordings:
        settings = settings.model_copy(update={"recordings": options.recordings})
    search = search_of(options, settings, SystemClock().wall())
    asyncio.run(_list(options, settings, search))
    return OK


def search_of(options: argparse.Namespace, settings: "Settings", now: datetime) -> "Search":
    """What is searched for. Raises ConfigurationError for what cannot be."""
    from callagent.store.searching import Search
    from callagent.store.words import folded

    zone = ZoneInfo(settings.timezone)
    if options.words is not None and not folded(options.words):
        raise ConfigurationError(f"--words {options.words!r}: there is no word in it. Give one that was said.")
    return Search(
        since=read_moment(options.since, now, zone) if options.since else None,
        until=read_moment(options.until, now, zone, to_its_end=True) if options.until else None,
        **_caller(options.caller, settings),
        carrier=options.carrier or "",
        flow=options.flow or "",
        flow_version=options.version or "",
        language=options.language or "",
        disposition=options.disposition or "",
        slower_than_ms=options.slower_than,
        score_below=options.score_below,
        errors=options.errors,
        crashed=options.crashed,
        words=options.words or "",
        order=options.order,
        limit=options.limit,
        page=options.page,
    )


def read_moment(written: str, now: datetime, zone: tzinfo, *, to_its_end: bool = False) -> datetime:
    """A moment as people write it, in the shop's zone; with `to_its_end` a day is the end of it. Raises ValueError."""
    if ago := re.fullmatch(r"(\d{1,5})([mhdw])", written):
        return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    if re.fullmatch(r"\d{4}-\d\d-\d\d", written):
        day = date.fromisoformat(written) + timedelta(days=to_its_end)
        moment = datetime.combine(day, time(), zone)
    else:
        moment = datetime.fromisoformat(written)
    if moment.year in (MINYEAR, MAXYEAR):
        raise ValueError("a moment that has no date in some zones")
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _caller(written: str | None, settings: "Settings") -> dict[str, Any]:
    """A whole number by its keys, digits by the end of what is shown of numbers. Raises ConfigurationError."""
    from callagent.recording.callers_key import keys_of

    if written is None:
        return {}
    digits = re.sub(r"[\s().+-]", "", written)
    if not digits.isascii() or not digits.isdecimal() or SHOWN_DIGITS < len(digits) < WHOLE_DIGITS:
        raise ConfigurationError(
            f"--caller: that is no number. Give the whole of it, or its last {SHOWN_DIGITS} digits: no more of it is "
            "kept to be read."
        )
    if len(digits) <= SHOWN_DIGITS:
        return {"caller_ends": digits}
    country = settings.sip_country.removeprefix("+") or "91"
    ways = (digits, country + digits, country + digits.removeprefix("0"))
    secret = settings.callers_secret.get_secret_value()
    keys = dict.fromkeys(key for way in ways for key in keys_of(settings.recordings, secret, way))
    if not keys:
        raise ConfigurationError(
            "--caller: numbers are found by keys, which no call here has: the server makes them with "
            f"CALLAGENT_CALLERS_SECRET, or with a secret beside the recordings. Give the last {SHOWN_DIGITS} digits."
        )
    return {"caller_keys": tuple(keys)}


async def _list(options: argparse.Namespace, settings: "Settings", search: "Search") -> None:
    from callagent.commands.calls.table import show_calls, show_none
    from callagent.recordings import make_call_store
    from callagent.store.calls import FILE

    try:
        is_new = not settings.calls_url and not (settings.recordings / FILE).exists()
    except OSError as error:
        raise ConfigurationError(
            f"{settings.recordings}: cannot be read ({error.strerror}). Run this as the user that the server runs as."
        ) from None
    store = make_call_store(settings)
    try:
        if is_new and not settings.recordings.is_dir():
            raise ConfigurationError(
                f"There are no recordings in {settings.recordings}. Set CALLAGENT_RECORDINGS to where the server keeps "
                "them."
            )
        await store.open()
        if options.reindex or is_new:
            await _reindex(settings, store)
        if search.words and (withheld := await store.withheld(search)):
            print(_unsearched(withheld, settings), file=sys.stderr)
        calls = await store.search(search)
        if options.json:
            for call in calls:
                print_json(call.as_json(), indent=None)
            return
        if calls:
            # To count the calls in which a word was said that most have, PostgreSQL takes seconds.
            show_calls(calls, None if search.words else await store.count(search), search, settings)
        else:
            show_none(await store.count(search), search, settings, await store.count(type(search)()))
    finally:
        await store.aclose()


def _unsearched(calls: int, settings: "Settings") -> str:
    """That words may have been said which are not found, and what to do."""
    told = f"The words of {calls:,} call{'s' * (calls != 1)} are not in the database, and were not searched."
    allow = "" if settings.has_words_in_database else "If they may be there, set CALLAGENT_DATABASE_WORDS=yes. "
    return f"{told} {allow}`callagent calls list --reindex` reads them from the calls' folders."


async def _reindex(settings: "Settings", store: "CallStore") -> None:
    """With a bar on standard error, and a line for each folder that is skipped."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from callagent.quality.plain import plain
    from callagent.quality.records import record_in
    from callagent.recording.folder import EVENTS, SOUND, SUMMARY, calls_in
    from callagent.recordings import open_recordings
    from callagent.store.reindexing import reindex

    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("reading the calls' folders", total=None)
        result = await reindex(
            list(calls_in(settings.recordings, EVENTS, SUMMARY, SOUND)),
            store,
            lambda done, of: progress.update(task, completed=done, total=of),
            partial(record_in, keys=open_recordings(settings).keys),
        )
    for line in result.broken:
        print(plain(f"skipped: {line}"), file=sys.stderr)


def _moment(written: str) -> str:
    """Checked now, reckoned when the shop's zone is known."""
    try:
        read_moment(written, datetime.now(ZoneInfo("UTC")), ZoneInfo("UTC"))
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"'{written}' is no moment; write {MOMENT}") from None
    return written


def _figure(written: str) -> float:
    if not re.fullmatch(r"\d{1,9}(\.\d+)?", written):
        raise argparse.ArgumentTypeError(f"'{written}' is no figure; write one such as 1500")
    return float(written)


def _count(written: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,5}", written):
        raise argparse.ArgumentTypeError(f"'{written}' is no count; give 1 or more")
    return int(written)
