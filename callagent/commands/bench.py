"""`callagent bench`: a server with scripted providers, measured from a second process at the carrier's side."""

import argparse
import json
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from callagent import event_loop
from callagent.commands import against, compare, soak, turns, until_late
from callagent.errors import ConfigurationError
from callagent.logs import configure_logs
from callagent.simulator.bench import BenchPlan, BenchResult, SequenceResult, run_bench, run_sequence
from callagent.simulator.bench_table import bench_table, sequence_table
from callagent.simulator.bench_talk import QUESTIONS
from callagent.simulator.carriers import CARRIERS
from callagent.simulator.measured_server import our_server
from callagent.tts.espeak import EspeakSynthesizer
from callagent.tts.synthesizer import Speech

CALLS: Final = 25
AGAINST_CALLS: Final = 10
"""A stock bot must not be at its limit: a comparison with a server that cannot go on says nothing."""
SECONDS: Final = 30.0
STEP_SECONDS: Final = 15.0
SOAK_SECONDS: Final = 5.0
FLOOR_MS: Final = {"silence before recognizing": 200, "transcript": 150, "first token": 200, "first audio": 100}
"""What the flow's patience and the scripted providers take, before any work of the server's own."""


def run(options: argparse.Namespace) -> int:
    """The command; 0 when no call failed, or no limit was passed.

    Without `calls` and `seconds` in the options, each measurement takes what it needs.
    """
    configure_logs("WARNING", people=True)
    _check(options)
    if options.turns or options.cases or options.listen:
        return turns.run(options)
    options.calls = options.calls or (AGAINST_CALLS if options.against else CALLS)
    options.seconds = options.seconds or (
        STEP_SECONDS if options.until_late else SOAK_SECONDS if options.soak else SECONDS
    )
    if options.compare_direct:
        return compare.run(options)
    if options.against:
        return event_loop.run(against.run(options, _utterances))
    if options.soak:
        return event_loop.run(soak.run(options, _utterances))
    if options.until_late:
        return event_loop.run(until_late.run(options, _utterances))
    return event_loop.run(_bench(options))


def _check(options: argparse.Namespace) -> None:
    """Raises ConfigurationError for what cannot be measured over the carrier."""
    if options.carrier == "sip":
        if options.against == "pipecat":
            raise ConfigurationError("The stock bot takes no calls over SIP: leave out --carrier sip.")
        if options.compare_direct or options.turns:
            raise ConfigurationError("This measurement has no carrier: leave out --carrier sip.")
        if options.workers > 1:
            raise ConfigurationError("SIP needs a server of one process: leave out --workers.")
        return
    for name, given in (("--soak", options.soak), ("--against twilio", options.against == "twilio")):
        if given:
            raise ConfigurationError(f"{name} is for calls over SIP: give --carrier sip as well.")
    if not options.impair.is_nothing:
        raise ConfigurationError("--impair is for calls over UDP: give --carrier sip as well.")


async def _bench(options: argparse.Namespace) -> int:
    console = Console(stderr=options.json, quiet=options.json, highlight=False)
    utterances = await _utterances()
    carrier = CARRIERS[options.carrier](options.impair)
    async with carrier, our_server(carrier, workers=options.workers) as server:
        plan = BenchPlan(
            server.destination,
            utterances,
            calls=options.sequence or options.calls,
            seconds=options.seconds,
            server_pid=server.pid,
            health_url=server.health_url,
        )
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("calling", total=1.0)
            measure = run_sequence if options.sequence else run_bench
            result: BenchResult | SequenceResult = await measure(
                carrier, plan, lambda part: progress.update(task, completed=part)
            )
    if options.json:
        print(json.dumps({**result.as_dict(), "listening_s": server.listening_s, "floor_ms": FLOOR_MS}, indent=2))
    else:
        console.print(sequence_table(result) if isinstance(result, SequenceResult) else bench_table(result))
        console.print(f"The server listened {server.listening_s:.2f} s after its process was started.")
        floor = ", ".join(f"{name} {value} ms" for name, value in FLOOR_MS.items())
        console.print(f"Floor of a response: {floor}, then the model's first clause at 50 words/s.")
    return 1 if result.failures else 0


async def _utterances() -> tuple[bytes, ...]:
    """What the callers say, spoken once."""
    voice = EspeakSynthesizer(EspeakSynthesizer.Options())
    spoken = []
    for question in QUESTIONS:
        speech = Speech(question, "en", "en-us+f3")
        spoken.append(b"".join([chunk.pcm async for chunk in voice.synthesize(speech)]))
    await voice.aclose()
    return tuple(spoken)
