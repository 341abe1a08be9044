"""The end of a Twilio leg, when the carrier does not do as it is asked."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import WSMessage, web
from structlog.testing import capture_logs

from callagent.errors import CarrierError
from callagent.telephony.leg import LegCounters, LegEnd, LegEnded, LegInfo
from callagent.telephony.twilio import stream, wire
from callagent.telephony.twilio.stream import TwilioLeg

INFO = LegInfo("CA1", "twilio", "+919800000001", "+911140000000")


class Socket(web.WebSocketResponse):
    """Nobody is at its other end."""

    closes = 0

    async def close(self, *_: object, **__: object) -> bool:
        """Count it."""
        self.closes += 1
        return True


async def refused() -> None:
    """The API says no."""
    raise CarrierError("Twilio refused to end the call: 404")


async def ignored() -> None:
    """The API says yes, and nothing follows."""
    await asyncio.sleep(0)


async def no_transfer(*_wanted: object) -> None:
    """Nobody is rung here."""


async def no_text(_to: str, _text: str) -> None:
    """Nobody writes here."""


@pytest.mark.parametrize(
    ("hang_up", "told"),
    [
        (refused, {"event": "hang-up refused", "call": "CA1", "reason": "Twilio refused to end the call: 404"}),
        (ignored, {"event": "hang-up ignored", "call": "CA1", "waited_s": 0.01}),
    ],
)
async def test_a_hang_up_that_fails_is_logged(
    hang_up: Callable[[], Awaitable[None]], told: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing the stream ends the call all the same, and the operator can see that it had to."""
    monkeypatch.setattr(stream, "GOODBYE_S", 0.01)
    socket = Socket()
    leg = TwilioLeg(socket, wire.Started("MZ1", "CA1", "AC1", {}), INFO, hang_up, no_text, no_transfer, LegCounters())
    with capture_logs() as logs:
        await leg.hang_up()

    assert logs == [{**told, "log_level": "warning"}]
    assert socket.closes == 1


class Peer(Socket):
    """Its other end sends nothing; a message that holds a planted word cannot be written."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[str] = []
        self.gone = asyncio.Event()

    def __aiter__(self) -> "Peer":
        return self

    async def __anext__(self) -> WSMessage:
        await self.gone.wait()
        raise StopAsyncIteration

    async def send_str(self, data: str, compress: int | None = None) -> None:
        """Keep it, or fail."""
        if "planted" in data:
            raise RuntimeError(data)
        self.sent.append(data)

    async def close(self, *_: object, **__: object) -> bool:
        """The reader hears of it."""
        self.gone.set()
        return True


@pytest.mark.parametrize(("faults", "ends"), [(3, False), (4, True)])
async def test_a_writer_that_fails_goes_on_or_ends_the_leg(faults: int, ends: bool) -> None:
    """Three messages may be lost within a minute; a fourth ends the stream, rather than leave the caller in silence."""
    socket = Peer()
    leg = TwilioLeg(socket, wire.Started("MZ1", "CA1", "AC1", {}), INFO, ignored, no_text, no_transfer, LegCounters())
    with capture_logs() as logs:
        signals = leg.signals()
        first = asyncio.ensure_future(anext(signals))
        for _ in range(faults):
            leg.mark("planted")
        leg.mark("last")
        for _ in range(10):
            await asyncio.sleep(0)
        ended = first.done()
        socket.gone.set()
        assert await first == LegEnded(LegEnd.LINE_LOST)
        await signals.aclose()

    assert ended is ends
    assert ("last" in "".join(socket.sent)) is not ends
    assert [log["goes_on"] for log in logs if log["event"] == "writing failed"] == [True, True, True, False][:faults]
    assert "planted" not in str(logs)
