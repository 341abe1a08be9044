"""Tasks of the server that die: calls go on, or the server says that it cannot; over real sockets."""

import asyncio
from pathlib import Path

import pytest
from support.server import Server, listen_for, server

from callagent.commands.serve import _until_stopped
from callagent.simulator.twilio import TwilioCarrier


async def kill(name: str) -> None:
    """End the task of that name, as a fault in it would, and let others notice."""
    [task] = [task for task in asyncio.all_tasks() if task.get_name() == name]
    task.cancel()
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_call_outlives_the_clock_of_all_calls(tmp_path: Path) -> None:
    """The heartbeat dies in the middle of the greeting: the agent is heard all the same."""
    async with server(tmp_path) as shop:
        call = await shop.call()
        await listen_for(call, 10)
        await kill("heartbeat")
        heard = len(call.record.heard_s)
        await listen_for(call, 25)
        more = len(call.record.heard_s) - heard
        await call.hang_up()
        summary = await shop.ended()
        status = shop.app.status()

    assert more >= 15
    assert summary.failures == ()
    assert status.restarts == {"heartbeat": 1}


async def test_a_server_whose_clock_keeps_dying_says_so(tmp_path: Path) -> None:
    """After three restarts it is not ready, and asks to be ended; another of its tasks only stays away."""
    async with server(tmp_path) as shop:
        for task in ("monitor", "heartbeat"):
            assert shop.app.health.not_ready is None
            for _ in range(4):
                await kill(task)
        async with asyncio.timeout(60):
            await shop.app.broken()

        assert shop.app.health.not_ready == "broken"
        assert shop.app._figures()["given_up"] == ["monitor", "heartbeat"]


async def test_a_server_that_cannot_go_on_ends_with_a_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever runs the server is told by the exit status, and a person in words."""
    async with TwilioCarrier() as carrier:
        shop = Server(carrier, tmp_path)
        serving = asyncio.create_task(_until_stopped(shop.app, 300.0))
        while shop.app.health.not_ready is not None:  # noqa: ASYNC110  # nobody is told but carriers
            await asyncio.sleep(0.05)
        for _ in range(4):
            await kill("heartbeat")
        async with asyncio.timeout(15):
            status = await serving

    assert status == 1
    assert "The clock of all calls keeps dying" in capsys.readouterr().err
