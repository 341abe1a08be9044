"""Calls that a server of two workers makes: whichever is asked, and though the one that was asked may be gone."""

import asyncio
import json
import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from support.server import listen_for
from workers.test_serving import Server, both_well, two_workers

from callagent.cli import main
from callagent.simulator.twilio_outbound import Callee

NUMBER = "+919800000001"
DIALS = {"CALLAGENT_DIAL_ALLOWED": "+91", "CALLAGENT_DIAL_FROM": "+911140000000"}


async def dial(server: Server, *words: str) -> int:
    """The command; its exit status."""
    port = server.url.rpartition(":")[2]
    return await asyncio.to_thread(main, ["dial", NUMBER, "--port", port, *words])


def summaries(folder: Path) -> list[dict[str, Any]]:
    """Of all calls that are over."""
    return [json.loads(path.read_text()) for path in folder.glob("recordings/*/summary.json")]


def asked_worker(server: Server) -> int:
    """The number of the worker that had the latest call begun."""
    named = re.search(r"/twilio/outbound/([12])\?", server.carrier.outbound[-1].destination.voice_url)
    assert named is not None
    return int(named[1])


def carrying(health: dict[str, Any]) -> list[int]:
    """Workers that have calls."""
    return [worker["worker"] for worker in health["workers"] if worker["calls"]]


@pytest.mark.slow
async def test_whichever_worker_is_asked_has_the_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It comes to the one that waits for it, which tells how it ended; dialling goes on while calls come in."""
    async with two_workers(tmp_path, **DIALS) as server:
        came = await server.call()
        statuses = []
        for _ in range(2):
            dialled = asyncio.create_task(dial(server))
            call = await server.carrier.picked_up()
            await server.until(lambda health: asked_worker(server) in carrying(health))
            await listen_for(call, 10)
            await call.hang_up()
            statuses.append(await dialled)
        await came.hang_up()
        await server.until(lambda health: health["calls"] == 0)

    assert statuses == [0, 0]
    assert capsys.readouterr().out.count("The call is over: caller hung up.") == 2
    assert sorted(one["outbound"] for one in summaries(tmp_path)) == [False, True, True]


@pytest.mark.slow
async def test_who_picks_up_after_the_worker_is_gone_is_talked_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By another one, as a call of ours, with the flow that was chosen; only whoever dialled learns no more of it."""
    async with two_workers(tmp_path, **DIALS) as server:
        picks_up = asyncio.Event()
        server.carrier.callees[NUMBER] = Callee(answers_when=picks_up)
        before = await server.health()
        dialled = asyncio.create_task(dial(server, "--flow", "medical", "--ring", "60"))
        async with asyncio.timeout(60):
            while not server.carrier.outbound:  # noqa: ASYNC110  # other processes
                await asyncio.sleep(0.02)
        pids = {worker["worker"]: worker["pid"] for worker in before["workers"]}
        os.kill(pids[asked_worker(server)], signal.SIGKILL)
        status = await dialled
        await server.until(both_well)
        picks_up.set()
        async with asyncio.timeout(30):
            call = await server.carrier.picked_up()
        await listen_for(call, 50)
        alive = call.end is None
        await call.hang_up()
        await server.until(lambda health: both_well(health) and not health["calls"])

    (summary,) = summaries(tmp_path)
    assert (status, alive) == (1, True)
    assert "during the call" in capsys.readouterr().err
    assert (summary["flow"], summary["outbound"]) == ("medical", True)
