"""`callagent calls import`: recordings from elsewhere become calls that can be shown and replayed."""

import argparse
import asyncio
import re
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from callagent.clock import SystemClock
from callagent.commands.calls.records import tell_records
from callagent.commands.exit_status import FAILED, OK
from callagent.dialogue.understanding import words_of
from callagent.errors import CallagentError, ConfigurationError, MediaError
from callagent.flow_dialogue import FlowDialogue
from callagent.logs import configure_logs
from callagent.media.audio import SAMPLE_RATE
from callagent.media.vad import load_voice_model
from callagent.media.voice_pool import VoicePool
from callagent.providers import make_transcriber
from callagent.recording.callers_key import make_key_of
from callagent.recording.events_file import YEARS
from callagent.recording.folder import CallFolder
from callagent.recording.import_sound import Source, open_sides
from callagent.recording.importing import About, Imported, Importer
from callagent.recordings import open_recordings
from callagent.settings.loading import load_settings
from callagent.settings.settings import Settings
from callagent.stt.transcriber import Hints
from callagent.workshop.shops import find_shops, open_tables

_NUMBER: Final = re.compile(r"\+[1-9]\d{6,14}")


def run(options: argparse.Namespace) -> int:
    """The command; 1 when a recording could not be imported, which keeps no other from it."""
    configure_logs("ERROR", people=True)
    sources = _sources(options)
    settings = load_settings()
    if options.caller and not _NUMBER.fullmatch(options.caller):
        raise ConfigurationError("--caller is no telephone number. Write it with its country, such as +919800000001.")
    started = _moment(options.started, settings)
    dialogue = _dialogue(options, settings)
    done = asyncio.run(_import(options, settings, sources, dialogue, started, _sentences(options.agent_words)))
    recordings = open_recordings(settings, options.recordings)
    for one in done:
        tell_records(CallFolder(one.folder, recordings.keys), options.recordings)
    return OK if len(done) == len(sources) else FAILED


def _sentences(file: Path | None) -> tuple[str, ...]:
    """What the agent says. Raises ConfigurationError for a file that cannot be read."""
    if file is None:
        return ()
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"--agent-words: {file} cannot be read ({type(error).__name__}). Name a text in UTF-8, a sentence a line."
        ) from None
    return tuple(line.strip() for line in lines if line.strip())


def _sources(options: argparse.Namespace) -> list[Source]:
    if options.caller_file is None and options.agent_file is None:
        if not options.files:
            raise ConfigurationError("Name WAV files, or one call's two with --caller-file and --agent-file.")
        return [Source(path, None, options.caller_channel) for path in options.files]
    if options.files or options.caller_file is None or options.agent_file is None:
        raise ConfigurationError(
            "--caller-file and --agent-file are the two sides of one call: give both, and no other."
        )
    return [Source(options.caller_file, options.agent_file)]


def _moment(written: str | None, settings: Settings) -> datetime | None:
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        moment = None
    if moment is None or moment.year not in YEARS:
        raise ConfigurationError(f"--started: '{written}' is no time. Write it as 2026-11-20T11:00.")
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(settings.timezone))


def _dialogue(options: argparse.Namespace, settings: Settings) -> FlowDialogue:
    """The flow, for what callers can be expected to say."""
    [shop] = find_shops(settings.flows, settings.prompts, [options.flow or settings.shop])
    tables = open_tables(shop.flow)
    dialogue = FlowDialogue(shop.flow, shop.prompts, tables, timezone=ZoneInfo(settings.timezone))
    language = options.language or settings.language
    if language and language not in dialogue.flow.languages:
        known = ", ".join(dialogue.flow.languages)
        raise ConfigurationError(
            f"--language: the flow '{dialogue.name}' does not speak '{language}'. It speaks {known}."
        )
    if language in ("", dialogue.language):
        return dialogue
    return FlowDialogue(shop.flow, shop.prompts, tables, timezone=ZoneInfo(settings.timezone), language=language)


def hints_of(dialogue: FlowDialogue, sentences: tuple[str, ...]) -> Hints:
    """All that callers may say anywhere in a flow: which question was asked in the call, nobody knows."""
    listens = dialogue.listens()
    phrases = [phrase for one in listens for phrase in one.phrases]
    ranges = [one.digits for one in listens if one.digits is not None]
    return Hints(
        dialogue.language,
        tuple(dict.fromkeys((*phrases, *(" ".join(words_of(sentence)) for sentence in sentences)))),
        tuple(dict.fromkeys(filler for one in listens for filler in one.fillers)),
        (min(few for few, _ in ranges), max(many for _, many in ranges)) if ranges else None,
    )


async def _import(
    options: argparse.Namespace,
    settings: Settings,
    sources: Sequence[Source],
    dialogue: FlowDialogue,
    started: datetime | None,
    sentences: tuple[str, ...],
) -> list[Imported]:
    """Those that could be imported; of the others it is told why not."""
    transcriber = make_transcriber(settings, SystemClock())
    recordings = open_recordings(settings, options.recordings)
    secret = settings.callers_secret.get_secret_value()
    caller_key = make_key_of(recordings.path, secret)(options.caller) if options.caller else ""
    importer = Importer(recordings.path, transcriber, VoicePool(load_voice_model()), keys=recordings.keys)
    hints = hints_of(dialogue, sentences)
    console = Console(highlight=False, soft_wrap=True)
    all_done: list[Imported] = []
    try:
        await transcriber.warm_up()
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            for source in sources:
                task = progress.add_task(source.path.name, total=1.0)
                try:
                    moment = started or _by_file(source, settings)
                    about = About(dialogue.name, dialogue.language, moment, options.caller, caller_key, sentences)
                    told = progress.console.print
                    done = await importer.take(
                        source,
                        about,
                        hints,
                        lambda part, task=task: progress.update(task, completed=part),  # type: ignore[misc]
                    )
                except CallagentError as error:
                    print(error, file=sys.stderr)
                else:
                    all_done.append(done)
                    for line in _told(source, done, moment, by_file=started is None):
                        told(Text(line))
                progress.remove_task(task)
    finally:
        await transcriber.aclose()
    return all_done


def _by_file(source: Source, settings: Settings) -> datetime:
    """When a call began whose file was last written at its end. Raises MediaError for a file that is no honest WAV."""
    with open_sides(source) as sides:
        seconds = sides.samples / SAMPLE_RATE
    try:
        written = source.path.stat().st_mtime
    except OSError as error:
        raise MediaError(f"{source.path}: cannot be read ({error.strerror}).") from error
    return datetime.fromtimestamp(written, ZoneInfo(settings.timezone)) - timedelta(seconds=seconds)


def _told(source: Source, done: Imported, moment: datetime, *, by_file: bool) -> list[str]:
    length = f"{int(done.duration_s // 60)}:{int(done.duration_s % 60):02}"
    lines = [
        f"{source.path}: {length} minutes, {done.turns} turns of the caller, {done.understood} understood",
        f"  {done.folder}",
    ]
    if by_file:
        lines.append(f"  taken to have begun at {moment:%Y-%m-%d %H:%M}, by the time of the file; --started tells it")
    if not done.apart and done.agents:
        lines.append(
            f"  one channel: turns that are the agent's by their words: {done.agents}; all others are the caller's"
        )
    elif not done.apart:
        lines.append("  one channel: all that is said in it, the agent's words too, is taken for the caller's")
    if done.failed:
        lines.append(f"  the transcriber failed in {done.failed} of the turns: these have no words")
    if not done.turns:
        lines.append("  nobody speaks on the caller's side; is it the other? --caller-channel right")
    return lines
