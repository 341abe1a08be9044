"""`callagent dial`, the server's address behind it, and what the server lets it do."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import ClientSession
from support.server import Server, listen_for, server

from callagent.cli import main
from callagent.errors import CarrierRefusedError, NotAnsweredError
from callagent.media.audio import CHUNK_BYTES, SAMPLE_RATE, SILENCE
from callagent.simulator.twilio_outbound import Callee
from callagent.telephony.leg import Leg, LegInfo
from callagent.telephony.loopback import LoopbackLine, loopback

NUMBER, OURS = "+919800000001", "+911140000000"
GIVEN: dict[str, Any] = {"dial_allowed": ("+91",), "dial_from": OURS, "dial_per_s": 50.0}


class Ringer:
    """A carrier whose telephones do what a test says."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.fails = fails
        self.rung: list[tuple[str, float]] = []
        self.waits: asyncio.Event | None = None
        self.beeps = False
        self.cancelled = 0
        self.begun = asyncio.Event()

    async def dial(
        self,
        number: str,
        ring_s: float,
        have: Callable[[Leg], Awaitable[None]],
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Ring, and have somebody pick up who hangs up at once."""
        self.rung.append((number, ring_s))
        progress("ringing")
        self.begun.set()
        try:
            if self.waits:
                await self.waits.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.fails:
            raise self.fails
        progress("answered")
        leg, line = loopback(LegInfo("CAdialled", "fake", number, OURS, outbound=True))
        if self.beeps:
            machine = asyncio.create_task(_beep(line))
            await have(leg)
            await machine
        else:
            await line.hang_up()
            await have(leg)


async def _beep(line: LoopbackLine) -> None:
    """A machine that listens after its tone."""
    time_s = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    pcm = (7000 * np.sin(2 * np.pi * 1000 * time_s)).astype("<i2").tobytes()
    for at in range(0, len(pcm), CHUNK_BYTES):
        await line.exchange(pcm[at : at + CHUNK_BYTES])
    while await line.exchange(SILENCE) is not None:
        pass


@asynccontextmanager
async def shop(folder: Path, fails: Exception | None = None, **given: Any) -> AsyncIterator[tuple[Server, Ringer]]:
    """A server whose calls go out by a carrier that is none."""
    async with server(folder, **(GIVEN | given)) as running:
        running.app.diallers.sip = ringer = Ringer(fails)
        yield running, ringer


async def ask(url: str, headers: dict[str, str] | None = None, **wish: Any) -> tuple[int, list[dict[str, Any]], str]:
    """Ask for a call: the status, and what was told, or the refusal."""
    async with ClientSession() as client, client.post(f"{url}/calls", json=wish, headers=headers) as response:
        text = await response.text()
        told = [json.loads(line) for line in text.splitlines()] if response.status == 200 else []
        return response.status, told, text


def states(told: list[dict[str, Any]]) -> list[str]:
    """What was told, in short."""
    return [one["state"] for one in told]


# --- the address ------------------------------------------------------------------------------------------------------


async def test_a_call_is_told_until_it_is_over(tmp_path: Path) -> None:
    """Line by line; at last how it ended, and under which name it is kept."""
    async with shop(tmp_path) as (running, ringer):
        status, told, _ = await ask(running.url, to="+91 98000-00001", ring_s=12)
        summary = await running.ended()

    assert status == 200
    assert states(told) == ["queued", "ringing", "answered", "over"]
    assert told[-1] == {"state": "over", "reason": "caller hung up", "message": "", "call_id": "CAdialled"}
    assert ringer.rung == [(NUMBER, 12.0)]
    assert summary.call_id == "CAdialled"


FAILURES: list[tuple[Exception, str]] = [
    (NotAnsweredError("busy"), "busy"),
    (NotAnsweredError("no answer"), "no answer"),
    (CarrierRefusedError("The trunk is not registered."), "refused"),
    (RuntimeError("of our own"), "failed"),
]


async def test_a_call_that_fails_says_why(tmp_path: Path) -> None:
    """And the place that was kept for it is free again."""
    async with shop(tmp_path, most_calls=1) as (running, ringer):
        for error, reason in FAILURES:
            ringer.fails = error
            _, told, _ = await ask(running.url, to=NUMBER)
            assert (states(told), told[-1]["reason"]) == (["queued", "ringing", "failed"], reason)
        ringer.fails = None
        _, again, _ = await ask(running.url, to=NUMBER)

    assert states(again)[-1] == "over"


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"to": "98000 00001"}, 422, "no country code"),
    ({"to": "+19005550100"}, 422, "CALLAGENT_DIAL_ALLOWED"),
    ({"to": NUMBER, "flow": "electricle"}, 400, "Did you mean 'electrical'?"),
    ({"to": NUMBER, "flow": "../electrical"}, 400, "no folder below"),
    ({"to": NUMBER, "ring_s": 4}, 400, "5 to 60 seconds"),
    ({"to": NUMBER, "ring_s": 1e99}, 400, "5 to 60 seconds"),
    ({"to": NUMBER, "ring_s": True}, 400, "number of seconds"),
    ({"to": NUMBER, "ring_s": "12"}, 400, "number of seconds"),
    ({"to": [NUMBER]}, 400, "'to' is the number"),
    ({"to": "+" * 65}, 400, "'to' is the number"),
    ({"to": NUMBER, "flow": 7}, 400, "folder below"),
    ({}, 400, "'to' is the number"),
    ({"to": NUMBER, "from": NUMBER}, 400, "no 'from'"),
]


async def test_what_cannot_be_done_is_refused(tmp_path: Path) -> None:
    """Before anybody is rung, and it is said why."""
    async with shop(tmp_path) as (running, ringer):
        for wish, status, says in REFUSED:
            refused = await ask(running.url, **wish)
            assert (refused[0], says in refused[2]) == (status, True), f"{wish}: {refused}"

    assert ringer.rung == []


async def test_without_a_list_nobody_is_rung(tmp_path: Path) -> None:
    """The setting is named that would allow it."""
    async with shop(tmp_path, dial_allowed=()) as (running, ringer):
        status, _, text = await ask(running.url, to=NUMBER)

    assert (status, ringer.rung) == (422, [])
    assert "set CALLAGENT_DIAL_ALLOWED" in text


async def test_strangers_are_refused(tmp_path: Path) -> None:
    """Through a proxy, by another name, from a page in a browser on this machine: but with the token."""
    token = "a-token-that-nobody-guesses"
    async with shop(tmp_path, monitor_token=token) as (running, ringer):
        url = running.url
        proxied = await ask(url, {"X-Forwarded-For": "203.0.113.7"}, to=NUMBER)
        renamed = await ask(url, {"Host": "shop.example.com"}, to=NUMBER)
        from_a_page = await ask(url, {"Origin": "http://127.0.0.1:8080"}, to=NUMBER)
        async with ClientSession() as client:
            simple = await client.post(f"{url}/calls", data=json.dumps({"to": NUMBER}))  # as a page may, unasked
            broken = await client.post(f"{url}/calls", data="{", headers={"Content-Type": "application/json"})
        assert ringer.rung == []
        shown = await ask(url, {"X-Forwarded-For": "203.0.113.7", "Authorization": f"Bearer {token}"}, to=NUMBER)

    assert (proxied[0], renamed[0], from_a_page[0], simple.status, broken.status) == (403, 403, 415, 415, 400)
    assert states(shown[1])[-1] == "over"


async def test_who_gives_up_while_it_rings_has_the_ringing_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server notices that nobody listens any more."""
    monkeypatch.setattr("callagent.diallers.ALIVE_S", 0.02)
    async with shop(tmp_path) as (running, ringer):
        ringer.waits = asyncio.Event()
        async with ClientSession() as client:
            response = await client.post(f"{running.url}/calls", json={"to": NUMBER})
            await response.content.readline()
            await ringer.begun.wait()
            response.close()
        async with asyncio.timeout(10):
            while not ringer.cancelled:  # noqa: ASYNC110  # the server's own time
                await asyncio.sleep(0.01)
        waiting = await running.app._switchboard.promised()

    assert waiting == 0
    assert running.summaries == []


async def test_no_more_calls_begin_than_the_server_may_have(tmp_path: Path) -> None:
    """A number that rings counts; so does a server that is about to stop."""
    async with shop(tmp_path, most_calls=1) as (running, ringer):
        ringer.waits = asyncio.Event()
        first = asyncio.create_task(ask(running.url, to=NUMBER))
        await ringer.begun.wait()
        second = await ask(running.url, to=NUMBER)
        ringer.waits.set()
        told = (await first)[1]
        running.app._switchboard.close()
        third = await ask(running.url, to=NUMBER)

    assert (second[0], third[0]) == (503, 503)
    assert "as many calls as it can serve" in second[2]
    assert "about to stop" in third[2]
    assert states(told)[-1] == "over"


async def test_calls_begin_no_faster_than_is_set(tmp_path: Path) -> None:
    """The second waits its turn, and what would wait too long is refused."""
    async with shop(tmp_path, dial_per_s=0.2) as (running, ringer):
        ringer.waits = asyncio.Event()
        first = asyncio.create_task(ask(running.url, to=NUMBER))
        await ringer.begun.wait()
        others = [asyncio.create_task(ask(running.url, to=NUMBER)) for _ in range(3)]
        done, waiting = await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)
        refused = done.pop().result()
        rung = len(ringer.rung)
        ringer.waits.set()
        assert states((await first)[1])[-1] == "over"
        running.app.diallers.end()
        given_up = [task.result()[1] for task in (await asyncio.wait(waiting))[0]]

    assert refused[0] == 503
    assert "Too many calls" in refused[2]
    assert rung == 1
    assert [states(told) for told in given_up] == [["queued", "failed"], ["queued", "failed"]]


async def test_nobody_to_ring_with(tmp_path: Path) -> None:
    """Neither trunk nor account."""
    async with shop(tmp_path) as (running, _):
        running.app.diallers.sip = running.app.diallers.twilio = None
        status, _, text = await ask(running.url, to=NUMBER)

    assert status == 503
    assert "SIP trunk or by Twilio" in text


async def test_another_flow_is_read_when_it_is_asked_for(tmp_path: Path) -> None:
    """And the call is had with it; whose calls come in have the server's own."""
    async with shop(tmp_path) as (running, _):
        _, told, _ = await ask(running.url, to=NUMBER, flow="medical")
        summary = await running.ended()

    assert states(told)[-1] == "over"
    assert summary.flow == "medical"


async def test_by_twilio(tmp_path: Path) -> None:
    """A whole outbound call over sockets: the caller is the number that was rung."""
    async with server(tmp_path, **GIVEN) as running:
        asked = asyncio.create_task(ask(running.url, to=NUMBER))
        call = await running.carrier.picked_up()
        await listen_for(call, 10)
        await call.hang_up()
        _, told, _ = await asked
        summary = await running.ended()
        running.carrier.callees[NUMBER] = Callee(instead="busy")
        _, busy, _ = await ask(running.url, to=NUMBER)

    # Twilio's word that it rings may come after the call itself.
    assert [state for state in states(told) if state != "ringing"] == ["queued", "answered", "over"]
    assert summary.call_id == told[-1]["call_id"] == call.ids.call
    assert summary.called == OURS
    assert summary.caller.endswith("01")
    assert (busy[-1]["state"], busy[-1]["reason"]) == ("failed", "busy")


# --- the command ------------------------------------------------------------------------------------------------------


async def command(port: int, *words: str) -> int:
    """Run it; its exit status."""
    return await asyncio.to_thread(main, ["dial", *words, "--port", str(port)])


TOLD: list[tuple[Exception | None, int, list[str]]] = [
    (None, 0, ["ringing", "somebody is there", "The call is over: caller hung up."]),
    (NotAnsweredError("busy"), 1, ["ringing", "Nobody took the call: busy."]),
    (NotAnsweredError("failed", "Look there."), 1, ["ringing", "Nobody took the call: failed. Look there."]),
    (CarrierRefusedError("The trunk is down."), 2, ["ringing", "Nobody was rung. The trunk is down."]),
]


async def test_the_command_tells_how_it_goes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody looks on, in a line each; and by its exit status."""
    async with shop(tmp_path) as (running, ringer):
        for error, status, says in TOLD:
            ringer.fails = error
            capsys.readouterr()
            assert await command(running.app.port, "+91 98000 00001", "--ring", "20") == status
            # The server's log is there as well.
            said = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("2")]
            assert said == ["waiting to begin", *says]

    assert ringer.rung == [(NUMBER, 20.0)] * 4


async def test_the_command_passes_refusals_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2, with what the server says."""
    async with shop(tmp_path) as (running, _):
        flow = await command(running.app.port, NUMBER, "--flow", "florist")
        number = await command(running.app.port, "+19005550100")

    said = capsys.readouterr().err
    assert (flow, number) == (2, 2)
    assert "There is no shop 'florist'" in said
    assert "CALLAGENT_DIAL_ALLOWED has no beginning of it" in said


async def test_the_command_without_a_server(
    capsys: pytest.CaptureFixture[str], unused_tcp_port_factory: Callable[[], int]
) -> None:
    """It says how to start one."""
    assert await command(unused_tcp_port_factory(), NUMBER) == 2
    assert "Start it with `callagent serve`" in capsys.readouterr().err


def test_the_command_asks_nobody_for_what_is_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    """It knows what is missing."""
    assert main(["dial", "98000 00001"]) == 2
    assert "no country code" in capsys.readouterr().err


async def test_a_machine_is_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The call is had, the message left, and the exit status is that of a call which nobody took."""
    async with shop(tmp_path) as (running, ringer):
        ringer.beeps = True
        status = await command(running.app.port, NUMBER)
        summary = await running.ended()

    assert status == 1
    assert "The call is over: voicemail." in capsys.readouterr().out
    assert (summary.disposition, summary.machine, summary.outbound) == ("voicemail", True, True)


@pytest.mark.parametrize("ring", ["4", "61", "x", "nan"])
def test_how_long_is_rung_has_limits(ring: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The command's own usage says which."""
    with pytest.raises(SystemExit) as ended:
        main(["dial", NUMBER, "--ring", ring])

    assert ended.value.code == 2
    assert "--ring" in capsys.readouterr().err


async def test_a_conversation_is_not_given_up_with_the_command(tmp_path: Path) -> None:
    """Whoever has picked up is talked with to the end."""
    async with server(tmp_path, **GIVEN) as running:
        async with ClientSession() as client:
            response = await client.post(f"{running.url}/calls", json={"to": NUMBER})
            call = await running.carrier.picked_up()
            async for line in response.content:
                if json.loads(line)["state"] == "answered":
                    break
            response.close()
        await listen_for(call, 20)
        alive = await call.exchange(SILENCE) is not None
        await call.hang_up()
        summary = await running.ended()

    assert alive
    assert summary.disposition == "caller hung up"
