"""Peers that may call and mean no good, or know no better: what they send takes nothing from us and reaches nobody."""

import asyncio
import socket
from dataclasses import replace
from typing import Self

import pytest
from support.sip_phone import LIMIT_S, SHOP, End, Phones, Shop, hum, ports, shop_and_phones

from callagent.clock import ManualClock
from callagent.errors import CarrierError
from callagent.telephony.leg import Leg, Whisper
from callagent.telephony.sip.carrier import SipSetup
from callagent.telephony.sip.line import MOST_KEYS_S, SipLine
from callagent.telephony.sip.network.guard import BURST_S
from callagent.telephony.sip.sessions.transferring import replaces
from callagent.telephony.sip.sound.media_clock import MediaClock
from callagent.telephony.sip.sound.media_line import MediaLine
from callagent.telephony.sip.sound.media_ports import MediaPorts
from callagent.telephony.sip.trunks.trunk import Trunk

OWNER = "+919800000001"


class Peer:
    """A program that writes its messages itself."""

    def __init__(self, shop: Shop) -> None:
        self._wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._wire.bind(("127.0.0.1", 0))
        self._wire.settimeout(0)
        self._shop = ("127.0.0.1", shop.port)
        self._to = "<sip:shop@127.0.0.1>"
        self.contact = f"<sip:peer@127.0.0.1:{self._wire.getsockname()[1]}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.close()

    def send(self, text: str) -> None:
        """A whole message, with bare line feeds."""
        self._wire.sendto(text.replace("\n", "\r\n").encode(), self._shop)

    def request(self, method: str, headers: str, host: str = "") -> None:
        """A request of the one call; an INVITE that wants sound at `host`, where there is one."""
        body = f"v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 {host}\nt=0 0\nm=audio 9 RTP/AVP 0\n" if host else ""
        kind = "Content-Type: application/sdp\n" if body else ""
        self.send(
            f"{method} sip:shop@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK-{method};rport\n"
            f"From: <sip:peer@127.0.0.1>;tag=1\nTo: {self._to}\nCall-ID: one\nCSeq: 1 {method}\nMax-Forwards: 70\n"
            f"{headers}{kind}Content-Length: {len(body) + body.count(chr(10))}\n\n{body}"
        )

    async def receives(self, beginning: str) -> dict[str, str]:
        """The headers of the next message that begins so, the first line as ""."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                text = (await asyncio.get_running_loop().sock_recv(self._wire, 65535)).decode()
                if text.startswith(beginning):
                    first, *lines = text.partition("\r\n\r\n")[0].split("\r\n")
                    return {"": first} | {
                        name: value.strip() for name, _, value in (one.partition(":") for one in lines)
                    }

    async def call(self, contact: str) -> None:
        """A call that is answered."""
        self.request("INVITE", f"Contact: {contact}\n", "127.0.0.1")
        self._to = (await self.receives("SIP/2.0 200"))["To"]
        self.request("ACK", "")


async def no_dialogs(shop: Shop) -> None:
    """Wait until the last goodbye is through."""
    async with asyncio.timeout(LIMIT_S):
        while shop.carrier.figures()["dialogs"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "headers", ["", "Contact: <tel:+911>\n", "Contact: <sip:a@127.0.0.1>\nRecord-Route: <tel:+911>\n"]
)
async def test_a_call_that_cannot_be_takes_no_ports(headers: str) -> None:
    """An INVITE that begins no dialog is refused, and its ports for sound are free again."""
    async with shop_and_phones() as (shop, _):
        with Peer(shop) as peer:
            peer.request("INVITE", headers, "127.0.0.1")
            await peer.receives("SIP/2.0 400")

        assert shop.carrier.figures()["media_ports"] == 0


async def test_a_contact_that_leads_nowhere() -> None:
    """A call whose Contact asks for a transport that there is none of ends all the same when we hang up."""
    async with shop_and_phones() as (shop, _):
        with Peer(shop) as peer:
            await peer.call("<sip:a@127.0.0.1:9;transport=sctp>")
            leg = await shop.leg()
            await leg.hang_up()
            await no_dialogs(shop)

        assert shop.carrier.figures()["media_ports"] == 0


@pytest.mark.parametrize("host", ["224.0.0.5", "255.255.255.255"])
async def test_sound_goes_to_one_host_only(host: str) -> None:
    """Nobody has us send to all of a network."""
    async with shop_and_phones() as (shop, _):
        with Peer(shop) as peer:
            peer.request("INVITE", f"Contact: {peer.contact}\n", host)
            await peer.receives("SIP/2.0 400")
        await shop.idle()


async def test_a_stranger_gets_nothing_of_a_trunks_password() -> None:
    """Who is called back with a BYE, and asks for credentials, is not given what they could be guessed from."""
    trunk = Trunk("pbx", "sip:127.0.0.9", "shop", password="open", register=False)
    shop = Shop(SipSetup(trunks=(trunk,), media_ports=ports()))
    await shop.carrier.start()
    try:
        with Peer(shop) as peer:
            await peer.call(peer.contact)
            leg = await shop.leg()
            await asyncio.sleep(0)
            await leg.hang_up()
            bye = await peer.receives("BYE")
            copied = "".join(f"{name}: {bye[name]}\n" for name in ("Via", "From", "To", "Call-ID", "CSeq"))
            peer.send(f'SIP/2.0 401 Who\n{copied}WWW-Authenticate: Digest realm="r", nonce="n"\nContent-Length: 0\n\n')
            await no_dialogs(shop)
            peer.request("OPTIONS", "")
            # No BYE with credentials came before the answer to what was asked last.
            assert (await peer.receives(""))[""].startswith("SIP/2.0 481")
    finally:
        await shop.carrier.stop()


async def caller_to_be_handed_over(shop: Shop, phones: Phones, ring_s: float) -> tuple[End, Leg]:
    """A caller who hears that somebody is rung."""
    caller = await phones.talk(shop.port)
    leg = await shop.leg()
    await leg.transfer([(OWNER, ring_s)], Whisper())
    await caller.hears(louder_than=800)
    return caller, leg


async def move(shop: Shop, phones: Phones, caller: End) -> End:
    """The caller's PBX brings the call over another one (RFC 3891)."""
    dialog = caller.line.call.session.dialog
    assert dialog is not None
    moved = phones.call(shop.port, headers=(("Replaces", replaces(dialog.id)),))
    await caller.over()
    return End(moved)


async def test_a_caller_who_moves_while_others_are_rung() -> None:
    """They hear it ring on the new line, and have the agent again there when nobody picks up."""
    async with shop_and_phones() as (shop, phones):
        phones.does[OWNER] = "ring"
        caller, leg = await caller_to_be_handed_over(shop, phones, 3.0)
        moved = await move(shop, phones, caller)
        await moved.hears(louder_than=800)
        again = await shop.leg()
        again.play(hum(0.5))
        await moved.hears(louder_than=4000)
        await again.hang_up()
        await moved.over()
        await shop.idle()

    assert again.info == leg.info


async def test_a_caller_who_moves_while_talking_with_a_person() -> None:
    """The two go on, over the new line, until one hangs up."""
    async with shop_and_phones() as (shop, phones):
        phones.does[OWNER] = "answer"
        caller = await phones.talk(shop.port)
        leg = await shop.leg()
        await leg.transfer([(OWNER, 5)], Whisper())
        person = await phones.answered()
        for _ in range(40):
            person.line.media.play(hum(0.1, 20000))
            await asyncio.sleep(0.02)
        await caller.hears(louder_than=8000)
        moved = await move(shop, phones, caller)
        person.line.media.play(hum(0.5, 20000))
        await moved.hears(louder_than=8000)
        moved.line.hang_up()
        await person.over()
        await shop.idle()


async def test_a_stopping_server_rings_nobody() -> None:
    """A number that is being rung when the server stops is not rung through the next trunk."""
    phones = Phones()
    trunk = Trunk("first", f"sip:127.0.0.1:{phones.port}", "shop", number=SHOP, register=False)
    shop = Shop(SipSetup(trunks=(trunk, replace(trunk, name="second")), media_ports=ports()))
    phones.does[OWNER] = "ring"
    await phones.start()
    await shop.carrier.start()
    ringing = asyncio.Event()

    async def never(_: Leg) -> None:
        raise AssertionError("nobody picked up")

    dialling = asyncio.ensure_future(shop.carrier.dial(OWNER, 30, never, lambda _: ringing.set()))
    async with asyncio.timeout(LIMIT_S):
        await ringing.wait()
        await shop.carrier.stop()
        with pytest.raises(CarrierError, match="stopping"):
            await dialling
    await phones.stop()

    assert len(phones.invites) == 1
    assert shop.carrier.figures()["media_ports"] == 0


async def test_a_flood_of_keys_is_bounded() -> None:
    """A peer that presses a thousand keys at once is taken for a hand."""
    sound = MediaPorts("127.0.0.1", *ports())

    def media(line: SipLine) -> MediaLine:
        return MediaLine(sound, MediaClock(), line.hears, line.pressed, line.marked, line.died)

    clock = ManualClock()
    line = SipLine(clock, media)
    end = End(line)
    for _ in range(1000):
        line.pressed("5")
    at_once = len(end.keys)
    clock.advance(1.0)
    for _ in range(1000):
        line.pressed("5")
    line.media.close()

    assert at_once == MOST_KEYS_S * BURST_S
    assert len(end.keys) == at_once + MOST_KEYS_S
