"""Whole calls over SIP on this machine's own network: who comes in, who is rung, who is handed over to whom."""

import asyncio
import socket

import pytest
from support.sip_phone import LIMIT_S, SHOP, End, Phones, Shop, hum, loudness, ports, shop_and_phones

from callagent.errors import CarrierError, NotAnsweredError
from callagent.telephony.leg import Leg, Whisper
from callagent.telephony.sip.carrier import SipSetup
from callagent.telephony.sip.sessions.transferring import replaces
from callagent.telephony.sip.sound.media_line import MediaLine
from callagent.telephony.sip.trunks.trunk import Trunk

FLOOD = 500
"""Requests; more than one address may send at once."""
SOME = 100
"""Of a flood: what the system's buffer has room for arrives in any case."""
OWNER, COUNTER = "+919800000001", "+919800000002"


async def spoken() -> bytes:
    """What a whisper sounds like here."""
    return hum(0.4)


async def talking(shop: Shop, phones: Phones) -> tuple[End, Leg]:
    """A caller and the agent."""
    caller = await phones.talk(shop.port)
    return caller, await shop.leg()


async def have_nothing(leg: Leg) -> None:
    """A conversation in which the caller hangs up."""
    async for _ in leg.signals():
        pass


async def test_sound_goes_both_ways_and_nothing_is_left() -> None:
    """Both hear each other, the numbers are told, and after the goodbye nothing is in use."""
    async with shop_and_phones() as (shop, phones):
        caller, leg = await talking(shop, phones)
        leg.play(hum(0.5))
        await caller.hears(louder_than=4000)
        caller.line.hang_up()
        await caller.over()
        await shop.idle()

    assert (leg.info.caller, leg.info.called, leg.info.outbound) == ("+919812345678", SHOP, False)


async def test_the_agent_hangs_up() -> None:
    """The caller's telephone is told."""
    async with shop_and_phones() as (shop, phones):
        caller, leg = await talking(shop, phones)
        await leg.hang_up()
        await caller.over()

    assert str(caller.reason) == "caller hung up"  # as seen from its end: the other side did


async def test_a_full_server_refuses() -> None:
    """One call more than there may be gets 503, and nothing of it stays."""
    async with shop_and_phones(most_calls=1) as (shop, phones):
        first, _ = await talking(shop, phones)
        second = phones.call(shop.port)
        async with asyncio.timeout(LIMIT_S):
            await second.over.wait()
        first.line.hang_up()
        await first.over()

    assert second.ended is not None
    assert second.ended.code == 503


async def test_without_ports_a_call_is_refused() -> None:
    """Where no ports are left for sound, the caller is told to try later."""
    first, _ = ports()
    async with shop_and_phones(SipSetup(media_ports=(first, first + 1))) as (shop, phones):
        await phones.talk(shop.port)
        second = phones.call(shop.port)
        async with asyncio.timeout(LIMIT_S):
            await second.over.wait()

    assert second.ended is not None
    assert second.ended.code == 503


async def test_a_number_is_rung_and_answered() -> None:
    """Whoever picks up talks with the agent, as an outbound call from the shop's number."""
    told: list[str] = []
    async with shop_and_phones() as (shop, phones):
        phones.does[OWNER] = "answer"

        async def have(leg: Leg) -> None:
            told.append(f"{leg.info.caller} {leg.info.called} {leg.info.outbound}")
            person = await phones.answered()
            person.line.hang_up()
            await have_nothing(leg)

        async with asyncio.timeout(LIMIT_S):
            await shop.carrier.dial(OWNER, 5, have, told.append)

    assert told == ["ringing", "answered", f"{OWNER} {SHOP} True"]


@pytest.mark.parametrize(
    ("does", "reason"),
    [(486, "busy"), (603, "declined"), (404, "no such number"), (500, "failed"), ("ring", "no answer")],
)
async def test_nobody_takes_the_call(does: str | int, reason: str) -> None:
    """Whoever asked is told why."""
    async with shop_and_phones() as (shop, phones):
        phones.does[OWNER] = does
        with pytest.raises(NotAnsweredError) as refused:
            await shop.carrier.dial(OWNER, 0.2, have_nothing)
        assert shop.carrier.figures()["calls"] == 0

    assert refused.value.reason == reason


async def test_a_caller_is_handed_over() -> None:
    """The second of two people picks up, hears the whisper while the caller hears it ring, and then they talk."""
    async with shop_and_phones() as (shop, phones):
        phones.does |= {OWNER: 486, COUNTER: "answer"}
        caller, leg = await talking(shop, phones)
        await leg.transfer([(OWNER, 5), (COUNTER, 5)], Whisper("Ravi asks for a fan", "en", spoken))
        await caller.hears(louder_than=800)
        person = await phones.answered()
        await person.hears(louder_than=6000)
        tone = bytes(caller.sound)
        # Whatever the person says once the caller joined; before, nobody hears it.
        for _ in range(40):
            person.line.media.play(hum(0.1, 20000))
            await asyncio.sleep(0.02)
        await caller.hears(louder_than=8000)
        caller.line.media.play(hum(0.2, 20000))
        await person.hears(louder_than=8000)
        caller.line.media.press("5")
        async with asyncio.timeout(LIMIT_S):
            await person.key_pressed.wait()
        person.line.hang_up()
        await caller.over()
        await shop.idle()

    assert loudness(tone) < 4000  # the ringing tone, not the whisper
    assert person.keys == "5"


async def test_nobody_picks_up_and_the_caller_comes_back() -> None:
    """The agent has the caller again, in the same call."""
    async with shop_and_phones() as (shop, phones):
        phones.does |= {OWNER: 486, COUNTER: "ring"}
        caller, leg = await talking(shop, phones)
        await leg.transfer([(OWNER, 5), (COUNTER, 0.2)], Whisper())
        again = await shop.leg()
        again.play(hum(0.3))
        await caller.hears(louder_than=4000)

    assert again.info == leg.info
    assert again is not leg


async def test_a_person_who_hangs_up_during_the_whisper_is_passed_over() -> None:
    """The next one is rung."""
    async with shop_and_phones() as (shop, phones):
        phones.does |= {OWNER: "answer", COUNTER: "answer"}
        _, leg = await talking(shop, phones)
        await leg.transfer([(OWNER, 5), (COUNTER, 5)], Whisper("Ravi asks for a fan", "en", spoken))
        first = await phones.answered()
        await first.hears(louder_than=4000)
        first.line.hang_up()
        second = await phones.answered()
        await second.hears(louder_than=4000)


async def test_a_caller_who_hangs_up_stops_the_ringing() -> None:
    """Nobody is left to be rung for a caller who is gone."""
    async with shop_and_phones() as (shop, phones):
        phones.does[OWNER] = "ring"
        caller, leg = await talking(shop, phones)
        await leg.transfer([(OWNER, 30)], Whisper())
        await caller.hears(louder_than=800)
        caller.line.hang_up()
        await caller.over()
        await shop.idle()


async def test_the_peer_joins_the_calls() -> None:
    """Where the trunk takes REFER, it is asked to, with the person's call to be replaced; refused, we join them."""
    async with shop_and_phones(refer=True) as (shop, phones):
        phones.does[OWNER] = "answer"
        caller, leg = await talking(shop, phones)
        await leg.transfer([(OWNER, 5)], Whisper())
        person = await phones.answered()
        for _ in range(40):
            person.line.media.play(hum(0.1, 20000))
            await asyncio.sleep(0.02)
        await caller.hears(louder_than=8000)


async def test_another_call_takes_a_calls_place() -> None:
    """A PBX that has put two calls together brings the rest of the conversation over a new one (RFC 3891)."""
    async with shop_and_phones() as (shop, phones):
        caller, leg = await talking(shop, phones)
        dialog = caller.line.call.session.dialog
        assert dialog is not None
        second = phones.call(shop.port, headers=(("Replaces", replaces(dialog.id)),))
        await caller.over()
        other = End(second)
        leg.play(hum(0.5))
        await other.hears(louder_than=4000)
        await leg.hang_up()
        await other.over()


async def test_replacing_what_is_not_there_is_refused() -> None:
    """A Replaces that means none of our calls gets 481."""
    async with shop_and_phones() as (shop, phones):
        line = phones.call(shop.port, headers=(("Replaces", "nowhere;to-tag=a;from-tag=b"),))
        async with asyncio.timeout(LIMIT_S):
            await line.over.wait()

    assert line.ended is not None
    assert line.ended.code == 481


async def test_without_a_trunk_nobody_can_be_rung() -> None:
    """A transfer fails with a reason, and the caller still has the agent."""
    async with shop_and_phones(SipSetup(media_ports=ports())) as (shop, phones):
        caller, leg = await talking(shop, phones)
        with pytest.raises(CarrierError, match="CALLAGENT_SIP_TRUNKS"):
            await leg.transfer([(OWNER, 5)], Whisper())
        leg.play(hum(0.3))
        await caller.hears(louder_than=4000)


async def test_a_stopping_server_says_goodbye() -> None:
    """All calls end, and new ones are refused."""
    async with shop_and_phones() as (shop, phones):
        caller, _ = await talking(shop, phones)
        await shop.carrier.stop()
        await caller.over()

        assert shop.carrier.figures()["media_ports"] == 0


async def test_strangers_get_no_answer() -> None:
    """A scanner's flood from elsewhere is dropped unread and unanswered, while a call goes on."""
    setup = SipSetup(allowed=("127.0.0.1/32",), media_ports=ports())
    async with shop_and_phones(setup) as (shop, phones):
        caller, leg = await talking(shop, phones)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind(("127.0.0.2", 0))
            stranger.settimeout(0)
            for number in range(FLOOD):
                stranger.sendto(scan("INVITE" if number % 2 else "OPTIONS", number), ("127.0.0.1", shop.port))
                while shop.carrier.figures()["dropped"] <= number:  # noqa: ASYNC110
                    await asyncio.sleep(0)
            leg.play(hum(0.3))
            await caller.hears(louder_than=4000)
            with pytest.raises(BlockingIOError):
                stranger.recv(1)
            async with asyncio.timeout(LIMIT_S):
                while shop.carrier.figures()["dropped"] < SOME:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        figures = shop.carrier.figures()

    assert (figures["calls"], figures["media_ports"]) == (1, 1)


async def test_a_flood_from_a_neighbour_is_bounded() -> None:
    """Who may call and sends hundreds of requests at once takes no memory for more than some of them."""
    async with shop_and_phones() as (shop, _):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as neighbour:
            neighbour.bind(("127.0.0.1", 0))
            for number in range(2 * FLOOD):
                neighbour.sendto(scan("OPTIONS", number), ("127.0.0.1", shop.port))
                if not number % 50:
                    await asyncio.sleep(0)
        figures = shop.carrier.figures()

    assert 0 < figures["transactions"] <= FLOOD
    assert figures["calls"] == 0


def scan(method: str, number: int) -> bytes:
    """What a scanner sends, without a body."""
    return (
        f"{method} sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bK{number};rport\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:100@1.1.1.1>;tag={number}\r\nTo: <sip:100@1.1.1.1>\r\n"
        f"Call-ID: {number}\r\nCSeq: 1 {method}\r\nContact: <sip:100@127.0.0.2>\r\nContent-Length: 0\r\n\r\n"
    ).encode()


async def test_the_next_trunk_is_tried() -> None:
    """Where the first cannot be reached, the second rings, and the person sees its number."""
    told: list[str] = []
    phones = Phones()
    nowhere = Trunk("nowhere", "sip:127.0.0.1:9;transport=tcp", "shop", register=False)
    there = Trunk("there", f"sip:127.0.0.1:{phones.port}", "shop", number=SHOP, register=False)
    shop = Shop(SipSetup(trunks=(nowhere, there), media_ports=ports()))
    await phones.start()
    await shop.carrier.start()
    try:
        phones.does[OWNER] = "answer"

        async def have(leg: Leg) -> None:
            told.append(leg.info.called)
            (await phones.answered()).line.hang_up()
            await have_nothing(leg)

        async with asyncio.timeout(LIMIT_S):
            await shop.carrier.dial(OWNER, 5, have)
    finally:
        await shop.carrier.stop()
        await phones.stop()

    assert told == [SHOP]


async def test_keys_go_by_info_where_no_telephone_events_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """They arrive as keys all the same."""
    monkeypatch.setattr(MediaLine, "press", lambda _line, _digit: False)
    async with shop_and_phones() as (shop, phones):
        caller, _ = await talking(shop, phones)
        caller.line.press("5")
        async with asyncio.timeout(LIMIT_S):
            assert await shop.keys.get() == "5"
