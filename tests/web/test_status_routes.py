"""What a running server tells its operators, and whom it tells."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families
from support.server import listen_for, no_health, ready, server

from callagent.cli import main
from callagent.clock import ManualClock
from callagent.monitor.monitor import Monitor
from callagent.monitor.quality import QualityMonitor
from callagent.monitor.status import Reporter, Status
from callagent.monitor.thresholds import DEFAULTS
from callagent.resilience.roster import Roster
from callagent.telephony.server import HttpServer, listen, make_app
from callagent.web.status_routes import add_status_routes

TOKEN = "d1f3a5b7c9e0d2f4"


async def nothing_happened() -> Status:
    """A server that has just begun."""
    clock, roster = ManualClock(), Roster()
    monitor = Monitor(clock, QualityMonitor(roster, DEFAULTS), lambda: 0.0)
    return Reporter(monitor, roster, ZoneInfo("Asia/Kolkata")).status(clock.now_s(), clock.wall())


@asynccontextmanager
async def listening(token: str = "") -> AsyncIterator[int]:
    """A server's port."""
    app: web.Application = make_app(no_health, ready)
    add_status_routes(app, nothing_happened, token)
    listener = listen("127.0.0.1", 0)
    running = HttpServer(app, listener)
    await running.start()
    yield listener.getsockname()[1]
    await running.stop()


async def asked(port: int, path: str, headers: Mapping[str, str] | None = None) -> int:
    """The status of an answer."""
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"http://127.0.0.1:{port}{path}", headers=headers) as answer,
    ):
        return answer.status


@pytest.mark.parametrize("path", ["/status", "/metrics"])
async def test_strangers_are_not_told(path: str) -> None:
    """This machine may ask; whoever comes through a proxy, or by another name, may not."""
    async with listening() as port:
        assert await asked(port, path) == 200
        assert await asked(port, path, {"X-Forwarded-For": "203.0.113.7"}) == 403
        assert await asked(port, path, {"Forwarded": "for=203.0.113.7"}) == 403
        assert await asked(port, path, {"Host": "phone.shop.example"}) == 403
        assert await asked(port, path, {"Host": "localhost:80"}) == 200


@pytest.mark.parametrize("token", ["", TOKEN])
@pytest.mark.parametrize(
    "request_line_and_headers",
    [
        b"GET /status HTTP/1.0\r\nHost: 127.0.0.1\r\n",
        b"GET /status HTTP/1.1\r\nHost: phone:of:shop\r\n",
        b"GET /status HTTP/1.1\r\nHost: [::1\r\n",
        b"GET /status HTTP/1.1\r\nHost: phone.shop.example:99999999\r\n",
        b"GET /status HTTP/1.1\r\nHost: phone.shop.example\r\nAuthorization: Bearer \xff\xfe\r\n",
    ],
    ids=["proxy's old HTTP", "no name", "half a name", "no port", "no text"],
)
async def test_strange_requests_are_refused(request_line_and_headers: bytes, token: str) -> None:
    """And break nothing."""
    async with listening(token) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request_line_and_headers + b"Connection: close\r\n\r\n")
        answer = await reader.readline()
        writer.close()

    assert b" 403 " in answer


async def test_a_token_opens_from_elsewhere() -> None:
    """Only the configured one, and only where one is configured."""
    proxied = {"X-Forwarded-For": "203.0.113.7"}
    async with listening(TOKEN) as port:
        assert await asked(port, "/metrics", {**proxied, "Authorization": f"Bearer {TOKEN}"}) == 200
        assert await asked(port, "/metrics", {**proxied, "Authorization": "Bearer é"}) == 403
        assert await asked(port, "/metrics", proxied) == 403
    async with listening() as port:
        assert await asked(port, "/metrics", {**proxied, "Authorization": "Bearer "}) == 403


async def test_a_call_can_be_watched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """While it goes on, and what is counted of it afterwards; nothing says who called or what was said."""
    async with server(tmp_path, tts="scripted,espeak") as shop:
        call = await shop.call()
        await listen_for(call, 30)
        status = shop.app.status().as_dict()
        [live] = status["calls"]
        async with aiohttp.ClientSession() as client, client.get(f"{shop.url}/metrics") as answer:
            metrics = await answer.text()
        arguments = ["status", "--port", str(shop.app.port)]
        capsys.readouterr()  # the log so far
        codes = [await asyncio.to_thread(main, [*arguments, *more]) for more in ([], ["--json"])]
        output = capsys.readouterr().out
        await call.hang_up()
        await shop.ended()
        afterwards = shop.app.status()
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
    }
    shown = json.dumps(status) + metrics + output

    assert (live["carrier"], live["language"], live["does"]) == ("twilio", "en", "agent speaks")
    assert samples["callagent_calls",] == 1
    assert samples["callagent_provider_breaker", "scripted", "tts"] == 0
    assert samples["callagent_memory_bytes",] > 10_000_000
    assert set(codes) <= {0, 1}
    assert "as no. 1" in output
    assert "opening hours" not in shown
    assert "+91" not in shown
    assert "CA" not in json.dumps(status["calls"])
    assert (afterwards.calls, afterwards.calls_total) == ((), 1)


def test_no_server_is_told_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody listens, the command says where it asked and what to do."""
    port = listen("127.0.0.1", 0)
    number = port.getsockname()[1]
    port.close()

    assert main(["status", "--port", str(number)]) == 1
    assert f"No callagent answers at 127.0.0.1:{number}" in capsys.readouterr().err


async def test_another_server_is_told_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    """Something else may well have a status of its own."""

    async def fine(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    app = web.Application()
    app.router.add_get("/status", fine)
    listener = listen("127.0.0.1", 0)
    running = HttpServer(app, listener)
    await running.start()
    code = await asyncio.to_thread(main, ["status", "--port", str(listener.getsockname()[1])])
    await running.stop()

    assert code == 1
    assert "is no callagent that knows this command" in capsys.readouterr().err
