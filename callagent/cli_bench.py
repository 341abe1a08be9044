"""`callagent bench`: a server with scripted providers, measured from a second process at the carrier's side."""

import argparse
import asyncio
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

import aiohttp
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from callagent import cli_compare
from callagent.errors import CallagentError
from callagent.logs import configure_logs
from callagent.simulator.bench import BenchPlan, BenchResult, SequenceResult, run_bench, run_sequence
from callagent.simulator.bench_table import bench_table, sequence_table
from callagent.simulator.call_resource import Destination
from callagent.simulator.twilio import TwilioCarrier
from callagent.tts.espeak import EspeakSynthesizer
from callagent.tts.synthesizer import Speech

QUESTIONS: Final = (
    "What is the price of a ceiling fan?",
    "Do you have sixteen amp sockets in stock?",
    "When do you open on Saturday?",
)
READY_WITHIN_S: Final = 30.0
FLOOR_MS: Final = {"endpointing (0.6 s of silence)": 600, "transcript": 150, "first token": 200, "first audio": 100}
"""What the flow's patience and the scripted providers take, before any work of the server's own."""


def run(options: argparse.Namespace) -> int:
    """The command; 0 when no call failed, or no limit was passed."""
    configure_logs("WARNING", people=True)
    if options.compare_direct:
        return cli_compare.run(options)
    return asyncio.run(_bench(options))


@dataclass(frozen=True, slots=True)
class _Server:
    """The server that is measured."""

    pid: int
    url: str
    listening_s: float
    """From starting the process until it answered requests."""


async def _bench(options: argparse.Namespace) -> int:
    console = Console(stderr=options.json, quiet=options.json, highlight=False)
    utterances = await _utterances()
    async with TwilioCarrier() as carrier, _server(carrier) as server:
        plan = BenchPlan(
            Destination(f"{server.url}/twilio/voice", f"{server.url}/twilio/status"),
            utterances,
            calls=options.sequence or options.calls,
            seconds=options.seconds,
            server_pid=server.pid,
            health_url=f"{server.url}/health",
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
        console.print(f"Floor of a response: {floor}, then the model's first sentence at 50 words/s.")
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


@asynccontextmanager
async def _server(carrier: TwilioCarrier) -> AsyncIterator[_Server]:
    """`callagent serve` in a process of its own, configured as any operator would: by the environment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with resources.as_file(resources.files("callagent.simulator") / "bench_shop") as shop, \
            tempfile.TemporaryDirectory() as folder:  # fmt: skip
        environment = os.environ | {
            "TWILIO_ACCOUNT_SID": carrier.account.sid,
            "TWILIO_AUTH_TOKEN": carrier.account.auth_token,
            "TWILIO_API_URL": carrier.api_url,
            "PUBLIC_URL": url,
            "CALLAGENT_HOST": "127.0.0.1",
            "CALLAGENT_PORT": str(port),
            "CALLAGENT_SHOP": "bench",
            "CALLAGENT_FLOWS": str(shop / "flows"),
            "CALLAGENT_PROMPTS": str(shop / "prompts"),
            "CALLAGENT_RECORDINGS": folder,
            "CALLAGENT_CACHE": f"{folder}/cache",
            "CALLAGENT_STT": "scripted",
            "CALLAGENT_TTS": "scripted",
            "CALLAGENT_LLM": "scripted",
            "CALLAGENT_DRAIN_S": "1",
        }
        log = Path(folder) / "server.log"
        began_s = time.monotonic()
        process = await _spawn(environment, log)
        try:
            listening_s = await _ready(process, url, began_s, log)
            yield _Server(process.pid, url, listening_s)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _spawn(environment: dict[str, str], log: Path) -> asyncio.subprocess.Process:
    with log.open("wb") as output:  # before the measurement begins, nothing else runs here
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "callagent", "serve", env=environment, stdout=output, stderr=output
        )


async def _ready(process: asyncio.subprocess.Process, url: str, began_s: float, log: Path) -> float:
    """Wait until the server takes calls; the seconds until it first answered."""
    listening_s = 0.0
    async with aiohttp.ClientSession() as http:
        while time.monotonic() - began_s < READY_WITHIN_S and process.returncode is None:
            try:
                async with http.get(f"{url}/ready") as answer:
                    listening_s = listening_s or time.monotonic() - began_s
                    if answer.status == 200:
                        return round(listening_s, 3)
            except aiohttp.ClientError:
                pass  # not yet
            await asyncio.sleep(0.02)
    said = await asyncio.to_thread(log.read_text)
    raise CallagentError(f"The server to be measured did not start:\n{said[-2000:]}")
