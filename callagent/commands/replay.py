"""`callagent replay`: recorded calls once more, and what differs."""

import argparse
import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from time import perf_counter
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from callagent.commands.as_json import print_json
from callagent.commands.calls.folders import moment, shop_now
from callagent.commands.exit_status import FAILED, OK
from callagent.errors import ConfigurationError, RecordingError
from callagent.logs import configure_logs
from callagent.quality.plain import plain
from callagent.recording.folder import IMPORTED, CallFolder, Recordings
from callagent.recordings import open_recordings
from callagent.registry import resolve
from callagent.replay.batch import Findings, Unreplayed, replay_all, replay_one
from callagent.replay.compare import Comparison, TurnCompared
from callagent.replay.dialogue_replay import Level
from callagent.replay.faults import parse_fault
from callagent.replay.players.pacing import USUAL_S
from callagent.replay.venue import Venue
from callagent.settings.loading import load_settings
from callagent.settings.settings import Settings
from callagent.simulator.virtual_time import run as run_virtually
from callagent.stt.registry import TRANSCRIBERS

STYLES: Final = {"same": "dim", "wording": "yellow", "transcript": "magenta", "decision": "bold red"}
VERDICTS: Final = {
    "same": "same",
    "wording": "other words",
    "transcript": "heard otherwise",
    "decision": "other decision",
}
PATIENCE_S: Final = 600.0
"""Real seconds that the longest work of a replay may take: loading a model, transcribing a long turn."""
STUMBLE_MS: Final = 100.0
"""By so much a replay's answers may come sooner or later without a word about it."""
MOST_SHOWN: Final = 30
"""Calls that differ of which a table shows the first difference."""


def run(options: argparse.Namespace) -> int:
    """Exit status 0 when nothing differs and all could be replayed."""
    for name in ("stt", "fault", "out"):
        if getattr(options, name) and options.level != "sound":
            raise ConfigurationError(f"--{name} is of --level sound: the other levels have no sound. Add that.")
    if options.stt is not None:
        _check_recogniser(options.stt)
    settings = load_settings()
    configure_logs("CRITICAL", people=True)  # what went wrong in a call is told again by its events
    recordings = open_recordings(settings, options.recordings)
    began_s = perf_counter()
    folders = list(_folders(recordings, options.call, options.since))
    if not folders:
        raise RecordingError(f"{recordings.path}: holds no call{' of that time' if options.since else ''} to replay.")
    venue = Venue(settings, options.flow, look_up_anew=options.lookups == "now")
    console = Console(stderr=options.json)
    if len(folders) > 1:
        folders = _fitting(folders, options.level, console)
    if options.level == "sound":
        results = run_virtually(_replay_sound(folders, settings, venue, options, console), PATIENCE_S)
    else:
        level: Level = "words" if options.level == "words" else "decisions"
        results = asyncio.run(_replay(folders, lambda one: replay_one(one, venue, level), console, quiet=options.json))
    took_s = round(perf_counter() - began_s, 3)
    found = Findings.of(results)
    if options.json:
        calls = [one.as_dict() for one in results]
        print_json({"calls": calls, "findings": found.as_dict(), "took_s": took_s})
    elif len(results) == 1:
        _show_call(results[0], console, options.stt or "")
    else:
        _show_calls(results, found, console)
        rate = len(results) / max(took_s, 0.001)
        console.print(f"That took {took_s:.1f} s: {rate:.3g} calls a second.", style="dim")
    return FAILED if found.differ or found.unreplayed else OK


def _check_recogniser(name: str) -> None:
    try:
        resolve("transcriber", name, TRANSCRIBERS)
    except ConfigurationError as error:
        raise ConfigurationError(f"--stt: {error}") from None


def _folders(recordings: Recordings, names: Sequence[str], since: str | None) -> Iterator[CallFolder]:
    began = None if since is None else moment(since, shop_now())
    folders: Iterable[CallFolder] = (recordings.find(name) for name in names) if names else recordings.all()
    for folder in folders:
        if began is None or folder.may_be_since(began):
            yield folder


def _fitting(folders: Sequence[CallFolder], level: str, console: Console) -> list[CallFolder]:
    """Those of many that have what a level needs; how many have not is told. Raises RecordingError where none has."""
    if level == "words":
        return list(folders)
    fitting = [one for one in folders if (one.has_sound if level == "sound" else not _is_imported(one))]
    number = len(folders) - len(fitting)
    calls = "call" if number == 1 else "calls"
    left = f"{number} {calls} without sound left out."
    if level == "decisions":
        left = f"{number} imported {calls} left out: no decisions are known of them. --level words has them again."
    if not fitting:
        raise RecordingError(f"{left} There is no other.")
    if len(fitting) < len(folders):
        console.print(left, style="dim")
    return fitting


def _is_imported(folder: CallFolder) -> bool:
    try:
        started = folder.started()
    except RecordingError:
        return False  # it is told when it is to be replayed
    return started is not None and started.carrier == IMPORTED


async def _replay_sound(
    folders: Sequence[CallFolder], settings: Settings, venue: Venue, options: argparse.Namespace, console: Console
) -> list[Comparison | Unreplayed]:
    from callagent.replay.sound_venue import Orders, SoundVenue  # with pipecat, a second that the others need not wait

    orders = Orders(
        stt=options.stt or "",
        look_up_anew=options.lookups == "now",
        faults=[parse_fault(one) for one in options.fault],
        keep_in=options.out,
    )
    sound = SoundVenue(settings, venue, orders)
    try:
        return await _replay(folders, sound.replay, console, quiet=options.json)
    finally:
        await sound.aclose()


async def _replay(
    folders: Sequence[CallFolder],
    replay: Callable[[CallFolder], Awaitable[Comparison]],
    console: Console,
    *,
    quiet: bool,
) -> list[Comparison | Unreplayed]:
    columns = (TextColumn("Replaying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    results: list[Comparison | Unreplayed] = []
    hidden = quiet or len(folders) < 2 or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
        task = progress.add_task("", total=len(folders))
        async for result in replay_all(folders, replay):
            if not results:
                gc.freeze()  # the flow, once read, stays: looking through it for garbage took a fifth of the time
            results.append(result)
            progress.advance(task)
    return results


def _show_call(result: Comparison | Unreplayed, console: Console, stt: str) -> None:
    if isinstance(result, Unreplayed):
        console.print(Text(plain(f"{result.call}: {result.why}"), "bold red"))
        return
    title = Text(plain(f"{result.call}, replayed by its {result.level}"))
    table = Table(title=title, title_justify="left", expand=False)
    table.add_column("turn", justify="right")
    table.add_column("the caller", max_width=34)
    table.add_column("", no_wrap=True)
    table.add_column("then")
    table.add_column("now")
    timed = result.level == "sound"
    if timed:
        table.add_column("ms", justify="right", no_wrap=True)
    for turn in result.turns:
        style = STYLES[turn.verdict]
        before, now = plain(turn.before), plain(turn.now if turn.verdict != "same" or not turn.before else "")
        if turn.verdict == "wording":
            before, now = f"{before}\n“{plain(turn.worded)}”", f"\n“{plain(turn.worded_now)}”"
        verdict = "" if result.is_imported else VERDICTS[turn.verdict]
        cells = (Text(plain(turn.hearing)), Text(verdict, style), Text(before), Text(now))
        table.add_row(str(turn.turn), *cells, *([_latency(turn)] if timed else []))
    console.print(table)
    if timed and stt:
        told = f"ms now: as if {stt} took {USUAL_S * 1000:.0f} ms for each turn; what it takes is not measured."
        console.print(told, markup=False)
    for line in _told(result):
        console.print(Text(plain(line)))


def _latency(turn: TurnCompared) -> str:
    """Response latency then and now."""
    then, now = (f"{one:.0f}" if one is not None else "–" for one in (turn.response_ms, turn.response_now_ms))
    return then if then == now else f"{then} → {now}"


def _told(result: Comparison) -> Iterator[str]:
    """In sentences, what the table does not tell."""
    same = result.version == result.version_now
    if result.is_imported:
        yield f"Flow: {result.version_now} now. The call was imported: what was decided then nobody knows."
        return
    yield f"Flow: {result.version} then, {'the same' if same else result.version_now} now."
    if result.diverged_at is not None:
        left = result.of - len(result.turns)
        rest = f"; {left} later {'turn is' if left == 1 else 'turns are'} not compared" if left else ""
        yield f"Diverged at turn {result.diverged_at}{rest}."
    elif not result.ended:
        yield "The recording has no end: how the call went on is not compared."
    elif result.ended != result.ended_now:
        yield f"Ended: {result.ended} then, {result.ended_now or 'not'} now."
    for missing in result.missing:
        yield f"Not in the recording: {missing}."
    waits = ((one.response_ms, one.response_now_ms) for one in result.turns)
    waits_otherwise = any(then and now and abs(then - now) > STUMBLE_MS for then, now in waits)
    but = " but how long the caller waits" if waits_otherwise else ""
    yield "The call differs." if result.differs else f"Nothing differs{but}."


def _show_calls(results: Sequence[Comparison | Unreplayed], found: Findings, console: Console) -> None:
    table = Table(expand=False)
    table.add_column("call", no_wrap=True)
    table.add_column("turn", justify="right")
    table.add_column("the caller", max_width=24)
    table.add_column("then → now", overflow="fold")
    differing = [one for one in results if isinstance(one, Unreplayed) or one.differs]
    last = ""
    for one in differing[:MOST_SHOWN]:
        if isinstance(one, Unreplayed):
            why = one.why.partition(": ")[2]  # before it stands which call it is
            told = "likewise" if why and why == last else plain(one.why)
            table.add_row(Text(plain(one.call)), "", "", Text(told, "red"))
            last = why
        else:
            table.add_row(Text(plain(one.call)), *_first(one))
    if differing:
        console.print(table)
    if len(differing) > MOST_SHOWN:
        console.print(f"... and {len(differing) - MOST_SHOWN} more; --json tells of all.")
    if any(isinstance(one, Comparison) and one.diverged_at is not None for one in differing):
        console.print("⤳ after this turn the call goes another way, and what the caller did then answers nothing.")
    console.print(str(found), style="bold" if found.differ or found.unreplayed else "")
    if (then := found.response) and (now := found.response_now):
        console.print(
            f"Answers after {then.median_ms:.0f} ms (p95 {then.p95_ms:.0f}) then, "
            f"after {now.median_ms:.0f} ms (p95 {now.p95_ms:.0f}) now."
        )


def _first(result: Comparison) -> tuple[str | Text, ...]:
    """Its first difference."""
    first: TurnCompared | None = result.first
    if first is None:
        return "", "", Text(plain(f"ended: {result.ended or 'not'} → {result.ended_now or 'not'}"))
    then, now = first.change
    turn = f"{first.turn} ⤳" if result.diverged_at == first.turn else str(first.turn)
    wording = first.verdict == "wording"
    told = f"“{plain(then)}” → “{plain(now)}”" if wording else plain(f"{then} → {now}")
    return turn, Text(plain(first.heard)), Text(told, STYLES[first.verdict])
