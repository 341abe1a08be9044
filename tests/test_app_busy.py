"""A server that could not serve one more call well, with a simulated Twilio over real sockets."""

import asyncio
from pathlib import Path

import pytest
from support.server import listen_for, server

from callagent.errors import CarrierRefusedError
from callagent.telephony.twilio import queueing


async def test_a_caller_is_connected_when_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second caller holds until the first has hung up, and then has a whole call."""
    monkeypatch.setattr(queueing, "PAUSE_S", 0)
    monkeypatch.setattr(queueing, "ROUND_S", 0.1)
    async with server(tmp_path, most_calls=1, queue_s=60) as shop:
        first = await shop.call()
        await listen_for(first, 5)
        calling = asyncio.create_task(shop.call())
        await listen_for(first, 5)
        held = not calling.done()
        await first.hang_up()
        second = await calling
        await listen_for(second, 10)
        heard = list(second.record.heard_s)
        await second.hang_up()

    assert held
    assert heard != []


async def test_who_has_waited_in_vain_is_told_in_the_shops_words(tmp_path: Path) -> None:
    """In the language that calls begin in."""
    async with server(tmp_path, queue_s=0, language="hinglish") as shop:
        shop.app.admission.is_open = False
        with pytest.raises(CarrierRefusedError, match="Sorry, hamari sabhi lines ab bhi busy hain"):
            await shop.call()

        assert shop.app.calls.total == 0


async def test_a_fallback_gets_who_cannot_be_served_well(tmp_path: Path) -> None:
    """And nobody once the loop is in time again."""
    async with server(tmp_path, queue_s=0, fallback="+911234567890") as shop:
        shop.app.admission.is_open = False
        with pytest.raises(CarrierRefusedError, match="Dial"):
            await shop.call()
        shop.app.admission.is_open = True
        call = await shop.call()
        await listen_for(call, 5)
        await call.hang_up()
