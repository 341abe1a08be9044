"""The server that is measured, in a process of its own: callagent's, or a stock bot to measure it against."""

import asyncio
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Generic

import aiohttp

from callagent.errors import CallagentError, ConfigurationError
from callagent.simulator import bench_talk
from callagent.simulator.bench_carrier import ServedCarrier, Where
from callagent.simulator.call_resource import Destination

READY_WITHIN_S: Final = 60.0
STOCK_BOT: Final = Path(__file__).parents[2] / "tests" / "bench" / "pipecat_bot.py"
TALK_OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "stt.scripted": {
        "interims": True,
        # No call hears what another one heard: an answer that is kept for the same words would not be the model's.
        "lines": [f"Caller {number} here. {question}" for number in range(300) for question in bench_talk.QUESTIONS],
        "delay_ms": bench_talk.TRANSCRIPT_MS,
    },
    "llm.scripted": {
        "first_token_ms": bench_talk.FIRST_TOKEN_MS,
        "tokens_per_s": bench_talk.TOKENS_PER_S,
        "replies": bench_talk.ANSWERS,
    },
    "tts.scripted": {"first_audio_ms": bench_talk.FIRST_AUDIO_MS, "speed": bench_talk.AUDIO_SPEED},
}
"""Have the model answer every turn, at the same pace as the stock bot's."""


@dataclass(frozen=True, slots=True)
class MeasuredServer(Generic[Where]):
    """A server that takes calls."""

    pid: int
    destination: Where
    listening_s: float
    """From starting the process until it answered requests."""
    health_url: str = ""
    """See `BenchPlan`; empty when it has none."""


@asynccontextmanager
async def our_server(
    carrier: ServedCarrier[Where],
    shop: str = "bench",
    options: Mapping[str, Mapping[str, Any]] | None = None,
    workers: int = 1,
) -> AsyncIterator[MeasuredServer[Where]]:
    """`callagent serve` with scripted providers, configured as any operator would: by the environment.

    `shop` is one of the folders in `bench_shop`; `options` are those of the providers; `workers` is how many processes
    share the calls. Raises CallagentError when it does not start.
    """
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    settings, destination = carrier.reached_at(url)
    with resources.as_file(resources.files("callagent.simulator") / "bench_shop") as shops, \
            tempfile.TemporaryDirectory() as folder:  # fmt: skip
        environment = (
            os.environ
            | settings
            | {
                "CALLAGENT_HOST": "127.0.0.1",
                "CALLAGENT_PORT": str(port),
                "CALLAGENT_SHOP": shop,
                "CALLAGENT_FLOWS": str(shops / "flows"),
                "CALLAGENT_PROMPTS": str(shops / "prompts"),
                "CALLAGENT_RECORDINGS": folder,
                "CALLAGENT_CACHE": f"{folder}/cache",
                "CALLAGENT_STT": "scripted",
                "CALLAGENT_TTS": "scripted",
                "CALLAGENT_LLM": "scripted",
                "CALLAGENT_WORKERS": str(workers),
                "CALLAGENT_DRAIN_S": "1",
                "CALLAGENT_BUSY_MS": "0",  # what is too much is to be measured, not turned away
            }
        )
        if options is not None:
            environment["CALLAGENT_OPTIONS"] = json.dumps(options)
        async with _running(("-m", "callagent", "serve"), environment, f"{url}/ready") as (pid, listening_s):
            await _all_well(f"{url}/health", workers)
            yield MeasuredServer(pid, destination, listening_s, f"{url}/health")


def check_stock_bot(script: Path = STOCK_BOT) -> None:
    """Raises ConfigurationError where the stock bot, or what it stands on, is not installed."""
    if not script.is_file():
        raise ConfigurationError(
            f"There is no {script}: the stock bot is part of callagent's repository, not of the installed package. "
            "Run this command in a checkout of the repository, with `uv run callagent bench --against pipecat`."
        )
    missing = [name for name in ("fastapi", "uvicorn") if find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"The stock bot needs {' and '.join(missing)}, which callagent itself does not. "
            "Install it with `uv sync --group bench`."
        )


@asynccontextmanager
async def stock_bot(variant: str) -> AsyncIterator[MeasuredServer[Destination]]:
    """A stock pipecat bot; `variant` is what ends its caller's turn: "smart" or "timeout".

    Raises ConfigurationError as `check_stock_bot` does, and CallagentError when it does not start.
    """
    check_stock_bot()
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    arguments = (str(STOCK_BOT), "--port", str(port), "--variant", variant)
    async with _running(arguments, dict(os.environ), f"{url}/ready") as (pid, listening_s):
        yield MeasuredServer(pid, Destination(f"{url}/voice"), listening_s)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@asynccontextmanager
async def _running(
    arguments: tuple[str, ...], environment: dict[str, str], ready_url: str
) -> AsyncIterator[tuple[int, float]]:
    """A Python process while it takes calls: its id, and the seconds until it first answered."""
    with tempfile.TemporaryFile() as log:
        began_s = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, env=environment, stdout=log, stderr=log
        )
        try:
            listening_s = await _ready(process, ready_url, began_s)
            if listening_s is None:
                log.seek(0)
                said = log.read().decode(errors="replace")[-2000:]
                raise CallagentError(f"The server to be measured did not start:\n{said}")
            yield process.pid, listening_s
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _all_well(url: str, workers: int) -> None:
    """Wait until each of a server's workers takes calls; without this, the first would get them all."""
    if workers == 1:
        return
    async with aiohttp.ClientSession() as http, asyncio.timeout(READY_WITHIN_S):
        while True:
            async with http.get(url) as answer:
                states = [worker["state"] for worker in (await answer.json())["workers"]]
            if states.count("well") == workers:
                return
            await asyncio.sleep(0.2)


async def _ready(process: asyncio.subprocess.Process, url: str, began_s: float) -> float | None:
    """Wait until the server takes calls; the seconds until it first answered, None when it never does."""
    listening_s = 0.0
    async with aiohttp.ClientSession() as http:
        while time.monotonic() - began_s < READY_WITHIN_S and process.returncode is None:
            try:
                async with http.get(url) as answer:
                    listening_s = listening_s or time.monotonic() - began_s
                    if answer.status == 200:
                        return round(listening_s, 3)
            except aiohttp.ClientError:
                pass  # not yet
            await asyncio.sleep(0.02)
    return None
