"""Many calls that end in all ways."""

import os
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from simulator.sip_server_by_the_book import SipServer, sip_serving

from callagent.media.audio import CHUNK_SAMPLES
from callagent.media.rtp import RtpPacket, write_rtp
from callagent.simulator import sip_caller, soak
from callagent.simulator.sip_trunk import SipTrunk
from callagent.simulator.soak import ABNORMAL, Manner, SoakPlan, SoakResult, manner_of, run_soak

UTTERANCE = b"\x00\x20" * CHUNK_SAMPLES * 2
ANSWER = write_rtp(RtpPacket(0, True, 1, 160, 9, b"\x11" * CHUNK_SAMPLES))  # noqa: FBT003
NOTHING_LEFT = {"calls": 0, "dialogs": 0, "transactions": 0, "media_ports": 0}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for as long as on a real line."""
    monkeypatch.setattr(sip_caller, "T1_S", 0.02)
    monkeypatch.setattr(sip_caller, "GIVES_UP_S", 0.5)
    monkeypatch.setattr(soak, "SILENT_LINE_S", 0.4)
    monkeypatch.setattr(soak, "EMPTY_WITHIN_S", 0.3)
    monkeypatch.setattr(soak, "ASK_EVERY_S", 0.02)
    monkeypatch.setattr(soak, "RAMP_S", 0.01)


@pytest.fixture
async def server() -> AsyncIterator[SipServer]:
    """A server that answers, and says something to whatever it is sent."""
    async with sip_serving(SipServer(sends_sound=lambda _: [ANSWER])) as running:
        yield running


@pytest.fixture
async def health() -> AsyncIterator[dict[str, Any]]:
    """What the server says of itself: first the `kept`, and nothing after that; at `url`."""
    told: dict[str, Any] = {"kept": [], "left": NOTHING_LEFT}

    async def tell(_: web.Request) -> web.Response:
        return web.json_response({"sip": told["kept"].pop(0) if told["kept"] else told["left"]})

    app = web.Application()
    app.router.add_get("/health", tell)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    told["url"] = f"http://127.0.0.1:{runner.addresses[0][1]}/health"
    yield told
    await runner.cleanup()


async def soaked(server: SipServer, health: dict[str, Any], calls: int = 40) -> SoakResult:
    """What comes of so many calls."""
    async with SipTrunk() as trunk:
        plan = SoakPlan(server.destination, health["url"], os.getpid(), (UTTERANCE,), calls, at_once=20, seconds=0.6)
        return await run_soak(trunk, plan)


def test_fifteen_in_a_hundred_are_abnormal() -> None:
    """Of each kind as many, as nearly as can be."""
    manners = Counter(manner_of(number) for number in range(500))

    assert manners[Manner.PLAIN] == 425
    assert {manners[manner] for manner in ABNORMAL} == {12, 13}


async def test_each_manner_is_what_the_server_gets(server: SipServer, health: dict[str, Any]) -> None:
    """Forty calls have each abnormal end once, and who sends no sound waits for the server."""
    health["kept"] = [dict.fromkeys(NOTHING_LEFT, 7)]
    result = await soaked(server, health)
    left = {request.call_id for request in server.requests if request.method in {"BYE", "CANCEL"}}

    assert result.placed == {str(Manner.PLAIN): 34, **dict.fromkeys(map(str, ABNORMAL), 1)}
    # This server never hangs up, as a real one would.
    assert result.failures == {f"{Manner.NO_SOUND}: nothing was heard": 1}
    assert len({request.call_id for request in server.requests}) == 40
    # All but the one that vanished.
    assert len(left) == 39
    assert (result.kept_peak["calls"], result.kept_end) == (7, NOTHING_LEFT)
    assert result.empty_after_s is not None
    assert result.memory_marked_mb > 10
    assert not result.is_clean
    assert result.as_dict()["clean"] is False


async def test_what_is_left_is_told(server: SipServer, health: dict[str, Any]) -> None:
    """A port that was never given back, and a server that takes no call."""
    health["left"] = NOTHING_LEFT | {"media_ports": 1}
    server.status = 486
    result = await soaked(server, health, calls=2)

    assert result.empty_after_s is None
    assert result.kept_end["media_ports"] == 1
    assert result.failures == {f"{Manner.PLAIN}: the server did not take the call: 486 Busy Here": 2}


async def test_a_server_without_sip_has_nothing_to_tell(server: SipServer, health: dict[str, Any]) -> None:
    """Then nobody can say that nothing is left."""
    health["left"] = None
    result = await soaked(server, health, calls=1)

    assert (result.empty_after_s, result.failures) == (None, {})
