"""What `callagent calls` and `callagent replay` can be told."""

import argparse
from collections.abc import Callable
from keyword import iskeyword
from pathlib import Path
from typing import Final, TypeAlias

from callagent.commands.calls.list import add_list
from callagent.quality.scorecard import HIGHEST, LOWEST, MARKS

Late: TypeAlias = Callable[[str], Callable[[argparse.Namespace], int]]
"""Makes a command of a module's name; the module is imported when the command is run."""


def add_calls(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", late: Late) -> None:
    """Add the commands over recorded calls; `callagent.commands.calls.NAME` holds what each runs."""
    for name, (about, add) in COMMANDS.items():
        parser = commands.add_parser(name, help=about, description=about)
        add(parser)
        module = f"{name}_" if iskeyword(name) else name
        parser.set_defaults(command=late(f"callagent.commands.calls.{module}"))


def add_replay(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", late: Late) -> None:
    """Add the command that has recorded calls again."""
    about = "have recorded calls again, with the flow and the engines of today; exit status 1 when one differs"
    replay = commands.add_parser("replay", help=about, description=about)
    replay.add_argument("call", nargs="*", metavar="CALL", help="folder, or name, or a part of it (default: all)")
    about = "only calls of so long ago at most, such as 7d, 12h or 2026-11-20"
    replay.add_argument("--since", metavar="WHEN", help=about)
    about = "a folder that holds flows/ and prompts/, a flow's own folder, or a shop (default: what is configured)"
    replay.add_argument("--flow", default="", metavar="PATH", help=about)
    about = "decisions: as it was understood; words: as it was transcribed; sound: as it was on the line"
    replay.add_argument("--level", choices=("decisions", "words", "sound"), default="decisions", help=about)
    about = "with --level sound: have this recogniser transcribe anew, such as pocketsphinx or deepgram"
    replay.add_argument("--stt", metavar="NAME", help=about)
    about = "with --level sound: an outage, such as 'tts hangs at 12s' or 'stt fails from 3s to 9s'; may be given often"
    replay.add_argument("--fault", action="append", default=[], metavar="WHAT", help=about)
    about = "with --level sound: keep each replay as a call in this folder, spoken by today's voice"
    replay.add_argument("--out", type=Path, metavar="FOLDER", help=about)
    about = "answers of look-ups: those of the recording, or of today's tables (default: recorded)"
    replay.add_argument("--lookups", choices=("recorded", "now"), default="recorded", help=about)
    _recordings(replay)
    replay.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    replay.set_defaults(command=late("callagent.commands.replay"))


def _one_call(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("call", metavar="CALL", help="its folder, or its name or a part of it")
    _recordings(parser)


def _recordings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--recordings", type=Path, metavar="FOLDER", help="where calls are kept (CALLAGENT_RECORDINGS)")


def _test(parser: argparse.ArgumentParser) -> None:
    _one_call(parser)
    parser.add_argument("--name", metavar="TEXT", help="of the test (default: the call's)")
    parser.add_argument("--flow", metavar="SHOP", help="whose test it is to be (default: of the call's own flow)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where it goes (default: flows/SHOP/tests/calls.yaml)")
    parser.add_argument("--sound", action="store_true", help="keep the caller's sound beside it, for `replay`")
    parser.add_argument("--anyway", action="store_true", help="write it even if it fails with today's flow")


def _import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE.wav", help="each a call, caller on the left")
    parser.add_argument("--caller-file", type=Path, metavar="FILE", help="instead: the caller's side of one call")
    parser.add_argument("--agent-file", type=Path, metavar="FILE", help="and the agent's")
    about = "whose flow the calls are for (CALLAGENT_SHOP)"
    parser.add_argument("--flow", metavar="SHOP", help=about)
    parser.add_argument("--language", metavar="L", help="that is spoken (default: the flow's first)")
    about = "of a stereo file (default: left)"
    parser.add_argument("--caller-channel", choices=("left", "right"), default="left", help=about)
    about = "sentences of the agent's, one a line, by which its turns are known in a file of one channel"
    parser.add_argument("--agent-words", type=Path, metavar="FILE", help=about)
    about = "when the call began, such as 2026-11-20T11:00 (default: by the time of the file)"
    parser.add_argument("--started", metavar="TIME", help=about)
    parser.add_argument("--caller", default="", metavar="NUMBER", help="who called, such as +919800000001; kept masked")
    _recordings(parser)


def _rotate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plain", action="store_true", help="decrypt them instead")
    _recordings(parser)


def _show(parser: argparse.ArgumentParser) -> None:
    _one_call(parser)
    parser.add_argument("--events", action="store_true", help="every event in place of the turns")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object")
    form.add_argument("--svg", type=Path, metavar="FILE", help="write a picture of the call instead")
    form.add_argument("--png", type=Path, metavar="FILE", help="the same as PNG (needs the extra 'pictures')")
    parser.add_argument("--force", action="store_true", help="write over what is there")


def _play(parser: argparse.ArgumentParser) -> None:
    _one_call(parser)
    parser.add_argument("--from", dest="from_s", type=float, default=0.0, metavar="S", help="seconds to begin at")
    parser.add_argument("--side", choices=("caller", "agent"), help="hear one side only")
    parser.add_argument("--by", default="", help="who listens, for the audit log (default: your login)")


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("call", metavar="CALL", nargs="*", help="folders, or names or parts of them")
    _recordings(parser)
    about = "instead of names: all calls since 24h, 7d, 2w or a date"
    parser.add_argument("--since", metavar="WHEN", help=about)
    about = "a folder, or a file that ends in .csv, .json or .wav"
    parser.add_argument("--to", type=Path, required=True, metavar="PATH", help=about)
    parser.add_argument("--turns", action="store_true", help="with .csv: a row for each turn, with its words")
    parser.add_argument("--force", action="store_true", help="write over what is there")
    parser.add_argument("--by", default="", help="who takes them, for the audit log (default: your login)")


def _score(parser: argparse.ArgumentParser) -> None:
    _one_call(parser)
    for name, question in MARKS.items():
        about = f"{question} From {LOWEST} (no) to {HIGHEST} (yes)"
        parser.add_argument(f"--{name}", type=int, choices=range(LOWEST, HIGHEST + 1), metavar="MARK", help=about)
    parser.add_argument("--flag", action="append", metavar="WORD", help="to find the call by; may be given often")
    parser.add_argument("--comment", metavar="TEXT", help="what you think of it")
    parser.add_argument("--by", default="", help="whose card it is (default: your login)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _note(parser: argparse.ArgumentParser) -> None:
    _one_call(parser)
    parser.add_argument("text", metavar="TEXT", help="the remark")
    parser.add_argument("--at", type=float, metavar="S", help="seconds into the call that it is about")
    parser.add_argument("--by", default="", help="whose remark it is (default: your login)")


def _report(parser: argparse.ArgumentParser) -> None:
    _recordings(parser)
    about = "since 24h, 7d, 2w or a date (default: 7d)"
    parser.add_argument("--since", default="7d", metavar="WHEN", help=about)
    parser.add_argument("--out", type=Path, default=Path("report.html"), metavar="FILE", help="(default: report.html)")
    about = "also what callers said where they were not understood"
    parser.add_argument("--words", action="store_true", help=about)
    parser.add_argument("--force", action="store_true", help="write over what is there")


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")


def _recover(parser: argparse.ArgumentParser) -> None:
    _recordings(parser)
    _json(parser)


def _purge(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only tell what would be deleted")
    _by(parser)
    _recordings(parser)
    _json(parser)


def _hold(parser: argparse.ArgumentParser) -> None:
    _one_call(parser)
    parser.add_argument("--release", action="store_true", help="let it go again")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="such as the number of the case")
    _by(parser)


def _delete(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("call", metavar="CALL", help="its folder, or its whole name")
    _recordings(parser)
    _by(parser)


def _fetch(parser: argparse.ArgumentParser) -> None:
    about = "its whole name, as `callagent calls list` shows it"
    parser.add_argument("call", nargs="+", metavar="CALL", help=about)
    _recordings(parser)


def _forget(parser: argparse.ArgumentParser) -> None:
    about = "the number, with its country code, as in +919800000001; - reads it from standard input"
    parser.add_argument("--caller", required=True, metavar="NUMBER", help=about)
    _by(parser)
    _recordings(parser)
    _json(parser)


def _audit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--verify", action="store_true", help="check that no line was changed; exit status 1 if so")
    parser.add_argument("--since", metavar="WHEN", help="a date, or how long ago, as in 2026-11-20 or 7d")
    _recordings(parser)
    _json(parser)


def _by(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", default="", metavar="NAME", help="who does it, for the audit log (default: your login)")


COMMANDS: Final[dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]]] = {
    "list": ("which calls there were, found by what one remembers of them", add_list),
    "show": ("look at a call: both sides in time, its turns, where the time of each answer went", _show),
    "play": ("hear a call, and read along", _play),
    "export": ("take calls along: a folder, a spreadsheet, JSON or the sound", _export),
    "score": ("how good a call was, by its events and by people; fill in a scorecard", _score),
    "note": ("write a remark about a call, or about a place in it", _note),
    "report": ("how the calls of a period went: one HTML file with plots", _report),
    "test": ("turn a call into a test of its flow, which passes as long as the flow decides as it did", _test),
    "import": ("make calls of recordings from elsewhere: WAV files of Twilio, Asterisk and others", _import),
    "fetch": ("have calls here again that are in the bucket only", _fetch),
    "hold": ("keep a call from being deleted by anybody, or let it go again", _hold),
    "delete": ("delete one call everywhere", _delete),
    "forget": ("delete all calls of one caller everywhere, and prove it; exit status 1 when some are left", _forget),
    "purge": ("delete what is older than CALLAGENT_RETENTION allows; a server does so every day", _purge),
    "recover": ("finish the recordings of calls whose process died; a server does so when it starts", _recover),
    "rotate": ("encrypt recordings that are there already with the first of the keys", _rotate),
    "audit": ("who looked at, played, exported, held or deleted which call", _audit),
}
"""By name: what each does, and how what it is told is added."""
