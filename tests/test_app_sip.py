"""The whole server with SIP and nothing else, over real sockets, in real time: short calls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from support.handing_shop import hands_over
from support.phone_call import ROOT
from support.server import OPTIONS
from support.sip_phone import LIMIT_S, SHOP, Phones, hum, ports

from callagent.app import App
from callagent.call.summary import CallSummary
from callagent.errors import ConfigurationError
from callagent.hooks import Hooks
from callagent.settings.loading import load_settings
from callagent.sip_assembly import make_sip
from callagent.telephony.sip.network.listening import listen, read_listening

COUNTER = "+919800000001"


class Running:
    """A server with nothing but SIP; the phones are its trunk."""

    def __init__(self, folder: Path, phones: Phones, **given: Any) -> None:
        self.summaries: asyncio.Queue[CallSummary] = asyncio.Queue()
        # A port that was free a moment ago.
        with listen(read_listening("udp:127.0.0.1:0")) as free:
            self.port: int = free.getsockname()[1]
        trunk = {"registrar": f"sip:127.0.0.1:{phones.port}", "user": "shop", "number": SHOP, "register": False}
        first, last = ports()
        settings = load_settings(
            host="127.0.0.1", port=0, sip=f"udp:127.0.0.1:{self.port}", sip_trunks={"phones": trunk},
            sip_ports=f"{first}-{last}", sip_country="+91",
            recordings=folder / "recordings", cache=folder / "cache", stt="scripted", tts="scripted", options=OPTIONS,
            **{"flows": ROOT / "flows", "prompts": ROOT / "prompts"} | given,
        )  # fmt: skip
        self.app = App(settings, hooks=Hooks([], lambda summary, _: self.summaries.put_nowait(summary)))
        self.url = f"http://127.0.0.1:{self.app.port}"

    async def health(self) -> dict[str, Any]:
        """What /health tells of SIP."""
        async with ClientSession() as http, http.get(f"{self.url}/health") as told:
            shown: dict[str, Any] = (await told.json())["sip"]
            return shown


@asynccontextmanager
async def running(folder: Path, **given: Any) -> AsyncIterator[tuple[Running, Phones]]:
    """It takes calls."""
    phones = Phones()
    made = Running(folder, phones, **given)
    await phones.start()
    try:
        await made.app.start()
        await made.app.ready()
        yield made, phones
    finally:
        await made.app.stop()
        await phones.stop()


async def test_a_call_over_sip(tmp_path: Path) -> None:
    """The agent greets, takes a key and says goodbye; numbers get their country, and nothing is left in use."""
    async with running(tmp_path) as (server, phones):
        caller = await phones.talk(server.port, caller="9812345678")
        await caller.hears(louder_than=100)
        during = await server.health()
        caller.line.media.press("9")
        async with asyncio.timeout(LIMIT_S):
            summary = await server.summaries.get()
            await caller.over()
        after = await server.health()

    assert (summary.carrier, summary.disposition, summary.failures) == ("sip", "goodbye", ())
    assert (summary.caller[-2:], summary.called) == ("78", SHOP)
    assert len(summary.caller) == len("+919812345678")
    assert summary.line is not None
    assert (summary.line.packets > 10, summary.line.mos > 3) == (True, True)
    assert (during["calls"], during["media_ports"]) == (1, 1)
    assert (after["calls"], after["media_ports"]) == (0, 0)


async def test_a_server_that_stops_says_goodbye(tmp_path: Path) -> None:
    """And the call has its summary."""
    async with running(tmp_path) as (server, phones):
        caller = await phones.talk(server.port)
        await caller.hears(louder_than=100)
        await server.app.stop()
        await caller.over()
        summary = await server.summaries.get()

    assert (summary.disposition, summary.ended_by) == ("server stopped", "server")


async def test_a_draining_server_lets_calls_end_and_takes_none(tmp_path: Path) -> None:
    """A new caller gets 503, and a trunk may try elsewhere."""
    async with running(tmp_path) as (server, phones):
        caller = await phones.talk(server.port)
        await caller.hears(louder_than=100)
        stopping = asyncio.create_task(server.app.stop(LIMIT_S))
        await asyncio.sleep(0)
        late = phones.call(server.port)
        async with asyncio.timeout(LIMIT_S):
            await late.over.wait()
        caller.line.media.press("9")
        await stopping
        summary = await server.summaries.get()

    assert late.ended is not None
    assert late.ended.code == 503
    assert summary.disposition == "goodbye"


@pytest.mark.parametrize(
    ("counter", "dispositions"),
    [("answer", ["transferred to counter"]), (486, ["transferred to counter", "bye"])],
)
async def test_a_caller_is_handed_over(tmp_path: Path, counter: str | int, dispositions: list[str]) -> None:
    """The flow has its person rung; should nobody pick up, the same caller hears what the flow says to that."""
    async with running(tmp_path, **hands_over(tmp_path)) as (server, phones):
        phones.does[COUNTER] = counter
        caller = await phones.talk(server.port)
        async with asyncio.timeout(LIMIT_S):
            summaries = [await server.summaries.get()]
            if counter == "answer":
                person = await phones.answered()
                hears = asyncio.create_task(person.hears(louder_than=4000))
                while not hears.done():  # what is said before they are joined, nobody hears
                    caller.line.media.play(hum(0.1))
                    await asyncio.sleep(0.05)
                person.line.hang_up()
            else:
                # What is keyed in while somebody is rung, nobody hears.
                while server.app.calls.total < len(dispositions):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                caller.line.media.press("9")
                summaries.append(await server.summaries.get())
            await caller.over()

    assert [summary.disposition for summary in summaries] == dispositions
    assert len({summary.call_id for summary in summaries}) == 1


def test_a_port_that_is_taken_is_named() -> None:
    """With the setting that chooses it."""
    with listen(read_listening("udp:127.0.0.1:0")) as taken:
        address = f"udp:127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ConfigurationError, match="CALLAGENT_SIP"):
            listen(read_listening(address))


def test_a_certificate_that_is_none(tmp_path: Path) -> None:
    """The setting is named, and what belongs there."""
    (tmp_path / "cert.pem").write_text("nothing")
    settings = load_settings(sip="tls:127.0.0.1:0", sip_certificate=str(tmp_path / "cert.pem"))

    with pytest.raises(ConfigurationError, match="CALLAGENT_SIP_CERTIFICATE cannot be used"):
        make_sip(settings, None, None, None)  # type: ignore[arg-type]  # nothing of it is reached


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"sip": "udp:127.0.0.1:0", "registrar": "sip:127.0.0.1:0"}, "'sip:127.0.0.1:0', which leads nowhere"),
        ({"sip": "tcp:127.0.0.1:0", "registrar": "sip:127.0.0.1"}, "over udp, on which CALLAGENT_SIP does not listen"),
    ],
)
def test_settings_that_no_call_could_come_of(given: dict[str, str], reason: str) -> None:
    """They are told of when the server starts, not when somebody is to be rung."""
    registrar = given.pop("registrar", "")
    trunks = {"pbx": {"registrar": registrar, "user": "shop"}} if registrar else {}
    settings = load_settings(sip_trunks=trunks, **given)

    with pytest.raises(ConfigurationError, match=reason):
        make_sip(settings, None, None, None)  # type: ignore[arg-type]  # nothing of it is reached
