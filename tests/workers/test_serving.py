"""A server of two workers, as its callers and its operators have it: real processes, and a simulated Twilio."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree as ET

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.environment import command, environment
from support.handing_shop import hands_over
from support.phone_call import ROOT
from support.server import listen_for

from callagent.media.audio import SILENCE
from callagent.simulator.call_resource import Destination
from callagent.simulator.twilio import TwilioCarrier
from callagent.simulator.twilio_call import Faults, TwilioCall
from callagent.simulator.twiml import parse
from callagent.simulator.websocket_line import Channel, WebSocketLine
from callagent.telephony.server import listen

PATIENCE_S = 120.0
ASTERISK_TOKEN = "d1f3a5b7c9e0d2f4a6b8"


class Server:
    """`callagent serve --workers 2` and its carrier."""

    def __init__(self, process: asyncio.subprocess.Process, carrier: TwilioCarrier, url: str) -> None:
        self.process = process
        self.carrier = carrier
        self.url = url

    async def call(self) -> TwilioCall:
        """Place a call."""
        return await self.carrier.call(Destination(f"{self.url}/twilio/voice", f"{self.url}/twilio/status"))

    async def health(self) -> dict[str, Any]:
        """What /health says; nothing while nobody answers."""
        try:
            async with aiohttp.ClientSession() as client, client.get(f"{self.url}/health") as answer:
                health: dict[str, Any] = await answer.json()
                return health
        except (aiohttp.ClientError, ConnectionError):
            return {"workers": []}

    async def metrics(self) -> dict[tuple[str, ...], float]:
        """By name and labels."""
        async with aiohttp.ClientSession() as client, client.get(f"{self.url}/metrics") as answer:
            text = await answer.text()
        families = text_string_to_metric_families(text)
        return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}

    async def until(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until that is so of /health, and give it."""
        async with asyncio.timeout(PATIENCE_S):
            # Other processes begin and end: nobody here is told of it.
            while not condition(health := await self.health()):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return health


def both_well(health: dict[str, Any]) -> bool:
    """Whether two workers take calls."""
    return [worker["state"] for worker in health["workers"]] == ["well", "well"]


@asynccontextmanager
async def two_workers(folder: Path, **given: str) -> AsyncIterator[Server]:
    """A server that takes calls with both."""
    with listen("127.0.0.1", 0) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    async with TwilioCarrier() as carrier:
        configured = environment(
            folder,
            TWILIO_ACCOUNT_SID=carrier.account.sid,
            TWILIO_AUTH_TOKEN=carrier.account.auth_token,
            TWILIO_API_URL=carrier.api_url,
            PUBLIC_URL=url,
            CALLAGENT_PORT=str(port),
            CALLAGENT_BUSY_MS="0",  # however slow this machine is just now
            **given,
        )
        async with command("serve", "--workers", "2", cwd=ROOT, env=configured) as process:
            server = Server(process, carrier, url)
            await server.until(both_well)
            yield server


@pytest.mark.slow
async def test_a_worker_that_dies_takes_no_other_calls_with_it(tmp_path: Path) -> None:
    """Calls are spread and seen together; another worker takes the place of the dead one; the server drains."""
    async with two_workers(tmp_path) as server:
        calls = [await server.call() for _ in range(4)]
        before = await server.until(lambda health: health["calls"] == 4)
        metrics = await server.metrics()
        os.kill(before["workers"][0]["pid"], signal.SIGKILL)
        await asyncio.gather(*(listen_for(call, 50) for call in calls))
        left = [call for call in calls if call.end is None]
        heard = [len(call.record.heard_s) for call in left]
        after = await server.until(both_well)
        later = await server.metrics()
        new = await server.call()
        await asyncio.gather(*(listen_for(call, 25) for call in (new, *left)))
        server.process.send_signal(signal.SIGTERM)
        refused = await _refused(server)
        served = [call.end for call in (new, *left)]
        await asyncio.gather(*(call.hang_up() for call in (new, *left)))
        async with asyncio.timeout(60):
            status = await server.process.wait()

    assert (before["calls"], [worker["calls"] for worker in before["workers"]]) == (4, [2, 2])
    assert metrics["callagent_calls",] == 4
    assert [metrics["callagent_worker_calls", number] for number in "12"] == [2, 2]
    assert [worker["restarts"] for worker in after["workers"]] == [1, 0]
    assert len(left) == 2
    assert min(heard) > 0
    assert [len(call.record.heard_s) > count for call, count in zip(left, heard, strict=True)] == [True, True]
    assert (later["callagent_calls",], later["callagent_calls_begun_total",]) == (2, 4)
    assert served == [None, None, None]
    assert refused
    assert status == 0
    summaries = [json.loads(path.read_bytes()) for path in (tmp_path / "recordings").glob("*/summary.json")]
    assert sorted(summary["disposition"] == "crashed" for summary in summaries) == [False] * 3 + [True] * 2


async def _refused(server: Server) -> bool:
    """Whether the server turns a caller away who calls while it drains, once it has heard that it is to."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                call = await server.call()
            except Exception as error:  # noqa: BLE001  # what else than a refusal it is, the text tells
                return "Reject" in str(error)
            await call.exchange(SILENCE)
            await call.hang_up()


@pytest.mark.slow
async def test_a_worker_that_hangs_is_ended_and_replaced(tmp_path: Path) -> None:
    """Its caller is let go, and told as lost; the other worker's notices nothing."""
    async with two_workers(tmp_path) as server:
        calls = [await server.call() for _ in range(2)]
        health = await server.until(lambda health: health["calls"] == 2)
        hung = health["workers"][0]["pid"]
        os.kill(hung, signal.SIGSTOP)
        ended, went_on = await asyncio.gather(*(_listen_until_over(call, 1000) for call in calls))
        after = await server.until(both_well)
        metrics = await server.metrics()
        await calls[1].hang_up()

    assert [worker["calls"] for worker in health["workers"]] == [1, 1]
    assert (ended, went_on) == (True, False)
    assert [worker["restarts"] for worker in after["workers"]] == [1, 0]
    assert after["workers"][0]["pid"] != hung
    assert (after["calls"], after["calls_lost"]) == (1, 1)
    assert metrics["callagent_calls_lost_total",] == 1


async def _listen_until_over(call: TwilioCall, most: int) -> bool:
    """Be silent until the far end is gone; False when it is not after so many chunks of 20 ms."""
    for _ in range(most):
        if await call.exchange(SILENCE) is None:
            return True
    return False


def _that_hands_over(folder: Path) -> dict[str, str]:
    """Write that shop, and the settings for it."""
    return {f"CALLAGENT_{name.upper()}": str(value) for name, value in hands_over(folder).items()}


@pytest.mark.slow
async def test_a_call_that_nobody_picks_up_comes_back_to_its_worker(tmp_path: Path) -> None:
    """Each finds its conversation where it was left, as only the worker has it that handed it over."""
    async with two_workers(tmp_path, **_that_hands_over(tmp_path)) as server:
        # No status address: the simulator takes a call that is handed over for one that has ended.
        calls = [await server.carrier.call(Destination(f"{server.url}/twilio/voice")) for _ in range(2)]
        handed_over = await asyncio.gather(*(_listen_until_over(call, 500) for call in calls))
        addresses = [_action(call) for call in calls]
        back = [await _comes_back(server, call) for call in calls]
        health = await server.until(lambda health: health["calls"] == 2)
        stayed = await asyncio.gather(*(_listen_until_over(call, 150) for call in back))
        await asyncio.gather(*(call.hang_up() for call in back))
        server.process.send_signal(signal.SIGHUP)  # as when the terminal is closed
        async with asyncio.timeout(60):
            status = await server.process.wait()

    assert (handed_over, stayed, status) == ([True, True], [False, False], 0)
    assert [address.removeprefix(server.url) for address in addresses] == ["/twilio/transfer/1", "/twilio/transfer/2"]
    assert [worker["calls"] for worker in health["workers"]] == [1, 1]
    assert _lines_said(tmp_path) == ["connecting", "connecting", "nobody_free", "nobody_free", "what", "what"]


@pytest.mark.slow
async def test_asterisks_calls_come_back_to_the_worker_that_had_them(tmp_path: Path) -> None:
    """Whom to ring next is known, and the conversation goes on, whichever worker would have taken the connection."""
    given = _that_hands_over(tmp_path) | {"CALLAGENT_ASTERISK_TOKEN": ASTERISK_TOKEN}
    async with (
        two_workers(tmp_path, **given) as server,
        aiohttp.ClientSession() as http,
    ):
        calls = [uuid4() for _ in range(4)]
        lines = [await _from_asterisk(server, http, call) for call in calls]
        await asyncio.gather(*map(_until_hung_up, lines))
        rung = [await _asked(server, http, call) for call in calls]
        back = [
            await _asked(server, http, call, told.split(",")[2], "BUSY") for call, told in zip(calls, rung, strict=True)
        ]
        lines = [await _from_asterisk(server, http, call) for call in reversed(calls)]
        await asyncio.gather(*(_until_hung_up(line, press="9", after=75) for line in lines))
        over = [await _asked(server, http, call) for call in calls]

    assert {told.partition(",")[0] for told in rung} == {"+919800000001"}
    assert (back, over) == (["BACK"] * 4, ["HANGUP"] * 4)
    said = _lines_said(tmp_path)
    assert [said.count(line) for line in ("connecting", "nobody_free", "bye")] == [4, 4, 4]


async def _from_asterisk(server: Server, http: aiohttp.ClientSession, call: UUID) -> WebSocketLine:
    url = f"{server.url}/asterisk/media?call={call}&token={ASTERISK_TOKEN}"
    return await WebSocketLine(await http.ws_connect(url, protocols=("media",)), Channel()).begin()


async def _until_hung_up(line: WebSocketLine, press: str = "", after: int = 0) -> None:
    """Be silent until the far end is gone, but for a key after so many chunks of 20 ms."""
    async with asyncio.timeout(PATIENCE_S):
        for _ in range(after):
            await line.exchange(SILENCE)
        if press:
            line.press(press)
        while await line.exchange(SILENCE) is not None:
            pass
    await line.hang_up()


async def _asked(server: Server, http: aiohttp.ClientSession, call: UUID, after: str = "", status: str = "") -> str:
    """What the dialplan is told."""
    query = {"token": ASTERISK_TOKEN, "after": after, "status": status}
    async with http.get(f"{server.url}/asterisk/next/{call}", params=query) as answer:
        return await answer.text()


def _lines_said(folder: Path) -> list[str]:
    """The agent's, in all calls, by name."""
    said = [line for events in folder.glob("recordings/*/events.jsonl") for line in events.read_text().splitlines()]
    return sorted(event["line"] for event in map(json.loads, said) if event.get("event") == "AgentSaid")


def _action(call: TwilioCall) -> str:
    """What Twilio asks when a person who was rung has not picked up."""
    [twiml] = call.record.redirects
    [dial] = ET.fromstring(twiml).iter("Dial")
    return dial.attrib["action"]


async def _comes_back(server: Server, call: TwilioCall) -> TwilioCall:
    """Nobody picked up: the call as it goes on."""
    carrier = server.carrier
    entry = carrier._calls[call.ids.call]
    form = entry.form() | {"DialCallStatus": "no-answer"}
    status, twiml = await carrier._post(entry.destination, _action(call), form, Faults())
    assert status == 200
    return await carrier._connect(entry, parse(twiml), Faults(), recorded=False)


@pytest.mark.slow
async def test_a_server_whose_files_are_wrong_says_so_once(tmp_path: Path) -> None:
    """By the exit status and in words, as a server of one process does."""
    configured = environment(
        tmp_path,
        TWILIO_ACCOUNT_SID="AC0123456789abcdef0123456789abcdef",
        TWILIO_AUTH_TOKEN="d1f3a5b7c9e0d2f4a6b8",
        PUBLIC_URL="https://shop.example.com",
        CALLAGENT_PORT="0",
        CALLAGENT_WORKERS="2",
        CALLAGENT_SHOP="none",
    )
    pipe = asyncio.subprocess.PIPE
    async with command("serve", cwd=ROOT, env=configured, stderr=pipe) as process, asyncio.timeout(PATIENCE_S):
        _, errors = await process.communicate()

    assert process.returncode == 2
    assert errors.decode().count("There is no shop 'none'") == 1
    assert b"Traceback" not in errors
