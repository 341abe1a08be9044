"""`callagent calls show`: one call, to be looked at."""

import argparse
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from rich.text import Text

from callagent.commands.as_json import print_json
from callagent.commands.calls.folders import accessed, as_dict, folder_of, make_console, whoever, write_file
from callagent.commands.calls.timeline import columns_of, timeline
from callagent.commands.calls.view import events_table, head, judged, turns_table
from callagent.commands.exit_status import OK
from callagent.errors import RecordingError
from callagent.events import Event, as_record
from callagent.quality.picture import draw
from callagent.quality.pixels import png_of
from callagent.quality.plain import plain
from callagent.quality.scorecard import Note, cards, notes
from callagent.quality.scores import score_of
from callagent.quality.tracks import loudness, tracks_of
from callagent.quality.turns import turns_of
from callagent.recording.folder import CallFolder
from callagent.settings.loading import load_settings


def run(options: argparse.Namespace) -> int:
    """Show the call; or write its picture to a file."""
    folder = folder_of(options)
    events = folder.events()
    accessed(folder, "shown with words", whoever(options))
    if options.json:
        print_json(_as_dict(folder, events, with_events=options.events))
    elif options.svg or options.png:
        _write(folder, events, options)
    else:
        _show(folder, events, options)
    return OK


def _as_dict(folder: CallFolder, events: Sequence[Event], *, with_events: bool) -> dict[str, Any]:
    timeline = tracks_of(events, _placed(notes(folder.path, folder.keys))).as_dict()
    told = {"started": as_record(events[0]), "timeline": timeline}
    return as_dict(folder, events, with_events=with_events) | told


def _zone() -> ZoneInfo:
    return ZoneInfo(load_settings().timezone)


def _placed(remarks: Sequence[Note]) -> list[tuple[float, str]]:
    return [(note.at_s, note.text) for note in remarks if note.at_s is not None]


def _show(folder: CallFolder, events: Sequence[Event], options: argparse.Namespace) -> None:
    console = make_console()
    remarks = notes(folder.path, folder.keys)
    tracks = tracks_of(events, _placed(remarks))
    loud, silent = None, ""
    if folder.has_sound:
        try:
            with folder.sound() as sound:
                loud = loudness(sound, columns_of(tracks.length_s, console.width), tracks.length_s)
                silent = "the end of the sound is missing" if sound.is_cut else ""
        except RecordingError as error:
            silent = str(error)
    else:
        silent = "no sound was kept"
    console.print(head(folder.name, events, score_of(events), _zone()))
    for line in timeline(tracks, console.width, loud):
        console.print(line, no_wrap=True, overflow="crop")
    if silent:
        console.print(Text(plain(silent), style="yellow"))
    console.print()
    if options.events:
        console.print(events_table(events))
    else:
        console.print(turns_table(turns_of(events), console.width))
    for one in judged(cards(folder.path, folder.keys), remarks):
        console.print(one)


def _write(folder: CallFolder, events: Sequence[Event], options: argparse.Namespace) -> None:
    tracks = tracks_of(events, _placed(notes(folder.path, folder.keys)))
    told = (folder.name, events, score_of(events), tracks, turns_of(events), _zone())
    if folder.has_sound:
        with folder.sound() as sound:
            svg = draw(*told, sound)
    else:
        svg = draw(*told)
    path, data = (options.png, png_of(svg)) if options.png else (options.svg, svg.encode())
    write_file(path, [data], force=options.force)
    print(f"{path}: {len(data) / 1000:.0f} kB")
