"""Calls with sipp, which does to the letter what a scenario says, and nothing else."""

import os
import re
import shutil
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest
from support.caller_voice import chunks
from support.peers.agent import account, agent
from support.peers.program import needs
from support.peers.rtp_end import rtp_end
from support.peers.scenario import Scenario, description, matches
from support.peers.sipp import sipp
from support.peers.sounds import HEARD, PAUSE_S, likeness

from callagent.errors import NotAnsweredError
from callagent.media.audio import duration_s, silence
from callagent.media.g711 import alaw_encode, ulaw_encode
from callagent.telephony.leg import LegEnd

pytestmark = needs("sipp")

SOUNDS = Path("/usr/share/sip-tester")
PLAIN = Scenario().invite().rings().expects(200).ack().waits(0.2).bye()


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
async def test_plain_calls(tmp_path: Path, *, tcp: bool) -> None:
    """Ten at a time are answered, acknowledged and hung up, and leave nothing behind."""
    async with agent(tmp_path) as here:
        async with sipp(PLAIN, tmp_path, to=here.port, calls=10, tcp=tcp) as caller:
            await caller.passed()
        calls = [await here.call() for _ in range(10)]
        ends = [await call.over() for call in calls]

    assert Counter(ends) == {LegEnd.CALLER_HUNG_UP: 10}
    assert {call.leg.info.caller for call in calls} == {"+919800000001"}
    assert {call.leg.info.called for call in calls} == {"100"}


async def test_no_call_is_lost_with_the_messages(tmp_path: Path) -> None:
    """Of 60 calls all go through while 15 % of the messages are lost, either way."""
    patient = ("-lost", "15", "-max_invite_retrans", "10", "-max_non_invite_retrans", "12", "-max_retrans", "20")
    async with agent(tmp_path) as here:
        async with sipp(PLAIN, tmp_path, *patient, to=here.port, calls=60) as caller:
            await caller.passed(seconds=60)
        ends = [await (await here.call()).over() for _ in range(60)]

    assert Counter(ends) == {LegEnd.CALLER_HUNG_UP: 60}


@pytest.mark.parametrize("law", ["ulaw", "alaw"])
async def test_a_voice_comes_in(tmp_path: Path, law: str) -> None:
    """What sipp streams is what the call hears, in either coding."""
    said = b"".join(await chunks("opening hours"))
    sound, payload, encode = (
        (tmp_path / "speech.ulaw", 0, ulaw_encode) if law == "ulaw" else (tmp_path / "speech.alaw", 8, alaw_encode)
    )
    sound.write_bytes(encode((said + silence(PAUSE_S)) * 2))
    name = {0: "PCMU", 8: "PCMA"}[payload]
    audio = (
        f"m=audio [media_port] RTP/AVP {payload} 101\na=rtpmap:{payload} {name}/8000\na=rtpmap:101 telephone-event/8000"
    )
    speaks = (
        Scenario().invite(description(audio=audio)).rings()
        .expects(200, action=matches(rf"m=audio [0-9]+ RTP/AVP {payload} 101"))
        .ack().does(f'rtp_stream="{sound},1,{payload}"').waits(2 * (duration_s(said) + PAUSE_S)).bye()
    )  # fmt: skip
    async with agent(tmp_path) as here:
        async with sipp(speaks, tmp_path, to=here.port) as caller:
            await caller.passed()
        call = await here.call()
        await call.over()

    assert likeness(bytes(call.heard), said) > HEARD


@pytest.mark.skipif(os.geteuid() != 0, reason="sipp plays packets from a file for root only")
async def test_keys_of_another_source(tmp_path: Path) -> None:
    """Digits that come with another SSRC and numbering than the voice are each told once, and disturb no sound."""
    said = b"".join(await chunks("opening hours"))
    (tmp_path / "speech.ulaw").write_bytes(ulaw_encode(said * 2))
    presses = Scenario().invite().rings().expects(200).ack().does(f'rtp_stream="{tmp_path}/speech.ulaw,1,0"')
    for key in ("5", "star", "0", "pound"):
        shutil.copy(SOUNDS / f"dtmf_2833_{key}.pcap", tmp_path)
        presses.does(f'play_pcap_audio="{tmp_path}/dtmf_2833_{key}.pcap"').waits(0.5)
    async with agent(tmp_path) as here:
        async with sipp(presses.bye(), tmp_path, to=here.port) as caller:
            await caller.passed()
        call = await here.call()
        await call.over()

    assert call.digits == "5*0#"
    assert likeness(bytes(call.heard), said) > HEARD


async def test_keys_and_voice_of_one_source(tmp_path: Path) -> None:
    """Digits that count in the voice's own sequence are told, and what was said comes back."""
    said = b"".join(await chunks("opening hours"))
    async with agent(tmp_path) as here, rtp_end() as sound:
        held = Scenario().invite(
            description(audio=f"m=audio {sound.port} RTP/AVP 0 101\na=rtpmap:101 telephone-event/8000")
        )
        held.rings().expects(200).ack().gets("BYE").confirms()
        async with sipp(held, tmp_path, to=here.port) as caller:
            call = await here.call()
            await sound.met()
            await sound.press("12")
            await sound.speak((said + silence(PAUSE_S)) * 2)
            await sound.press("#")
            await call.until("three keys", lambda call: len(call.digits) == 3)
            await call.leg.hang_up()
            await caller.passed()

    assert call.digits == "12#"
    assert call.ended is LegEnd.AGENT_HUNG_UP
    assert likeness(bytes(sound.heard), said) > HEARD


async def test_keys_by_info(tmp_path: Path) -> None:
    """A peer without telephone-event sends its digits as messages."""
    relay = "Content-Type: application/dtmf-relay"
    infos = Scenario().invite(description(audio="m=audio [media_port] RTP/AVP 0")).rings().expects(200).ack()
    for key in "7#":
        infos.request("INFO", relay, f"Signal={key}\nDuration=160").expects(200)
    async with agent(tmp_path) as here:
        async with sipp(infos.bye(), tmp_path, to=here.port) as caller:
            await caller.passed()
        call = await here.call()
        await call.over()

    assert call.digits == "7#"


async def test_a_caller_gives_up_before_it_is_answered(tmp_path: Path) -> None:
    """CANCEL is confirmed, the INVITE ends with 487, and nobody has a conversation."""
    gives_up = Scenario().invite().expects(100).cancel().expects(200).expects(487).ack_refusal()
    async with agent(tmp_path) as here:
        with here.thinking():
            async with sipp(gives_up, tmp_path, to=here.port, calls=5) as caller:
                await caller.passed()
        await here.is_idle()

        assert here.calls == 0


async def test_hold_and_resume(tmp_path: Path) -> None:
    """A held call is answered the other way round, and goes on afterwards."""
    held = (
        Scenario().invite().rings().expects(200, action=matches("a=(sendonly|recvonly|inactive)", inverse=True)).ack()
        .invite(description("sendonly"), again=True).expects(100, optional=True)
        .expects(200, action=matches("a=recvonly")).ack()
        .invite(description("inactive"), again=True).expects(100, optional=True)
        .expects(200, action=matches("a=inactive")).ack()
        .invite(description("sendrecv"), again=True).expects(100, optional=True)
        .expects(200, action=matches("a=(sendonly|recvonly|inactive)", inverse=True)).ack().bye()
    )  # fmt: skip
    async with agent(tmp_path) as here:
        async with sipp(held, tmp_path, to=here.port) as caller:
            await caller.passed()
        call = await here.call()
        end = await call.over()

    assert end is LegEnd.CALLER_HUNG_UP
    assert call.holds == [True, False]


async def test_an_offer_in_the_answer(tmp_path: Path) -> None:
    """A caller who describes no sound gets our offer, and answers it in its ACK."""
    late = Scenario().invite(sdp="").rings().expects(200, action=matches(r"m=audio [0-9]+ RTP/AVP ")).ack(description())
    async with agent(tmp_path) as here:
        async with sipp(late.waits(0.2).bye(), tmp_path, to=here.port) as caller:
            await caller.passed()
        end = await (await here.call()).over()

    assert end is LegEnd.CALLER_HUNG_UP


async def test_answers_that_must_arrive(tmp_path: Path) -> None:
    """A caller who requires 100rel gets its ringing reliably, and confirms it with PRACK."""
    reliable = (
        Scenario().invite(headers="Require: 100rel").expects(100, optional=True)
        .expects(180, action=matches("[0-9]+", "RSeq", into=2) + matches("100rel", "Require"))
        .request("PRACK", "RAck: [$2] 1 INVITE").expects(200)
        .expects(200).ack().waits(0.2).bye()
    )  # fmt: skip
    async with agent(tmp_path) as here:
        async with sipp(reliable, tmp_path, to=here.port) as caller:
            await caller.passed()
        end = await (await here.call()).over()

    assert end is LegEnd.CALLER_HUNG_UP


async def test_who_asks_whether_we_are_there(tmp_path: Path) -> None:
    """OPTIONS is answered with what we can."""
    asks = Scenario().request("OPTIONS", again=False).expects(200, action=matches("INVITE.*BYE|BYE.*INVITE", "Allow"))
    async with agent(tmp_path) as here, sipp(asks, tmp_path, to=here.port, calls=5) as caller:
        await caller.passed()


async def test_refer_of_a_stranger(tmp_path: Path) -> None:
    """Nobody is rung because a caller says so, and the call goes on."""
    refers = Scenario().invite().rings().expects(200).ack()
    refers.request("REFER", "Refer-To: <sip:+19005550100@127.0.0.1>").expects(403)
    async with agent(tmp_path) as here:
        async with sipp(refers.bye(), tmp_path, to=here.port) as caller:
            await caller.passed()
        end = await (await here.call()).over()

    assert end is LegEnd.CALLER_HUNG_UP


async def test_a_trunk_that_asks_for_a_password(tmp_path: Path) -> None:
    """An outbound call is made again with the answer to the challenge, and then it is a call."""
    challenge = 'Proxy-Authenticate: Digest realm="callagent.test", nonce="f84f1cec41e6", qop="auth", algorithm=SHA-256'
    asks = (
        Scenario().gets("INVITE").answers("407 Proxy Authentication Required", challenge).gets("ACK")
        .gets("INVITE", action=matches("Digest .*", "Proxy-Authorization")).answers("180 Ringing")
        .answers("200 OK", body=description()).gets("ACK").gets("BYE").confirms()
    )  # fmt: skip
    async with sipp(asks, tmp_path) as trunk, agent(tmp_path, trunk=account(trunk.port)) as here:
        await here.dial("+911140000000")
        await trunk.passed()
        second = trunk.received("INVITE")[1]

    given = dict(re.findall(r'(\w+)="?([^",]+)"?', second.partition("Proxy-Authorization: Digest ")[2].splitlines()[0]))
    ha1, ha2 = (
        sha256(text.encode()).hexdigest() for text in ("agent:callagent.test:secret-agent", f"INVITE:{given['uri']}")
    )
    answer = f"{ha1}:f84f1cec41e6:{given['nc']}:{given['cnonce']}:auth:{ha2}"
    assert given["response"] == sha256(answer.encode()).hexdigest()


async def test_somebody_who_is_busy(tmp_path: Path) -> None:
    """Is not answered, and told so at once."""
    busy = Scenario().gets("INVITE").answers("486 Busy Here").gets("ACK")
    async with sipp(busy, tmp_path) as trunk, agent(tmp_path, trunk=account(trunk.port)) as here:
        with pytest.raises(NotAnsweredError):
            await here.dial("+911140000000")
        await trunk.passed()


async def test_nobody_picks_up(tmp_path: Path) -> None:
    """After the time for ringing the call is cancelled."""
    rings = (
        Scenario().gets("INVITE", action=matches("[0-9]+", "CSeq", into=2)).answers("180 Ringing").gets("CANCEL")
        .confirms().answers("487 Request Terminated", cseq="CSeq: [$2] INVITE").gets("ACK")
    )  # fmt: skip
    async with sipp(rings, tmp_path) as trunk, agent(tmp_path, trunk=account(trunk.port)) as here:
        with pytest.raises(NotAnsweredError):
            await here.dial("+911140000000", ring_s=0.5)
        await trunk.passed()
