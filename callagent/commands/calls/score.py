"""`callagent calls score`: how good a call was, by its events and by people."""

import argparse
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.prompt import Prompt
from rich.text import Text

from callagent.commands.as_json import print_json
from callagent.commands.calls.folders import folder_of, make_console, whoever
from callagent.commands.calls.records import tell_records
from callagent.commands.calls.view import judged, score_line
from callagent.commands.exit_status import OK
from callagent.quality.scorecard import HIGHEST, LOWEST, MARKS, cards, fill_in
from callagent.quality.scores import score_of


def run(options: argparse.Namespace) -> int:
    """Fill in the card with what was told; on a terminal ask where nothing was; then show all."""
    folder = folder_of(options)
    score = score_of(folder.events())
    console = make_console()
    told = {name: getattr(options, name) for name in MARKS if getattr(options, name) is not None}
    answers: dict[str, Any] = dict(told)
    if options.flag:
        answers["flags"] = tuple(options.flag)
    if options.comment is not None:
        answers["comment"] = options.comment
    if not options.json:
        console.print(score_line(score))
        for reason in score.reasons:
            console.print(Text(f"    {reason}"))
        if not answers and sys.stdin.isatty() and console.is_terminal:
            answers = _asked(console)
    if answers:
        at = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
        fill_in(folder.path, whoever(options), at, answers, folder.keys)
        tell_records(folder, options.recordings, score=score.value)
    filled = cards(folder.path, folder.keys)
    if options.json:
        scorecards = [asdict(card) for card in filled]
        print_json({"call": folder.name, "score": score.as_dict(), "scorecards": scorecards})
        return OK
    for one in judged(filled, ()):
        console.print(one)
    return OK


def _asked(console: Console) -> dict[str, Any]:
    """What the person says; what they leave empty stays open."""
    answers: dict[str, Any] = {}
    console.print(f"[dim]{LOWEST} (no) to {HIGHEST} (yes); Enter leaves a question open, Ctrl-C changes nothing.[/]")
    choices = [str(number) for number in range(LOWEST, HIGHEST + 1)]
    for name, question in MARKS.items():
        given = Prompt.ask(question, choices=[*choices, ""], default="", show_default=False, console=console)
        if given:
            answers[name] = int(given)
    flags = Prompt.ask("Flags, separated by commas", default="", show_default=False, console=console)
    if flags.strip():
        answers["flags"] = tuple(flag.strip() for flag in flags.split(",") if flag.strip())
    comment = Prompt.ask("Comment", default="", show_default=False, console=console)
    return answers | ({"comment": comment.strip()} if comment.strip() else {})
