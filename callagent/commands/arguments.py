"""The command line: the commands, what each can be told, and where it is."""

import argparse
import math
from collections.abc import Callable
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from callagent.commands.calls.arguments import add_calls, add_replay
from callagent.events import STAGES

if TYPE_CHECKING:
    from callagent.simulator.impairment import Impairment

BREAKABLE: Final = (*STAGES, "all")
"""What `demo --break` breaks."""
MEASURES: Final = ("intent", "entities", "language")
"""What `flows evaluate` measures."""

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001  # it has no other name


def make_parser() -> argparse.ArgumentParser:
    """Of the whole command line; what it reads has the function to run as `command`."""
    parser = argparse.ArgumentParser(prog="callagent", description="The telephone agent for shops.")
    parser.add_argument("--version", action="version", version=f"callagent {metadata.version('callagent')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_serve(commands)
    _add_demo(commands)
    _add_bench(commands)
    _add_doctor(commands)
    models = commands.add_parser("models", help="fetch and list the models that run on this machine")
    _add_models(models.add_subparsers(required=True, metavar="COMMAND"))
    _add_status(commands)
    _add_dial(commands)
    add_replay(commands, _late)
    calls = commands.add_parser("calls", help="recorded calls: look at them, judge them, make tests of them")
    add_calls(calls.add_subparsers(required=True, metavar="COMMAND"), _late)
    flows = commands.add_parser("flows", help="check, test, try, draw and evaluate what the phone says")
    _add_flows(flows.add_subparsers(required=True, metavar="COMMAND"))
    return parser


def _add_serve(commands: Commands) -> None:
    about = "answer real calls, over Twilio, over SIP or from an Asterisk"
    serve = commands.add_parser("serve", help=about, description=about)
    serve.add_argument("--host", help="address to listen on (CALLAGENT_HOST)")
    serve.add_argument("--port", type=int, help="port to listen on, 0 for a free one (CALLAGENT_PORT)")
    serve.add_argument("--shop", help="folder below flows/ and prompts/ (CALLAGENT_SHOP)")
    serve.add_argument("--workers", type=_processes, metavar="N", help="processes that serve calls (CALLAGENT_WORKERS)")
    serve.add_argument("--worker", help=argparse.SUPPRESS)  # how the parent begins one of them
    serve.set_defaults(command=_late("callagent.commands.serve"))


def _add_demo(commands: Commands) -> None:
    about = "hear of a whole telephone call; needs no keys and no network"
    demo = commands.add_parser("demo", help=about, description=about)
    demo.add_argument("--caller", metavar="FILE.wav", help="a recording to play into the call, instead of the script")
    demo.add_argument("--language", default="en", help="language of the scripted caller (default: en)")
    demo.add_argument("--break", dest="broken", choices=BREAKABLE, help="break providers in mid-call")
    demo.add_argument(
        "--at", type=_seconds, metavar="S", help="when: seconds after the answer (default: in the second turn)"
    )
    demo.add_argument("--json", action="store_true", help="print one JSON object instead of the live view")
    demo.set_defaults(command=_late("callagent.commands.demo"))


def _add_bench(commands: Commands) -> None:
    about = "measure many calls at once, as heard at the carrier's side"
    bench = commands.add_parser("bench", help=about, description=about)
    bench.add_argument(
        "--calls", type=_count, metavar="N", help="calls at the same time (default: 25; 10 for --against)"
    )
    about = "how long (default: 30; 15 for each step of --until-late; 5 for each call of --soak)"
    bench.add_argument("--seconds", type=_seconds, metavar="S", help=about)
    about = "processes of callagent's server (default: 1)"
    bench.add_argument("--workers", type=_processes, default=1, metavar="W", help=about)
    bench.add_argument("--carrier", choices=("twilio", "sip"), default="twilio", help="of the calls (default: twilio)")
    instead = bench.add_mutually_exclusive_group()
    instead.add_argument("--sequence", type=_count, default=0, metavar="K", help="instead: K calls one after another")
    about = "instead: what fallback chains add to calling the providers directly; exit status 1 beyond a limit"
    instead.add_argument("--compare-direct", action="store_true", help=about)
    about = (
        "instead: callagent and a stock pipecat bot in turn, with the same callers, or calls over --carrier sip and "
        "over Twilio; exit status 1 beyond a limit"
    )
    instead.add_argument("--against", choices=("pipecat", "twilio"), help=about)
    about = "instead: more and more calls, until the agent's audio comes late"
    instead.add_argument("--until-late", action="store_true", help=about)
    about = (
        "with --carrier sip, instead: N calls of which 15 in 100 end as they should not; exit status 1 when one fails, "
        "or the server keeps anything of them"
    )
    instead.add_argument("--soak", type=_count, default=0, metavar="N", help=about)
    about = "with --carrier sip: a bad network, such as signalling=15,rtp=5,jitter=60,reorder=3 (percents and ms)"
    bench.add_argument("--impair", type=_impairment, default="", metavar="WHAT=N,...", help=about)
    bench.add_argument("--rounds", type=_count, default=2, metavar="R", help="of --against (default: 2)")
    about = "instead: whether the agent stops, goes on and answers for the right reasons; exit status 1 beyond a limit"
    instead.add_argument("--turns", action="store_true", help=about)
    bench.add_argument("--cases", type=Path, metavar="FOLDER", help="with --turns: exchanges of your own (YAML files)")
    about = "with --turns: write one exchange as a WAV file (caller left, agent right) and its events into a folder"
    bench.add_argument("--listen", nargs=2, metavar=("CASE", "FOLDER"), help=about)
    bench.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    bench.set_defaults(command=_late("callagent.commands.bench"))


def _add_doctor(commands: Commands) -> None:
    about = "try each configured provider with one tiny request; exit status 1 when one does not work"
    doctor = commands.add_parser("doctor", help=about, description=about)
    doctor.add_argument("--offline", action="store_true", help="leave out what needs the network")
    doctor.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    doctor.set_defaults(command=_late("callagent.commands.doctor"))


def _add_models(commands: Commands) -> None:
    for name, about in (
        ("pull", "fetch the local models that the configuration names, and verify them; needs the network"),
        ("list", "the local models that the configuration names: version, digest, size, and whether they are loaded"),
    ):
        parser = commands.add_parser(name, help=about, description=about)
        if name == "pull":
            parser.add_argument("name", nargs="*", metavar="NAME", help="of a model or a provider (default: all)")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead")
        parser.set_defaults(command=_late("callagent.commands.models", f"run_{name}"))


def _add_status(commands: Commands) -> None:
    about = "how a running server does: providers, stages, calls, and what to do about it"
    status = commands.add_parser("status", help=about, description=about)
    status.add_argument("--host", help="where it listens (CALLAGENT_HOST)")
    status.add_argument("--port", type=int, help="port that it listens on (CALLAGENT_PORT)")
    status.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    status.set_defaults(command=_late("callagent.commands.status"))


def _add_dial(commands: Commands) -> None:
    about = "have the running server ring somebody; exit status 1 when nobody takes the call"
    dial = commands.add_parser("dial", help=about, description=about)
    dial.add_argument("number", metavar="NUMBER", help="with its country code, as in +919800000001")
    dial.add_argument("--flow", metavar="SHOP", help="folder below flows/ (default: the server's own)")
    dial.add_argument("--ring", type=_ring, metavar="SECONDS", help="how long to ring, 5 to 60 (default: 30)")
    dial.add_argument("--host", help="where the server listens (CALLAGENT_HOST)")
    dial.add_argument("--port", type=int, help="port that it listens on (CALLAGENT_PORT)")
    dial.set_defaults(command=_late("callagent.commands.dial"))


def _add_flows(commands: Commands) -> None:
    def add(name: str, run: str, about: str, *, shops: bool = True) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, help=about, description=about)
        which = "folder below flows/ (default: all)" if shops else "folder below flows/ (default: CALLAGENT_SHOP)"
        parser.add_argument("shop", nargs="*" if shops else "?", metavar="SHOP", help=which)
        parser.add_argument("--json", action="store_true", help="print JSON instead")
        module, _, function = run.rpartition(".")
        parser.set_defaults(command=_late(module, function))
        return parser

    check = add(
        "check", "callagent.commands.flows.run_check", "find mistakes, and what is doubtful; exit status 1 on errors"
    )
    check.add_argument("--against", metavar="FOLDER", help="tell what differs from the flows/ and prompts/ in there")
    about = "play the transcripts in flows/SHOP/tests/*.yaml; exit status 1 when one fails"
    add("test", "callagent.commands.flows.run_test", about)
    add("try", "callagent.commands.try_.run", "talk to the flow in the terminal, by text", shops=False)
    about = "measure with labelled sentences how well callers are understood"
    evaluate = commands.add_parser("evaluate", help=about, description=about)
    _add_evaluate(evaluate)
    draw = add("draw", "callagent.commands.draw.run", "draw the flow as a picture", shops=False)
    draw.add_argument("--out", metavar="FILE", help="SHOP.svg, or SHOP.mmd for Mermaid (default: SHOP.svg)")


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help="labelled sentences (default: those of the shops)")
    parser.add_argument("--shop", metavar="SHOP", help="whose goods FILE speaks of (default: goods.yaml beside it)")
    parser.add_argument(
        "--at-least",
        action="append",
        default=[],
        type=_least,
        metavar="WHAT=PERCENT",
        help="exit status 1 below it; WHAT is intent, entities or language; may be given for each",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead")
    parser.set_defaults(command=_late("callagent.commands.evaluate"))


def _late(module: str, function: str = "run") -> Callable[[argparse.Namespace], int]:
    """A command whose module is imported only when it is run: `serve` starts sooner without the simulator."""

    def command(options: argparse.Namespace) -> int:
        run: Callable[[argparse.Namespace], int] = getattr(import_module(module), function)
        return run(options)

    return command


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of calls; give 1 or more")
    return int(text)


def _processes(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of processes; give 1 to 64")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is no length of time; give seconds above 0, such as 30")
    return seconds


def _ring(text: str) -> float:
    seconds = _seconds(text)
    if not 5 <= seconds <= 60:
        raise argparse.ArgumentTypeError(f"'{text}' is no time to ring for; give 5 to 60 seconds")
    return seconds


def _impairment(text: str) -> "Impairment":
    from callagent.simulator.impairment import read_impairment

    try:
        return read_impairment(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _least(text: str) -> tuple[str, float]:
    what, _, percent = text.partition("=")
    try:
        share = float(percent) / 100
    except ValueError:
        share = -1.0
    if what not in MEASURES or not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no {', '.join(MEASURES)} with a percentage; write intent=95")
    return what, share
